"""Who has to read what: rules, desks, due times."""

from datetime import timedelta

import pytest
import time_machine

from advocacy.content import bulk, campaigns, queries, reviewing, service
from advocacy.content.bulk_orders import BulkAction, BulkOrder
from advocacy.content.models import Decision, ItemKind, ItemState
from advocacy.content.review_models import Business
from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, Invalid, NotPermitted
from advocacy.identity.models import RoleGrant
from advocacy.notifications.models import Notification
from tests.factories.content import approve, make_actor, make_item, make_live_item
from tests.factories.people import make_topic, make_unit
from workers import content as jobs


@pytest.fixture
def curator(session):
    make_unit("Meridian Works")
    return make_actor(Role.CURATOR)


@pytest.fixture
def administrator(session):
    return make_actor(Role.ADMINISTRATOR)


def submitted(curator, **fields):
    item = make_item(author=curator, **fields)
    return service.submit_item(curator, item.id)


def asked(item):
    return reviewing.find_request(item.current_version_id)


def test_a_rule_of_two_approvers_needs_two_different_people(curator, administrator):
    reviewing.add_rule(administrator, name="Two", approvals=2)
    item, first = submitted(curator), make_actor(Role.APPROVER)
    approve(item, approver=first)
    assert item.state is ItemState.IN_REVIEW
    with pytest.raises(Conflict):
        approve(item, approver=first)
    approve(item)
    assert item.state is ItemState.LIVE


def test_asking_for_changes_takes_the_earlier_approval_back(curator, administrator):
    reviewing.add_rule(administrator, name="Two", approvals=2)
    item = submitted(curator)
    approve(item)
    seen = queries.current_version(item).hash.hex()
    service.decide(
        make_actor(Role.APPROVER), item.id, decision=Decision.CHANGES_REQUESTED, seen_hash=seen, reason="Shorter."
    )
    service.submit_item(curator, item.id)
    approve(item)
    assert item.state is ItemState.IN_REVIEW


def test_two_approvers_are_enough_after_changes_were_asked_for(curator, administrator):
    """Whoever approved before may approve the same words again, once they were sent on anew."""
    reviewing.add_rule(administrator, name="Two", approvals=2)
    item = submitted(curator)
    one, other = make_actor(Role.APPROVER), make_actor(Role.APPROVER)
    approve(item, approver=one)
    seen = queries.current_version(item).hash.hex()
    service.decide(other, item.id, decision=Decision.CHANGES_REQUESTED, seen_hash=seen, reason="Shorter.")
    service.submit_item(curator, item.id)
    approve(item, approver=one)
    with pytest.raises(Conflict):
        approve(item, approver=one)
    approve(item, approver=other)
    assert item.state is ItemState.LIVE


def test_what_comes_back_with_a_later_end_is_approved_anew_by_the_same_person(curator):
    item, approver = submitted(curator), make_actor(Role.APPROVER)
    approve(item, approver=approver)
    service.expire_item(curator, item.id)
    later = clock.now() + timedelta(days=9)
    service.change_item(curator, item.id, seen_version=item.row_version, expires_at=later)
    service.submit_item(curator, item.id)
    assert (item.state, reviewing.standing_of(queries.current_version(item)).has) == (ItemState.IN_REVIEW, 0)
    approve(item, approver=approver)
    assert item.state is ItemState.LIVE


def test_a_desk_has_to_be_among_the_approvers_and_a_deputy_may_decide(curator, administrator):
    legal, deputy = make_actor(Role.APPROVER), make_actor(Role.APPROVER)
    reviewing.add_rule(
        administrator,
        name="Law",
        approvals=1,
        words=["class action"],
        desk="Legal",
        desk_account_ids=[legal.account_id],
        deputy_account_ids=[deputy.account_id],
    )
    item = submitted(curator, texts={"en": {"title": "A Class  Action and us", "summary": ""}})
    approve(item)
    assert reviewing.standing_of(queries.current_version(item)).missing_desks == ("Legal",)
    approve(item, approver=deputy)
    assert item.state is ItemState.LIVE
    plain = submitted(curator, texts={"en": {"title": "A class actions nothing", "summary": ""}})
    assert asked(plain).desks == []


def test_what_says_nothing_about_the_business_may_go_out_at_once_but_a_product_never(curator, administrator):
    rule = reviewing.add_rule(
        administrator, name="People", approvals=0, kinds=[ItemKind.ARTICLE], business=Business.NON_BUSINESS
    )
    assert submitted(curator, is_non_business=True).state is ItemState.LIVE
    later = make_item(author=curator, is_non_business=True, live_from=clock.now() + timedelta(hours=1))
    service.submit_item(curator, later.id)
    assert later.state is ItemState.SCHEDULED
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        assert service.advance_items() == 1
    assert submitted(curator, is_non_business=True, is_product=True).state is ItemState.IN_REVIEW
    assert submitted(curator).state is ItemState.IN_REVIEW
    reviewing.end_rule(administrator, rule.id)
    assert submitted(curator, is_non_business=True).state is ItemState.IN_REVIEW


def test_the_strictest_of_the_rules_that_apply_counts(curator, administrator):
    topic = make_topic("Law")
    reviewing.add_rule(administrator, name="None", approvals=0)
    reviewing.add_rule(administrator, name="Topic", approvals=2, topic_ids=[topic.id], due_hours=4)
    reviewing.add_rule(administrator, name="France", approvals=3, countries=["FR"])
    item = submitted(curator, topic_ids=[topic.id], audience={"countries": ["DE"]})
    assert asked(item).approvals == 2
    assert asked(item).due_at - asked(item).requested_at == timedelta(hours=4)
    assert [rule["name"] for rule in asked(item).rules] == ["None", "Topic"]
    assert asked(submitted(curator)).approvals == 3  # meant for everybody, so for France as well


def legal_rule(administrator, **asks):
    """Put a rule in force that wants Legal, and return who decides there."""
    legal = make_actor(Role.APPROVER)
    members = {"desk": "Legal", "desk_account_ids": [legal.account_id]}
    reviewing.add_rule(administrator, **{"name": "Law", "approvals": 1, **members, **asks})
    return legal


@pytest.mark.parametrize(
    ("audience", "is_asked"),
    [
        ({"countries": ["FR"]}, False),
        ({"countries": ["FR"], "languages": ["de"]}, False),
        ({"countries": ["FR", "DE"]}, True),
        ({"countries": ["FR"], "match": "any"}, False),
        ({"countries": ["FR"], "languages": ["de"], "match": "any"}, True),
        ({"countries": ["FR"], "roles": ["engineer"], "match": "any"}, True),
        ({"languages": ["de"]}, True),
    ],
)
def test_a_rule_about_a_country_reads_whatever_can_reach_somebody_there(curator, administrator, audience, is_asked):
    legal_rule(administrator, countries=["DE"])
    assert bool(asked(submitted(curator, audience=audience)).desks) is is_asked


def test_somebody_of_another_unit_in_any_country_is_reached(curator, administrator):
    legal, sales = legal_rule(administrator, countries=["DE"]), make_unit("Sales")
    item = submitted(curator, audience={"countries": ["FR"], "unit_ids": [sales.id], "match": "any"})
    approve(item)
    assert item.state is ItemState.IN_REVIEW
    approve(item, approver=legal)
    assert item.state is ItemState.LIVE


def test_a_topic_added_in_review_is_asked_about_anew(curator, administrator):
    topic, other = make_topic("Finance"), make_topic("Canteen")
    legal = legal_rule(administrator, topic_ids=[topic.id])
    item = submitted(curator)
    since = asked(item).requested_at
    service.change_item(curator, item.id, seen_version=item.row_version, topic_ids=[other.id])
    assert asked(item).requested_at == since  # no rule is about it: what was approved so far stays
    service.change_item(curator, item.id, seen_version=item.row_version, topic_ids=[topic.id])
    approve(item)
    assert item.state is ItemState.IN_REVIEW
    approve(item, approver=legal)
    assert item.state is ItemState.LIVE


def test_a_topic_that_needs_no_review_takes_nothing_out_of_review(curator, administrator):
    topic = make_topic("Culture")
    reviewing.add_rule(administrator, name="Culture", approvals=0, topic_ids=[topic.id])
    item = submitted(curator)
    service.change_item(curator, item.id, seen_version=item.row_version, topic_ids=[topic.id])
    assert (item.state, asked(item).approvals) == (ItemState.IN_REVIEW, 1)
    approve(item)
    assert item.state is ItemState.LIVE


def test_what_people_see_gets_no_topic_that_asks_for_somebody_who_did_not_read_it(curator, administrator):
    topic = make_topic("Finance")
    legal = legal_rule(administrator, topic_ids=[topic.id])
    item = make_live_item(author=curator)
    for more in ({}, {"texts": {"en": {"title": "Other words", "summary": ""}}}):
        with pytest.raises(Conflict, match="“Law”"), ambient.begin_nested():
            service.change_item(curator, item.id, seen_version=item.row_version, topic_ids=[topic.id], **more)
        ambient.refresh(item)
    service.change_item(
        curator, item.id, seen_version=item.row_version, texts={"en": {"title": "Other words", "summary": ""}}
    )
    service.submit_item(curator, item.id)
    approve(item, approver=legal)
    service.change_item(curator, item.id, seen_version=item.row_version, topic_ids=[topic.id])
    assert (item.state, item.topic_keys) == (ItemState.LIVE, [topic.key])


def test_a_scheduled_item_gets_such_a_topic_with_a_new_version(curator, administrator):
    topic = make_topic("Finance")
    legal_rule(administrator, topic_ids=[topic.id])
    item = make_live_item(author=curator, live_from=clock.now() + timedelta(days=1))
    with pytest.raises(Conflict, match="new version"), ambient.begin_nested():
        service.change_item(curator, item.id, seen_version=item.row_version, topic_ids=[topic.id])
    ambient.refresh(item)
    texts = {"en": {"title": "Other words", "summary": ""}}
    service.change_item(curator, item.id, seen_version=item.row_version, topic_ids=[topic.id], texts=texts)
    service.submit_item(curator, item.id)
    assert [desk["name"] for desk in asked(item).desks] == ["Legal"]


def test_a_campaign_is_weighed_as_topics_are(curator, administrator):
    fields = {"name": "Winter", "goal": "People know.", "starts_on": clock.now().date()}
    campaign = campaigns.start_campaign(curator, **fields)
    legal_rule(administrator, campaign_id=campaign.id)
    item = make_live_item(author=curator)
    order = BulkOrder(action=BulkAction.CAMPAIGN, campaign_id=campaign.id)
    (refused,) = bulk.act_on(curator, [item.id], order)
    assert (refused.is_done, refused.code, item.campaign_key) == (False, "review_unmet", None)


def test_what_went_out_without_review_because_of_a_topic_keeps_it(curator, administrator):
    topic = make_topic("Culture")
    reviewing.add_rule(administrator, name="Culture", approvals=0, topic_ids=[topic.id])
    item = submitted(curator, topic_ids=[topic.id])
    assert item.state is ItemState.LIVE
    with pytest.raises(Conflict, match="usual"):
        service.change_item(curator, item.id, seen_version=item.row_version, topic_ids=[])


@pytest.mark.parametrize(
    "fields",
    [
        {"name": " "},
        {"approvals": 4},
        {"approvals": -1},
        {"due_hours": 0},
        {"desk": "Legal"},
        {"words": ["x" * 61]},
        {"topic_ids": [new_id()]},
        {"campaign_id": new_id()},
        {"approvals": 0, "business": Business.PRODUCT},
    ],
)
def test_a_rule_that_cannot_be_is_refused(administrator, fields):
    with pytest.raises(Invalid):
        reviewing.add_rule(administrator, **{"name": "Rule", "approvals": 1, **fields})


def test_only_those_who_change_settings_make_rules(curator):
    with pytest.raises(NotPermitted):
        reviewing.add_rule(curator, name="Mine", approvals=0)


def test_those_who_decide_are_told_once_and_deputies_when_it_is_late(curator, administrator, session):
    legal, deputy = make_actor(Role.APPROVER), make_actor(Role.APPROVER)
    reviewing.add_rule(
        administrator,
        name="Law",
        approvals=1,
        desk="Legal",
        due_hours=48,
        desk_account_ids=[legal.account_id],
        deputy_account_ids=[deputy.account_id],
    )
    for actor in (legal, deputy):
        session.add(RoleGrant(account_id=actor.account_id, role=Role.APPROVER))
    submitted(curator)

    def told():
        return [row.employee_key for row in session.query(Notification).order_by(Notification.id)]

    jobs.remind_reviewers()
    assert told() == []
    with time_machine.travel(clock.now() + timedelta(hours=30)):
        jobs.remind_reviewers()
        jobs.remind_reviewers()
    assert told() == [legal.employee_key]
    with time_machine.travel(clock.now() + timedelta(hours=50)):
        jobs.remind_reviewers()
        jobs.remind_reviewers()
    assert sorted(told()) == sorted([legal.employee_key, legal.employee_key, deputy.employee_key])
