"""Openings: what a job is called, where it is, which unit it belongs to. The applicant tracking system is the truth."""

from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from advocacy.foundation.access import Actor, Permission, require_in
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, FieldProblem, Invalid
from advocacy.foundation.web_addresses import read_address
from advocacy.people.queries import get_unit
from advocacy.recruiting import queries
from advocacy.recruiting.limits import LONGEST_FIELD, LONGEST_REFERENCE
from advocacy.recruiting.models import Opening

TEXTS = ("title", "family", "place")


def make_opening(
    actor: Actor,
    *,
    reference: str,
    title: str | None = None,
    family: str | None = None,
    place: str | None = None,
    unit_id: UUID | None = None,
    url: str | None = None,
    closes_on: date | None = None,
) -> Opening:
    """Tell of an opening. Raises NotPermitted outside the actor's units, Conflict when it is known, Invalid."""
    unit_key = get_unit(unit_id).key if unit_id is not None else None
    require_in(actor, Permission.RECRUITING_WRITE, unit_key)
    values = checked_fields({"reference": reference, "title": title, "family": family, "place": place, "url": url})
    if session.scalar(select(Opening.key).where(Opening.reference == values["reference"])):
        raise Conflict(_("There is an opening of this reference already."))
    opening = Opening(unit_key=unit_key, closes_on=closes_on, **values)
    session.add(opening)
    session.flush()  # a reference taken at the same moment shows here
    return opening


def change_opening(actor: Actor, opening_id: UUID, **changes: Any) -> Opening:
    """Change an opening; what is not mentioned stays. Raises NotFound, NotPermitted, Invalid."""
    opening = queries.get_opening(opening_id, visible_to=actor, lock=True)
    require_in(actor, Permission.RECRUITING_WRITE, opening.unit_key)
    if "unit_id" in changes:
        unit_id = changes.pop("unit_id")
        opening.unit_key = get_unit(unit_id).key if unit_id is not None else None
        require_in(actor, Permission.RECRUITING_WRITE, opening.unit_key)
    if "closes_on" in changes:
        opening.closes_on = changes.pop("closes_on")
    for name, value in checked_fields(changes).items():
        setattr(opening, name, value)
    session.flush()  # the answer shows what is stored
    return opening


def checked_fields(values: dict[str, Any]) -> dict[str, str | None]:
    """Return an opening's texts as they may be stored. Raises Invalid naming every wrong one."""
    problems: list[FieldProblem] = []
    checked: dict[str, str | None] = {}
    for name, value in values.items():
        cleaned = (value or "").strip()
        longest = LONGEST_REFERENCE if name == "reference" else LONGEST_FIELD
        if len(cleaned) > longest or not cleaned.isprintable():
            problems.append(
                FieldProblem(name, "invalid", _("At most %(longest)s printable characters.", longest=longest))
            )
        elif name == "reference" and not cleaned:
            problems.append(FieldProblem(name, "missing", _("Name the opening by its reference.")))
        elif name == "url" and cleaned:
            try:
                cleaned = read_address(cleaned).url
            except ValueError as error:
                problems.append(FieldProblem(name, "invalid", str(error)))
        checked[name] = cleaned or None
    if problems:
        raise Invalid(_("Some fields need another look."), problems=tuple(problems))
    return checked
