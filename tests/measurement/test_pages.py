"""Which days of a page are told, whatever is asked."""

from datetime import date, timedelta

from advocacy.measurement.pages import days_told
from tests.factories.measurement import World

TODAY = date(2026, 3, 31)


def test_what_is_older_is_told_by_weeks_and_then_by_months(world: World) -> None:
    world.unit("company")
    for back in (0, 1, 34, 35, 36, 370, 400, 500):
        day = TODAY - timedelta(days=back)
        world.connection.exec_driver_sql(
            "INSERT INTO rollup_fill (rollup, day, version, filled_at, row_count) "
            f"VALUES ('page_amplification', '{day}', 1, now(), 1)"
        )
    told = days_told(world.connection, "page_amplification")
    assert told[0] == TODAY - timedelta(days=500)
    assert told[-35:] == [TODAY - timedelta(days=back) for back in range(34, -1, -1)]
    weekly = [day for day in told if 35 <= (TODAY - day).days < 371]
    assert all(day.isoweekday() == 7 or (day + timedelta(days=1)).day == 1 for day in weekly)
    assert [day for day in told[1:] if (TODAY - day).days >= 371] == [
        date(2024, 11, 30), date(2024, 12, 31), date(2025, 1, 31), date(2025, 2, 28)
    ]  # fmt: skip
