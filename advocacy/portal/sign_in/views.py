"""Signing in by password, by a mailed link or, on a demo, by a button; choosing a password; signing out."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation import preferences
from advocacy.foundation.access import Actor
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid, NotFound, NotSignedIn
from advocacy.foundation.models import Setting
from advocacy.foundation.web import current_actor, find_actor, public, safe_next, signed_in
from advocacy.identity import browser, passwords, queries, service
from advocacy.identity.models import Account, LinkPurpose
from advocacy.people.queries import employee_of
from advocacy.portal.navigation import navigation_for
from advocacy.portal.pages import FormErrors, form_page, load_form
from advocacy.portal.pages import page as render
from advocacy.portal.sign_in import outbox as letters
from advocacy.portal.sign_in.forms import Address, ChangedPassword, Credentials, NewPassword
from config.settings import is_loopback

UNAUTHORIZED = 401
DEMO_MARK = "demo_mark"

blueprint = Blueprint("sign_in", __name__)


def home_of(actor: Actor) -> str:
    """Return where somebody starts: Welcome once, then Today; the first page of their role without an employee."""
    if actor.employee_key is not None:
        is_new = employee_of(actor).onboarded_at is None
        return url_for("employee.welcome" if is_new else "employee.today")
    pages = [entry["url"] for area in navigation_for(actor) for entry in area["items"]]
    return pages[0] if pages else url_for("sign_in.no_pages")


def _demo() -> dict[str, Any] | None:
    """Return what the demo wrote about itself: only there, and only on loopback, anybody may be anybody."""
    if not (preferences.deployment().is_on_loopback and is_loopback(request.remote_addr)):
        return None
    mark = session.get(Setting, DEMO_MARK)
    return dict(mark.value) if mark is not None else None


def _sign_in_page(errors: FormErrors | None = None, *, status: int = 200) -> Response:
    demo, settings = _demo(), preferences.deployment()
    return render(
        "sign_in/sign_in.html",
        status=status,
        errors=errors or {},
        values={"email": request.form.get("email", "")},
        people=demo["people"] if demo is not None else [],
        next=safe_next(request.values.get("next"), ""),
        outbox_url=url_for("sign_in.outbox") if letters.is_readable(settings, request.remote_addr) else None,
    )


def _welcome_in(account: Account) -> AnyResponse:
    wanted = request.form.get("next") or browser.take_wanted()
    actor = browser.sign_in_browser(account)
    return redirect(safe_next(wanted, home_of(actor)))


@blueprint.get("/sign-in")
@public  # the way in
def page() -> AnyResponse:
    actor = find_actor()
    return redirect(home_of(actor)) if actor is not None else _sign_in_page()


@blueprint.get("/start")
@public  # the link on the brand, also for visitors
def start() -> AnyResponse:
    actor = find_actor()
    return redirect(home_of(actor) if actor is not None else url_for("sign_in.page"))


@blueprint.get("/no-pages")
@signed_in
def no_pages() -> Response:
    return render("sign_in/no_pages.html")


@blueprint.post("/sign-in")
@public  # the way in
def with_password() -> AnyResponse:
    values, errors = load_form(Credentials())
    if errors:
        return _sign_in_page(errors, status=422)
    try:
        return _welcome_in(service.sign_in(**values, address=request.remote_addr))
    except NotSignedIn as error:
        return _sign_in_page(FormErrors({"": [error.detail]}), status=UNAUTHORIZED)


@blueprint.post("/sign-in/link")
@public  # the way in without a password
def send_link() -> AnyResponse:
    values, errors = load_form(Address())
    if errors:
        return _sign_in_page(errors, status=422)
    purpose = LinkPurpose.PASSWORD_RESET if request.form.get("purpose") == "password" else LinkPurpose.SIGN_IN
    service.ask_for_link(email=values["email"], purpose=purpose, address=request.remote_addr)
    browser.keep_wanted(safe_next(request.form.get("next"), ""))
    return redirect(url_for("sign_in.link_sent"))


@blueprint.get("/sign-in/sent")
@public  # it says the same to everybody
def link_sent() -> Response:
    readable = letters.is_readable(preferences.deployment(), request.remote_addr)
    return render("sign_in/link_sent.html", outbox_url=url_for("sign_in.outbox") if readable else None)


@blueprint.post("/sign-in/demo")
@public  # on a demo's database and on this machine only
def as_demo_person() -> AnyResponse:
    demo = _demo()
    ids = {entry["email"]: entry["account_id"] for entry in demo["people"]} if demo is not None else {}
    account = queries.find_account(UUID(ids[email])) if (email := request.form.get("email", "")) in ids else None
    if account is None:
        raise NotFound(_("There is no such person in the demo."))
    return _welcome_in(account)


# --- Links that came by mail. Scanners open every link, so opening one changes nothing.


@blueprint.get("/link/<token>")
@public  # whoever holds the link
def link(token: str) -> Response:
    return render("sign_in/link.html", purpose=service.look_at_link(token).purpose, token=token, values={}, errors={})


@blueprint.post("/link/<token>")
@public  # whoever holds the link
def use_link(token: str) -> AnyResponse:
    purpose = service.look_at_link(token).purpose
    values: dict[str, Any] = {}
    if purpose is LinkPurpose.PASSWORD_RESET:
        values, errors = load_form(NewPassword())
        if errors:
            return form_page("sign_in/link.html", errors, purpose=purpose, token=token)
    account = service.consume_link(token, purposes=[purpose], address=request.remote_addr)
    if purpose is LinkPurpose.PASSWORD_RESET:
        try:
            service.set_password(account, values["password"])
        except Invalid as error:
            return form_page("sign_in/link.html", FormErrors.from_domain(error), purpose=purpose, token=token)
    going_to = _welcome_in(account)
    if purpose is LinkPurpose.INVITATION and account.password_hash is None:
        return redirect(url_for("sign_in.password", first="yes"))
    return going_to


# --- Passwords.


def _password_page(errors: FormErrors | None = None) -> Response:
    account = service.own_account(current_actor())
    return form_page(
        "sign_in/password.html",
        errors or FormErrors(),
        has_password=account.password_hash is not None,
        is_first="first" in request.args,
        email=account.email,
        shortest=passwords.SHORTEST,
        on_url=home_of(current_actor()),
    )


@blueprint.get("/password")
@signed_in
def password() -> Response:
    return _password_page()


@blueprint.post("/password")
@signed_in
def change_password() -> AnyResponse:
    values, errors = load_form(ChangedPassword())
    if errors:
        return _password_page(errors)
    actor = current_actor()
    try:
        service.change_password(actor, old=values.get("old", ""), new=values["password"], address=request.remote_addr)
    except NotSignedIn:
        return _password_page(FormErrors({"old": [_("This is not your present password.")]}))
    except Invalid as error:
        return _password_page(FormErrors.from_domain(error))
    browser.sign_in_browser(service.own_account(actor))
    flash(_("Your new password is set. You were signed out everywhere else."), "success")
    return redirect(home_of(actor))


@blueprint.get("/password/forgotten")
@public  # for those who cannot come in
def forgotten() -> Response:
    return render("sign_in/forgotten.html", values={}, errors={})


@blueprint.post("/sign-out")
@public  # twice is no error
def sign_out() -> AnyResponse:
    browser.sign_out_browser()
    return redirect(url_for("sign_in.page"))


# --- Mail that was not sent, for whoever tries the product on their own machine.


def _refuse_outbox() -> None:
    if not letters.is_readable(preferences.deployment(), request.remote_addr):
        raise NotFound(_("There is no such page."))


@blueprint.get("/outbox")
@public  # only on loopback, without a mail server, outside production
def outbox() -> Response:
    _refuse_outbox()
    return render("sign_in/outbox.html", letters=list(letters.letters(preferences.deployment().mail_outbox)))


@blueprint.get("/outbox/<uuid:delivery_id>")
@public  # as above
def letter(delivery_id: UUID) -> Response:
    _refuse_outbox()
    settings = preferences.deployment()
    found = letters.find_letter(settings.mail_outbox, delivery_id)
    return render("sign_in/letter.html", letter=found, text=found.text_with_links(settings.portal_url))
