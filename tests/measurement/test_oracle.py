"""The SQL against a naive reading of the definitions, on random small companies."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advocacy.measurement import fill
from tests.factories.measurement import World, calendar, with_sources

ORACLE_OF = (
    "act.employed",
    "act.opted_in",
    "amp.people_with_size",
    "amp.potential_reach",
    "amp.activated_reach",
    "act.sharers",
    "act.shares",
    "vis.human_clicks",
)
DAY = date(2026, 3, 10)
PAGE = "page_amplification"
UNITS = {"company": None, "sales": "company", "plant": "company", "night": "plant"}
NETWORKS = (1, 2)


@dataclass
class Person:
    unit: str
    moved_to: str | None
    left: bool
    agreed: tuple[str, ...]
    sizes: dict[int, list[tuple[int, int | None, bool]]]  # network -> (days before, size, is a floor)
    shares: list[tuple[int, int, bool, list[str]]]  # network, days before, published, clicks of that day
    unit_now: str = field(init=False)

    def __post_init__(self) -> None:
        self.unit_now = self.moved_to or self.unit


sizes = st.dictionaries(
    st.sampled_from(NETWORKS),
    st.lists(
        st.tuples(st.integers(-1, 100), st.none() | st.integers(0, 500), st.booleans()),
        min_size=1,
        max_size=2,
        unique_by=lambda entry: entry[0],
    ),
)
shares = st.lists(
    st.tuples(
        st.sampled_from(NETWORKS),
        st.sampled_from((-1, 0, 1, 28, 29, 30, 31)),
        st.booleans(),
        st.lists(st.sampled_from(("HUMAN", "SCANNER", "OWN")), max_size=3),
    ),
    max_size=3,
)
companies = st.lists(
    st.builds(
        Person,
        unit=st.sampled_from(sorted(UNITS)),
        moved_to=st.none() | st.sampled_from(sorted(UNITS)),
        left=st.sampled_from((False, False, False, True)),
        agreed=st.sampled_from((("take_part", "network_size"), ("take_part",), ("network_size",), ())),
        sizes=sizes,
        shares=shares,
    ),
    min_size=1,
    max_size=6,
)


def build(world: World, people: list[Person]) -> None:
    for name, parent in UNITS.items():
        world.unit(name, parent)
    for number, person in enumerate(people):
        name = f"p{number}"
        changes = DAY - timedelta(days=5)
        until = changes if person.moved_to or person.left else None
        world.person(name, person.unit, until=until, agreed=person.agreed)
        if person.moved_to:
            world.employ(name, person.moved_to, changes, DAY if person.left else None)
        for network, told in person.sizes.items():
            for back, size, is_floor in told:
                world.size(name, network, size, DAY - timedelta(days=back), is_floor=is_floor)
        for index, (network, back, published, clicks) in enumerate(person.shares):
            share, at = f"{name}s{index}", f"{DAY - timedelta(days=back)} 10:00"
            world.share(share, name, network=network)
            world.event("SHARE_OPENED", name, at, share=share)
            if published:
                world.event("SHARE_PUBLISHED", name, at, share=share)
            for click in clicks:
                world.event("LINK_CLICKED", name, at, share=share, click=click)


def above(unit: str | None) -> list[str]:
    found = []
    while unit is not None:
        found.append(unit)
        unit = UNITS[unit]
    return found


def naive(people: list[Person]) -> dict[str, Counter[str]]:
    """Count the amplification page as its definitions read."""
    page: dict[str, Counter[str]] = defaultdict(Counter)
    for person in people:
        counts: Counter[str] = Counter()
        takes_part = "take_part" in person.agreed
        counts_sizes = takes_part and "network_size" in person.agreed
        exact: dict[int, int] = {}
        for network, told in person.sizes.items():
            known = sorted((entry for entry in told if entry[0] >= 0), key=lambda entry: entry[0])
            if known and counts_sizes and known[0][1] is not None:
                if known[0][2]:
                    counts["floor_people"] = 1
                else:
                    exact[network] = known[0][1]
                    if known[0][0] > 90:
                        counts["stale_people"] = 1
        published = [share for share in person.shares if share[2] and 0 <= share[1] < 30]
        human = sum(share[3].count("HUMAN") for share in person.shares if 0 <= share[1] < 30)
        if not person.left:
            counts["employed"] = 1
            counts["taking_part"] = int(takes_part)
            counts["people"] = int(bool(exact))
            counts["audience"] = sum(exact.values())
        else:
            counts.pop("stale_people", None)
            counts.pop("floor_people", None)
        if takes_part:
            counts["shares"] = len(published)
            counts["share_people"] = int(bool(published))
            counts["clicks"] = human
            counts["click_people"] = int(human > 0)
            if not person.left:
                used = {share[0] for share in published} & set(exact)
                counts["active_people"] = int(bool(published))
                counts["activated_people"] = int(bool(used))
                counts["activated_audience"] = sum(exact[network] for network in used)
        for unit in above(person.unit_now):
            page[unit].update(counts)
    return {unit: +counts for unit, counts in page.items() if +counts}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=companies)
def test_the_amplification_page_agrees_with_a_naive_count(world: World, people: list[Person]) -> None:
    savepoint = world.connection.begin_nested()
    fresh = World.__new__(World)
    fresh.__dict__.update(world.__dict__, units={}, parents={}, people={}, items={}, shares={}, links={})
    try:
        build(fresh, people)
        plan = calendar(DAY, first_day=DAY)
        fresh.fill_due(plan, PAGE)
        found: dict[str, Counter[str]] = {}
        for row in fresh.rows(PAGE, DAY):
            figures: dict[str, Any] = {name: value for name, value in row.items() if name not in {"unit", "day"}}
            if any(figures.values()):
                found[row["unit"]] = +Counter(figures)
        assert found == naive(people)
        assert all(fill.days_due(fresh.connection, rollup, calendar=plan) == [] for rollup in with_sources([PAGE]))
    finally:
        savepoint.rollback()
