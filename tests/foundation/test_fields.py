"""Fields of schemas: instants are told in UTC, and what is read stays as it came."""

from datetime import datetime, timedelta

import pytest
from marshmallow import fields

from advocacy.foundation.fields import Schema


class _Told(Schema):
    at = fields.AwareDateTime(required=True, allow_none=True)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        ("2026-11-26T09:30:00+00:00", "2026-11-26T09:30:00Z"),
        ("2026-11-26T09:30:00.250000+00:00", "2026-11-26T09:30:00.250000Z"),
        ("2026-11-26T10:30:00+01:00", "2026-11-26T09:30:00Z"),
        ("2026-11-26T00:30:00+09:00", "2026-11-25T15:30:00Z"),
        (None, None),
    ],
)
def test_an_instant_is_told_in_utc(instant, text):
    told = {"at": datetime.fromisoformat(instant) if instant else None}
    assert _Told().dump(told) == {"at": text}
    assert Schema.from_dict({"inside": fields.Nested(_Told)})().dump({"inside": told}) == {"inside": {"at": text}}


def test_an_instant_is_read_with_the_zone_it_came_with():
    read = _Told().load({"at": "2026-11-26T10:30:00+01:00"})["at"]
    assert (read, read.utcoffset()) == (datetime.fromisoformat("2026-11-26T09:30:00Z"), timedelta(hours=1))
    assert _Told().load({"at": "2026-11-26T09:30:00Z"})["at"] == read
