"""Reading openings, connections and what became of applications. Never a candidate."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, select, true

from advocacy.foundation.access import Actor, Permission, require_in
from advocacy.foundation.db import session
from advocacy.foundation.encryption import decrypt
from advocacy.foundation.errors import NotFound
from advocacy.foundation.pagination import DEFAULT_ROWS, Page, page_of
from advocacy.people.models import OrgUnit
from advocacy.recruiting.models import ApplicationEvent, AtsConnection, InboundEvent, Opening, Stage
from advocacy.recruiting.steps import Step, stage_of
from advocacy.sharing.models import Link

SECRETS = "webhook secrets"


def connections(actor: Actor) -> list[AtsConnection]:
    """Return the systems that may report applications. Raises NotPermitted; their secrets are never shown again."""
    require_in(actor, Permission.RECRUITING_READ, None)
    return list(session.scalars(select(AtsConnection).order_by(AtsConnection.created_at)))


def find_connection(connection_id: UUID) -> AtsConnection | None:
    """Return a connection that may report, or None."""
    connection = session.get(AtsConnection, connection_id)
    return connection if connection is not None and connection.is_active else None


def secrets_of(connection: AtsConnection) -> list[str]:
    """Return a connection's active secrets, newest first. Raises CannotDecrypt."""
    opened: list[str] = json.loads(decrypt(connection.secrets_encrypted, purpose=SECRETS, owner=str(connection.id)))
    return opened


def source_of(connection: AtsConnection) -> str:
    """Return the name under which a connection's reports are kept."""
    return f"connection:{connection.id}"


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """An opening with the unit it belongs to."""

    opening: Opening
    unit_name: str | None
    unit_id: UUID | None


def openings(actor: Actor, limit: int = DEFAULT_ROWS, cursor: str | None = None) -> Page[OpeningRow]:
    """Return the openings of the actor's units, the latest first. Those without a unit are the organisation's."""
    found = (
        select(Opening, OrgUnit.name, OrgUnit.id)
        .outerjoin(OrgUnit, OrgUnit.key == Opening.unit_key)
        .where(_visible(actor))
    )
    statement = cast("Select[Any]", found)
    page = page_of(
        statement, (Opening.created_at, Opening.key), limit=limit, cursor=cursor, filters={"list": "openings"}
    )
    return Page([OpeningRow(*row) for row in page.rows], page.next_cursor)


def get_opening(opening_id: UUID, *, visible_to: Actor, lock: bool = False) -> Opening:
    """Return an opening. Raises NotFound, also when it belongs to other units."""
    statement = select(Opening).where(Opening.id == opening_id, _visible(visible_to))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    opening = session.scalars(statement).one_or_none()
    if opening is None:
        raise NotFound(_("There is no such opening, or it belongs to units you do not work for."))
    return opening


def opening_row(opening: Opening) -> OpeningRow:
    unit = session.get(OrgUnit, opening.unit_key) if opening.unit_key is not None else None
    return OpeningRow(opening, unit.name if unit else None, unit.id if unit else None)


def _visible(actor: Actor) -> ColumnElement[bool]:
    reached = actor.unit_keys_for(Permission.RECRUITING_READ)
    return true() if reached is None else Opening.unit_key.in_(reached)


def steps_of(source: str, application_token: bytes) -> list[Step]:
    """Return all that was told of one application, in no order."""
    rows = session.execute(
        select(ApplicationEvent.occurred_at, ApplicationEvent.stage, ApplicationEvent.link_key).where(
            ApplicationEvent.source == source, ApplicationEvent.application_token == application_token
        )
    )
    return [Step(*row) for row in rows]


def find_link(code: str) -> Link | None:
    """Return the link that an application names by its code, or None when it is none of ours."""
    return session.scalars(select(Link).where(Link.code == code)).one_or_none()


def application_stage(source: str, application_token: bytes) -> Stage | None:
    """Return where one application stands, or None when it was never reported."""
    steps = steps_of(source, application_token)
    return stage_of(steps) if steps else None


def inbox_problems(actor: Actor, limit: int = 50) -> list[InboundEvent]:
    """Return the latest messages that could not be used in full. Raises NotPermitted."""
    require_in(actor, Permission.RECRUITING_READ, None)
    return list(
        session.scalars(
            select(InboundEvent)
            .where(InboundEvent.problem.is_not(None))
            .order_by(InboundEvent.received_at.desc())
            .limit(limit)
        )
    )


def count_waiting() -> int:
    """Return how many messages of the inbox wait to be worked on."""
    return session.scalar(select(func.count()).where(InboundEvent.processed_at.is_(None))) or 0


def own_data(employee_key: int) -> list[dict[str, Any]]:
    """Return what recruiting knows about a person: which steps of applications came through their links."""
    rows = session.execute(
        select(ApplicationEvent.stage, ApplicationEvent.occurred_at, Opening.reference, Link.code)
        .join(Link, Link.key == ApplicationEvent.link_key)
        .join(Opening, Opening.key == ApplicationEvent.opening_key)
        .where(Link.employee_key == employee_key)
        .order_by(ApplicationEvent.occurred_at)
    )
    return [
        {"stage": stage.value, "occurred_at": occurred_at, "opening": reference, "link_code": code}
        for stage, occurred_at, reference, code in rows
    ]


def last_received(sources: Mapping[UUID, str]) -> dict[UUID, datetime]:
    """Return when each connection's latest message came, by the connection's id."""
    rows = session.execute(
        select(InboundEvent.source, func.max(InboundEvent.received_at))
        .where(InboundEvent.source.in_(sources.values()))
        .group_by(InboundEvent.source)
    )
    latest = dict(rows.all())
    return {connection_id: latest[source] for connection_id, source in sources.items() if source in latest}
