"""A past that is told later: what was kept of those days becomes what a rebuild would count."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from advocacy.activity.kinds import Cause
from advocacy.measurement import fill
from advocacy.measurement.fill.roster import READERS
from advocacy.measurement.rollups import ROLLUPS
from advocacy.people import service
from tests.factories.measurement import World, calendar
from workers import measurement

TODAY = date(2026, 3, 31)
PLAN = calendar(TODAY, first_day=date(2026, 3, 16))
Import = Callable[..., None]


@pytest.fixture
def company(world: World) -> World:
    """Return a company of two units whose numbers are all counted; everybody in them shared and was clicked."""
    world.unit("company")
    for unit in ("a", "b"):
        world.unit(unit, "company")
        for number in range(12):
            name = f"{unit}{number}"
            world.person(name, unit, sizes={1: 100})
            world.share(name, name)
            for day in (18, 26, 29):
                world.event("SHARE_PUBLISHED", name, f"2026-03-{day} 09:00", share=name)
                world.event("LINK_CLICKED", name, f"2026-03-{day} 10:00", share=name)
    world.fill_due(PLAN)
    return world


@pytest.fixture
def bring(company: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Import:
    """Return a function that imports rows and runs the task which asks for the days again."""
    path = tmp_path / "people.csv"
    monkeypatch.setattr(fill, "programme", lambda _connection: PLAN)

    def imported(*rows: str, on: date = TODAY) -> None:
        path.write_text("external_id,email,name,unit_id,left_on\n" + "\n".join(rows) + "\n")
        service.import_people(path, on=on, accepts_many_leavers=True)
        asked = company.connection.execute(text("SELECT arguments FROM task WHERE name = 'measurement.restate_units'"))
        for (arguments,) in asked.all():
            measurement.restate_units(**arguments)
        company.connection.execute(text("DELETE FROM task"))

    return imported


def line(name: str, unit: str, left_on: str = "") -> str:
    return f"{name},{name}@meridian.example,{name},{unit},{left_on}"


def numbers(world: World) -> dict[str, Any]:
    return {rollup.table: world.rows(rollup) for rollup in ROLLUPS if not rollup.only_running}


def rebuilt(world: World) -> dict[str, Any]:
    world.connection.execute(text("UPDATE rollup_fill SET filled_at = NULL"))
    world.fill_due(PLAN)
    return numbers(world)


def employed(world: World, unit: str, day: date) -> int:
    return sum(int(row["employed"]) for row in world.rows("daily_people_by_unit", day) if row["unit"] == unit)


def test_the_days_a_leaver_was_counted_too_long_follow(company: World, bring: Import) -> None:
    bring(line("a0", "a", "2026-03-25"), line("a1", "a", "2026-03-27"))
    company.fill_due(PLAN)
    assert [employed(company, "a", date(2026, 3, day)) for day in (25, 26, 27, 28)] == [12, 11, 11, 10]
    assert numbers(company) == rebuilt(company)


def test_the_days_on_which_somebody_was_in_another_unit_follow(company: World, bring: Import) -> None:
    bring(*(line(f"a{number}", "b") for number in range(3)), on=date(2026, 3, 26))
    company.fill_due(PLAN)
    assert [employed(company, "b", date(2026, 3, day)) for day in (25, 26)] == [12, 15]
    assert numbers(company) == rebuilt(company)


def test_days_before_the_change_are_not_counted_anew(company: World, bring: Import) -> None:
    bring(line("a0", "b"), on=date(2026, 3, 26))
    due = {day for rollup in READERS for day in fill.days_due(company.connection, rollup, calendar=PLAN)}
    assert min(due) == date(2026, 3, 26)


def test_a_single_leaver_is_not_betrayed_by_a_mark_on_the_numbers_of_their_unit(company: World, bring: Import) -> None:
    bring(line("a0", "a", "2026-03-20"))
    causes = company.connection.execute(text("SELECT DISTINCT cause FROM rollup_touch")).scalars().all()
    assert causes == [Cause.CHOICE]
    company.fill_due(PLAN)
    units = company.connection.execute(text("SELECT DISTINCT unit_key FROM restatement")).scalars().all()
    assert units == [company.units["company"]]


def test_what_is_frozen_is_not_touched(company: World) -> None:
    company.connection.execute(
        text("INSERT INTO rollup_fill (rollup, day, version) VALUES ('daily_people_by_unit', '2023-12-31', 1)")
    )
    fill.mark_units_due(company.connection, date(2023, 1, 1), calendar=PLAN)
    oldest = company.connection.execute(text("SELECT min(day) FROM rollup_touch")).scalar()
    assert oldest == PLAN.first_day
