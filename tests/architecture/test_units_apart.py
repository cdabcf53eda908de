"""Who works for one unit sees nothing of another on any page and in any list: generated from the routes."""

import pytest
from limits import RateLimitItemPerMinute

from advocacy.foundation import ratelimit
from advocacy.foundation.access import Role
from advocacy.identity.service import actor_of
from advocacy.recruiting.models import Opening
from tests.factories.content import make_item
from tests.factories.identity import make_account, make_api_token
from tests.factories.people import make_employee, make_policy, make_unit
from tests.support.clients import Visitor, sign_in_browser

MARK = "Elsewhere-7f3a"
# The names of units are no secret inside an organisation; what happens in them is.
NAMES_ONLY = {"/api/v1/units"}


@pytest.mark.parametrize("role", list(Role))
def test_no_page_and_no_list_shows_another_unit(app, session, monkeypatch, role):
    monkeypatch.setattr(ratelimit, "API_PER_ACCOUNT", RateLimitItemPerMinute(10_000))
    make_policy()
    root = make_unit("Meridian Works")
    ours, theirs = make_unit("Ours", parent=root), make_unit(f"{MARK} unit", parent=root)
    for number in range(7):
        make_account(make_employee(theirs, name=f"{MARK} {number}", email=f"{MARK}-{number}@meridian.example"))
        make_employee(ours)
    writer = make_account(make_employee(theirs, name=f"{MARK} writer"), Role.CURATOR)
    texts = {"en": {"title": f"{MARK} item", "summary": "Two sentences."}}
    make_item(author=actor_of(writer), unit_id=theirs.id, texts=texts)
    session.add(Opening(reference=f"{MARK}-1", title=f"{MARK} opening", unit_key=theirs.key))
    session.flush()
    account = make_account(make_employee(ours), role, unit=ours)
    program, token = Visitor(app, use_cookies=False), make_api_token(account)
    browser = sign_in_browser(app, account)
    for rule in app.url_map.iter_rules():
        if rule.arguments or "GET" not in rule.methods or rule.rule in NAMES_ONLY:
            continue
        if rule.rule.startswith("/api/"):
            answer = program.get(rule.rule, headers={"Authorization": f"Bearer {token}"})
        else:
            answer = browser.get(rule.rule, query_string={"text": MARK[:5]} if rule.rule == "/people" else {})
        assert answer.status_code < 500, rule.rule
        assert MARK not in answer.get_data(as_text=True), f"{rule.rule} shows another unit to a local {role.value}"
