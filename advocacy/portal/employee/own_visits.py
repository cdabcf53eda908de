"""Telling own clicks apart: once a day and session the portal notes the visitor key this browser would have."""

from datetime import UTC

from flask import g, request, session

from advocacy.foundation import clock
from advocacy.people.models import Purpose
from advocacy.people.queries import has_consent
from advocacy.portal.employee.blueprint import blueprint
from advocacy.sharing.clicks.salts import remember_own_visitor

NOTED_ON = "own_visit_on"


@blueprint.before_request
def note_own_visit() -> None:
    """Only for those who take part: nobody else has links whose clicks would be theirs."""
    actor = g.get("actor")
    if actor is None or actor.employee_key is None or request.method != "GET":
        return
    today = clock.now().astimezone(UTC).date().isoformat()
    if session.get(NOTED_ON) == today or not has_consent(actor.employee_key, Purpose.TAKE_PART):
        return
    remember_own_visitor(actor.employee_key, request.remote_addr or "", request.headers.get("User-Agent", ""))
    session[NOTED_ON] = today
