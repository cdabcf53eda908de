"""Learning through the JSON API: everything the portal can do, and nothing about anybody else."""

import pytest
from sqlalchemy import select

from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.models import IdempotencyKey, Setting
from advocacy.learning import queries
from advocacy.people.models import Employee
from tests.factories.content import make_live_item
from tests.factories.learning import RIGHT, WRONG, lesson_text, make_live_lesson
from tests.factories.people import make_advocate, make_unit

DRAFT = {"subject": "voice", "texts": {"en": lesson_text("Sound like yourself")}}


@pytest.fixture
def author(api, session):
    make_unit("Meridian Works")
    return api(None, Role.CURATOR)


def test_a_lesson_is_written_published_taken_and_certified(author, api, session):
    made = author.post("/api/v1/studio/lessons", json=DRAFT)
    assert (made.status_code, made.json["state"]) == (201, "draft")
    path = f"/api/v1/studio/lessons/{made.json['id']}"
    etag = author.get(path).headers["ETag"]
    assert author.post(f"{path}/publish", json={}).status_code == 428
    assert author.post(f"{path}/publish", json={}, headers={"If-Match": '"99"'}).status_code == 412
    published = author.post(f"{path}/publish", json={}, headers={"If-Match": etag})
    assert (published.status_code, published.json["state"]) == (200, "live")

    reader = api(make_advocate(language="en"))
    (listed,) = reader.get("/api/v1/lessons").json["data"]
    assert (listed["title"], listed["is_passed"]) == ("Sound like yourself", False)
    read = reader.get(f"/api/v1/lessons/{listed['id']}").json
    assert [set(question) for question in read["questions"]] == [{"question", "answers"}] * 2
    given = {"version_id": read["version_id"], "answers": list(WRONG)}
    failed = reader.post(f"/api/v1/lessons/{listed['id']}/answers", json=given).json
    assert [one["is_right"] for one in failed["checked"]] == [False, True]
    assert reader.post("/api/v1/me/certificate").status_code == 409
    passed = reader.post(f"/api/v1/lessons/{listed['id']}/answers", json={**given, "answers": list(RIGHT)}).json
    assert (passed["is_passed"], passed["is_kept"]) == (True, True)

    issued = reader.post("/api/v1/me/certificate")
    assert issued.status_code == 201
    stranger = api(make_advocate())
    address = f"/api/v1/certificates/{issued.json['code']}"
    assert stranger.get(address).status_code == 404
    assert reader.patch("/api/v1/me/certificate", json={"is_shown": True}).json["shown_since"] is not None
    assert stranger.get(address).json["lessons"][0]["title"] == "Sound like yourself"
    assert reader.delete("/api/v1/me/learning").status_code == 204
    assert reader.get("/api/v1/me/certificate").status_code == 404
    assert reader.get(f"/api/v1/lessons/{listed['id']}").json["passed_at"] is None


def test_a_change_replaces_texts_in_a_version_nobody_sees_yet(author, api, session):
    made = author.post("/api/v1/studio/lessons", json=DRAFT)
    path = f"/api/v1/studio/lessons/{made.json['id']}"
    live = author.post(f"{path}/publish", json={}, headers={"If-Match": made.headers["ETag"]})
    changes = {"texts": {"en": lesson_text("Newer"), "de": lesson_text("Neuer")}, "is_required": True}
    changed = author.patch(path, json=changes, headers={"If-Match": live.headers["ETag"]})
    assert (changed.json["version"], changed.json["published_at"], changed.json["is_required"]) == (2, None, True)
    assert api().get("/api/v1/lessons").json["data"][0]["title"] == "Sound like yourself"
    gone = author.post(f"{path}/withdraw", headers={"If-Match": changed.headers["ETag"]})
    assert gone.json["state"] == "withdrawn"
    assert api().get("/api/v1/lessons").json["data"] == []
    assert [one["state"] for one in author.get("/api/v1/studio/lessons").json["data"]] == ["withdrawn"]


def test_what_is_wrong_is_named_by_its_field(author, session):
    made = author.post("/api/v1/studio/lessons", json={**DRAFT, "texts": {"en": lesson_text(questions=[])}})
    path = f"/api/v1/studio/lessons/{made.json['id']}/publish"
    refused = author.post(path, json={}, headers={"If-Match": made.headers["ETag"]})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == ["/texts/en/questions"]


def test_a_repeated_request_that_names_the_present_version_is_not_answered_with_the_old_refusal(author):
    made = author.post("/api/v1/studio/lessons", json=DRAFT)
    path = f"/api/v1/studio/lessons/{made.json['id']}/publish"
    tries = ({}, {"If-Match": '"99"'}, {"If-Match": made.headers["ETag"]})
    said = [author.post(path, json={}, headers={"Idempotency-Key": "one", **named}) for named in tries]
    assert [answer.status_code for answer in said] == [428, 412, 200]
    repeated = author.post(path, json={}, headers={"Idempotency-Key": "one", **tries[-1]})
    assert (repeated.status_code, repeated.headers["Idempotent-Replayed"]) == (200, "true")


def test_the_share_is_refused_with_the_lessons_that_stand_before_it(api, session, settings):
    lesson, person = make_live_lesson(is_required=True), make_advocate()
    item, key = make_live_item(), person.key
    session.add(Setting(name=queries.GATE, value=True, changed_at=clock.now()))
    session.flush()
    lesson_id, item_id, version_id = lesson.id, item.id, lesson.live_version_id
    program = api(person)
    wanted = {"item_id": str(item_id), "network": "linkedin", "text": "Worth reading."}
    once = {"Idempotency-Key": "the same share, tried again after the lesson"}
    refused = program.post("/api/v1/shares", json=wanted, headers=once)
    assert (refused.status_code, refused.json["code"]) == (403, "lessons_needed")
    assert refused.json["errors"][0]["pointer"] == f"/lessons/{lesson_id}"
    assert f"{settings.portal_url}/learn/{lesson_id}" in refused.json["errors"][0]["detail"]
    given = {"version_id": str(version_id), "answers": list(RIGHT)}
    program.post(f"/api/v1/lessons/{lesson_id}/answers", json=given)
    assert program.post("/api/v1/shares", json=wanted, headers=once).status_code == 201
    assert session.get(Employee, key) is not None


def test_answers_leave_no_trace_in_what_repeated_requests_get(api, session):
    lesson, reader = make_live_lesson(), api(make_advocate())
    given = {"version_id": str(lesson.live_version_id), "answers": list(WRONG)}
    path = f"/api/v1/lessons/{lesson.id}/answers"
    for answers in (WRONG, RIGHT):
        answer = reader.post(path, json=given | {"answers": list(answers)}, headers={"Idempotency-Key": "one"})
        assert answer.status_code == 200, "the key means nothing here, so another answer is no other request"
        assert "Idempotent-Replayed" not in answer.headers
    assert session.scalars(select(IdempotencyKey)).all() == []
    paths = reader.get("/api/v1/openapi.json").json["paths"]
    told = [
        "Idempotency-Key" in {one.get("name") for one in paths[path]["post"].get("parameters", ())}
        for path in ("/api/v1/lessons/{lesson_id}/answers", "/api/v1/me/certificate")
    ]
    assert told == [False, True]
