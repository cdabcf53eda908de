"""The dated unit tree: who hangs below whom on a day, and who belongs where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select

from advocacy.foundation import clock, preferences
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.people.models import OrgUnit, UnitAncestry, UnitMembership, UnitPlacement

PATH_SEPARATOR = " > "


@dataclass(frozen=True, slots=True)
class UnitNode:
    """One unit in the tree of a day. `path` holds the names from the root down to it; the root has depth 0."""

    key: int
    id: UUID
    external_id: str
    name: str
    parent_key: int | None
    parent_id: UUID | None
    depth: int
    path: tuple[str, ...]

    @property
    def full_name(self) -> str:
        return PATH_SEPARATOR.join(self.path)


def today() -> date:
    """Return the programme's present day."""
    return clock.day_of(clock.now(), preferences.zone())


def unit_tree(on: date | None = None) -> list[UnitNode]:
    """Return every unit that hangs in the tree on a day, parents before children, siblings by name."""
    day = on or today()
    rows = session.execute(
        select(OrgUnit.key, OrgUnit.id, OrgUnit.external_id, OrgUnit.name, UnitPlacement.parent_key)
        .join(UnitPlacement, UnitPlacement.unit_key == OrgUnit.key)
        .where(UnitPlacement.valid_during.contains(day))
        .order_by(func.lower(OrgUnit.name), OrgUnit.key)
    ).all()
    children: dict[int | None, list[tuple[int, UUID, str, str]]] = {}
    for key, id_, external_id, name, parent_key in rows:
        children.setdefault(parent_key, []).append((key, id_, external_id, name))
    nodes: list[UnitNode] = []
    waiting: list[tuple[UnitNode | None, tuple[int, UUID, str, str]]] = [
        (None, root) for root in reversed(children.get(None, []))
    ]
    while waiting:
        parent, (key, id_, external_id, name) = waiting.pop()
        node = UnitNode(
            key=key,
            id=id_,
            external_id=external_id,
            name=name,
            parent_key=parent.key if parent else None,
            parent_id=parent.id if parent else None,
            depth=parent.depth + 1 if parent else 0,
            path=(*parent.path, name) if parent else (name,),
        )
        nodes.append(node)
        waiting.extend((node, child) for child in reversed(children.get(key, [])))
    return nodes


def descendant_keys(unit_key: int, on: date | None = None) -> frozenset[int]:
    """Return the keys of a unit and of everything below it on a day."""
    return frozenset(
        session.scalars(
            select(UnitAncestry.unit_key).where(
                UnitAncestry.ancestor_key == unit_key, UnitAncestry.valid_during.contains(on or today())
            )
        )
    )


def ancestor_keys(unit_key: int, on: date | None = None) -> tuple[int, ...]:
    """Return the keys of a unit and of everything above it on a day, itself first and the root last."""
    return tuple(
        session.scalars(
            select(UnitAncestry.ancestor_key)
            .where(UnitAncestry.unit_key == unit_key, UnitAncestry.valid_during.contains(on or today()))
            .order_by(UnitAncestry.depth)
        )
    )


def unit_on(employee_key: int, on: date | None = None) -> OrgUnit | None:
    """Return the unit somebody belonged to on a day, or None when they were not employed."""
    return session.scalar(
        select(OrgUnit)
        .join(UnitMembership, UnitMembership.unit_key == OrgUnit.key)
        .where(UnitMembership.employee_key == employee_key, UnitMembership.valid_during.contains(on or today()))
    )


def root_unit(on: date | None = None) -> OrgUnit | None:
    """Return the unit everything hangs below on a day, or None while there is no tree."""
    return session.scalar(
        select(OrgUnit)
        .join(UnitPlacement, UnitPlacement.unit_key == OrgUnit.key)
        .where(UnitPlacement.parent_key.is_(None), UnitPlacement.valid_during.contains(on or today()))
    )


def get_unit(unit_id: UUID) -> OrgUnit:
    """Return a unit. Raises NotFound. The names of units are no secret inside an organisation."""
    unit = session.scalar(select(OrgUnit).where(OrgUnit.id == unit_id))
    if unit is None:
        raise NotFound(_("There is no such unit."))
    return unit


def find_unit(reference: str, on: date | None = None) -> OrgUnit | None:
    """Return the one unit that a console user means: by id, by the HR system's id, by path or by a unique name."""
    try:
        return session.scalar(select(OrgUnit).where(OrgUnit.id == UUID(reference)))
    except ValueError:
        pass
    if "\x00" in reference:
        return None
    found = session.scalar(select(OrgUnit).where(OrgUnit.external_id == reference))
    if found is not None:
        return found
    wanted = tuple(part.strip().casefold() for part in reference.split(PATH_SEPARATOR.strip()))
    nodes = [node for node in unit_tree(on) if tuple(name.casefold() for name in node.path)[-len(wanted) :] == wanted]
    exact = [node for node in nodes if len(node.path) == len(wanted)]
    chosen = exact or nodes
    return session.get(OrgUnit, chosen[0].key) if len(chosen) == 1 else None


def unit_keys_of(unit_ids: Sequence[UUID]) -> list[int]:
    """Return internal keys for public ids. Raises NotFound when one does not exist."""
    keys = dict(session.execute(select(OrgUnit.id, OrgUnit.key).where(OrgUnit.id.in_(unit_ids))).all())
    if set(keys) != set(unit_ids):
        raise NotFound(_("There is no such unit."))
    return sorted(keys.values())


def is_below(unit_key: int, ancestor_key: int, on: date | None = None) -> bool:
    """Return whether a unit is another one or hangs somewhere below it on a day."""
    return unit_key == ancestor_key or unit_key in descendant_keys(ancestor_key, on)
