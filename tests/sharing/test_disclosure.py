"""Readers see where the author works, near what is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advocacy.foundation import preferences
from advocacy.foundation.errors import Invalid
from advocacy.sharing.disclosure import disclose, find_disclosure, line_for
from config.networks import find_network

LINE = "I work at Meridian Works."
LINKEDIN = find_network("linkedin")


@pytest.fixture(autouse=True)
def _deployment(session):
    """The wording is a setting, so it is read from the database."""


def disclosed(text, network=LINKEDIN, country="US", language="en", is_locked=False):
    return disclose(text, network=network, country=country, language=language, is_locked=is_locked)


@pytest.mark.parametrize(
    "text",
    [
        "I work at Meridian Works. Read this.",
        "My company, Meridian Works, has something new.",
        "We at Meridian Works are hiring.",
        "i’m with meridian works and proud of it",
        "Our new pump is out! #MeridianWorksEmployee",
        "Wir bei Meridian Works stellen ein.",
        "Trabajo en Meridian Works. Mira esto.",
        f"{LINE}\nMore.",
    ],
)
def test_a_text_stays_as_it_is_when_it_says_where_its_author_works(text):
    found = disclosed(text)
    assert (found.text, found.was_added) == (text, False)
    assert found.evidence["near"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A great pump.",
        "Meridian Works makes great pumps.",  # says nothing about the author
        "I work at home. Meridian Works is great.",  # belongs to another sentence
        "Great! #ad #ee #spon #MeridianWorksEmployee #pumps #water",  # nobody reads a row of hashtags
        "We at Meridian Worksmanship",
    ],
)
def test_the_line_is_added_when_a_text_does_not_say_it(text):
    found = disclosed(text)
    assert found.was_added
    assert found.text == (f"{text}\n\n{LINE}" if text else LINE)
    assert find_disclosure(found.text, LINE, "Meridian Works") == found.evidence["at"]


def test_the_line_comes_first_when_the_text_is_long():
    found = disclosed("word " * 100 + LINE)
    assert found.was_added
    assert found.text.startswith(LINE)


def test_a_locked_text_is_refused_when_it_does_not_disclose():
    with pytest.raises(Invalid) as refused:
        disclosed("A great pump.", is_locked=True)
    assert refused.value.problems[0].code == "disclosure_missing"
    assert disclosed(f"A great pump. {LINE}", is_locked=True).text == f"A great pump. {LINE}"


def test_nothing_is_added_in_the_organisations_own_chat():
    assert disclosed("A great pump.", network=find_network("teams")).text == "A great pump."


def test_the_line_is_in_the_language_of_the_item_unless_an_administrator_chose_a_wording():
    assert line_for("de-AT") == "Ich arbeite bei Meridian Works."
    assert line_for("ja") == LINE
    from advocacy.foundation.access import Role
    from tests.factories.content import make_actor

    preferences.change(make_actor(Role.ADMINISTRATOR), "disclosure_line", "{organisation} pays me.", seen_version=0)
    assert line_for("de") == "Meridian Works pays me."


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.just("\n"), max_size=300))
def test_disclosing_twice_changes_nothing(text):
    once = disclosed(text)
    twice = disclosed(once.text)
    assert (twice.text, twice.was_added) == (once.text, False)
    assert text in once.text
