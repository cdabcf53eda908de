"""Sharing: who may, what goes out, and what is written down."""

import threading

import pytest
from sqlalchemy import func, select

from advocacy.activity.kinds import Kind
from advocacy.activity.models import ActivityEvent, DayTouch
from advocacy.content.models import Review
from advocacy.content.queries import captions_of, get_live_item
from advocacy.content.service import withdraw_item
from advocacy.foundation import preferences
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted
from advocacy.people.models import Purpose
from advocacy.people.service import withdraw_consent
from advocacy.sharing import queries, service
from advocacy.sharing.channels import measure
from advocacy.sharing.codes import LENGTH
from advocacy.sharing.models import Link, LinkPreview, Share, ShareState
from config.networks import find_network
from tests.factories.content import make_actor, make_live_item
from tests.factories.people import actor_for, make_advocate, make_employee
from tests.factories.sharing import make_share

DISCLOSED = "I work at Meridian Works. Read this."


@pytest.fixture
def advocate(session):
    return actor_for(make_advocate())


def events_of(share):
    rows = ambient.execute(
        select(ActivityEvent.kind, ActivityEvent.occurred_at, ActivityEvent.link_key).where(
            ActivityEvent.share_key == share.key
        )
    )
    return [(Kind(kind), occurred_at, link_key) for kind, occurred_at, link_key in rows]


def test_opening_a_share_makes_a_tracked_link_and_one_event(advocate):
    item = make_live_item(texts={"en": {"title": "A new Pump: 50% quieter!", "summary": "s"}})
    opened = service.open_share(advocate, item_id=item.id, network_key="x", text=DISCLOSED)
    link = opened.link
    assert opened.link_url == f"http://127.0.0.1:8001/{link.code}"
    assert opened.intent_url.startswith("https://x.com/intent/tweet?text=I%20work%20at")
    assert link.destination.partition("?")[2].split("&") == [
        "utm_source=x",
        "utm_medium=employee-advocacy",
        f"utm_campaign=a-new-pump-50-quieter-{item.id.hex[-6:]}",
    ]
    assert events_of(opened.share) == [(Kind.SHARE_OPENED, opened.share.opened_at, link.key)]
    assert ambient.scalar(select(func.count()).select_from(DayTouch)) == 1
    assert (opened.share.version_id, opened.share.state) == (item.live_version_id, ShareState.OPENED)


def test_nothing_personal_stands_in_a_link(advocate):
    link = make_share(actor=advocate).link
    person = ambient.get_one(Share, link.share_key)
    for told in (str(person.id), str(advocate.employee_id), str(link.id), "person"):
        assert told not in f"{link.code} {link.destination}"


def test_a_share_is_refused_without_the_yes_to_taking_part(session):
    item = make_live_item()
    reader = actor_for(make_employee())
    assert get_live_item(item.id, visible_to=reader)  # reading needs none
    with pytest.raises(NotPermitted) as refused:
        service.open_share(reader, item_id=item.id, network_key="x", text=DISCLOSED)
    assert refused.value.code == "consent_needed"
    assert ambient.scalar(select(func.count()).select_from(Share)) == 0


def test_a_share_is_refused_when_the_item_is_not_live_or_not_meant_for_the_person(advocate):
    curator = make_actor(Role.CURATOR)
    gone, foreign = make_live_item(author=curator), make_live_item(audience={"countries": ["FR"]})
    withdraw_item(curator, gone.id, reason="Over.")
    for item in (gone, foreign):
        with pytest.raises(NotFound):
            service.open_share(advocate, item_id=item.id, network_key="x", text=DISCLOSED)


def test_the_missing_disclosure_is_added_and_stands_in_the_share(advocate):
    opened = make_share(actor=advocate, text="A great pump.")
    assert opened.share.text == "A great pump.\n\nI work at Meridian Works."
    assert opened.share.disclosure["added"] is True


def test_a_text_is_refused_when_it_does_not_fit_with_link_and_disclosure(advocate):
    item = make_live_item()
    with pytest.raises(Invalid) as refused:
        service.open_share(advocate, item_id=item.id, network_key="x", text="x" * 256)
    assert "280" in refused.value.detail
    # The link of a deployment on a bare address is none for X, and counts for what it is.
    link = f"{preferences.deployment().link_url}/{'0' * LENGTH}"
    fitting = f"{DISCLOSED} ".ljust(280 - measure("", link, find_network("x")).length - 1, "x")
    assert service.open_share(advocate, item_id=item.id, network_key="x", text=fitting).share.text == fitting


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800", "a\x1bb"])
def test_a_text_is_refused_when_it_cannot_be_stored(advocate, text):
    with pytest.raises(Invalid):
        make_share(actor=advocate, text=text)


def test_only_the_fixed_words_go_out_when_a_text_is_locked(advocate):
    words = "I work at Meridian Works. The fund may lose value."
    item = make_live_item(
        is_product=True, is_text_locked=True, captions=[{"network": None, "language": "en", "text": words}]
    )
    with pytest.raises(Invalid) as refused:
        service.open_share(advocate, item_id=item.id, network_key="x", text=f"{words} Buy!")
    assert refused.value.problems[0].code == "locked"
    assert service.open_share(advocate, item_id=item.id, network_key="x", text=f" {words}\r\n").share.text == words


def test_a_text_without_a_link_can_be_shared_where_the_network_takes_text(advocate):
    from advocacy.content.models import ItemKind

    item = make_live_item(kind=ItemKind.TEXT, destination=None)
    opened = service.open_share(advocate, item_id=item.id, network_key="bluesky", text=DISCLOSED)
    assert (opened.link, opened.link_url) == (None, None)
    with pytest.raises(Invalid):
        service.open_share(advocate, item_id=item.id, network_key="linkedin", text=DISCLOSED)


def test_all_links_of_a_version_share_one_preview(session):
    item = make_live_item()
    for _person in range(3):
        make_share(item=item)
    assert ambient.scalar(select(func.count()).select_from(LinkPreview)) == 1
    assert len(set(ambient.scalars(select(Link.code)))) == 3


def test_a_publication_is_recorded_once_when_it_is_confirmed_again_and_again(advocate):
    opened = make_share(actor=advocate)
    for _time in range(3):
        share = service.confirm_share(advocate, opened.share.id, "https://www.linkedin.com/posts/1")
    assert (share.state, share.post_url) == (ShareState.CONFIRMED, "https://www.linkedin.com/posts/1")
    kinds = [kind for kind, _at, _link in events_of(share)]
    assert sorted(kinds) == [Kind.SHARE_OPENED, Kind.SHARE_PUBLISHED]
    assert {at for _kind, at, _link in events_of(share)} == {share.opened_at}


def test_an_evidenced_share_stays_evidenced_when_it_is_confirmed(advocate):
    share = make_share(actor=advocate).share
    share.state, share.evidenced_at = ShareState.EVIDENCED, share.opened_at  # as the click importer does
    service.confirm_share(advocate, share.id)
    assert (share.state, share.confirmed_at is not None) == (ShareState.EVIDENCED, True)
    assert Kind.SHARE_PUBLISHED not in [kind for kind, _at, _link in events_of(share)]


def test_somebody_elses_share_is_not_there(advocate):
    other = make_share()
    for attempt in (
        lambda: queries.get_share(other.share.id, visible_to=advocate),
        lambda: service.confirm_share(advocate, other.share.id),
        lambda: service.report_engagement(advocate, other.share.id, impressions=1),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_numbers_of_the_network_are_added_and_the_latest_is_shown(advocate):
    opened = make_share(actor=advocate)
    with pytest.raises(Conflict):
        service.report_engagement(advocate, opened.share.id, impressions=10)
    service.confirm_share(advocate, opened.share.id)
    service.report_engagement(advocate, opened.share.id, impressions=10)
    service.report_engagement(advocate, opened.share.id, impressions=25, reactions=3)
    with pytest.raises(Invalid):
        service.report_engagement(advocate, opened.share.id)
    with pytest.raises(Invalid):
        service.report_engagement(advocate, opened.share.id, impressions=-1)
    assert queries.shared_item(opened.share.id, visible_to=advocate).engagement.impressions == 25
    assert [row["impressions"] for row in queries.own_data(advocate.employee_key)[0]["reported"]] == [10, 25]


def test_clicks_are_told_by_class_when_the_roll_up_has_them(advocate):
    from sqlalchemy import text

    opened = make_share(actor=advocate)
    shown = queries.clicks_of_share(opened.share)
    assert (shown.raw, shown.human) == (0, 0)
    for day, click_class, clicks in (("2026-11-20", 1, 3), ("2026-11-21", 1, 4), ("2026-11-21", 2, 5)):
        ambient.execute(
            text("INSERT INTO daily_clicks_by_link VALUES (:day, :link, :class, :clicks)"),
            {"day": day, "link": opened.link.key, "class": click_class, "clicks": clicks},
        )
    shown = queries.clicks_of_share(opened.share)
    assert (shown.raw, shown.human, shown.preview_bot) == (12, 7, 5)


def test_a_caption_is_refused_when_it_belongs_to_another_item(advocate):
    item, other = make_live_item(), make_live_item()
    foreign = captions_of(other.live_version_id)[0]
    with pytest.raises(Invalid):
        make_share(actor=advocate, item=item, caption_id=foreign.id)


def test_every_share_stands_on_an_approval_of_its_version(session):
    curator, approver = make_actor(Role.CURATOR), make_actor(Role.APPROVER)
    item = make_live_item(author=curator, approver=approver)
    make_share(item=item)
    from advocacy.content.service import change_item

    change_item(curator, item.id, seen_version=item.row_version, texts={"en": {"title": "Edited", "summary": "s"}})
    make_share(item=item)  # the approved version is still the one that goes out
    approved = select(Review.version_id).where(Review.decision == "approved")
    assert ambient.scalar(select(func.count()).select_from(Share).where(Share.version_id.not_in(approved))) == 0
    assert ambient.scalar(select(func.count()).select_from(Share)) == 2


def test_no_share_comes_after_a_withdrawal_when_both_happen_at_once(committed_database):
    person = make_advocate()
    actor, item = actor_for(person), make_live_item()
    ambient.commit()
    opened = threading.Event()
    outcome = []

    def withdraw():
        opened.wait(60)
        withdraw_consent(actor, Purpose.TAKE_PART, source="test")
        ambient.commit()
        outcome.append("withdrawn")
        ambient.remove()

    other = threading.Thread(target=withdraw)
    other.start()
    service.open_share(actor, item_id=item.id, network_key="x", text=DISCLOSED)
    opened.set()
    other.join(0.3)
    assert outcome == []  # it waits for the share to be committed
    ambient.commit()
    other.join(60)
    assert outcome == ["withdrawn"]
    with pytest.raises(NotPermitted):
        service.open_share(actor, item_id=item.id, network_key="x", text=DISCLOSED)
    ambient.rollback()
