"""Lessons in the studio: which there are, writing one in each language, publishing it and what is asked of whom."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content.wording import is_language_code
from advocacy.foundation import preferences
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Conflict, Invalid, PreconditionFailed
from advocacy.foundation.web import current_actor, requires
from advocacy.learning import queries, service
from advocacy.learning.models import LessonState, LessonSubject
from advocacy.learning.queries import GATE, Authored
from advocacy.learning.texts import MOST_ANSWERS, MOST_CHARACTERS, MOST_QUESTIONS
from advocacy.measurement.learning import lesson_passes
from advocacy.portal.comms.blueprint import blueprint
from advocacy.portal.comms.labels import language_name, language_options
from advocacy.portal.comms.lesson_form import text_of, told, values_of
from advocacy.portal.pages import FormErrors, page

NEW = {"title": "", "steps": [], "questions": []}


def subject_name(subject: LessonSubject) -> str:
    return {
        LessonSubject.VOICE: _("Voice"),
        LessonSubject.DISCLOSURE: _("Saying where one works"),
        LessonSubject.POLICY: _("Policy"),
        LessonSubject.CRITICS: _("Handling critics"),
        LessonSubject.OTHER: _("Something else"),
    }[subject]


def state_name(state: LessonState) -> tuple[str, str]:
    return {
        LessonState.DRAFT: (_("Draft"), "neutral"),
        LessonState.LIVE: (_("Live"), "good"),
        LessonState.WITHDRAWN: (_("Withdrawn"), "bad"),
    }[state]


@blueprint.get("/studio/lessons")
@requires(Permission.CONTENT_READ)
def lessons() -> Response:
    actor = current_actor()
    listed = queries.authored_lessons(visible_to=actor)
    return page(
        "comms/lessons.html",
        lessons=listed,
        live=sum(1 for one in listed if one.lesson.state is LessonState.LIVE),
        passes=lesson_passes(actor, [one.lesson.key for one in listed]),
        is_gated=preferences.get(GATE),
        subject_name=subject_name,
        state_name=state_name,
        may_write=actor.may_in(Permission.CONTENT_WRITE, None),
        may_set=actor.may(Permission.SETTINGS_READ),
    )


def _form_page(
    found: Authored | None,
    language: str,
    *,
    errors: FormErrors | None = None,
    values: dict[str, str] | None = None,
    status: int = 200,
    seen: str | None = None,
) -> Response:
    texts = {code: service.as_mapping(text) for code, text in found.texts.items()} if found is not None else {}
    spoken = texts.get(language) or next(iter(texts.values()), NEW)
    shown = values_of(texts.get(language, NEW if not texts else spoken | {"title": "", "steps": []}))
    if found is not None:
        shown |= {
            "subject": found.lesson.subject.value,
            "source": found.version.source,
            "position": str(found.lesson.position),
            "is_required": "yes" if found.lesson.is_required else "",
            "asked_again_on": found.lesson.asked_again_on.isoformat() if found.lesson.asked_again_on else "",
        }
    return page(
        "comms/lesson.html",
        status=status,
        found=found,
        language=language,
        spoken=texts,
        is_new_language=language not in texts,
        versions=queries.versions_of(found.lesson) if found is not None else [],
        errors=errors or FormErrors(),
        values=values if values is not None else shown,
        seen=seen or (found.lesson.row_version if found is not None else 0),
        asks_reason=bool(errors and "override_reason" in errors),
        subjects=[(subject.value, subject_name(subject)) for subject in LessonSubject],
        languages=[option for option in language_options() if option[0] not in texts and option[0] != language],
        language_name=language_name,
        state_name=state_name,
        most_questions=MOST_QUESTIONS,
        most_answers=MOST_ANSWERS,
        most_characters=MOST_CHARACTERS,
        may_write=current_actor().may_in(Permission.CONTENT_WRITE, None),
    )


@blueprint.get("/studio/lessons/new")
@requires(Permission.CONTENT_WRITE)
def new_lesson() -> Response:
    return _form_page(None, _wanted_language(None))


@blueprint.post("/studio/lessons/new")
@requires(Permission.CONTENT_WRITE)
def draft_lesson() -> AnyResponse:
    language = _wanted_language(None)
    try:
        made = service.draft_lesson(
            current_actor(),
            subject=_subject(),
            texts={language: text_of(request.form)},
            source=request.form.get("source", ""),
            is_required=request.form.get("is_required") == "yes",
        )
    except (Invalid, Conflict) as error:
        return _refused(None, language, error)
    flash(_("Kept as a draft. Nobody but authors sees it."), "success")
    return redirect(url_for("comms.lesson", lesson_id=made.id, language=language))


@blueprint.get("/studio/lessons/<uuid:lesson_id>")
@requires(Permission.CONTENT_READ)
def lesson(lesson_id: UUID) -> Response:
    found = queries.get_authored(lesson_id, visible_to=current_actor())
    return _form_page(found, _wanted_language(found))


@blueprint.post("/studio/lessons/<uuid:lesson_id>")
@requires(Permission.CONTENT_WRITE)
def save_lesson(lesson_id: UUID) -> AnyResponse:
    """Keep what was written in one language; publish everything as well where that button was pressed."""
    actor = current_actor()
    found = queries.get_authored(lesson_id, visible_to=actor)
    language = _wanted_language(found)
    texts: dict[str, Any] = {code: service.as_mapping(text) for code, text in found.texts.items()}
    try:
        made = service.change_lesson(
            actor,
            lesson_id,
            seen_version=_seen(),
            texts=texts | {language: text_of(request.form)},
            source=request.form.get("source", ""),
            subject=_subject(),
            is_required=request.form.get("is_required") == "yes",
            asked_again_on=_day(),
            position=_position(found.lesson.position),
        )
        if request.form.get("action") == "publish":
            reason = request.form.get("override_reason", "")
            service.publish_lesson(actor, lesson_id, seen_version=made.row_version, override_reason=reason)
    except (Invalid, PreconditionFailed) as error:
        return _refused(found, language, error)
    if request.form.get("action") == "publish":
        flash(_("Published. Everybody sees this version; whoever passed before stays passed."), "success")
    else:
        flash(_("Kept. People see it once you publish it."), "success")
    return redirect(url_for("comms.lesson", lesson_id=lesson_id, language=language))


@blueprint.post("/studio/lessons/<uuid:lesson_id>/withdraw")
@requires(Permission.CONTENT_WRITE)
def withdraw_lesson(lesson_id: UUID) -> AnyResponse:
    try:
        service.withdraw_lesson(current_actor(), lesson_id, seen_version=_seen())
        flash(_("Withdrawn. Nobody sees it, and it is asked of nobody. Publishing brings it back."), "success")
    except (Conflict, PreconditionFailed) as error:
        flash(error.detail, "warning")
    return redirect(url_for("comms.lesson", lesson_id=lesson_id))


# --- Inside.


def _refused(found: Authored | None, language: str, error: Invalid | Conflict | PreconditionFailed) -> Response:
    """Show the form again with what was entered; nothing is saved, nothing is lost."""
    values = {name: request.form[name] for name in request.form}
    errors = told(error, language) if isinstance(error, Invalid) else FormErrors({"": [error.detail]})
    return _form_page(
        found, language, errors=errors, values=values, status=error.status, seen=request.form.get("seen_version")
    )


def _wanted_language(found: Authored | None) -> str:
    """Return the language asked for; without one the organisation's where it is there, else the first."""
    asked = request.values.get("language", "")
    if is_language_code(asked):
        return asked
    usual = preferences.deployment().default_language
    return usual if found is None or usual in found.texts else min(found.texts)


def _seen() -> int:
    seen = request.form.get("seen_version", "")
    return int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else -1


def _subject() -> LessonSubject:
    try:
        return LessonSubject(request.form.get("subject", ""))
    except ValueError:
        raise Invalid.field("subject", _("Choose from the list.")) from None


def _day() -> date | None:
    text = request.form.get("asked_again_on", "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid.field("asked_again_on", _("Enter a day, such as 2026-11-30.")) from None


def _position(present: int) -> int:
    text = request.form.get("position", "").strip()
    if not text:
        return present
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= 1_000):
        raise Invalid.field("position", _("Enter a whole number from 1 to 1,000."))
    return int(text)
