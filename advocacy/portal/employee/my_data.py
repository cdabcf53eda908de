"""My data and consent: what was agreed, what is kept, and every way out, each one click."""

from typing import Any
from uuid import UUID

from flask import Response, flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content import feed_memory, unfinished
from advocacy.content.sources import queries as sources
from advocacy.content.unfurling import service as unfurling
from advocacy.conversations import queries as conversations
from advocacy.foundation import clock
from advocacy.foundation.access import Actor, Permission, require_self
from advocacy.foundation.errors import Conflict, NotFound
from advocacy.foundation.web import current_actor, public, requires
from advocacy.identity import browser
from advocacy.identity import queries as identity
from advocacy.identity import service as accounts
from advocacy.learning import taking
from advocacy.notifications import queries as notifications
from advocacy.people import queries, service
from advocacy.people.models import Purpose
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.employee.choices import choices_context, save_choices
from advocacy.portal.employee.networks_form import save_sizes, size_fields
from advocacy.portal.employee.purposes import ASKED, in_words
from advocacy.portal.pages import FormErrors, language, page
from advocacy.programme.recognition import queries as recognition
from advocacy.sharing import captions, corrections, planning, qr_codes, record_keeping
from advocacy.sharing import queries as sharing
from advocacy.sharing.accounts.access import networks_on
from advocacy.sharing.accounts.own_data import own_data as own_accounts

SOURCE = "my_data"
MOST_SESSIONS = 4


def _page(errors: FormErrors | None = None) -> Response:
    actor = current_actor()
    key = require_self(actor)
    granted = {consent.purpose: consent for consent in queries.consents_of(actor)}
    policy = queries.current_policy()
    choices, fields = choices_context(actor), size_fields(actor)
    values = choices.pop("values") | {field.name: field.shown for field in fields}
    if errors:
        values |= {name: request.form[name] for name in request.form if name != "topics"}
    return page(
        "employee/my_data.html",
        status=422 if errors else 200,
        errors=errors or {},
        values=values,
        employee=queries.employee_of(actor),
        unit=queries.unit_on(key),
        since=granted[Purpose.TAKE_PART].granted_at if Purpose.TAKE_PART in granted else None,
        purposes=[
            (in_words(purpose), granted.get(purpose))
            for purpose in Purpose
            if purpose in ASKED or purpose in granted or _is_served(purpose)
        ],
        knows_policy=policy is not None and queries.has_acknowledged(key, policy),
        has_sizes=Purpose.NETWORK_SIZE in granted,
        fields=fields,
        evidence=record_keeping.told_to(actor, language()),
        sessions=_sessions(actor),
        most_sessions=MOST_SESSIONS,
        tokens=identity.tokens_of(actor),
        has_password=accounts.own_account(actor).password_hash is not None,
        **choices,
    )


def _is_served(purpose: Purpose) -> bool:
    """Return whether something that an administrator switched on asks for a purpose."""
    if purpose is Purpose.CONNECTED_ACCOUNT:
        return bool(networks_on())
    return purpose is Purpose.LEADERBOARD and recognition.is_on("team_scores")


def _sessions(actor: Actor) -> list[dict[str, Any]]:
    here = browser.current_visit().row
    rows = sorted(identity.sessions_of(actor), key=lambda row: here is None or row.id_hash != here.id_hash)
    return [
        {
            "id": row.id_hash.hex(),
            "agent": row.agent,
            "seen_at": row.last_seen_at,
            "is_here": here is not None and row.id_hash == here.id_hash,
        }
        for row in rows
    ]


@blueprint.get("/my-data")
@requires(Permission.PROFILE_READ)
def my_data() -> Response:
    return _page()


@blueprint.post("/my-data/purposes/<purpose>")
@requires(Permission.PROFILE_WRITE)
def change_purpose(purpose: str) -> AnyResponse:
    """Write a yes or take it back. To say yes one must know the current rules."""
    try:
        wanted = Purpose(purpose)
    except ValueError:
        raise NotFound(_("There is no such purpose.")) from None
    actor, name = current_actor(), in_words(wanted).name
    if request.form.get("answer") == "yes":
        try:
            service.grant_consent(actor, wanted, source=SOURCE)
        except Conflict:
            return redirect(url_for("employee.welcome"))
        flash(_("Thank you. “%(purpose)s” is on from now.", purpose=name), "success")
    elif wanted is Purpose.TAKE_PART:
        return stop()
    elif service.withdraw_consent(actor, wanted, source=SOURCE):
        flash(_("“%(purpose)s” is off, and what stood on it is out of all live numbers.", purpose=name), "success")
    return redirect(url_for("employee.my_data", _anchor="consent"))


@blueprint.post("/stop")
@requires(Permission.PROFILE_READ)  # nobody needs a right to leave
def stop() -> AnyResponse:
    """Stop taking part, at once: committed before the answer, as everything here is."""
    service.withdraw_consent(current_actor(), Purpose.TAKE_PART, source=SOURCE)
    return redirect(url_for("employee.stopped"))


@blueprint.get("/stopped")
@requires(Permission.PROFILE_READ)
def stopped() -> Response:
    takes_part = queries.has_consent(require_self(current_actor()), Purpose.TAKE_PART)
    return page("employee/stopped.html", takes_part=takes_part)


@blueprint.post("/my-data/networks")
@requires(Permission.PROFILE_WRITE)
def change_sizes() -> AnyResponse:
    errors = save_sizes(current_actor())
    if errors:
        return _page(errors)
    flash(_("Your networks are kept as of today."), "success")
    return redirect(url_for("employee.my_data", _anchor="networks"))


@blueprint.post("/my-data/choices")
@requires(Permission.PROFILE_WRITE)
def change_choices() -> AnyResponse:
    errors = save_choices(current_actor())
    if errors:
        return _page(errors)
    flash(_("Your topics and language are kept."), "success")
    return redirect(url_for("employee.my_data", _anchor="choices"))


@blueprint.post("/my-data/sessions/end")
@requires(Permission.PROFILE_READ)
def end_session() -> AnyResponse:
    try:
        accounts.end_session(current_actor(), bytes.fromhex(request.form.get("session", "")))
    except ValueError:
        raise NotFound(_("There is no such session.")) from None
    flash(_("Signed out there."), "success")
    return redirect(url_for("employee.my_data", _anchor="sessions"))


@blueprint.post("/my-data/sessions/end-others")
@requires(Permission.PROFILE_READ)
def end_other_sessions() -> AnyResponse:
    """Sign out everywhere but here."""
    account = accounts.own_account(current_actor())
    here = browser.current_visit().row
    accounts.end_sessions(account.id, except_hash=here.id_hash if here is not None else None)
    flash(_("You are signed in here only."), "success")
    return redirect(url_for("employee.my_data", _anchor="sessions"))


@blueprint.post("/my-data/tokens/<uuid:token_id>/revoke")
@requires(Permission.PROFILE_READ)
def revoke_token(token_id: UUID) -> AnyResponse:
    accounts.revoke_token(current_actor(), token_id)
    flash(_("This token works no longer."), "success")
    return redirect(url_for("employee.my_data", _anchor="sessions"))


@blueprint.get("/my-data/export.json")
@requires(Permission.PROFILE_READ)
def export() -> Response:
    """Answer everything that is kept about oneself, as a file."""
    actor = current_actor()
    key = require_self(actor)
    account = accounts.own_account(actor)
    answer = jsonify(
        {
            "exported_at": clock.now().isoformat(),
            **queries.own_data(actor),
            "account": {"email": account.email, "created_at": account.created_at.isoformat()},
            "shares": sharing.own_data(key),
            "captions": captions.own_data(key),
            **own_accounts(key),
            "qr_codes": qr_codes.own_data(key),
            "planned_shares": planning.own_data(key),
            "asked": corrections.own_data(key),
            "evidence": record_keeping.own_data(key),
            "conversations": conversations.own_data(key),
            "suggestions": sources.own_data(key),
            "learning": taking.own_data(key),
            "recognition": recognition.own_data(key),
            **notifications.own_data(key),
            "feed": feed_memory.own_data(key),
            "unfinished": unfinished.own_data(actor),
            "pages_read": unfurling.own_data(actor),
        }
    )
    answer.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return answer


@blueprint.get("/my-data/erase")
@requires(Permission.PROFILE_READ)
def ask_to_erase() -> Response:
    return page("employee/erase.html", errors={}, values={})


@blueprint.post("/my-data/erase")
@requires(Permission.PROFILE_READ)
def erase() -> AnyResponse:
    if request.form.get("sure") != "yes":
        errors = FormErrors({"sure": [_("Tick the box: this cannot be taken back.")]})
        return page("employee/erase.html", status=422, errors=errors, values={})
    accounts.erase_oneself(current_actor())
    browser.sign_out_browser()
    return redirect(url_for("employee.erased"))


@blueprint.get("/erased")
@public  # whoever was just erased is nobody any more
def erased() -> Response:
    return page("employee/erased.html")
