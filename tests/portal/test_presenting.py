"""How numbers and instants are written for readers."""

from datetime import UTC, datetime

import pytest

from advocacy.portal.presenting import moment


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "Nov 26, 2026, 8:05\u202fAM"), ("de", "26.11.2026, 08:05"), ("es", "26 nov 2026, 8:05")],
)
def test_an_instant_is_told_to_the_minute(app, session, language, told):
    with app.test_request_context("/", headers={"Accept-Language": language}):
        assert moment(datetime(2026, 11, 26, 7, 5, 42, tzinfo=UTC)) == told
