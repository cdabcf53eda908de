"""How numbers and instants are written for readers."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from advocacy.portal import presenting

SUNDAY = date(2026, 11, 22)
OWN = datetime(2026, 11, 22, 8, 5, tzinfo=UTC)
DATES = {
    "en": {
        "weekday": "Sunday 22 November",
        "short_day": "22 Nov",
        "month": "November 2026",
        "short_month": "Nov 2026",
        "month_on_axis": "Nov 26",
    },
    "de": {
        "weekday": "Sonntag, 22. November",
        "short_day": "22. Nov.",
        "month": "November 2026",
        "short_month": "Nov. 2026",
        "month_on_axis": "Nov. 2026",
    },
    "es": {
        "weekday": "domingo, 22 de noviembre",
        "short_day": "22 nov",
        "month": "noviembre de 2026",
        "short_month": "nov 2026",
        "month_on_axis": "nov 2026",
    },
}


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "Nov 26, 2026, 8:05\u202fAM"), ("de", "26.11.2026, 08:05"), ("es", "26 nov 2026, 8:05")],
)
def test_an_instant_is_told_to_the_minute(app, session, language, told):
    with app.test_request_context("/", headers={"Accept-Language": language}):
        assert presenting.moment(datetime(2026, 11, 26, 7, 5, 42, tzinfo=UTC)) == told


@pytest.mark.parametrize("language", DATES)
def test_a_day_is_told_in_the_order_of_its_language(app, session, language):
    with app.test_request_context("/", headers={"Accept-Language": language}):
        assert {name: presenting.FILTERS[name](SUNDAY) for name in DATES[language]} == DATES[language]


@pytest.mark.parametrize(
    ("language", "short", "long"),
    [
        ("en", "Sun 22 Nov, 08:05", "Sunday 22 November, 08:05"),
        ("de", "So., 22. Nov., 08:05", "Sonntag, 22. November, 08:05"),
        ("es", "dom, 22 nov, 8:05", "domingo, 22 de noviembre, 8:05"),
    ],
)
def test_a_moment_on_ones_own_clock_is_told_as_it_stands(app, session, language, short, long):
    with app.test_request_context("/", headers={"Accept-Language": language}):
        assert (presenting.own_moment(OWN), presenting.own_moment_in_words(OWN)) == (short, long)


@pytest.mark.parametrize(
    ("language", "told"), [("en", "22 November"), ("de", "22. November"), ("es", "22 de noviembre")]
)
@time_machine.travel(datetime(2026, 11, 1, 12, tzinfo=UTC))
def test_an_end_is_told_in_the_order_of_its_language(app, session, language, told):
    with app.test_request_context("/", headers={"Accept-Language": language}):
        assert presenting.until(OWN).endswith(told)
