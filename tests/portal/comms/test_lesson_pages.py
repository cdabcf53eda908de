"""Writing lessons in the studio."""

from advocacy.foundation.access import Role
from advocacy.learning import queries
from tests.factories.learning import lesson_text, make_live_lesson
from tests.factories.people import make_unit
from tests.support.html import UNESCAPED, checked_page


def seen_at(browser, path):
    return checked_page(browser.get(path)).field("seen_version")


def form_of(title="Your own voice", *, seen="0", **fields):
    return {
        "seen_version": seen,
        "language": "en",
        "subject": "voice",
        "title": title,
        "steps": "First this.\n\nThen that.\nIn two lines.",
        "question_0": "How?",
        "answer_0_0": "Loud",
        "answer_0_2": "Calm",
        "right_0": "2",
        "explanation_0": "It carries further.",
        "question_1": "When?",
        "answer_1_0": "Now",
        "answer_1_1": "Never",
        "right_1": "0",
        "explanation_1": "It is news.",
        **fields,
    }


def test_a_lesson_is_written_translated_and_published(sign_in, session):
    make_unit("Meridian Works")
    browser = sign_in(None, Role.CURATOR)
    checked_page(browser.get("/studio/lessons/new"))
    made = browser.post("/studio/lessons/new", data=form_of(f"Own {UNESCAPED}"))
    path = made.location.split("?")[0]
    checked_page(browser.get(made.location))
    assert "Nobody can learn anything yet" in checked_page(browser.get("/studio/lessons")).words()
    found = queries.authored_lessons(visible_to=_everything())[0]
    assert found.texts["en"].steps == ["First this.", "Then that.\nIn two lines."]
    assert found.texts["en"].questions[0] == {
        "question": "How?", "answers": ["Loud", "Calm"], "right": 1, "explanation": "It carries further.",
    }  # fmt: skip
    german = checked_page(browser.get(f"{path}?language=de"))
    assert german.field("question_0") == "How?"
    saved = browser.post(
        path, data=form_of("Eigene Stimme", seen=german.field("seen_version"), language="de", action="publish")
    )
    assert saved.status_code == 302
    shown = checked_page(browser.get("/studio/lessons")).words()
    assert "1 lesson is there for everybody" in shown
    assert "fewer than 5 passed" in shown


def test_what_is_wrong_comes_back_with_everything_that_was_written(sign_in, session):
    make_unit("Meridian Works")
    browser = sign_in(None, Role.CURATOR)
    path = browser.post("/studio/lessons/new", data=form_of()).location.split("?")[0]
    seen = seen_at(browser, path)
    refused = browser.post(path, data=form_of("Kept", seen=seen, explanation_1="", action="publish"))
    page = checked_page(refused, 422)
    assert page.field("title") == "Kept"
    assert "Say why" in page.words()
    late = checked_page(browser.post(path, data=form_of("Late", seen="1")), 412)
    assert late.field("title") == "Late"
    for wrong in ({"subject": "nothing"}, {"asked_again_on": "soon"}, {"position": "0"}):
        checked_page(browser.post(path, data=form_of(seen=seen, **wrong)), 422)
    checked_page(browser.post("/studio/lessons/new", data=form_of("")), 422)


def test_protected_speech_asks_for_a_reason(sign_in, session):
    make_unit("Meridian Works")
    browser = sign_in(None, Role.CURATOR)
    path = browser.post("/studio/lessons/new", data=form_of()).location.split("?")[0]
    said = form_of(seen=seen_at(browser, path), steps="Employees must not discuss pay.", action="publish")
    assert "Why these places have to stand" in checked_page(browser.post(path, data=said), 422).words()
    assert browser.post(path, data={**said, "override_reason": "A quotation."}).status_code == 302


def test_a_lesson_is_withdrawn(sign_in, session):
    lesson = make_live_lesson()
    path, seen = f"/studio/lessons/{lesson.id}", lesson.row_version
    browser = sign_in(None, Role.CURATOR)
    browser.post(f"{path}/withdraw", data={"seen_version": str(seen)})
    assert "Withdrawn" in checked_page(browser.get(path)).words()


def test_approvers_read_and_do_not_write(sign_in, session):
    lesson = make_live_lesson(texts={"en": lesson_text("Read me")})
    path = f"/studio/lessons/{lesson.id}"
    browser = sign_in(None, Role.APPROVER)
    page = checked_page(browser.get(path))
    assert "Publish" not in page.words()
    assert browser.post(path, data=form_of()).status_code == 403


def _everything():
    from tests.factories.content import make_actor

    return make_actor(Role.CURATOR)
