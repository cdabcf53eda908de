"""What those who manage people or aim content read of the roster: employment facts, never participation."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, literal_column, or_, select

from advocacy.foundation import preferences
from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.db import plan_for_values, session
from advocacy.foundation.pagination import Page, page_of
from advocacy.people.models import Employee, OrgUnit, UnitAncestry, UnitMembership
from advocacy.people.queries.units import today

LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One employed person and the unit they belong to."""

    employee: Employee
    unit: OrgUnit


def find_people(
    actor: Actor, *, text: str = "", unit_key: int | None = None, limit: int = 50, cursor: str | None = None
) -> Page[RosterRow]:
    """Return employed people by name, in the units the actor may read. `text` is looked for in names and addresses.

    Raises NotPermitted, and Invalid for a cursor that is not ours.
    """
    require(actor, Permission.PEOPLE_READ)
    plan_for_values()
    day = today()
    name = func.lower(func.coalesce(Employee.name, literal_column("''")))  # as its index says it
    statement: Any = (
        select(Employee, OrgUnit)
        .join(UnitMembership, UnitMembership.employee_key == Employee.key)
        .join(OrgUnit, OrgUnit.key == UnitMembership.unit_key)
        .where(UnitMembership.valid_during.contains(day), Employee.external_id.is_not(None))
    )
    reach = actor.unit_keys_for(Permission.PEOPLE_READ)
    if reach is not None:
        statement = statement.where(UnitMembership.unit_key.in_(reach))
    if unit_key is not None:
        below = select(UnitAncestry.unit_key).where(
            UnitAncestry.ancestor_key == unit_key, UnitAncestry.valid_during.contains(day)
        )
        statement = statement.where(UnitMembership.unit_key.in_(below))
    wanted = " ".join(text.split())[:LONGEST_SEARCH].lower()
    if wanted:
        escaped = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        statement = statement.where(
            or_(
                name.like(f"%{escaped}%", escape="\\"),
                func.lower(Employee.email).like(f"%{escaped}%", escape="\\"),
                Employee.external_id == text.strip(),
            )
        )
    page = page_of(
        statement,
        (name, Employee.key),
        limit=limit,
        cursor=cursor,
        filters={"list": "people", "text": wanted, "unit": unit_key},
        descending=False,
    )
    return Page([RosterRow(*row) for row in page.rows], page.next_cursor)


def employed_by_unit() -> dict[int, int]:
    """Return how many people are employed today in each unit and below it, by unit key."""
    plan_for_values()
    day = today()
    rows = session.execute(
        select(UnitAncestry.ancestor_key, func.count())
        .join(UnitMembership, UnitMembership.unit_key == UnitAncestry.unit_key)
        .where(UnitMembership.valid_during.contains(day), UnitAncestry.valid_during.contains(day))
        .group_by(UnitAncestry.ancestor_key)
    )
    return dict(rows.all())


def count_employed(unit_key: int) -> int:
    """Return how many people are employed today in one unit and below it."""
    plan_for_values()
    day = today()
    below = select(UnitAncestry.unit_key).where(
        UnitAncestry.ancestor_key == unit_key, UnitAncestry.valid_during.contains(day)
    )
    found = select(func.count()).where(UnitMembership.valid_during.contains(day), UnitMembership.unit_key.in_(below))
    return session.scalar(found) or 0


def places_and_languages() -> tuple[list[str], list[str]]:
    """Return the countries and languages that enough employed people share to be aimed at, by code."""
    smallest, found = preferences.smallest_group(), []
    for column in (Employee.country, Employee.language):
        codes = session.scalars(
            select(column)
            .join(UnitMembership, UnitMembership.employee_key == Employee.key)
            .where(UnitMembership.valid_during.contains(today()), column.is_not(None))
            .group_by(column)
            .having(func.count() >= smallest)
            .order_by(column)
        )
        found.append([code for code in codes if code is not None])
    return found[0], found[1]
