"""Keeping the ledger what applications come to. A row that is wrong by now is taken back, never removed."""

from collections import Counter

from advocacy.activity import service as activity
from advocacy.activity.kinds import Kind
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
