"""Everything this capability keeps about one person, for that person to take away."""

from typing import Any

from sqlalchemy import select

from advocacy.foundation.access import Actor
from advocacy.foundation.db import session
from advocacy.people.models import OrgUnit, PolicyAcknowledgement, PolicyVersion, UnitMembership
from advocacy.people.queries.consents import consent_history_of, consents_of, profile_history_of, sketches_of
from advocacy.people.queries.employees import employee_of, followed_topics
from config.networks import network_of


def own_data(actor: Actor) -> dict[str, Any]:
    """Return the actor's person fields, units, consents and networks as plain JSON values."""
    employee = employee_of(actor)
    memberships = session.execute(
        select(OrgUnit.name, UnitMembership.valid_during)
        .join(OrgUnit, OrgUnit.key == UnitMembership.unit_key)
        .where(UnitMembership.employee_key == employee.key)
        .order_by(UnitMembership.valid_during)
    ).all()
    acknowledged = session.execute(
        select(PolicyVersion.number, PolicyAcknowledgement.acknowledged_at)
        .join(PolicyVersion, PolicyVersion.id == PolicyAcknowledgement.policy_version_id)
        .where(PolicyAcknowledgement.employee_key == employee.key)
        .order_by(PolicyVersion.number)
    ).all()
    return {
        "person": {
            "id": str(employee.id),
            "external_id": employee.external_id,
            "email": employee.email,
            "name": employee.name,
            "title": employee.title,
            "language": employee.language,
            "country": employee.country,
            "time_zone": employee.time_zone,
            "hired_on": _iso(employee.hired_on),
            "left_on": _iso(employee.left_on),
            "created_at": _iso(employee.created_at),
            "onboarded_at": _iso(employee.onboarded_at),
        },
        "units": [{"unit": name, "from": _iso(during.lower), "to": _iso(during.upper)} for name, during in memberships],
        "topics": [topic.name for topic in followed_topics(actor)],
        "policy_acknowledgements": [{"version": number, "at": _iso(at)} for number, at in acknowledged],
        "consents": [{"purpose": row.purpose.value, "granted_at": _iso(row.granted_at)} for row in consents_of(actor)],
        "consent_history": [
            {
                "purpose": row.purpose.value,
                "what": "granted" if row.is_granted else "withdrawn",
                "at": _iso(row.occurred_at),
                "where": row.source,
            }
            for row in consent_history_of(actor)
        ],
        "network_sketches": [
            {"network": network_of(row.network).key, "ids": row.profiles, "uploaded_at": _iso(row.uploaded_at)}
            for row in sketches_of(actor)
        ],
        "networks": [
            {
                "network": network_of(row.network).key,
                "observed_on": _iso(row.observed_on),
                "audience_size": row.audience_size,
                "is_floor": row.is_floor,
                "source": row.source.value,
                "handle": row.handle,
            }
            for row in profile_history_of(actor)
        ],
    }


def _iso(value: Any) -> str | None:
    return None if value is None else str(value.isoformat())
