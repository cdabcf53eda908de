"""What is worked out from counts (ratios, quantiles, survival, data quality) against a naive reading of definitions."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update

from advocacy.activity.kinds import ClickClass, Kind
from advocacy.activity.models import DayTouch
from advocacy.foundation import clock, preferences
from advocacy.foundation.columns import new_id
from advocacy.measurement import fill, reading
from advocacy.measurement.catalogue import BY_KEY
from advocacy.measurement.fill.watched import watched_on
from advocacy.measurement.models import DailyEventsByKind, DailyPeopleByUnit, Restatement, RollupFill, RollupTouch
from advocacy.measurement.participation.concentration import Loads, acts_of_busiest, busiest, quantile
from advocacy.measurement.participation.survival import Lives, kaplan_meier, median
from advocacy.measurement.quality import read_match_rate
from advocacy.measurement.reading import Asked
from advocacy.measurement.rollups import BY_TABLE
from advocacy.recruiting.models import ApplicationEvent, Opening, Stage
from advocacy.sharing.models import Link
from tests.factories.measurement import World, calendar
from tests.measurement.test_participation_oracle import fresh_world
from tests.measurement.test_queries import people

ORACLE_OF = (
    "amp.brand_followers", "amp.concentration", "amp.ratio_potential", "amp.ratio_activated",
    "amp.break_even_participation", "ret.workload_p90", "ret.workload_top10_share", "ret.survival_median",
    "dq.bot_share", "dq.match_rate", "dq.late_share", "dq.restatement_rate", "dq.freshness",
)  # fmt: skip
TODAY = date(2026, 3, 31)
IN_PLACE = [HealthCheck.function_scoped_fixture]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=80), st.fractions(Fraction(1, 100), 1))
def test_a_quantile_is_the_one_found_by_lining_people_up(acts: list[int], share: Fraction) -> None:
    counted = sorted(Counter(acts).items())
    loads = Loads([made for made, _people in counted], [heads for _made, heads in counted])
    in_line = sorted(acts)
    enough = next(made for place, made in enumerate(in_line, 1) if place >= share * len(acts))
    assert quantile(loads, share) == enough
    few = busiest(len(acts), share)
    assert few == min(count for count in range(len(acts) + 1) if count >= share * len(acts))
    assert acts_of_busiest(loads, few) == sum(sorted(acts, reverse=True)[:few])


@given(st.lists(st.tuples(st.integers(1, 12), st.sampled_from(("churned", "left", "active"))), min_size=1, max_size=40))
def test_half_have_churned_on_the_day_that_exact_fractions_find(lives: list[tuple[int, str]]) -> None:
    days = sorted({day for day, _end in lives})
    counted = Counter(lives)
    columns = [[counted[day, end] for day in days] for end in ("churned", "left", "active")]
    surviving, expected = Fraction(1), None
    for day in days:
        at_risk = sum(1 for lived, _end in lives if lived >= day)
        surviving *= 1 - Fraction(counted[day, "churned"], at_risk)
        if expected is None and surviving < Fraction(1, 2):
            expected = day
        elif surviving == Fraction(1, 2):
            return  # exactly one half: floats may fall on either side of it
    assert median(kaplan_meier(Lives(days, *columns))).day == expected


@settings(max_examples=20, deadline=None, suppress_health_check=IN_PLACE)
@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(-3, 200), st.integers(0, 500)),
        max_size=6,
        unique_by=lambda one: one[:2],
    )
)
def test_the_brand_has_the_latest_number_of_each_network(world: World, told: list[tuple[int, int, int]]) -> None:
    savepoint = world.connection.begin_nested()
    try:
        world.units, world.people = {}, {}
        world.unit("company")
        people(world, "company", 12, size=7)
        for network, back, followers in told:
            world.brand(followers, network, TODAY - timedelta(days=back))
        world.fill(TODAY, pages=("page_amplification",))
        latest = {
            network: min((one for one in told if one[0] == network and one[1] >= 0), key=lambda one: one[1])[2]
            for network in {one[0] for one in told if one[1] >= 0}
        }
        brand, potential = sum(latest.values()), 12 * 7
        assert value(world, "amp.brand_followers") == (brand if latest else None)
        assert value(world, "amp.ratio_potential") == (Fraction(potential, brand) if brand else None)
        assert value(world, "amp.ratio_activated") == (Fraction(0) if brand else None)
        is_reachable = bool(latest) and brand <= potential
        assert value(world, "amp.break_even_participation") == (Fraction(brand, potential) if is_reachable else None)
    finally:
        savepoint.rollback()


@settings(max_examples=12, deadline=None, suppress_health_check=IN_PLACE)
@given(st.lists(st.integers(0, 60) | st.integers(0, 5000), min_size=4, max_size=45))
def test_how_unevenly_sizes_are_spread(world: World, sizes: list[int]) -> None:
    """Against the other definition of the index: the mean difference of two sizes, by the mean size."""
    savepoint = world.connection.begin_nested()
    try:
        fresh = fresh_world(world)
        fresh.unit("company")
        for number, size in enumerate(sizes):
            fresh.person(f"p{number}", "company", sizes={1: size})
        for table in ("daily_people_by_unit", "daily_audience_by_unit", "page_concentration"):
            fill.fill_day(fresh.connection, BY_TABLE[table], TODAY, calendar=calendar(TODAY + timedelta(days=1)))
        apart = Fraction(sum(abs(one - other) for one in sizes for other in sizes), 2 * len(sizes))
        exact = apart / sum(sizes) if len(sizes) >= 30 and sum(sizes) else None
        assert value(fresh, "amp.concentration") == (None if exact is None else Fraction(round(exact * 100), 100))
    finally:
        savepoint.rollback()


LAST_WEEK = [date(2026, 3, 23) + timedelta(days=ahead) for ahead in range(7)]  # 31 March 2026 is a Tuesday


@settings(max_examples=20, deadline=None, suppress_health_check=IN_PLACE)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from(list(ClickClass)), st.integers(1, 90), st.integers(0, 12)),
        max_size=9,
    )
)
def test_the_share_of_clicks_that_were_no_people_s(
    world: World, clicks: list[tuple[int, ClickClass, int, int]]
) -> None:
    """Of the last week that is over, and only where each class that is left out is of five people, or none is."""
    savepoint = world.connection.begin_nested()
    try:
        unit = world.units.get("company") or world.unit("company")
        heads = {"employed": 50, "taking_part": 50, "with_size": 0, "stale_people": 0, "floor_people": 0}
        world.connection.execute(insert(DailyPeopleByUnit).values(day=LAST_WEEK[-1], unit_key=unit, **heads))
        filled = {"rollup": "daily_people_by_unit", "day": LAST_WEEK[-1], "version": 1, "filled_at": clock.now()}
        world.connection.execute(insert(RollupFill).values(**filled))
        counted: dict[tuple[date, ClickClass], tuple[int, int]] = {}
        for ahead, kind, number, people in clicks:
            counted[LAST_WEEK[0] + timedelta(days=ahead), kind] = (max(number, people), people)
        for (day, kind), (number, people) in counted.items():
            at = datetime(2026, 3, 31, tzinfo=UTC)
            row: dict[str, Any] = {"kind": int(Kind.LINK_CLICKED), "detail": int(kind), "events": number, "day": day}
            row |= {"people": people, "late_events": 0, "early_events": 0}
            world.connection.execute(insert(DailyEventsByKind).values(last_occurred_at=at, last_recorded_at=at, **row))
        total, behind = Counter[ClickClass](), Counter[ClickClass]()
        for (day, kind), (number, people) in counted.items():
            if day in LAST_WEEK:
                total[kind] += number
                behind[kind] = max(behind[kind], people)
        raw, few = sum(total.values()), [kind for kind in total if behind[kind] < 5]
        groups = sorted((behind[kind], total[kind], str(int(kind)), kind) for kind in total if behind[kind] >= 5)
        beside = {ClickClass.HUMAN} & {*few, *([groups[0][-1]] if few and groups else [])}
        expected = Fraction(raw - total[ClickClass.HUMAN], raw) if raw else None
        assert value(world, "dq.bot_share") == (None if beside or not groups else expected)
    finally:
        savepoint.rollback()
        world.units.clear()


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland"])
@pytest.mark.parametrize("seed", range(4))
def test_the_share_of_applications_that_carry_a_person_s_link(
    world: World, monkeypatch: pytest.MonkeyPatch, seed: int, zone: str
) -> None:
    """Applications come in several steps, by two sources, around the ends of the window, by links of a person or not.

    Each is received on the day of its first step in the programme's zone; any step may name the link.
    """
    monkeypatch.setattr(preferences, "zone", lambda: ZoneInfo(zone))
    chance = random.Random(seed)
    world.unit("company")
    world.person("ada", "company")
    world.share("s", "ada")
    world.share("brand", "ada")
    world.connection.execute(
        update(Link).where(Link.key == world.links["brand"]).values(employee_key=None, share_key=None)
    )
    opening = world.connection.execute(insert(Opening).values(reference="R1").returning(Opening.key)).scalar_one()
    steps: dict[tuple[str, int], list[tuple[datetime, str | None]]] = {}
    for number in range(chance.randint(0, 40)):
        application = (chance.choice(("one", "other")), chance.randint(0, 9))
        link = chance.choice((None, None, "brand", "s"))
        edge = datetime(2026, 3, 2, 12, tzinfo=UTC) if chance.random() < 0.5 else datetime(2026, 3, 31, 12, tzinfo=UTC)
        happened = edge + timedelta(hours=chance.randint(-26, 26))
        steps.setdefault(application, []).append((happened, link))
        step: dict[str, Any] = {"source": application[0], "external_id": str(number)}
        world.connection.execute(
            insert(ApplicationEvent).values(
                id=new_id(), application_token=bytes([application[1]]), opening_key=opening,
                stage=chance.choice(list(Stage)), occurred_at=happened,
                link_key=world.links[link] if link else None, **step,
            )
        )  # fmt: skip
    received = {
        application
        for application, told in steps.items()
        if date(2026, 3, 2) <= min(at for at, _link in told).astimezone(ZoneInfo(zone)).date() <= TODAY
    }
    matched = {application for application in received if any(link == "s" for _at, link in steps[application])}
    rate = Fraction(len(matched), len(received)) if received else None
    (point,) = read_match_rate(world.connection, Asked(world.units["company"], TODAY, TODAY, None, 5))
    assert (point.value, point.behind) == (rate, 1 if matched else 0)
    # One person's link is one person, whatever came of it.
    assert value(world, "dq.match_rate") == (None if matched or len(received) < 5 else rate)


LATE = {"LINK_CLICKED": 1, "APPLICATION": 24, "SHARE_PUBLISHED": 48}  # hours until it is late


@settings(max_examples=12, deadline=None, suppress_health_check=IN_PLACE)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(LATE)), st.integers(0, 7), st.integers(0, 60), st.booleans()), max_size=30
    )
)
def test_the_share_of_events_that_came_late(world: World, events: list[tuple[str, int, int, bool]]) -> None:
    """Of people who take part only; an event as late as is allowed is not late yet. Few people's are left out."""
    savepoint = world.connection.begin_nested()
    try:
        fresh = fresh_world(world)
        fresh.unit("company")
        names = [f"p{number}" for number in range(8)]
        for name in names:
            fresh.person(name, "company")
        fresh.person("silent", "company", agreed=())
        for name in (*names, "silent"):
            fresh.share(name, name)
        # All in one week, and many enough that not everything is hidden.
        happened = datetime(2026, 3, 25, 12, tzinfo=UTC)
        events = [*events, *(("SHARE_PUBLISHED", number, 1, True) for number in range(6))]
        for kind, who, hours, takes_part in events:
            name = names[who] if takes_part else "silent"
            detail = 1 if kind == "APPLICATION" else None
            fresh.event(kind, name, happened, share=name, detail=detail, recorded=happened + timedelta(hours=hours))
        fresh.fill(date(2026, 3, 25), today=TODAY, pages=("daily_events_by_kind", "daily_activity_by_person"))
        late, told = 0, 0
        for kind, allowed in LATE.items():
            mine = [(who, hours > allowed) for one, who, hours, takes_part in events if one == kind and takes_part]
            sides = [{who for who, is_late in mine if is_late is side} for side in (True, False)]
            if len({who for who, _is_late in mine}) >= 5 and all(not side or len(side) >= 5 for side in sides):
                late, told = late + sum(is_late for _who, is_late in mine), told + len(mine)
        assert value(fresh, "dq.late_share") == (Fraction(late, told) if told else None)
    finally:
        savepoint.rollback()


@pytest.mark.parametrize("seed", range(6))
def test_the_share_of_final_values_that_were_restated(world: World, seed: int) -> None:
    """One value is one number of the company on one day, however often it changed; other units' are not counted."""
    chance = random.Random(seed)
    company, sales = world.unit("company"), world.unit("sales", "company")
    filled = [TODAY - timedelta(days=back) for back in range(40) if chance.random() < 0.7]
    for day in filled:
        row = {"rollup": "page_amplification", "day": day, "version": 1, "filled_at": datetime(2026, 3, 31, tzinfo=UTC)}
        world.connection.execute(insert(RollupFill).values(**row))
    changed = set()
    for _number in range(chance.randint(0, 30)):
        metric, unit = chance.choice(("act.shares", "vis.human_clicks")), chance.choice((company, sales))
        day, announced = chance.choice(filled), chance.random() < 0.5
        values = {"before": 100, "after": 102 if announced else 100, "is_announced": announced}
        world.connection.execute(
            insert(Restatement).values(
                restated_at=datetime(2026, 3, 31, tzinfo=UTC), metric=metric, unit_key=unit, first_day=day,
                last_day=day,
                causes=[1], version=1, definition_hash="0" * 12, **values,
            )
        )  # fmt: skip
        if unit == company and announced and (TODAY - day).days < 30:
            changed.add((metric, day))
    noon = datetime(2026, 3, 31, 10, tzinfo=UTC)
    final = sum(
        clock.day_bounds(day, preferences.zone())[1] + watched.lateness <= noon
        for day in filled
        if (TODAY - day).days < 30
        for watched in watched_on("page_amplification")
    )
    assert value(world, "dq.restatement_rate") == Fraction(len(changed), final)


@settings(max_examples=15, deadline=None, suppress_health_check=IN_PLACE)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 600), st.booleans()), max_size=6))
def test_the_oldest_thing_that_no_number_knows(world: World, waiting: list[tuple[bool, int, bool]]) -> None:
    """A touch of a roll-up without a cause waits for nothing that came in."""
    savepoint = world.connection.begin_nested()
    try:
        fresh = fresh_world(world)
        fresh.unit("company")
        now = datetime(2026, 3, 31, 10, tzinfo=UTC)
        for is_day, minutes, has_cause in waiting:
            came = now - timedelta(minutes=minutes)
            touch = (
                insert(DayTouch).values(day=TODAY, touched_at=came)
                if is_day
                else insert(RollupTouch).values(
                    rollup="page_amplification", day=TODAY, heard_at=came, cause=1 if has_cause else None
                )
            )
            fresh.connection.execute(touch)
        oldest = max((minutes for is_day, minutes, has_cause in waiting if is_day or has_cause), default=0)
        assert value(fresh, "dq.freshness") == Fraction(oldest, 60)
    finally:
        savepoint.rollback()


def value(world: World, key: str) -> Any:
    asked = Asked(world.units["company"], TODAY, TODAY, None, 5)
    return reading.read(world.connection, BY_KEY[key], asked)[0].value
