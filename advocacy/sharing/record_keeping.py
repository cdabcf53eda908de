"""Which texts a request opens, telling their authors, and how long texts about products are kept.

Covered is what was posted, as far as is known, of versions about a product, by people who took part from then until
now: what was withdrawn stays locked away, and a new yes brings nothing back.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from advocacy.content.models import ContentItem, ContentVersion
from advocacy.content.queries import current_version, texts_in, texts_of
from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.db import session
from advocacy.notifications.models import Kind
from advocacy.notifications.service import tell_of_duty
from advocacy.people.models import Consent, Employee, Purpose
from advocacy.sharing.models import Share
from advocacy.sharing.record_models import RecordRequest, RecordShare

OPEN_FOR = timedelta(days=14)
DAYS_A_YEAR = 366  # kept rather a day too long than one too short
FORGOTTEN_AT_ONCE = 2_000

_COVER = text("""
INSERT INTO record_share (request_key, share_key)
SELECT :request, share.key
FROM share
JOIN content_version AS version ON version.id = share.version_id AND version.is_product
JOIN consent ON consent.employee_key = share.employee_key AND consent.purpose = 'take_part'
    AND consent.granted_at <= share.opened_at
WHERE share.item_key = :item AND share.state <> 'opened' AND share.opened_at >= :kept_since
""")

_LEFT_OUT = text("""
SELECT count(*) AS texts, count(DISTINCT share.employee_key) AS people
FROM share
JOIN content_version AS version ON version.id = share.version_id AND version.is_product
LEFT JOIN consent ON consent.employee_key = share.employee_key AND consent.purpose = 'take_part'
    AND consent.granted_at <= share.opened_at
WHERE share.item_key = :item AND share.state <> 'opened' AND share.opened_at BETWEEN :kept_since AND :until
    AND consent.employee_key IS NULL
""")

_FORGET = text("""
WITH old AS (
    SELECT share.key
    FROM share JOIN content_version AS version ON version.id = share.version_id AND version.is_product
    WHERE share.opened_at < :kept_since AND share.text <> ''
    ORDER BY share.opened_at LIMIT :most FOR UPDATE OF share SKIP LOCKED
)
UPDATE share SET text = '' FROM old WHERE share.key = old.key
""")


@dataclass(frozen=True, slots=True)
class Told:
    """A request that covers texts of one's own, as its author is told of it. Who asked and agreed is not in it."""

    request_id: UUID
    title: str
    reason: str
    opened_at: datetime
    until: date
    is_open: bool


def kept_since() -> datetime:
    """Return the instant before which texts about products are not kept, so not read either."""
    return clock.now() - timedelta(days=int(preferences.get("retention_product_years")) * DAYS_A_YEAR)


def forget_texts() -> int:
    """Empty one slice of the texts about products that are older than they are kept, oldest first; return how many.

    That something was shared, where and when, stays: it is counted and is no text.
    """
    gone = session.execute(_FORGET, {"kept_since": kept_since(), "most": FORGOTTEN_AT_ONCE})
    return int(gone.rowcount)  # type: ignore[attr-defined]


def open_request(request: RecordRequest, item: ContentItem) -> None:
    """Open a request now: write down what it covers, and tell each author in their list and by a letter."""
    request.opened_at = clock.now()
    session.execute(_COVER, {"request": request.key, "item": item.key, "kept_since": kept_since()})
    details = {
        "titles": {text.language: text.title for text in texts_of(current_version(item).id)},
        "reason": request.reason,
        "until": closing_day(request.opened_at).isoformat(),
    }
    covered = select(RecordShare.share_key).where(RecordShare.request_key == request.key)
    for key in session.scalars(select(Share.employee_key).where(Share.key.in_(covered)).distinct()).all():
        tell_of_duty(key, Kind.TEXTS_IN_EVIDENCE, subject_id=request.id, **details)


def closing_day(opened_at: datetime) -> date:
    """Return the last day on which texts can be read that were opened at an instant."""
    return clock.day_of(opened_at + OPEN_FOR, preferences.zone())


def covered_texts(request: RecordRequest) -> list[tuple[Share, int, bytes, str | None]]:
    """Return the shares a request covers whose authors still take part: with number and hash of version, and name."""
    rows = session.execute(
        select(Share, ContentVersion.number, ContentVersion.hash, Employee.name)
        .join(RecordShare, RecordShare.share_key == Share.key)
        .join(ContentVersion, ContentVersion.id == Share.version_id)
        .join(Employee, Employee.key == Share.employee_key)
        .join(Consent, Consent.employee_key == Share.employee_key)
        .where(
            RecordShare.request_key == request.key,
            Share.opened_at >= kept_since(),
            Consent.purpose == Purpose.TAKE_PART,
            Consent.granted_at <= Share.opened_at,
        )
        .order_by(Share.opened_at, Share.key)
    ).all()
    return [(share, number, hash_, name) for share, number, hash_, name in rows]


def texts_left_out(request: RecordRequest) -> int | None:
    """Return how many texts are not in the pack of an open request because their authors withdrew.

    None when fewer people than the smallest group did, or nobody.
    """
    found = session.execute(
        _LEFT_OUT, {"item": request.item_key, "kept_since": kept_since(), "until": request.opened_at}
    ).one()
    return int(found.texts) if found.people >= preferences.smallest_group() else None


def told_to(actor: Actor, language: str | None) -> list[Told]:
    """Return the requests that cover texts of one's own, the newest first."""
    return _told(require_self(actor), language)


def own_data(employee_key: int) -> list[dict[str, Any]]:
    """Return the same for somebody's export."""
    return [
        {"item": told.title, "reason": told.reason, "opened_at": told.opened_at, "read_until": told.until.isoformat()}
        for told in _told(employee_key, None)
    ]


# --- Inside.


def _told(employee_key: int, language: str | None) -> list[Told]:
    newest = (
        select(RecordShare.request_key, func.max(Share.key).label("share_key"))
        .join(Share, Share.key == RecordShare.share_key)
        .where(Share.employee_key == employee_key)
        .group_by(RecordShare.request_key)
        .subquery()
    )
    rows = session.execute(
        select(RecordRequest, Share.version_id)
        .join(newest, newest.c.request_key == RecordRequest.key)
        .join(Share, Share.key == newest.c.share_key)
        .order_by(RecordRequest.opened_at.desc(), RecordRequest.key.desc())
    ).all()
    texts = texts_in({version_id for _request, version_id in rows}, language)
    return [
        Told(
            request.id,
            texts[version_id].title,
            request.reason,
            request.opened_at,
            closing_day(request.opened_at),
            clock.now() < request.opened_at + OPEN_FOR,
        )
        for request, version_id in rows
        if request.opened_at is not None
    ]
