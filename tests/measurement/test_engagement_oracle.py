"""Engagements of random small companies, against a count that knows no SQL."""

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.measurement import World, calendar

ORACLE_OF = ("vis.engagements", "vis.seen_engagements", "vis.seen_impressions", "vis.engaged_per_impression")
TODAY = date(2026, 3, 31)
UNITS = {"company": None, "sales": "company", "plant": "company", "night": "plant"}
MEASURES = ("reactions", "comments", "reshares")

NUMBERS = {**{name: st.integers(0, 9) for name in MEASURES}, "impressions": st.integers(0, 400)}

snapshots = st.lists(
    st.tuples(st.integers(0, 20), st.fixed_dictionaries({}, optional=NUMBERS)),
    max_size=4,
    unique_by=lambda told: told[0],
)
posts = st.lists(st.tuples(st.integers(0, 45), st.booleans(), snapshots), max_size=3)
company = st.lists(st.tuples(st.sampled_from(["sales", "plant", "night"]), posts), max_size=4)
Company = list[tuple[str, list[tuple[int, bool, list[tuple[int, dict[str, int]]]]]]]


def naive(people: Company) -> dict[str, tuple[int, ...]]:
    """Return people, shares and engagements of each unit and what is below it, of thirty days; then people,
    engagements and impressions of the shares whose impressions are known as well."""
    found: dict[str, tuple[int, ...]] = dict.fromkeys(UNITS, (0,) * 6)
    for unit, shared in people:
        counted, seen = [], []
        for back, is_published, told in shared:
            latest = {
                name: value
                for _hour, numbers in sorted(told, key=lambda one: one[0])
                for name, value in numbers.items()
            }
            impressions = latest.pop("impressions", None)
            if is_published and back < 30 and latest:
                counted.append(sum(latest.values()))
                if impressions is not None:
                    seen.append((sum(latest.values()), impressions))
        of_person = (
            (1, len(counted), sum(counted)) if counted else (0, 0, 0),
            (1, sum(acts for acts, _ in seen), sum(views for _, views in seen)) if seen else (0, 0, 0),
        )
        node: str | None = unit
        while node is not None:
            found[node] = tuple(map(sum, zip(found[node], (*of_person[0], *of_person[1]), strict=True)))
            node = UNITS[node]
    return found


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(company)
def test_the_engagement_page_agrees_with_a_naive_count(world: World, people: Company) -> None:
    savepoint = world.connection.begin_nested()
    fresh = World.__new__(World)
    fresh.__dict__.update(world.__dict__, units={}, parents={}, people={}, items={}, shares={}, links={})
    try:
        build(fresh, people)
        fresh.fill_due(calendar(TODAY, first_day=TODAY), "page_engagement")
        rows: dict[str, Any] = {row["unit"]: row for row in fresh.rows("page_engagement", TODAY)}
        names = ("told_people", "told_shares", "engagements", "seen_people", "seen_engagements", "seen_impressions")
        shown = {unit: tuple(rows[unit][name] if unit in rows else 0 for name in names) for unit in UNITS}
        assert shown == naive(people)
    finally:
        savepoint.rollback()


def build(world: World, people: Company) -> None:
    for name, parent in UNITS.items():
        world.unit(name, parent)
    for number, (unit, shared) in enumerate(people):
        world.person(f"p{number}", unit)
        for place, (back, is_published, told) in enumerate(shared):
            name, day = f"s{number}.{place}", TODAY - timedelta(days=back)
            world.share(name, f"p{number}")
            world.event("SHARE_PUBLISHED" if is_published else "SHARE_OPENED", f"p{number}", f"{day} 09:00", share=name)
            for hour, numbers in told:
                others = {measure: value for measure, value in numbers.items() if measure != "impressions"}
                world.snapshot(name, numbers.get("impressions"), f"{day} {hour:02}:30", **others)
