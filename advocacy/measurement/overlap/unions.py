"""Keeping the unions of every unit: sketches are merged into their own unit, and units into those above them.

Sketches cannot subtract. Who came is merged in; where somebody went or changed, the own unit is counted anew from
what is left. A merge is one transaction that begins with the touches it will remove: killed anywhere, it is repeated.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, text

from advocacy.measurement.overlap import stored
from advocacy.measurement.overlap.sketches import union_of
from advocacy.measurement.overlap.stored import Counts, Node, Union

REACH_LOCK = 0x7265_6163
MOST_TOUCHES = 20_000
UNITS_A_TIME = 200

Place = tuple[int, int]  # a unit and a network


@dataclass(frozen=True, slots=True)
class Touched:
    """Whose sketches of one unit and network came, and whose went or changed."""

    came: set[int] = field(default_factory=set)
    went: set[int] = field(default_factory=set)

    @property
    def people(self) -> set[int]:
        return self.came | self.went


def lock(connection: Connection) -> None:
    """Let nobody else merge or publish until the transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": REACH_LOCK})


def merge_touched(connection: Connection, day: date, *, remembered: int) -> int:
    """Bring the unions up to date with what was touched; return how many touches are done. The caller commits.

    Up to `remembered` people of each union are noted as changed since the last publication.
    """
    lock(connection)
    touched, keys = _read_touches(connection, MOST_TOUCHES)
    paths = stored.paths(connection, {unit for unit, _network in touched}, day)
    levels = {unit: level for path in paths.values() for level, unit in enumerate(path)}
    changed = _spread(touched, paths)
    for unit, network in sorted(changed, key=lambda place: (-levels[place[0]], place)):
        own = _own(connection, unit, network, touched.get((unit, network)))
        below = stored.unions_below(connection, unit, network, day)
        stored.write_nodes(connection, [_node(unit, network, own, list(below.values()))])
    _note_changed(connection, changed, remembered)
    _remove_touches(connection, keys)
    return len(keys)


def rebuild(connection: Connection, day: date, *, remembered: int) -> int:
    """Count every union anew from the sketches, in the units people are in on the day; return how many sketches.

    Units are visited below before above, so that only unions beside the current path are held in memory.
    """
    lock(connection)
    settle(connection, day)
    touched, keys = _read_touches(connection, None)
    changed = _spread(touched, stored.paths(connection, {unit for unit, _network in touched}, day))
    networks: dict[int, set[int]] = defaultdict(set)
    for (unit, network), people in _changed_so_far(connection).items():
        changed[unit, network] |= people
        networks[unit].add(network)  # also where nobody is left: what was published of it must end in its time
    connection.execute(text("DELETE FROM reach_union"))
    parents = stored.parents(connection, day)
    waiting: dict[Place, list[Union]] = defaultdict(list)
    order, count = _below_first(parents), 0
    for first in range(0, len(order), UNITS_A_TIME):
        units = order[first : first + UNITS_A_TIME]
        sketches, nodes = stored.sketches_of_units(connection, units), []
        for unit, network in sketches:
            networks[unit].add(network)
        for unit in units:
            for network in sorted(networks.pop(unit, ())):
                sizes: list[int] = []
                sketch = union_of(stored.opened(sketches.get((unit, network), ()), sizes))
                count += len(sizes)
                node = _node(unit, network, Union(sketch, Counts.of(sizes)), waiting.pop((unit, network), []))
                nodes.append(node)
                above = parents.get(unit)
                if above is not None:
                    waiting[above, network].append(node.tree)
                    networks[above].add(network)
        stored.write_nodes(connection, nodes)
    _note_changed(connection, changed, remembered)
    _remove_touches(connection, keys)
    return count


def settle(connection: Connection, day: date) -> int:
    """Count each sketch in the unit its person is in on the day; the trigger touches both units of a move."""
    moved = connection.execute(
        text(
            "UPDATE network_sketch AS sketch SET unit_key = place.unit_key FROM ("
            "SELECT kept.employee_key, kept.network, membership.unit_key FROM network_sketch AS kept "
            "LEFT JOIN unit_membership AS membership ON membership.employee_key = kept.employee_key "
            "AND membership.valid_during @> CAST(:day AS date)) AS place "
            "WHERE sketch.employee_key = place.employee_key AND sketch.network = place.network "
            "AND sketch.unit_key IS DISTINCT FROM place.unit_key"
        ),
        {"day": day},
    )
    return int(moved.rowcount)


def everyone_else(connection: Connection, employee_key: int, network: int, day: date) -> Union | None:
    """Return the union of all networks but one person's. None while the person is in no unit's union.

    Only the person's own unit is read sketch by sketch; beside their path to the top, unions of units are enough.
    """
    unit = connection.execute(
        text("SELECT unit_key FROM network_sketch WHERE employee_key = :person AND network = :network"),
        {"person": employee_key, "network": network},
    ).scalar()
    if unit is None:
        return None
    sizes: list[int] = []
    others = union_of(stored.opened(stored.sketches_of(connection, unit, network, without=employee_key), sizes))
    parts, passed = [Union(others, Counts.of(sizes))], None
    for node in reversed(stored.paths(connection, {unit}, day)[unit]):
        own = stored.own_union(connection, node, network) if node != unit else None
        beside = stored.unions_below(connection, node, network, day)
        parts += [union for union in (own, *(beside[child] for child in beside if child != passed)) if union]
        passed = node
    return _together(parts)


# --- One unit.


def _own(connection: Connection, unit: int, network: int, touched: Touched | None) -> Union:
    """Return the union of a unit's own people: as kept, with who came merged in, or anew where anybody went."""
    kept = stored.own_union(connection, unit, network)
    if touched is None:
        return kept or Union(union_of(()), Counts())
    if kept is not None and not touched.went:
        new = stored.sketches_of(connection, unit, network, only=touched.came)
        sketch = union_of([kept.sketch, *stored.opened(new, [])])
    else:
        sketch = union_of(stored.opened(stored.sketches_of(connection, unit, network), []))
    return Union(sketch, stored.own_counts(connection, unit, network))


def _node(unit: int, network: int, own: Union, below: list[Union]) -> Node:
    return Node(unit, network, own, _together([own, *below]) if below else own)


def _together(unions: list[Union]) -> Union:
    counts = Counts()
    for union in unions:
        counts += union.counts
    return Union(union_of(union.sketch for union in unions), counts)


def _below_first(parents: Mapping[int, int | None]) -> list[int]:
    """Return the units of a tree, each after all that are below it."""
    children: dict[int | None, list[int]] = defaultdict(list)
    for unit, parent in sorted(parents.items()):
        children[parent].append(unit)
    above_first, open_ = [], list(children[None])
    while open_:
        unit = open_.pop()
        above_first.append(unit)
        open_ += children[unit]
    return above_first[::-1]


# --- What changed.


def _read_touches(connection: Connection, at_most: int | None) -> tuple[dict[Place, Touched], list[int]]:
    rows = connection.execute(
        text("SELECT key, employee_key, network, unit_key, is_added FROM reach_touch ORDER BY key LIMIT :most"),
        {"most": at_most},
    ).all()
    touched: dict[Place, Touched] = defaultdict(Touched)
    for row in rows:
        if row.unit_key is not None:
            which = touched[row.unit_key, row.network]
            (which.came if row.is_added else which.went).add(row.employee_key)
    return dict(touched), [row.key for row in rows]


def _remove_touches(connection: Connection, keys: list[int]) -> None:
    connection.execute(text("DELETE FROM reach_touch WHERE key = ANY (CAST(:keys AS bigint[]))"), {"keys": keys})


def _spread(touched: Mapping[Place, Touched], paths: Mapping[int, list[int]]) -> dict[Place, set[int]]:
    """Return for every union that a touch concerns the people who changed in it."""
    changed: dict[Place, set[int]] = defaultdict(set)
    for (unit, network), which in touched.items():
        for above in paths[unit]:
            changed[above, network] |= which.people
    return changed


def _note_changed(connection: Connection, changed: Mapping[Place, Collection[int]], remembered: int) -> None:
    if not changed:
        return
    connection.execute(
        text(
            "UPDATE reach_union SET changed = ARRAY(SELECT DISTINCT person FROM "
            "unnest(changed || CAST(:people AS int[])) AS person ORDER BY person LIMIT :remembered) "
            "WHERE unit_key = :unit AND network = :network"
        ),
        [
            {"unit": unit, "network": network, "people": sorted(people)[:remembered], "remembered": remembered}
            for (unit, network), people in changed.items()
        ],
    )


def _changed_so_far(connection: Connection) -> dict[Place, set[int]]:
    rows = connection.execute(text("SELECT unit_key, network, changed FROM reach_union"))
    return {(row.unit_key, row.network): set(row.changed) for row in rows}
