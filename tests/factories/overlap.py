"""Networks given for counting overlaps, for tests."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, text

from advocacy.foundation import clock, preferences
from advocacy.measurement.overlap import identifiers, stored
from advocacy.measurement.overlap.sketches import Sketch, sketch_of

LINKEDIN = 1


def sketch(ids: Iterable[object]) -> Sketch:
    """Return the sketch of fictional people, named by anything."""
    key = identifiers.token_key()
    return sketch_of(identifiers.token(key, "linkedin", f"li:in/{one}") for one in ids)


def give_network(
    connection: Connection,
    employee_key: int,
    ids: Iterable[object],
    *,
    network: int = LINKEDIN,
    at: datetime | None = None,
    agree: bool = True,
) -> None:
    """Give a person's network as an upload would, in the unit they are in today; `agree` writes the consent first."""
    people = list(ids)
    if agree:
        connection.execute(
            text(
                "INSERT INTO consent (employee_key, purpose, granted_at, policy_version_id) "
                "SELECT :person, 'network_overlap', now(), id FROM policy_version ORDER BY number DESC LIMIT 1 "
                "ON CONFLICT DO NOTHING"
            ),
            {"person": employee_key},
        )
    connection.execute(
        text(
            "INSERT INTO network_sketch (employee_key, network, purpose, unit_key, profiles, uploaded_at, sealed) "
            "SELECT :person, :network, 'network_overlap', (SELECT unit_key FROM unit_membership "
            "WHERE employee_key = :person AND valid_during @> CAST(:day AS date)), :profiles, :at, :sealed "
            "ON CONFLICT (employee_key, network) DO UPDATE SET profiles = EXCLUDED.profiles, "
            "uploaded_at = EXCLUDED.uploaded_at, sealed = EXCLUDED.sealed"
        ),
        {
            "person": employee_key,
            "network": network,
            "profiles": len(people),
            "day": clock.day_of(at or clock.now(), preferences.zone()),
            "at": at or clock.now(),
            "sealed": stored.seal_one(sketch(people), employee_key, network),
        },
    )
