"""Cohorts beside how many ever acted: no hidden one is what is left over."""

from datetime import UTC, date, datetime, timedelta

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


def begun(world: World, **beginners: tuple[int | tuple[int, ...], ...]) -> None:
    """Write what is counted where so many people of each unit acted first in January, February and so on.

    Several numbers are how many of them stand in the unit at the end of that month and of those after it.
    """
    days = ends(max(map(len, beginners.values())))
    for table in ("page_retention", "page_cohorts"):
        for day in days:
            row = {"rollup": table, "day": day, "version": 1, "filled_at": datetime(2026, 6, 1, tzinfo=UTC)}
            world.connection.execute(insert(RollupFill).values(**row, row_count=1))
    for unit, counts in beginners.items():
        key = world.units[unit]
        empty = dict.fromkeys(NUMBERS, 0) | {name: [] for name in HISTOGRAMS}
        for place, day in enumerate(days):
            stand = [
                (month, count if isinstance(count, int) else count[place - begun_at])
                for begun_at, (month, count) in enumerate(zip(days[: place + 1], counts, strict=False))
            ]
            ever = sum(people for _month, people in stand)
            world.connection.execute(
                insert(PageRetention).values(empty | {"unit_key": key, "day": day, "ever_people": ever})
            )
            for month, people in filter(lambda one: one[1], stand):
                cohort = {"unit_key": key, "day": day, "cohort": month.replace(day=1), "people": people}
                acted = people if month == day else 0
                others = {"employed_people": 0, "active_people": acted, "active_employed_people": 0}
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


def ever(world: World, last: date, unit: str) -> int | None:
    key = world.units[unit]
    of_units = months.retention(world.connection, [last], unit_key=key, smallest_group=GROUP)[last]
    (value,) = (one.values["ever"] for one in of_units if one.unit_key == key)
    return value


def branches(world: World) -> None:
    for name, parent in (("company", None), ("north", "company"), ("south", "company")):
        world.unit(name, parent)


def test_one_who_moved_is_not_told_by_two_months(world: World) -> None:
    branches(world)
    begun(world, company=(32, 0), north=((12, 11), 0), south=((20, 21), 0))
    january, february = ends(2)
    assert [told(world, february, unit) for unit in ("company", "north", "south")] == [[32], [11], [21]]
    assert [told(world, january, unit) for unit in ("company", "north", "south")] == [[32], [None], [None]]


def test_how_many_began_in_the_first_month_is_not_told_beside_how_many_are_left(world: World) -> None:
    """All of them were active in the month they began in: that cell is their number of then."""
    branches(world)
    begun(world, company=(32, 0), north=((12, 11), 0), south=((20, 21), 0))
    for unit, cells in (("company", (32, 0)), ("north", (None, 0))):
        (cohort,) = cohorts(
            world.connection, unit_key=world.units[unit], last=date(2026, 2, 28), months=24, smallest_group=GROUP
        )
        assert cohort.active == cells


def test_one_who_moved_is_not_told_by_all_who_ever_acted_and_the_cohorts_of_a_later_month(world: World) -> None:
    """Twelve acted by January, and of the cohorts until then eleven are left in February."""
    branches(world)
    begun(world, company=(32, 18), north=((12, 11), 9), south=((20, 21), 9))
    january, february = ends(2)
    assert [told(world, february, unit) for unit in ("company", "north")] == [[32, 18], [11, 9]]
    assert [ever(world, february, unit) for unit in ("company", "north")] == [50, 20]
    assert [ever(world, january, unit) for unit in ("company", "north", "south")] == [32, None, None]
    assert told(world, january, "north") == [None]


def test_a_group_that_moved_is_told(world: World) -> None:
    branches(world)
    begun(world, company=(40, 0), north=((20, 15), 0), south=((20, 25), 0))
    january, february = ends(2)
    assert [told(world, january, unit)[0] for unit in ("company", "north", "south")] == [40, 20, 20]
    assert [told(world, february, unit)[0] for unit in ("company", "north", "south")] == [40, 15, 25]
    assert [ever(world, january, unit) for unit in ("company", "north", "south")] == [40, 20, 20]


def test_a_cohort_put_off_is_not_left_over_of_all_who_ever_acted(world: World) -> None:
    """One of January's moved, and a group of February's: until March a second one is hidden beside that of January."""
    branches(world)
    begun(
        world,
        company=(40, 40, 40, 0),
        north=((20, 20, 20, 19), (20, 20, 26), 20, 0),
        south=((20, 20, 20, 21), (20, 20, 14), 20, 0),
    )
    march = ends(3)[-1]
    assert [told(world, march, unit) for unit in ("north", "south")] == [[None, None, 20], [None, None, 20]]
    assert told(world, march) == [40, 40, 40]
