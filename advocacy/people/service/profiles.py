"""What people say about themselves: their networks with sizes, topics, language, and that they are ready to go."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from advocacy.foundation import clock, jobs
from advocacy.foundation.access import Actor, Permission, require, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid, NotFound
from advocacy.people import queries, regions
from advocacy.people.job_roles import LONGEST_ROLE, MOST_WORDS, normal_role
from advocacy.people.models import Audience, NetworkProfile, Purpose, SizeSource, Topic, TopicFollow
from advocacy.people.service.consent import lock_employee
from config.networks import Network, networks

LARGEST_AUDIENCE = 2_000_000_000
LONGEST_HANDLE = 200
MOST_TOPICS = 200
LONGEST_NAME = 200


def set_network_profile(
    actor: Actor,
    network_number: int,
    *,
    audience_size: int | None,
    is_floor: bool = False,
    handle: str | None = None,
    source: SizeSource = SizeSource.OWN_ENTRY,
) -> NetworkProfile:
    """Keep how many people follow the actor on a network, as of today. An earlier day's size stays as history.

    `is_floor` says "at least this many" (a network that shows "500+"). Raises NotFound for an unknown network,
    Conflict without the consent for sizes, Invalid for a size that cannot be.
    """
    employee = lock_employee(actor)
    network = _network(network_number)
    if not queries.has_consent(employee.key, Purpose.NETWORK_SIZE):
        raise Conflict(_("Say yes to counting the size of your networks first."), code="consent_missing")
    if not network.has_audience:
        raise Invalid.field("network", _("%(network)s has no audience that could be counted.", network=network.name))
    if audience_size is not None and not 0 <= audience_size <= LARGEST_AUDIENCE:
        raise Invalid.field(
            "audience_size",
            _("Enter a whole number from 0 to %(most)s.", most=LARGEST_AUDIENCE),
        )
    if is_floor and audience_size is None:
        raise Invalid.field("audience_size", _("Say how many at least."))
    values = {
        "audience_size": audience_size,
        "is_floor": is_floor,
        "source": source,
        "handle": _handle(handle),
    }
    jobs.enqueue("measurement.restate_person", employee_key=employee.key)
    return session.scalars(
        insert(NetworkProfile)
        .values(employee_key=employee.key, network=network.number, observed_on=queries.today(), **values)
        .on_conflict_do_update(
            index_elements=[NetworkProfile.employee_key, NetworkProfile.network, NetworkProfile.observed_on],
            set_=values,
        )
        .returning(NetworkProfile),
        execution_options={"populate_existing": True},
    ).one()


def replace_network_profiles(actor: Actor, sizes: Mapping[int, Mapping[str, Any]]) -> None:
    """Keep exactly these networks, by number, each with `audience_size`, `is_floor` and `handle`; forget the others.

    Raises as `set_network_profile` does; forgetting all of them needs no consent.
    """
    for profile in queries.profiles_of(actor):
        if profile.network not in sizes:
            remove_network_profile(actor, profile.network)
    for number, size in sizes.items():
        set_network_profile(actor, number, **size)


def remove_network_profile(actor: Actor, network_number: int) -> None:
    """Forget a network of the actor with all its sizes. Forgetting what is not there is no error."""
    employee = lock_employee(actor)
    jobs.enqueue("measurement.restate_person", employee_key=employee.key)
    session.execute(
        delete(NetworkProfile).where(
            NetworkProfile.employee_key == employee.key, NetworkProfile.network == _network(network_number).number
        )
    )


def _network(number: int) -> Network:
    for network in networks():
        if network.number == number:
            return network
    raise NotFound(_("There is no such network."))


def _handle(handle: str | None) -> str | None:
    if handle is None or not handle.strip():
        return None
    cleaned = handle.strip()
    if len(cleaned) > LONGEST_HANDLE or not cleaned.isprintable():
        raise Invalid.field("handle", _("Enter at most %(most)s characters in one line.", most=LONGEST_HANDLE))
    return cleaned


def follow_topics(actor: Actor, topic_ids: Collection[UUID]) -> list[Topic]:
    """Make the actor follow exactly these topics. Raises NotFound when one does not exist."""
    employee = lock_employee(actor)
    wanted = set(topic_ids)
    if len(wanted) > MOST_TOPICS:
        raise Invalid.field("topic_ids", _("Choose at most %(most)s topics.", most=MOST_TOPICS))
    chosen = list(session.scalars(select(Topic).where(Topic.id.in_(wanted)).order_by(func.lower(Topic.name))))
    if len(chosen) != len(wanted):
        raise NotFound(_("There is no such topic."))
    keys = [topic.key for topic in chosen]
    session.execute(
        delete(TopicFollow).where(TopicFollow.employee_key == employee.key, TopicFollow.topic_key.not_in(keys))
    )
    if keys:
        session.execute(
            insert(TopicFollow)
            .values([{"employee_key": employee.key, "topic_key": key} for key in keys])
            .on_conflict_do_nothing()
        )
    return chosen


def make_topic(actor: Actor | None, name: str) -> Topic:
    """Return the topic with this name, made when it is new. Raises NotPermitted, or Invalid for an empty name."""
    if actor is not None:
        require(actor, Permission.CONTENT_WRITE)
    cleaned = _name("name", name)
    session.execute(insert(Topic).values(name=cleaned).on_conflict_do_nothing())
    return session.scalars(select(Topic).where(Topic.name == cleaned)).one()


def change_language(actor: Actor, language: str) -> None:
    """Set the language the actor reads. Raises Invalid for one that does not exist."""
    employee = lock_employee(actor)
    known = regions.known_language(language)
    if known is None:
        raise Invalid.field("language", _("Choose a language such as en, de or pt-BR."))
    employee.language = known
    session.flush()


def complete_onboarding(actor: Actor) -> datetime | None:
    """Write that the actor went through the welcome pages; the first time counts.

    Only with a yes: for anybody else it would say that they were asked and refused, and refusals are not kept.
    """
    employee = lock_employee(actor)
    if employee.onboarded_at is None and queries.has_consent(employee.key, Purpose.TAKE_PART):
        employee.onboarded_at = clock.now()
        session.flush()
    return employee.onboarded_at


def make_audience(
    *,
    name: str | None = None,
    unit_ids: Iterable[UUID] = (),
    countries: Iterable[str] = (),
    languages: Iterable[str] = (),
    topic_ids: Iterable[UUID] = (),
    roles: Iterable[str] = (),
    match: str = "all",
    excluded: Mapping[str, Iterable[Any]] | None = None,
) -> Audience:
    """Return a new audience; what is left empty asks nothing. The caller decides who may.

    `match` says whether "all" conditions must hold or "any" one of them; `excluded` names, by the same words, whom to
    leave out. Raises NotFound for an unknown unit or topic, Invalid for an unknown country, language, role or match.
    """
    if match not in {"all", "any"}:
        raise Invalid.field("match", _("Choose all or any."))
    asked = _conditions(unit_ids=unit_ids, countries=countries, languages=languages, topic_ids=topic_ids, roles=roles)
    unknown = set(excluded or {}) - {"unit_ids", "countries", "languages", "topic_ids", "roles"}
    if unknown:
        raise Invalid.field("excluded", _("An audience has no %(unknown)s.", unknown=", ".join(sorted(unknown))))
    excepted = {f"except_{key}": values for key, values in _conditions(**(excluded or {})).items()}
    audience = Audience(
        name=_name("name", name) if name is not None else None,
        # With one condition all and any are the same, and are stored the same.
        is_any=match == "any" and sum(map(bool, asked.values())) > 1,
        has_exceptions=any(excepted.values()),
        **asked,
        **excepted,
    )
    session.add(audience)
    session.flush()
    return audience


def _conditions(
    *,
    unit_ids: Iterable[UUID] = (),
    countries: Iterable[str] = (),
    languages: Iterable[str] = (),
    topic_ids: Iterable[UUID] = (),
    roles: Iterable[str] = (),
) -> dict[str, list[Any]]:
    wanted_topics = set(topic_ids)
    topic_keys = list(session.scalars(select(Topic.key).where(Topic.id.in_(wanted_topics)).order_by(Topic.key)))
    if len(topic_keys) != len(wanted_topics):
        raise NotFound(_("There is no such topic."))
    return {
        "unit_keys": queries.unit_keys_of(list(set(unit_ids))),
        "countries": sorted({_country(country) for country in countries}),
        "languages": sorted({_language(language) for language in languages}),
        "topic_keys": topic_keys,
        "roles": sorted({_role(role) for role in roles}),
    }


def _role(text: str) -> str:
    role = normal_role(text)
    if not role or len(role) > LONGEST_ROLE or len(role.split()) > MOST_WORDS:
        raise Invalid.field(
            "roles", _("Name roles by one to %(most)s words of job titles, such as engineer.", most=MOST_WORDS)
        )
    return role


def _name(pointer: str, name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > LONGEST_NAME or not cleaned.isprintable():
        raise Invalid.field(pointer, _("Enter a name of at most %(most)s characters.", most=LONGEST_NAME))
    return cleaned


def _country(country: str) -> str:
    known = regions.known_country(country)
    if known is None:
        raise Invalid.field("countries", _("Choose countries by their two letters, such as DE."))
    return known


def _language(language: str) -> str:
    known = regions.known_language(language)
    if known is None:
        raise Invalid.field("languages", _("Choose languages such as en, de or pt-BR."))
    return known


def require_taking_part(actor: Actor) -> int:
    """Return the actor's employee key. Raises Conflict unless the actor said yes to taking part."""
    key = require_self(actor)
    if not queries.has_consent(key, Purpose.TAKE_PART):
        raise Conflict(_("Say yes to taking part first."), code="consent_missing")
    return key
