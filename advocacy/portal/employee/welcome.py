"""Welcome: from an invitation to the first thing worth sharing, one question a page. Every question can be declined."""

from typing import Any
from uuid import UUID

from flask import Response, redirect, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content.queries import feed_for
from advocacy.foundation.access import Actor, Permission, require_self
from advocacy.foundation.errors import Conflict
from advocacy.foundation.web import current_actor, requires
from advocacy.people import queries, service
from advocacy.people.models import Purpose
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.employee.choices import choices_context, save_choices
from advocacy.portal.employee.networks_form import save_sizes, size_fields
from advocacy.portal.employee.purposes import in_words
from advocacy.portal.pages import FormErrors, form_page, language, page

SOURCE = "welcome"
STEP = "welcome_step"
STEPS = ("policy", "taking_part", "topics", "networks", "first")
QUESTIONS = {"taking_part": Purpose.TAKE_PART, "sizes": Purpose.NETWORK_SIZE}


def _labels() -> list[str]:
    return [_("The rules"), _("Your choice"), _("Topics"), _("Networks"), _("First share")]


def _here(step: str) -> dict[str, Any]:
    """Remember how far somebody came, and return the progress line."""
    session[STEP] = step
    shown = {"sizes": "taking_part"}.get(step, step)
    return {"step_labels": _labels(), "step": STEPS.index(shown) + 1}


def _to(step: str) -> AnyResponse:
    return redirect(url_for(f"employee.welcome_{step}"))


def _acknowledged(actor: Actor) -> bool:
    policy = queries.current_policy()
    return policy is not None and queries.has_acknowledged(require_self(actor), policy)


@blueprint.get("/welcome")
@requires(Permission.PROFILE_READ)
def welcome() -> AnyResponse:
    """Go on where somebody stopped; what they agreed to counts more than where they were."""
    actor = current_actor()
    if not _acknowledged(actor):
        return _to("policy")
    if not queries.has_consent(require_self(actor), Purpose.TAKE_PART):
        return _to("taking_part")
    step = session.get(STEP)
    return _to(step if step in (*STEPS[2:], "sizes") else "topics")


@blueprint.get("/welcome/policy")
@requires(Permission.PROFILE_READ)
def welcome_policy() -> Response:
    version = queries.current_policy()
    text = queries.policy_text(version, language()) if version is not None else None
    return page(
        "employee/welcome_policy.html",
        **_here("policy"),
        version=version,
        text_language=text[0] if text else None,
        paragraphs=text[1] if text else [],
    )


@blueprint.post("/welcome/policy")
@requires(Permission.PROFILE_WRITE)
def acknowledge_policy() -> AnyResponse:
    try:
        service.acknowledge_policy(current_actor(), UUID(request.form.get("version", "")))
    except ValueError:
        raise Conflict(_("The rules have changed meanwhile. Read the current ones."), code="policy_changed") from None
    return _to("taking_part")


def _question(step: str) -> Response:
    return page("employee/welcome_question.html", **_here(step), words=in_words(QUESTIONS[step]), here=step)


def _answer(step: str) -> bool:
    """Write a yes, or take one back; a no to what was never agreed leaves no trace. Return whether it was a yes."""
    if request.form.get("answer") == "yes":
        service.grant_consent(current_actor(), QUESTIONS[step], source=SOURCE)
        return True
    service.withdraw_consent(current_actor(), QUESTIONS[step], source=SOURCE)
    return False


@blueprint.get("/welcome/taking-part")
@requires(Permission.PROFILE_READ)
def welcome_taking_part() -> AnyResponse:
    return _question("taking_part") if _acknowledged(current_actor()) else _to("policy")


@blueprint.post("/welcome/taking-part")
@requires(Permission.PROFILE_WRITE)
def answer_taking_part() -> AnyResponse:
    return _to("sizes") if _answer("taking_part") else redirect(url_for("employee.only_reading"))


@blueprint.get("/welcome/reading")
@requires(Permission.PROFILE_READ)
def only_reading() -> Response:
    return page("employee/welcome_reading.html")


@blueprint.get("/welcome/sizes")
@requires(Permission.PROFILE_READ)
def welcome_sizes() -> AnyResponse:
    takes_part = queries.has_consent(require_self(current_actor()), Purpose.TAKE_PART)
    return _question("sizes") if takes_part else _to("taking_part")


@blueprint.post("/welcome/sizes")
@requires(Permission.PROFILE_WRITE)
def answer_sizes() -> AnyResponse:
    _answer("sizes")
    return _to("topics")


@blueprint.get("/welcome/topics")
@requires(Permission.PROFILE_READ)
def welcome_topics() -> Response:
    return page("employee/welcome_topics.html", **_here("topics"), errors={}, **choices_context(current_actor()))


@blueprint.post("/welcome/topics")
@requires(Permission.PROFILE_WRITE)
def save_topics() -> AnyResponse:
    errors = save_choices(current_actor())
    if errors:
        context = choices_context(current_actor())
        context.pop("values")
        return form_page("employee/welcome_topics.html", errors, **_here("topics"), **context)
    return _to("networks")


@blueprint.get("/welcome/networks")
@requires(Permission.PROFILE_READ)
def welcome_networks() -> AnyResponse:
    if not queries.has_consent(require_self(current_actor()), Purpose.NETWORK_SIZE):
        return _to("first")
    return _networks_page(FormErrors())


def _networks_page(errors: FormErrors) -> Response:
    fields = size_fields(current_actor())
    values = {field.name: request.form.get(field.name, field.shown) for field in fields}
    return page(
        "employee/welcome_networks.html",
        status=422 if errors else 200,
        **_here("networks"),
        fields=fields,
        errors=errors,
        values=values,
    )


@blueprint.post("/welcome/networks")
@requires(Permission.PROFILE_WRITE)
def save_networks() -> AnyResponse:
    errors = save_sizes(current_actor())
    return _networks_page(errors) if errors else _to("first")


@blueprint.get("/welcome/first")
@requires(Permission.PROFILE_READ)
def welcome_first() -> AnyResponse:
    actor = current_actor()
    if not queries.has_consent(require_self(actor), Purpose.TAKE_PART):
        return _to("taking_part")
    entry = next(iter(feed_for(actor, limit=1).rows), None)
    has_sizes = queries.has_consent(require_self(actor), Purpose.NETWORK_SIZE)
    return page("employee/welcome_first.html", **_here("first"), entry=entry, has_sizes=has_sizes)


@blueprint.post("/welcome/done")
@requires(Permission.PROFILE_WRITE)
def welcome_done() -> AnyResponse:
    """Finish, and go to the item that was chosen or to Today."""
    service.complete_onboarding(current_actor())
    session.pop(STEP, None)
    try:
        item_id = UUID(request.form.get("item", ""))
    except ValueError:
        return redirect(url_for("employee.today"))
    return redirect(url_for("employee.share_sheet", item_id=item_id))
