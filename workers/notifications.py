"""Jobs of notifications. From above every capability they bring together what notifications itself must not know."""

from datetime import timedelta
from uuid import UUID

from advocacy.content import announcing
from advocacy.foundation import clock
from advocacy.identity.queries import administrators
from advocacy.notifications import service
from advocacy.notifications.models import Kind
from advocacy.notifications.service.chats import checking, health, joining
from advocacy.sharing import reminding
from advocacy.sharing.chats import answering, posting
from advocacy.sharing.chats import sending as chats
from advocacy.sharing.digests import sending

DELIVERIES_KEPT = timedelta(days=90)
NOTIFICATIONS_KEPT = timedelta(days=90)
ANSWERS_KEPT = timedelta(days=1)  # a signature is good for five minutes; what nobody worked on by then is nobody's wish
MESSAGES_KEPT = timedelta(days=30)  # caps look back a week; what was new since the last digest looks back to that one


def start_digests() -> None:
    """Begin the digests whose hour has come on somebody's clock."""
    service.start_runs()


def plan_digests(run_id: str) -> None:
    """Write down whom a run goes to, a slice of people at a time."""
    service.plan_slice(UUID(run_id))


def send_digests(run_id: str, first_key: int, last_key: int) -> None:
    """Send the digests of a slice. What was handed over stays so, whatever becomes of this task."""
    sending.send_slice(UUID(run_id), first_key, last_key)


def tell_people(announcement_id: str) -> None:
    """Tell the next slice of people of an announced item."""
    announcing.tell_people(UUID(announcement_id))


def push_messages(announcement_id: str, first_key: int, last_key: int) -> None:
    """Push an announcement to the browsers of a slice of people."""
    announcing.push_people(UUID(announcement_id), first_key, last_key)


def check_slack(connection_id: str) -> None:
    """Ask Slack whose token an administrator gave."""
    checking.check_slack(UUID(connection_id))


def test_chat(connection_id: str, employee_key: int) -> None:
    """Send the test message an administrator asked for."""
    checking.send_test(UUID(connection_id), employee_key)


def find_chat_member(employee_key: int) -> None:
    """Look somebody up in Slack who wants to be told there."""
    joining.find_member(employee_key)


def send_slack_messages() -> None:
    """Send what is due in Slack. What was handed over stays so, whatever becomes of this task."""
    chats.send_due_messages()


def post_to_teams() -> None:
    """Post what is due into channels of Teams."""
    posting.post_due_cards()


def answer_in_slack(answer_id: str) -> None:
    """Do what somebody pressed below a message in Slack."""
    answering.answer(UUID(answer_id))


def tell_of_broken_chats() -> None:
    """Tell administrators, once, which connection takes nothing any more."""
    for connection in health.broken_untold():
        connection.told_at = clock.now()
        for employee_key in administrators():
            details = {"name": connection.name, "reason": connection.last_error or ""}
            service.notify(employee_key, Kind.CHAT_BROKEN, subject_id=connection.id, **details)


def send_duty_letter(notification_id: str) -> None:
    """Mail somebody that they have to do something."""
    service.send_duty_letter(UUID(notification_id))


def push_reminder(message_id: str) -> None:
    """Push what somebody asked to be reminded of to their browsers."""
    reminding.push_reminder(UUID(message_id))


def mail_reminder(message_id: str) -> None:
    """Mail somebody what they asked to be reminded of."""
    reminding.mail_reminder(UUID(message_id))


def forget_old() -> None:
    """Delete records of letters that are over, lines of lists that are old, and what leavers left behind."""
    service.forget_deliveries(DELIVERIES_KEPT)
    service.forget_messages(MESSAGES_KEPT)
    service.forget_notifications(NOTIFICATIONS_KEPT)
    service.forget_answers(ANSWERS_KEPT)
    service.forget_leavers()
