"""Lessons for tests, written the way authors write them."""

from typing import Any

from advocacy.foundation.access import Actor, Role
from advocacy.learning import queries, service, taking
from advocacy.learning.models import Lesson, LessonSubject
from tests.factories.content import make_actor
from tests.factories.people import make_unit

RIGHT, WRONG = (1, 0), (0, 0)


def lesson_text(title: str = "Say that you work here", **fields: Any) -> dict[str, Any]:
    """Return a lesson that is complete, with two questions whose right answers are `RIGHT`."""
    return {
        "title": title,
        "steps": ["Readers want to know.", "Say it near the claim."],
        "questions": [
            {"question": "Where?", "answers": ["Nowhere", "In the post"], "right": 1, "explanation": "It is read."},
            {"question": "When?", "answers": ["Each time", "Once"], "right": 0, "explanation": "Each is its own."},
        ],
        **fields,
    }


def make_author() -> Actor:
    from advocacy.people.queries import root_unit

    if root_unit() is None:
        make_unit("Meridian Works")
    return make_actor(Role.CURATOR)


def make_lesson(*, author: Actor | None = None, title: str = "Say that you work here", **fields: Any) -> Lesson:
    """Return a draft."""
    values: dict[str, Any] = {"subject": LessonSubject.DISCLOSURE, "texts": {"en": lesson_text(title)}, **fields}
    return service.draft_lesson(author or make_author(), **values)


def make_live_lesson(*, author: Actor | None = None, **fields: Any) -> Lesson:
    """Return a lesson that everybody sees."""
    writer = author or make_author()
    lesson = make_lesson(author=writer, **fields)
    return service.publish_lesson(writer, lesson.id, seen_version=lesson.row_version)


def take(actor: Actor, lesson: Lesson, answers: tuple[int, ...] = RIGHT) -> taking.Outcome:
    """Answer a lesson's questions."""
    taken = queries.get_taken(lesson.id, "en", visible_to=actor)
    return taking.answer_lesson(actor, lesson.id, answers, version_id=taken.version.id, language="en")
