"""Taking lessons: answering, passing, and a certificate for whoever wants one. All of it is one's own business."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, Permission, require, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, FieldProblem, Invalid, NotFound, NotPermitted
from advocacy.learning import queries, stops
from advocacy.learning.models import Certificate, Lesson, LessonPass, LessonText, LessonVersion
from advocacy.people.models import Consent, Employee, Purpose
from advocacy.people.queries import has_consent
from advocacy.people.service import lock_employee

# Without letters that look like others; sixteen of them are 79 bits, so nobody finds a certificate by trying.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH, GROUP = 16, 4


@dataclass(frozen=True, slots=True)
class Checked:
    """One answered question: whether it was right, and why."""

    is_right: bool
    explanation: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt. `is_kept` is false for those who did not say yes to taking part."""

    is_passed: bool
    is_kept: bool
    checked: tuple[Checked, ...]


@dataclass(frozen=True, slots=True)
class ShownLesson:
    """One lesson of a certificate, in the words of the version that was passed."""

    title: str
    passed_on: date


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """What whoever has the code may read while its owner shows it."""

    name: str
    code: str
    issued_at: datetime
    lessons: tuple[ShownLesson, ...]


def answer_lesson(
    actor: Actor, lesson_id: UUID, answers: Sequence[int | None], *, version_id: UUID, language: str | None
) -> Outcome:
    """Check somebody's answers, one per question. Only passing is kept, and only for those who take part.

    Raises NotFound, Conflict when the lesson changed since it was read, Invalid without an answer to each question.
    """
    require(actor, Permission.FEED_READ)
    employee_key = require_self(actor)
    taken = queries.get_taken(lesson_id, language, visible_to=actor)
    if taken.version.id != version_id:
        raise Conflict(_("This lesson has a newer version. Read it and answer again."), code="lesson_changed")
    questions = taken.text.questions
    if len(answers) != len(questions) or any(answer is None for answer in answers):
        raise Invalid.field("answers", _("Answer every question."), code="missing")
    checked = tuple(
        Checked(answer == question["right"], question["explanation"])
        for answer, question in zip(answers, questions, strict=True)
    )
    is_passed = all(one.is_right for one in checked)
    is_kept = is_passed and _keep_pass(employee_key, taken.lesson.key, version_id)
    return Outcome(is_passed, is_kept, checked)


def forget_progress(actor: Actor) -> None:
    """Forget what the actor passed, and their certificate with its highlight. Required lessons are asked again."""
    employee_key, now = lock_employee(actor).key, clock.now()
    if stops.forget(employee_key, now):
        stops.keep_forgotten(employee_key, now)


def require_lessons(employee_key: int, *, has_shared: bool) -> None:
    """Raise NotPermitted, naming the lessons, when somebody has to pass some before they share."""
    missing = queries.lessons_missing(employee_key, has_shared=has_shared)
    if not missing:
        return
    language = session.get_one(Employee, employee_key).language
    texts = queries.texts_of_versions([one.live_version_id for one in missing if one.live_version_id], language)
    portal = preferences.deployment().portal_url
    raise LessonsNeeded(
        [(lesson, texts[lesson.live_version_id]) for lesson in missing if lesson.live_version_id], portal
    )


class LessonsNeeded(NotPermitted):
    """Somebody has to take lessons first. `lessons` names them; each problem says where it is."""

    code = "lessons_needed"

    def __init__(self, lessons: Sequence[tuple[Lesson, LessonText]], portal: str) -> None:
        titles = _listed([text.title for _lesson, text in lessons])
        super().__init__(
            _("Before you share, take a minute each for: %(lessons)s. You find them under Learn.", lessons=titles),
            problems=tuple(
                FieldProblem(f"lessons/{lesson.id}", "not_passed", f"{text.title}: {portal}/learn/{lesson.id}")
                for lesson, text in lessons
            ),
        )
        self.lessons = tuple(lesson for lesson, _text in lessons)


# --- Certificates.


def issue_certificate(actor: Actor) -> Certificate:
    """Give the actor a certificate of what they have passed by now.

    A new one makes the old code void and takes the old one's highlight down: what it says is to be shown anew.
    Raises NotPermitted for who does not take part, Conflict while nothing, or not all that is required, is passed.
    """
    employee_key = lock_employee(actor).key
    if not has_consent(employee_key, Purpose.TAKE_PART):
        raise NotPermitted(_("Without a yes to taking part nothing is kept of you, so nothing can be certified."))
    taken = queries.lessons_for(actor, None)
    passed = [one for one in taken if one.is_passed and one.passed_at is not None]
    if not passed or any(one.lesson.is_required and not one.is_passed for one in taken):
        raise Conflict(_("Pass every required lesson first."), code="lessons_missing")
    kept = dict(
        session.execute(
            select(LessonPass.lesson_key, LessonPass.version_id).where(LessonPass.employee_key == employee_key)
        ).all()
    )
    values: dict[str, Any] = {
        "code": new_code(),
        "issued_at": clock.now(),
        "shown_since": None,
        "passed": [
            {"version_id": str(kept[one.lesson.key]), "on": _day(one.passed_at).isoformat()}
            for one in passed
            if one.passed_at is not None
        ],
    }
    before = queries.own_certificate(employee_key)
    if before is not None:
        stops.keep(stops.VOID, before, values["issued_at"])
        session.delete(before)  # its highlight goes with it
        session.flush()
    session.execute(insert(Certificate).values(employee_key=employee_key, purpose=Purpose.TAKE_PART, **values))
    session.expire_all()
    return get_certificate(actor)


def show_certificate(actor: Actor, *, is_shown: bool) -> Certificate:
    """Let everybody who has the code read the actor's certificate, or nobody: then its highlight goes as well.

    Raises NotFound without one.
    """
    lock_employee(actor)
    certificate = get_certificate(actor)
    if is_shown:
        certificate.shown_since = certificate.shown_since or clock.now()
    elif certificate.shown_since is not None:
        stops.take_down(certificate)
        stops.keep(stops.HIDDEN, certificate, clock.now())
    session.flush()
    return certificate


def get_certificate(actor: Actor) -> Certificate:
    """Return the actor's own certificate. Raises NotFound."""
    certificate = queries.own_certificate(require_self(actor))
    if certificate is None:
        raise NotFound(_("You have no certificate yet."))
    return certificate


def find_shown(code: str, language: str | None, *, visible_to: Actor | None) -> ShownCertificate:
    """Return the certificate with a code, for its owner, or for anybody while it is shown. Else NotFound, always alike.

    Blanks, hyphens and small letters in a code do not matter.
    """
    wanted = "".join(code.split()).replace("-", "").upper()
    row = session.execute(
        select(Certificate, Employee.name)
        .join(Employee, Employee.key == Certificate.employee_key)
        .where(Certificate.code == wanted, Employee.external_id.is_not(None))
    ).one_or_none()
    is_own = row is not None and visible_to is not None and visible_to.employee_key == row[0].employee_key
    if row is None or not (is_own or row[0].shown_since is not None):
        raise NotFound(_("There is no certificate with this code, or its owner does not show it."))
    certificate, name = row
    return ShownCertificate(name or "", certificate.code, certificate.issued_at, shown_lessons(certificate, language))


def shown_lessons(certificate: Certificate, language: str | None) -> tuple[ShownLesson, ...]:
    """Return what a certificate names, in a reader's language."""
    texts = queries.texts_of_versions([UUID(one["version_id"]) for one in certificate.passed], language)
    return tuple(
        ShownLesson(texts[UUID(one["version_id"])].title, date.fromisoformat(one["on"])) for one in certificate.passed
    )


def spaced(code: str) -> str:
    """Return a code in groups of four, as people read it aloud."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _letter in range(CODE_LENGTH))


def own_data(employee_key: int) -> dict[str, Any]:
    """Return everything kept about somebody's learning, as plain JSON values."""
    passes = session.execute(
        select(Lesson.id, LessonVersion.number, LessonPass.passed_at)
        .join(Lesson, Lesson.key == LessonPass.lesson_key)
        .join(LessonVersion, LessonVersion.id == LessonPass.version_id)
        .where(LessonPass.employee_key == employee_key)
        .order_by(LessonPass.passed_at)
    ).all()
    certificate = queries.own_certificate(employee_key)
    return {
        "passed": [{"lesson": str(id_), "version": number, "at": at.isoformat()} for id_, number, at in passes],
        "certificate": None
        if certificate is None
        else {
            "code": certificate.code,
            "issued_at": certificate.issued_at.isoformat(),
            "shown_since": certificate.shown_since.isoformat() if certificate.shown_since else None,
            "passed": certificate.passed,
        },
    }


# --- Inside.


def _keep_pass(employee_key: int, lesson_key: int, version_id: UUID) -> bool:
    """Keep that somebody passed; return whether it is kept. A withdrawal at the same moment waits, or is seen."""
    consent = session.scalar(
        select(Consent.employee_key)
        .where(Consent.employee_key == employee_key, Consent.purpose == Purpose.TAKE_PART)
        .with_for_update(read=True)
    )
    if consent is None:
        return False
    values = {"version_id": version_id, "passed_at": clock.now()}
    known = {"employee_key": employee_key, "lesson_key": lesson_key, "purpose": Purpose.TAKE_PART}
    session.execute(
        insert(LessonPass)
        .values(**known, **values, first_passed_at=values["passed_at"])
        .on_conflict_do_update(index_elements=[LessonPass.employee_key, LessonPass.lesson_key], set_=values)
    )
    return True


def _day(instant: datetime) -> date:
    return clock.day_of(instant, preferences.zone())


def _listed(titles: Sequence[str]) -> str:
    return "; ".join(titles)
