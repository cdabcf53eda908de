"""The units an import names: from a file of their own with ids and parents, or from the paths in the people file."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flask_babel import gettext
from sqlalchemy import column as sql_column
from sqlalchemy import func, insert, select, table, text

from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict
from advocacy.people import queries, roster
from advocacy.people.models import OrgUnit, UnitPlacement
from advocacy.people.roster_file import Problems, normal_text, open_table
from advocacy.people.service import roster_sql
from advocacy.people.service.units import add_placements, add_units, hang, lock_tree, make_unit, rebuild_tree

SEPARATOR = queries.PATH_SEPARATOR
NOWHERE = (-1,)
REFERENCES = table("roster_unit", sql_column("unit_ref"), sql_column("unit_key"))


@dataclass(frozen=True, slots=True)
class TreeChange:
    """How many units are new, and how many known ones were renamed or hung elsewhere."""

    created: int = 0
    changed: int = 0

    def __add__(self, other: "TreeChange") -> "TreeChange":
        return TreeChange(self.created + other.created, self.changed + other.changed)


def place_units(path: Path, problems: Problems, on: date) -> TreeChange:
    """Make, rename and hang the units of a file with unit_id, name, parent_unit_id (empty: the root) from a day on.

    Units that are not in the file stay as they are. Problems name the lines of this file.
    """
    rows: dict[str, tuple[int, str, str | None]] = {}
    with open_table(path, roster.UNITS, problems) as units:
        for line, row in units.rows:
            unit_id, name = normal_text(row["unit_id"]), normal_text(row["name"])
            parent = normal_text(row["parent_unit_id"]) or None
            for column in ("unit_id", "name"):
                if not row[column]:
                    problems.add(line, column, gettext("It is empty."))
                elif len(row[column]) > roster.LONGEST_NAME:
                    problems.add(line, column, gettext("%(most)s characters are the most.", most=roster.LONGEST_NAME))
            if ">" in name:
                problems.add(
                    line, "name", gettext("A unit's name cannot contain “>”: it separates the units of a path.")
                )
            if unit_id in rows:
                problems.add(
                    line, "unit_id", gettext("The same id stands in line %(unit_id)s.", unit_id=rows[unit_id][0])
                )
            rows.setdefault(unit_id, (line, name, parent))
    known = dict(session.execute(select(OrgUnit.external_id, OrgUnit.name)).all())
    for line, _name, parent in rows.values():
        if parent is not None and parent not in rows and parent not in known:
            problems.add(line, "parent_unit_id", gettext("There is no unit with the id %(parent)s.", parent=parent))
    if problems.total:
        return TreeChange()
    lock_tree()
    keys = dict(session.execute(select(OrgUnit.external_id, OrgUnit.key)).all())
    keys |= add_units({external_id: name for external_id, (_, name, _) in rows.items() if external_id not in known})
    changed = {external_id for external_id, (_, name, _) in rows.items() if known.get(external_id, name) != name}
    for external_id in changed:
        make_unit(external_id, rows[external_id][1])
    fresh: list[tuple[int, int | None]] = []
    hangs = _parents_for_good(on)
    for external_id, (_, _, parent) in rows.items():
        parent_key = keys[parent] if parent is not None else None
        if external_id not in known:
            fresh.append((keys[external_id], parent_key))
        elif hangs.get(keys[external_id], NOWHERE) != (parent_key,) and hang(keys[external_id], parent_key, on=on):
            changed.add(external_id)
    add_placements(fresh, on=on)
    rebuild_tree()
    return TreeChange(created=len(rows.keys() - known.keys()), changed=len(changed & known.keys()))


def _parents_for_good(on: date) -> dict[int, tuple[int | None]]:
    """Return the parent of each unit whose place holds from a day on without an end."""
    rows = session.execute(
        select(UnitPlacement.unit_key, UnitPlacement.parent_key).where(
            UnitPlacement.valid_during.contains(on), func.upper_inf(UnitPlacement.valid_during)
        )
    )
    return {unit_key: (parent_key,) for unit_key, parent_key in rows}


def resolve_units(by_path: bool, problems: Problems, on: date) -> TreeChange:
    """Tie every unit the people file names to a unit, making those of new paths. Fills the table `roster_unit`."""
    named = [(ref, line) for ref, line in session.execute(roster_sql.UNIT_REFERENCES)]
    if by_path:
        keys, change = _by_path(named, problems, on)
    else:
        keys, change = _by_id(named, problems), TreeChange()
    if keys:
        session.execute(insert(REFERENCES), [{"unit_ref": ref, "unit_key": key} for ref, key in keys.items()])
    session.execute(text("ANALYZE roster_unit"))
    return change


def _by_id(named: list[tuple[str, int]], problems: Problems) -> dict[str, int]:
    known = dict(session.execute(select(OrgUnit.external_id, OrgUnit.key)).all())
    for ref, _ in named:
        if ref not in known:
            _refuse(
                problems,
                ref,
                "unit_id",
                gettext("There is no unit with this id. Add it to the file of the units (--units)."),
            )
    return {ref: known[ref] for ref, _ in named if ref in known}


def _by_path(named: list[tuple[str, int]], problems: Problems, on: date) -> tuple[dict[str, int], TreeChange]:
    lock_tree()
    nodes = queries.unit_tree(on)
    keys: dict[tuple[str, ...], int] = {}
    ambiguous: set[tuple[str, ...]] = set()
    for node in nodes:
        if node.path in keys:
            ambiguous.add(node.path)
        keys[node.path] = node.key
    root = nodes[0].path[0] if nodes else None
    wanted: dict[str, tuple[str, ...]] = {}
    for ref, _line in named:
        path = tuple(ref.split(SEPARATOR))
        root = root or path[0]
        if path[0] != root:
            _refuse(
                problems,
                ref,
                "unit",
                gettext("The path begins with “%(path)s”; the top unit is “%(root)s”.", path=path[0], root=root),
            )
        elif any(path[:depth] in ambiguous for depth in range(1, len(path) + 1)):
            _refuse(problems, ref, "unit", gettext("Two units have this path. Use unit_id instead."))
        else:
            wanted[ref] = path
    if problems.total:
        return {}, TreeChange()
    made = _make_paths({path[:depth] for path in wanted.values() for depth in range(1, len(path) + 1)}, keys, on)
    return {ref: keys[path] for ref, path in wanted.items()}, TreeChange(created=made)


def _make_paths(paths: set[tuple[str, ...]], keys: dict[tuple[str, ...], int], on: date) -> int:
    """Make the units of paths that have none, level by level; adds them to `keys` and returns how many."""
    fresh = sorted(paths - keys.keys(), key=len)
    if not fresh:
        return 0
    ids = {path: _fresh_id(path) for path in fresh}
    made = add_units({ids[path]: path[-1] for path in fresh})
    keys |= {path: made[ids[path]] for path in fresh}
    add_placements([(keys[path], keys[path[:-1]] if len(path) > 1 else None) for path in fresh], on=on)
    rebuild_tree()
    return len(fresh)


def _fresh_id(path: tuple[str, ...]) -> str:
    """Return the path as the unit's id. Raises Conflict when a unit that now hangs elsewhere has it."""
    external_id = SEPARATOR.join(path)
    if session.scalar(select(OrgUnit.key).where(OrgUnit.external_id == external_id)) is not None:
        raise Conflict(
            gettext(
                "The unit “%(external_id)s” hangs elsewhere by now. Use unit_id instead of paths.",
                external_id=external_id,
            )
        )
    return external_id


def _refuse(problems: Problems, ref: str, column: str, detail: str) -> None:
    for (line,) in session.execute(roster_sql.LINES_OF_UNIT, {"ref": ref}):
        problems.add(line, column, detail)
