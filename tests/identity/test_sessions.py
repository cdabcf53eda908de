"""The session behind a cookie: new at sign-in, gone at once when it must be."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.identity import browser, service
from advocacy.identity.models import BrowserSession
from tests.factories.identity import PASSWORD, give_role, make_account, make_signed_in_actor
from tests.support.clients import Visitor


def is_asked_to_sign_in(response):
    return response.status_code == 401 or (response.status_code in {302, 303} and "sign-in" in response.location)


def cookie_of(client):
    found = client.get_cookie("session")
    return found.value if found is not None else None


def sign_in_with_password(client, account, password=PASSWORD):
    token = client.get("/probe/token").get_data(as_text=True)
    return client.post(f"/probe/sign-in/{account.email}", data={"password": password, "csrf_token": token})


def count_sessions(account):
    statement = select(func.count()).select_from(BrowserSession).where(BrowserSession.account_id == account.id)
    return ambient.scalar(statement)


def test_cookie_changes_when_somebody_signs_in(visitor):
    account = make_account(password=PASSWORD)
    visitor.get("/probe/visit")
    before = cookie_of(visitor)
    assert sign_in_with_password(visitor, account).status_code == 200
    after = cookie_of(visitor)
    assert before is not None
    assert after is not None
    assert after != before
    assert visitor.get("/probe/me").status_code == 200


def test_old_visitor_cookie_is_nobody_after_signing_in(probe_app, visitor):
    account = make_account(password=PASSWORD)
    visitor.get("/probe/visit")
    before = cookie_of(visitor)
    sign_in_with_password(visitor, account)
    thief = Visitor(probe_app)
    thief.set_cookie("session", before)
    assert is_asked_to_sign_in(thief.get("/probe/me"))


def test_signing_in_twice_gives_another_id_and_ends_the_first(visitor):
    account = make_account(password=PASSWORD)
    sign_in_with_password(visitor, account)
    first = cookie_of(visitor)
    sign_in_with_password(visitor, account)
    assert cookie_of(visitor) != first
    assert count_sessions(account) == 1


def test_visitors_leave_no_row(visitor):
    assert visitor.get("/probe/visit").get_data(as_text=True) == "1"
    assert visitor.get("/probe/visit").get_data(as_text=True) == "2"
    assert ambient.scalar(select(func.count()).select_from(BrowserSession)) == 0


def test_forged_visitor_cookie_is_empty(probe_app, visitor):
    visitor.get("/probe/visit")
    value = cookie_of(visitor)
    # Not the last one: of its bits some are padding, which no signature covers.
    visitor.set_cookie("session", value[:-2] + ("a" if value[-2] != "a" else "b") + value[-1])
    assert visitor.get("/probe/visit").get_data(as_text=True) == "1"


def test_visitor_cookie_cannot_name_an_account(probe_app, visitor, session):
    account = make_account()
    with probe_app.test_request_context():
        text = probe_app.session_interface._signer(probe_app).dumps({"_user_id": str(account.id), "_fresh": True})
    visitor.set_cookie("session", text)
    assert is_asked_to_sign_in(visitor.get("/probe/me"))


def test_only_the_hash_of_the_id_is_stored(probe):
    client = probe()
    row = ambient.scalar(select(BrowserSession))
    assert cookie_of(client).encode() not in row.id_hash
    assert len(row.id_hash) == 32
    assert cookie_of(client) not in str(row.data)


def test_cookie_is_closed_to_scripts_and_other_sites(visitor):
    header = visitor.get("/probe/visit").headers["Set-Cookie"]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "Path=/" in header
    assert "Domain" not in header


def test_cookie_is_dead_after_signing_out(probe, probe_app):
    client = probe()
    old = cookie_of(client)
    assert client.get("/probe/me").status_code == 200
    response = client.post("/probe/sign-out")
    assert response.status_code == 200
    assert "cache" in response.headers["Clear-Site-Data"]
    thief = Visitor(probe_app)
    thief.set_cookie("session", old)
    assert is_asked_to_sign_in(thief.get("/probe/me"))
    assert count_sessions(client.account) == 0


def test_cookie_is_dead_after_the_account_is_closed(probe):
    client = probe()
    service.deactivate(make_signed_in_actor(Role.ADMINISTRATOR), client.account.id)
    ambient.commit()
    assert is_asked_to_sign_in(client.get("/probe/me"))


def test_cookie_is_dead_after_the_password_changes(probe):
    client = probe()
    service.set_password(client.account, "quite another long phrase")
    ambient.commit()
    assert is_asked_to_sign_in(client.get("/probe/me"))


@pytest.mark.parametrize("gone", ["left", "erased"])
def test_cookie_is_dead_once_the_person_is_gone(probe, gone):
    client = probe()
    from advocacy.people.models import Employee

    person = ambient.get(Employee, client.account.employee_key)
    if gone == "left":
        person.left_on = clock.now().date() - timedelta(days=1)
    else:
        person.erased_at = clock.now()
    ambient.commit()
    assert is_asked_to_sign_in(client.get("/probe/me"))


def test_session_ends_after_eight_hours_of_rest(probe):
    client = probe()
    with time_machine.travel(clock.now() + timedelta(hours=8, minutes=1), tick=False):
        assert is_asked_to_sign_in(client.get("/probe/me"))


def test_session_ends_after_twelve_hours_of_work(probe):
    client, start = probe(), clock.now()
    for hours in (3, 6, 9, 11.9):
        with time_machine.travel(start + timedelta(hours=hours), tick=False):
            assert client.get("/probe/me").status_code == 200, hours
    with time_machine.travel(start + timedelta(hours=12, minutes=1), tick=False):
        assert is_asked_to_sign_in(client.get("/probe/me"))


def test_use_is_noted_at_most_once_a_minute(probe):
    client, start = probe(), clock.now()

    def seen():
        ambient.expire_all()
        return ambient.scalar(select(BrowserSession.last_seen_at))

    first = seen()
    with time_machine.travel(start + timedelta(seconds=30), tick=False):
        client.get("/probe/me")
        assert seen() == first
    with time_machine.travel(start + timedelta(seconds=90), tick=False):
        client.get("/probe/me")
        assert seen() > first


def test_new_rights_bring_a_new_id(probe):
    client = probe()
    before = cookie_of(client)
    service.grant_role(make_signed_in_actor(Role.ADMINISTRATOR), client.account.id, Role.ADMINISTRATOR)
    ambient.commit()
    assert client.get("/probe/admin").status_code == 200
    assert cookie_of(client) != before
    assert client.get("/probe/admin").status_code == 200


def test_a_session_that_ends_while_it_is_renewed_does_not_come_back(probe):
    client = probe()
    service.grant_role(make_signed_in_actor(Role.ADMINISTRATOR), client.account.id, Role.ADMINISTRATOR)
    ambient.commit()
    assert client.post("/probe/end-everywhere").status_code == 200
    assert count_sessions(client.account) == 0
    assert is_asked_to_sign_in(client.get("/probe/me"))


def test_of_two_requests_that_renew_one_session_one_brings_the_new_id(probe, probe_app, monkeypatch):
    client, other = probe(), Visitor(probe_app)
    before = cookie_of(client)
    other.set_cookie("session", before)
    service.grant_role(make_signed_in_actor(Role.ADMINISTRATOR), client.account.id, Role.ADMINISTRATOR)
    ambient.commit()
    stored = browser.Sessions._stored

    def overtaken(sessions, cookie):
        visit = stored(sessions, cookie)
        monkeypatch.setattr(browser.Sessions, "_stored", stored)
        assert other.get("/probe/admin").status_code == 200
        return visit

    monkeypatch.setattr(browser.Sessions, "_stored", overtaken)
    client.get("/probe/me")
    assert cookie_of(client) == before
    assert cookie_of(other) != before
    assert count_sessions(client.account) == 1


def test_nobody_is_signed_in_when_the_request_fails(visitor):
    make_account(email="fails@meridian.example")
    token = visitor.get("/probe/token").get_data(as_text=True)
    response = visitor.post("/probe/fails", data={"csrf_token": token})
    assert response.status_code == 500
    assert is_asked_to_sign_in(visitor.get("/probe/me"))


def test_own_sessions_are_listed_and_ended(probe, api):
    client = probe()
    program = api(client.account)
    listed = program.get("/api/v1/sessions").get_json()["data"]
    assert len(listed) == 1
    assert program.delete(f"/api/v1/sessions/{listed[0]['id']}").status_code == 204
    assert is_asked_to_sign_in(client.get("/probe/me"))


def test_sessions_of_others_cannot_be_ended(probe, api):
    client = probe()
    other = api()
    own = api(client.account).get("/api/v1/sessions").get_json()["data"][0]["id"]
    assert other.delete(f"/api/v1/sessions/{own}").status_code == 404
    assert client.get("/probe/me").status_code == 200


def test_cookies_are_nothing_to_the_api(app, sign_in):
    assert is_asked_to_sign_in(sign_in().get("/api/v1/account"))


def test_tokens_are_nothing_to_pages(probe_app, api):
    program = api()
    response = Visitor(probe_app).get("/probe/me", headers={"Authorization": f"Bearer {program.token}"})
    assert is_asked_to_sign_in(response)


def test_route_that_declares_nothing_is_closed(probe):
    assert is_asked_to_sign_in(probe().get("/probe/undeclared"))


def test_role_in_a_unit_reaches_what_is_below(session):
    from tests.factories.people import make_unit

    root = make_unit("Root")
    upper, lower = make_unit("Upper", parent=root), None
    lower = make_unit("Lower", parent=upper)
    other = make_unit("Other", parent=root)
    account = make_account(None)
    give_role(account, Role.CURATOR, upper)
    grant = next(grant for grant in service.actor_of(account).grants if grant.role is Role.CURATOR)
    assert grant.covers(upper.key)
    assert grant.covers(lower.key)
    assert not grant.covers(other.key)
    assert not grant.covers(root.key)
    assert not grant.covers(None)


def test_expired_rows_are_forgotten(probe):
    probe()
    assert service.forget_expired() == 0
    assert service.forget_expired(clock.now() + browser.ABSOLUTE) == 1
