"""Telling what a refill changes of numbers that were final: written in the fill's own transaction.

A day that is counted for the first time, or while its sources may still tell of it, costs nothing here. Of a final
day the page's rows are read before and after. What changed is told under the rules of `disclosure.protect`, three
times: the old number, the new one and their difference must each tell of groups only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from advocacy.activity.kinds import Cause
from advocacy.foundation import clock
from advocacy.measurement.disclosure import Figure, protect
from advocacy.measurement.fill import changes
from advocacy.measurement.fill.watched import Watched, watched_on
from advocacy.measurement.rollups import Rollup, last_of_month

# A change of so many parts of a hundred is announced.
ANNOUNCED_PER_CENT = 1
# Rules that know no persons: everybody in a number is counted anew by them.
IMPERSONAL = frozenset({Cause.DEFINITION, Cause.CALENDAR})

Row = Mapping[str, Any]
Rows = dict[int, Row]


@dataclass(frozen=True, slots=True)
class Refill:
    """One day of a roll-up about to be counted anew.

    `filled_at` is when it was counted last, `counted_since` when first after it was over, `heard_at` when the first
    reason to do it again came in, `as_of` now.
    """

    rollup: Rollup
    day: date
    zone: ZoneInfo
    smallest_group: int
    filled_at: datetime | None
    counted_since: datetime | None
    heard_at: datetime
    as_of: datetime
    causes: frozenset[Cause]

    def was_final(self, lateness: timedelta) -> bool:
        """Return whether a number with sources so late had been final when the first reason came in.

        What had been heard before a day was counted for the first time belongs to its first number, however many
        fills that takes.
        """
        if self.filled_at is None or self.counted_since is None or not self.causes:
            return False
        over = clock.day_bounds(self.day, self.zone)[1]
        return self.heard_at >= max(self.counted_since, over + lateness)


@dataclass(frozen=True, slots=True)
class Standing:
    """What stood before: the page's rows, and which of its numbers were final."""

    watched: tuple[Watched, ...]
    rows: Rows


def before(connection: Connection, refill: Refill) -> Standing | None:
    """Remember what stands, as far as it is final. To be called before the day's rows are deleted."""
    if refill.was_final(changes.LEAST_LATENESS):
        changes.remember(connection, refill.rollup, refill.day)
    watched = tuple(one for one in watched_on(refill.rollup.table) if refill.was_final(one.lateness))
    return Standing(watched, _rows(connection, refill, watched)) if watched else None


def after(connection: Connection, refill: Refill, standing: Standing | None) -> None:
    """Write down whose numbers changed, and which final numbers did. To be called once the day is counted."""
    group = refill.smallest_group
    if refill.was_final(changes.LEAST_LATENESS):
        changes.record(connection, refill.rollup, refill.day, at=refill.as_of, smallest_group=group)
    if standing is None:
        return
    now = _rows(connection, refill, standing.watched)
    changed = {unit for unit in standing.rows.keys() | now.keys() if standing.rows.get(unit) != now.get(unit)}
    if not changed:
        return
    parents = _parents(connection, refill.day)
    units = _families(changed, parents)
    people = _people(connection, refill, standing.watched)
    whole = next((unit for unit in units if parents.get(unit) is None), None)
    hides_choice = False
    for one in standing.watched:
        found = _Change(one, refill, parents, group, people)
        told, hidden = found.judged(units, standing.rows, now)
        if hidden and Cause.CHOICE in refill.causes:
            hides_choice, hidden = True, frozenset()
        _write(connection, refill, one, told, hidden)
    if hides_choice and whole is not None:
        _write_choice(connection, refill, whole)


@dataclass(frozen=True, slots=True)
class _Change:
    """One number of a page in the families of units where it changed."""

    watched: Watched
    refill: Refill
    parents: Mapping[int, int | None]
    group: int
    people: Mapping[tuple[int, int], int]

    def judged(
        self, units: frozenset[int], before: Rows, now: Rows
    ) -> tuple[dict[int, tuple[int, int]], frozenset[int]]:
        """Return old and new values by unit where both and the difference may be told, and where only that it changed.

        Of units whose number was hidden and still is, nothing is told at all.
        """
        old = {unit: self.watched.figure(before.get(unit)) for unit in units}
        new = {unit: self.watched.figure(now.get(unit)) for unit in units}
        changed = [unit for unit in units if old[unit].value != new[unit].value]
        if not changed:
            return {}, frozenset()
        shown_old, shown_new, shown = self._shown(old), self._shown(new), self._differences(old, new)
        told = {
            unit: (old[unit].value, new[unit].value)
            for unit in changed
            if not (shown_old[unit] is None or shown_new[unit] is None or shown[unit] is None)
        }
        hidden = frozenset(
            unit for unit in changed if unit not in told and not (shown_old[unit] is None and shown_new[unit] is None)
        )
        return told, hidden

    def _shown(self, figures: Mapping[int, Figure]) -> dict[int, int | None]:
        return {
            unit: values["it"]
            for unit, values in protect(
                {unit: {"it": figure} for unit, figure in figures.items()}, self.parents, self.group
            ).items()
        }

    def _differences(self, old: Mapping[int, Figure], new: Mapping[int, Figure]) -> dict[int, int | None]:
        """Return the differences that may be told. One way of counting who is behind them serves the whole tree.

        People known by name to have changed are the better one; else those by whom the number of people changed,
        which are at least as many. Neither ever counts more than there are.
        """
        difference = {
            unit: Figure(new[unit].value - old[unit].value, 0, max(old[unit].among, new[unit].among)) for unit in old
        }
        if self.refill.causes <= IMPERSONAL:
            return self._shown(
                {u: figure._replace(behind=min(old[u].behind, new[u].behind)) for u, figure in difference.items()}
            )
        known = self._shown(
            {
                unit: figure._replace(
                    behind=max((self.people.get((unit, topic), 0) for topic in self.watched.topics), default=0),
                )
                for unit, figure in difference.items()
            }
        )
        net = self._shown(
            {u: figure._replace(behind=abs(new[u].behind - old[u].behind)) for u, figure in difference.items()}
        )
        return max((known, net), key=lambda shown: sum(value is not None for value in shown.values()))


def _rows(connection: Connection, refill: Refill, watched: Iterable[Watched]) -> Rows:
    """Return a page's rows of the day by unit, as far as its numbers are watched."""
    one, *_ = watched
    columns = sorted({"employed", *(column for each in watched for column in each.columns)})
    found = connection.execute(
        text(
            f"SELECT unit_key, {', '.join(columns)} FROM {refill.rollup.table} WHERE day = :day"
            + ("" if one.period is None else " AND period = :period")
        ),
        {"day": refill.day} | ({} if one.period is None else {"period": one.period}),
    )
    return {row["unit_key"]: dict(row) for row in found.mappings()}


def _parents(connection: Connection, day: date) -> dict[int, int | None]:
    rows = connection.execute(
        text("SELECT unit_key, parent_key FROM unit_placement WHERE valid_during @> CAST(:day AS date)"), {"day": day}
    )
    return {row.unit_key: row.parent_key for row in rows}


def _families(changed: Iterable[int], parents: Mapping[int, int | None]) -> frozenset[int]:
    """Return the changed units with everything above them and all that stand beside any of these."""
    above: set[int | None] = {None}
    for unit in changed:
        step: int | None = unit
        while step is not None and step not in above:
            above.add(step)
            step = parents.get(step)
    return frozenset(unit for unit, parent in parents.items() if parent in above) | frozenset(changed)


def _people(connection: Connection, refill: Refill, watched: Iterable[Watched]) -> Mapping[tuple[int, int], int]:
    """Return how many people of each unit are known to have changed, by topic, since the page was counted."""
    assert refill.filled_at is not None  # noqa: S101 - else it was not final
    if refill.causes <= IMPERSONAL:
        return {}
    since = {topic: refill.day - timedelta(days=one.window_days - 1) for one in watched for topic in one.topics}
    return changes.people_by_unit(connection, since, day=refill.day, after=refill.filled_at) if since else {}


def _write(
    connection: Connection,
    refill: Refill,
    watched: Watched,
    told: Mapping[int, tuple[int, int]],
    hidden: frozenset[int],
) -> None:
    """Append a row a unit. What was last told of it is what the new number is compared with."""
    units = sorted(told.keys() | hidden)
    if not units:
        return
    last: dict[int, int] = {}
    last_told: dict[int, int] = {}
    for row in connection.execute(
        text(
            "SELECT key, unit_key, after FROM restatement WHERE metric = :metric AND unit_key = ANY (:units) "
            "AND first_day = :day AND last_day = :day ORDER BY key"
        ),
        {"metric": watched.metric.key, "units": units, "day": refill.day},
    ):
        last[row.unit_key] = row.key
        if row.after is not None:
            last_told[row.unit_key] = row.after
    rows = []
    for unit in units:
        old, new = told.get(unit, (None, None))
        old = last_told.get(unit, old) if old is not None else None
        rows.append(
            {
                "at": refill.as_of,
                "metric": watched.metric.key,
                "unit": unit,
                "first": refill.day,
                "last": refill.day,
                "before": old,
                "after": new,
                "announced": None if old is None or new is None else is_announced(old, new),
                "causes": sorted(map(int, refill.causes)),
                "version": watched.metric.version,
                "hash": watched.metric.definition_hash,
                "supersedes": last.get(unit),
            }
        )
    connection.execute(text(_APPEND), rows)


def _write_choice(connection: Connection, refill: Refill, whole: int) -> None:
    """Append that choices of a few changed a month of a page. Nothing says whose unit, which days, or which number."""
    connection.execute(
        text(_APPEND_ONCE),
        {
            "at": clock.day_bounds(clock.day_of(refill.as_of, refill.zone), refill.zone)[0],
            "metric": refill.rollup.table,
            "unit": whole,
            "first": refill.day.replace(day=1),
            "last": last_of_month(refill.day),
            "causes": [int(Cause.CHOICE)],
            "version": refill.rollup.version,
        },
    )


def is_announced(old: int, new: int) -> bool:
    """Return whether a change is large enough to be announced: one per cent of the old number or more."""
    return old != new and 100 * abs(new - old) >= ANNOUNCED_PER_CENT * abs(old)


_APPEND = """
INSERT INTO restatement (
    restated_at, metric, unit_key, first_day, last_day, before, after, is_announced, causes, version, definition_hash,
    supersedes
) VALUES (:at, :metric, :unit, :first, :last, :before, :after, :announced, :causes, :version, :hash, :supersedes)
"""
# Two slices at once may both write it: readers take them together. Nobody waits for anybody.
_APPEND_ONCE = """
INSERT INTO restatement (restated_at, metric, unit_key, first_day, last_day, causes, version, definition_hash)
SELECT :at, :metric, :unit, :first, :last, CAST(:causes AS smallint[]), :version, ''
WHERE NOT EXISTS (
    SELECT FROM restatement AS told
    WHERE told.metric = :metric AND told.unit_key = :unit AND told.first_day = :first AND told.restated_at = :at
)
"""
