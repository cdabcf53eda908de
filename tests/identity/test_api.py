"""The JSON API of accounts."""

from advocacy.foundation.access import Permission, Role
from tests.factories.identity import PASSWORD, make_account


def test_me_tells_who_the_token_stands_for(api):
    program = api()
    response = program.get("/api/v1/account")
    assert response.status_code == 200
    assert response.get_json()["email"] == program.account.email
    assert response.get_json()["roles"] == ["employee"]


def test_accounts_come_in_pages_that_leave_nothing_out(api):
    from tests.factories.identity import make_service_account

    made = {str(make_service_account().id) for _ in range(5)}
    program = api(None, Role.ADMINISTRATOR)
    seen, cursor, pages = [], None, 0
    while True:
        answer = program.get("/api/v1/accounts", query_string={"limit": 2, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200
        seen += [row["id"] for row in answer.get_json()["data"]]
        cursor, pages = answer.get_json()["next_cursor"], pages + 1
        assert ("Link" in answer.headers) == (cursor is not None)
        if cursor is None:
            break
    assert pages == 3
    assert len(seen) == len(set(seen))
    assert made < set(seen)


def test_a_token_does_not_become_a_way_in_by_choosing_the_first_password(api):
    new = "four quiet words at dawn"
    narrow = api(make_account(), scopes=(Permission.PROFILE_WRITE,))
    refused = narrow.put("/api/v1/account/password", json={"old": "", "new": new})
    assert refused.status_code in {403, 422}
    refused = narrow.put("/api/v1/account/password", json={"old": "x", "new": new})
    assert (refused.status_code, refused.get_json()["code"]) == (403, "browser_needed")
    known = api(make_account(password=PASSWORD), scopes=(Permission.PROFILE_WRITE,))
    assert known.put("/api/v1/account/password", json={"old": PASSWORD, "new": new}).status_code == 204
