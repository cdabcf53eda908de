"""Links by mail: used once, by a person, for what they are for."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select

from advocacy.foundation import clock, ratelimit
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, Gone, NotPermitted, NotSignedIn, TooManyRequests
from advocacy.foundation.models import Task
from advocacy.identity import service
from advocacy.identity.models import Invitation, LinkPurpose, SignInLink
from advocacy.notifications.models import Delivery
from tests.factories.identity import make_account, make_link, make_signed_in_actor
from tests.factories.people import make_employee, make_unit
from workers import identity as identity_jobs


@pytest.fixture(autouse=True)
def fresh_limits(session):
    ratelimit.limiter().reset()


def test_link_works_once(session):
    account = make_account()
    token = make_link(account)
    assert service.consume_link(token, purposes=[LinkPurpose.SIGN_IN]).id == account.id
    with pytest.raises(Gone):
        service.consume_link(token, purposes=[LinkPurpose.SIGN_IN])


def test_looking_at_a_link_does_not_use_it_up(session):
    token = make_link(make_account())
    for _ in range(3):
        assert service.look_at_link(token).purpose is LinkPurpose.SIGN_IN
    service.consume_link(token, purposes=[LinkPurpose.SIGN_IN])


def test_link_is_good_for_its_purpose_only(session):
    token = make_link(make_account(), LinkPurpose.SIGN_IN)
    with pytest.raises(Gone):
        service.consume_link(token, purposes=[LinkPurpose.PASSWORD_RESET])


@pytest.mark.parametrize(
    ("purpose", "lifetime"),
    [
        (LinkPurpose.SIGN_IN, timedelta(minutes=15)),
        (LinkPurpose.PASSWORD_RESET, timedelta(minutes=15)),
        (LinkPurpose.INVITATION, timedelta(hours=24)),
        (LinkPurpose.DEMO, timedelta(hours=24)),
    ],
)
def test_link_ends_in_time(session, purpose, lifetime):
    token, start = make_link(make_account(), purpose), clock.now()
    with time_machine.travel(start + lifetime - timedelta(seconds=5), tick=False):
        service.look_at_link(token)
    with time_machine.travel(start + lifetime + timedelta(seconds=5), tick=False), pytest.raises(Gone):
        service.consume_link(token, purposes=[purpose])


def test_newer_link_ends_the_older_one(session):
    account = make_account()
    first = make_link(account)
    second = make_link(account)
    with pytest.raises(Gone):
        service.look_at_link(first)
    service.look_at_link(second)


def test_demo_link_can_be_used_again(session):
    account = make_account()
    token = make_link(account, LinkPurpose.DEMO)
    for _ in range(3):
        assert service.consume_link(token, purposes=[LinkPurpose.DEMO]).id == account.id


def test_link_of_a_closed_account_signs_nobody_in(session):
    account = make_account()
    token = make_link(account)
    account.is_active = False
    ambient.flush()
    with pytest.raises(NotSignedIn):
        service.consume_link(token, purposes=[LinkPurpose.SIGN_IN])


def test_new_password_ends_open_reset_links(session):
    account = make_account()
    token = make_link(account, LinkPurpose.PASSWORD_RESET)
    service.set_password(account, "a long walk by the quiet sea")
    with pytest.raises(Gone):
        service.look_at_link(token)


def test_only_the_hash_of_a_link_is_stored(session):
    token = make_link(make_account())
    link = ambient.scalar(select(SignInLink))
    assert token.encode() not in link.token_hash
    assert len(token) >= 43


def test_trying_links_by_chance_is_slowed_down(session):
    for _ in range(ratelimit.LINK_PER_ADDRESS.amount):
        with pytest.raises(Gone):
            service.consume_link("guess", purposes=[LinkPurpose.SIGN_IN], address="203.0.113.9")
    with pytest.raises(TooManyRequests):
        service.consume_link("guess", purposes=[LinkPurpose.SIGN_IN], address="203.0.113.9")


def tasks():
    return ambient.scalars(select(Task).where(Task.name == "identity.send_link").order_by(Task.id)).all()


def test_asking_for_a_link_tells_nobody_who_is_known(session):
    account = make_account()
    asked = {"purpose": LinkPurpose.SIGN_IN, "address": "203.0.113.9"}
    assert service.ask_for_link(email=account.email.upper(), **asked) is None
    assert service.ask_for_link(email="nobody@meridian.example", **asked) is None
    known, unknown = tasks()
    # The same work for both, so that the time it takes tells nothing; the second one finds nobody.
    assert (known.arguments["account_id"], unknown.arguments["account_id"]) == (str(account.id), str(UUID(int=0)))
    assert known.arguments.keys() == unknown.arguments.keys()


def test_a_link_for_an_unknown_address_is_sent_to_nobody(session, recorded_jobs):
    service.ask_for_link(email="nobody@meridian.example", purpose=LinkPurpose.SIGN_IN, address="203.0.113.9")
    ambient.commit()
    assert recorded_jobs.run("identity.send_link") == 1
    assert ambient.scalars(select(Delivery)).all() == []


def test_no_task_holds_a_secret(session):
    service.ask_for_link(email=make_account().email, purpose=LinkPurpose.SIGN_IN, address=None)
    assert set(tasks()[0].arguments) == {"account_id", "purpose"}


def test_one_account_gets_a_bounded_number_of_letters(session):
    account = make_account()
    for number in range(9):
        service.ask_for_link(email=account.email, purpose=LinkPurpose.SIGN_IN, address=f"203.0.113.{number}")
    assert len(tasks()) == ratelimit.MAIL_PER_ACCOUNT.amount


def test_invited_person_gets_an_account_a_role_and_a_letter(session):
    administrator, employee = make_signed_in_actor(Role.ADMINISTRATOR), make_employee()
    account = service.invite(administrator, employee.id)
    assert account.email == employee.email
    assert service.actor_of(account).roles == {Role.EMPLOYEE}
    assert [task.arguments for task in tasks()] == [{"account_id": str(account.id), "purpose": "invitation"}]
    invitation = ambient.scalar(select(Invitation).where(Invitation.employee_key == employee.key))
    assert invitation.answered_at is None
    service.consume_link(make_link(account, LinkPurpose.INVITATION), purposes=[LinkPurpose.INVITATION])
    ambient.refresh(invitation)
    assert invitation.answered_at is not None


def test_inviting_twice_is_one_invitation(session):
    administrator, employee = make_signed_in_actor(Role.ADMINISTRATOR), make_employee()
    assert service.invite(administrator, employee.id).id == service.invite(administrator, employee.id).id
    assert len(ambient.scalars(select(Invitation)).all()) == 1


def test_only_those_who_manage_people_invite(session):
    with pytest.raises(NotPermitted):
        service.invite(make_signed_in_actor(Role.CURATOR), make_employee().id)


def test_somebody_who_left_is_not_invited(session):
    gone = make_employee(left_on=clock.now().date() - timedelta(days=1))
    with pytest.raises(Conflict):
        service.invite(make_signed_in_actor(Role.ADMINISTRATOR), gone.id)


def test_an_invitation_without_an_answer_loses_its_person_and_stays_a_count(session, recorded_jobs):
    unit = make_unit("Meridian Works")
    administrator = make_signed_in_actor(Role.ADMINISTRATOR)
    silent, answered, recent = (make_employee(unit) for _ in range(3))
    with time_machine.travel(clock.now() - timedelta(days=31)):
        service.invite(administrator, silent.id)
        account = service.invite(administrator, answered.id)
        service.consume_link(make_link(account, LinkPurpose.INVITATION), purposes=[LinkPurpose.INVITATION])
    service.invite(administrator, recent.id)
    keys = {person.key for person in (answered, recent)}
    identity_jobs.forget_expired()
    rows = ambient.execute(select(Invitation.employee_key, Invitation.unit_key)).all()
    assert {key for key, _unit in rows} == {*keys, None}
    assert (None, unit.key) in [tuple(row) for row in rows]
    assert service.forget_unanswered() == 0
