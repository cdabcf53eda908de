"""Single events are forgotten month by month; what was counted from them stays as it was."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from advocacy.measurement import fill
from advocacy.measurement.rollups import BY_TABLE
from tests.factories.measurement import BERLIN, World

TODAY = date(2026, 3, 31)
LINKS = BY_TABLE["daily_clicks_by_link"]


def calendar(frozen_before: date) -> fill.Programme:
    return fill.Programme(BERLIN, date(2023, 1, 1), TODAY, frozen_before, 5)


@pytest.fixture
def company(world: World) -> World:
    world.unit("company")
    world.person("ada", "company", granted="2022-01-01 00:00")
    world.share("first", "ada")
    for day in ("2023-11-30", "2023-12-31", "2024-01-15"):
        world.event("LINK_CLICKED", "ada", f"{day} 10:00", share="first")
    fill.spread_touches(world.connection)
    for day in ("2023-11-30", "2023-12-31", "2024-01-15"):
        fill.fill_day(world.connection, LINKS, date.fromisoformat(day), calendar=calendar(date(2023, 1, 1)))
    return world


def months(world: World) -> list[str]:
    names = world.connection.execute(
        text("SELECT relname FROM pg_class WHERE relname ~ '^activity_event_202[34]' AND relkind = 'r' ORDER BY 1")
    )
    return list(names.scalars())


def test_months_that_ended_before_the_frozen_days_go_and_their_numbers_stay(company: World) -> None:
    counted = company.rows(LINKS)
    plan = calendar(date(2024, 1, 10))

    assert fill.forget_old_months(company.connection, calendar=plan) == [date(2023, 11, 1), date(2023, 12, 1)]

    assert months(company) == ["activity_event_2024_01"]
    assert company.rows(LINKS) == counted
    assert len(counted) == 3


def test_changes_of_classes_go_with_the_clicks_they_tell_of(company: World) -> None:
    for day in ("2023-12-31", "2024-01-15"):
        company.connection.execute(
            text(
                "SELECT change_click_classes(CAST(:day AS date), 2::smallint, NULL, array_agg(event_id), "
                "array_agg(click_class), array_agg(3::smallint)) FROM activity_event WHERE occurred_at::date = :day"
            ),
            {"day": date.fromisoformat(day)},
        )
    fill.forget_old_months(company.connection, calendar=calendar(date(2024, 1, 10)))
    left = company.connection.execute(text("SELECT day FROM click_class_change")).scalars()
    assert list(left) == [date(2024, 1, 15)]


def test_a_frozen_day_is_not_counted_again_by_a_newer_definition(company: World) -> None:
    plan = calendar(date(2024, 1, 10))
    fill.mark_due(company.connection, [LINKS], [date(2023, 12, 31), date(2024, 1, 15)])

    fill.forget_old_months(company.connection, calendar=plan)

    assert fill.days_due(company.connection, LINKS, calendar=plan) == [date(2024, 1, 15)]
    left = company.connection.execute(text("SELECT min(day) FROM rollup_touch WHERE rollup = :r"), {"r": LINKS.table})
    assert left.scalar_one() == date(2024, 1, 15)


def test_a_month_with_an_event_that_was_not_counted_yet_stays(company: World) -> None:
    company.event("LINK_CLICKED", "ada", "2023-12-31 11:00", share="first")

    assert fill.forget_old_months(company.connection, calendar=calendar(date(2024, 1, 10))) == [date(2023, 11, 1)]


def test_the_database_refuses_to_forget_a_young_month(session: Any) -> None:
    with pytest.raises(DBAPIError, match="too young to be forgotten"):
        session.execute(text("SELECT drop_activity_partition(CAST(now() - interval '13 months' AS date))"))
