"""How the clicks of each UTC day were judged, and by which rules: written beside verdicts, read instead of clicks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, insert, select, text

from advocacy.activity.kinds import ClickClass
from advocacy.foundation import clock
from advocacy.foundation.db import session
from advocacy.sharing.clicks import rules
from advocacy.sharing.models import ClickJudgement

# Clicks come in this late without anybody wondering. A day is judged as a whole only after it.
ALLOWED_LATENESS = timedelta(hours=1)
# So many ended days are settled by the rules that hold by then. Older days keep their rules until somebody asks.
SETTLED_ANYWAY_DAYS = 2

_NAMES = {found: found.name.lower() for found in ClickClass}

# One statement, so that one snapshot gives the counts and the rows they replace. A row that was not there when the day
# was read tells of clicks that nobody looked at: then this is not yet the whole day.
_REPLACE = text(
    """
    WITH replaced AS (
        DELETE FROM click_judgement WHERE day = :day RETURNING key
    ),
    counted AS (
        SELECT
            count(*) FILTER (WHERE click_class = 1 /* HUMAN */) AS human,
            count(*) FILTER (WHERE click_class = 2 /* PREVIEW_BOT */) AS preview_bot,
            count(*) FILTER (WHERE click_class = 3 /* SCANNER */) AS scanner,
            count(*) FILTER (WHERE click_class = 4 /* INTERNAL */) AS internal,
            count(*) FILTER (WHERE click_class = 5 /* OWN */) AS own,
            count(*) FILTER (WHERE click_class = 6 /* REPEATED */) AS repeated,
            count(*) FILTER (WHERE agent_key IS NULL) AS without_facts
        FROM activity_event
        WHERE kind = 3 /* Kind.LINK_CLICKED */ AND occurred_at >= :start AND occurred_at < :end
    )
    INSERT INTO click_judgement (
        day, rules_key, is_whole_day, judged_at,
        human, preview_bot, scanner, internal, own, repeated, without_facts
    )
    SELECT
        :day, :rules, NOT EXISTS (SELECT FROM replaced WHERE key <> ALL (:seen)), :now,
        human, preview_bot, scanner, internal, own, repeated, without_facts
    FROM counted
    """
)

_ADOPT = text(
    """
    INSERT INTO click_judgement (
        day, rules_key, is_whole_day, judged_at,
        human, preview_bot, scanner, internal, own, repeated, without_facts
    )
    SELECT
        CAST(occurred_at AT TIME ZONE 'UTC' AS date), NULL, true, :now,
        count(*) FILTER (WHERE click_class = 1 /* HUMAN */),
        count(*) FILTER (WHERE click_class = 2 /* PREVIEW_BOT */),
        count(*) FILTER (WHERE click_class = 3 /* SCANNER */),
        count(*) FILTER (WHERE click_class = 4 /* INTERNAL */),
        count(*) FILTER (WHERE click_class = 5 /* OWN */),
        count(*) FILTER (WHERE click_class = 6 /* REPEATED */),
        count(*) FILTER (WHERE agent_key IS NULL)
    FROM activity_event
    WHERE kind = 3 /* Kind.LINK_CLICKED */
    GROUP BY 1
    """
)


@dataclass(frozen=True, slots=True)
class JudgedDay:
    """The clicks of one UTC day: all, the human ones, and how many were judged by rules that differ from today's."""

    day: date
    raw: int
    human: int
    by_class: Mapping[ClickClass, int]
    by_older_rules: int
    without_facts: int
    is_settled: bool


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Return the half-open bounds of a UTC day: visitor keys, and so verdicts, hold within one."""
    start = datetime.combine(day, time(), tzinfo=UTC)
    return start, start + timedelta(days=1)


def today() -> date:
    return clock.now().astimezone(UTC).date()


def note_import(by_day: Mapping[date, Mapping[ClickClass, int]], rules_key: int) -> None:
    """Write down how an import judged the clicks it brought. Appending only, so importers never wait for each other."""
    rows = [
        {
            "day": day,
            "rules_key": rules_key,
            "is_whole_day": False,
            "judged_at": clock.now(),
            "without_facts": 0,
            **{name: counts.get(found, 0) for found, name in _NAMES.items()},
        }
        for day, counts in sorted(by_day.items())
    ]
    session.execute(insert(ClickJudgement), rows)


def keys_of(day: date) -> list[int]:
    """Return the rows of a day. Read them before its clicks: see `replace`."""
    return list(session.scalars(select(ClickJudgement.key).where(ClickJudgement.day == day)))


def replace(day: date, rules_key: int, *, seen: list[int]) -> None:
    """Let one row stand for a day that was judged anew. `seen` are the rows that were there before it was read."""
    start, end = day_bounds(day)
    session.execute(
        _REPLACE, {"day": day, "rules": rules_key, "seen": seen, "start": start, "end": end, "now": clock.now()}
    )


def adopt_ledger() -> None:
    """Count clicks that were brought into an empty record with their classes: a demo's history, another system's."""
    session.execute(_ADOPT, {"now": clock.now()})


def days_to_settle() -> list[date]:
    """Return ended UTC days that are not judged as a whole yet, newest first.

    The newest ones are settled by whatever rules hold now. An older one, to which a late segment came, only if all of
    it was judged by rules like these: new rules reach further back when somebody asks for it, and not otherwise.
    """
    last = (clock.now() - ALLOWED_LATENESS).astimezone(UTC).date() - timedelta(days=1)
    alike = rules.judging_alike(rules.key_in_force())
    rows = session.execute(
        select(ClickJudgement.day, func.array_agg(ClickJudgement.rules_key.distinct()))
        .where(ClickJudgement.day <= last)
        .group_by(ClickJudgement.day)
        .having(~((func.count() == 1) & func.bool_and(ClickJudgement.is_whole_day)))
        .order_by(ClickJudgement.day.desc())
    )
    recent = last - timedelta(days=SETTLED_ANYWAY_DAYS)
    return [day for day, judged_by in rows if day > recent or set(judged_by) <= alike]


def judged_days(first: date, last: date, *, alike: set[int]) -> list[JudgedDay]:
    """Return the UTC days of a range that have clicks, oldest first. `alike` are keys of rules that are as today's."""
    counts = [func.sum(getattr(ClickJudgement, name)).label(name) for name in _NAMES.values()]
    raw = sum((getattr(ClickJudgement, name) for name in _NAMES.values()), start=0)
    judgeable = raw - ClickJudgement.without_facts
    rows = session.execute(
        select(
            ClickJudgement.day,
            *counts,
            func.coalesce(
                func.sum(judgeable).filter(func.coalesce(ClickJudgement.rules_key, 0).not_in(alike)), 0
            ).label("older"),
            func.sum(ClickJudgement.without_facts).label("without_facts"),
            ((func.count() == 1) & func.bool_and(ClickJudgement.is_whole_day)).label("is_settled"),
        )
        .where(ClickJudgement.day >= first, ClickJudgement.day <= last)
        .group_by(ClickJudgement.day)
        .order_by(ClickJudgement.day)
    )
    found = []
    for row in rows:
        by_class = {kind: int(getattr(row, name)) for kind, name in _NAMES.items()}
        total = sum(by_class.values())
        found.append(
            JudgedDay(
                row.day,
                total,
                by_class[ClickClass.HUMAN],
                by_class,
                int(row.older),
                int(row.without_facts),
                row.is_settled,
            )
        )
    return [judged for judged in found if judged.raw]
