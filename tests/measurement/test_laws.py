"""Laws that hold for every roll-up, whatever it counts."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError

from advocacy.measurement import fill
from advocacy.measurement.rollups import ROLLUPS, Rollup
from tests.factories.measurement import World, calendar

# The last day of a week and of a month, so that no roll-up is without rows of it.
DAY = date(2025, 11, 30)
BEFORE, AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)
TODAY = AFTER + timedelta(days=1)
EMPTY_DAY = date(2025, 9, 5)


@pytest.fixture
def company(world: World) -> World:
    """Return a company in which everything happens to three people on three days."""
    for name, parent in (("company", None), ("sales", "company"), ("plant", "company"), ("night", "plant")):
        world.unit(name, parent)
    world.item("opening", "job")
    for name, unit, size in (("ada", "sales", 100), ("ben", "night", 30), ("cem", "plant", 7)):
        world.person(
            name,
            unit,
            sizes={1: size, 2: size * 2},
            since=date(2025, 10, 1),
            sized_on=date(2025, 10, 1),
            agreed=("take_part", "network_size", "leaderboard"),
        )
        world.share(f"{name}s", name, "opening")
        for day in (BEFORE, DAY, AFTER):
            at = f"{day} 12:00"
            world.event("SHARE_OPENED", name, at, share=f"{name}s")
            world.event("SHARE_PUBLISHED", name, at, share=f"{name}s")
            world.event("LINK_CLICKED", name, at, share=f"{name}s", times=2)
            world.event("LINK_CLICKED", name, at, share=f"{name}s", click="OWN")
            world.event("CONVERSATION_LOGGED", name, at, detail=2)
            world.snapshot(f"{name}s", 10, f"{day} 13:00", reactions=3, comments=2, reshares=1)
            world.event("APPLICATION", name, at, share=f"{name}s", detail=1)
            world.event("APPLICATION", name, at, share=f"{name}s", detail=4)
    for day in (BEFORE, DAY, AFTER):
        world.fill(day, today=TODAY)
    return world


def held(rollup: Rollup) -> set[date]:
    """Return the three days, as far as a roll-up has rows of such days."""
    return {day for day in (BEFORE, DAY, AFTER) if rollup.holds(day) and day >= rollup.first_day(TODAY)}


def test_filling_twice_changes_nothing_and_leaves_other_days_alone(company: World) -> None:
    for rollup in ROLLUPS:
        before = company.rows(rollup)
        assert {row["day"] for row in before} >= held(rollup), rollup.table

        rows = fill.fill_day(company.connection, rollup, DAY, calendar=calendar(TODAY))

        assert company.rows(rollup) == before
        assert rows == len(company.rows(rollup, DAY))


def test_a_day_on_which_nobody_was_there_has_no_rows(company: World) -> None:
    for rollup in ROLLUPS:
        assert fill.fill_day(company.connection, rollup, EMPTY_DAY, calendar=calendar(TODAY)) == 0, rollup.table
        assert company.rows(rollup, EMPTY_DAY) == []


def test_a_crash_half_way_leaves_the_old_rows_and_the_day_as_it_was(company: World) -> None:
    for rollup in ROLLUPS:
        before = company.rows(rollup)
        broken = Rollup(rollup.table, version=rollup.version + 1, source=rollup.source)
        broken.__dict__["sql"] = "SELECT 1 / 0"

        with pytest.raises(DataError, match="division by zero"):
            fill.fill_day(company.connection, broken, DAY, calendar=calendar(AFTER))

        assert company.rows(rollup) == before
        assert DAY in fill.days_due(company.connection, broken, calendar=calendar(TODAY))


def test_without_consent_a_person_vanishes_from_every_day(company: World) -> None:
    company.withdraw("ben")
    fill.mark_person_due(company.connection, company.people["ben"], calendar=calendar(TODAY))
    fill.fill_everything(company.connection, calendar=calendar(TODAY, first_day=BEFORE))

    told = {"unit", "day", "period", "employed", "eligible_days", "counted_days"}
    for rollup in ROLLUPS:
        rows = [row for row in company.rows(rollup) if rollup.holds(row["day"])]
        assert {row["day"] for row in rows} - {TODAY} == held(rollup)
        assert all(row.get("employee", "") != "ben" and row.get("link", "") != "bens" for row in rows)
        night = [row for row in rows if row.get("unit") == "night"]
        assert not any(value for row in night for name, value in row.items() if name not in told), rollup.table


ADDITIVE: dict[str, tuple[str, dict[str, Any]]] = {
    "daily_clicks_by_link": ("clicks", {"kind": 3}),
    "daily_clicks_by_unit": ("clicks", {"kind": 3}),
    "daily_activity_by_person": ("events", {}),
    "daily_conversations_by_unit": ("conversations", {"kind": 4}),
    "daily_applications_by_unit": ("applications", {"kind": 6}),
}


def test_the_sum_over_everybody_is_the_ledger_s_total(company: World) -> None:
    for table, (column, only) in ADDITIVE.items():
        counted = company.connection.execute(
            text("SELECT count(*) FROM activity_event WHERE CAST(:kind AS integer) IS NULL OR kind = :kind"),
            {"kind": only.get("kind")},
        ).scalar_one()
        assert sum(row[column] for row in company.rows(table)) == counted > 0, table


def test_the_root_of_a_page_is_the_total_of_own_units(company: World) -> None:
    own = sum(row["audience"] for row in company.rows("daily_audience_by_unit", DAY))
    for table in ("page_amplification", "page_engagement", "page_recruiting"):
        rows = {row["unit"]: row for row in company.rows(table, DAY)}
        assert set(rows) == {"company", "sales", "plant", "night"}
        for column in set(rows["company"]) - {"unit", "day"}:
            assert rows["company"][column] == rows["sales"][column] + rows["plant"][column], column
            assert rows["plant"][column] >= rows["night"][column], column
        if table != "page_engagement":
            assert rows["company"]["audience"] == own


def test_a_plan_reads_only_the_month_of_the_day(company: World) -> None:
    company.connection.execute(text("SELECT ensure_activity_partition('2025-10-01')"))
    for rollup in ROLLUPS:
        if rollup.source == "events":
            plan = company.connection.execute(
                text("EXPLAIN " + rollup.sql),
                {"day": DAY, "day_start": f"{DAY} 00:00+01", "day_end": f"{AFTER} 00:00+01"},
            ).scalars()
            whole = "\n".join(plan)
            assert "activity_event_2025_11" in whole
            assert "activity_event_2025_10" not in whole
