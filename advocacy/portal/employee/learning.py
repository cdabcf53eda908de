"""Learn: lessons of a minute, one's own progress, and a certificate for whoever wants one."""

from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation import preferences
from advocacy.foundation.access import Actor, Permission, require_self
from advocacy.foundation.errors import Conflict, Invalid, NotFound
from advocacy.foundation.web import current_actor, find_actor, public, requires, safe_next
from advocacy.learning import queries, taking
from advocacy.learning.queries import Taken, lessons_missing
from advocacy.learning.taking import Outcome
from advocacy.people import queries as people
from advocacy.people.models import Purpose
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.pages import FormErrors, language, page
from advocacy.sharing.queries import has_shared

CONFLICT, UNPROCESSABLE = 409, 422


def missing_lessons(actor: Actor) -> list[Taken]:
    """Return the lessons that stand before the actor's share, in their language."""
    key = require_self(actor)
    wanted = {lesson.key for lesson in lessons_missing(key, has_shared=has_shared(key))}
    return [one for one in queries.lessons_for(actor, language()) if one.lesson.key in wanted] if wanted else []


@blueprint.get("/learn")
@requires(Permission.FEED_READ)
def learn() -> Response:
    actor = current_actor()
    key = require_self(actor)
    listed = queries.lessons_for(actor, language())
    return page(
        "employee/learn.html",
        lessons=listed,
        passed=sum(1 for one in listed if one.is_passed),
        required={one.id for one in missing_lessons(actor)},
        may_certify=any(one.is_passed for one in listed)
        and all(one.is_passed for one in listed if one.lesson.is_required),
        certificate=queries.own_certificate(key),
        takes_part=people.has_consent(key, Purpose.TAKE_PART),
    )


def _lesson_page(
    taken: Taken, *, outcome: Outcome | None = None, errors: FormErrors | None = None, status: int = 200
) -> Response:
    actor = current_actor()
    others = [one for one in queries.lessons_for(actor, language()) if not one.is_passed and one.id != taken.id]
    return page(
        "employee/lesson.html",
        status=status,
        taken=taken,
        outcome=outcome,
        errors=errors or FormErrors(),
        chosen=[request.form.get(f"answer_{place}") for place in range(len(taken.text.questions))],
        takes_part=people.has_consent(require_self(actor), Purpose.TAKE_PART),
        following=others[0] if others else None,
        next_url=safe_next(request.values.get("next"), ""),
    )


@blueprint.get("/learn/<uuid:lesson_id>")
@requires(Permission.FEED_READ)
def lesson(lesson_id: UUID) -> Response:
    return _lesson_page(queries.get_taken(lesson_id, language(), visible_to=current_actor()))


@blueprint.post("/learn/<uuid:lesson_id>")
@requires(Permission.FEED_READ)
def answer_lesson(lesson_id: UUID) -> AnyResponse:
    """Check the answers and say why each is right or wrong. Only passing is kept."""
    actor = current_actor()
    taken = queries.get_taken(lesson_id, language(), visible_to=actor)
    given = [_chosen(place) for place in range(len(taken.text.questions))]
    try:
        version_id = UUID(request.form.get("version", ""))
        outcome = taking.answer_lesson(actor, lesson_id, given, version_id=version_id, language=language())
    except ValueError:
        raise NotFound(_("There is no such lesson.")) from None
    except Invalid:
        missing = {f"answer_{place}": [_("Choose an answer.")] for place, one in enumerate(given) if one is None}
        return _lesson_page(taken, errors=FormErrors(missing), status=UNPROCESSABLE)
    except Conflict as error:
        return _lesson_page(taken, errors=FormErrors({"": [error.detail]}), status=CONFLICT)
    return _lesson_page(queries.get_taken(lesson_id, language(), visible_to=actor), outcome=outcome)


def _chosen(place: int) -> int | None:
    text = request.form.get(f"answer_{place}", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 3 else None


@blueprint.post("/learn/forget")
@requires(Permission.FEED_READ)
def forget_learning() -> AnyResponse:
    taking.forget_progress(current_actor())
    flash(_("Forgotten. Nobody, not even you, can see here what you passed."), "success")
    return redirect(url_for("employee.learn"))


# --- Certificates.


@blueprint.get("/learn/certificate")
@requires(Permission.FEED_READ)
def own_certificate() -> Response:
    actor = current_actor()
    return _certificate(taking.get_certificate(actor).code, actor)


@blueprint.post("/learn/certificate")
@requires(Permission.FEED_READ)
def issue_certificate() -> AnyResponse:
    try:
        taking.issue_certificate(current_actor())
    except Conflict as error:
        flash(error.detail, "warning")
        return redirect(url_for("employee.learn"))
    return redirect(url_for("employee.own_certificate"))


@blueprint.post("/learn/certificate/show")
@requires(Permission.FEED_READ)
def show_certificate() -> AnyResponse:
    """Let whoever has the code read the certificate, or nobody any more."""
    is_shown = request.form.get("shown") == "yes"
    taking.show_certificate(current_actor(), is_shown=is_shown)
    if is_shown:
        flash(_("Whoever has the code can check it now."), "success")
    else:
        flash(_("Only you can see it now."), "success")
    return redirect(url_for("employee.own_certificate"))


@blueprint.get("/certificates/<code>")
@public  # whoever was given the code checks it; a certificate that is not shown is not there
def certificate(code: str) -> Response:
    return _certificate(code, find_actor())


def _certificate(code: str, reader: Actor | None) -> Response:
    shown = taking.find_shown(code, language(), visible_to=reader)
    own = queries.own_certificate(reader.employee_key) if reader is not None and reader.employee_key else None
    is_own = own is not None and own.code == shown.code
    spaced = taking.spaced(shown.code)
    response = page(
        "employee/certificate.html",
        shown=shown,
        code=spaced,
        address=f"{preferences.deployment().portal_url}{url_for('employee.certificate', code=spaced)}",
        own=own if is_own else None,
    )
    response.headers["X-Robots-Tag"] = "noindex"
    return response
