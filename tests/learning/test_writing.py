"""Lessons are written in drafts, fixed when they are published, and ask the same in every language."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from advocacy.foundation.access import Role
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted, PreconditionFailed
from advocacy.foundation.models import AuditEvent
from advocacy.learning import queries, service
from advocacy.learning.defaults import DEFAULT_LESSONS
from advocacy.learning.models import Lesson, LessonPass, LessonState, LessonSubject
from advocacy.learning.texts import MOST_CHARACTERS, checked_draft, require_complete
from advocacy.people.protected_speech import findings_in
from config.jobs import BY_NAME
from tests.factories.content import make_actor
from tests.factories.learning import lesson_text, make_author, make_lesson, make_live_lesson, take
from tests.factories.people import actor_for, make_advocate, make_unit


def pointers(error):
    return {problem.pointer for problem in error.value.problems}


def test_a_draft_is_seen_by_authors_only(session):
    author = make_author()
    lesson = make_lesson(author=author)
    assert queries.lessons_for(actor_for(make_advocate()), "en") == []
    assert [one.lesson.id for one in queries.authored_lessons(visible_to=author)] == [lesson.id]
    with pytest.raises(NotFound):
        queries.get_taken(lesson.id, "en", visible_to=author)


def test_a_published_version_stays_what_it_was(session):
    author = make_author()
    lesson = make_live_lesson(author=author)
    service.change_lesson(
        author, lesson.id, seen_version=lesson.row_version, texts={"en": lesson_text("Another title")}
    )
    reader = actor_for(make_advocate())
    assert queries.get_taken(lesson.id, "en", visible_to=reader).text.title == "Say that you work here"
    assert queries.get_authored(lesson.id, visible_to=author).has_unpublished
    service.publish_lesson(author, lesson.id, seen_version=lesson.row_version)
    seen = queries.get_taken(lesson.id, "en", visible_to=reader)
    assert (seen.text.title, seen.version.number) == ("Another title", 2)
    assert [version.number for version in queries.versions_of(lesson)] == [2, 1]


def test_saving_the_same_again_makes_no_version(session):
    author = make_author()
    lesson = make_live_lesson(author=author)
    service.change_lesson(author, lesson.id, seen_version=lesson.row_version, texts={"en": lesson_text()}, source="")
    assert len(queries.versions_of(lesson)) == 1


def test_a_draft_is_written_over_until_it_is_published(session):
    author = make_author()
    lesson = make_lesson(author=author)
    for title in ("First", "Second"):
        service.change_lesson(author, lesson.id, seen_version=lesson.row_version, texts={"en": lesson_text(title)})
    assert [version.number for version in queries.versions_of(lesson)] == [1]
    assert queries.get_authored(lesson.id, visible_to=author).title == "Second"


def test_who_saw_an_older_state_changes_nothing(session):
    author = make_author()
    lesson = make_lesson(author=author)
    service.change_lesson(author, lesson.id, seen_version=lesson.row_version, is_required=True)
    with pytest.raises(PreconditionFailed):
        service.change_lesson(author, lesson.id, seen_version=1, is_required=False)
    assert lesson.is_required


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"steps": []}, "texts/en/steps"),
        ({"steps": ["x" * 600] * 4}, "texts/en/steps"),
        ({"questions": []}, "texts/en/questions"),
        ({"questions": [{"question": "", "answers": ["a", "b"], "right": 0, "explanation": "e"}] * 2},
         "texts/en/questions/0/question"),
        ({"questions": [{"question": "q", "answers": ["a"], "right": 0, "explanation": "e"}] * 2},
         "texts/en/questions/1/answers"),
        ({"questions": [{"question": "q", "answers": ["a", "b"], "right": None, "explanation": "e"}] * 2},
         "texts/en/questions/0/right"),
        ({"questions": [{"question": "q", "answers": ["a", "b"], "right": 1, "explanation": ""}] * 2},
         "texts/en/questions/0/explanation"),
    ],
)  # fmt: skip
def test_what_is_not_complete_is_not_published_and_says_where(session, fields, pointer):
    author = make_author()
    lesson = make_lesson(author=author, texts={"en": lesson_text(**fields)})
    with pytest.raises(Invalid) as refused:
        service.publish_lesson(author, lesson.id, seen_version=lesson.row_version)
    assert pointer in pointers(refused)
    assert lesson.state is LessonState.DRAFT


def test_languages_that_ask_differently_are_not_published():
    other = lesson_text("Auf Deutsch")
    other["questions"] = [{**other["questions"][0], "right": 0}, other["questions"][1]]
    with pytest.raises(Invalid) as refused:
        require_complete({"en": lesson_text(), "de": other})
    assert pointers(refused) == {"texts/en/questions"}


def test_a_draft_that_cannot_be_stored_says_every_reason():
    with pytest.raises(Invalid) as refused:
        checked_draft({"English": lesson_text(""), "de": lesson_text("x" * 121, steps=["\x00"])})
    assert pointers(refused) == {"texts/English", "texts/English/title", "texts/de/title", "texts/de/steps/0"}


def test_words_that_keep_people_from_protected_talk_need_a_reason(session):
    author = make_author()
    lesson = make_lesson(
        author=author, texts={"en": lesson_text(steps=["Employees must not discuss pay or working hours."])}
    )
    with pytest.raises(Invalid) as refused:
        service.publish_lesson(author, lesson.id, seen_version=lesson.row_version)
    assert "override_reason" in pointers(refused)
    service.publish_lesson(author, lesson.id, seen_version=lesson.row_version, override_reason="A quotation of a law.")
    trail = session.scalars(select(AuditEvent).where(AuditEvent.action == "lesson.published")).one()
    assert trail.details["override_reason"] == "A quotation of a law."


def test_only_who_writes_for_the_whole_organisation_writes_lessons(session):
    root = make_unit("Meridian Works")
    local = make_actor(Role.CURATOR, unit=make_unit("Cloud", parent=root))
    for actor in (local, make_actor(Role.APPROVER), make_actor()):
        with pytest.raises(NotPermitted):
            make_lesson(author=actor)
    with pytest.raises(NotPermitted):
        queries.authored_lessons(visible_to=make_actor())


def test_a_withdrawn_lesson_is_asked_of_nobody_and_comes_back_by_publishing(session):
    author, reader = make_author(), actor_for(make_advocate())
    lesson = make_live_lesson(author=author)
    take(reader, lesson)
    service.withdraw_lesson(author, lesson.id, seen_version=lesson.row_version)
    assert queries.lessons_for(reader, "en") == []
    with pytest.raises(Conflict):
        service.withdraw_lesson(author, lesson.id, seen_version=lesson.row_version)
    service.publish_lesson(author, lesson.id, seen_version=lesson.row_version)
    assert queries.get_taken(lesson.id, "en", visible_to=reader).is_passed


def test_who_passed_what_was_withdrawn_long_ago_is_forgotten(session):
    author, reader = make_author(), actor_for(make_advocate())
    gone, fresh = make_live_lesson(author=author), make_live_lesson(author=author)
    for lesson in (gone, fresh):
        take(reader, lesson)
        service.withdraw_lesson(author, lesson.id, seen_version=lesson.row_version)
    gone.withdrawn_at -= service.KEPT_AFTER_WITHDRAWAL + timedelta(days=1)
    session.flush()
    assert service.forget_passes() == 1
    assert session.scalars(select(LessonPass.lesson_key)).all() == [fresh.key]


# --- The lessons that come with the product.


def test_the_delivered_lessons_are_complete_in_every_language_with_their_sources():
    assert {default["subject"] for default in DEFAULT_LESSONS} == set(LessonSubject) - {LessonSubject.OTHER}
    for default in DEFAULT_LESSONS:
        assert set(default["texts"]) == {"en", "de", "es"}
        assert default["source"]
        assert checked_draft(default["texts"]) == default["texts"]
        require_complete(default["texts"])
        for text in default["texts"].values():
            assert sum(map(len, text["steps"])) < MOST_CHARACTERS
            assert [findings_in(step) for step in text["steps"]] == [[]] * len(text["steps"])


def test_delivered_lessons_are_installed_once_and_keep_what_authors_made_of_them(session):
    first = service.install_defaults()
    known = session.scalars(select(func.count()).where(Lesson.default_name.is_not(None))).one()
    assert known == len(DEFAULT_LESSONS)
    assert first <= known
    author = make_author()
    lesson = session.scalars(select(Lesson).where(Lesson.default_name == "voice")).one()
    service.withdraw_lesson(author, lesson.id, seen_version=lesson.row_version)
    assert service.install_defaults() == 0
    assert lesson.state is LessonState.WITHDRAWN


def test_the_job_asks_for_as_many_lessons_as_there_are():
    assert f"< {len(DEFAULT_LESSONS)}" in BY_NAME["learning.install_lessons"].only_if


def test_the_file_of_lessons_is_data_only():
    path = Path(service.__file__).with_name("default_lessons.json")
    assert [one["name"] for one in json.loads(path.read_text(encoding="utf-8"))] == [
        "disclosure", "voice", "policy", "critics",
    ]  # fmt: skip
