"""Background work of sharing: one thin function per job."""

from advocacy.sharing.clicks import importing, visitor


def prepare_salts() -> None:
    visitor.prepare_salts()


def import_due_segments() -> None:
    importing.import_due_segments()


def import_segment(name: str) -> None:
    importing.import_segment(name)
