"""Giving one's network over the API: what is taken, what is refused, what is forgotten."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from advocacy.foundation import ratelimit
from advocacy.foundation.access import Permission, Role
from advocacy.foundation.db import session as ambient
from advocacy.measurement.overlap import uploads
from advocacy.measurement.overlap.uploads import IDS_A_PART, MOST_IDS
from advocacy.people import queries, service
from advocacy.people.models import Employee, Purpose
from tests.factories.people import actor_for, give_consent, make_employee, make_unit

ROOT = "/api/v1/me/network-overlap"
UPLOADS = f"{ROOT}/uploads"


@pytest.fixture
def person(session: Any) -> Employee:
    employee = make_employee()
    give_consent(employee, Purpose.TAKE_PART, Purpose.NETWORK_OVERLAP)
    return employee


@pytest.fixture
def program(api: Any, person: Employee) -> Any:
    ratelimit.limiter().reset()
    return api(person)


def ids(first: int, last: int) -> list[str]:
    return [f"li:in/person-{number}" for number in range(first, last)]


def start(program: Any, expected: int, network: str = "linkedin") -> str:
    answer = program.post(UPLOADS, json={"network": network, "expected": expected})
    assert answer.status_code == 201, answer.get_json()
    return str(answer.get_json()["id"])


def send(program: Any, upload: str, number: int, given: Any) -> Any:
    return program.put(f"{UPLOADS}/{upload}/parts/{number}", json={"ids": given})


def finish(program: Any, upload: str) -> Any:
    return program.put(f"{UPLOADS}/{upload}/finished")


def give(program: Any, given: list[str]) -> Any:
    upload = start(program, len(given))
    assert send(program, upload, 1, given).status_code == 200
    return finish(program, upload)


def kept() -> list[Any]:
    return list(ambient.execute(text("SELECT network, profiles, unit_key, sealed FROM network_sketch")).all())


def test_a_network_given_in_parts_is_kept_as_one_sealed_sketch(program: Any, recorded_jobs: Any) -> None:
    upload = start(program, 2_500)
    assert send(program, upload, 1, ids(0, 2_000)).get_json()["received"] == 2_000
    assert send(program, upload, 2, ids(2_000, 2_500)).get_json() == {
        "id": upload, "parts": 2, "received": 2_500, "expected": 2_500
    }  # fmt: skip
    answer = finish(program, upload).get_json()["data"]
    assert [(one["network"], one["ids"], one["reason"]) for one in answer] == [("linkedin", 2_500, "suppressed")]
    (row,) = kept()
    assert (row.network, row.profiles) == (1, 2_500)
    assert row.unit_key is not None
    assert b"person" not in bytes(row.sealed)
    assert ambient.execute(text("SELECT count(*) FROM network_upload")).scalar() == 0
    assert ambient.execute(text("SELECT count(*) FROM reach_touch")).scalar() == 1


def test_a_part_that_is_sent_again_after_a_lost_answer_changes_nothing(program: Any) -> None:
    upload = start(program, 30)
    for _again in range(2):
        assert send(program, upload, 1, ids(0, 10)).get_json()["received"] == 10
    assert send(program, upload, 3, ids(10, 30)).get_json()["code"] == "part_out_of_turn"
    send(program, upload, 2, ids(10, 30))
    assert finish(program, upload).status_code == 200
    assert finish(program, upload).status_code == 404
    assert kept()[0].profiles == 30


def test_an_upload_that_misses_parts_or_brings_too_many_is_not_taken(program: Any) -> None:
    upload = start(program, 20)
    assert finish(program, upload).get_json()["code"] == "upload_incomplete"
    assert send(program, upload, 1, ids(0, 21)).get_json()["code"] == "too_many_ids"
    send(program, upload, 1, ids(0, 19))
    assert finish(program, upload).get_json()["code"] == "upload_incomplete"
    assert kept() == []


def test_a_new_upload_takes_the_place_of_the_older_one_only_when_it_is_complete(program: Any) -> None:
    give(program, ids(0, 200))
    upload = start(program, 50)
    send(program, upload, 1, ids(0, 40))
    assert kept()[0].profiles == 200
    another = start(program, 60)
    assert send(program, upload, 2, ids(40, 50)).status_code == 404
    send(program, another, 1, ids(0, 60))
    finish(program, another)
    assert [row.profiles for row in kept()] == [60]


def test_the_same_id_in_two_parts_does_not_make_a_network_larger_than_its_sketch(program: Any) -> None:
    upload = start(program, 8_000)
    for part in range(4):
        send(program, upload, part + 1, ids(0, 2_000))
    finish(program, upload)
    assert 2_000 <= kept()[0].profiles < 2_500


def test_without_the_consent_nothing_is_taken(api: Any, session: Any) -> None:
    employee = make_employee()
    give_consent(employee, Purpose.TAKE_PART, Purpose.NETWORK_SIZE)
    answer = api(employee).post(UPLOADS, json={"network": "linkedin", "expected": 1})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "consent_missing")


def test_another_persons_upload_is_not_there(program: Any, api: Any, person: Employee) -> None:
    upload = start(program, 10)
    other = make_employee()
    give_consent(other, Purpose.TAKE_PART, Purpose.NETWORK_OVERLAP)
    stranger = api(other)
    assert send(stranger, upload, 1, ids(0, 10)).status_code == 404
    assert finish(stranger, upload).status_code == 404
    assert stranger.get(ROOT).get_json() == {"data": []}


@pytest.mark.parametrize(
    "hostile",
    [
        ["li:in/a\x00b"],
        ["li:in/\u202egnp.exe"],
        ["li:in/ana\u2066"],
        ["li:in/" + "a" * 250],
        ["li:in/" + "a" * 5_000],
        ["ana@example.com"],
        ["Ana Diaz"],
        ["https://www.linkedin.com/in/ana"],
        ["x:ana"],
        ["li:in/../../etc/passwd"],
        ["li:in/ana' OR 1=1"],
        [None],
        [5],
        [{"li": 1}],
        [["li:in/a"]],
        [True],
        [],
        "li:in/ana",
        None,
        7,
        {"0": "li:in/a"},
        [""],
        ["li:in/"],
        ["li:in/\ud800"],
        ids(0, IDS_A_PART + 1),
    ],
)
def test_what_is_no_list_of_ids_is_refused_and_never_repeated(program: Any, hostile: Any) -> None:
    upload = start(program, 10)
    answer = send(program, upload, 1, hostile)
    assert answer.status_code == 422, answer.get_json()
    words = answer.get_data(as_text=True)
    sent = hostile if isinstance(hostile, list) else [hostile]
    assert not any(isinstance(one, str) and len(one) > 3 and one in words for one in sent)
    assert ambient.execute(text("SELECT received FROM network_upload")).scalar() == 0


def test_a_million_ids_are_refused_before_they_are_sent_and_when_they_are(program: Any) -> None:
    assert program.post(UPLOADS, json={"network": "linkedin", "expected": 1_000_000}).status_code == 422
    assert program.post(UPLOADS, json={"network": "linkedin", "expected": MOST_IDS + 1}).status_code == 422
    upload = start(program, MOST_IDS)
    assert send(program, upload, 1, ids(0, 1_000_000)).status_code == 413
    assert program.put(
        f"{UPLOADS}/{upload}/parts/1", data=b"\x00\xff" * 100, content_type="application/json"
    ).status_code == 400  # fmt: skip


@pytest.mark.parametrize("network", ["whatsapp", "email", "myspace", "", 5, None])
def test_a_network_without_ids_is_refused(program: Any, network: Any) -> None:
    assert program.post(UPLOADS, json={"network": network, "expected": 5}).status_code == 422


def test_names_have_no_place_in_a_part(program: Any) -> None:
    upload = start(program, 1)
    answer = program.put(f"{UPLOADS}/{upload}/parts/1", json={"ids": ids(0, 1), "names": ["Ana Diaz"]})
    assert answer.status_code == 422
    assert "Ana" not in answer.get_data(as_text=True)


def test_only_a_few_uploads_a_day(program: Any) -> None:
    for _number in range(5):
        start(program, 5)
    answer = program.post(UPLOADS, json={"network": "linkedin", "expected": 5})
    assert answer.status_code == 429
    assert program.post(UPLOADS, json={"network": "x", "expected": 5}).status_code == 201


def test_taking_it_back_deletes_at_once_and_marks_the_unit(program: Any) -> None:
    give(program, ids(0, 100))
    ambient.execute(text("DELETE FROM reach_touch"))
    assert program.delete(f"{ROOT}/linkedin").status_code == 204
    assert program.delete(f"{ROOT}/linkedin").status_code == 204
    assert program.delete(f"{ROOT}/email").status_code == 404
    assert kept() == []
    assert ambient.execute(text("SELECT count(*) FROM reach_touch WHERE NOT is_added")).scalar() == 1


@pytest.mark.parametrize("purpose", [Purpose.NETWORK_OVERLAP, Purpose.TAKE_PART])
def test_a_withdrawn_consent_takes_sketch_and_upload_along(program: Any, person: Employee, purpose: Purpose) -> None:
    give(program, ids(0, 100))
    start(program, 50)
    assert program.delete(f"/api/v1/me/consents/{purpose.value}").status_code == 200
    assert kept() == []
    assert ambient.execute(text("SELECT count(*) FROM network_upload")).scalar() == 0


def test_another_withdrawn_consent_leaves_it(program: Any, person: Employee) -> None:
    give_consent(person, Purpose.NETWORK_SIZE)
    give(program, ids(0, 100))
    program.delete("/api/v1/me/consents/network_size")
    assert len(kept()) == 1


def test_who_leaves_or_is_erased_takes_the_network_along(program: Any, person: Employee) -> None:
    key, employee_id = person.key, person.id
    give(program, ids(0, 100))
    service.mark_left({key: queries.today()})
    assert kept() == []
    other = make_employee()
    give_consent(other, Purpose.TAKE_PART, Purpose.NETWORK_OVERLAP)
    ratelimit.limiter().reset()
    upload = uploads.start_upload(actor_for(other), "linkedin", expected=3)
    uploads.add_part(actor_for(other), upload.id, 1, ids(0, 3))
    uploads.finish_upload(actor_for(other), upload.id)
    assert len(kept()) == 1
    service.erase(None, other.id)
    assert kept() == []
    service.erase(None, employee_id)


def test_a_sketch_is_forgotten_after_its_time_and_so_is_an_upload_nobody_finished(
    program: Any, person: Employee
) -> None:
    give(program, ids(0, 100))
    start(program, 5)
    ambient.execute(text("UPDATE network_sketch SET uploaded_at = now() - interval '179 days'"))
    ambient.execute(text("UPDATE network_upload SET started_at = now() - interval '2 hours'"))
    assert uploads.forget_old() == 0
    assert ambient.execute(text("SELECT count(*) FROM network_upload")).scalar() == 0
    ambient.execute(text("UPDATE network_sketch SET uploaded_at = now() - interval '181 days'"))
    assert uploads.forget_old() == 1
    assert kept() == []
    assert uploads.kept_for() == timedelta(days=180)


def test_what_is_kept_is_in_ones_own_export_without_its_content(program: Any, person: Employee) -> None:
    actor = actor_for(person)
    give(program, ids(0, 100))
    (told,) = queries.own_data(actor)["network_sketches"]
    assert (told["network"], told["ids"]) == ("linkedin", 100)
    assert set(told) == {"network", "ids", "uploaded_at"}


def test_a_token_needs_the_scope(api: Any, person: Employee) -> None:
    reader = api(person, scopes=(Permission.PROFILE_READ,))
    assert reader.get(ROOT).status_code == 200
    assert reader.post(UPLOADS, json={"network": "linkedin", "expected": 5}).status_code == 403


def test_numbers_of_units_are_for_those_who_may_read_measurements_there(api: Any, person: Employee) -> None:
    north = make_unit("North").id
    assert api(person).get("/api/v1/unique-reach").status_code == 403
    executive = api(make_employee(), Role.EXECUTIVE)
    answer = executive.get("/api/v1/unique-reach")
    assert (answer.status_code, answer.get_json()["unique_people"]) == (200, None)
    assert answer.get_json()["reasons"]["unique_people"] == "not_collected"
    assert executive.get("/api/v1/unique-reach?network=email").status_code == 422
    root = queries.root_unit()
    assert root is not None
    whole = root.id
    limited = api(make_employee(), Role.EXECUTIVE, unit=queries.get_unit(north))
    assert limited.get(f"/api/v1/unique-reach?unit={north}").status_code == 200
    assert limited.get(f"/api/v1/unique-reach?unit={whole}").status_code == 404


def test_the_jobs_carry_an_upload_to_the_published_figure(program: Any, person: Employee) -> None:
    from workers import measurement

    root = queries.root_unit()
    assert root is not None
    unit_id = root.id
    give(program, ids(0, 300))
    for number in range(11):
        colleague = make_employee()
        give_consent(colleague, Purpose.TAKE_PART, Purpose.NETWORK_OVERLAP)
        actor = actor_for(colleague)
        upload = uploads.start_upload(actor, "linkedin", expected=300)
        uploads.add_part(actor, upload.id, 1, ids(number * 100, number * 100 + 300))
        uploads.finish_upload(actor, upload.id)
    measurement.merge_reach()
    assert ambient.execute(text("SELECT contributors FROM reach_union")).scalar() == 12
    measurement.publish_reach()
    measurement.publish_reach()
    measurement.forget_sketches()
    reader = actor_for(make_employee(), Role.EXECUTIVE)
    from advocacy.measurement.overlap import reading
    from advocacy.measurement.queries import visible_unit

    key = visible_unit(ambient.connection(), unit_id, visible_to=reader)
    answer = reading.unique_reach(ambient.connection(), unit_key=key)
    assert answer["gross"] == 3_600
    assert answer["unique_low"] <= 1_300 <= answer["unique_high"]
    assert answer["contributors"] == 10
