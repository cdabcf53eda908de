"""Where sketches and unions are kept, sealed. Nothing outside this package opens them: a test holds it to that."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Self

from sqlalchemy import Connection, Row, text

from advocacy.foundation import clock
from advocacy.measurement.overlap.sketches import PURPOSE_OF_ONE, PURPOSE_OF_UNIONS, Sketch, seal, unseal

ROWS_A_TIME = 2_000


@dataclass(frozen=True, slots=True)
class Counts:
    """How many people contribute, the sum of what they uploaded, and the largest upload."""

    contributors: int = 0
    gross: int = 0
    largest: int = 0

    @classmethod
    def of(cls, sizes: Collection[int]) -> Self:
        return cls(len(sizes), sum(sizes), max(sizes, default=0))

    def __add__(self, other: "Counts") -> "Counts":
        """Return the counts of both: a person is in one unit only."""
        return Counts(
            self.contributors + other.contributors, self.gross + other.gross, max(self.largest, other.largest)
        )


@dataclass(frozen=True, slots=True)
class Union:
    """A union with the counts of the people whose networks are in it."""

    sketch: Sketch
    counts: Counts


@dataclass(frozen=True, slots=True)
class Node:
    """One unit and network: its own people, and all below as well. `own` is the same object where nobody is below."""

    unit: int
    network: int
    own: Union
    tree: Union


# --- Sketches of people.


def seal_one(sketch: Sketch, employee_key: int, network: int) -> bytes:
    return seal(sketch, PURPOSE_OF_ONE, f"{employee_key}:{network}")


def open_one(sealed: bytes, employee_key: int, network: int) -> Sketch:
    return unseal(sealed, PURPOSE_OF_ONE, f"{employee_key}:{network}")


def opened(rows: Iterable[Row[Any]], sizes: list[int]) -> Iterator[Sketch]:
    """Open sketches one after the other, so that never more than one lies open; `sizes` gets what each stands for."""
    for row in rows:
        sizes.append(row.profiles)
        yield open_one(row.sealed, row.employee_key, row.network)


def sketches_of(
    connection: Connection,
    unit: int,
    network: int,
    *,
    only: Collection[int] | None = None,
    without: int | None = None,
) -> Iterator[Row[Any]]:
    """Yield the sealed sketches that count in a unit itself."""
    found = connection.execute(
        text(
            "SELECT employee_key, network, profiles, sealed FROM network_sketch "
            "WHERE unit_key = :unit AND network = :network AND employee_key IS DISTINCT FROM :without "
            "AND (CAST(:only AS int[]) IS NULL OR employee_key = ANY (CAST(:only AS int[])))"
        ).execution_options(yield_per=ROWS_A_TIME),
        {"unit": unit, "network": network, "without": without, "only": None if only is None else sorted(only)},
    )
    return iter(found)


def sketch_of_person(connection: Connection, employee_key: int, network: int) -> Sketch | None:
    """Return one person's sketch. For that person's own marginal reach only."""
    sealed = connection.execute(
        text("SELECT sealed FROM network_sketch WHERE employee_key = :person AND network = :network"),
        {"person": employee_key, "network": network},
    ).scalar()
    return None if sealed is None else open_one(sealed, employee_key, network)


def sketches_of_units(connection: Connection, units: Sequence[int]) -> dict[tuple[int, int], list[Row[Any]]]:
    """Return the sealed sketches of some units, by unit and network."""
    rows = connection.execute(
        text(
            "SELECT unit_key, network, employee_key, profiles, sealed FROM network_sketch "
            "WHERE unit_key = ANY (CAST(:units AS int[])) ORDER BY unit_key, network"
        ),
        {"units": list(units)},
    )
    return {place: list(found) for place, found in groupby(rows, key=lambda row: (row.unit_key, row.network))}


def own_counts(connection: Connection, unit: int, network: int) -> Counts:
    row = connection.execute(
        text(
            "SELECT count(*) AS people, COALESCE(sum(profiles), 0) AS gross, COALESCE(max(profiles), 0) AS largest "
            "FROM network_sketch WHERE unit_key = :unit AND network = :network"
        ),
        {"unit": unit, "network": network},
    ).one()
    return Counts(row.people, int(row.gross), row.largest)


# --- Unions of units.


def _owner(unit: int, network: int, kind: str) -> str:
    return f"{unit}:{network}:{kind}"


def own_union(connection: Connection, unit: int, network: int) -> Union | None:
    """Return the union of a unit's own people, or None while there is none."""
    row = connection.execute(
        text(
            "SELECT own_contributors, own_gross, own_largest, COALESCE(own_sealed, sealed) AS kept, "
            "own_sealed IS NULL AS is_tree FROM reach_union WHERE unit_key = :unit AND network = :network"
        ),
        {"unit": unit, "network": network},
    ).one_or_none()
    if row is None:
        return None
    sketch = unseal(row.kept, PURPOSE_OF_UNIONS, _owner(unit, network, "tree" if row.is_tree else "own"))
    return Union(sketch, Counts(row.own_contributors, int(row.own_gross), row.own_largest))


def tree_union(connection: Connection, unit: int, network: int) -> Union | None:
    """Return the union of a unit and all below it, or None while there is none."""
    row = connection.execute(
        text(
            "SELECT unit_key, contributors, gross, largest, sealed FROM reach_union "
            "WHERE unit_key = :unit AND network = :network"
        ),
        {"unit": unit, "network": network},
    ).one_or_none()
    return None if row is None else _tree(row, network)


def unions_below(connection: Connection, unit: int, network: int, day: date) -> dict[int, Union]:
    """Return the unions of the units right below one, by their keys."""
    rows = connection.execute(
        text(
            "SELECT child.unit_key, child.contributors, child.gross, child.largest, child.sealed "
            "FROM unit_placement AS placement "
            "JOIN reach_union AS child ON child.unit_key = placement.unit_key AND child.network = :network "
            "WHERE placement.parent_key = :unit AND placement.valid_during @> CAST(:day AS date)"
        ),
        {"unit": unit, "network": network, "day": day},
    )
    return {row.unit_key: _tree(row, network) for row in rows}


def _tree(row: Row[Any], network: int) -> Union:
    sketch = unseal(row.sealed, PURPOSE_OF_UNIONS, _owner(row.unit_key, network, "tree"))
    return Union(sketch, Counts(row.contributors, int(row.gross), row.largest))


def write_nodes(connection: Connection, nodes: Sequence[Node]) -> None:
    """Keep the unions of some units; what was published and changed since stays as it is."""
    if not nodes:
        return
    connection.execute(
        text(
            "INSERT INTO reach_union (unit_key, network, own_contributors, own_gross, own_largest, own_sealed, "
            "contributors, gross, largest, sealed, merged_at) VALUES (:unit, :network, :own_contributors, :own_gross, "
            ":own_largest, :own_sealed, :contributors, :gross, :largest, :sealed, :now) "
            "ON CONFLICT (unit_key, network) DO UPDATE SET own_contributors = EXCLUDED.own_contributors, "
            "own_gross = EXCLUDED.own_gross, own_largest = EXCLUDED.own_largest, own_sealed = EXCLUDED.own_sealed, "
            "contributors = EXCLUDED.contributors, gross = EXCLUDED.gross, largest = EXCLUDED.largest, "
            "sealed = EXCLUDED.sealed, merged_at = EXCLUDED.merged_at"
        ),
        [_values(node) for node in nodes],
    )


def _values(node: Node) -> dict[str, Any]:
    own, tree = node.own, node.tree
    return {
        "unit": node.unit,
        "network": node.network,
        "own_contributors": own.counts.contributors,
        "own_gross": own.counts.gross,
        "own_largest": own.counts.largest,
        "own_sealed": None
        if own is tree
        else seal(own.sketch, PURPOSE_OF_UNIONS, _owner(node.unit, node.network, "own")),
        "contributors": tree.counts.contributors,
        "gross": tree.counts.gross,
        "largest": tree.counts.largest,
        "sealed": seal(tree.sketch, PURPOSE_OF_UNIONS, _owner(node.unit, node.network, "tree")),
        "now": clock.now(),
    }


# --- The tree of units.


def paths(connection: Connection, units: Collection[int], day: date) -> dict[int, list[int]]:
    """Return for each unit itself and all above it, the highest first. A unit out of the tree is its own path."""
    rows = connection.execute(
        text(
            "SELECT unit_key, ancestor_key FROM unit_ancestry "
            "WHERE unit_key = ANY (CAST(:units AS int[])) AND valid_during @> CAST(:day AS date) "
            "ORDER BY unit_key, depth DESC"
        ),
        {"units": sorted(units), "day": day},
    ).all()
    found = {unit: [row.ancestor_key for row in path] for unit, path in groupby(rows, key=lambda row: row.unit_key)}
    return {unit: found.get(unit, [unit]) for unit in units}


def parents(connection: Connection, day: date) -> dict[int, int | None]:
    """Return the unit above each unit of the tree on a day."""
    rows = connection.execute(
        text("SELECT unit_key, parent_key FROM unit_placement WHERE valid_during @> CAST(:day AS date)"), {"day": day}
    )
    return {row.unit_key: row.parent_key for row in rows}
