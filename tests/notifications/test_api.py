"""Notifications by program: the list, marking read, choices with their version, everything off."""

from advocacy.foundation.rest import require_match
from advocacy.notifications import service
from tests.factories.notifications import make_notification
from tests.factories.people import make_advocate

CHOICES = {
    "off": ["in_app:answers"],
    "digest_days": [1, 3],
    "digest_hour": 8,
    "quiet_from": 18,
    "quiet_until": 7,
    "most_a_day": 2,
    "most_a_week": 4,
    "time_zone": "Europe/Madrid",
}


def test_the_list_is_ones_own_and_newest_first(api):
    person = make_advocate()
    first, second = make_notification(person), make_notification(person, details={"title": "<b>Two</b>"})
    make_notification()
    ids = [str(second.id), str(first.id)]
    program = api(person)
    answer = program.get("/api/v1/me/notifications").json
    assert [row["id"] for row in answer["data"]] == ids
    assert answer["data"][0]["title"] == "<b>Two</b>"
    assert answer["data"][0]["path"].startswith("/items/")
    one = program.get("/api/v1/me/notifications?limit=1").json
    rest = program.get(f"/api/v1/me/notifications?limit=1&cursor={one['next_cursor']}").json
    assert [one["data"][0]["id"], rest["data"][0]["id"]] == ids


def test_reading_is_told_and_filters_the_list(api):
    person = make_advocate()
    first, second = make_notification(person), make_notification(person)
    first_id, second_id = str(first.id), str(second.id)
    program = api(person)
    assert program.post("/api/v1/me/notifications/read", json={"ids": [first_id]}).json == {"unread": 1}
    assert [row["id"] for row in program.get("/api/v1/me/notifications?unread=true").json["data"]] == [second_id]
    assert program.post("/api/v1/me/notifications/read", json={}).json == {"unread": 0}


def test_choices_are_changed_only_by_who_knows_them(api):
    program = api()
    read = program.get("/api/v1/me/notification-preferences")
    assert read.json["digest_days"] == [2, 4]
    path = "/api/v1/me/notification-preferences"
    assert program.put(path, json=CHOICES).status_code == 428
    kept = program.put(path, json=CHOICES, headers={"If-Match": read.headers["ETag"]})
    assert kept.status_code == 200
    assert {name: kept.json[name] for name in CHOICES} == CHOICES
    assert program.put(path, json=CHOICES, headers={"If-Match": read.headers["ETag"]}).status_code == 412
    refused = program.put(path, json=CHOICES | {"digest_hour": 19}, headers={"If-Match": kept.headers["ETag"]})
    assert refused.status_code == 422
    assert refused.json["errors"][0]["pointer"].strip("/") == "digest_hour"


def test_a_no_that_comes_between_is_not_overwritten(api, monkeypatch):
    person = make_advocate()
    key, program, path = person.key, api(person), "/api/v1/me/notification-preferences"
    etag = program.get(path).headers["ETag"]

    def stopped_meanwhile(version):
        require_match(version)
        service.mute(key, "mail:suggestions")

    monkeypatch.setattr("advocacy.notifications.api.require_match", stopped_meanwhile)
    assert program.put(path, json=CHOICES, headers={"If-Match": etag}).status_code == 412


def test_everything_is_off_in_one_call_and_on_in_another(api):
    program = api()
    assert program.put("/api/v1/me/notifications-off").json["everything_off_at"] is not None
    assert program.delete("/api/v1/me/notifications-off").json["everything_off_at"] is None


def test_account_without_an_employee_has_no_list(app, session):
    from advocacy.foundation.access import Role
    from tests.factories.identity import give_role, make_service_account
    from tests.support.clients import make_program

    account = make_service_account()
    give_role(account, Role.EMPLOYEE)
    assert make_program(app, account).get("/api/v1/me/notifications").status_code == 403
