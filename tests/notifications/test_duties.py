"""Who has to do something is told in their list and by mail, unless they said no to mail."""

import email
from email import policy

import pytest
from sqlalchemy import select

from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.db import unit_of_work
from advocacy.identity.models import RoleGrant
from advocacy.notifications import service
from advocacy.notifications.models import Kind, Notification, NotificationPreference
from advocacy.notifications.wording import told
from advocacy.people.models import Purpose
from advocacy.people.service import withdraw_consent
from advocacy.sharing import corrections
from advocacy.sharing.correction_models import Asks
from tests.factories.content import make_actor, make_live_item
from tests.factories.notifications import choose
from tests.factories.people import actor_for, make_advocate
from tests.factories.sharing import make_share
from workers import notifications as work

JOB = "notifications.send_duty_letter"


@pytest.fixture
def letters(session, settings):
    for file in settings.mail_outbox.glob("*"):
        file.unlink()

    def read():
        found = [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in folder.glob("*.eml")]
        return sorted((str(one["To"]), str(one["Subject"]), one.get_body(("plain",)).get_content()) for one in found)

    folder = settings.mail_outbox
    return read


def propose(share, proposer):
    return corrections.propose(proposer, address=share.link_url, asks=Asks.TAKE_DOWN, reason="It promises too much.")


def lines_of(key):
    return [line.kind for line in ambient.scalars(select(Notification).where(Notification.employee_key == key))]


def test_approvers_hear_of_a_proposal_and_its_author_only_once_two_agreed(letters, recorded_jobs, settings, app):
    author = make_advocate()
    share = make_share(employee=author, item=make_live_item(is_product=True))
    proposer, first, second = (make_actor(Role.APPROVER) for _ in range(3))
    for actor in (proposer, first, second):
        ambient.add(RoleGrant(account_id=actor.account_id, role=Role.APPROVER))
    wish = propose(share, proposer)
    wish_id, key, address = wish.id, author.key, author.email
    assert [lines_of(one.employee_key) for one in (proposer, first, second)] == [[], *[[Kind.MEND_PROPOSED]] * 2]
    corrections.approve(first, wish_id)
    assert lines_of(key) == []
    corrections.approve(second, wish_id)
    assert lines_of(key) == [Kind.POST_TO_MEND]
    recorded_jobs.run(JOB)
    assert len(letters()) == 3
    ((_to, subject, body),) = [letter for letter in letters() if letter[0] == address]
    assert "mend a post of yours" in subject
    assert f"{settings.portal_url}/\n" in body
    assert "promises" not in body, "what is wrong with it stands on the page, behind the sign-in"
    with app.test_request_context("/"):
        for line in ambient.scalars(select(Notification)):
            assert told(line).path in {"/", "/posts-to-mend"}


@pytest.mark.parametrize("what", ["off", "paused", "read", "withdrew"])
def test_no_letter_goes_to_somebody_who_said_no(letters, recorded_jobs, what):
    person = make_advocate()
    service.tell_of_duty(person.key, Kind.POST_TO_MEND, subject_id=person.id)
    if what == "off":
        service.turn_everything_off(person.key)
    elif what == "paused":
        choose(person)
        row = ambient.get_one(NotificationPreference, person.key)
        row.mail_paused_at, row.mail_pause_reason = row.changed_at, "550 no such user"
    elif what == "read":
        service.mark_read(actor_for(person))
    else:
        withdraw_consent(actor_for(person), Purpose.TAKE_PART, source="test")
    assert lines_of(person.key) == [Kind.POST_TO_MEND]
    recorded_jobs.run(JOB)
    assert letters() == []


def test_a_letter_that_left_does_not_leave_again(letters, recorded_jobs):
    person = make_advocate()
    service.tell_of_duty(person.key, Kind.REVIEW_DUE, subject_id=person.id)
    (arguments,) = recorded_jobs.arguments(JOB)
    recorded_jobs.run(JOB)
    ((_to, _subject, body),) = letters()
    assert "/review/" in body
    with unit_of_work():
        service.mark_read(actor_for(ambient.merge(person)))
        work.send_duty_letter(**arguments)
    assert len(letters()) == 1
