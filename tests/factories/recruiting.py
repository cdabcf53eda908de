"""Openings, connections and reports of applications for tests."""

import itertools
import json
from datetime import UTC, datetime
from typing import Any

from standardwebhooks.webhooks import Webhook

from advocacy.foundation.access import Role
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.recruiting import service
from advocacy.recruiting.models import AtsConnection, Opening
from advocacy.recruiting.reports import ApplicationReport
from tests.factories.content import make_actor
from tests.factories.naming import lettered

_numbers = itertools.count(1)


def make_opening(reference: str | None = None, **fields: Any) -> Opening:
    opening = Opening(reference=reference or f"R-{next(_numbers)}", **{"title": "Engineer", **fields})
    session.add(opening)
    session.flush()
    return opening


def make_connection(name: str | None = None) -> tuple[AtsConnection, str]:
    """Return a connection and its secret."""
    return service.make_connection(make_actor(Role.RECRUITER), name or f"ATS {lettered(next(_numbers))}")


def report_of(**fields: Any) -> dict[str, Any]:
    """Return what a system would report: somebody applied."""
    return {
        "type": "application.applied",
        "application_id": f"A-{next(_numbers)}",
        "opening_reference": "R-102",
        "occurred_at": "2026-11-02T09:30:00+01:00",
        **fields,
    }


def signed(
    secret: str, payload: Any, *, message_id: str | None = None, at: datetime | None = None
) -> tuple[dict[str, str], bytes]:
    """Return headers and body of a signed message."""
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    named, instant = message_id or f"msg_{next(_numbers)}", at or datetime.now(UTC)
    return {
        "webhook-id": named,
        "webhook-timestamp": str(int(instant.timestamp())),
        "webhook-signature": Webhook(secret).sign(named, instant, raw.decode()),
    }, raw


def make_application_event(*, source: str = "test", **fields: Any) -> None:
    """Keep one step of an application."""
    service.store_report(ApplicationReport.read(source, report_of(**fields)), source=source, external_id=str(new_id()))
