"""Learn, a lesson, the minute before a first share, and a certificate, as an employee sees them."""

from advocacy.foundation import clock
from advocacy.foundation.models import Setting
from advocacy.learning import queries
from tests.factories.content import make_live_item
from tests.factories.learning import lesson_text, make_author, make_live_lesson
from tests.factories.people import make_advocate, make_employee
from tests.support.html import UNESCAPED, checked_page


def prepared(**fields):
    lesson = make_live_lesson(
        texts={"en": lesson_text(f"Say it {UNESCAPED}", steps=[UNESCAPED, "Then this."])}, **fields
    )
    return lesson.id, lesson.live_version_id


def test_a_lesson_is_read_failed_passed_and_certified(sign_in, client, session):
    lesson_id, version_id = prepared()
    browser = sign_in(make_advocate(name="Noa Lind", language="en"))
    assert "One lesson, one minute" in checked_page(browser.get("/learn")).words()
    path = f"/learn/{lesson_id}"
    assert "Try it" in checked_page(browser.get(path)).words()
    given = {"version": str(version_id), "answer_0": "0", "answer_1": "0"}
    failed = checked_page(browser.post(path, data=given)).words()
    assert "Not this one. It is read." in failed
    assert "Not quite yet" in failed
    assert "You passed" not in checked_page(browser.get("/learn")).words()
    unanswered = checked_page(browser.post(path, data={"version": str(version_id), "answer_0": "1"}), 422)
    assert "Choose an answer." in unanswered.words()
    passed = checked_page(browser.post(path, data={**given, "answer_0": "1"})).words()
    assert "All right. You passed. Only you see that." in passed
    assert "You know it all" in checked_page(browser.get("/learn")).words()

    assert browser.post("/learn/certificate").location == "/learn/certificate"
    own = checked_page(browser.get("/learn/certificate"))
    assert "Noa Lind" in own.words()
    code = own.one("code").text
    assert client.get(f"/certificates/{code}").status_code == 404
    browser.post("/learn/certificate/show", data={"shown": "yes"})
    shown = client.get(f"/certificates/{code}")
    assert "Noa Lind" in checked_page(shown).words()
    assert shown.headers["X-Robots-Tag"] == "noindex"
    browser.post("/learn/certificate/show", data={"shown": "no"})
    assert client.get(f"/certificates/{code}").status_code == 404
    browser.post("/learn/forget")
    assert browser.get("/learn/certificate").status_code == 404


def test_who_reads_along_is_told_that_nothing_is_kept(sign_in, session):
    lesson_id, version_id = prepared()
    browser = sign_in(make_employee(language="en"))
    assert "nothing of it is kept" in checked_page(browser.get("/learn")).words()
    given = {"version": str(version_id), "answer_0": "1", "answer_1": "0"}
    assert "Nothing of it is kept" in checked_page(browser.post(f"/learn/{lesson_id}", data=given)).words()


def test_the_sheet_leads_to_the_lesson_and_back(sign_in, session):
    lesson_id, version_id = prepared(is_required=True)
    item_id = make_live_item().id
    session.add(Setting(name=queries.GATE, value=True, changed_at=clock.now()))
    browser = sign_in(make_advocate(language="en"))
    sheet = f"/items/{item_id}/share"
    first = checked_page(browser.get(sheet))
    assert "One minute first" in first.words()
    assert any(link.get("href", "").startswith(f"/learn/{lesson_id}?next=") for link in first.all("a"))
    refused = browser.post(sheet, data={"network": "linkedin", "text": "Worth reading."})
    assert "To the lessons" in checked_page(refused, 403).words()
    given = {"version": str(version_id), "answer_0": "1", "answer_1": "0", "next": sheet}
    done = checked_page(browser.post(f"/learn/{lesson_id}", data=given))
    assert sheet in {link.get("href") for link in done.all("a")}
    assert "Share in my words" in checked_page(browser.get(sheet)).words()


def test_a_lesson_leads_nowhere_else_afterwards(sign_in, session):
    lesson_id, _version = prepared()
    page = checked_page(sign_in(make_advocate()).get(f"/learn/{lesson_id}?next=//evil.example"))
    assert "evil.example" not in page.text


def test_a_lesson_that_changed_meanwhile_is_read_again(sign_in, session):
    from advocacy.learning import service

    author = make_author()
    lesson = make_live_lesson(author=author)
    lesson_id, old = lesson.id, lesson.live_version_id
    service.change_lesson(author, lesson_id, seen_version=lesson.row_version, texts={"en": lesson_text("Newer")})
    service.publish_lesson(author, lesson_id, seen_version=lesson.row_version)
    browser = sign_in(make_advocate(language="en"))
    given = {"version": str(old), "answer_0": "1", "answer_1": "0"}
    assert "newer version" in checked_page(browser.post(f"/learn/{lesson_id}", data=given), 409).words()
    assert browser.post(f"/learn/{lesson_id}", data={**given, "version": "x"}).status_code == 404


def test_what_one_passed_is_in_the_file_of_ones_data(sign_in, session):
    lesson_id, version_id = prepared()
    browser = sign_in(make_advocate())
    browser.post(f"/learn/{lesson_id}", data={"version": str(version_id), "answer_0": "1", "answer_1": "0"})
    learned = browser.get("/my-data/export.json").json["learning"]
    assert [one["lesson"] for one in learned["passed"]] == [str(lesson_id)]
