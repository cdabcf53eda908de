"""Suggested wordings are dealt out in turn: one to each until all were given, also when people press at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from sqlalchemy import func, select

from advocacy.content.queries import get_live_item
from advocacy.foundation import clock, db, preferences
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.people.models import Purpose
from advocacy.people.service import withdraw_consent
from advocacy.sharing.caption_models import CaptionAllotment
from advocacy.sharing.captions import caption_for, forget_allotments, own_data
from config.networks import find_network
from tests.factories.content import make_actor, make_live_item
from tests.factories.people import actor_for, make_advocate, make_employee
from tests.factories.sharing import make_share

LINKEDIN, BLUESKY = find_network("linkedin"), find_network("bluesky")


def make_captions(count, language="en", network=None):
    return [{"network": network, "language": language, "text": f"Words {n} {language}"} for n in range(count)]


def offered(actor, item, network=LINKEDIN):
    return caption_for(actor, get_live_item(item.id, visible_to=actor), network)


def make_reader(**fields):
    return actor_for(make_advocate(**fields))


def test_each_is_given_once_on_a_network_until_all_were_given(session):
    item, readers = make_live_item(captions=make_captions(3)), [make_reader() for _ in range(7)]
    given = [offered(reader, item).text for reader in readers]
    assert sorted(given[:3]) == sorted(given[3:6]) == ["Words 0 en", "Words 1 en", "Words 2 en"]
    assert [offered(reader, item).text for reader in readers] == given, "whoever looks again sees the same"
    elsewhere = {offered(reader, item, BLUESKY).text for reader in readers[:3]}
    assert len(elsewhere) == 3, "another network has turns of its own"


def test_nobody_knows_which_one_comes_next(session, monkeypatch):
    """Whoever could tell the next one would see in theirs whether somebody had looked meanwhile."""
    item, dealt = make_live_item(captions=make_captions(4)), []

    def last_of(captions):
        dealt.append(len(captions))
        return captions[-1]

    monkeypatch.setattr("advocacy.sharing.captions.secrets.choice", last_of)
    given = [offered(make_reader(), item).text for _ in range(5)]
    assert given == ["Words 3 en", "Words 2 en", "Words 1 en", "Words 0 en", "Words 3 en"]
    assert dealt == [4, 3, 2, 1, 4], "one of all that were given least"


def test_what_somebody_was_given_goes_with_their_yes(session):
    item, person, other = make_live_item(captions=make_captions(2)), make_advocate(), make_reader()
    offered(actor_for(person), item)
    offered(other, item)
    withdraw_consent(actor_for(person), Purpose.TAKE_PART, source="test")
    ambient.expire_all()
    assert [row.employee_key for row in session.scalars(select(CaptionAllotment))] == [other.employee_key]
    assert own_data(person.key) == []


def test_nothing_is_written_of_whoever_did_not_say_yes(session):
    item, reader = make_live_item(captions=make_captions(2)), actor_for(make_employee())
    first = offered(reader, item)
    assert first is not None
    assert offered(reader, item) == first
    assert session.scalars(select(CaptionAllotment)).all() == []


def test_what_somebody_shared_already_is_not_given_to_them_again(session):
    item, reader = make_live_item(captions=make_captions(2)), make_reader()
    texts = set()
    for _ in range(2):
        caption = offered(reader, item)
        texts.add(caption.text)
        make_share(actor=reader, item=item, text=caption.text, caption_id=caption.id)
    assert len(texts) == 2
    assert offered(reader, item) is None
    assert offered(make_reader(), item) is not None


def test_after_its_rest_a_caption_begins_anew(session):
    item = make_live_item(captions=make_captions(2))
    first, second, third = (make_reader() for _ in range(3))
    assert offered(first, item) is not None
    preferences.change(make_actor(Role.ADMINISTRATOR), "caption_rest_days", 3, seen_version=0)
    with time_machine.travel(clock.now() + timedelta(days=3, minutes=1), tick=False):
        assert {offered(second, item).text, offered(third, item).text} == {"Words 0 en", "Words 1 en"}
        assert offered(first, item).text in {"Words 0 en", "Words 1 en"}
        assert forget_allotments() == 0, "theirs is a new one by now"
    with time_machine.travel(clock.now() + timedelta(days=7), tick=False):
        assert forget_allotments() == 3
    assert ambient.scalar(select(func.count()).select_from(CaptionAllotment)) == 0


@pytest.mark.parametrize(
    ("reads", "text"), [("de", "Words 0 de"), ("de-AT", "Words 0 de"), ("es", "Words 0 en"), (None, "Words 0 en")]
)
def test_the_readers_language_comes_first_then_the_default(session, reads, text):
    item = make_live_item(captions=[*make_captions(1), *make_captions(1, "de"), *make_captions(1, "fr")])
    assert offered(make_reader(language=reads), item).text == text


def test_captions_of_the_network_come_before_those_for_any(session):
    item = make_live_item(captions=[*make_captions(1), *make_captions(1, network="bluesky")])
    assert offered(make_reader(), item, BLUESKY).network == BLUESKY.number
    assert offered(make_reader(), item).network is None
    assert offered(make_reader(), make_live_item(captions=[])) is None


def test_what_one_was_given_is_in_ones_own_data(session):
    item, reader = make_live_item(captions=make_captions(1)), make_reader()
    offered(reader, item)
    assert [row["text"] for row in own_data(reader.employee_key)] == ["Words 0 en"]


def test_people_who_press_at_once_get_different_captions(committed_database):
    """Twelve real transactions on twelve connections begin together; six captions go out twice each."""
    with db.unit_of_work():
        item_id = make_live_item(captions=make_captions(6)).id
        readers = [make_reader() for _ in range(12)]
    together = Barrier(len(readers))

    def press(reader):
        with db.unit_of_work():
            entry = get_live_item(item_id, visible_to=reader)
            together.wait(timeout=20)
            caption = caption_for(reader, entry, LINKEDIN)
            assert caption is not None
            return caption.text

    with ThreadPoolExecutor(len(readers)) as crowd:
        given = Counter(crowd.map(press, readers))
    assert sorted(given.values()) == [2] * 6
