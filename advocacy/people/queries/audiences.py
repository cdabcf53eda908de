"""Whom something is meant for, decided when it is read: nothing is stored per person and item."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ARRAY, ColumnElement, Date, Integer, Text, and_, bindparam, func, literal, or_, select

from advocacy.foundation import preferences
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.people.models import Audience, Employee, TopicFollow, UnitAncestry, UnitMembership
from advocacy.people.queries.units import today


@dataclass(frozen=True, slots=True)
class Reader:
    """What decides which audiences somebody is in: the units above them, country, language, topics followed."""

    unit_keys: tuple[int, ...]
    country: str | None
    language: str | None
    topic_keys: tuple[int, ...]


# Statements that every page asks are built once; building one costs as much as running it.
_OF_PERSON, _ON_DAY = bindparam("employee_key", type_=Integer()), bindparam("day", type_=Date())
_READER = select(
    Employee.country,
    Employee.language,
    select(func.array_agg(UnitAncestry.ancestor_key))
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
    country, language, unit_keys, topic_keys = row
    return Reader(tuple(sorted(unit_keys or ())), country, language, tuple(sorted(topic_keys or ())))


def audience_matches(reader: Reader | None = None) -> ColumnElement[bool]:
    """Return the condition on `Audience` that holds for this reader, to be put into a feed's WHERE.

    Every list that is not empty must be met. A reader whose country or language is unknown meets no such list.
    Without a reader it is the condition for whoever `reader_parameters` stand for when the statement runs.
    """
    values = reader_parameters(reader) if reader is not None else {}
    columns: tuple[tuple[Any, str, Any], ...] = (
        (Audience.unit_keys, "reader_units", Integer()),
        (Audience.countries, "reader_countries", Text()),
        (Audience.languages, "reader_languages", Text()),
        (Audience.topic_keys, "reader_topics", Integer()),
    )
    return and_(
        *(
            or_(func.cardinality(column) == 0, column.op("&&")(reader_values(name, kind, values)))
            for column, name, kind in columns
        )
    )


def reader_values(name: str, kind: Any, values: Mapping[str, list[Any]]) -> ColumnElement[Any]:
    """Return a list of the reader's as SQL: the given one, else a parameter of that name."""
    return literal(values[name], ARRAY(kind)) if name in values else bindparam(name, type_=ARRAY(kind))


def reader_parameters(reader: Reader) -> dict[str, list[Any]]:
    """Return what `audience_matches` without a reader asks for."""
    return {
        "reader_units": list(reader.unit_keys),
        "reader_countries": [reader.country] if reader.country else [],
        "reader_languages": list(_language_forms(reader.language)),
        "reader_topics": list(reader.topic_keys),
    }


def _language_forms(language: str | None) -> tuple[str, ...]:
    """Return what a list may name to mean this reader: who reads "de-AT" is meant by "de" as well."""
    return tuple(dict.fromkeys((language, language.split("-")[0]))) if language else ()


def count_audience(audience: Audience, on: date | None = None) -> int | None:
    """Return how many employed people an audience has on a day, or None below the smallest group.

    What somebody follows is theirs: followers are counted in full groups, and not together with other conditions,
    because the difference of two such counts would tell what one person follows.
    """
    if audience.topic_keys and (audience.unit_keys or audience.countries or audience.languages):
        return None
    day = on or today()
    query = (
        select(func.count())
        .select_from(UnitMembership)
        .join(Employee, Employee.key == UnitMembership.employee_key)
        .where(UnitMembership.valid_during.contains(day))
    )
    if audience.unit_keys:
        below = select(UnitAncestry.unit_key).where(
            UnitAncestry.ancestor_key.in_(audience.unit_keys), UnitAncestry.valid_during.contains(day)
        )
        query = query.where(UnitMembership.unit_key.in_(below))
    if audience.countries:
        query = query.where(Employee.country.in_(audience.countries))
    if audience.languages:
        query = query.where(
            or_(
                Employee.language.in_(audience.languages),
                func.split_part(Employee.language, literal("-"), 1).in_(audience.languages),
            )
        )
    if audience.topic_keys:
        follows = select(TopicFollow.employee_key).where(TopicFollow.topic_key.in_(audience.topic_keys))
        query = query.where(Employee.key.in_(follows))
    counted, smallest = session.scalar(query) or 0, preferences.smallest_group()
    if audience.topic_keys:
        counted -= counted % smallest
    return counted if counted >= smallest else None


def get_audience(audience_id: UUID) -> Audience:
    """Return an audience. Raises NotFound."""
    audience = session.scalar(select(Audience).where(Audience.id == audience_id))
    if audience is None:
        raise NotFound(_("There is no such audience."))
    return audience
