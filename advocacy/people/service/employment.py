"""The end of somebody's employment, told by hand where no HR system tells it."""

from datetime import date
from uuid import UUID

from flask_babel import gettext as _

from advocacy.foundation import audit
from advocacy.foundation.access import Actor, Permission, require_in
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid
from advocacy.people import queries
from advocacy.people.service.leaving import mark_left


def end_employment(actor: Actor, employee_id: UUID, *, last_day: date) -> None:
    """Write down somebody's last day of work. A day that is over makes them a leaver at once, a later one on its day.

    Raises NotFound, NotPermitted outside the actor's units, Invalid for a day before the first one.
    """
    employee = queries.get_employee(employee_id, visible_to=actor)
    unit = queries.unit_on(employee.key)
    require_in(actor, Permission.PEOPLE_WRITE, unit.key if unit is not None else None)
    if employee.hired_on is not None and last_day < employee.hired_on:
        raise Invalid.field(
            "last_day", _("The last day cannot be before the first, %(hired_on)s.", hired_on=employee.hired_on)
        )
    if last_day < queries.today():
        mark_left({employee.key: last_day})
    else:
        employee.left_on = last_day
        session.flush()
    audit.record(
        actor, "people.employment_ended", subject_kind="employee", subject_id=employee_id, last_day=last_day.isoformat()
    )
