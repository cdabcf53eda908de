"""Together, as an employee sees it, and the same through the API."""

from advocacy.learning import taking
from tests.factories.learning import make_live_lesson, take
from tests.factories.people import actor_for, make_advocate, make_employee
from tests.support.html import UNESCAPED, checked_page


def certified(**fields):
    person = make_advocate(language="en", **fields)
    actor = actor_for(person)
    take(actor, make_live_lesson())
    taking.issue_certificate(actor)
    taking.show_certificate(actor, is_shown=True)
    return person


def test_a_highlight_is_shown_thanked_for_and_taken_back(sign_in, session):
    person = certified(name=f"Noa {UNESCAPED}")
    subject = person.id
    owner = sign_in(person)
    quiet = checked_page(owner.get("/together")).words()
    assert "Quiet here" in quiet
    assert "You passed every lesson" in quiet
    owner.post("/together/highlights", data={"kind": "certificate", "subject_id": str(subject)})
    assert owner.post("/together/highlights", data={"kind": "share", "subject_id": str(subject)}).status_code == 404
    giver = sign_in(make_advocate(language="en", name="Kim"))
    page = checked_page(giver.get("/together"))
    assert "passed the lessons about speaking in public" in page.words()
    path = next(form.get("action") for form in page.all("form") if (form.get("action") or "").endswith("/thank"))
    giver.post(path, data={"note": UNESCAPED})
    giver.post(path, data={"note": "x" * 200})
    assert "You thanked." in checked_page(giver.get("/together")).words()
    told = checked_page(owner.get("/together"))
    assert "Somebody thanks you" in told.words()
    removal = next(form.get("action") for form in told.all("form") if (form.get("action") or "").endswith("/remove"))
    assert giver.post(removal).status_code == 404
    owner.post(removal)
    assert "Somebody thanks you" not in checked_page(owner.get("/together")).words()
    giver.post(path.replace("/thank", "/unthank"))
    assert giver.post(path.replace("/thank", "/hide")).status_code == 404
    owner.post(path.replace("/thank", "/hide"))
    assert "Nobody shows anything" in checked_page(giver.get("/together")).words()


def test_who_reads_along_sees_and_cannot_thank(sign_in, session):
    page = checked_page(sign_in(make_employee(language="en")).get("/together"))
    assert not any((form.get("action") or "").endswith("/thank") for form in page.all("form"))


def test_the_same_through_the_api(api, session):
    person = certified(name="Noa")
    subject, giver_person = person.id, make_advocate(name="Kim")
    giver_id = giver_person.id
    owner, giver = api(person), api(giver_person)
    (offered,) = owner.get("/api/v1/recognition").json["offered"]
    made = owner.post("/api/v1/recognition/highlights", json={"kind": "certificate", "subject_id": str(subject)})
    assert (made.status_code, offered["highlight_id"]) == (201, None)
    (seen,) = giver.get("/api/v1/recognition").json["highlights"]
    path = f"/api/v1/recognition/highlights/{seen['id']}"
    assert giver.put(f"{path}/thanks", json={"note": "Well done"}).status_code == 204
    (received,) = owner.get("/api/v1/recognition").json["received"]
    assert (received["name"], received["note"]) == ("Kim", "Well done")
    assert giver.delete(f"{path}/thanks/{giver_id}").status_code == 404
    assert owner.delete(f"{path}/thanks/{giver_id}").status_code == 204
    assert giver.delete(f"{path}/thanks").status_code == 204
    assert giver.delete(path).status_code == 404
    assert owner.delete(path).status_code == 204
    assert [one["kind"] for one in owner.get("/api/v1/recognition").json["milestones"]] == ["lessons_passed"]
