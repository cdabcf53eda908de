"""Background work of content: one thin function per job."""

from advocacy.content import service


def advance_items() -> None:
    service.advance_items()
