"""The feed: what is meant for somebody, in their language, the best first."""

from datetime import timedelta

import pytest
import time_machine

from advocacy.content import queries, service
from advocacy.foundation import clock
from advocacy.foundation.access import Actor, Role
from advocacy.foundation.columns import new_id
from advocacy.foundation.errors import Invalid, NotFound, NotPermitted
from tests.factories.content import make_actor, make_item, make_live_item
from tests.factories.people import actor_for, make_employee, make_topic, make_unit


def seen_by(actor, **options):
    return [entry.id for entry in queries.feed_for(actor, **options).rows]


def test_only_those_an_item_is_meant_for_see_it(session):
    root = make_unit("Meridian Works")
    sales = make_unit("Sales", parent=root)
    north = make_unit("North", parent=sales)
    finance = make_unit("Finance", parent=root)
    pumps = make_topic("Pumps")
    people = {
        "north": make_employee(north, country="DE", language="de"),
        "finance": make_employee(finance, country="FR", language="fr-CA"),
    }
    fan = make_employee(finance, country="FR", language="en")
    pumps_too = make_topic(followers=(fan,))
    items = {
        "everyone": make_live_item(),
        "sales": make_live_item(audience={"unit_ids": [sales.id]}),
        "germany": make_live_item(audience={"countries": ["DE"]}),
        "french": make_live_item(audience={"languages": ["fr"]}),
        "pumps": make_live_item(audience={"topic_ids": [pumps.id, pumps_too.id]}),
        "german finance": make_live_item(audience={"unit_ids": [finance.id], "countries": ["DE"]}),
    }
    names = {item.id: name for name, item in items.items()}

    def sees(person):
        return {names[item_id]: None for item_id in seen_by(actor_for(person))}.keys()

    assert sees(people["north"]) == {"everyone", "sales", "germany"}
    assert sees(people["finance"]) == {"everyone", "french"}
    assert sees(fan) == {"everyone", "pumps"}
    reasons = {names[entry.id]: entry.why for entry in queries.feed_for(actor_for(people["north"])).rows}
    assert (reasons["sales"].kind, reasons["sales"].name) == ("unit", "Sales")
    assert (reasons["germany"].kind, reasons["everyone"].kind) == ("country", "everyone")
    with pytest.raises(NotFound):
        queries.get_live_item(items["french"].id, visible_to=actor_for(fan))


def test_only_what_is_live_right_now_is_seen(session):
    reader, curator = actor_for(make_employee()), make_actor(Role.CURATOR)
    make_item(author=curator)
    waiting = make_item(author=curator)
    service.submit_item(curator, waiting.id)
    make_live_item(live_from=clock.now() + timedelta(hours=1))
    withdrawn = make_live_item(author=curator)
    service.withdraw_item(curator, withdrawn.id, reason="Over.")
    ending = make_live_item(expires_at=clock.now() + timedelta(hours=1))
    assert seen_by(reader) == [ending.id]
    with time_machine.travel(clock.now() + timedelta(hours=2)):  # before the worker has come round
        assert seen_by(reader) == []


def test_the_reader_is_shown_their_language_or_the_default(session):
    texts = {language: {"title": f"Title {language}", "summary": "s"} for language in ("en", "de", "pt-BR")}
    captions = [{"network": None, "language": language, "text": f"Words {language}"} for language in ("en", "de")]
    make_live_item(texts=texts, captions=captions)
    for language, shown in (("de", "de"), ("de-AT", "de"), ("pt", "pt-BR"), ("ja", "en"), (None, "en")):
        entry = queries.feed_for(actor_for(make_employee(language=language))).rows[0]
        assert (entry.title, entry.language) == (f"Title {shown}", shown)
        if shown != "pt-BR":
            assert [caption.text for caption in entry.captions] == [f"Words {shown}"]


def test_the_best_comes_first_and_every_page_follows_the_last(session):
    topic = make_topic()
    reader = make_employee()
    make_topic(followers=(reader,))
    followed = make_topic(followers=(reader,))
    start = clock.now() - timedelta(days=1)
    expected = []
    for number, fields in enumerate(
        (
            {"is_pinned": True},
            {"priority": 9},
            {"topic_ids": [followed.id], "priority": 1},
            {"topic_ids": [topic.id], "priority": 1},
            {"topic_ids": [followed.id]},
            {},
            {},
        )
    ):
        with time_machine.travel(start - timedelta(minutes=number), tick=False):
            expected.append(make_live_item(**fields).id)
    actor = actor_for(reader)
    assert seen_by(actor) == expected
    paged, cursor = [], None
    while True:
        page = queries.feed_for(actor, limit=2, cursor=cursor)
        paged += [entry.id for entry in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert paged == expected
    with pytest.raises(Invalid):
        queries.feed_for(actor, cursor="forged")


def test_an_account_without_an_employee_has_no_feed(session):
    make_live_item()
    with pytest.raises(NotPermitted):
        queries.feed_for(Actor(account_id=new_id(), employee_key=None))
