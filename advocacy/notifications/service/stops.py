"""Every no to being told, also on disk outside the database: a copy that is put back must not forget it.

Only a no is written there. It is on disk before its commit, and a yes whose commit failed would bring mail back.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete

from advocacy.foundation import clock
from advocacy.foundation.db import session
from advocacy.notifications.choices import Choices, choices_in
from advocacy.notifications.models import PrivateFeed, PushSubscription
from advocacy.notifications.service.preference_rows import locked_row
from advocacy.people import tombstones

LESS, FEED, BROWSER = "told_less", "feed_revoked", "browser_removed"


def keep_choices(employee_key: int, before: Choices, after: Choices, at: datetime) -> None:
    """Put on disk what somebody no longer wants to be told. What they want again is not written."""
    muted = sorted(set(after.muted) - set(before.muted))
    nos: dict[str, Any] = {"muted": muted} if muted else {}
    if after.is_everything_off and not before.is_everything_off:
        nos["everything_off"] = True
    if before.digest_days and not after.digest_days:
        nos["no_digests"] = True
    if nos:
        tombstones.keep(LESS, employee_key, at, nos | {"version": after.version})


def keep_revoked_feed(employee_key: int, token_hash: bytes) -> None:
    """Put on disk that a secret address must never work again."""
    tombstones.keep(FEED, employee_key, clock.now(), {"token_hash": token_hash.hex()})


def keep_removed_browser(employee_key: int, endpoint_hash: bytes) -> None:
    """Put on disk that somebody takes no more pushes in a browser."""
    tombstones.keep(BROWSER, employee_key, clock.now(), {"endpoint_hash": endpoint_hash.hex()})


def reapply_stops() -> dict[str, int]:
    """After a restore: say every no again that the copy does not know; return how many of each changed something.

    What a person decided later than a no stands where the copy holds it. Belongs after people's own tombstones.
    """
    again = {LESS: _tell_less_again, FEED: _revoke_again, BROWSER: _remove_again}
    return tombstones.say_again(again, action="notifications.stops_reapplied")


def _tell_less_again(employee_key: int, entry: Mapping[str, Any]) -> bool:
    row = locked_row(employee_key)
    at = tombstones.instant(entry)
    # Two hosts may disagree about the time by seconds: only where number and instant both say so the copy knows it.
    if row.version >= entry["version"] and row.changed_at >= at:
        return False
    before = choices_in(row)
    row.muted = sorted({*row.muted, *entry.get("muted", ())})
    if entry.get("everything_off"):
        row.everything_off_at = row.everything_off_at or at
    if entry.get("no_digests"):
        row.digest_days = []
    has_changed = choices_in(row) != before
    row.version, row.changed_at = max(row.version, entry["version"]), max(row.changed_at, at)
    session.flush()
    return has_changed


def _revoke_again(employee_key: int, entry: Mapping[str, Any]) -> bool:
    return _delete(
        PrivateFeed,
        PrivateFeed.employee_key == employee_key,
        PrivateFeed.token_hash == bytes.fromhex(entry["token_hash"]),
    )


def _remove_again(employee_key: int, entry: Mapping[str, Any]) -> bool:
    return _delete(
        PushSubscription,
        PushSubscription.employee_key == employee_key,
        PushSubscription.endpoint_hash == bytes.fromhex(entry["endpoint_hash"]),
        PushSubscription.created_at <= tombstones.instant(entry),
    )


def _delete(table: type[PrivateFeed | PushSubscription], *conditions: ColumnElement[bool]) -> bool:
    gone = session.execute(delete(table).where(*conditions))
    return bool(gone.rowcount)  # type: ignore[attr-defined]
