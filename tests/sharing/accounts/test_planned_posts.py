"""A planned share that is posted at its moment: word for word as it was seen, once, or its author is told why not."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select

from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.notifications.models import Kind, Notification
from advocacy.people.models import Employee, Purpose
from advocacy.people.service import withdraw_consent
from advocacy.sharing import planned_posts, planning, reminding
from advocacy.sharing.account_models import NetworkPost, PostState, Press
from advocacy.sharing.accounts.access import change_access
from advocacy.sharing.models import Share, ShareState
from advocacy.sharing.plan_models import PlannedShare, PlanState
from tests.factories.content import make_actor, make_live_item
from tests.sharing.accounts.conftest import connect, press_button, send
from tests.support.html import checked_page
from workers import sharing as work

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=BERLIN)
AT_TWO = datetime(2026, 11, 26, 14, 0, tzinfo=BERLIN)
WORDS = "I work at Meridian Works. I was there that night."


@pytest.fixture
def frozen(session):
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def connected(frozen, networks, advocate):
    connect(advocate, networks.mastodon, "mastodon")
    return advocate


def plan(actor, item, *, text=WORDS, at=AT_TWO, **more):
    return planning.plan_share(
        actor, item_id=item.id, network_key="mastodon", text=text, planned_for=at, **{"posts": True, **more}
    )


def come_due(frozen, at=AT_TWO, *, works=True):
    ambient.commit()
    frozen.move_to(at)
    reminding.remind_due()
    ambient.flush()
    handed_over = select(PlannedShare.id).where(
        PlannedShare.state == PlanState.PLANNED, PlannedShare.posted_text.is_not(None), PlannedShare.due_at.is_not(None)
    )
    for plan_id in ambient.scalars(handed_over).all() if works else ():
        work.post_planned(str(plan_id))
        work.post_planned(str(plan_id))
    ambient.commit()


def posts():
    return list(ambient.scalars(select(NetworkPost).execution_options(populate_existing=True)))


def again(planned):
    return {
        "network_key": "mastodon",
        "text": planned.text,
        "planned_for": planned.planned_for,
        "server": "mastodon.example",
    }


def plain_reminder(planned):
    return reminding._said(str, planned)


def told(actor):
    rows = select(Notification).where(Notification.employee_key == actor.employee_key).order_by(Notification.created_at)
    return [(line.kind, line.details.get("was_to_be_posted", False)) for line in ambient.scalars(rows)]


def test_it_goes_out_once_at_its_moment_word_for_word_and_its_author_is_told(frozen, networks, connected):
    planned = plan(connected, make_live_item())
    come_due(frozen, AT_TWO - timedelta(minutes=1))
    assert posts() == []
    come_due(frozen)
    come_due(frozen, AT_TWO + timedelta(minutes=1))
    (post,) = posts()
    assert (post.press, planned.state) == (Press.PLAN, PlanState.SHARED)
    assert told(connected) == [], "nothing to tell before it is out"
    assert send(post).state is PostState.POSTED
    send(post)
    (sent,) = networks.mastodon.posts.values()
    assert WORDS in sent["status"]
    share = ambient.scalars(select(Share)).one()
    assert (share.text, share.state) == (planned.posted_text, ShareState.EVIDENCED)
    assert told(connected) == [(Kind.POST_MADE, False)]


def test_a_press_of_the_button_is_not_told_of_as_well(frozen, networks, connected):
    assert send(press_button(connected, "mastodon")).state is PostState.POSTED
    assert told(connected) == []


def test_what_the_rules_add_is_what_was_seen_and_goes_out_with_it(frozen, networks, connected):
    planned = plan(connected, make_live_item(), text="I was there that night.")
    assert planned.posted_text != planned.text
    come_due(frozen)
    send(posts()[0])
    (sent,) = networks.mastodon.posts.values()
    assert planned.posted_text in sent["status"]


@pytest.mark.parametrize(
    "what", ["account gone", "another account", "network off", "other words wanted", "too late", "other version"]
)
def test_what_cannot_go_out_as_it_was_seen_reminds_and_says_so(frozen, networks, connected, what):
    item = make_live_item()
    planned = plan(connected, item)
    due = AT_TWO
    if what == "account gone":
        withdraw_consent(connected, Purpose.CONNECTED_ACCOUNT, source="test")
    elif what == "another account":
        connect(connected, networks.mastodon, "mastodon", subject="77")
    elif what == "network off":
        administrator = make_actor(Role.ADMINISTRATOR)
        change_access(administrator, "mastodon", is_on=False, seen_version=1, knows_terms=True)
    elif what == "other words wanted":
        planned.posted_text = "What the rules of that day would have made of it."
    elif what == "too late":
        due = AT_TWO + timedelta(minutes=31)
    else:
        planned.posted_version_id = make_live_item().live_version_id
    ambient.flush()
    come_due(frozen, due)
    assert posts() == []
    assert ambient.scalars(select(Share)).all() == [], "nothing half done is left"
    assert (planned.state, planned.share_key, planned.text) == (PlanState.REMINDED, None, WORDS)
    assert (Kind.SHARE_PLANNED, True) in told(connected)


def test_two_taps_are_one_plan_and_a_sheet_left_open_posts_nothing_again(frozen, networks, connected, sign_in):
    item = make_live_item()
    planned = plan(connected, item)
    assert plan(connected, item).id == planned.id
    lines = plan(connected, item, text="I work at Meridian Works.\r\nI was there. ")
    assert plan(connected, item, text="I work at Meridian Works.\r\nI was there. ").id == lines.id
    planning.cancel_plan(connected, lines.id)
    other = plan(connected, item, at=AT_TWO + timedelta(hours=1))
    assert other.id != planned.id
    come_due(frozen)
    browser = sign_in(ambient.get_one(Employee, connected.employee_key))
    form = {"network": "mastodon", "text": WORDS, "plan": str(planned.id), "planned_for": "2026-11-26T16:00"}
    for address in ("post", "plan", "share"):
        answer = browser.post(f"/items/{item.id}/{address}", data={**form, "posts": "yes"})
        assert "went out meanwhile" in checked_page(answer, 409).words(), address
    assert len(posts()) == 1
    with pytest.raises(Conflict):
        planning.cancel_plan(connected, planned.id)
    assert "handed over to go out" in checked_page(browser.get(f"/planned/{planned.id}")).words()


def test_a_plan_whose_account_is_gone_says_that_it_reminds(frozen, networks, connected, sign_in):
    plan(connected, make_live_item())
    withdraw_consent(connected, Purpose.CONNECTED_ACCOUNT, source="test")
    page = checked_page(sign_in(ambient.get_one(Employee, connected.employee_key)).get("/planned"))
    assert "account gone: we remind you" in page.words()


def test_what_no_worker_posts_within_ten_minutes_reminds(frozen, networks, connected, recorded_jobs):
    planned = plan(connected, make_live_item())
    come_due(frozen, works=False)
    come_due(frozen, AT_TWO + timedelta(minutes=9), works=False)
    assert recorded_jobs.arguments("sharing.post_planned") == [{"plan_id": str(planned.id)}]
    assert (planned.state, told(connected)) == (PlanState.PLANNED, [])
    come_due(frozen, AT_TWO + timedelta(minutes=11), works=False)
    assert (planned.state, told(connected)) == (PlanState.REMINDED, [(Kind.SHARE_PLANNED, True)])
    work.post_planned(str(planned.id))
    assert posts() == [], "who comes too late does nothing"


def test_a_plan_changed_after_it_was_handed_over_is_left_alone(frozen, networks, connected):
    planned = plan(connected, make_live_item())
    come_due(frozen, works=False)
    later = AT_TWO + timedelta(hours=2)
    words = {"network_key": "mastodon", "text": WORDS, "posts": True}
    planning.change_plan(connected, planned.id, planned_for=later, **words)
    work.post_planned(str(planned.id))
    assert (posts(), planned.state) == ([], PlanState.PLANNED)
    come_due(frozen, later)
    assert len(posts()) == 1


def test_nobody_plans_a_post_without_an_account(frozen, networks, advocate):
    with pytest.raises(Invalid) as refused:
        plan(advocate, make_live_item())
    assert refused.value.problems[0].pointer == "posts"
    assert "Connect your Mastodon account" in refused.value.problems[0].detail


def test_a_plan_that_was_changed_only_reminds_unless_asked_again(frozen, networks, connected):
    planned = plan(connected, make_live_item())
    changed = planning.change_plan(
        connected,
        planned.id,
        network_key="mastodon",
        text="Other words. I work at Meridian Works.",
        planned_for=AT_TWO,
        server="mastodon.example",
    )
    assert (changed.posts, changed.posted_version_id) == (False, None)
    come_due(frozen)
    assert posts() == []
    assert told(connected) == [(Kind.SHARE_PLANNED, False)]


def test_cancelled_or_withdrawn_nothing_goes_out(frozen, networks, connected):
    planning.cancel_plan(connected, plan(connected, make_live_item()).id)
    plan(connected, make_live_item())
    withdraw_consent(connected, Purpose.TAKE_PART, source="test")
    come_due(frozen)
    assert posts() == []


def test_after_a_restore_what_may_be_out_already_only_reminds(frozen, networks, connected):
    past = plan(connected, make_live_item())
    later = plan(connected, make_live_item(), at=AT_TWO + timedelta(hours=3))
    ambient.commit()
    frozen.move_to(AT_TWO + timedelta(minutes=2))
    assert planned_posts.post_none_after_restore() == 2
    assert planned_posts.post_none_after_restore() == 0
    assert [(one.posts, one.may_be_out) for one in (past, later)] == [(False, True), (False, True)]
    come_due(frozen, AT_TWO + timedelta(minutes=3))
    assert posts() == []
    assert past.state is PlanState.REMINDED
    (line,) = ambient.scalars(select(Notification).where(Notification.kind == Kind.SHARE_PLANNED))
    assert line.details["may_be_out"]
    assert "may be out already" in plain_reminder(past)
    (reminding_again,) = [planning.change_plan(connected, later.id, **again(later))]
    assert not reminding_again.may_be_out, "its author has looked"


def test_it_is_asked_for_on_the_sheet_and_seen_among_what_is_planned(frozen, networks, connected, sign_in):
    item = make_live_item()
    person = ambient.get_one(Employee, connected.employee_key)
    path = f"/items/{item.id}"
    browser = sign_in(person)
    assert "Post it then as" in checked_page(browser.get(f"{path}/share?network=mastodon")).words()
    asked = {"network": "mastodon", "text": WORDS, "planned_for": "2026-11-26T14:00", "posts": "yes"}
    assert browser.post(f"{path}/plan", data=asked).status_code == 302
    words = checked_page(browser.get("/planned")).words()
    assert "goes out by itself" in words
    assert WORDS in words
    refused = browser.post(f"{path}/plan", data={**asked, "network": "linkedin"})
    assert "Connect your LinkedIn account first" in checked_page(refused, 422).words()


def test_the_same_through_the_api(frozen, networks, connected, api):
    item = make_live_item()
    program = api(ambient.get_one(Employee, connected.employee_key))
    asked = {"item_id": str(item.id), "network": "mastodon", "text": WORDS, "planned_for": "2026-11-26T14:00:00+01:00"}
    made = program.post("/api/v1/planned-shares", json={**asked, "posts": True})
    assert (made.status_code, made.json["posts"], made.json["posted_text"]) == (201, True, WORDS)
    reminding = program.post("/api/v1/planned-shares", json={**asked, "server": "mastodon.example"})
    assert (reminding.status_code, reminding.json["posts"], reminding.json["posted_text"]) == (201, False, None)
    refused = program.post("/api/v1/planned-shares", json={**asked, "network": "linkedin", "posts": True})
    assert (refused.status_code, refused.json["code"]) == (422, "invalid")
