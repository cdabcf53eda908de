"""What of the unions may be shown, and when it may change.

Two answers that differ by one person tell about that person. So a shown figure changes at most once a day, and only
when at least a smallest group of its people changed since it was shown, or when the month turns: see the decision
note. It is rounded to two significant digits, and hidden where units beside it would let it be worked out.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, text

from advocacy.foundation import clock
from advocacy.measurement import disclosure
from advocacy.measurement.disclosure import Figure
from advocacy.measurement.overlap import mathematics, stored, unions
from advocacy.measurement.overlap.mathematics import Range, rounded, rounded_down, rounded_up
from advocacy.measurement.overlap.models import ReachPublished
from advocacy.measurement.overlap.sketches import size_of

LEAST_CONTRIBUTORS = 10
LEAST_RESULT = 100

Figures = dict[str, int | None]
HIDDEN: Figures = dict.fromkeys(
    (
        "unique_people",
        "unique_low",
        "unique_high",
        "gross",
        "everyone",
        "everyone_low",
        "everyone_high",
        "addressable",
    )
)


@dataclass(frozen=True, slots=True)
class Live:
    """A union as it stands: how many contribute, and how many changed since it was last shown."""

    contributors: int
    changed: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands published of a unit and network."""

    day: date
    contributors: int
    is_hidden: bool


def least_contributors(smallest_group: int) -> int:
    return max(smallest_group, LEAST_CONTRIBUTORS)


def is_due(connection: Connection, day: date) -> bool:
    """Return whether anything may have to be published that day: there are unions, and none was looked at yet."""
    found = connection.execute(
        text(
            "SELECT EXISTS (SELECT FROM network_sketch) OR EXISTS (SELECT FROM reach_union) AS any, "
            "EXISTS (SELECT FROM reach_union WHERE looked_at_on = :day) AS done"
        ),
        {"day": day},
    ).one()
    return bool(found.any and not found.done)


def publish(connection: Connection, day: date, *, smallest_group: int) -> int:
    """Publish what may be shown from a day on; return how many figures changed. The caller commits.

    Once a day: later calls on the same day find figures of that day and leave them.
    """
    unions.lock(connection)
    parents = stored.parents(connection, day)
    group, rows = least_contributors(smallest_group), []
    taking_part = _taking_part(connection, day)
    for network in _networks(connection):
        live = {unit: node for unit, node in _live(connection, network).items() if unit in parents}
        shown = _shown(connection, network, day)
        renewed = {unit for unit, node in live.items() if _is_renewed(node, shown.get(unit), day, group)}
        visible = _visible(live, shown, renewed, parents, group)
        sizes = _sizes(connection, network, day)
        for unit in sorted(live):
            before = shown.get(unit)
            must_hide = before is not None and not before.is_hidden and unit not in visible
            if unit not in renewed and not must_hide:
                continue
            if before is not None and before.day == day:
                continue
            figures = HIDDEN
            if unit in visible:
                counted, everyone = sizes.get(unit, ({}, {}))
                figures = _figures(connection, unit, network, counted, everyone)
            people = {"contributors": live[unit].contributors, "participants": taking_part.get(unit, 0)}
            rows.append({"unit_key": unit, "network": network, "day": day, **people, **figures})
    _write(connection, rows)
    connection.execute(text("UPDATE reach_union SET looked_at_on = :day"), {"day": day})
    return len(rows)


def _is_renewed(live: Live, shown: Shown | None, day: date, group: int) -> bool:
    """Return whether a figure may change: enough people changed in it, or the month turned."""
    if live.changed >= group:
        return shown is None or shown.day < day
    return shown is not None and (shown.day.year, shown.day.month) != (day.year, day.month)


def _visible(
    live: Mapping[int, Live],
    shown: Mapping[int, Shown],
    renewed: set[int],
    parents: Mapping[int, int | None],
    group: int,
) -> set[int]:
    """Return the units whose figures may be shown beside each other.

    What stays as it was counts with the people it was published with: nothing here tells earlier that one went.
    """
    counts = {
        unit: shown[unit].contributors if unit in shown and unit not in renewed else node.contributors
        for unit, node in live.items()
    }
    figures = {unit: {"contributors": Figure(count, count, count)} for unit, count in counts.items()}
    allowed = disclosure.protect(figures, parents, group)
    return {
        unit
        for unit, values in allowed.items()
        if values["contributors"] and (unit in renewed or (unit in shown and not shown[unit].is_hidden))
    }


def _figures(
    connection: Connection, unit: int, network: int, counted: mathematics.Sizes, everyone: mathematics.Sizes
) -> Figures:
    """Return the rounded figures of a unit; bounds are rounded outwards, so that they stay bounds."""
    union = stored.tree_union(connection, unit, network)
    if union is None:
        return HIDDEN
    gross, largest = union.counts.gross, union.counts.largest
    unique = size_of(union.sketch).within(largest, gross)
    if unique.value < LEAST_RESULT:
        return HIDDEN
    whole = mathematics.extrapolated_unique(counted, unique.value, everyone)
    whole = Range(whole.value, min(whole.low, unique.low), whole.high)
    addressable = mathematics.addressable_people(counted, unique.value)
    return {
        "unique_people": rounded(unique.value),
        "unique_low": rounded_down(unique.low),
        "unique_high": rounded_up(unique.high),
        "gross": rounded(gross),
        "everyone": rounded(whole.value),
        "everyone_low": rounded_down(whole.low),
        "everyone_high": rounded_up(whole.high),
        "addressable": rounded(addressable) if addressable is not None else None,
    }


# --- Reading and writing.


def _networks(connection: Connection) -> list[int]:
    return list(connection.execute(text("SELECT DISTINCT network FROM reach_union ORDER BY network")).scalars())


def _live(connection: Connection, network: int) -> dict[int, Live]:
    rows = connection.execute(
        text(
            "SELECT unit_key, contributors, cardinality(changed) AS changed FROM reach_union WHERE network = :network"
        ),
        {"network": network},
    )
    return {row.unit_key: Live(row.contributors, row.changed) for row in rows}


def _shown(connection: Connection, network: int, day: date) -> dict[int, Shown]:
    rows = connection.execute(
        text(
            "SELECT DISTINCT ON (unit_key) unit_key, day, contributors, unique_people IS NULL AS is_hidden "
            "FROM reach_published WHERE network = :network AND day <= :day ORDER BY unit_key, day DESC"
        ),
        {"network": network, "day": day},
    )
    return {row.unit_key: Shown(row.day, row.contributors, row.is_hidden) for row in rows}


def _taking_part(connection: Connection, day: date) -> dict[int, int]:
    """Return for each unit with all below how many people take part."""
    rows = connection.execute(
        text(
            "SELECT ancestry.ancestor_key AS unit_key, count(*) AS people FROM consent "
            "JOIN unit_membership AS membership ON membership.employee_key = consent.employee_key "
            "AND membership.valid_during @> CAST(:day AS date) "
            "JOIN unit_ancestry AS ancestry ON ancestry.unit_key = membership.unit_key "
            "AND ancestry.valid_during @> CAST(:day AS date) "
            "WHERE consent.purpose = 'take_part' GROUP BY ancestry.ancestor_key"
        ),
        {"day": day},
    )
    return {row.unit_key: row.people for row in rows}


def _sizes(connection: Connection, network: int, day: date) -> dict[int, tuple[dict[int, int], dict[int, int]]]:
    """Return for each unit with all below the sizes of networks: of contributors, and of everybody known.

    What somebody uploaded goes before what they said: it was counted in the same way as the union. Who said "500 or
    more" is left out, as everywhere: taken for 500, a bound would be none.
    """
    rows = connection.execute(
        text(
            "WITH latest AS (SELECT DISTINCT ON (profile.employee_key) profile.employee_key, profile.audience_size, "
            "profile.is_floor FROM network_profile AS profile "
            "JOIN consent ON consent.employee_key = profile.employee_key "
            "AND consent.purpose = 'network_size' WHERE profile.network = :network AND profile.observed_on <= :day "
            "ORDER BY profile.employee_key, profile.observed_on DESC), "
            "told AS (SELECT employee_key, audience_size FROM latest WHERE NOT is_floor), "
            "known AS (SELECT COALESCE(sketch.employee_key, told.employee_key) AS employee_key, "
            "COALESCE(sketch.profiles, told.audience_size) AS size, sketch.employee_key IS NOT NULL AS is_counted "
            "FROM told FULL JOIN (SELECT employee_key, profiles FROM network_sketch WHERE network = :network) "
            "AS sketch ON sketch.employee_key = told.employee_key) "
            "SELECT ancestry.ancestor_key AS unit_key, known.size, known.is_counted, count(*) AS people FROM known "
            "JOIN unit_membership AS membership ON membership.employee_key = known.employee_key "
            "AND membership.valid_during @> CAST(:day AS date) "
            "JOIN unit_ancestry AS ancestry ON ancestry.unit_key = membership.unit_key "
            "AND ancestry.valid_during @> CAST(:day AS date) "
            "WHERE known.size > 0 GROUP BY ancestry.ancestor_key, known.size, known.is_counted"
        ),
        {"network": network, "day": day},
    )
    found: dict[int, tuple[dict[int, int], dict[int, int]]] = defaultdict(lambda: ({}, {}))
    for row in rows:
        counted, everyone = found[row.unit_key]
        everyone[row.size] = everyone.get(row.size, 0) + row.people
        if row.is_counted:
            counted[row.size] = counted.get(row.size, 0) + row.people
    return found


def _write(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    now = clock.now()
    connection.execute(insert(ReachPublished), [row | {"published_at": now} for row in rows])
    connection.execute(
        text("UPDATE reach_union SET changed = '{}' WHERE unit_key = :unit_key AND network = :network"),
        [{"unit_key": row["unit_key"], "network": row["network"]} for row in rows],
    )
