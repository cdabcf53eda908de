"""Learning what became of applications: signed messages and files, kept once, in whatever order they come."""

import json
import secrets
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from advocacy.foundation import audit, clock, jobs
from advocacy.foundation.access import Actor, Permission, require_in
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.foundation.encryption import encrypt
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotSignedIn
from advocacy.recruiting import ledger, queries
from advocacy.recruiting.limits import LONGEST_NAME
from advocacy.recruiting.models import ApplicationEvent, AtsConnection, InboundEvent, Opening
from advocacy.recruiting.reports import ApplicationReport
from advocacy.recruiting.steps import Step, entries_of

LONGEST_MESSAGE_ID = 200
LARGEST_MESSAGE_BYTES = 65_536
SECRET_BYTES = 32
ACTIVE_SECRETS = 2


# --- Connections.


def make_connection(actor: Actor, name: str) -> tuple[AtsConnection, str]:
    """Let a system report applications; return it with its secret, which is shown only now.

    Raises NotPermitted, Invalid, Conflict when the name is taken.
    """
    require_in(actor, Permission.RECRUITING_WRITE, None)
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > LONGEST_NAME or not cleaned.isprintable():
        raise Invalid.field("name", _("Enter a name of at most %(most)s printable characters.", most=LONGEST_NAME))
    if session.scalar(select(AtsConnection.id).where(AtsConnection.name == cleaned)):
        raise Conflict(_("There is a connection of this name already."))
    connection = AtsConnection(id=new_id(), name=cleaned, secrets_encrypted=b"")
    secret = _new_secret()
    _keep_secrets(connection, [secret])
    session.add(connection)
    session.flush()  # a name taken at the same moment shows here
    audit.record(actor, "connection.made", subject_kind="ats_connection", subject_id=connection.id)
    return connection, secret


def rotate_secret(actor: Actor, connection_id: UUID) -> tuple[AtsConnection, str]:
    """Return a new secret; the one before goes on working, so that nothing is lost while the sender changes over.

    Raises NotPermitted, NotFound.
    """
    connection = _lock_connection(actor, connection_id)
    secret = _new_secret()
    _keep_secrets(connection, [secret, *queries.secrets_of(connection)][:ACTIVE_SECRETS])
    audit.record(actor, "connection.secret_rotated", subject_kind="ats_connection", subject_id=connection.id)
    return connection, secret


def close_connection(actor: Actor, connection_id: UUID) -> None:
    """Stop listening to a system. What it reported stays. Raises NotPermitted, NotFound."""
    connection = _lock_connection(actor, connection_id)
    connection.is_active = False
    audit.record(actor, "connection.closed", subject_kind="ats_connection", subject_id=connection.id)


def _lock_connection(actor: Actor, connection_id: UUID) -> AtsConnection:
    require_in(actor, Permission.RECRUITING_WRITE, None)
    connection = session.get(AtsConnection, connection_id, with_for_update=True)
    if connection is None or not connection.is_active:
        raise NotFound(_("There is no such connection."))
    return connection


def _new_secret() -> str:
    return "whsec_" + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _keep_secrets(connection: AtsConnection, active: list[str]) -> None:
    connection.secrets_encrypted = encrypt(json.dumps(active), purpose=queries.SECRETS, owner=str(connection.id))


# --- Messages.


def receive_event(connection_id: UUID, *, headers: Mapping[str, str], raw: bytes) -> bool:
    """Keep a signed message for later work; return False when it came before, and then change nothing.

    Raises NotSignedIn for an unknown connection, a wrong signature or a message older than five minutes, Invalid
    for one that cannot be used. Only what `ApplicationReport` needs is kept.
    """
    connection = queries.find_connection(connection_id)
    if connection is None or not _is_signed(raw, headers, queries.secrets_of(connection)):
        raise NotSignedIn(_("The signature of this message is not valid."), code="bad_signature")
    message_id = headers.get("webhook-id", "")
    if len(message_id) > LONGEST_MESSAGE_ID or not message_id.isprintable():
        raise Invalid.field(
            "webhook-id",
            _("At most %(most)s printable characters.", most=LONGEST_MESSAGE_ID),
        )
    source = queries.source_of(connection)
    report = ApplicationReport.read(source, _payload(raw))
    inbound_id = session.scalar(
        insert(InboundEvent)
        .values(id=new_id(), source=source, external_id=message_id, body=report.as_body(), received_at=clock.now())
        .on_conflict_do_nothing(index_elements=[InboundEvent.source, InboundEvent.external_id])
        .returning(InboundEvent.id)
    )
    if inbound_id is None:
        return False
    jobs.enqueue("recruiting.process_inbound", inbound_id=inbound_id)
    return True


def _is_signed(raw: bytes, headers: Mapping[str, str], active: list[str]) -> bool:
    if len(raw) > LARGEST_MESSAGE_BYTES:
        raise Invalid(
            _(
                "A message may have at most %(most)s bytes.",
                most=LARGEST_MESSAGE_BYTES,
            )
        )
    named = {name: value for name, value in headers.items() if name.lower().startswith("webhook-")}
    for secret in active:
        try:
            Webhook(secret).verify(raw, named, json_parse=False)
        except (WebhookVerificationError, ValueError):  # malformed headers are no signature either
            continue
        return True
    return False


def _payload(raw: bytes) -> Mapping[str, Any]:
    try:
        payload = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Invalid(_("The message is not JSON.")) from error
    if not isinstance(payload, dict):
        raise Invalid(_("The message has to be a JSON object."))
    data = payload.get("data")
    return {**payload, **data} if isinstance(data, dict) else payload


def process_inbound(inbound_id: UUID) -> None:
    """Work on one message of the inbox. Doing it twice changes nothing."""
    inbound = session.get(InboundEvent, inbound_id, with_for_update=True)
    if inbound is None or inbound.processed_at is not None:
        return
    report = ApplicationReport.from_body(inbound.body)
    is_code_known = report.link_code is None or queries.find_link(report.link_code) is not None
    store_report(report, source=inbound.source, external_id=inbound.external_id, inbound_id=inbound.id)
    inbound.processed_at = clock.now()
    inbound.problem = None if is_code_known else "The code belongs to none of our links."


# --- Facts.


def store_report(
    report: ApplicationReport,
    *,
    source: str,
    external_id: str,
    inbound_id: UUID | None = None,
    is_source_locked: bool = False,
) -> bool:
    """Keep one step of an application; return False when it was kept before.

    Steps come in any order and more than once, and often only one of them names the link. After each the ledger holds
    what all of them come to: nothing until the link is known, then every stage at the time it was first entered.
    """
    application = (source, report.application_token)
    if not is_source_locked:
        ledger.lock_application(*application)
    before = queries.steps_of(*application)
    named = queries.find_link(report.link_code) if report.link_code is not None else None
    step = Step(report.occurred_at, report.stage, named.key if named is not None else None)
    event_id = session.scalar(
        insert(ApplicationEvent)
        .values(
            id=new_id(),
            source=source,
            external_id=external_id,
            application_token=report.application_token,
            opening_key=opening_for(report.opening_reference).key,
            link_key=step.link_key,
            stage=step.stage,
            occurred_at=step.occurred_at,
            received_at=clock.now(),
            inbound_id=inbound_id,
        )
        .on_conflict_do_nothing(index_elements=[ApplicationEvent.source, ApplicationEvent.external_id])
        .returning(ApplicationEvent.id)
    )
    if event_id is None:
        return False
    ledger.correct(Counter(entries_of(before)), Counter(entries_of([*before, step])))
    return True


def opening_for(reference: str) -> Opening:
    """Return the opening of a reference, made when nobody told us of it yet."""
    session.execute(
        insert(Opening)
        .values(id=new_id(), reference=reference, created_at=clock.now())
        .on_conflict_do_nothing(index_elements=[Opening.reference])
    )
    return session.scalars(select(Opening).where(Opening.reference == reference)).one()
