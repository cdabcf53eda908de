"""What comes first in somebody's feed, in one statement: points for what fits them, what is new, and whose turn it is.

The points are whole numbers, so that a page can go on exactly where the last one ended, and each part of the sum comes
back with the row: what a person is told about the order is what the order was made from.
"""

import hashlib
import typing
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any

from psycopg.types.numeric import Int4
from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Double,
    FromClause,
    Integer,
    Select,
    Subquery,
    Text,
    Uuid,
    all_,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import Grouping

from advocacy.content.feed_memory import Memory
from advocacy.content.models import ContentItem
from advocacy.content.queries.studio import is_live_at
from advocacy.foundation import clock
from advocacy.people.models import Audience
from advocacy.people.queries import Reader, audience_matches, reader_parameters, today

FOLLOWED_TOPIC = 40
OWN_UNIT, UNIT_ABOVE, UNIT_FAR_ABOVE = 30, 20, 10
OWN_LANGUAGE = 25
POINTS_OF_PRIORITY = 2
NEW, HALF_AS_NEW_AFTER_SECONDS = 60, 4 * 86_400.0
TURN = 20  # how far the daily turn moves an item: less than anything that says that it fits
SEEN, MOST_DAYS_SEEN = -15, 6
PIN_HOLDS_DAYS = 5
PARTS = ("topic", "unit", "language", "priority", "new", "seen", "turn")
# What a row of the ranking says after the item's key.
RANK = ("pinned", "points", *PARTS)


def ranking_parameters(reader: Reader, memory: Memory, employee_key: int, on: date | None = None) -> dict[str, Any]:
    """Return what the statements of this module ask for."""
    seen = memory.days_seen()
    return {
        **reader_parameters(reader),
        "reader_units": integers(reader.unit_keys),
        "reader_topics": integers(reader.topic_keys),
        "own_unit": integers(reader.unit_keys[:1]),
        "near_units": integers(reader.unit_keys[:2]),
        "now": clock.now(),
        "turn": turn_of(employee_key, on or today()),
        "seen_keys": integers(seen),
        "seen_days": integers(seen.values()),
        "aside_keys": integers(memory.put_aside_keys()),
    }


def integers(numbers: Iterable[int]) -> list[int]:
    """Return numbers as the driver sends them for an `integer[]`.

    By itself it takes the narrowest type, and a plan that must do for any values would cast the list for each row.
    """
    return [Int4(number) for number in numbers]


def turn_of(employee_key: int, day: date) -> int:
    """Return the number that shuffles a person's day: the same all day, another one tomorrow and for others."""
    digest = hashlib.sha256(f"{employee_key}:{day.isoformat()}".encode()).digest()
    return int.from_bytes(digest[:4]) >> 1


def _list(name: str, kind: Any) -> ColumnElement[Any]:
    return bindparam(name, type_=ARRAY(kind))


def _overlaps(column: Any, name: str, kind: Any) -> ColumnElement[bool]:
    return typing.cast("ColumnElement[bool]", column.op("&&", return_type=Boolean())(_list(name, kind)))


def _days_seen() -> ColumnElement[int]:
    place = func.array_position(_list("seen_keys", Integer()), ContentItem.key)
    days: Any = Grouping(_list("seen_days", Integer()))  # without brackets the subscript would belong to its type
    return func.least(func.coalesce(days[place], 0), MOST_DAYS_SEEN)


def _points(meant: FromClause) -> dict[str, ColumnElement[int]]:
    """Return each part of an item's points by its name."""
    seconds = func.extract("epoch", bindparam("now", type_=DateTime(timezone=True)) - ContentItem.live_from)
    age = cast(seconds, Double)  # exact arithmetic would cost more than all the rest
    shuffled = cast(ContentItem.key.op("#")(bindparam("turn", type_=Integer())), BigInteger) * literal(
        2_654_435_761, BigInteger
    )
    return {
        "topic": case(
            (
                or_(
                    _overlaps(ContentItem.topic_keys, "reader_topics", Integer()),
                    _overlaps(meant.c.topic_keys, "reader_topics", Integer()),
                ),
                FOLLOWED_TOPIC,
            ),
            else_=0,
        ),
        "unit": case(
            (_overlaps(meant.c.unit_keys, "own_unit", Integer()), OWN_UNIT),
            (_overlaps(meant.c.unit_keys, "near_units", Integer()), UNIT_ABOVE),
            (_overlaps(meant.c.unit_keys, "reader_units", Integer()), UNIT_FAR_ABOVE),
            else_=0,
        ),
        "language": case((_overlaps(ContentItem.languages, "reader_languages", Text()), OWN_LANGUAGE), else_=0),
        "priority": ContentItem.priority * POINTS_OF_PRIORITY,
        "new": cast(
            NEW * func.power(literal(0.5, Double), func.greatest(age, 0) / literal(HALF_AS_NEW_AFTER_SECONDS, Double)),
            Integer,
        ),
        "seen": _days_seen() * SEEN,
        "turn": cast(shuffled % 4_294_967_296 // 65_536 % TURN, Integer),
    }


def _meant() -> Select[int, list[int], list[int]]:
    """Return the statement of the audiences that the reader is in."""
    return select(Audience.key, Audience.unit_keys, Audience.topic_keys).where(audience_matches())


def _once() -> CTE:
    """Return the audiences for a whole feed, each looked at once.

    A plan that must do for every reader expects a few live items only, and would look each one's audience up by itself.
    """
    return _meant().cte("meant").prefix_with("MATERIALIZED")


def _scored(meant: FromClause, *conditions: ColumnElement[bool]) -> Subquery:
    """Return the key of every item that is live and meant for the reader, with its points and their parts."""
    parts = (
        select(
            ContentItem.key,
            and_(ContentItem.is_pinned, _days_seen() < PIN_HOLDS_DAYS).label("pinned"),
            *(points.label(name) for name, points in _points(meant).items()),
        )
        .join(meant, meant.c.key == ContentItem.audience_key)
        .where(is_live_at(bindparam("now", type_=DateTime(timezone=True))), *conditions)
        .cte("fitting")
        .prefix_with("MATERIALIZED")  # else each part would be worked out again for the sum
    )
    total: Any = sum((parts.c[name] for name in PARTS[1:]), parts.c[PARTS[0]])
    return select(*parts.c, cast(total, Integer).label("points")).subquery("scored")


def _ranked(scored: Subquery) -> Select[Any]:
    """Return the statement of keys with what RANK names, and nothing else: wide rows would be sorted, and then left."""
    found = select(scored.c.key, *(scored.c[name] for name in RANK))
    return typing.cast("Select[Any]", found)


def _is_not(column: Any, name: str, kind: Any) -> ColumnElement[bool]:
    return typing.cast("ColumnElement[bool]", column != all_(_list(name, kind)))


@lru_cache(maxsize=1)
def whole_feed() -> tuple[Select[Any], tuple[ColumnElement[Any], ...]]:
    """Return the statement of a whole feed, and what puts one row before another: the larger one comes first."""
    scored = _scored(_once(), _is_not(ContentItem.key, "aside_keys", Integer()))
    return _ranked(scored), (scored.c.pinned, scored.c.points, scored.c.key)


@lru_cache(maxsize=1)
def one_item() -> Select[Any]:
    """Return the statement of one live item as somebody sees it, put aside or not."""
    return _ranked(_scored(_meant().subquery("meant"), ContentItem.id == bindparam("item_id", type_=Uuid())))


@lru_cache(maxsize=1)
def first_rows() -> Select[Any]:
    """Return the statement of a feed's first rows, each with how many there are. Everybody's first page runs it."""
    scored = _scored(
        _once(),
        _is_not(ContentItem.id, "without_ids", Uuid()),
        _is_not(ContentItem.key, "without_keys", Integer()),
        _is_not(ContentItem.key, "aside_keys", Integer()),
    )
    return (
        _ranked(scored)
        .add_columns(func.count().over().label("matching"))
        .order_by(scored.c.pinned.desc(), scored.c.points.desc(), scored.c.key.desc())
        .limit(bindparam("most", type_=Integer()))
    )
