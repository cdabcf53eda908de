"""Cohorts beside how many ever acted: no hidden one is what is left over."""

from datetime import UTC, date, datetime, timedelta
from itertools import accumulate

from sqlalchemy import insert

from advocacy.measurement.models import PageCohorts, PageRetention, RollupFill
from advocacy.measurement.participation import months
from advocacy.measurement.participation.cohorts import cohorts
from advocacy.measurement.rollups import last_of_month
from tests.factories.measurement import World

GROUP = 5
NUMBERS = (
    "employed", "taking_part", "active_people", "person_weeks", "act_people", "acts", "settled_people",
    "sustained_people", "mature_people", "one_day_people", "churned_people", "returned_people", "left_people",
)  # fmt: skip
HISTOGRAMS = ("act_counts", "act_count_people", "life_days", "life_churned", "life_left", "life_active")


def ends(count: int) -> list[date]:
    found = [date(2026, 1, 31)]
    while len(found) < count:
        found.append(last_of_month(found[-1] + timedelta(days=1)))
    return found


def begun(world: World, **beginners: tuple[int, ...]) -> None:
    """Write what is counted where so many people of each unit acted first in January, February and so on."""
    days = ends(max(map(len, beginners.values())))
    for table in ("page_retention", "page_cohorts"):
        for day in days:
            row = {"rollup": table, "day": day, "version": 1, "filled_at": datetime(2026, 6, 1, tzinfo=UTC)}
            world.connection.execute(insert(RollupFill).values(**row, row_count=1))
    for unit, counts in beginners.items():
        key = world.units[unit]
        empty = dict.fromkeys(NUMBERS, 0) | {name: [] for name in HISTOGRAMS}
        for place, (day, ever) in enumerate(zip(days, accumulate(counts), strict=True)):
            world.connection.execute(
                insert(PageRetention).values(empty | {"unit_key": key, "day": day, "ever_people": ever})
            )
            for month, people in zip(days[: place + 1], counts, strict=False):
                cohort = {"unit_key": key, "day": day, "cohort": month.replace(day=1), "people": people}
                others = dict.fromkeys(("employed_people", "active_people", "active_employed_people"), 0)
                world.connection.execute(insert(PageCohorts).values(cohort | others))


def told(world: World, last: date, unit: str = "company") -> list[int | None]:
    key = world.units[unit]
    found = cohorts(world.connection, unit_key=key, last=last, months=24, smallest_group=GROUP)
    return [cohort.people for cohort in found]


def test_a_hidden_cohort_is_not_what_is_left_of_all_who_ever_acted(world: World) -> None:
    world.unit("company")
    begun(world, company=(20, 12, 3))
    last = date(2026, 3, 31)
    key = world.units["company"]
    (stay,) = months.retention(world.connection, [last], unit_key=key, smallest_group=GROUP)[last]
    assert stay.values["ever"] == 35
    assert told(world, last) == [20, None, None], "35 - 20 - 12 would be 3"


def test_a_cohort_hidden_beside_another_is_so_whichever_month_and_however_many_are_asked(world: World) -> None:
    world.unit("company")
    begun(world, company=(20, 12, 3))
    assert told(world, date(2026, 2, 28)) == [20, None]
    found = cohorts(
        world.connection,
        unit_key=world.units["company"],
        last=date(2026, 3, 31),
        months=2,
        smallest_group=GROUP,
    )
    assert [cohort.people for cohort in found] == [None, None]


def test_few_beginners_long_ago_do_not_stand_in_for_few_of_today(world: World) -> None:
    world.unit("company")
    begun(world, company=(3, 20, 3, 20, 30))
    last = date(2026, 5, 31)
    assert told(world, last) == [None, None, None, None, 30], "23 and 46 are told: 3 and 3 would be left over"


def test_cohorts_that_are_groups_are_all_told(world: World) -> None:
    world.unit("company")
    begun(world, company=(20, 12, 9))
    assert told(world, date(2026, 3, 31)) == [20, 12, 9]


def test_a_cohort_hidden_beside_another_is_hidden_in_the_units_beside_too(world: World) -> None:
    for name, parent in (("company", None), ("sales", "company"), ("plant", "company")):
        world.unit(name, parent)
    begun(world, company=(40, 24, 10), sales=(20, 12, 7), plant=(20, 12, 3))
    last = date(2026, 3, 31)
    assert told(world, last) == [40, 24, 10]
    assert told(world, last, "plant") == [20, None, None]
    assert told(world, last, "sales") == [20, None, None], "24 - 12 would be the plant's"


def test_a_unit_younger_than_the_month_has_no_cohorts(world: World) -> None:
    world.unit("company")
    world.unit("new", "company", since=date(2026, 4, 10))
    begun(world, company=(20, 12, 9))
    assert told(world, date(2026, 3, 31), "new") == []
