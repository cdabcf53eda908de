"""Whom something is meant for, decided when it is read: nothing is stored per person and item."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Integer,
    Text,
    and_,
    bindparam,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from advocacy.foundation import preferences
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.people.job_roles import roles_in
from advocacy.people.models import Audience, Employee, TopicFollow, UnitAncestry, UnitMembership
from advocacy.people.queries.units import today

MOST_TITLES = 60
UNIT_LISTS = frozenset({"unit_keys", "except_unit_keys"})


@dataclass(frozen=True, slots=True)
class Reader:
    """What decides which audiences somebody is in. `unit_keys` begin with their own unit and go up the tree."""

    unit_keys: tuple[int, ...]
    country: str | None
    language: str | None
    topic_keys: tuple[int, ...]
    roles: tuple[str, ...] = ()


# Statements that every page asks are built once; building one costs as much as running it.
_OF_PERSON, _ON_DAY = bindparam("employee_key", type_=Integer()), bindparam("day", type_=Date())
_READER = select(
    Employee.country,
    Employee.language,
    Employee.title,
    select(func.array_agg(aggregate_order_by(UnitAncestry.ancestor_key, UnitAncestry.depth)))
    .join(UnitMembership, UnitMembership.unit_key == UnitAncestry.unit_key)
    .where(
        UnitMembership.employee_key == _OF_PERSON,
        UnitMembership.valid_during.contains(_ON_DAY),
        UnitAncestry.valid_during.contains(_ON_DAY),
    )
    .scalar_subquery(),
    select(func.array_agg(TopicFollow.topic_key)).where(TopicFollow.employee_key == _OF_PERSON).scalar_subquery(),
).where(Employee.key == _OF_PERSON)


def reader_of(actor: Actor, on: date | None = None) -> Reader:
    """Return the actor as a reader on a day, in one query."""
    row = session.execute(_READER, {"employee_key": require_self(actor), "day": on or today()}).one_or_none()
    if row is None:
        raise NotFound(_("There is no such person."))
    country, language, title, unit_keys, topic_keys = row
    return Reader(tuple(unit_keys or ()), country, language, tuple(sorted(topic_keys or ())), roles_in(title))


# The columns of an audience, each with the parameter that holds the reader's side of it.
_SIDES: tuple[tuple[Any, Any, str, Any], ...] = (
    (Audience.unit_keys, Audience.except_unit_keys, "reader_units", Integer()),
    (Audience.countries, Audience.except_countries, "reader_countries", Text()),
    (Audience.languages, Audience.except_languages, "reader_languages", Text()),
    (Audience.topic_keys, Audience.except_topic_keys, "reader_topics", Integer()),
    (Audience.roles, Audience.except_roles, "reader_roles", Text()),
)


def audience_matches(reader: Reader | None = None) -> ColumnElement[bool]:
    """Return the condition on `Audience` that holds for this reader, to be put into a feed's WHERE.

    Every list that is not empty must be met, or one of them where the audience says any; no exception may be met. A
    reader whose country, language or title is unknown meets no such list. Without a reader it is the condition for
    whoever `reader_parameters` stand for when the statement runs.
    """
    values = reader_parameters(reader) if reader is not None else {}
    asked, met, excepted = [], [], []
    for column, exception, name, kind in _SIDES:
        own = reader_values(name, kind, values)
        met.append(column.op("&&")(own))
        asked.append(or_(func.cardinality(column) == 0, column.op("&&")(own)))
        excepted.append(exception.op("&&")(own))
    return and_(
        or_(Audience.is_any, and_(*asked)),
        or_(not_(Audience.is_any), or_(*met)),
        or_(not_(Audience.has_exceptions), not_(or_(*excepted))),
    )


def reader_values(name: str, kind: Any, values: Mapping[str, list[Any]]) -> ColumnElement[Any]:
    """Return a list of the reader's as SQL: the given one, else a parameter of that name."""
    return literal(values[name], ARRAY(kind)) if name in values else bindparam(name, type_=ARRAY(kind))


def reader_parameters(reader: Reader) -> dict[str, list[Any]]:
    """Return what `audience_matches` without a reader asks for."""
    return {
        "reader_units": list(reader.unit_keys),
        "reader_countries": [reader.country] if reader.country else [],
        "reader_languages": list(language_forms(reader.language)),
        "reader_topics": list(reader.topic_keys),
        "reader_roles": list(reader.roles),
    }


def language_forms(language: str | None) -> tuple[str, ...]:
    """Return what a list may name to mean this reader: who reads "de-AT" is meant by "de" as well."""
    return tuple(dict.fromkeys((language, language.split("-")[0]))) if language else ()


@dataclass(frozen=True, slots=True)
class AudienceSize:
    """How many people an audience has; at least so many where it is rounded down to full smallest groups."""

    people: int
    is_rounded: bool


def count_audience(audience: Audience, on: date | None = None) -> AudienceSize | None:
    """Return how many employed people an audience has on a day, or None below the smallest group.

    Only units are counted exactly, as everywhere. By country, language or role people are counted in full groups: two
    exact counts that differ by one would tell what is written about one person. What somebody follows is theirs:
    followers are not counted together with other conditions at all. Where exceptions take out fewer than a smallest
    group, nothing is told either: beside the count without them it would tell of those few.
    """
    conditions = audience.conditions()
    if audience.except_topic_keys or (audience.topic_keys and len(conditions) > 1):
        return None
    day = on or today()
    joined, left_out = _sides_of(audience, day)
    found = session.execute(
        select(func.count().filter(not_(left_out)), func.count().filter(left_out))
        .select_from(UnitMembership)
        .join(Employee, Employee.key == UnitMembership.employee_key)
        .where(UnitMembership.valid_during.contains(day), joined)
    ).one()
    counted, taken_out, smallest = found[0], found[1], preferences.smallest_group()
    if 0 < taken_out < smallest:
        return None
    is_rounded = not UNIT_LISTS.issuperset(conditions)
    if is_rounded:
        counted -= counted % smallest
    return AudienceSize(counted, is_rounded) if counted >= smallest else None


def is_meant(audience: Audience, on: date) -> ColumnElement[bool]:
    """Return the condition on employees and their memberships of a day that holds for whom an audience means."""
    joined, left_out = _sides_of(audience, on)
    return and_(func.coalesce(joined, false()), not_(left_out))


def _sides_of(audience: Audience, day: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return who meets the conditions of an audience on a day, and who meets an exception."""
    conditions = audience.conditions()
    asked = [_counted(name, values, day) for name, values in conditions.items() if not name.startswith("except_")]
    excepted = [
        _counted(name.removeprefix("except_"), values, day)
        for name, values in conditions.items()
        if name.startswith("except_")
    ]
    joined = or_(*asked) if audience.is_any and asked else and_(true(), *asked)
    return joined, func.coalesce(or_(false(), *excepted), false())


def _counted(name: str, values: tuple[Any, ...], day: date) -> ColumnElement[bool]:
    """Return one condition of an audience as SQL over employees and where they are employed."""
    if name == "unit_keys":
        below = select(UnitAncestry.unit_key).where(
            UnitAncestry.ancestor_key.in_(values), UnitAncestry.valid_during.contains(day)
        )
        return UnitMembership.unit_key.in_(below)
    if name == "countries":
        return Employee.country.in_(values)
    if name == "languages":
        return or_(
            Employee.language.in_(values),
            func.split_part(Employee.language, literal("-"), 1).in_(values),
        )
    if name == "topic_keys":
        follows = select(TopicFollow.employee_key).where(TopicFollow.topic_key.in_(values))
        return Employee.key.in_(follows)
    # The words of a title as `job_roles` reads them, with a blank around each.
    words = func.concat(" ", func.regexp_replace(func.lower(Employee.title), r"[^[:alnum:]]+", " ", "g"), " ")
    return or_(*(words.contains(f" {role} ", autoescape=True) for role in values))


def known_titles(limit: int = MOST_TITLES) -> list[str]:
    """Return the job titles that at least a smallest group of people has, the commonest first."""
    counted = func.count()
    rows = session.execute(
        select(Employee.title)
        .where(Employee.title.is_not(None), Employee.external_id.is_not(None), Employee.left_on.is_(None))
        .group_by(Employee.title)
        .having(counted >= preferences.smallest_group())
        .order_by(counted.desc(), Employee.title)
        .limit(limit)
    )
    return [str(title) for title in rows.scalars()]


def get_audience(audience_id: UUID) -> Audience:
    """Return an audience. Raises NotFound."""
    audience = session.scalar(select(Audience).where(Audience.id == audience_id))
    if audience is None:
        raise NotFound(_("There is no such audience."))
    return audience
