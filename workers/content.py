"""Background work of content: one thin function per job."""

from uuid import UUID

from advocacy.content import service, skipping
from advocacy.content.unfurling import service as unfurling


def advance_items() -> None:
    service.advance_items()


def unfurl(unfurl_id: str) -> None:
    unfurling.read_for(UUID(unfurl_id))


def forget_unfurls() -> None:
    unfurling.forget_old()


def forget_remarks() -> None:
    skipping.forget_remarks()
