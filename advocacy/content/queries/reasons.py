"""Why somebody sees an item, and why it stands where it stands: read from what decided it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import select

from advocacy.content.models import ContentItem
from advocacy.content.queries.ranking import RANK, SEEN
from advocacy.foundation.db import session
from advocacy.people.models import Audience, OrgUnit, Topic
from advocacy.people.queries import Reader, language_forms


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. `name` says which unit, topic, country, language or role; `count` how many days, where it matters."""

    kind: str
    name: str | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the reader's own units and topics that some of the rows mention."""

    units: dict[int, str]
    topics: dict[int, str]

    @classmethod
    def of(cls, rows: Iterable[tuple[ContentItem, Audience]], reader: Reader) -> Self:
        units = {key for _item, audience in rows for key in audience.unit_keys} & set(reader.unit_keys)
        topics = {key for item, audience in rows for key in (*item.topic_keys, *audience.topic_keys)}
        topics &= set(reader.topic_keys)
        return cls(_names(OrgUnit, units), _names(Topic, topics))


def _names(table: Any, keys: Iterable[int]) -> dict[int, str]:
    wanted = list(keys)
    if not wanted:
        return {}
    return dict(session.execute(select(table.key, table.name).where(table.key.in_(wanted))).all())


def why(audience: Audience, item: ContentItem, reader: Reader, names: Names) -> Reason:
    """Return the narrowest condition that let an item through to the reader."""
    found = _conditions_met(audience, reader, names)
    on_topic = set(item.topic_keys) & set(reader.topic_keys)
    if on_topic and not any(reason.kind in {"unit", "topic"} for reason in found):
        return Reason("topic")
    return found[0] if found else Reason("everyone")


def _conditions_met(audience: Audience, reader: Reader, names: Names) -> list[Reason]:
    met: list[Reason] = []
    unit = next((key for key in reader.unit_keys if key in audience.unit_keys), None)
    if unit is not None:
        met.append(Reason("unit", names.units.get(unit)))
    topics = sorted(names.topics.get(key, "") for key in audience.topic_keys if key in reader.topic_keys)
    met += [Reason("topic", name or None) for name in topics[:1]]
    role = next((role for role in audience.roles if role in reader.roles), None)
    if role is not None:
        met.append(Reason("role", role))
    if reader.country in audience.countries:
        met.append(Reason("country", reader.country))
    if set(language_forms(reader.language)) & set(audience.languages):
        met.append(Reason("language", reader.language))
    return met


def reasons_for(
    audience: Audience, item: ContentItem, reader: Reader, names: Names, rank: Sequence[Any]
) -> tuple[Reason, ...]:
    """Return every true reason: whom it is meant for, then what moved it up, then what moved it down.

    `rank` holds the columns named in RANK, as the ranking computed them: a reason is told when its points counted.
    """
    points = dict(zip(RANK, rank, strict=True))
    found = _conditions_met(audience, reader, names) or [Reason("everyone")]
    if points["pinned"]:
        found.append(Reason("pinned"))
    if points["topic"]:
        told = {reason.name for reason in found if reason.kind == "topic"}
        followed = (names.topics[key] for key in item.topic_keys if key in names.topics)
        found += [Reason("follows", name) for name in sorted(set(followed) - told)]
    if points["language"]:
        found.append(Reason("reads", reader.language))
    if points["priority"]:
        found.append(Reason("priority"))
    if points["new"]:
        found.append(Reason("new"))
    if points["seen"]:
        found.append(Reason("seen", count=int(points["seen"] / SEEN)))
    found.append(Reason("turn"))
    return tuple(found)
