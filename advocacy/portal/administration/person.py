"""One person: employment, account and roles. Whether they take part is theirs alone, so it is not here."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, Permission, Role
from advocacy.foundation.errors import Invalid, NotFound
from advocacy.foundation.web import current_actor, requires
from advocacy.identity import service as identity
from advocacy.identity.models import Account
from advocacy.identity.queries import account_of_employee, roles_of_account
from advocacy.people.models import Employee
from advocacy.people.queries import get_employee, unit_on, unit_tree
from advocacy.portal.administration.blueprint import blueprint
from advocacy.portal.pages import FormErrors, form_page


def role_names() -> dict[Role, tuple[str, str]]:
    """Return each role's name and what it is for."""
    return {
        Role.EMPLOYEE: (_("Employee"), _("Reads the feed and shares.")),
        Role.CURATOR: (_("Curator"), _("Writes and aims content.")),
        Role.APPROVER: (_("Approver"), _("Decides whether content may go out.")),
        Role.RECRUITER: (_("Recruiter"), _("Keeps openings and reads recruiting reach.")),
        Role.EXECUTIVE: (_("Executive"), _("Reads amplification and recruiting reach.")),
        Role.ISSUE_OWNER: (_("Issue owner"), _("Answers moments that need somebody.")),
        Role.ADMINISTRATOR: (_("Administrator"), _("Looks after people, roles and settings.")),
    }


def _person_page(actor: Actor, employee: Employee, errors: FormErrors | None = None) -> Response:
    account = account_of_employee(employee.key)
    may_give = actor.may(Permission.ROLES_WRITE)
    reach = actor.unit_keys_for(Permission.ROLES_WRITE)
    shown: list[Any] = []
    if account is not None and may_give:
        shown = list(roles_of_account(account.id, visible_to=actor))
    names = role_names()
    return form_page(
        "administration/person.html",
        errors or FormErrors(),
        employee=employee,
        unit=unit_on(employee.key),
        account=account,
        grants=shown,
        role_names=names,
        roles=[{"value": role.value, "label": name, "hint": meaning} for role, (name, meaning) in names.items()],
        units=[node for node in unit_tree() if reach is None or node.key in reach],
        may_give_everywhere=reach is None,
        may_give=may_give,
        may_write=actor.may(Permission.PEOPLE_WRITE),
        today=clock.day_of(clock.now(), preferences.zone()).isoformat(),
    )


def _employee(employee_id: UUID) -> tuple[Actor, Employee]:
    actor = current_actor()
    return actor, get_employee(employee_id, visible_to=actor)


def _account_of(employee: Employee) -> Account:
    account = account_of_employee(employee.key)
    if account is None:
        raise NotFound(_("This person has no account yet. Invite them first."))
    return account


def _back(employee_id: UUID, message: str) -> AnyResponse:
    flash(message, "success")
    return redirect(url_for("administration.person", employee_id=employee_id))


@blueprint.get("/people/<uuid:employee_id>")
@requires(Permission.PEOPLE_READ)
def person(employee_id: UUID) -> Response:
    actor, employee = _employee(employee_id)
    return _person_page(actor, employee)


@blueprint.post("/people/<uuid:employee_id>/invite")
@requires(Permission.PEOPLE_WRITE)
def invite_person(employee_id: UUID) -> AnyResponse:
    actor, employee = _employee(employee_id)
    identity.invite(actor, employee.id)
    return _back(employee_id, _("The invitation is on its way."))


@blueprint.post("/people/<uuid:employee_id>/roles")
@requires(Permission.ROLES_WRITE)
def give_role(employee_id: UUID) -> AnyResponse:
    actor, employee = _employee(employee_id)
    errors = FormErrors()
    role, unit_id = _role(errors), _unit(errors)
    if role is None or errors:
        return _person_page(actor, employee, errors)
    identity.grant_role(actor, _account_of(employee).id, role, unit_id=unit_id)
    return _back(employee_id, _("The role holds from now on."))


@blueprint.post("/people/<uuid:employee_id>/roles/take")
@requires(Permission.ROLES_WRITE)
def take_role(employee_id: UUID) -> AnyResponse:
    actor, employee = _employee(employee_id)
    errors = FormErrors()
    role, unit_id = _role(errors), _unit(errors)
    if role is None or errors:
        return _person_page(actor, employee, errors)
    identity.revoke_role(actor, _account_of(employee).id, role, unit_id=unit_id)
    return _back(employee_id, _("The role is gone."))


def _role(errors: FormErrors) -> Role | None:
    try:
        return Role(request.form.get("role", ""))
    except ValueError:
        errors["role"] = [_("Choose a role.")]
        return None


def _unit(errors: FormErrors) -> UUID | None:
    text = request.form.get("unit_id", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        errors["unit_id"] = [_("Choose from the list.")]
        return None


@blueprint.post("/people/<uuid:employee_id>/close")
@requires(Permission.PEOPLE_WRITE)
def close_account(employee_id: UUID) -> AnyResponse:
    actor, employee = _employee(employee_id)
    identity.deactivate(actor, _account_of(employee).id)
    return _back(employee_id, _("The account is closed. Whoever was signed in with it is out."))


@blueprint.post("/people/<uuid:employee_id>/open")
@requires(Permission.PEOPLE_WRITE)
def open_account(employee_id: UUID) -> AnyResponse:
    actor, employee = _employee(employee_id)
    identity.reactivate(actor, _account_of(employee).id)
    return _back(employee_id, _("The account is open again."))


@blueprint.post("/people/<uuid:employee_id>/leave")
@requires(Permission.PEOPLE_WRITE)
def leave(employee_id: UUID) -> AnyResponse:
    actor, employee = _employee(employee_id)
    try:
        last_day = date.fromisoformat(request.form.get("last_day", ""))
    except ValueError:
        return _person_page(actor, employee, FormErrors({"last_day": [_("Enter a day.")]}))
    try:
        identity.end_employment(actor, employee.id, last_day=last_day)
    except Invalid as error:
        return _person_page(actor, employee, FormErrors.from_domain(error))
    if last_day < clock.day_of(clock.now(), preferences.zone()):
        flash(_("Their name and address are gone; counts of groups stay."), "success")
        return redirect(url_for("administration.people"))
    return _back(employee_id, _("Noted. On the day after, name and address go and counts of groups stay."))
