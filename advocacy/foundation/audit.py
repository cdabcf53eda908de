"""The audit trail: privileged acts, chained by hashes so that a change in hindsight shows."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Select, Text, Uuid, delete, func, insert, literal, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from advocacy.foundation.access import Actor
from advocacy.foundation.db import session
from advocacy.foundation.models import AuditEvent, AuditLink, AuditWaiting

MOST_SHOWN = 200
CHAIN_LOCK = 0x61756474  # one chainer at a time, whoever it is
FIRST_HASH = hashlib.sha256(b"advocacy audit chain v1").digest()


def record(
    actor: Actor | None,
    action: str,
    *,
    subject_kind: str | None = None,
    subject_id: UUID | None = None,
    store: Session | None = None,
    **details: Any,
) -> None:
    """Write down a privileged act in the caller's transaction. `details` hold ids, never names of people.

    `store` is another session, for what must stand although the request is refused.
    """
    (store or session).add(
        AuditEvent(
            action=action,
            actor_account_id=actor.account_id if actor is not None else None,
            subject_kind=subject_kind,
            subject_id=subject_id,
            details=details,
            request_id=structlog.contextvars.get_contextvars().get("request_id"),
        )
    )


def record_each(actor: Actor | None, action: str, *, subject_kind: str, subjects: Select[UUID]) -> None:
    """Write down the same act for each of the ids a query finds, in one statement however many they are."""
    found = subjects.subquery()
    said: dict[str, Any] = {
        "action": literal(action, Text()),
        "actor_account_id": literal(actor.account_id if actor is not None else None, Uuid()),
        "subject_kind": literal(subject_kind, Text()),
        "subject_id": found.c[0],
        "details": literal({}, JSONB()),
        "request_id": literal(structlog.contextvars.get_contextvars().get("request_id"), Text()),
    }
    session.execute(insert(AuditEvent).from_select(list(said), select(*said.values())))


def canonical_of(event: AuditEvent) -> dict[str, Any]:
    """Return what of an event is bound by its link: the same for every reader, wherever their connection's clock is."""
    return {
        "key": event.key,
        "occurred_at": event.occurred_at.astimezone(UTC).isoformat(),
        "action": event.action,
        "actor": str(event.actor_account_id),
        "subject": [event.subject_kind, str(event.subject_id)],
        "details": event.details,
        "request_id": event.request_id,
    }


def hash_after(previous: bytes, canonical: dict[str, Any]) -> bytes:
    """Return the hash of a link, from the one before it and the canonical form of its event."""
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous + text.encode()).digest()


def link_hash(previous: bytes, event: AuditEvent) -> bytes:
    """Return the hash that binds an event to everything before it."""
    return hash_after(previous, canonical_of(event))


def chain(limit: int = 1_000) -> int:
    """Chain up to `limit` waiting events in the order of their keys; return how many. Safe to run twice at once."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CHAIN_LOCK})
    last = session.scalars(select(AuditLink).order_by(AuditLink.sequence.desc()).limit(1)).first()
    previous, sequence = (last.hash, last.sequence) if last is not None else (FIRST_HASH, 0)
    waiting = session.scalars(
        select(AuditEvent)
        .join(AuditWaiting, AuditWaiting.event_key == AuditEvent.key)
        .order_by(AuditEvent.key)
        .limit(limit)
    ).all()
    for event in waiting:
        sequence += 1
        previous = link_hash(previous, event)
        session.add(AuditLink(sequence=sequence, event_key=event.key, hash=previous))
    if waiting:
        session.execute(delete(AuditWaiting).where(AuditWaiting.event_key.in_([event.key for event in waiting])))
    return len(waiting)


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk along the chain found. `head` is worth keeping elsewhere: only it shows a cut-off tail."""

    chained: int
    unchained: int
    problems: tuple[str, ...]
    head: str

    @property
    def is_whole(self) -> bool:
        return not self.problems


def verify() -> Verification:
    """Walk the whole chain and report every break, and how many events wait for the chainer."""
    previous, expected, problems = FIRST_HASH, 0, []
    for link, event in _walk():
        expected += 1
        if link.sequence != expected:
            problems.append(f"link {expected} is missing")
            expected = link.sequence
        if event is None:
            problems.append(f"event {link.event_key} of link {link.sequence} is missing")
        elif link_hash(previous, event) != link.hash:
            problems.append(f"event {event.key} does not match link {link.sequence}")
        previous = link.hash
    chained = session.scalar(select(func.count()).select_from(AuditLink)) or 0
    unchained = (
        session.scalar(
            select(func.count())
            .select_from(AuditEvent)
            .outerjoin(AuditLink, AuditLink.event_key == AuditEvent.key)
            .where(AuditLink.event_key.is_(None))
        )
        or 0
    )
    return Verification(chained, unchained, tuple(problems), previous.hex())


def _walk() -> Iterator[tuple[AuditLink, AuditEvent | None]]:
    rows = session.execute(
        select(AuditLink, AuditEvent)
        .outerjoin(AuditEvent, AuditEvent.key == AuditLink.event_key)
        .order_by(AuditLink.sequence)
        .execution_options(yield_per=1_000)
    )
    yield from rows


def recent(*, before: int | None = None, action: str = "", limit: int = 50) -> list[tuple[AuditEvent, bool]]:
    """Return events, newest first, each with whether it is chained yet. `before` is the key to go on from."""
    query = (
        select(AuditEvent, AuditLink.sequence.is_not(None))
        .outerjoin(AuditLink, AuditLink.event_key == AuditEvent.key)
        .order_by(AuditEvent.key.desc())
        .limit(min(limit, MOST_SHOWN))
    )
    if before is not None:
        query = query.where(AuditEvent.key < before)
    if action:
        query = query.where(AuditEvent.action == action)
    return [(event, is_chained) for event, is_chained in session.execute(query)]


def known_actions() -> list[str]:
    """Return the kinds of acts there are in the trail."""
    return list(session.scalars(select(AuditEvent.action).distinct().order_by(AuditEvent.action)))
