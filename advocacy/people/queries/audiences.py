"""Whom something is meant for, decided when it is read: nothing is stored per person and item."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ARRAY, ColumnElement, Integer, Text, and_, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import array

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


def reader_of(actor: Actor, on: date | None = None) -> Reader:
    """Return the actor as a reader on a day, in one query."""
    key, day = require_self(actor), on or today()
    units = (
        select(func.array_agg(UnitAncestry.ancestor_key))
        .join(UnitMembership, UnitMembership.unit_key == UnitAncestry.unit_key)
        .where(
            UnitMembership.employee_key == key,
            UnitMembership.valid_during.contains(day),
            UnitAncestry.valid_during.contains(day),
        )
        .scalar_subquery()
    )
    followed = select(func.array_agg(TopicFollow.topic_key)).where(TopicFollow.employee_key == key).scalar_subquery()
    row = session.execute(
        select(Employee.country, Employee.language, units, followed).where(Employee.key == key)
    ).one_or_none()
    if row is None:
        raise NotFound(_("There is no such person."))
    country, language, unit_keys, topic_keys = row
    return Reader(tuple(sorted(unit_keys or ())), country, language, tuple(sorted(topic_keys or ())))


def audience_matches(reader: Reader) -> ColumnElement[bool]:
    """Return the condition on `Audience` that holds for this reader, to be put into a feed's WHERE.

    Every list that is not empty must be met. A reader whose country or language is unknown meets no such list.
    """
    return and_(
        _meets(Audience.unit_keys, reader.unit_keys, Integer()),
        _meets(Audience.countries, (reader.country,) if reader.country else (), Text()),
        _meets(Audience.languages, _language_forms(reader.language), Text()),
        _meets(Audience.topic_keys, reader.topic_keys, Integer()),
    )


def _language_forms(language: str | None) -> tuple[str, ...]:
    """Return what a list may name to mean this reader: who reads "de-AT" is meant by "de" as well."""
    return tuple(dict.fromkeys((language, language.split("-")[0]))) if language else ()


def _meets(column: object, values: Sequence[int | str], kind: Integer | Text) -> ColumnElement[bool]:
    asks_nothing = func.cardinality(column) == 0
    if not values:
        return asks_nothing
    return or_(asks_nothing, column.op("&&")(cast(array(values), ARRAY(kind))))  # type: ignore[attr-defined]


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
