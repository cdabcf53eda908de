"""People and units: who is employed where, and who can sign in. Nothing about what anybody does here."""

from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation.access import Actor, Permission
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid, NotFound, TooManyRequests
from advocacy.foundation.web import current_actor, requires
from advocacy.identity import service as identity
from advocacy.identity.queries import accounts_of, count_without_account, people_without_account
from advocacy.people.queries import find_unit, get_unit, unit_tree
from advocacy.people.queries.roster import LONGEST_SEARCH, count_employed, employed_by_unit, find_people
from advocacy.portal.administration.blueprint import blueprint
from advocacy.portal.pages import page

ROWS = 50
MOST_INVITED = 200


def unit_asked_for(name: str = "unit") -> UUID | None:
    """Return the unit named in the address, or None. Raises NotFound for what is no id."""
    text = request.values.get(name, "")
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound(_("There is no such unit.")) from error


@blueprint.get("/people")
@requires(Permission.PEOPLE_READ)
def people() -> Response:
    actor = current_actor()
    unit_id = unit_asked_for()
    unit = get_unit(unit_id) if unit_id is not None else None
    if unit is not None and not actor.may_in(Permission.PEOPLE_READ, unit.key):
        raise NotFound(_("There is no such unit."))
    text = request.args.get("text", "")[:LONGEST_SEARCH]
    found = find_people(
        actor,
        text=text,
        unit_key=unit.key if unit is not None else None,
        limit=ROWS,
        cursor=request.args.get("cursor"),
    )
    units = _units_for(actor)
    may_write = actor.may(Permission.PEOPLE_WRITE)
    scope = unit.key if unit is not None else (units[0].key if units else None)
    waiting = 0
    if may_write and scope is not None and actor.may_in(Permission.PEOPLE_WRITE, scope):
        waiting = count_without_account(actor, scope)
    return page(
        "administration/people.html",
        rows=found.rows,
        next_cursor=found.next_cursor,
        is_first="cursor" not in request.args,
        accounts=accounts_of([row.employee.key for row in found.rows]),
        text=text,
        unit=unit,
        units=units,
        total=count_employed(scope) if scope is not None else 0,
        may_write=may_write,
        waiting=waiting,
        most_invited=MOST_INVITED,
    )


def _units_for(actor: Actor) -> list:  # type: ignore[type-arg]
    reach = actor.unit_keys_for(Permission.PEOPLE_READ)
    return [node for node in unit_tree() if reach is None or node.key in reach]


@blueprint.post("/people/invite")
@requires(Permission.PEOPLE_WRITE)
def invite() -> AnyResponse:
    """Invite the ticked people, or the next ones of a unit that have no account."""
    actor = current_actor()
    unit_id = unit_asked_for()
    if request.form.get("whom") == "unit":
        unit = get_unit(unit_id) if unit_id is not None else find_unit(str(unit_tree()[0].id))
        if unit is None:
            raise NotFound(_("There is no such unit."))
        chosen, total = people_without_account(actor, unit.key, MOST_INVITED)
    else:
        chosen = _ids(request.form.getlist("person"))
        total = len(chosen)
    invited, refused = 0, 0
    for employee_id in chosen[:MOST_INVITED]:
        try:
            with session.begin_nested():
                identity.invite(actor, employee_id)
            invited += 1
        except (Conflict, Invalid, NotFound, TooManyRequests):
            refused += 1
    if invited:
        flash(
            ngettext("%(num)s invitation is on its way.", "%(num)s invitations are on their way.", invited), "success"
        )
    if refused:
        flash(
            ngettext("%(num)s person could not be invited.", "%(num)s people could not be invited.", refused), "warning"
        )
    if total > MOST_INVITED:
        flash(_("%(count)s more are left. Invite again to go on.", count=total - invited - refused), "warning")
    if not chosen:
        flash(_("Nobody was ticked."), "warning")
    return redirect(url_for("administration.people", unit=unit_id))


def _ids(texts: list[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts]
    except ValueError as error:
        raise NotFound(_("There is no such person.")) from error


@blueprint.get("/people/units")
@requires(Permission.PEOPLE_READ)
def units() -> Response:
    return page("administration/units.html", units=_units_for(current_actor()), counts=employed_by_unit())
