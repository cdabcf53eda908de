"""Changing the dated unit tree. The closure of ancestors is derived from it and rebuilt whole, in one statement."""

from collections.abc import Iterable, Mapping
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import Range, insert

from advocacy.foundation import clock
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.people.models import OrgUnit, UnitPlacement

DEEPEST = 40
TREE_LOCK = 0x74726565  # one change of the tree at a time: two moves that are fine alone may close a circle together

FIND_CIRCLE = text(f"""
WITH RECURSIVE above AS (
    SELECT unit_key, parent_key, valid_during, 1 AS depth FROM unit_placement WHERE parent_key IS NOT NULL
    UNION ALL
    SELECT above.unit_key, placement.parent_key, above.valid_during * placement.valid_during, above.depth + 1
    FROM above
    JOIN unit_placement AS placement
        ON placement.unit_key = above.parent_key AND placement.valid_during && above.valid_during
    WHERE placement.parent_key IS NOT NULL AND above.depth <= {DEEPEST} AND above.parent_key <> above.unit_key
)
SELECT unit.name, above.parent_key = above.unit_key AS is_circle, lower(above.valid_during) AS since
FROM above JOIN org_unit AS unit ON unit.key = above.unit_key
WHERE above.parent_key = above.unit_key OR above.depth > {DEEPEST}
ORDER BY is_circle DESC, since, unit.key
LIMIT 1
""")

FIND_SECOND_ROOT = text("""
SELECT unit.name, other.name, lower(one.valid_during * two.valid_during) AS since
FROM unit_placement AS one
JOIN unit_placement AS two
    ON two.parent_key IS NULL AND two.unit_key > one.unit_key AND two.valid_during && one.valid_during
JOIN org_unit AS unit ON unit.key = one.unit_key
JOIN org_unit AS other ON other.key = two.unit_key
WHERE one.parent_key IS NULL
ORDER BY since
LIMIT 1
""")

FIND_DANGLING = text("""
SELECT unit.name, parent.name
FROM unit_placement AS placement
JOIN org_unit AS unit ON unit.key = placement.unit_key
JOIN org_unit AS parent ON parent.key = placement.parent_key
WHERE NOT placement.valid_during <@ COALESCE(
    (SELECT range_agg(above.valid_during) FROM unit_placement AS above WHERE above.unit_key = placement.parent_key),
    '{}'::datemultirange
)
ORDER BY unit.key
LIMIT 1
""")

REBUILD = text("""
INSERT INTO unit_ancestry (unit_key, ancestor_key, valid_during, depth)
WITH RECURSIVE above AS (
    SELECT unit_key, unit_key AS ancestor_key, parent_key, valid_during, 0 AS depth FROM unit_placement
    UNION ALL
    SELECT above.unit_key, placement.unit_key, placement.parent_key,
        above.valid_during * placement.valid_during, above.depth + 1
    FROM above
    JOIN unit_placement AS placement
        ON placement.unit_key = above.parent_key AND placement.valid_during && above.valid_during
), spells AS (
    SELECT unit_key, ancestor_key, depth, range_agg(valid_during) AS valid_during
    FROM above
    GROUP BY unit_key, ancestor_key, depth
)
SELECT unit_key, ancestor_key, unnest(valid_during), depth FROM spells
""")


def make_unit(external_id: str, name: str) -> OrgUnit:
    """Return the unit with the HR system's id, made or renamed as needed. It hangs nowhere until `place_unit`."""
    if not name.strip() or not external_id.strip() or "\x00" in name + external_id:
        raise Invalid.field("name", _("A unit needs a name and an id."))
    return session.scalars(
        insert(OrgUnit)
        .values(id=new_id(), external_id=external_id.strip(), name=name.strip(), created_at=clock.now())
        .on_conflict_do_update(index_elements=[OrgUnit.external_id], set_={"name": name.strip()})
        .returning(OrgUnit),
        execution_options={"populate_existing": True},
    ).one()


def place_unit(unit: OrgUnit, parent: OrgUnit | None, *, on: date) -> bool:
    """Hang a unit below another from a day on (None: it is the root). Return whether that changed anything.

    Raises Conflict for a circle, a second root, or a parent that is not in the tree all that time.
    """
    lock_tree()
    changed = hang(unit.key, parent.key if parent is not None else None, on=on)
    if changed:
        rebuild_tree()
    return changed


def lock_tree() -> None:
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": TREE_LOCK})


def hang(unit_key: int, parent_key: int | None, *, on: date) -> bool:
    """Write one placement without looking at the whole; callers lock before and call `rebuild_tree` after."""
    if unit_key == parent_key:
        raise Conflict(_("A unit cannot be below itself."), code="circle_of_units")
    here = UnitPlacement.valid_during.contains(on)
    current = session.scalar(select(UnitPlacement).where(UnitPlacement.unit_key == unit_key, here))
    if current is not None and current.parent_key == parent_key and current.valid_during.upper is None:
        return False
    _take_down(unit_key, on)
    add_placements([(unit_key, parent_key)], on=on)
    return True


def _take_down(unit_key: int, on: date) -> None:
    """End a unit's placement before a day and drop those planned for later."""
    session.execute(
        delete(UnitPlacement)
        .where(UnitPlacement.unit_key == unit_key, UnitPlacement.valid_during.op("&>")(Range(on, None)))
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(UnitPlacement)
        .where(UnitPlacement.unit_key == unit_key, UnitPlacement.valid_during.contains(on))
        .values(valid_during=UnitPlacement.valid_during.op("*")(Range(None, on)))
        .execution_options(synchronize_session=False)
    )


def add_units(names: Mapping[str, str]) -> dict[str, int]:
    """Write new units, names by the HR system's ids, and return their keys by the same ids."""
    if not names:
        return {}
    now = clock.now()
    rows = [
        {"id": new_id(), "external_id": external_id, "name": name, "created_at": now}
        for external_id, name in names.items()
    ]
    made = session.execute(insert(OrgUnit).returning(OrgUnit.external_id, OrgUnit.key), rows)
    return dict(made.all())


def add_placements(pairs: Iterable[tuple[int, int | None]], *, on: date) -> None:
    """Hang units (key, parent's key) that hang nowhere from a day on. Callers call `rebuild_tree` after."""
    rows = [
        {"id": new_id(), "unit_key": unit_key, "parent_key": parent_key, "valid_during": Range(on, None)}
        for unit_key, parent_key in pairs
    ]
    if rows:
        session.execute(insert(UnitPlacement), rows)


def rebuild_tree() -> None:
    """Check the tree on every day it covers and derive the ancestors anew. Raises Conflict naming what is wrong."""
    session.flush()
    session.expire_all()
    circle = session.execute(FIND_CIRCLE).first()
    if circle is not None:
        name, is_circle, since = circle
        if is_circle:
            raise Conflict(
                _("“%(name)s” would hang below itself from %(start)s on.", name=name, start=since or _("the start")),
                code="circle_of_units",
            )
        raise Conflict(
            _("“%(name)s” would hang more than %(deepest)s levels deep.", name=name, deepest=DEEPEST),
            code="tree_too_deep",
        )
    roots = session.execute(FIND_SECOND_ROOT).first()
    if roots is not None:
        one, two, since = roots
        raise Conflict(
            _(
                "“%(one)s” and “%(two)s” would both be at the top on %(day)s. Hang one below the other.",
                one=one,
                two=two,
                day=since or _("the first day"),
            ),
            code="second_root",
        )
    dangling = session.execute(FIND_DANGLING).first()
    if dangling is not None:
        raise Conflict(
            _(
                "“%(name)s” would hang below “%(parent)s” on days when that is not in the tree.",
                name=dangling[0],
                parent=dangling[1],
            ),
            code="parent_not_in_tree",
        )
    session.execute(text("DELETE FROM unit_ancestry"))
    session.execute(REBUILD)


def close_unit(unit: OrgUnit, *, on: date) -> None:
    """Take a unit out of the tree from a day on. Raises Conflict while people or units hang below it on that day."""
    lock_tree()
    members = text(
        "SELECT 1 FROM unit_membership WHERE unit_key = :unit AND valid_during && daterange(:on, NULL) LIMIT 1"
    )
    if session.execute(members, {"unit": unit.key, "on": on}).first() is not None:
        raise Conflict(_("People still belong to “%(unit)s”. Move them first.", unit=unit.name), code="unit_not_empty")
    _take_down(unit.key, on)
    rebuild_tree()
