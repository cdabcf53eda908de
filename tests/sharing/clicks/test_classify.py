"""The rules that tell people from machines, on made-up clicks with known answers."""

import random
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advocacy.activity.kinds import ClickClass, ClickFlag
from advocacy.sharing.clicks.classify import MINUTE_US, SECOND_US, Seen, Surroundings, classify, machine_spans

NOON = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()) * SECOND_US
DAY = date(2026, 11, 20)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def click(
    seconds: float = 0.0,
    *,
    link: int = 1,
    visitor: int | None = 11,
    agent: str = FIREFOX,
    flags: int = 0,
    referrer: str | None = None,
    employee: int | None = 5,
) -> Seen:
    return Seen(NOON + int(seconds * SECOND_US), link, visitor, flags, agent, referrer, employee)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (click(), ClickClass.HUMAN),
        (click(agent="LinkedInBot/1.0"), ClickClass.PREVIEW_BOT),
        (click(flags=ClickFlag.PREFETCH), ClickClass.PREVIEW_BOT),
        (click(agent="Slackbot-LinkExpanding 1.0", flags=ClickFlag.HEAD), ClickClass.PREVIEW_BOT),
        (click(agent="Googlebot/2.1"), ClickClass.SCANNER),
        (click(agent=""), ClickClass.SCANNER),
        (click(flags=ClickFlag.HEAD), ClickClass.SCANNER),
        (click(flags=ClickFlag.INTERNAL_ADDRESS), ClickClass.INTERNAL),
        (click(agent="curl/8.5", flags=ClickFlag.INTERNAL_ADDRESS), ClickClass.SCANNER),
    ],
)
def test_a_single_click_has_the_class_its_facts_say(one: Seen, expected: ClickClass) -> None:
    assert classify([one], Surroundings()) == [expected]


def test_the_second_click_of_a_visitor_on_a_link_that_day_is_repeated() -> None:
    next_day = click(13 * 3_600)
    found = classify([click(), click(3_600), click(3_600, link=2), next_day], Surroundings())
    assert found == [ClickClass.HUMAN, ClickClass.REPEATED, ClickClass.HUMAN, ClickClass.HUMAN]


def test_a_visitor_who_counts_already_is_repeated() -> None:
    assert classify([click()], Surroundings(counted=frozenset({(DAY, 1, 11)}))) == [ClickClass.REPEATED]


def test_clicks_without_a_key_count_once_a_link_and_day() -> None:
    clicks = [click(number, visitor=None, flags=ClickFlag.NO_VISITOR_KEY) for number in range(20)]
    assert classify(clicks, Surroundings()) == [ClickClass.HUMAN, *[ClickClass.REPEATED] * 19]


def test_own_clicks_are_own_only_on_the_own_links() -> None:
    around = Surroundings(own=frozenset({(DAY, 11, 5)}))
    assert classify([click(), click(link=2, employee=6)], around) == [ClickClass.OWN, ClickClass.HUMAN]


def test_three_links_within_a_minute_are_a_scanner_also_the_first_two() -> None:
    found = classify([click(0, link=1), click(20, link=2), click(59, link=3)], Surroundings())
    assert found == [ClickClass.SCANNER] * 3


def test_three_links_within_exactly_a_minute_are_a_person() -> None:
    found = classify([click(0, link=1), click(20, link=2), click(60, link=3)], Surroundings())
    assert found == [ClickClass.HUMAN] * 3


def test_links_opened_before_this_segment_count_for_the_scanner_rule() -> None:
    around = Surroundings(visits=[(11, NOON - 30 * SECOND_US, 8), (11, NOON - 20 * SECOND_US, 9)])
    assert classify([click()], around) == [ClickClass.SCANNER]


@pytest.mark.parametrize(("number", "expected"), [(10, ClickClass.REPEATED), (11, ClickClass.SCANNER)])
def test_more_than_ten_clicks_a_minute_are_a_scanner(number: int, expected: ClickClass) -> None:
    assert classify([click(step) for step in range(number)], Surroundings())[-1] is expected


def test_a_person_behind_a_mail_gateway_counts_and_the_gateway_does_not() -> None:
    gateway = click(0, visitor=99, referrer="eur01.safelinks.protection.outlook.com")
    person = click(1.5, visitor=11, referrer="eur01.safelinks.protection.outlook.com")
    assert classify([gateway, person], Surroundings()) == [ClickClass.SCANNER, ClickClass.HUMAN]


def test_a_flood_by_one_visitor_is_judged_in_reasonable_time() -> None:
    flood = [click(number / 1_000, link=number % 50) for number in range(50_000)]
    assert set(classify(flood, Surroundings())) == {ClickClass.SCANNER}


visits = st.lists(st.tuples(st.integers(0, 5 * MINUTE_US), st.integers(1, 5)), max_size=40)


@given(visits)
def test_machine_spans_are_those_that_trying_every_window_finds(made: list[tuple[int, int]]) -> None:
    ordered = sorted(made)

    def too_much(at: int) -> bool:
        windows = (
            [(when, link) for when, link in ordered if start <= when < start + MINUTE_US]
            for start, _ in ordered
            if start <= at < start + MINUTE_US
        )
        return any(len({link for _, link in window}) >= 3 or len(window) > 10 for window in windows)

    spans = machine_spans(ordered)
    for at, _ in ordered:
        inside = any(begin <= at <= end for begin, end in spans)
        # A window that is too much covers all it holds; a visit in one is in a span, and no other is.
        assert inside or not too_much(at)


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(1, 4), st.integers(1, 3)), max_size=30), st.randoms())
def test_the_order_in_which_clicks_are_handed_in_does_not_matter(
    made: list[tuple[int, int, int]], shuffle: random.Random
) -> None:
    clicks = [click(seconds, link=link, visitor=visitor) for seconds, link, visitor in made]
    shuffled = list(clicks)
    shuffle.shuffle(shuffled)

    def counts(some: list[Seen]) -> list[tuple[int, int, int]]:
        classes = classify(some, Surroundings())
        return sorted(
            (one.link_key, one.visitor_key or 0, int(found)) for one, found in zip(some, classes, strict=True)
        )

    assert counts(clicks) == counts(shuffled)
