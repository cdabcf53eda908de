"""Reading about people: oneself, or whom one's role in a unit lets one see."""

from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select

from advocacy.foundation.access import Actor, Permission, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.people.models import Employee, Topic, TopicFollow
from advocacy.people.queries.units import today, unit_on


def nobody() -> NotFound:
    """Return the same answer for who is not there and who may not be seen."""
    return NotFound(_("There is no such person."))


def get_employee(employee_id: UUID, *, visible_to: Actor) -> Employee:
    """Return oneself, or somebody in a unit one may read. Raises NotFound for everybody else and for leavers."""
    employee = session.scalar(select(Employee).where(Employee.id == employee_id))
    if employee is None or employee.is_tombstone:
        raise nobody()
    if employee.key != visible_to.employee_key:
        unit = unit_on(employee.key)
        if not visible_to.may_in(Permission.PEOPLE_READ, unit.key if unit is not None else None):
            raise nobody()
    return employee


def employee_of(actor: Actor) -> Employee:
    """Return the person behind an actor. Raises NotPermitted without one, NotFound when they left or were erased."""
    employee = session.get(Employee, require_self(actor))
    if employee is None or employee.is_tombstone:
        raise nobody()
    return employee


def find_employee_by_email(email: str) -> Employee | None:
    """Return the person with this address, in capitals or not. For signing in only."""
    if "\x00" in email:
        return None
    return session.scalar(select(Employee).where(func.lower(Employee.email) == email.strip().lower()))


def find_employee_by_external_id(external_id: str) -> Employee | None:
    """Return the person with the HR system's id."""
    if "\x00" in external_id:
        return None
    return session.scalar(select(Employee).where(Employee.external_id == external_id))


def has_left(employee: Employee) -> bool:
    """Return whether somebody may no longer come in: erased, a tombstone, or past the last day of work."""
    return (
        employee.is_tombstone
        or employee.erased_at is not None
        or (employee.left_on is not None and employee.left_on < today())
    )


def topics() -> list[Topic]:
    """Return every topic by name."""
    return list(session.scalars(select(Topic).order_by(func.lower(Topic.name), Topic.key)))


def followed_topics(actor: Actor) -> list[Topic]:
    """Return the topics the actor follows, by name."""
    return list(
        session.scalars(
            select(Topic)
            .join(TopicFollow, TopicFollow.topic_key == Topic.key)
            .where(TopicFollow.employee_key == require_self(actor))
            .order_by(func.lower(Topic.name), Topic.key)
        )
    )
