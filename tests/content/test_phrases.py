"""Phrases of several words are found however they are written, as whole words, and where they stand is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advocacy.content import service
from advocacy.content.models import ItemState
from advocacy.content.phrase_matching import around, canonical, first_of_each, fold, places_of
from advocacy.content.phrases import add_phrase, avoided_phrases, find_phrases, refuse_blocked, remove_phrase, tell
from advocacy.foundation import audit
from advocacy.foundation.access import Role
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted
from tests.factories.content import make_actor, make_item


def found(phrase, text):
    place = first_of_each([canonical(phrase)], text).get(canonical(phrase))
    return text[place.start : place.end] if place is not None else None


@pytest.mark.parametrize(
    ("phrase", "text", "words"),
    [
        ("best in class", "We are Best in Class.", "Best in Class"),
        ("best in class", "best-in-class pumps", "best-in-class"),
        ("best in class", "best‑in – class", "best‑in – class"),
        ("best in class", "best  in\n class", "best  in\n class"),
        ("best in class", "be\u00adst in class", "be\u00adst in class"),
        ("best-in-class", "the best in class", "best in class"),
        ("best in class", "Great! #BestInClass", "BestInClass"),
        ("Zero Risiko", "ZERO–RISIKO!", "ZERO–RISIKO"),
        ("größte Pumpe", "die GRÖSSTE PUMPE der Welt", "GRÖSSTE PUMPE"),
        ("größte", "gro\u0308ßte", "gro\u0308ßte"),
        ("canapé à vie", "un canape a vie", "canape a vie"),
        ("don't worry", "Don’t worry", "Don’t worry"),
        ("ﬁne print", "fine print", "fine print"),
        ("100 % safe", "100\u00a0% safe", "100\u00a0% safe"),
        ("保証", "これは保証です", "保証"),
        ("гарантия", "ГАРАНТИЯ!", "ГАРАНТИЯ"),
        ("C++", "We use C++.", "C++"),
    ],
)
def test_a_phrase_is_found_however_it_is_written(phrase, text, words):
    assert found(phrase, text) == words


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("best in class", "best in classes"),
        ("best in class", "the best in its class"),
        ("best in class", "bestinclass"),
        ("best in class", "best, in class"),
        ("art", "start of the party"),
        ("win", "a window and the darwin prize"),
        ("ass", "class and assess"),
    ],
)
def test_a_part_of_another_word_is_no_phrase(phrase, text):
    assert found(phrase, text) is None


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_phrase_between_blanks_is_always_found_and_its_place_is_in_the_text(before, after):
    text = f"{before} guaranteed return {after}"
    places = list(places_of("guaranteed return", fold(text)))
    assert places
    for place in places:
        assert 0 <= place.start < place.end <= len(text)
        assert canonical(text[place.start : place.end]) == "guaranteed return"


def test_a_piece_around_a_place_shows_where_it_is():
    text = "x" * 30 + " guaranteed return " + "y" * 30
    place = first_of_each(["guaranteed return"], text)["guaranteed return"]
    assert around(text, place) == "…guaranteed return…"
    text = "We bring a guaranteed return to everybody who asks for it."
    place = first_of_each(["guaranteed return"], text)["guaranteed return"]
    assert around(text, place) == "We bring a guaranteed return to everybody who asks…"


# --- The list.


@pytest.fixture
def administrator(session):
    return make_actor(Role.ADMINISTRATOR)


def test_a_phrase_is_listed_found_told_and_taken_off(administrator):
    row = add_phrase(administrator, phrase="guaranteed  return", why="Nobody can promise that", instead="we aim for")
    (hit,) = find_phrases("A Guaranteed-Return for you. Guaranteed return!")
    assert hit.phrase is row
    assert tell(hit) == (
        "“guaranteed return” in “A Guaranteed-Return for you. Guaranteed…”: Nobody can promise that."
        " Say “we aim for” instead."
    )
    refuse_blocked("A guaranteed return.", "text")  # a hint refuses nothing
    remove_phrase(administrator, row.id)
    assert find_phrases("A guaranteed return.") == avoided_phrases() == []
    with pytest.raises(NotFound):
        remove_phrase(administrator, row.id)
    assert [event.action for event, _ in audit.recent(limit=2)] == ["phrase.removed", "phrase.added"]
    add_phrase(administrator, phrase="guaranteed return", why="Again.")


def test_blocking_phrases_refuse_a_text_and_name_every_place(administrator):
    add_phrase(administrator, phrase="guaranteed return", why="Nobody can promise that.", is_blocking=True)
    add_phrase(administrator, phrase="risk free", why="Nothing is.", is_blocking=True)
    with pytest.raises(Invalid) as refused:
        refuse_blocked("Risk-free, with a guaranteed return.", "text")
    assert [problem.detail[:11] for problem in refused.value.problems] == ["“risk free”", "“guaranteed"]


def test_the_same_phrase_in_another_spelling_is_refused(administrator):
    add_phrase(administrator, phrase="best in class", why="Says who?")
    with pytest.raises(Conflict):
        add_phrase(administrator, phrase="BEST-in-Class", why="Says who?")


def test_a_phrase_about_work_needs_a_reason_that_stays_on_the_trail(administrator):
    with pytest.raises(Invalid) as refused:
        add_phrase(administrator, phrase="union", why="We do not like it.")
    assert [(problem.pointer, problem.code) for problem in refused.value.problems] == [
        ("override_reason", "protected_speech")
    ]
    add_phrase(administrator, phrase="Union Bank deal", why="Quiet period.", override_reason="The name of a bank.")
    event = audit.recent(limit=1)[0][0]
    assert event.details["protected"] == ["organising"]
    assert event.details["override_reason"] == "The name of a bank."


@pytest.mark.parametrize(
    "change", [{"phrase": ""}, {"phrase": "x" * 121}, {"phrase": "--"}, {"why": " "}, {"why": "\x00"}]
)
def test_a_phrase_that_cannot_be_used_is_told(administrator, change):
    with pytest.raises(Invalid):
        add_phrase(administrator, **({"phrase": "fine words", "why": "Because."} | change))
    with pytest.raises(NotPermitted):
        add_phrase(make_actor(Role.CURATOR), phrase="fine words", why="Because.")


def test_an_item_with_a_blocking_phrase_cannot_go_to_review(administrator):
    add_phrase(administrator, phrase="guaranteed return", why="Nobody can promise that.", is_blocking=True)
    curator = make_actor(Role.CURATOR)
    captions = [{"network": None, "language": "en", "text": "Guaranteed\nreturn!"}]
    item = make_item(author=curator, captions=captions)
    with pytest.raises(Invalid) as refused:
        service.submit_item(curator, item.id)
    assert [problem.pointer for problem in refused.value.problems] == ["captions/0/text"]
    assert item.state is ItemState.DRAFT
