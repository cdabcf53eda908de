"""Words much like colleagues' are told to their writer, and to nobody else; nothing of what is compared is kept."""

from datetime import timedelta

import numpy as np
import pytest
import time_machine
from sqlalchemy import func, select

from advocacy.foundation import clock
from advocacy.foundation.db import session as ambient
from advocacy.people.models import Purpose
from advocacy.people.service import withdraw_consent
from advocacy.sharing.likeness import forget_sketches, likeness_of
from advocacy.sharing.likeness.sketching import PLACES, sketch_of, words_of
from advocacy.sharing.sketch_models import PostSketch
from advocacy.sharing.staggering import Advice, advice_for
from config.networks import find_network
from tests.factories.content import make_live_item
from tests.factories.people import actor_for, make_advocate
from tests.factories.sharing import make_share

X, LINKEDIN = find_network("x"), find_network("linkedin")
COMMON = "We opened the new pump house in Porto today and the whole team was there to see the first water run."
OTHER = "Hiring again: two people for our rail team, who like cold mornings and quiet mathematics more than slides."


@pytest.fixture
def writer(session):
    return actor_for(make_advocate())


def group_posts(text, people=5, network="x"):
    """Let a smallest group post a text on one item without captions."""
    item = make_live_item(captions=[])
    for _ in range(people):
        post(text, network, item=item)


def post(text, network="x", **options):
    return make_share(
        item=options.pop("item", None) or make_live_item(captions=[]), network=network, text=text, **options
    )


def sketches():
    return ambient.scalar(select(func.count()).select_from(PostSketch))


def test_a_text_much_like_a_groups_is_told_with_its_place(writer):
    group_posts(COMMON)
    mine = f"I was proud. {COMMON.upper()} Come and see."
    found = likeness_of(writer, mine, X)
    assert found is not None
    assert not found.is_suggested
    assert mine[found.start : found.end] in COMMON.upper()
    assert len(mine[found.start : found.end]) > 30
    assert likeness_of(writer, COMMON, LINKEDIN) is None, "on another network nobody read it"


def test_ones_own_words_and_ones_own_posts_are_nobody_elses(writer):
    group_posts(COMMON, 4)
    post(COMMON, actor=writer)
    assert likeness_of(writer, COMMON, X) is None, "with their own it would be five"
    group_posts(COMMON, 1)
    assert likeness_of(writer, OTHER, X) is None
    assert likeness_of(writer, "We opened it today.", X) is None, "a few words are nobody's"


def test_pasting_one_colleagues_words_tells_nothing_about_them(writer):
    """Who knows a caption that one person was given, or what one person wrote, learns by it whether they posted it."""
    colleague, item = make_advocate(), make_live_item(captions=[])
    for _ in range(5):
        post(COMMON, employee=colleague, item=item)
    assert sketches() == 5
    assert likeness_of(writer, COMMON, X) is None
    group_posts(COMMON, 3)
    assert likeness_of(writer, COMMON, X) is None, "four people"
    group_posts(COMMON, 1)
    assert likeness_of(writer, COMMON, X) is not None


def test_words_that_one_of_a_group_added_are_not_told(writer):
    group_posts(COMMON)
    added = "My grandmother knew that hill."
    group_posts(f"{COMMON} {added}", 1)
    mine = f"{COMMON} {added}"
    found = likeness_of(writer, mine, X)
    assert found is not None
    assert mine[found.start : found.end] in COMMON


def test_no_sketch_is_kept_of_words_that_were_suggested(writer):
    caption = {"network": None, "language": "en", "text": COMMON}
    item = make_live_item(captions=[caption])
    post(COMMON, item=item)
    post(f"{COMMON} Go and see.", item=item)
    assert sketches() == 0
    post(OTHER, item=item)
    assert sketches() == 1


def test_the_line_that_everybody_has_makes_no_likeness(writer):
    group_posts("Read this one, it changed how I think about rivers and the towns beside them.")
    line = "I work at Meridian Works."
    assert likeness_of(writer, f"{OTHER} {line}", X) is None


def test_words_still_as_suggested_are_told_as_such(writer):
    found = likeness_of(writer, f"{COMMON} Yes.", X, [OTHER, COMMON])
    assert found is not None
    assert found.is_suggested


def test_sketches_go_with_the_yes_and_with_time(writer):
    colleague = make_advocate()
    group_posts(COMMON)
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        assert likeness_of(writer, COMMON, X) is None
        group_posts(OTHER)
        assert forget_sketches() == 5
    assert likeness_of(writer, OTHER, X) is not None
    group_posts(COMMON, 4)
    post(COMMON, employee=colleague)
    assert likeness_of(writer, COMMON, X) is not None
    withdraw_consent(actor_for(colleague), Purpose.TAKE_PART, source="test")
    ambient.expire_all()
    assert sketches() == 9
    assert likeness_of(writer, COMMON, X) is None


def test_no_word_can_be_read_from_a_sketch_and_another_deployment_makes_another(session, monkeypatch, settings):
    from dataclasses import replace

    from advocacy.foundation import preferences

    mine = sketch_of(COMMON)
    assert len(mine.sketch) == 4 * PLACES
    assert not any(word.encode() in mine.sketch for word, _start, _end in words_of(COMMON))
    monkeypatch.setattr(preferences, "_settings", replace(settings, pepper="another pepper that is long enough to do"))
    theirs = sketch_of(COMMON)
    assert np.count_nonzero(mine.places == theirs.places) == 0


@pytest.mark.parametrize("shared", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_an_estimate_is_near_the_true_likeness(session, shared):
    """Two hundred pairs of texts with a known share of runs in common: the mean error stays small."""
    errors = []
    for number in range(200):
        whole = 60
        common = [f"c{number}x{word}" for word in range(round(whole * 2 * shared / (1 + shared)))]
        one, two = ([*common, *(f"{name}{number}x{word}" for word in range(whole - len(common)))] for name in "ab")
        runs = [{tuple(text[at : at + 3]) for at in range(len(text) - 2)} for text in (one, two)]
        true = len(runs[0] & runs[1]) / len(runs[0] | runs[1])
        left, right = sketch_of(" ".join(one)), sketch_of(" ".join(two))
        errors.append(np.count_nonzero(left.places == right.places) / PLACES - true)
    assert abs(float(np.mean(errors))) < 0.03
    assert float(np.std(errors)) < 0.12


# --- Another hour.


@pytest.fixture
def item(session):
    return make_live_item()


def share_at(item, when):
    with time_machine.travel(when, tick=False):
        return make_share(employee=make_advocate(), item=item, network="linkedin")


def test_a_quieter_hour_is_named_only_where_a_smallest_group_shared(item, session):
    writer = actor_for(make_advocate(time_zone="UTC"))
    noon = clock.now().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
    for number in range(4):
        share_at(item, noon - timedelta(hours=1, minutes=number))
    with time_machine.travel(noon, tick=False):
        assert advice_for(writer, item.key, LINKEDIN) is None
        make_share(actor=writer, item=item, network="linkedin")
        assert advice_for(writer, item.key, LINKEDIN) is None, "one's own does not count"
    for number in range(3):
        share_at(item, noon - timedelta(hours=2, minutes=number))
    with time_machine.travel(noon, tick=False):
        assert advice_for(writer, item.key, LINKEDIN) == Advice(at_least=5, quieter_hour=13), "seven, told in fives"
        assert advice_for(writer, item.key, X) is None
    with time_machine.travel(noon + timedelta(days=2), tick=False):
        assert advice_for(writer, item.key, LINKEDIN) is None


def test_the_hour_is_the_readers_own_and_never_at_night(item, session):
    writer = actor_for(make_advocate(time_zone="Asia/Tokyo"))
    evening = clock.now().replace(hour=13, minute=30, second=0, microsecond=0) + timedelta(days=1)  # 22:30 in Tokyo
    for _number in range(5):
        share_at(item, evening - timedelta(minutes=10))
    with time_machine.travel(evening, tick=False):
        assert advice_for(writer, item.key, LINKEDIN).quieter_hour == 8
