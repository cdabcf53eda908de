"""The feed: what is meant for somebody, in their language, the best first."""

import random
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from advocacy.content import queries, service, skipping
from advocacy.content.queries.ranking import turn_of
from advocacy.foundation import clock
from advocacy.foundation.access import Actor, Role
from advocacy.foundation.columns import new_id
from advocacy.foundation.errors import Invalid, NotFound, NotPermitted
from advocacy.people import queries as people
from tests.factories.content import make_actor, make_item, make_live_item
from tests.factories.people import actor_for, make_advocate, make_employee, make_topic, make_unit


@pytest.fixture(autouse=True)
def _noon():
    """Let it be noon far from any change of the clocks: here days are counted, and turns change at midnight."""
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=UTC)):
        yield


def reader_of_actor(actor):
    return people.employee_of(actor)


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


def test_what_fits_comes_first_and_every_page_follows_the_last(session):
    root = make_unit("Meridian Works")
    sales = make_unit("Sales", parent=root)
    reader = make_employee(sales, language="de")
    followed, unknown = make_topic(followers=(reader,)), make_topic()
    german = {"de": {"title": "Auf Deutsch", "summary": "Zwei Sätze."}}
    expected = [
        make_live_item(**fields).id
        for fields in (
            {"is_pinned": True},
            {"priority": 100},
            {"topic_ids": [followed.id], "texts": german, "audience": {"unit_ids": [sales.id]}},
            {"topic_ids": [followed.id], "texts": german},
            {"topic_ids": [followed.id]},
            {"topic_ids": [unknown.id]},
        )
    ]
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


def test_what_is_new_stands_before_what_is_old(session):
    with time_machine.travel(clock.now() - timedelta(days=20), tick=False):
        old = make_live_item()
    new = make_live_item()
    assert seen_by(actor_for(make_employee())) == [new.id, old.id]


def test_everything_equal_is_first_for_somebody_and_on_some_day_and_stays_so_all_day(session):
    now = clock.now()
    with time_machine.travel(now, tick=False):
        items = {make_live_item(live_from=None).id for _ in range(4)}
    people = [actor_for(make_employee()) for _ in range(12)]
    firsts = set()
    for days in range(6):
        with time_machine.travel(now + timedelta(days=days), tick=False):
            orders = [seen_by(actor) for actor in people]
            assert orders == [seen_by(actor) for actor in people]
        firsts |= {order[0] for order in orders}
        assert len({tuple(order) for order in orders}) > 1, "not the same for everybody"
    assert firsts == items


def test_what_was_shown_without_effect_makes_room(session):
    reader, topic = actor_for(make_advocate()), make_topic()
    followers = make_topic(followers=(reader_of_actor(reader),))
    liked, plain = make_live_item(topic_ids=[followers.id]), make_live_item(topic_ids=[topic.id])
    start, days = clock.now(), 0
    assert seen_by(reader)[0] == liked.id
    while seen_by(reader)[0] == liked.id and days < 8:
        with time_machine.travel(start + timedelta(days=days), tick=False):
            skipping.note_shown(reader, [liked.key])
            skipping.note_shown(reader, [liked.key])  # twice a day counts once
        days += 1
    assert 2 <= days <= 5
    assert seen_by(reader)[0] == plain.id
    assert seen_by(actor_for(make_employee())) != []


def test_a_pin_holds_until_it_was_seen_on_five_days(session):
    reader = actor_for(make_advocate())
    pinned, other = make_live_item(is_pinned=True), make_live_item(priority=50)
    start = clock.now()
    for day in range(5):
        assert seen_by(reader)[0] == pinned.id
        with time_machine.travel(start + timedelta(days=day), tick=False):
            skipping.note_shown(reader, [pinned.key])
    assert seen_by(reader) == [other.id, pinned.id]


def test_every_reason_that_is_told_is_true_and_none_is_left_out(session):
    root = make_unit("Meridian Works")
    sales = make_unit("Sales", parent=root)
    reader = make_employee(sales, language="de-AT", country="AT", title="Senior Data Engineer")
    health, energy = make_topic("Health", followers=(reader,)), make_topic("Energy")
    texts = {"de": {"title": "Auf Deutsch", "summary": "s"}}
    many = make_live_item(
        topic_ids=[health.id, energy.id],
        texts=texts,
        priority=3,
        is_pinned=True,
        audience={"unit_ids": [root.id], "countries": ["AT"], "roles": ["Data engineer"]},
    )
    with time_machine.travel(clock.now() - timedelta(days=90), tick=False):
        few = make_live_item()

    def told(item):
        entry = queries.get_live_item(item.id, visible_to=actor_for(reader))
        return [(reason.kind, reason.name) for reason in entry.reasons]

    assert told(many) == [
        ("unit", "Meridian Works"),
        ("role", "data engineer"),
        ("country", "AT"),
        ("pinned", None),
        ("follows", "Health"),
        ("reads", "de-AT"),
        ("priority", None),
        ("new", None),
        ("turn", None),
    ]
    assert told(few) == [("everyone", None), ("turn", None)]


def test_the_order_is_what_a_plain_count_of_points_gives(session):
    """A second implementation, item by item, of what the statement does at once."""
    chance = random.Random(11)
    root = make_unit("Meridian Works")
    units = [make_unit(parent=root) for _ in range(2)]
    person = make_advocate(units[0], language="de")
    followed, other = make_topic(followers=(person,)), make_topic()
    actor, now = actor_for(person), clock.now()
    turn = turn_of(person.key, people.today())  # the programme's day, which may not be that of UTC
    items = []
    for _ in range(14):
        unit = chance.choice([None, root, units[0]])
        topic, priority, is_pinned = chance.choice([followed, other]), chance.choice([0, 0, 7]), chance.random() < 0.2
        language, age, days = chance.choice(["en", "de"]), chance.choice([0, 3, 30]), chance.choice([0, 0, 2, 7])
        with time_machine.travel(now - timedelta(days=age), tick=False):
            item = make_live_item(
                texts={language: {"title": "t", "summary": "s"}},
                topic_ids=[topic.id],
                priority=priority,
                is_pinned=is_pinned,
                audience={"unit_ids": [unit.id]} if unit else {},
            )
        for day in range(days):
            with time_machine.travel(now - timedelta(days=day), tick=False):
                skipping.note_shown(actor, [item.key])
        shuffled = (item.key ^ turn) * 2_654_435_761 % 2**32 // 65_536 % 20
        points = (
            (40 if topic is followed else 0)
            + {None: 0, root: 20, units[0]: 30}[unit]
            + (25 if language == "de" else 0)
            + 2 * priority
            + {0: 60, 3: 36, 30: 0}[age]
            - 15 * min(days, 6)
            + shuffled
        )
        items.append((is_pinned and days < 5, points, item.key, item.id))
    with time_machine.travel(now, tick=False):
        assert seen_by(actor) == [item_id for *_, item_id in sorted(items, reverse=True)]
        picked, matching = queries.pick_for(actor, most=5)
    assert matching == 14
    assert [entry.id for entry in picked] == [item_id for *_, item_id in sorted(items, reverse=True)][:5]


def test_an_account_without_an_employee_has_no_feed(session):
    make_live_item()
    with pytest.raises(NotPermitted):
        queries.feed_for(Actor(account_id=new_id(), employee_key=None))
