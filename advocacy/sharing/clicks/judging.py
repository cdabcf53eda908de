"""A UTC day of the ledger judged as a whole by the rules that hold now.

Visitor keys hold within a UTC day, so a day is what rules about behaviour and repetition need and all they need.
What is gone for good stays gone: the salt of a day is deleted after 48 hours, so no key is ever computed again, and an
address is on no disk, so a range of addresses judges only what is clicked after it was added. Stored keys and flags are
facts and are used as they are.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from sys import intern
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from advocacy.activity import service as activity
from advocacy.activity.kinds import Cause, ClickClass, Kind
from advocacy.activity.models import ActivityEvent, ClickAgent, ClickReferrer
from advocacy.foundation import clock, preferences
from advocacy.foundation.db import session
from advocacy.sharing.attribution import credits_of
from advocacy.sharing.clicks import evidence, judgements, rules
from advocacy.sharing.clicks.classify import MINUTE_US, Seen, Surroundings, classify, is_own
from advocacy.sharing.clicks.instants import microseconds_of
from advocacy.sharing.models import ClickClassChange, OwnVisitor

_AROUND = timedelta(microseconds=MINUTE_US)
_ROWS_A_FETCH = 20_000

_CHANGE = text(
    "SELECT change_click_classes(CAST(:day AS date), CAST(:rules AS smallint), CAST(:asked_in AS integer), "
    "CAST(:events AS uuid[]), CAST(:was AS smallint[]), CAST(:becomes AS smallint[]))"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A click that today's rules judge otherwise than the ledger says."""

    event_id: UUID
    occurred_at: datetime
    link_key: int
    was: ClickClass
    becomes: ClickClass


@dataclass(frozen=True, slots=True)
class Judged:
    """One UTC day by today's rules: how many clicks it has, how many cannot be judged again, and what is otherwise."""

    day: date
    clicks: int
    without_facts: int
    verdicts: tuple[Verdict, ...]

    @property
    def moves(self) -> Mapping[tuple[ClickClass, ClickClass], int]:
        """Return how many clicks go from which class to which."""
        return Counter((verdict.was, verdict.becomes) for verdict in self.verdicts)


def look_at(day: date) -> Judged:
    """Judge a UTC day and change nothing.

    A click that came without its agent (a history brought in from elsewhere) keeps its class; it still counts for
    what others did around it.
    """
    start, end = judgements.day_bounds(day)
    judged: list[Seen] = []
    kept: list[tuple[UUID, datetime, ClickClass]] = []
    visits, hits, counted = [], [], set()
    own, once_own = _own_visitors(day), _once_own(day)
    without_facts = 0
    for row in _clicks(start - _AROUND, end + _AROUND):
        seen = _seen(row)
        is_inside = start <= row.occurred_at < end
        if is_inside and row.agent_key is not None:
            judged.append(seen)
            kept.append((row.event_id, row.occurred_at, ClickClass(row.click_class)))
            was_own = row.click_class == ClickClass.OWN or row.event_id in once_own or is_own(seen, frozenset())
            if was_own and seen.visitor_key is not None:
                own.add((day, seen.visitor_key, seen.employee_key or 0))
            continue
        hits.append((seen.link_key, seen.occurred_us))
        if seen.visitor_key is not None:
            visits.append((seen.visitor_key, seen.occurred_us, seen.link_key))
        if is_inside:
            without_facts += 1
            if row.click_class == ClickClass.HUMAN:
                counted.add(seen.person)
    classes = classify(judged, Surroundings(visits, hits, frozenset(own), frozenset(counted)))
    verdicts = tuple(
        Verdict(event_id, at, seen.link_key, was, found)
        for (event_id, at, was), seen, found in zip(kept, judged, classes, strict=True)
        if was is not found
    )
    return Judged(day, len(judged) + without_facts, without_facts, verdicts)


def judge(day: date, *, asked_in: int | None = None) -> int:
    """Judge a UTC day by today's rules and write what is otherwise; return how many clicks changed their class.

    `asked_in` is the reclassification somebody asked for. Clicks that come in meanwhile are left for the next time.
    Safe to repeat: the second time nothing is otherwise.
    """
    rules_key = rules.key_in_force()
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('judge_clicks'), :day)"), {"day": day.toordinal()})
    seen = judgements.keys_of(day)
    found = look_at(day)
    changed = _write(found, rules_key, asked_in) if found.verdicts else 0
    judgements.replace(day, rules_key, seen=seen)
    return changed


def _write(found: Judged, rules_key: int, asked_in: int | None) -> int:
    changed = session.scalar(
        _CHANGE,
        {
            "day": found.day,
            "rules": rules_key,
            "asked_in": asked_in,
            "events": [verdict.event_id for verdict in found.verdicts],
            "was": [int(verdict.was) for verdict in found.verdicts],
            "becomes": [int(verdict.becomes) for verdict in found.verdicts],
        },
    )
    people = [verdict for verdict in found.verdicts if verdict.becomes is ClickClass.HUMAN]
    evidence.prove_shares(
        ((verdict.link_key, verdict.occurred_at) for verdict in people),
        credits_of({verdict.link_key for verdict in people}),
    )
    days = {clock.day_of(verdict.occurred_at, preferences.zone()) for verdict in found.verdicts}
    activity.touch(days, cause=Cause.RULES)
    return int(changed or 0)


def _clicks(first: datetime, after: datetime) -> Any:
    """Return the clicks of a span with their facts, a portion at a time."""
    return session.execute(
        select(
            ActivityEvent.event_id,
            ActivityEvent.occurred_at,
            ActivityEvent.link_key,
            ActivityEvent.visitor_key,
            ActivityEvent.employee_key,
            ActivityEvent.flags,
            ActivityEvent.click_class,
            ActivityEvent.agent_key,
            ClickAgent.agent,
            ClickReferrer.host,
        )
        .outerjoin(ClickAgent, ClickAgent.key == ActivityEvent.agent_key)
        .outerjoin(ClickReferrer, ClickReferrer.key == ActivityEvent.referrer_key)
        .where(
            ActivityEvent.kind == Kind.LINK_CLICKED,
            ActivityEvent.click_class.is_not(None),
            ActivityEvent.occurred_at >= first,
            ActivityEvent.occurred_at < after,
        ),
        execution_options={"yield_per": _ROWS_A_FETCH},
    )


def _seen(row: Any) -> Seen:
    return Seen(
        microseconds_of(row.occurred_at),
        row.link_key or 0,
        row.visitor_key,
        row.flags or 0,
        intern(row.agent or ""),
        row.host,
        row.employee_key,
        row.event_id.int,
    )


def _own_visitors(day: date) -> set[tuple[date, int, int]]:
    rows = session.execute(
        select(OwnVisitor.day, OwnVisitor.visitor_key, OwnVisitor.employee_key).where(OwnVisitor.day == day)
    )
    return {(row.day, row.visitor_key, row.employee_key) for row in rows}


def _once_own(day: date) -> set[UUID]:
    """Return clicks that were the sharer's own by some earlier verdict: nobody could find that out again."""
    return set(
        session.scalars(
            select(ClickClassChange.event_id).where(
                ClickClassChange.day == day, ClickClassChange.old_class == ClickClass.OWN
            )
        )
    )
