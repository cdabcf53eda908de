"""Numbers that were final and became others: told with their reason, and never with what a few people did."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
import time_machine
from sqlalchemy import insert, text
from sqlalchemy.exc import DataError

from advocacy.activity.kinds import Cause
from advocacy.activity.models import DayTouch
from advocacy.measurement import fill, reading, restatements
from advocacy.measurement.catalogue import BY_KEY
from advocacy.measurement.fill import changes
from advocacy.measurement.fill.restating import is_announced
from advocacy.measurement.reading import Asked
from advocacy.measurement.rollups import BY_TABLE, Rollup
from tests.factories.measurement import World, calendar

DAY = date(2026, 3, 10)
TODAY = date(2026, 3, 16)
PAGE = BY_TABLE["page_amplification"]
SALES, PLANT, NIGHT = 20, 15, 3


def build(world: World) -> None:
    with time_machine.travel(datetime(2026, 3, 16, 10, tzinfo=UTC), tick=False) as clock:
        for name, parent in (("company", None), ("sales", "company"), ("plant", "company"), ("night", "plant")):
            world.unit(name, parent)
        for unit, many in (("sales", SALES), ("plant", PLANT), ("night", NIGHT)):
            for number in range(many):
                name = f"{unit}{number}"
                world.person(name, unit, sizes={1: 100})
                world.share(name, name)
                world.event("SHARE_PUBLISHED", name, f"{DAY} 09:00", share=name)
                world.event("LINK_CLICKED", name, f"{DAY} 10:00", share=name, times=10)
        world.clock = clock  # type: ignore[attr-defined]
        refill(world)


@pytest.fixture(scope="module")
def built(build_once: Callable[..., World]) -> World:
    return build_once(build)


@pytest.fixture
def company(built: World, as_built: Callable[[World], World]) -> Iterator[World]:
    """Return a company whose numbers of March are final: everybody shared on the 10th and got ten clicks."""
    company = as_built(built)
    with time_machine.travel(datetime(2026, 3, 16, 11, tzinfo=UTC), tick=False) as clock:
        company.clock = clock  # type: ignore[attr-defined]
        yield company


def refill(world: World) -> None:
    """Count everything that is due, an hour later than the last time."""
    world.clock.shift(timedelta(hours=1))  # type: ignore[attr-defined]
    fill.fill_everything(world.connection, calendar=calendar(TODAY, first_day=DAY))


def click(world: World, unit: str, people: int, times: int = 1) -> None:
    for number in range(people):
        name = f"{unit}{number}"
        world.event("LINK_CLICKED", name, f"{DAY} 11:00", share=name, times=times)


def told(world: World, metric: str = "vis.human_clicks", day: date | None = DAY) -> list[Mapping[str, Any]]:
    names = {key: name for name, key in world.units.items()}
    found = world.connection.execute(
        text(
            "SELECT * FROM restatement WHERE metric = :metric AND (CAST(:day AS date) IS NULL OR first_day = :day) "
            "ORDER BY key"
        ),
        {"metric": metric, "day": day},
    )
    return [{**row, "unit": names[row["unit_key"]]} for row in found.mappings()]


def changes_of(rows: list[Mapping[str, Any]]) -> dict[str, tuple[int | None, int | None]]:
    return {row["unit"]: (row["before"], row["after"]) for row in rows}


def test_counting_for_the_first_time_and_again_for_no_reason_tells_nothing(company: World) -> None:
    fill.fill_day(company.connection, PAGE, DAY, calendar=calendar(TODAY))
    assert company.connection.execute(text("SELECT count(*) FROM restatement")).scalar_one() == 0


def test_late_clicks_of_many_are_told_with_old_and_new_numbers(company: World) -> None:
    click(company, "sales", SALES, times=2)
    refill(company)
    rows = told(company)
    assert changes_of(rows) == {"company": (380, 420), "sales": (200, 240)}
    assert all(row["causes"] == [Cause.EVENTS] and row["is_announced"] for row in rows)
    assert {row["definition_hash"] for row in rows} == {BY_KEY["vis.human_clicks"].definition_hash}
    # Every final day whose thirty days hold that one is told of; nothing but clicks changed.
    assert {row["first_day"] for row in told(company, day=None)} == {
        DAY + timedelta(days=ahead) for ahead in range((TODAY - DAY).days)
    }
    assert told(company, "act.shares", None) == []


def test_by_how_much_a_few_changed_a_number_is_not_told(company: World) -> None:
    click(company, "sales", 4)
    refill(company)
    rows = told(company)
    assert changes_of(rows) == {"company": (None, None), "sales": (None, None)}
    assert {row["is_announced"] for row in rows} == {None}


def test_a_few_cannot_be_subtracted_from_what_is_told(company: World) -> None:
    click(company, "sales", 12)
    click(company, "plant", 4)
    refill(company)
    assert changes_of(told(company)) == {"company": (380, 396), "sales": (None, None), "plant": (None, None)}


def test_of_a_unit_that_is_never_shown_nothing_is_told(company: World) -> None:
    click(company, "sales", SALES)
    click(company, "plant", PLANT)
    click(company, "night", NIGHT)
    refill(company)
    assert changes_of(told(company)) == {"company": (380, 418), "sales": (200, 220), "plant": (180, 198)}


def test_the_next_change_is_told_from_what_was_last_told(company: World) -> None:
    click(company, "sales", SALES)
    refill(company)
    click(company, "sales", 1, times=5)
    refill(company)
    click(company, "sales", SALES)
    refill(company)
    rows = [row for row in told(company) if row["unit"] == "company"]
    # The five clicks of one person are in the last step, and no pair of numbers tells them alone.
    assert [(row["before"], row["after"]) for row in rows] == [(380, 400), (None, None), (400, 425)]
    assert [row["supersedes"] for row in rows] == [None, rows[0]["key"], rows[1]["key"]]


def test_what_is_told_while_a_day_is_open_restates_nothing(company: World) -> None:
    company.event("LINK_CLICKED", "sales0", f"{DAY} 11:00", share="sales0")
    company.connection.execute(text("UPDATE day_touch SET touched_at = '2026-03-10 23:30+01'"))
    refill(company)
    assert told(company, day=None) == [row for row in told(company, day=None) if row["first_day"] > DAY]
    assert told(company) == []


def test_clicks_are_final_an_hour_after_the_day_and_shares_two_days(company: World) -> None:
    for number in range(SALES):
        name = f"sales{number}"
        company.share(f"late{number}", name)
        company.event("SHARE_PUBLISHED", name, f"{DAY} 12:00", share=f"late{number}")
        company.event("LINK_CLICKED", name, f"{DAY} 12:00", share=f"late{number}")
    company.connection.execute(
        text("UPDATE rollup_fill SET counted_since = '2026-03-11 00:01+01' WHERE day = :d"), {"d": DAY}
    )
    company.connection.execute(text("UPDATE day_touch SET touched_at = '2026-03-12 08:00+01'"))
    refill(company)
    assert changes_of(told(company))["company"] == (380, 400)
    assert told(company, "act.shares") == []


def test_a_withdrawal_is_told_of_the_company_and_the_month_only(company: World) -> None:
    company.withdraw("sales3")
    fill.mark_person_due(company.connection, company.people["sales3"], calendar=calendar(TODAY, first_day=DAY))
    refill(company)
    rows = list(company.connection.execute(text("SELECT * FROM restatement")).mappings())
    assert {row["unit_key"] for row in rows} == {company.units["company"]}
    assert {(row["first_day"], row["last_day"]) for row in rows} == {(date(2026, 3, 1), date(2026, 3, 31))}
    assert {(row["metric"], row["after"], tuple(row["causes"])) for row in rows} == {
        ("page_amplification", None, (Cause.CHOICE,)),
    }
    assert {row["restated_at"] for row in rows} == {datetime(2026, 3, 15, 23, tzinfo=UTC)}
    assert len(rows) == 1, "one entry a page and month, however many days were counted anew"


def test_a_withdrawal_of_many_at_once_is_told_like_anything_else(company: World) -> None:
    for number in range(12):
        company.withdraw(f"sales{number}")
        fill.mark_person_due(
            company.connection, company.people[f"sales{number}"], calendar=calendar(TODAY, first_day=DAY)
        )
    refill(company)
    assert changes_of(told(company)) == {"company": (380, 260), "sales": (200, 80)}
    assert changes_of(told(company, "act.opted_in"))["company"] == (38, 26)


def test_a_new_definition_is_told_as_such(company: World) -> None:
    newer = Rollup(PAGE.table, version=PAGE.version + 1, source="rollups", depends_on=PAGE.depends_on, window_days=30)
    newer.__dict__["sql"] = PAGE.sql.replace("COALESCE(acts.clicks, 0)", "COALESCE(acts.clicks, 0) * 2")
    fill.fill_day(company.connection, newer, DAY, calendar=calendar(TODAY))
    rows = told(company)
    assert changes_of(rows) == {"company": (380, 760), "sales": (200, 400), "plant": (180, 360)}
    assert {tuple(row["causes"]) for row in rows} == {(Cause.DEFINITION,)}


def test_what_networks_report_anew_is_no_restatement(company: World) -> None:
    company.snapshot("sales0", 500, f"{DAY} 20:00")
    company.connection.execute(
        insert(DayTouch).values(day=DAY, cause=int(Cause.CORRECTION), touched_at=datetime.now(UTC))
    )
    refill(company)
    assert company.connection.execute(text("SELECT count(*) FROM restatement")).scalar_one() == 0


def test_a_crash_half_way_tells_nothing(company: World) -> None:
    broken = Rollup(PAGE.table, version=PAGE.version + 1, source="rollups")
    broken.__dict__["sql"] = "SELECT 1 / 0"
    click(company, "sales", SALES)
    with pytest.raises(DataError, match="division by zero"):
        fill.fill_day(company.connection, broken, DAY, calendar=calendar(TODAY))
    assert told(company) == []
    refill(company)
    assert changes_of(told(company))["company"] == (380, 400)


def test_who_changed_is_remembered_for_a_week_and_never_a_whole_unit(company: World) -> None:
    click(company, "sales", SALES)
    refill(company)
    (people,) = company.connection.execute(text("SELECT people FROM rollup_change")).scalars()
    assert len(people) == 5
    changes.forget(company.connection, before=datetime(2026, 3, 23, 13, tzinfo=UTC))
    assert company.connection.execute(text("SELECT count(*) FROM rollup_change")).scalar_one() == 0


@pytest.mark.parametrize(
    ("old", "new", "announced"),
    [(60_000, 59_300, True), (1000, 1010, True), (1000, 1009, False), (1000, 990, True), (0, 1, True), (7, 7, False)],
)
def test_one_per_cent_is_announced(old: int, new: int, announced: bool) -> None:
    assert is_announced(old, new) is announced


# --- States, and what a frozen report asks for.


def state(world: World, day: date, key: str = "vis.human_clicks", unit: str = "company") -> str | None:
    asked = Asked(world.units[unit], day, day, None, 10)
    return reading.read(world.connection, BY_KEY[key], asked)[0].state


def test_a_number_is_provisional_then_final_then_restated(company: World) -> None:
    assert state(company, TODAY) == "provisional"
    assert state(company, TODAY - timedelta(days=1)) == "final"  # clicks come within an hour, ...
    assert state(company, TODAY - timedelta(days=1), "act.shares") == "provisional"  # ... shares may be confirmed
    assert state(company, DAY, "act.shares") == "final"
    click(company, "sales", SALES)
    fill.spread_touches(company.connection)
    fill.fill_day(company.connection, BY_TABLE["daily_activity_by_person"], DAY, calendar=calendar(TODAY))
    assert state(company, DAY) == "provisional"  # something waits to be counted into it
    refill(company)
    assert state(company, DAY) == "restated"
    assert state(company, DAY, unit="plant") == "final"
    assert state(company, DAY, "act.shares") == "final"


def test_nothing_is_final_while_clicks_wait_to_be_imported(company: World) -> None:
    company.connection.execute(
        text("INSERT INTO click_segment (name, received_at) VALUES ('a', '2026-03-13 12:00+01')")
    )
    assert state(company, date(2026, 3, 12)) == "final"
    assert state(company, date(2026, 3, 13)) == "provisional"
    assert state(company, date(2026, 3, 13), "act.opted_in") == "final"


def test_a_frozen_report_learns_what_became_of_its_numbers(company: World) -> None:
    frozen = datetime(2026, 3, 16, 11, 30, tzinfo=UTC)
    scope = {"metric": "vis.human_clicks", "unit_key": company.units["sales"], "first": DAY, "last": DAY}
    assert restatements.since(company.connection, frozen, **scope) == []
    click(company, "sales", SALES)
    refill(company)
    click(company, "sales", 11)
    refill(company)
    (one,) = restatements.since(company.connection, frozen, **scope)
    assert (one.change, one.is_announced, one.causes) == (Fraction(31, 200), True, {Cause.EVENTS})
    later = datetime(2026, 3, 16, 12, 30, tzinfo=UTC)
    (one,) = restatements.since(company.connection, later, **scope)
    assert one.change == Fraction(11, 220)

    company.withdraw("sales3")
    fill.mark_person_due(company.connection, company.people["sales3"], calendar=calendar(TODAY, first_day=DAY))
    refill(company)
    (one,) = restatements.since(company.connection, datetime(2026, 3, 15, tzinfo=UTC), **scope)
    assert (one.change, one.is_announced) == (None, None)
    assert one.causes == {Cause.EVENTS, Cause.CHOICE}


def test_the_history_takes_days_together_and_tells_the_largest_change(company: World) -> None:
    click(company, "sales", SALES)
    refill(company)
    whole = [company.units["company"]]
    span = {"first": datetime(2026, 3, 1, tzinfo=UTC), "after": datetime(2026, 4, 2, tzinfo=UTC)}
    (entry,) = restatements.history(company.connection, unit_keys=whole, **span)
    assert (entry.metric, entry.first, entry.last, entry.days) == (
        "vis.human_clicks", DAY, TODAY - timedelta(days=1), 6,
    )  # fmt: skip
    assert entry.change is not None
    assert float(entry.change) == pytest.approx(20 / 380, abs=1e-4)
    assert len(restatements.history(company.connection, unit_keys=None, **span)) == 2
    assert restatements.history(company.connection, unit_keys=[], **span) == []


def test_the_rate_counts_announced_values_of_the_company(company: World) -> None:
    asked = Asked(company.units["sales"], DAY, TODAY, None, 10)
    (point,) = reading.read(company.connection, BY_KEY["dq.restatement_rate"], asked)
    assert (point.numerator, point.value) == (0, 0)
    click(company, "sales", SALES)
    refill(company)
    (point,) = reading.read(company.connection, BY_KEY["dq.restatement_rate"], asked)
    assert (point.numerator, point.denominator) == (6, point.n)
    assert point.value == Fraction(6, point.n)
