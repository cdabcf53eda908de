"""The JSON API of learning: taking lessons, one's own certificate, and writing lessons."""

from typing import Any
from uuid import UUID

from advocacy.foundation import preferences
from advocacy.foundation.access import Permission
from advocacy.foundation.rest import ApiBlueprint, require_match, with_etag
from advocacy.foundation.web import current_actor, find_actor, keeps_no_answer, public, requires
from advocacy.learning import queries, service, taking
from advocacy.learning.models import Certificate, Lesson
from advocacy.learning.queries import Authored, Taken
from advocacy.learning.schemas import (
    AnswersIn,
    AuthoredLessonOut,
    AuthoredLessonsOut,
    CertificateOut,
    LessonChangeIn,
    LessonIn,
    LessonsOut,
    LessonToTakeOut,
    OutcomeOut,
    OwnCertificateOut,
    PublicationIn,
    ShownIn,
)
from advocacy.learning.taking import Outcome, ShownCertificate
from advocacy.people.queries import employee_of

blueprint = ApiBlueprint("learning", description="Lessons of a minute: taking them, and writing them.")


@blueprint.get("/lessons")
@requires(Permission.FEED_READ)
@blueprint.response(200, LessonsOut)
def lessons() -> dict[str, Any]:
    """Return what there is to learn, with one's own progress."""
    return {"data": queries.lessons_for(current_actor(), _language())}


@blueprint.get("/lessons/<uuid:lesson_id>")
@requires(Permission.FEED_READ)
@blueprint.response(200, LessonToTakeOut)
def lesson(lesson_id: UUID) -> Taken:
    """Return one lesson with its questions."""
    return queries.get_taken(lesson_id, _language(), visible_to=current_actor())


@blueprint.post("/lessons/<uuid:lesson_id>/answers")
@keeps_no_answer  # it says which answers were wrong; answering again does no harm
@requires(Permission.FEED_READ)
@blueprint.arguments(AnswersIn)
@blueprint.response(200, OutcomeOut)
def answer(given: dict[str, Any], lesson_id: UUID) -> Outcome:
    """Answer a lesson's questions, as often as one likes. Only passing is kept."""
    return taking.answer_lesson(current_actor(), lesson_id, **given, language=_language())


@blueprint.delete("/me/learning")
@requires(Permission.PROFILE_READ)
@blueprint.response(204)
def forget_learning() -> None:
    """Forget what one passed, and one's certificate."""
    taking.forget_progress(current_actor())


@blueprint.get("/me/certificate")
@requires(Permission.PROFILE_READ)
@blueprint.response(200, OwnCertificateOut)
@blueprint.refusal(404)
def own_certificate() -> dict[str, Any]:
    """Return one's own certificate."""
    return _own(taking.get_certificate(current_actor()))


@blueprint.post("/me/certificate")
@requires(Permission.PROFILE_WRITE)
@blueprint.response(201, OwnCertificateOut)
def issue_certificate() -> dict[str, Any]:
    """Have what one passed certified. A new certificate makes the code of the one before void."""
    return _own(taking.issue_certificate(current_actor()))


@blueprint.patch("/me/certificate")
@requires(Permission.PROFILE_WRITE)
@blueprint.arguments(ShownIn)
@blueprint.response(200, OwnCertificateOut)
def show_certificate(wanted: dict[str, Any]) -> dict[str, Any]:
    """Show one's certificate to whoever has its code, or to nobody."""
    return _own(taking.show_certificate(current_actor(), **wanted))


@blueprint.get("/certificates/<code>")
@public  # whoever was given the code checks it; a certificate that is not shown is not there
@blueprint.response(200, CertificateOut)
def certificate(code: str) -> ShownCertificate:
    """Return the certificate with this code while its owner shows it."""
    return taking.find_shown(code, None, visible_to=find_actor())


# --- Writing lessons.


@blueprint.get("/studio/lessons")
@requires(Permission.CONTENT_READ)
@blueprint.response(200, AuthoredLessonsOut)
def authored_lessons() -> dict[str, Any]:
    """Return all lessons with their newest versions, in order."""
    return {"data": queries.authored_lessons(visible_to=current_actor())}


@blueprint.post("/studio/lessons")
@requires(Permission.CONTENT_WRITE)
@blueprint.arguments(LessonIn)
@blueprint.response(201, AuthoredLessonOut)
def draft_lesson(wanted: dict[str, Any]) -> Any:
    """Begin a lesson; nobody but authors sees it yet."""
    return _answer(service.draft_lesson(current_actor(), **wanted), 201)


@blueprint.get("/studio/lessons/<uuid:lesson_id>")
@requires(Permission.CONTENT_READ)
@blueprint.response(200, AuthoredLessonOut)
def authored_lesson(lesson_id: UUID) -> Any:
    """Return one lesson for its authors, with its ETag."""
    found = queries.get_authored(lesson_id, visible_to=current_actor())
    return with_etag(found, found.lesson.row_version)


@blueprint.patch("/studio/lessons/<uuid:lesson_id>")
@requires(Permission.CONTENT_WRITE)
@blueprint.arguments(LessonChangeIn)
@blueprint.response(200, AuthoredLessonOut)
@blueprint.refusal(412)
@blueprint.refusal(428)
def change_lesson(changes: dict[str, Any], lesson_id: UUID) -> Any:
    """Change a lesson; needs If-Match. People see new texts once they are published."""
    return _answer(service.change_lesson(current_actor(), lesson_id, seen_version=_matched(lesson_id), **changes))


@blueprint.post("/studio/lessons/<uuid:lesson_id>/publish")
@requires(Permission.CONTENT_WRITE)
@blueprint.arguments(PublicationIn)
@blueprint.response(200, AuthoredLessonOut)
@blueprint.refusal(412)
@blueprint.refusal(428)
def publish_lesson(said: dict[str, Any], lesson_id: UUID) -> Any:
    """Let everybody see the newest version; needs If-Match."""
    return _answer(service.publish_lesson(current_actor(), lesson_id, seen_version=_matched(lesson_id), **said))


@blueprint.post("/studio/lessons/<uuid:lesson_id>/withdraw")
@requires(Permission.CONTENT_WRITE)
@blueprint.response(200, AuthoredLessonOut)
@blueprint.refusal(412)
@blueprint.refusal(428)
def withdraw_lesson(lesson_id: UUID) -> Any:
    """Take a lesson away from everybody; needs If-Match."""
    return _answer(service.withdraw_lesson(current_actor(), lesson_id, seen_version=_matched(lesson_id)))


# --- Inside.


def _language() -> str | None:
    return employee_of(current_actor()).language


def _matched(lesson_id: UUID) -> int:
    present: Authored = queries.get_authored(lesson_id, visible_to=current_actor())
    require_match(present.lesson.row_version)
    return present.lesson.row_version


def _answer(lesson: Lesson, status: int = 200) -> Any:
    found = queries.get_authored(lesson.id, visible_to=current_actor())
    return with_etag(found, lesson.row_version, status)


def _own(found: Certificate) -> dict[str, Any]:
    return {
        "code": taking.spaced(found.code),
        "issued_at": found.issued_at,
        "shown_since": found.shown_since,
        "url": f"{preferences.deployment().portal_url}/certificates/{taking.spaced(found.code)}",
        "lessons": taking.shown_lessons(found, _language()),
    }
