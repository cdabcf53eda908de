"""From draft to live and away again: nothing is seen that was not approved in that version."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from advocacy.content import queries, service
from advocacy.content.models import Decision, ItemKind, ItemState
from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted, PreconditionFailed
from tests.factories.content import approve, draft_of, make_actor, make_host, make_item, make_live_item
from tests.factories.people import make_employee, make_unit

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def decide(actor, item, decision=Decision.APPROVED, reason="", seen_hash=None):
    seen = seen_hash or queries.current_version(item).hash.hex()
    return service.decide(actor, item.id, decision=decision, seen_hash=seen, reason=reason)


def retitle(actor, item, title="Another title"):
    return service.change_item(
        actor, item.id, seen_version=item.row_version, texts={"en": {"title": title, "summary": "s"}}
    )


@pytest.fixture
def curator(session):
    return make_actor(Role.CURATOR)


@pytest.fixture
def approver(session):
    return make_actor(Role.APPROVER)


def test_an_item_goes_live_when_somebody_else_approves_it(curator, approver):
    item = make_item(author=curator)
    assert item.state is ItemState.DRAFT
    service.submit_item(curator, item.id)
    decide(approver, item)
    assert (item.state, item.live_version_id) == (ItemState.LIVE, item.current_version_id)


def test_nobody_approves_their_own_work_when_they_hold_both_roles(session):
    both = make_actor(Role.CURATOR, Role.APPROVER)
    item = make_item(author=both)
    service.submit_item(both, item.id)
    with pytest.raises(NotPermitted):
        decide(both, item)


def test_nobody_approves_a_version_they_edited_when_somebody_else_is_the_author(curator):
    both = make_actor(Role.CURATOR, Role.APPROVER)
    item = make_item(author=curator)
    retitle(both, item)
    service.submit_item(curator, item.id)
    with pytest.raises(NotPermitted):
        decide(both, item)


def test_an_approval_is_refused_when_the_version_changed_since_it_was_seen(curator, approver):
    item = make_item(author=curator)
    seen = queries.current_version(item).hash.hex()
    retitle(curator, item)
    service.submit_item(curator, item.id)
    with pytest.raises(PreconditionFailed):
        decide(approver, item, seen_hash=seen)
    assert item.state is ItemState.IN_REVIEW


def test_people_go_on_seeing_the_approved_version_when_the_item_is_edited(curator, approver):
    item = make_live_item(author=curator, approver=approver)
    approved = item.live_version_id
    retitle(curator, item)
    assert (item.state, item.live_version_id) == (ItemState.DRAFT, approved)
    service.submit_item(curator, item.id)
    assert item.live_version_id == approved
    decide(approver, item)
    assert item.live_version_id == item.current_version_id != approved


def test_a_version_goes_back_when_changes_are_asked_for(curator, approver):
    item = make_item(author=curator)
    service.submit_item(curator, item.id)
    with pytest.raises(Invalid):
        decide(approver, item, Decision.CHANGES_REQUESTED, reason="  ")
    decide(approver, item, Decision.CHANGES_REQUESTED, reason="Name the date.")
    assert (item.state, item.live_version_id) == (ItemState.DRAFT, None)


def test_a_draft_cannot_be_decided_about_when_it_was_not_submitted(curator, approver):
    item = make_item(author=curator)
    with pytest.raises(Conflict):
        decide(approver, item)


def test_an_edit_in_review_takes_the_item_out_of_review(curator):
    item = make_item(author=curator)
    service.submit_item(curator, item.id)
    retitle(curator, item)
    assert item.state is ItemState.DRAFT


def test_every_change_of_what_is_said_makes_a_new_version(curator):
    item = make_item(author=curator)
    changes = [
        {"texts": {"en": {"title": "t", "summary": "s"}}},
        {"texts": {"en": {"title": "t", "summary": "s"}, "de": {"title": "t", "summary": "s"}}},
        {"captions": [{"network": "x", "language": "en", "text": "c"}]},
        {"destination": "https://www.meridian.example/else"},
        {"is_text_locked": True},
        {"is_product": True},
        {"audience": {"countries": ["DE"]}},
    ]
    hashes = {queries.current_version(item).hash}
    for change in changes:
        service.change_item(curator, item.id, seen_version=item.row_version, **change)
        hashes.add(queries.current_version(item).hash)
    assert len(hashes) == len(changes) + 1
    assert [version.number for version in queries.versions_of(item)] == list(range(len(changes) + 1, 0, -1))


def test_no_version_is_made_when_only_the_ranking_changes(curator, approver):
    item = make_live_item(author=curator, approver=approver)
    service.change_item(curator, item.id, seen_version=item.row_version, priority=7, is_pinned=True)
    assert (item.state, item.priority) == (ItemState.LIVE, 7)
    assert len(queries.versions_of(item)) == 1


def test_a_live_item_keeps_its_audience_when_it_is_edited(curator, approver):
    item = make_live_item(author=curator, approver=approver, audience={"countries": ["DE"]})
    with pytest.raises(Conflict):
        service.change_item(curator, item.id, seen_version=item.row_version, audience={})


def test_a_change_is_refused_when_somebody_else_changed_the_item_meanwhile(curator):
    item = make_item(author=curator)
    seen = item.row_version
    retitle(curator, item, "First")
    with pytest.raises(PreconditionFailed):
        service.change_item(curator, item.id, seen_version=seen, priority=1)


def test_an_item_waits_when_its_day_lies_ahead_and_expires_when_it_is_over(curator, approver):
    with time_machine.travel(NOON, tick=False) as traveller:
        item = make_live_item(
            author=curator,
            approver=approver,
            live_from=NOON + timedelta(hours=1),
            expires_at=NOON + timedelta(hours=3),
        )
        assert (item.state, item.live_version_id) == (ItemState.SCHEDULED, None)
        assert service.advance_items() == 0
        traveller.move_to(NOON + timedelta(hours=2))
        assert (service.advance_items(), item.state) == (1, ItemState.LIVE)
        assert service.advance_items() == 0
        traveller.move_to(NOON + timedelta(hours=3))
        assert (service.advance_items(), item.state, item.live_version_id) == (1, ItemState.EXPIRED, None)


def test_a_scheduled_item_needs_a_new_approval_when_it_is_edited(curator, approver):
    item = make_live_item(author=curator, approver=approver, live_from=clock.now() + timedelta(hours=1))
    retitle(curator, item)
    assert item.state is ItemState.DRAFT
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        assert service.advance_items() == 0
    assert item.live_version_id is None


def test_a_withdrawn_item_is_gone_for_good(curator, approver):
    item = make_live_item(author=curator, approver=approver)
    service.withdraw_item(approver, item.id, reason="The offer ended.")
    assert (item.state, item.live_version_id) == (ItemState.WITHDRAWN, None)
    with pytest.raises(Conflict):
        retitle(curator, item)
    with pytest.raises(Conflict):
        service.withdraw_item(curator, item.id, reason="again")


def test_a_curator_reaches_only_their_own_units(session):
    root = make_unit("Meridian Works")
    sales, finance = make_unit("Sales", parent=root), make_unit("Finance", parent=root)
    seller = make_actor(Role.CURATOR, unit=sales, employee=make_employee(sales))
    make_host()
    own = {"unit_ids": [sales.id]}
    item = service.draft_item(seller, **draft_of(unit_id=sales.id, audience=own))
    for forbidden in (
        {"unit_id": finance.id, "audience": own},
        {"audience": own},  # the root unit
        {"unit_id": sales.id},  # everybody
        {"unit_id": sales.id, "audience": {"unit_ids": [sales.id, finance.id]}},
    ):
        with pytest.raises(NotPermitted):
            service.draft_item(seller, **draft_of(**forbidden))
    stranger = make_actor(Role.CURATOR, Role.APPROVER, unit=finance)
    with pytest.raises(NotFound):
        retitle(stranger, item)
    with pytest.raises(NotFound):
        decide(stranger, item)


def test_a_job_needs_the_reference_of_its_opening(curator):
    make_host()
    with pytest.raises(Invalid) as refused:
        service.draft_item(curator, **draft_of(kind=ItemKind.JOB))
    assert refused.value.problems[0].pointer == "opening_reference"
    item = service.draft_item(curator, **draft_of(kind=ItemKind.JOB, opening_reference=" R-102 "))
    assert item.opening_reference == "R-102"


def test_all_problems_of_a_wording_are_told_at_once(curator):
    make_host()
    with pytest.raises(Invalid) as refused:
        service.draft_item(
            curator,
            **draft_of(
                texts={"english": {"title": "", "summary": "x" * 3000}},
                captions=[{"network": "myspace", "language": "en", "text": "c"}],
                destination="https://evil.example/",
                image_sha256="0" * 64,
            ),
        )
    assert {problem.pointer for problem in refused.value.problems} == {
        "texts/english",
        "texts/english/title",
        "texts/english/summary",
        "captions/0/network",
        "destination",
        "image_sha256",
        "image_alternative",
    }


def test_without_review_only_what_is_not_about_products_goes_live_at_once(curator, session):
    from advocacy.foundation import preferences

    administrator = make_actor(Role.ADMINISTRATOR)
    preferences.change(administrator, "review_is_required", False, seen_version=0)
    plain, product = make_item(author=curator), make_item(author=curator, is_product=True)
    assert service.submit_item(curator, plain.id).state is ItemState.LIVE
    assert service.submit_item(curator, product.id).state is ItemState.IN_REVIEW


def test_an_author_is_not_asked_to_review_their_own_items(session):
    both, other = make_actor(Role.CURATOR, Role.APPROVER), make_actor(Role.CURATOR)
    mine, theirs = make_item(author=both), make_item(author=other)
    service.submit_item(both, mine.id)
    service.submit_item(other, theirs.id)
    assert [row.item.id for row in queries.items_awaiting_review(both)] == [theirs.id]
    assert {row.item.id for row in queries.board(other)[ItemState.IN_REVIEW]} == {mine.id, theirs.id}


def test_a_second_approval_is_refused_when_the_item_is_live(curator, approver):
    item = make_live_item(author=curator, approver=approver)
    with pytest.raises(Conflict):
        approve(item)


@pytest.mark.parametrize("field", ["expires_at", "embargo_until"])
def test_a_live_item_keeps_its_dates_when_the_new_one_is_in_no_year_elsewhere(curator, approver, field):
    item = make_live_item(author=curator, approver=approver)
    for_ever = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    with pytest.raises(Invalid) as refused:
        service.change_item(curator, item.id, seen_version=item.row_version, **{field: for_ever})
    assert refused.value.problems[0].pointer.strip("/") == field


def test_until_when_people_saw_an_item_is_kept_whatever_becomes_of_its_end(curator, approver):
    with time_machine.travel(NOON, tick=False) as traveller:
        over = make_live_item(author=curator, approver=approver, expires_at=NOON + timedelta(days=1))
        withdrawn, ended = (make_live_item(author=curator, approver=approver) for _ in range(2))
        draft = make_item(author=curator)
        traveller.move_to(NOON + timedelta(days=1, minutes=3))
        service.advance_items()
        service.withdraw_item(curator, withdrawn.id, reason="Wrong.")
        service.withdraw_item(curator, draft.id, reason="Wrong.")
        service.expire_item(curator, ended.id)
        traveller.move_to(NOON + timedelta(days=9))
        for item in (over, ended):
            later = NOON + timedelta(days=90)
            service.change_item(curator, item.id, seen_version=item.row_version, expires_at=later)
        service.withdraw_item(curator, over.id, reason="Not again.")
    seen_until = NOON + timedelta(days=1, minutes=3)
    assert over.last_live_at == NOON + timedelta(days=1)
    assert (withdrawn.last_live_at, ended.last_live_at, draft.last_live_at) == (seen_until, seen_until, None)
