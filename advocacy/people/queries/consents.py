"""What a person agreed to, under which policy, and the sizes of their networks."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import defer

from advocacy.foundation import preferences
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.people.models import (
    Consent,
    ConsentEvent,
    NetworkProfile,
    NetworkSketch,
    PolicyAcknowledgement,
    PolicyVersion,
    Purpose,
)
from advocacy.people.queries.employees import employee_of, followed_topics
from advocacy.people.queries.units import unit_on


@dataclass(frozen=True, slots=True)
class PolicyParagraph:
    heading: str
    text: str


def consents_of(actor: Actor) -> list[Consent]:
    """Return the actor's consents in force. What is not listed was not agreed to."""
    return list(
        session.scalars(select(Consent).where(Consent.employee_key == require_self(actor)).order_by(Consent.granted_at))
    )


def consent_history_of(actor: Actor) -> list[ConsentEvent]:
    """Return every yes of the actor and every withdrawal, oldest first."""
    return list(
        session.scalars(
            select(ConsentEvent)
            .where(ConsentEvent.employee_key == require_self(actor))
            .order_by(ConsentEvent.occurred_at, ConsentEvent.id)
        )
    )


_HAS_CONSENT = select(
    select(Consent.employee_key)
    .where(Consent.employee_key == bindparam("employee_key"), Consent.purpose == bindparam("purpose"))
    .exists()
)


def has_consent(employee_key: int, purpose: Purpose) -> bool:
    """Return whether a consent is in force at this moment."""
    return bool(session.scalar(_HAS_CONSENT, {"employee_key": employee_key, "purpose": purpose}))


def current_policy() -> PolicyVersion | None:
    """Return the policy in force, or None while none was published."""
    return session.scalar(select(PolicyVersion).order_by(PolicyVersion.number.desc()).limit(1))


def get_policy(version_id: UUID) -> PolicyVersion:
    """Return a version of the policy, also an old one: people may read what they agreed to. Raises NotFound."""
    version = session.get(PolicyVersion, version_id)
    if version is None:
        raise NotFound(_("There is no such version of the policy."))
    return version


def has_acknowledged(employee_key: int, version: PolicyVersion) -> bool:
    """Return whether somebody acknowledged this very version."""
    return session.get(PolicyAcknowledgement, (employee_key, version.id)) is not None


def policy_text(version: PolicyVersion, language: str | None) -> tuple[str, list[PolicyParagraph]]:
    """Return the language found and the paragraphs: the reader's language, the organisation's, else any."""
    short = (language or "").split("-")[0].lower()
    for wanted in (language, short, preferences.deployment().default_language, "en", *sorted(version.body)):
        if wanted and wanted in version.body:
            return wanted, [PolicyParagraph(entry["heading"], entry["text"]) for entry in version.body[wanted]]
    raise NotFound(_("This version of the policy has no text."))


def policy_for(actor: Actor) -> dict[str, Any]:
    """Return the policy in force as the actor reads it, and whether it is acknowledged. Raises NotFound without one."""
    employee = employee_of(actor)
    version = current_policy()
    if version is None:
        raise NotFound(_("No policy has been published yet."))
    language, paragraphs = policy_text(version, employee.language)
    return {
        "id": version.id,
        "number": version.number,
        "published_at": version.published_at,
        "language": language,
        "paragraphs": paragraphs,
        "is_acknowledged": has_acknowledged(employee.key, version),
    }


def profile_of(actor: Actor) -> dict[str, Any]:
    """Return the actor's roster entry with unit, consents and topics."""
    employee = employee_of(actor)
    own = ("id", "name", "email", "title", "language", "country", "time_zone", "onboarded_at")
    return {
        **{field: getattr(employee, field) for field in own},
        "unit": unit_on(employee.key),
        "consents": consents_of(actor),
        "topics": followed_topics(actor),
    }


def profiles_of(actor: Actor) -> list[NetworkProfile]:
    """Return the actor's networks with their latest sizes, by network number."""
    return list(
        session.scalars(
            select(NetworkProfile)
            .where(NetworkProfile.employee_key == require_self(actor))
            .ext(distinct_on(NetworkProfile.network))
            .order_by(NetworkProfile.network, NetworkProfile.observed_on.desc())
        )
    )


def profile_history_of(actor: Actor) -> list[NetworkProfile]:
    """Return every size the actor ever gave and did not remove, newest first."""
    return list(
        session.scalars(
            select(NetworkProfile)
            .where(NetworkProfile.employee_key == require_self(actor))
            .order_by(NetworkProfile.network, NetworkProfile.observed_on.desc())
        )
    )


def sketches_of(actor: Actor) -> list[NetworkSketch]:
    """Return of which networks the actor gave ids for counting overlaps, how many and when. Not what was in them."""
    return list(
        session.scalars(
            select(NetworkSketch)
            .where(NetworkSketch.employee_key == require_self(actor))
            .options(defer(NetworkSketch.sealed, raiseload=True))
            .order_by(NetworkSketch.network)
        )
    )
