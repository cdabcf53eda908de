"""Who may do what, who may say so, and the administrator that must remain."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from advocacy.foundation.access import ORGANISATION_WIDE, Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted
from advocacy.foundation.models import AuditEvent
from advocacy.identity import queries, service
from advocacy.people.models import Employee
from tests.factories.identity import give_role, make_account, make_signed_in_actor
from tests.factories.people import make_employee, make_unit


def test_last_administrator_keeps_the_role(session):
    only = make_account(None, Role.ADMINISTRATOR)
    actor = service.actor_of(only)
    with pytest.raises(Conflict) as refused:
        service.revoke_role(actor, only.id, Role.ADMINISTRATOR)
    assert refused.value.code == "last_administrator"
    ambient.rollback()


def test_last_administrator_cannot_be_closed(session):
    only = make_account(None, Role.ADMINISTRATOR)
    with pytest.raises(Conflict):
        service.deactivate(service.actor_of(only), only.id)


def test_administrator_goes_when_another_stays(session):
    one, two = make_account(None, Role.ADMINISTRATOR), make_account(None, Role.ADMINISTRATOR)
    service.revoke_role(service.actor_of(two), one.id, Role.ADMINISTRATOR)
    assert Role.ADMINISTRATOR not in service.actor_of(one).roles


def test_closed_administrators_do_not_count(session):
    only, closed = make_account(None, Role.ADMINISTRATOR), make_account(None, Role.ADMINISTRATOR)
    closed.is_active = False
    ambient.flush()
    with pytest.raises(Conflict):
        service.revoke_role(service.actor_of(only), only.id, Role.ADMINISTRATOR)


def test_administrator_of_a_unit_ends_no_employment_of_who_works_for_more(session):
    root = make_unit("Root")
    here = make_unit("Here", parent=root)
    actor = make_signed_in_actor(Role.ADMINISTRATOR, unit=here)
    above, beside, plain = make_employee(here), make_employee(here), make_employee(here)
    make_account(above, Role.ADMINISTRATOR)
    make_account(None, Role.ADMINISTRATOR)
    make_account(beside, Role.CURATOR, unit=root)
    make_account(plain, Role.CURATOR, unit=here)
    for person in (above, beside):
        for last_day in (queries.today() - timedelta(days=1), queries.today() + timedelta(days=9)):
            with pytest.raises(NotPermitted):
                service.end_employment(actor, person.id, last_day=last_day)
        assert person.left_on is None
    service.end_employment(actor, plain.id, last_day=queries.today() - timedelta(days=1))
    assert ambient.merge(plain).is_tombstone


@pytest.mark.parametrize("last_day", [date.min, date.max])
def test_a_last_day_at_the_ends_of_the_calendar_is_refused(session, last_day):
    employee, actor = make_employee(), make_signed_in_actor(Role.ADMINISTRATOR)
    make_account(employee)
    with pytest.raises(Invalid) as refused:
        service.end_employment(actor, employee.id, last_day=last_day)
    assert refused.value.problems[0].pointer.strip("/") == "last_day"


@pytest.mark.parametrize("days", [-1, 0, 30])
def test_employment_of_the_last_administrator_does_not_end(session, days):
    only = make_account(None, Role.ADMINISTRATOR)
    actor, last_day = service.actor_of(only), queries.today() + timedelta(days=days)
    with pytest.raises(Conflict) as refused:
        service.end_employment(actor, actor.employee_id, last_day=last_day)
    assert refused.value.code == "last_administrator"
    # Somebody who leaves even sooner keeps nobody's place.
    make_account(make_employee(left_on=last_day), Role.ADMINISTRATOR)
    with pytest.raises(Conflict):
        service.end_employment(actor, actor.employee_id, last_day=last_day)
    make_account(None, Role.ADMINISTRATOR)
    service.end_employment(actor, actor.employee_id, last_day=last_day)


def test_the_last_administrator_is_erased_once_another_stays(session):
    only = make_account(None, Role.ADMINISTRATOR)
    actor = service.actor_of(only)
    with pytest.raises(Conflict):
        service.erase_oneself(actor)
    make_account(None, Role.ADMINISTRATOR)
    service.erase_oneself(actor)
    assert ambient.scalars(select(Employee).where(Employee.id == actor.employee_id)).one().is_tombstone


def test_role_is_given_and_audited(session):
    actor, account = make_signed_in_actor(Role.ADMINISTRATOR), make_account()
    service.grant_role(actor, account.id, Role.CURATOR)
    assert Role.CURATOR in service.actor_of(account).roles
    event = ambient.scalars(select(AuditEvent).where(AuditEvent.action == "role.granted")).one()
    assert event.actor_account_id == actor.account_id
    assert event.subject_id == account.id
    assert event.details["role"] == "curator"


def test_giving_a_role_twice_is_one_grant(session):
    actor, account = make_signed_in_actor(Role.ADMINISTRATOR), make_account()
    assert service.grant_role(actor, account.id, Role.CURATOR) is service.grant_role(actor, account.id, Role.CURATOR)


def test_administrator_of_a_unit_gives_nothing_beyond_it(session):
    root = make_unit("Root")
    mine, other = make_unit("Mine", parent=root), make_unit("Other", parent=root)
    account = make_account(make_employee(mine))
    local = make_account()
    give_role(local, Role.ADMINISTRATOR, mine)
    actor = service.actor_of(local)
    service.grant_role(actor, account.id, Role.CURATOR, unit_id=mine.id)
    with pytest.raises(NotPermitted):
        service.grant_role(actor, account.id, Role.CURATOR, unit_id=other.id)
    with pytest.raises(NotPermitted):
        service.grant_role(actor, account.id, Role.ADMINISTRATOR)


def test_role_in_a_unit_that_does_not_exist_is_not_found(session):
    from uuid import uuid4

    with pytest.raises(NotFound):
        service.grant_role(make_signed_in_actor(Role.ADMINISTRATOR), make_account().id, Role.CURATOR, unit_id=uuid4())


def test_roles_over_the_api(api):
    program, account = api(None, Role.ADMINISTRATOR), make_account()
    address = f"/api/v1/accounts/{account.id}/roles"
    assert program.post(address, json={"role": "curator"}).status_code == 201
    assert {row["role"] for row in program.get(address).get_json()["data"]} == {"employee", "curator"}
    assert program.delete(address, query_string={"role": "curator"}).status_code == 204
    assert program.delete(address, query_string={"role": "curator"}).status_code == 404
    assert program.post(address, json={"role": "king"}).status_code == 422
    own = f"/api/v1/accounts/{program.account.id}/roles"
    assert program.delete(own, query_string={"role": "administrator"}).status_code == 409


def test_closing_and_opening_an_account_over_the_api(api):
    program, other = api(None, Role.ADMINISTRATOR), api()
    assert program.post(f"/api/v1/accounts/{other.account.id}/deactivate").status_code == 204
    assert other.get("/api/v1/account").status_code == 401
    assert program.post(f"/api/v1/accounts/{other.account.id}/reactivate").status_code == 204
    assert other.get("/api/v1/account").status_code == 200


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_only_administrators_give_roles(session, role):
    with pytest.raises(NotPermitted):
        service.grant_role(make_signed_in_actor(role), make_account().id, Role.CURATOR)


@pytest.fixture
def two_units(session):
    """Return two units beside each other, and the administrator of the first one alone."""
    root = make_unit("Root")
    ours, theirs = make_unit("Ours", parent=root), make_unit("Theirs", parent=root)
    return ours, theirs, make_signed_in_actor(Role.ADMINISTRATOR, unit=ours)


def test_administrator_of_a_unit_invites_nobody_elsewhere(two_units):
    ours, theirs, actor = two_units
    service.invite(actor, make_employee(ours).id)
    with pytest.raises(NotFound):
        service.invite(actor, make_employee(theirs).id)


def test_administrator_of_a_unit_gives_no_role_everywhere_by_inviting(two_units):
    ours, _theirs, actor = two_units
    with pytest.raises(NotPermitted):
        service.invite(actor, make_employee(ours).id, roles=[Role.ADMINISTRATOR])


@pytest.mark.parametrize("act", [service.deactivate, service.reactivate])
def test_administrator_of_a_unit_closes_and_opens_no_account_elsewhere(two_units, act):
    ours, theirs, actor = two_units
    act(actor, make_account(make_employee(ours)).id)
    with pytest.raises(NotFound):
        act(actor, make_account(make_employee(theirs)).id)


def test_administrator_of_a_unit_does_not_close_who_works_for_more(two_units):
    ours, _theirs, actor = two_units
    with pytest.raises(NotPermitted):
        service.deactivate(actor, make_account(make_employee(ours), Role.ADMINISTRATOR).id)


def test_administrator_of_a_unit_reads_the_accounts_of_that_unit_only(two_units):
    ours, theirs, actor = two_units
    mine, other = make_account(make_employee(ours)), make_account(make_employee(theirs))
    assert {account.id for account in queries.accounts(visible_to=actor).rows} == {mine.id}
    assert queries.accounts(visible_to=actor, email=other.email).rows == []
    for read in (queries.get_account, queries.roles_of_account):
        with pytest.raises(NotFound):
            read(other.id, visible_to=actor)
    with pytest.raises(NotFound):
        service.grant_role(actor, other.id, Role.CURATOR)


def test_what_has_no_unit_needs_a_role_everywhere(two_units):
    _ours, _theirs, actor = two_units
    for permission in ORGANISATION_WIDE:
        assert not actor.may(permission)
        assert make_signed_in_actor(Role.ADMINISTRATOR).may(permission)
