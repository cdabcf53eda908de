"""Background work of content: one thin function per job."""

from uuid import UUID

from advocacy.content import reviewing, service, skipping, unfinished
from advocacy.content.sources import polling, suggesting
from advocacy.content.sources import service as sources
from advocacy.content.unfurling import service as unfurling
from advocacy.identity.queries import reviewers_of
from advocacy.notifications.models import Kind
from advocacy.notifications.service import tell_of_duty


def advance_items() -> None:
    service.advance_items()


def unfurl(unfurl_id: str) -> None:
    unfurling.read_for(UUID(unfurl_id))


def forget_unfurls() -> None:
    unfurling.forget_old()


def forget_remarks() -> None:
    skipping.forget_remarks()


def forget_forms() -> None:
    unfinished.forget_forms()


def poll_due_sources() -> None:
    polling.poll_due_sources()


def poll_source(source_id: str) -> None:
    polling.poll_source(UUID(source_id))


def read_suggested(entry_id: str) -> None:
    suggesting.read_suggested(UUID(entry_id))


def forget_old_entries() -> None:
    sources.forget_old_entries()


def remind_reviewers() -> None:
    """Tell those who decide, in their list of notifications and by mail, what is due; deputies once it is late."""
    for late in reviewing.due_reminders():
        for employee_key in reviewers_of(late.item.unit_key, late.account_ids):
            tell_of_duty(employee_key, Kind.REVIEW_DUE, subject_id=late.item.id)
