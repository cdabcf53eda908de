"""Giving one's network for counting overlaps, part by part, and taking it back. For oneself alone.

Ids live in memory for as long as one part takes: they become tokens, tokens go into the sketch, and both are gone.
"""

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from limits import parse
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from advocacy.foundation import clock, preferences, ratelimit
from advocacy.foundation.access import Actor
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, FieldProblem, Invalid, NotFound
from advocacy.measurement.overlap import identifiers, stored
from advocacy.measurement.overlap.sketches import size_of, sketch_of
from advocacy.people import queries as people
from advocacy.people import service
from advocacy.people.models import NetworkSketch, NetworkUpload, Purpose
from config.networks import find_network
from config.profiles import ProfileForm, profile_forms

MOST_IDS = 100_000
IDS_A_PART = 2_000
MOST_NAMED_PROBLEMS = 20
UPLOADS_A_DAY = parse("5 per 1 day")  # more would only help somebody who tries single ids against the union
UNFINISHED_HOURS = 1


def start_upload(actor: Actor, network_key: str, *, expected: int) -> NetworkUpload:
    """Begin to give one's network anew; an upload that was not finished is forgotten, an older sketch stays till then.

    Raises Conflict without the consent, NotFound for a network whose people have no ids, Invalid for a size that
    cannot be, TooManyRequests after a few in a day.
    """
    employee = service.lock_employee(actor)
    network, _form = network_with_ids(network_key)
    _require_consent(employee.key)
    if not 1 <= expected <= MOST_IDS:
        raise Invalid.field("expected", _("Give from 1 to %(most)s ids.", most=MOST_IDS))
    standing = ratelimit.limiter().hit(UPLOADS_A_DAY, "network-upload", str(employee.key), network_key)
    ratelimit.refuse_when_exhausted(standing)
    session.execute(
        delete(NetworkUpload).where(NetworkUpload.employee_key == employee.key, NetworkUpload.network == network)
    )
    upload = NetworkUpload(
        id=new_id(), employee_key=employee.key, network=network, expected=expected, started_at=clock.now()
    )
    session.add(upload)
    session.flush()
    return upload


def add_part(actor: Actor, upload_id: UUID, number: int, ids: Sequence[object]) -> NetworkUpload:
    """Take the next part of an upload into its sketch. A part that came already changes nothing.

    Raises NotFound, Conflict for a part out of turn or too many ids, Invalid naming the places of what is no id.
    """
    upload = _own_upload(actor, upload_id)
    form = profile_forms()[_key_of(upload.network)]
    accepted = _accepted(ids, form)
    if number <= upload.parts:
        return upload
    if number != upload.parts + 1:
        raise Conflict(_("Part %(number)s is expected next.", number=upload.parts + 1), code="part_out_of_turn")
    if upload.received + len(ids) > upload.expected:
        raise Conflict(_("These are more ids than were announced."), code="too_many_ids")
    key = identifiers.token_key()
    tokens = (identifiers.token(key, form.network, identifier) for identifier in accepted)
    earlier = None
    if upload.sealed is not None:
        earlier = stored.open_one(upload.sealed, upload.employee_key, upload.network)
    upload.sealed = stored.seal_one(sketch_of(tokens, earlier), upload.employee_key, upload.network)
    upload.parts = number
    upload.received += len(ids)
    upload.profiles += len(accepted)
    session.flush()
    return upload


def finish_upload(actor: Actor, upload_id: UUID) -> NetworkSketch:
    """Let a complete upload take the place of what was given before. Raises NotFound, Conflict while parts miss."""
    upload = _own_upload(actor, upload_id)
    if upload.sealed is None or upload.received != upload.expected:
        raise Conflict(
            _("%(there)s of %(expected)s ids have come.", there=upload.received, expected=upload.expected),
            code="upload_incomplete",
        )
    unit = people.unit_on(upload.employee_key)
    # An id that came in two parts was counted twice; the sketch knows better, within its bounds.
    most = math.ceil(size_of(stored.open_one(upload.sealed, upload.employee_key, upload.network)).high)
    values: dict[str, Any] = {
        "profiles": max(1, min(upload.profiles, most)),
        "sealed": upload.sealed,
        "uploaded_at": clock.now(),
        "unit_key": unit.key if unit is not None else None,
    }
    session.execute(delete(NetworkUpload).where(NetworkUpload.id == upload.id))
    return session.scalars(
        insert(NetworkSketch)
        .values(employee_key=upload.employee_key, network=upload.network, purpose=Purpose.NETWORK_OVERLAP, **values)
        .on_conflict_do_update(index_elements=[NetworkSketch.employee_key, NetworkSketch.network], set_=values)
        .returning(NetworkSketch),
        execution_options={"populate_existing": True},
    ).one()


def remove_sketch(actor: Actor, network_key: str) -> None:
    """Forget what the actor gave of one network, at once. Forgetting what is not there is no error."""
    employee = service.lock_employee(actor)
    network, _form = network_with_ids(network_key)
    for table in (NetworkUpload, NetworkSketch):
        session.execute(delete(table).where(table.employee_key == employee.key, table.network == network))


def forget_old(limit: int = 5_000) -> int:
    """Delete sketches whose time is over and uploads nobody finished; return how many sketches."""
    now = clock.now()
    session.execute(delete(NetworkUpload).where(NetworkUpload.started_at < now - timedelta(hours=UNFINISHED_HOURS)))
    old = (
        select(NetworkSketch.employee_key, NetworkSketch.network)
        .where(NetworkSketch.uploaded_at < now - kept_for())
        .order_by(NetworkSketch.uploaded_at)
        .limit(limit)
        .subquery()
    )
    gone = session.execute(
        delete(NetworkSketch)
        .where(NetworkSketch.employee_key == old.c.employee_key, NetworkSketch.network == old.c.network)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(gone, "rowcount", 0))


def kept_for() -> timedelta:
    return timedelta(days=int(preferences.get("retention_sketch_days")))


def network_with_ids(network_key: str) -> tuple[int, ProfileForm]:
    """Return a network's number and the form of its ids. Raises NotFound where there is none."""
    network, form = find_network(network_key), profile_forms().get(network_key)
    if network is None or form is None:
        raise NotFound(_("There is no such network, or its people cannot be told apart by an id."))
    return network.number, form


def _key_of(number: int) -> str:
    return next(key for key in profile_forms() if (find := find_network(key)) is not None and find.number == number)


def _require_consent(employee_key: int) -> None:
    if not people.has_consent(employee_key, Purpose.NETWORK_OVERLAP):
        raise Conflict(_("Say yes to counting overlaps of networks first."), code="consent_missing")


def _own_upload(actor: Actor, upload_id: UUID) -> NetworkUpload:
    employee = service.lock_employee(actor)
    upload = session.scalar(
        select(NetworkUpload).where(NetworkUpload.id == upload_id, NetworkUpload.employee_key == employee.key)
    )
    if upload is None:
        raise NotFound(_("There is no such upload. It ends with the consent, or an hour after its start."))
    return upload


def _accepted(ids: Sequence[object], form: ProfileForm) -> set[str]:
    """Return the canonical ids of one part. A message names places only, never what stood there."""
    if not 1 <= len(ids) <= IDS_A_PART:
        raise Invalid.field("ids", _("Send from 1 to %(most)s ids at a time.", most=IDS_A_PART))
    found = [identifiers.canonical(given, form) for given in ids]
    wrong = [place for place, identifier in enumerate(found) if identifier is None]
    if wrong:
        raise Invalid(
            _("Some of these are no ids of this network."),
            problems=tuple(
                FieldProblem(f"ids/{place}", "invalid", _("This is no id of this network."))
                for place in wrong[:MOST_NAMED_PROBLEMS]
            ),
        )
    return {identifier for identifier in found if identifier is not None}
