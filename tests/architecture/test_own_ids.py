"""What belongs to one person is not there for anybody else, whatever their roles: generated from the routes."""

import re
from difflib import unified_diff

import pytest
from limits import RateLimitItemPerMinute

from advocacy.content.sources.suggesting import suggest
from advocacy.conversations.models import ConversationKind, Outcome
from advocacy.conversations.service import log_conversation
from advocacy.foundation import ratelimit
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.identity import queries
from advocacy.notifications.models import PushSubscription
from advocacy.people.models import Purpose
from advocacy.sharing.account_models import AccountAuthorization
from tests.factories.content import make_live_item
from tests.factories.identity import make_account, make_api_token
from tests.factories.notifications import make_notification
from tests.factories.people import actor_for, give_consent, make_advocate
from tests.factories.sharing import make_plan, make_share, tomorrow_noon
from tests.support.clients import Visitor, sign_in_browser

BODIES = {
    "confirm": {},
    "engagement": {"impressions": 5},
    "posted": {},
    "answer": {"is_there": True},
    "<uuid:plan_id>": {"network": "linkedin", "text": "Mine now.", "planned_for": "2030-01-01T12:00:00Z"},
}


@pytest.fixture
def owned(session):
    """Return the ids of one person's things by the name routes give them, and words that only that person knows."""
    owner = make_advocate()
    share = make_share(employee=owner, text="I work at Meridian Works. Only I know this.").share
    conversation = log_conversation(
        actor_for(owner),
        kind=ConversationKind.PROSPECT,
        outcome=next(iter(Outcome)),
        share_id=share.id,
        note="Only I know this.",
    )
    account = make_account(owner)
    make_api_token(account)
    (token,) = queries.tokens_of(actor_for_account(account))
    line = make_notification(owner, details={"title": "Only I know this."})
    plan = make_plan(owner, make_live_item(), tomorrow_noon(), text="Only I know this.")
    suggestion = suggest(actor_for(owner), url="https://news.example/bridge", why="Worth reading")
    browser = PushSubscription(employee_key=owner.key, endpoint_hash=b"0" * 32, sealed=b"0", device="Only I know this.")
    session.add(browser)
    give_consent(owner, Purpose.CONNECTED_ACCOUNT)
    attempt = AccountAuthorization(
        employee_key=owner.key,
        network=2,
        server="only-i-know-this.example",
        browser_hash=b"0" * 32,
        reads_numbers=False,
        reads_followers=False,
    )
    session.add(attempt)
    session.flush()
    ids = {
        "share_id": share.id,
        "conversation_id": conversation.id,
        "token_id": token.id,
        "notification_id": line.id,
        "subscription_id": browser.id,
        "suggestion_id": suggestion.id,
        "authorization_id": attempt.id,
        "plan_id": plan.id,
    }
    return {name: str(value) for name, value in ids.items()}


def actor_for_account(account):
    from advocacy.identity.service import actor_of

    return actor_of(account)


def test_nobody_reaches_what_is_somebody_elses(app, session, owned, monkeypatch):
    monkeypatch.setattr(ratelimit, "API_PER_ACCOUNT", RateLimitItemPerMinute(10_000))
    nosy = make_advocate()
    account = make_account(nosy, *Role)
    program, token = Visitor(app, use_cookies=False), make_api_token(account)
    browser = sign_in_browser(app, account)
    tried = set()
    for rule in app.url_map.iter_rules():
        named = {name for name in rule.arguments if name in owned}
        if not named:
            continue
        address = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", lambda found: owned.get(found[1], "nothing"), rule.rule)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            body = BODIES.get(rule.rule.rsplit("/", 1)[-1], {})
            if rule.rule.startswith("/api/"):
                headers = {"Authorization": f"Bearer {token}"}
                answer = program.open(address, method=method, json=body if method != "GET" else None, headers=headers)
            else:
                answer = browser.open(address, method=method, data=body)
            tried |= named
            where = f"{method} {rule.rule}: {answer.status_code}"
            assert answer.status_code == 404, where
            assert "Only I know this" not in answer.get_data(as_text=True), where
    assert tried == set(owned)


def test_no_page_or_list_of_anybody_shows_what_one_person_did(app, session, owned, monkeypatch):
    """Every page without an id, as somebody with every role: no text, no id and no note of another person."""
    monkeypatch.setattr(ratelimit, "API_PER_ACCOUNT", RateLimitItemPerMinute(10_000))
    account = make_account(make_advocate(), *Role)
    program, token = Visitor(app, use_cookies=False), make_api_token(account)
    browser = sign_in_browser(app, account)
    for rule in app.url_map.iter_rules():
        if rule.arguments or "GET" not in rule.methods:
            continue
        if rule.rule.startswith("/api/"):
            answer = program.get(rule.rule, headers={"Authorization": f"Bearer {token}"})
        else:
            answer = browser.get(rule.rule)
        text = answer.get_data(as_text=True)
        # That a token was made is audited, by its id: that is a matter of security, and tells of no activity.
        for secret in ("Only I know this", owned["share_id"], owned["conversation_id"]):
            assert secret not in text, f"{rule.rule} shows {secret}"


def test_people_pages_are_the_same_whether_somebody_takes_part_or_not(app, session):
    """An administrator cannot tell from one person's page, nor from the list, what that person agreed to."""
    silent, loud = make_advocate(name="Robin"), make_advocate(name="Robin")
    from advocacy.people.service import withdraw_consent

    withdraw_consent(actor_for(silent), Purpose.TAKE_PART, source="test")
    make_share(employee=loud, confirmed=True)
    ambient.flush()
    known = {}
    administrator = sign_in_browser(app, None, Role.ADMINISTRATOR, Role.EXECUTIVE, Role.CURATOR, Role.RECRUITER)
    for person in (silent, loud):
        own = (str(person.id), str(person.external_id), str(person.email))
        for path in (f"/people/{person.id}", f"/people?text={person.external_id}"):
            text = administrator.get(path).get_data(as_text=True)
            text = re.sub(r'nonce="[^"]+"|name="csrf_token" value="[^"]+"|name="csrf-token" content="[^"]+"', "", text)
            for told in own:  # whole words only: a short one may stand in an asset's hashed name
                text = re.sub(rf"(?<!\w){re.escape(told)}(?!\w)", "…", text)
            known.setdefault(path.split("?")[0].replace(own[0], "…"), set()).add(text)
    for path, texts in known.items():
        one, *others = [text.splitlines() for text in texts]
        for other in others:
            pytest.fail(f"{path} differs: " + "\n".join(unified_diff(one, other, n=0, lineterm="")))
