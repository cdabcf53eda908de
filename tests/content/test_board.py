"""The board: found in any spelling, narrowed, acted on together; campaigns, the calendar, embargoes."""

from datetime import date, timedelta

import pytest
import time_machine

from advocacy.content import bulk, campaigns, queries, service
from advocacy.content.bulk_orders import BulkAction, BulkOrder
from advocacy.content.models import Campaign, ItemState
from advocacy.content.queries import BoardFilter, Due, Mark
from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.columns import new_id
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted, PreconditionFailed
from tests.factories.content import HOST, approve, make_actor, make_item, make_live_item
from tests.factories.people import actor_for, make_employee, make_topic, make_unit


@pytest.fixture
def curator(session):
    make_unit("Meridian Works")
    return make_actor(Role.CURATOR)


def texts(title, summary="Two sentences.", language="en"):
    return {language: {"title": title, "summary": summary}}


def found(actor, **wanted):
    return [row.title for row in queries.find_items(actor, BoardFilter(**wanted)).rows]


def make_campaign(actor, name="Winter", **fields):
    values = {"goal": "People understand heat pumps.", "starts_on": date(2026, 1, 1), "ends_on": date(2026, 3, 31)}
    return campaigns.start_campaign(actor, name=name, **{**values, **fields})


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("waiting list", ["How our team cut a waiting list"]),
        ("WAITING", ["How our team cut a waiting list"]),
        ("waitng", ["How our team cut a waiting list"]),
        ("setubal", ["A ward in Setúbal"]),
        ("Setúbal", ["A ward in Setúbal"]),
        ("nurses drew", ["How our team cut a waiting list"]),
        ("100%", ["Nothing is 100% certain"]),
        ("_", []),
        ("'; drop table content_item; --", []),
        ('"unbalanced', []),
    ],
)
def test_words_are_found_with_and_without_accents_and_typing_errors(curator, search, expected):
    make_item(author=curator, texts=texts("How our team cut a waiting list", "Nurses drew the first plan."))
    make_item(author=curator, texts=texts("A ward in Setúbal"), destination=f"https://{HOST}/stories/1003")
    make_item(author=curator, texts=texts("Nothing is 100% certain"))
    assert found(curator, search=search) == expected


def test_what_is_changed_is_found_by_its_new_words_only(curator):
    item = make_item(author=curator, texts=texts("Old name"))
    service.change_item(curator, item.id, seen_version=item.row_version, texts=texts("Fresh words"))
    assert found(curator, search="fresh words") == ["Fresh words"]
    assert found(curator, search="old name") == []


def test_filters_narrow_together_and_states_are_counted_beside_them(curator):
    topic, other = make_topic("Health"), make_actor(Role.CURATOR)
    winter = make_campaign(curator)
    now = clock.now()
    draft = make_item(author=curator, texts=texts("Draft"), topic_ids=[topic.id], campaign_id=winter.id)
    make_item(author=other, texts=texts("Auf Deutsch", language="de-AT"))
    make_live_item(author=curator, texts=texts("Ends soon"), expires_at=now + timedelta(days=2))
    make_live_item(author=curator, texts=texts("Starts soon"), live_from=now + timedelta(days=2))
    make_item(author=curator, texts=texts("Secret"), embargo_until=now + timedelta(days=60))
    assert found(curator, topic_id=topic.id) == ["Draft"]
    assert found(curator, campaign_id=winter.id) == ["Draft"]
    assert found(curator, language="de") == ["Auf Deutsch"]
    assert found(curator, owner_id=other.account_id) == ["Auf Deutsch"]
    assert found(curator, due=Due.ENDING) == ["Ends soon"]
    assert found(curator, due=Due.STARTING) == ["Starts soon"]
    assert found(curator, due=Due.EMBARGOED) == ["Secret"]
    assert found(curator, states=(ItemState.LIVE,), topic_id=topic.id) == []
    counts = queries.count_by_state(curator, BoardFilter(owner_id=curator.account_id, states=(ItemState.LIVE,)))
    assert (counts[ItemState.DRAFT], counts[ItemState.LIVE], counts[ItemState.SCHEDULED]) == (2, 1, 1)
    first = queries.find_items(curator, BoardFilter(), limit=2)
    rest = queries.find_items(curator, BoardFilter(), limit=10, cursor=first.next_cursor)
    assert len(first.rows) + len(rest.rows) == 5
    with pytest.raises(Invalid):
        queries.find_items(curator, BoardFilter(search="x"), cursor=first.next_cursor)
    assert draft.campaign_key == winter.key


def test_only_ones_own_units_are_found_and_acted_on(curator):
    unit = make_unit("Sales")
    insider = make_actor(Role.CURATOR, unit=unit)
    outside = make_item(author=curator, texts=texts("Elsewhere"))
    assert found(insider, search="elsewhere") == []
    (result,) = bulk.act_on(insider, [outside.id], BulkOrder(BulkAction.SUBMIT))
    assert (result.is_done, result.code) == (False, "not_found")


def test_each_item_of_a_bulk_act_is_told_and_one_refusal_stops_nothing(curator):
    one, two, live = make_item(author=curator), make_item(author=curator), make_live_item(author=curator)
    service.submit_item(curator, two.id)
    ids = [one.id, two.id, new_id(), one.id]
    results = bulk.act_on(curator, ids, BulkOrder(BulkAction.SUBMIT))
    assert [(result.item_id, result.is_done) for result in results] == [
        (one.id, True),
        (two.id, False),
        (ids[2], False),
    ]
    assert one.state is ItemState.IN_REVIEW
    when = clock.now() + timedelta(days=3)
    scheduled, refused = bulk.act_on(curator, [one.id, live.id], BulkOrder(BulkAction.SCHEDULE, live_from=when))
    assert (scheduled.is_done, one.live_from) == (True, when)
    assert not refused.is_done
    assert "first day cannot change" in refused.detail
    winter = make_campaign(curator)
    bulk.act_on(curator, [one.id, live.id], BulkOrder(BulkAction.CAMPAIGN, campaign_id=winter.id))
    assert (one.campaign_key, live.campaign_key, live.state) == (winter.key, winter.key, ItemState.LIVE)
    ended, not_live = bulk.act_on(curator, [live.id, one.id], BulkOrder(BulkAction.EXPIRE))
    assert (ended.is_done, ended.state, not_live.is_done) == (True, "expired", False)
    (gone,) = bulk.act_on(curator, [one.id], BulkOrder(BulkAction.WITHDRAW, reason="Wrong."))
    assert (gone.is_done, one.state) == (True, ItemState.WITHDRAWN)


@pytest.mark.parametrize(
    ("ids", "order"),
    [
        ([], BulkOrder(BulkAction.SUBMIT)),
        ([new_id() for _ in range(201)], BulkOrder(BulkAction.SUBMIT)),
        ([new_id()], BulkOrder(BulkAction.SCHEDULE)),
        ([new_id()], BulkOrder(BulkAction.WITHDRAW, reason=" ")),
    ],
)
def test_an_order_that_lacks_something_does_nothing(curator, ids, order):
    with pytest.raises(Invalid):
        bulk.act_on(curator, ids, order)
    with pytest.raises(NotPermitted):
        bulk.act_on(make_actor(), ids, order)


def test_nothing_is_seen_or_shared_before_an_embargo_ends_and_the_job_publishes_it_then(curator):
    reader, until = actor_for(make_employee()), clock.now() + timedelta(days=2)
    item = make_live_item(author=curator, embargo_until=until, live_from=clock.now() + timedelta(hours=1))
    assert item.state is ItemState.SCHEDULED
    with time_machine.travel(clock.now() + timedelta(hours=3)):
        assert service.advance_items() == 0
    item.state, item.live_version_id = ItemState.LIVE, item.current_version_id  # as if somebody had forced it
    item.live_from = clock.now()
    for read in (lambda: queries.get_live_item(item.id, visible_to=reader),):
        with pytest.raises(NotFound):
            read()
    assert queries.feed_for(reader).rows == []
    assert queries.pick_for(reader, most=5) == ([], 0)
    item.state, item.live_version_id = ItemState.SCHEDULED, None
    with time_machine.travel(until + timedelta(seconds=1)):
        assert service.advance_items() == 1
        assert queries.get_live_item(item.id, visible_to=reader).id == item.id


def test_an_approval_is_bound_to_the_embargo(curator):
    item = make_item(author=curator, embargo_until=clock.now() + timedelta(days=2))
    service.submit_item(curator, item.id)
    approve(item)
    assert item.state is ItemState.SCHEDULED
    service.change_item(curator, item.id, seen_version=item.row_version, embargo_until=None)
    assert item.state is ItemState.DRAFT
    live = make_live_item(author=curator)
    with pytest.raises(Conflict):
        service.change_item(
            curator, live.id, seen_version=live.row_version, embargo_until=clock.now() + timedelta(days=1)
        )
    with pytest.raises(Invalid):
        make_item(
            author=curator, embargo_until=clock.now() + timedelta(days=3), expires_at=clock.now() + timedelta(days=2)
        )


def test_the_calendar_shows_what_happens_on_the_programmes_days(curator):
    zone_day = clock.day_of(clock.now(), queries.calendar.preferences.zone())
    # Its own end, and no number of hours: when the clocks change, a day is shorter or longer.
    at, end = clock.day_bounds(zone_day + timedelta(days=1), queries.calendar.preferences.zone())
    make_live_item(author=curator, texts=texts("A"), live_from=at, expires_at=at + timedelta(days=40))
    make_item(author=curator, texts=texts("B"), embargo_until=end - timedelta(minutes=1))
    entries = queries.calendar_entries(curator, zone_day, zone_day + timedelta(days=1))
    assert [(entry.title, entry.mark, entry.day) for entry in entries] == [
        ("A", Mark.STARTS, zone_day + timedelta(days=1)),
        ("B", Mark.EMBARGO_ENDS, zone_day + timedelta(days=1)),
    ]
    assert queries.calendar_entries(make_actor(), zone_day, zone_day + timedelta(days=60)) == []


def test_a_campaign_tells_how_far_it_is(curator):
    with time_machine.travel("2026-02-01T12:00:00Z"):
        winter = make_campaign(curator)
        make_item(author=curator, campaign_id=winter.id)
        make_live_item(author=curator, campaign_id=winter.id)
        (progress,) = queries.progress_of(curator, queries.campaigns_in_use(curator))
    assert (progress.items, progress.published, progress.days, progress.days_done) == (2, 1, 90, 32)
    assert not progress.is_over
    changed = campaigns.change_campaign(
        curator, winter.id, seen_version=winter.row_version, label="W", name="Winter 26"
    )
    assert (changed.label, changed.name, changed.goal) == ("W", "Winter 26", "People understand heat pumps.")
    with pytest.raises(PreconditionFailed):
        campaigns.change_campaign(curator, winter.id, seen_version=1, name="Other")
    campaigns.change_campaign(curator, winter.id, seen_version=changed.row_version, is_archived=True)
    assert queries.campaigns_in_use(curator) == []
    with pytest.raises(Invalid):
        make_item(author=curator, campaign_id=winter.id)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": " "},
        {"name": "x" * 121},
        {"goal": ""},
        {"label": "y" * 25},
        {"ends_on": date(2025, 12, 31)},
        {"name": "winter"},
    ],
)
def test_a_campaign_that_cannot_be_is_refused(curator, session, fields):
    make_campaign(curator)
    with pytest.raises(Invalid):
        make_campaign(curator, **{"name": "Another", **fields})
    assert session.query(Campaign).count() == 1
