"""Recruiting and reported impressions: the SQL against a naive reading of definitions, on random small companies."""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advocacy.measurement import queries
from tests.factories.measurement import BERLIN, GRANTED, World, calendar
from tests.measurement.examples import example
from tests.measurement.test_oracle import DAY, UNITS, above
from tests.measurement.test_participation_oracle import fresh_world

ORACLE_OF = (
    "rec.job_reach_potential", "rec.job_reach_activated", "rec.job_shares", "rec.job_clicks", "rec.applications",
    "rec.interviews", "rec.offers", "rec.hires", "vis.impressions", "amp.measured_shares",
)  # fmt: skip
APPLIED, INTERVIEW, OFFER, HIRED, REJECTED, UNHIRED = range(1, 7)


@dataclass
class Shared:
    """One share of a job or an article so many days ago, and what came of it."""

    is_job: bool
    days_ago: int
    is_published: bool
    human_clicks: int
    other_clicks: int
    impressions: list[int | None]  # as reported one after the other
    stages: list[tuple[int, int]]  # days ago and stage


@dataclass
class Person:
    unit: str
    has_left: bool
    agreed: tuple[str, ...]
    size: int | None
    shares: list[Shared]


shared = st.builds(
    Shared,
    is_job=st.booleans(),
    days_ago=st.sampled_from((0, 1, 29, 30)),
    is_published=st.booleans(),
    human_clicks=st.integers(0, 2),
    other_clicks=st.integers(0, 1),
    impressions=st.lists(st.none() | st.integers(0, 900), max_size=2),
    stages=st.lists(st.tuples(st.sampled_from((0, 1, 89, 90)), st.integers(APPLIED, UNHIRED)), max_size=4),
)
companies = st.lists(
    st.builds(
        Person,
        unit=st.sampled_from(sorted(UNITS)),
        has_left=st.sampled_from((False, False, True)),
        agreed=st.sampled_from((("take_part", "network_size"), ("take_part",), ())),
        size=st.none() | st.integers(0, 500),
        shares=st.lists(shared, max_size=2),
    ),
    min_size=1,
    max_size=5,
)


def build(world: World, people: list[Person]) -> None:
    for name, parent in UNITS.items():
        world.unit(name, parent)
    world.item("opening", "job")
    world.item("article")
    for number, person in enumerate(people):
        name = f"p{number}"
        until = DAY - timedelta(days=3) if person.has_left else None
        world.person(name, person.unit, until=until, agreed=person.agreed)
        if person.size is not None:
            world.size(name, 1, person.size, DAY - timedelta(days=120))
        for index, one in enumerate(person.shares):
            share, day = f"{name}s{index}", DAY - timedelta(days=one.days_ago)
            world.share(share, name, "opening" if one.is_job else "article")
            world.event("SHARE_OPENED", name, f"{day} 09:00", share=share)
            if one.is_published:
                world.event("SHARE_PUBLISHED", name, f"{day} 10:00", share=share)
            world.event("LINK_CLICKED", name, f"{day} 11:00", share=share, times=one.human_clicks)
            world.event("LINK_CLICKED", name, f"{day} 11:00", share=share, click="SCANNER", times=one.other_clicks)
            for hour, reported in enumerate(one.impressions):
                world.snapshot(share, reported, f"{day} {12 + hour}:00")
            for days_ago, stage in one.stages:
                at = f"{DAY - timedelta(days=days_ago)} 15:00"
                world.event("APPLICATION", name, at, share=share, detail=stage)


def counted(person: Person) -> tuple[Counter[str], Counter[str]]:
    """Count one person for the recruiting page, and for the impressions on the amplification page."""
    recruiting, reported = Counter[str](), Counter[str]()
    takes_part, counts_size = "take_part" in person.agreed, "network_size" in person.agreed
    size = person.size if takes_part and counts_size and not person.has_left else None
    recruiting["employed"] = int(not person.has_left)
    if size is not None:
        recruiting += Counter({"people": 1, "audience": size})
    if not takes_part:
        return recruiting, reported
    recent = [one for one in person.shares if one.days_ago < 30]
    jobs = [one for one in recent if one.is_job]
    published = sum(one.is_published for one in jobs)
    clicks = sum(one.human_clicks for one in jobs)
    recruiting += Counter(shares=published, share_people=min(published, 1), clicks=clicks, click_people=min(clicks, 1))
    if published and size is not None:
        recruiting += Counter(activated_people=1, activated_audience=size)
    stages = Counter(stage for one in person.shares for days_ago, stage in one.stages if days_ago < 90)
    reached = {
        "application": stages[APPLIED],
        "interview": stages[INTERVIEW],
        "offer": stages[OFFER],
        "hire": max(stages[HIRED] - stages[UNHIRED], 0),
    }
    for name, number in reached.items():
        recruiting += Counter({f"{name}s": number, f"{name}_people": min(number, 1)})
    told = [
        next(value for value in reversed(one.impressions) if value is not None)
        for one in recent
        if one.is_published and any(value is not None for value in one.impressions)
    ]
    reported += Counter(measured_shares=len(told), impressions=sum(told), measured_people=min(len(told), 1))
    return recruiting, reported


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=companies)
def test_recruiting_and_impressions_agree_with_a_naive_count(world: World, people: list[Person]) -> None:
    savepoint = world.connection.begin_nested()
    try:
        fresh = fresh_world(world)
        build(fresh, people)
        fresh.fill_due(calendar(DAY, first_day=DAY), "page_recruiting", "page_amplification")
        expected: dict[str, tuple[Counter[str], Counter[str]]] = defaultdict(lambda: (Counter(), Counter()))
        for person in people:
            for unit in above(person.unit):
                for page, mine in zip(expected[unit], counted(person), strict=True):
                    page.update(mine)
        recruiting = {row["unit"]: figures(row) for row in fresh.rows("page_recruiting", DAY)}
        names = ("measured_shares", "measured_people", "impressions")
        reported = {
            row["unit"]: +Counter({name: row[name] for name in names}) for row in fresh.rows("page_amplification", DAY)
        }
        for unit, (page, impressions) in expected.items():
            assert recruiting.get(unit, Counter()) == +page
            assert reported.get(unit, Counter()) == +impressions
    finally:
        savepoint.rollback()


@dataclass
class Job:
    """A job that was to be seen so many days ago, and what ended it since; None for what never happened."""

    live: int | None
    over: int | None
    withdrawn: int | None

    def days_live(self) -> set[int]:
        """Return the days, counted back from the one asked about, on which people saw it."""
        if self.live is None:
            return set()
        ended = max((back for back in (self.over, self.withdrawn) if back is not None), default=-10)
        return set(range(ended + 1, self.live + 1))

    def as_left(self) -> dict[str, Any]:
        """Return the item's fields as its life leaves them a week after the day."""
        at = {
            name: None if back is None else datetime.combine(DAY - timedelta(days=back), time(), tzinfo=BERLIN)
            for name, back in (("live", self.live), ("over", self.over), ("withdrawn", self.withdrawn))
        }
        is_withdrawn, is_over = self.withdrawn is not None, self.over is not None and self.over >= -7
        return {
            "live_from": at["live"] or GRANTED,
            "first_live_at": at["live"],
            "expires_at": at["over"],
            "is_over": is_withdrawn or is_over or self.live is None,
            "state": "withdrawn"
            if is_withdrawn
            else "expired"
            if is_over
            else "live"
            if self.live is not None
            else "draft",
            # Somebody reworked it since, which moves neither what was seen nor until when.
            "last_live_at": min((one for one in (at["over"], at["withdrawn"]) if one is not None), default=None),
        }


ends = st.none() | st.sampled_from((-8, -5, 0, 1, 10, 28, 29, 30, 40))
jobs = st.builds(Job, live=st.none() | st.sampled_from((-1, 0, 1, 29, 30, 60)), over=ends, withdrawn=ends).map(
    lambda job: replace(job, live=job.live if job.days_live() else None)  # what ended first was never live
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(jobs, min_size=1, max_size=8))
def test_a_job_counts_for_thirty_days_after_people_saw_it_last(world: World, told: list[Job]) -> None:
    """Against a walk through the days of each job's life. Each is meant for one person, of a size of their own."""
    savepoint = world.connection.begin_nested()
    try:
        fresh = fresh_world(world)
        fresh.unit("company")
        expected = 0
        for number, job in enumerate(told):
            fresh.person(f"p{number}", "company", country=f"A{number}", sizes={1: 2**number})
            fresh.item(f"j{number}", "job", countries=[f"A{number}"], **job.as_left())
            expected += 2**number if job.days_live() & set(range(30)) else 0
        fresh.fill(DAY, pages=("daily_job_audience_by_unit",))
        assert sum(row["audience"] for row in fresh.rows("daily_job_audience_by_unit", DAY)) == expected
    finally:
        savepoint.rollback()


def figures(row: dict[str, Any]) -> Counter[str]:
    return +Counter({name: value for name, value in row.items() if name not in {"unit", "day"}})


def test_the_golden_funnel_e3_comes_out_of_the_tables(world: World) -> None:
    inputs, expected = example("E3_funnel")
    today = date(2026, 3, 31)
    world.unit("company")
    world.item("opening", "job")
    heads = 40
    for number in range(heads):
        name = f"p{number}"
        world.person(name, "company", sizes={1: inputs["job_reach"] // heads})
        world.share(name, name, "opening")
    stages = {APPLIED: "applications", INTERVIEW: "interviews", OFFER: "offers", HIRED: "hires"}
    for stage, name in stages.items():
        for number in range(inputs[name]):
            person = f"p{number % heads}"
            world.event("APPLICATION", person, "2026-03-30 12:00", share=person, detail=stage)
    for number in range(10):
        times = inputs["job_clicks_human"] // 10
        world.event("LINK_CLICKED", f"p{number}", "2026-03-30 11:00", share=f"p{number}", times=times)
    world.fill(today)
    answer = queries.recruiting_reach(world.connection, smallest_group=5)
    assert answer["potential"] == inputs["job_reach"]
    rates = {
        "click_rate": ("clicks", "potential"),
        "interview_rate": ("interviews", "applications"),
        "offer_rate": ("offers", "interviews"),
        "offer_acceptance": ("hires", "offers"),
        "applications_per_hire": ("applications", "hires"),
    }
    assert {name: float(Fraction(answer[part], answer[whole])) for name, (part, whole) in rates.items()} == {
        name: expected[name] for name in rates
    }
