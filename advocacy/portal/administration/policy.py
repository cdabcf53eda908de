"""The policy in plain words: what is in force, and publishing the next version."""

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.people.queries import current_policy
from advocacy.people.service import publish_policy
from advocacy.portal.administration.blueprint import blueprint
from advocacy.portal.comms.labels import language_name, language_options
from advocacy.portal.pages import FormErrors, page

MOST_PARAGRAPHS = 30
LONGEST_PART = 5_000


def _policy_page(
    body: dict[str, list[dict[str, str]]],
    errors: FormErrors | None = None,
    *,
    adds: str = "",
    status: int = 200,
    asks_reason: bool = False,
) -> Response:
    policy = current_policy()
    shown = {language: [*paragraphs, {"heading": "", "text": ""}] for language, paragraphs in body.items()}
    if adds and adds not in shown:
        shown[adds] = [{"heading": "", "text": ""} for _row in range(4)]
    return page(
        "administration/policy.html",
        status=status,
        errors=errors or FormErrors(),
        asks_reason=asks_reason and errors is not None and "override_reason" in errors,
        values={"override_reason": request.form.get("override_reason", "")},
        policy=policy,
        body=shown,
        seen_number=policy.number if policy is not None else 0,
        languages=[option for option in language_options() if option[0] not in shown],
        language_name=language_name,
    )


@blueprint.get("/settings/policy")
@requires(Permission.SETTINGS_WRITE)
def policy() -> Response:
    current = current_policy()
    body: dict[str, Any] = dict(current.body) if current is not None else {"en": []}
    return _policy_page(body, adds=request.args.get("language", "")[:20])


@blueprint.post("/settings/policy")
@requires(Permission.SETTINGS_WRITE)
def publish() -> AnyResponse:
    body = _submitted()
    if request.form.get("action") == "language":
        return _policy_page(body, adds=request.form.get("new_language", "")[:20])
    current = current_policy()
    if request.form.get("seen_number") != str(current.number if current is not None else 0):
        errors = FormErrors(
            {"": [_("Somebody published a version meanwhile. Your text stands below; compare it first.")]}
        )
        return _policy_page(body, errors, status=412)
    if errors := _too_long(body):
        return _policy_page(body, errors, status=422)
    try:
        version = publish_policy(current_actor(), body, override_reason=request.form.get("override_reason", ""))
    except Invalid as error:
        return _policy_page(body, _told(error), status=422, asks_reason=True)
    flash(
        _("Version %(number)s is in force. Whoever says yes from now on reads it first.", number=version.number),
        "success",
    )
    return redirect(url_for("administration.settings"))


def _told(error: Invalid) -> FormErrors:
    """Return the problems by the names of the form's fields."""
    errors = FormErrors()
    for problem in error.problems:
        place = problem.pointer.strip("/").split("/")
        name = f"{place[3]}_{place[1]}_{place[2]}" if len(place) == 4 else ""
        if problem.pointer == "override_reason":
            name = problem.pointer
        errors.setdefault(name, []).append(problem.detail)
    return errors


def _too_long(body: dict[str, list[dict[str, str]]]) -> FormErrors:
    """Return what is longer than a part may be. Nothing is cut off in silence."""
    return FormErrors(
        {
            f"{part}_{language}_{row}": [_("At most %(longest)s characters.", longest=LONGEST_PART)]
            for language, paragraphs in body.items()
            for row, paragraph in enumerate(paragraphs)
            for part, text in paragraph.items()
            if len(text) > LONGEST_PART
        }
    )


def _submitted() -> dict[str, list[dict[str, str]]]:
    """Return the paragraphs of each language; rows that are wholly empty are dropped."""
    body: dict[str, list[dict[str, str]]] = {}
    for language in dict.fromkeys(request.form.getlist("language")):
        paragraphs = []
        for row in range(MOST_PARAGRAPHS):
            heading = request.form.get(f"heading_{language}_{row}", "").strip()
            text = request.form.get(f"text_{language}_{row}", "").replace("\r\n", "\n").strip()
            if heading or text:
                paragraphs.append({"heading": heading, "text": text})
        if paragraphs:
            body[language] = paragraphs
    return body
