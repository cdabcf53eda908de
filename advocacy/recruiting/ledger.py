"""Keeping the ledger what applications come to. A row that is wrong by now is taken back, never removed."""

from collections import Counter

from sqlalchemy import func, select

from advocacy.activity import service as activity
from advocacy.activity.kinds import Kind
from advocacy.foundation.db import session
from advocacy.recruiting.models import STAGE_NUMBERS
from advocacy.recruiting.steps import Entry
from advocacy.sharing.attribution import credits_of


def correct(stands: Counter[Entry], wanted: Counter[Entry]) -> int:
    """Write what makes the ledger's rows of applications those that are wanted; return how many rows that took."""
    missing, wrong = sorted((wanted - stands).elements()), sorted((stands - wanted).elements())
    credits = credits_of({entry.link_key for entry in (*missing, *wrong)})
    for write, entries in ((activity.record, missing), (activity.take_back, wrong)):
        for entry in entries:
            credit = credits[entry.link_key]
            write(
                Kind.APPLICATION,
                occurred_at=entry.occurred_at,
                employee_key=credit.employee_key,
                item_key=credit.item_key,
                share_key=credit.share_key,
                link_key=credit.link_key,
                network=credit.network,
                detail=STAGE_NUMBERS[entry.stage],
            )
    return len(missing) + len(wrong)


def lock_application(source: str, application_token: bytes) -> None:
    """Let one transaction at a time work on an application, until it ends."""
    _lock(f"application:{source}:{application_token.hex()}")


def lock_source(source: str) -> None:
    """Let one transaction at a time work on many applications of a source: a lock of each would fill the lock table."""
    _lock(f"applications:{source}")


def _lock(name: str) -> None:
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
