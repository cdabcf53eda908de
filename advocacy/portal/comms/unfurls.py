"""Compose, beginning with a link: its page is read while somebody writes, and fills what is still empty."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from advocacy.content import queries
from advocacy.content.models import ItemKind
from advocacy.content.unfurling import service as unfurling
from advocacy.content.unfurling.models import Unfurl, UnfurlState
from advocacy.foundation.access import Actor, Permission
from advocacy.foundation.errors import AdvocacyError, NotFound
from advocacy.foundation.web import body_up_to, current_actor, requires
from advocacy.foundation.web_addresses import read_address
from advocacy.portal.comms.blueprint import blueprint
from advocacy.portal.comms.compose_form import FormOfItem, submitted, values_of_form
from advocacy.portal.comms.drafts import checks_of, destination_check, previews_of
from advocacy.portal.comms.labels import kind_name, language_name, language_options
from advocacy.portal.pages import FormErrors, mark_of, page, part_again

FORM_BYTES = 6_000_000
REPLACE = "unfurl_replace"
LOOK = "unfurl_look"
ACTIONS = frozenset({"unfurl", REPLACE, LOOK})


@dataclass(slots=True)
class Reading:
    """How reading a page stands, as Compose tells it. `kept` names fields that had words of their own."""

    unfurl: Unfurl | None = None
    problem: str | None = None
    is_waiting: bool = False
    is_late: bool = False
    filled: list[str] = field(default_factory=list)
    kept: list[tuple[str, str]] = field(default_factory=list)

    @property
    def mark(self) -> str:
        return mark_of(self.unfurl and self.unfurl.id, self.is_waiting, self.is_late)

    @property
    def found(self) -> dict[str, Any]:
        return (self.unfurl.found if self.unfurl is not None else None) or {}

    @property
    def published_at(self) -> datetime | None:
        text = self.found.get("published_at")
        return datetime.fromisoformat(text) if text else None


def read_for(actor: Actor, form: FormOfItem, values: dict[str, Any]) -> Reading:
    """Begin or go on reading the link of a form, and put what was found into `values` where they are empty.

    What was typed stays, unless the button that replaces it was pressed.
    """
    try:
        unfurl = _unfurl(actor, form, values)
    except AdvocacyError as error:
        values["unfurl_id"] = ""
        return Reading(problem=error.problems[0].detail if error.problems else error.detail)
    values["unfurl_id"] = str(unfurl.id)
    reading = told(unfurl)
    if unfurl.state is UnfurlState.DONE:
        _fill(reading, values, replaces=form.text("action") == REPLACE)
    return reading


def told_in(actor: Actor, values: dict[str, Any]) -> Reading | None:
    """Return how the reading named by a form stands, or None where nothing is being read."""
    unfurl = _known(actor, str(values.get("unfurl_id") or ""))
    return told(unfurl) if unfurl is not None else None


def taken_in(actor: Actor, unfurl_id: str, values: dict[str, Any]) -> Reading | None:
    """Return how a reading stands that was begun elsewhere, and fill `values` where they are empty."""
    unfurl = _known(actor, unfurl_id)
    if unfurl is None:
        return None
    values["unfurl_id"] = str(unfurl.id)
    reading = told(unfurl)
    if unfurl.state is UnfurlState.DONE:
        _fill(reading, values, replaces=False)
    return reading


def told(unfurl: Unfurl) -> Reading:
    problem = unfurling.problem_of(unfurl)
    is_waiting = unfurl.state is UnfurlState.WAITING and problem is None
    return Reading(unfurl, problem, is_waiting, is_waiting and unfurling.is_late(unfurl))


def _known(actor: Actor, text: str) -> Unfurl | None:
    try:
        return unfurling.get_unfurl(UUID(text), visible_to=actor)
    except (ValueError, NotFound):
        return None


def _unfurl(actor: Actor, form: FormOfItem, values: dict[str, Any]) -> Unfurl:
    """Return the reading that a form is about: the one under way, or a new one for its link."""
    url = str(values.get("destination") or "").strip()
    known = _known(actor, form.text("unfurl_id"))
    goes_on = request.args.get("poll") == "1" or form.text("action") in {REPLACE, LOOK}
    if known is not None and (goes_on or (_same(known.url, url) and unfurling.is_fresh(known))):
        return known
    return unfurling.request_unfurl(actor, url=url)


def _same(stored: str, typed: str) -> bool:
    try:
        return read_address(typed).url == stored
    except ValueError:
        return False


def _fill(reading: Reading, values: dict[str, Any], *, replaces: bool) -> None:
    found, unfurl = reading.found, reading.unfurl
    assert unfurl is not None  # noqa: S101 - there is nothing found without one
    names = {"title_0": _("title"), "summary_0": _("summary"), "image_alternative": _("what the picture shows")}
    is_empty = not str(values.get("title_0") or "").strip()
    known = {code for code, _name in language_options()}
    if is_empty and found.get("language") in known:
        values["language_0"] = found["language"]
    offered = {
        "title_0": found.get("title"),
        "summary_0": found.get("summary"),
        "image_alternative": found.get("image_alternative") if unfurl.image_sha256 else None,
    }
    for name, text in offered.items():
        typed = str(values.get(name) or "").strip()
        if text and (replaces or not typed):
            values[name] = text
            reading.filled.append(names[name])
        elif text and typed != text.strip():
            reading.kept.append((names[name], text))
    if unfurl.image_sha256 and (replaces or not values.get("image_sha256")):
        values["image_sha256"] = unfurl.image_sha256
        reading.filled.append(_("picture"))
    if values.get("kind", ItemKind.ARTICLE) == ItemKind.ARTICLE:
        values["kind"] = found["kind"]
    job = found.get("job") or {}
    if values.get("kind") == ItemKind.JOB and job.get("reference") and not values.get("opening_reference"):
        values["opening_reference"] = job["reference"]
        reading.filled.append(_("opening"))
    if _same(unfurl.url, str(values.get("destination") or "")):
        values["destination"] = found["url"]


@blueprint.post("/studio/unfurl")
@requires(Permission.CONTENT_WRITE)
@body_up_to(FORM_BYTES)
def unfurl() -> Response:
    """Answer how reading the link stands; once it is read, the fields that it fills come along."""
    actor, form = current_actor(), submitted()
    values = values_of_form(form)
    reading = read_for(actor, form, values)
    if not (reading.filled or reading.found):
        return part_again("comms/unfurl.html", reading.mark, reading=reading)
    is_allowed, verdict = destination_check(str(values.get("destination") or ""))
    draft = FormOfItem(MultiDict(_flat(values))).draft(_picture_in(values))
    return page(
        "comms/unfurled.html",
        reading=reading,
        values=values,
        errors=FormErrors(),
        ok=is_allowed,
        text=verdict,
        is_live=form.text("is_live") == "yes",
        kinds=[{"value": kind.value, "label": kind_name(kind)} for kind in ItemKind],
        languages=language_options(str(values.get("language_0", ""))),
        texts=max(1, len(form.texts)),
        image_sha256=_picture_in(values),
        image_url=queries.image_url(_picture_in(values)),
        draft=draft,
        previews=previews_of(draft),
        checks=checks_of(draft),
        kind_name=kind_name,
        language_name=language_name,
    )


def _picture_in(values: dict[str, Any]) -> str | None:
    sha256 = str(values.get("image_sha256") or "")
    return sha256 if queries.find_media(sha256) is not None else None


def _flat(values: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, str(each or ""))
        for name, value in values.items()
        for each in (value if isinstance(value, list) else [value])
    ]
