"""Whose account it is: the operator names an address, the roster says who has it; a closed one is in nobody's way."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from advocacy.foundation import ratelimit
from advocacy.foundation.access import Role
from advocacy.foundation.errors import Conflict, Gone, Invalid
from advocacy.foundation.models import AuditEvent
from advocacy.identity import service
from advocacy.identity.models import Account, LinkPurpose
from advocacy.people import queries as people
from advocacy.people import service as people_service
from tests.factories.identity import give_role, make_account, make_link, make_service_account, make_signed_in_actor
from tests.factories.people import make_employee, make_unit
from workers import people as jobs_of_people

ANNA = "Anna@meridian.example"


@pytest.fixture(autouse=True)
def fresh_limits(session):
    ratelimit.limiter().reset()


def audited(session, action):
    return session.scalars(select(AuditEvent.subject_id).where(AuditEvent.action == action)).all()


def test_the_account_the_operator_made_for_an_address_becomes_whose_address_it_is_by_inviting(session):
    account = service.account_as_operator(ANNA)
    service.grant_as_operator(account.id, Role.ADMINISTRATOR)
    employee = make_employee(email=ANNA.lower())
    assert service.invite(make_signed_in_actor(Role.ADMINISTRATOR), employee.id).id == account.id
    actor = service.actor_of(account)
    assert (actor.employee_key, actor.roles) == (employee.key, {Role.ADMINISTRATOR, Role.EMPLOYEE})
    assert audited(session, "account.tied") == [account.id]


def test_the_operator_ties_an_account_that_was_made_before_the_person_came(session):
    account = service.account_as_operator(ANNA)
    employee = make_employee(email=ANNA)
    assert service.account_as_operator(ANNA.upper()).id == account.id
    assert account.employee_key == employee.key
    assert service.account_as_operator(ANNA).id == account.id
    assert audited(session, "account.tied") == [account.id]


def test_the_operator_gets_the_account_of_a_person_and_a_new_one_where_there_is_none(session):
    employee = make_employee()
    own = make_account(employee)
    assert service.account_as_operator(employee.email).id == own.id
    assert service.account_as_operator(ANNA).employee_key is None
    assert service.account_as_operator(make_employee(email="ben@meridian.example").email).employee_key is not None
    with pytest.raises(Invalid):
        service.account_as_operator("no address")


def test_the_operator_opens_a_closed_account_of_somebody_who_works_here(session):
    account = make_account(is_active=False)
    assert service.account_as_operator(account.email).id == account.id
    assert account.is_active
    assert audited(session, "account.reactivated") == [account.id]


def test_the_operator_makes_no_account_for_somebody_who_has_left(session):
    gone = make_employee(left_on=people.today() - timedelta(days=1))
    with pytest.raises(Conflict, match="has left"):
        service.account_as_operator(gone.email)


def test_a_closed_account_of_nobody_leaves_its_address_to_whom_the_roster_gives_it(session):
    closed = make_service_account(email=ANNA, is_active=False)
    token = make_link(closed, LinkPurpose.INVITATION)
    employee = make_employee(email=ANNA)
    account = service.invite(make_signed_in_actor(Role.ADMINISTRATOR), employee.id)
    assert (account.id != closed.id, account.email, account.employee_key) == (True, ANNA, employee.key)
    assert closed.email.endswith("@account.invalid")
    assert audited(session, "account.address_changed") == [closed.id]
    with pytest.raises(Gone):
        service.look_at_link(token)


def test_the_account_of_a_leaver_leaves_its_address_before_it_is_closed(session):
    leaver = make_employee(email=ANNA)
    old = make_account(leaver)
    people_service.mark_left({leaver.key: people.today() - timedelta(days=1)})
    heir = make_employee(email=ANNA)
    account = service.invite(make_signed_in_actor(Role.ADMINISTRATOR), heir.id)
    assert (account.id != old.id, account.employee_key) == (True, heir.key)
    jobs_of_people.part_with_leavers()
    session.expire_all()
    assert (account.is_active, old.is_active) == (True, False)


def test_inviting_somebody_whose_account_is_closed_says_so_and_sends_nothing(session, recorded_jobs):
    account = make_account(is_active=False)
    employee = people.find_employee_by_email(account.email)
    with pytest.raises(Conflict, match="Open it again first") as refused:
        service.invite(make_signed_in_actor(Role.ADMINISTRATOR), employee.id)
    assert refused.value.code == "account_closed"
    assert recorded_jobs.names() == []


def test_another_persons_account_is_never_tied(session):
    other = make_account(email=ANNA)
    with pytest.raises(Conflict) as refused:
        service.invite(make_signed_in_actor(Role.ADMINISTRATOR), make_employee(email=ANNA).id)
    assert refused.value.code == "account_exists"
    assert session.scalar(select(func.count()).select_from(Account).where(Account.email == ANNA)) == 1
    assert other.email == ANNA


def test_administrator_of_a_unit_ties_no_account_that_works_for_more(session):
    root = make_unit("Root")
    ours = make_unit("Ours", parent=root)
    holder = make_service_account(Role.ADMINISTRATOR, email=ANNA)
    employee = make_employee(ours, email=ANNA)
    with pytest.raises(Conflict) as refused:
        service.invite(make_signed_in_actor(Role.ADMINISTRATOR, unit=ours), employee.id)
    assert refused.value.code == "account_reaches_beyond"
    assert holder.employee_key is None
    plain = make_service_account(email="ben@meridian.example")
    give_role(plain, Role.CURATOR, ours)
    ben = make_employee(ours, email="ben@meridian.example")
    assert service.invite(make_signed_in_actor(Role.ADMINISTRATOR, unit=ours), ben.id).id == plain.id
