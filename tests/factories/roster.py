"""HR exports for tests, and what an import made of them."""

from datetime import date

from sqlalchemy import func, select

from advocacy.foundation.db import session
from advocacy.people.models import Employee, OrgUnit, UnitMembership

HEADER = ("external_id", "email", "name", "title", "language", "country", "time_zone", "hired_on", "left_on", "unit")


def row(number: int, **changes: str) -> dict[str, str]:
    """Return the row of a person with everything filled in, but for these cells."""
    values = {
        "external_id": f"E{number}",
        "email": f"p{number}@meridian.example",
        "name": f"Person {number}",
        "title": "Engineer",
        "language": "en",
        "country": "DE",
        "time_zone": "Europe/Berlin",
        "hired_on": "2024-01-01",
        "left_on": "",
        "unit": "Meridian Works > Cloud",
    }
    return values | changes


def header_without(*columns: str) -> tuple[str, ...]:
    return tuple(column for column in HEADER if column not in columns)


def spells(external_id: str) -> list[tuple[str, date | None, date | None]]:
    """Return the units of a person by name, with the first day and the first day after."""
    rows = session.execute(
        select(OrgUnit.name, UnitMembership.valid_during)
        .join(OrgUnit, OrgUnit.key == UnitMembership.unit_key)
        .join(Employee, Employee.key == UnitMembership.employee_key)
        .where(Employee.external_id == external_id)
        .order_by(UnitMembership.valid_during)
    )
    return [(name, during.lower, during.upper) for name, during in rows]


def count_people() -> int:
    return session.scalar(select(func.count()).select_from(Employee)) or 0
