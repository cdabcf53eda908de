"""Reads about lessons: what there is to learn, what one has passed, and what is asked before a first share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select

from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.learning.models import Certificate, Lesson, LessonPass, LessonState, LessonText, LessonVersion
from advocacy.people.queries import today

GATE = "lessons_before_first_share"


@dataclass(frozen=True, slots=True)
class Taken:
    """A live lesson as one reader sees it: when they passed it last, and whether that counts today."""

    lesson: Lesson
    version: LessonVersion
    text: LessonText
    passed_at: datetime | None
    is_passed: bool

    @property
    def id(self) -> UUID:
        return self.lesson.id

    @property
    def is_asked_again(self) -> bool:
        """Return whether the reader passed once and is asked to take it again."""
        return self.passed_at is not None and not self.is_passed


def lessons_for(actor: Actor, language: str | None) -> list[Taken]:
    """Return what there is to learn in the actor's language, in the order its authors gave, with their own progress."""
    return _taken(actor, language, select(Lesson).where(Lesson.state == LessonState.LIVE))


def get_taken(lesson_id: UUID, language: str | None, *, visible_to: Actor) -> Taken:
    """Return one live lesson as the actor sees it. Raises NotFound."""
    wanted = select(Lesson).where(Lesson.state == LessonState.LIVE, Lesson.id == lesson_id)
    found = _taken(visible_to, language, wanted)
    if not found:
        raise NotFound(_("There is no such lesson."))
    return found[0]


def lessons_missing(employee_key: int, *, has_shared: bool) -> list[Lesson]:
    """Return the lessons somebody has to pass before they share; none while nobody asks for any.

    Whoever shared before a lesson was asked for goes on, unless it is asked of everybody again. Passing counts from
    the day named there on.
    """
    if not preferences.get(GATE):
        return []
    now = today()
    asked = session.scalars(
        select(Lesson).where(Lesson.state == LessonState.LIVE, Lesson.is_required).order_by(Lesson.position, Lesson.key)
    ).all()
    passes = {
        row.lesson_key: row.passed_at
        for row in session.scalars(select(LessonPass).where(LessonPass.employee_key == employee_key))
    }
    return [
        lesson
        for lesson in asked
        if not counts(lesson, passes.get(lesson.key), now)
        and (not has_shared or (lesson.asked_again_on is not None and lesson.asked_again_on <= now))
    ]


def counts(lesson: Lesson, passed_at: datetime | None, on: date) -> bool:
    """Return whether passing at an instant still counts on a day."""
    if passed_at is None:
        return False
    again = lesson.asked_again_on
    return again is None or again > on or clock.day_of(passed_at, preferences.zone()) >= again


def own_certificate(employee_key: int) -> Certificate | None:
    return session.scalar(select(Certificate).where(Certificate.employee_key == employee_key))


def texts_of_versions(version_ids: Iterable[UUID], language: str | None) -> dict[UUID, LessonText]:
    """Return each version's text: in the reader's language, else the organisation's, else any."""
    found: dict[UUID, dict[str, LessonText]] = {}
    for text in session.scalars(select(LessonText).where(LessonText.version_id.in_(list(version_ids)))):
        found.setdefault(text.version_id, {})[text.language] = text
    return {version_id: _best(texts, language) for version_id, texts in found.items()}


def _best(texts: Mapping[str, LessonText], language: str | None) -> LessonText:
    short = (language or "").split("-")[0].lower()
    for wanted in (language, short, preferences.deployment().default_language, "en", *sorted(texts)):
        if wanted and wanted in texts:
            return texts[wanted]
    raise LookupError("a version without a text")


def _taken(actor: Actor, language: str | None, wanted: Any) -> list[Taken]:
    lessons = session.scalars(wanted.order_by(Lesson.position, Lesson.key)).all()
    ids = [lesson.live_version_id for lesson in lessons]
    versions = {row.id: row for row in session.scalars(select(LessonVersion).where(LessonVersion.id.in_(ids)))}
    texts = texts_of_versions(ids, language)
    own = select(LessonPass).where(LessonPass.employee_key == actor.employee_key)
    passes = {row.lesson_key: row.passed_at for row in session.scalars(own)}
    now = today()
    return [
        Taken(
            lesson,
            versions[lesson.live_version_id],
            texts[lesson.live_version_id],
            passes.get(lesson.key),
            counts(lesson, passes.get(lesson.key), now),
        )
        for lesson in lessons
    ]


# --- For authors. Lessons belong to the organisation, not to a unit.


@dataclass(frozen=True, slots=True)
class Authored:
    """A lesson as its authors see it: its newest version in every language, and whether that is what people see."""

    lesson: Lesson
    version: LessonVersion
    texts: dict[str, LessonText]

    @property
    def title(self) -> str:
        return _best(self.texts, preferences.deployment().default_language).title

    @property
    def has_unpublished(self) -> bool:
        return self.lesson.state is LessonState.LIVE and self.lesson.live_version_id != self.version.id


def authored_lessons(*, visible_to: Actor) -> list[Authored]:
    """Return every lesson for its authors, in order, withdrawn ones last. Raises NotPermitted."""
    require(visible_to, Permission.CONTENT_READ)
    order = (Lesson.state == LessonState.WITHDRAWN, Lesson.position, Lesson.key)
    return _authored(session.scalars(select(Lesson).order_by(*order)).all())


def get_authored(lesson_id: UUID, *, visible_to: Actor) -> Authored:
    """Return one lesson for its authors. Raises NotPermitted, NotFound."""
    require(visible_to, Permission.CONTENT_READ)
    found = _authored(session.scalars(select(Lesson).where(Lesson.id == lesson_id)).all())
    if not found:
        raise NotFound(_("There is no such lesson."))
    return found[0]


def versions_of(lesson: Lesson) -> list[LessonVersion]:
    """Return the versions of a lesson, newest first."""
    wanted = select(LessonVersion).where(LessonVersion.lesson_key == lesson.key)
    return list(session.scalars(wanted.order_by(LessonVersion.number.desc())))


def texts_of(version_id: UUID) -> dict[str, LessonText]:
    """Return a version's texts by language."""
    wanted = select(LessonText).where(LessonText.version_id == version_id).order_by(LessonText.language)
    return {text.language: text for text in session.scalars(wanted)}


def count_passes() -> dict[int, int]:
    """Return how many people who take part passed each lesson, by its key. Numbers for `measurement.learning` only."""
    counted = select(LessonPass.lesson_key, func.count()).group_by(LessonPass.lesson_key)
    return dict(session.execute(counted).all())


def _authored(lessons: Iterable[Lesson]) -> list[Authored]:
    listed = list(lessons)
    ids = [lesson.current_version_id for lesson in listed]
    versions = {row.id: row for row in session.scalars(select(LessonVersion).where(LessonVersion.id.in_(ids)))}
    texts: dict[UUID, dict[str, LessonText]] = {}
    for text in session.scalars(select(LessonText).where(LessonText.version_id.in_(ids)).order_by(LessonText.language)):
        texts.setdefault(text.version_id, {})[text.language] = text
    return [
        Authored(lesson, versions[lesson.current_version_id], texts[lesson.current_version_id])
        for lesson in listed
        if lesson.current_version_id is not None
    ]
