"""What a demo wrote about itself. Little is imported here, because every start of the demo asks."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from advocacy.foundation.db import session
from advocacy.foundation.models import Setting
from advocacy.people.models import Employee

DEMO_MARK = "demo_mark"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody to sign in as."""

    role: str
    name: str
    email: str
    story: str
    account_id: UUID


def find_mark() -> dict[str, Any] | None:
    """Return what the demo wrote about itself, or None in a database that is not a demo's."""
    mark = session.get(Setting, DEMO_MARK)
    return None if mark is None else dict(mark.value)


def demo_people() -> list[DemoPerson]:
    """Return the people of a demo database to sign in as."""
    mark = find_mark()
    if mark is None:
        return []
    return [DemoPerson(**{**entry, "account_id": UUID(entry["account_id"])}) for entry in mark["people"]]


def is_empty() -> bool:
    return session.scalar(select(Employee.key).limit(1)) is None
