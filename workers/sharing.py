"""Background work of sharing: one thin function per job."""

from datetime import date

from sqlalchemy import text

from advocacy.foundation.db import session
from advocacy.sharing import captions, likeness, stopping
from advocacy.sharing.clicks import importing, judging, reclassifying, visitor


def prepare_salts() -> None:
    visitor.prepare_salts()


def forget_allotments() -> None:
    captions.forget_allotments()


def forget_sketches() -> None:
    likeness.forget_sketches()


def import_due_segments() -> None:
    importing.import_due_segments()


def import_segment(name: str) -> None:
    importing.import_segment(name)


def stop_links(item_key: int) -> None:
    stopping.stop_links(item_key)


def settle_clicks() -> None:
    reclassifying.settle_due_days()


def judge_clicks(day: str, asked_in: int | None) -> None:
    """Judge one UTC day anew, all or nothing. Between reading and writing the transaction only waits."""
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    judging.judge(date.fromisoformat(day), asked_in=asked_in)
