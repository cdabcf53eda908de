"""What an import means for accounts: an address is a key to an account, so it has to follow its person."""

import csv

import pytest
from sqlalchemy import func, select

from advocacy.foundation import ratelimit
from advocacy.foundation.access import Role
from advocacy.foundation.errors import Gone
from advocacy.foundation.models import AuditEvent
from advocacy.identity import service as identity
from advocacy.identity.models import Account, LinkPurpose, SignInLink
from advocacy.people import queries, service
from advocacy.people.models import Purpose
from tests.factories.identity import make_account, make_link, make_service_account

JOB = "identity.send_link"
ANNA, BEN, CARL = "a.meier@meridian.example", "b.kurz@meridian.example", "c.lang@meridian.example"


@pytest.fixture(autouse=True)
def _free_limits(session):
    ratelimit.limiter().reset()


@pytest.fixture
def bring(session, tmp_path):
    """Return `bring(E1=address, ...)`: import people under these ids and addresses."""

    def imported(left=(), **people):
        path = tmp_path / "people.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(("external_id", "email", "name", "unit", "left_on"))
            for external_id, email in people.items():
                last = "2026-11-01" if external_id in left else ""
                writer.writerow((external_id, email, f"Person {external_id}", "Meridian Works", last))
        report = service.import_people(path, accepts_many_leavers=True)
        session.expire_all()
        return report

    return imported


def account_of(external_id, *roles):
    return make_account(queries.find_employee_by_external_id(external_id), *roles)


def asked(recorded_jobs, email):
    """Return whose account a link is mailed for when somebody asks with this address."""
    identity.ask_for_link(email=email, purpose=LinkPurpose.SIGN_IN, address="192.0.2.1")
    return recorded_jobs.arguments(JOB)[-1]["account_id"]


def audited(session):
    return session.scalars(select(AuditEvent.subject_id).where(AuditEvent.action == "account.address_changed")).all()


def test_each_signs_in_as_themselves_when_two_people_swapped_addresses(session, bring, recorded_jobs):
    bring(E1=ANNA, E2=BEN)
    anna, ben = account_of("E1"), account_of("E2")
    report = bring(E1=BEN, E2=ANNA)
    assert report.addresses_moved == 2
    assert (asked(recorded_jobs, ANNA), asked(recorded_jobs, BEN)) == (str(ben.id), str(anna.id))
    assert sorted(audited(session)) == sorted((anna.id, ben.id))


def test_nobody_comes_into_the_account_of_whom_a_mailbox_belonged_to_before(bring, recorded_jobs):
    bring(E1=ANNA)
    anna = account_of("E1", Role.ADMINISTRATOR)
    bring(E1="a.schmidt@meridian.example", E2=ANNA.title())
    assert anna.email == "a.schmidt@meridian.example"
    assert asked(recorded_jobs, ANNA) == str(identity.links.NOBODY)
    heir = account_of("E2")
    assert heir.id != anna.id
    assert asked(recorded_jobs, ANNA) == str(heir.id)


def test_open_links_in_the_old_mailbox_stop_working_and_sessions_stay(session, bring):
    bring(E1=ANNA, E2=BEN)
    token, other = make_link(account_of("E1"), LinkPurpose.INVITATION), make_link(account_of("E2"))
    bring(E1=CARL, E2=BEN)
    with pytest.raises(Gone):
        identity.look_at_link(token)
    assert identity.look_at_link(other)
    assert session.scalar(select(func.count()).select_from(SignInLink)) == 1


def test_nothing_is_changed_when_the_same_file_comes_again(session, bring):
    bring(E1=ANNA, E2=BEN)
    account_of("E1")
    account_of("E2")
    bring(E1=CARL, E2=BEN)
    version = "SELECT max(xmin::text::bigint) FROM account"
    before = session.connection().exec_driver_sql(version).scalar()
    report = bring(E1=CARL.upper(), E2=BEN)
    assert report.addresses_moved == 0
    assert session.connection().exec_driver_sql(version).scalar() == before
    assert len(audited(session)) == 1


def test_an_account_that_fell_behind_is_mended_by_the_next_file_whoever_is_in_it(bring):
    bring(E1=ANNA, E2=BEN)
    behind = make_account(queries.find_employee_by_external_id("E1"), email="maiden@meridian.example")
    assert bring(E2=BEN).addresses_moved == 1
    assert behind.email == ANNA


def test_the_address_of_a_leaver_is_free_at_once(bring, recorded_jobs):
    bring(E1=ANNA, E2=BEN)
    leaver, heir = account_of("E1"), account_of("E2")
    bring(left=("E1",), E1=ANNA, E2=ANNA)
    assert heir.email == ANNA
    assert leaver.email.endswith("@account.invalid")
    assert asked(recorded_jobs, ANNA) == str(heir.id)


def test_a_row_is_refused_when_an_account_of_nobody_on_the_roster_signs_in_with_the_address(bring):
    bring(E1=ANNA)
    own, operator = account_of("E1"), make_service_account(email=BEN)
    with pytest.raises(service.RosterRefused) as refused:
        bring(E1=BEN.upper())
    (found,) = refused.value.report.problems
    assert (found.line, found.column) == (2, "email")
    assert "Close that account first" in found.detail
    assert (own.email, operator.email) == (ANNA, BEN)
    operator.is_active = False
    bring(E1=BEN)
    assert own.email == BEN
    assert operator.email.endswith("@account.invalid")


def test_an_account_of_nobody_keeps_its_address_when_a_person_without_an_account_has_the_same(bring):
    operator = make_service_account(email=ANNA)
    assert bring(E1=ANNA).created == 1
    assert operator.email == ANNA


def test_a_person_outside_the_file_is_left_without_an_address_rather_than_with_an_old_one(session, bring):
    bring(E1=ANNA, E2=BEN)
    behind = make_account(queries.find_employee_by_external_id("E1"), email="maiden@meridian.example")
    make_service_account(email=ANNA)
    bring(E2=BEN)
    assert behind.email.endswith("@account.invalid")
    assert session.scalar(select(func.count()).select_from(Account).where(Account.email == ANNA)) == 1


@pytest.mark.parametrize(("stays", "told"), [(True, False), (False, True)])
def test_the_report_warns_when_nobody_stays_administrator(bring, stays, told):
    bring(E1=ANNA, E2=BEN)
    account_of("E1", Role.ADMINISTRATOR)
    if stays:
        account_of("E2", Role.ADMINISTRATOR)
    assert bring(left=("E1",), E1=ANNA, E2=BEN).loses_administrators is told
    assert bring(E2=BEN).loses_administrators is False


def tied(session):
    return session.scalars(select(AuditEvent.subject_id).where(AuditEvent.action == "account.tied")).all()


def test_the_first_administrator_takes_part_once_the_roster_brings_them(session, bring):
    account = identity.account_as_operator(ANNA.upper())
    identity.grant_as_operator(account.id, Role.ADMINISTRATOR)
    assert bring(E1=ANNA, E2=BEN).accounts_tied == 1
    person = queries.find_employee_by_external_id("E1")
    assert (account.employee_key, tied(session)) == (person.key, [account.id])
    assert identity.invite(identity.OPERATOR, person.id).id == account.id
    actor = identity.actor_of(account)
    service.acknowledge_policy(actor, queries.current_policy().id)
    service.grant_consent(actor, Purpose.TAKE_PART, source="test")
    assert queries.has_consent(person.key, Purpose.TAKE_PART)
    assert bring(E1=ANNA, E2=BEN).accounts_tied == 0
    assert len(tied(session)) == 1


def test_an_account_is_tied_to_nobody_who_has_one_and_a_closed_one_not_at_all(session, bring):
    closed = make_service_account(email=ANNA, is_active=False)
    bring(E1=ANNA, E2=BEN)
    behind = make_account(queries.find_employee_by_external_id("E2"), email="maiden@meridian.example")
    other = make_service_account(email=BEN)
    assert bring(E1=ANNA).accounts_tied == 0
    assert (closed.employee_key, other.employee_key) == (None, None)
    assert behind.employee_key is not None
    assert tied(session) == []


def test_an_account_is_not_tied_to_somebody_who_leaves_with_the_same_file(bring):
    account = make_service_account(email=ANNA)
    assert bring(left=("E1",), E1=ANNA, E2=BEN).accounts_tied == 0
    assert (account.employee_key, account.is_active) == (None, True)
