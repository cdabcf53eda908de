"""Codes to scan: a tracked link of its own for paper and screens, of somebody who takes part or of the organisation.

It is made once for each item and author, so that what hangs on a wall goes on being counted as the same.
"""

import io
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import segno
from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from advocacy.content.models import ContentItem, ItemState
from advocacy.content.queries import FeedEntry, current_version, get_item, get_live_item, get_version, text_of
from advocacy.foundation.access import Actor, Permission, require, require_in, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, NotFound
from advocacy.people.models import Consent, Purpose
from advocacy.sharing import queries
from advocacy.sharing.codes import new_code
from advocacy.sharing.destinations import tracked_destination
from advocacy.sharing.models import Link
from advocacy.sharing.qr_models import QrLink
from advocacy.sharing.queries import Clicks
from advocacy.sharing.service import campaign_of, require_participant

# A quarter of the picture may be missing, as on a poster with a fold, and a screen shows each square as 12 pixels.
REPAIR, QUIET, PIXELS = "q", 4, 12
CHANNEL = "qr"


@dataclass(frozen=True, slots=True)
class QrCode:
    """A code to scan, with what it leads to and how often it was followed."""

    link: Link
    title: str
    clicks: Clicks

    @property
    def link_url(self) -> str:
        return queries.link_url(self.link)

    @property
    def svg(self) -> str:
        """The picture as SVG without a size of its own, to be scaled."""
        out = io.BytesIO()
        self._drawn().save(out, kind="svg", border=QUIET, xmldecl=False, omitsize=True, light="#fff", nl=False)
        return out.getvalue().decode()

    @property
    def png(self) -> bytes:
        out = io.BytesIO()
        self._drawn().save(out, kind="png", border=QUIET, scale=PIXELS)
        return out.getvalue()

    def _drawn(self) -> segno.QRCode:
        return segno.make(self.link_url, error=REPAIR, micro=False)


# --- One's own: clicks are one's own, as on a link one shared.


def find_own(actor: Actor, item_id: UUID) -> tuple[FeedEntry, QrCode | None]:
    """Return an item as the actor sees it, and their own code for it if there is one. Raises NotFound."""
    entry = get_live_item(item_id, visible_to=actor)
    return entry, _code(entry.key, require_self(actor), entry.title)


def make_own(actor: Actor, item_id: UUID) -> QrCode:
    """Return the actor's own code for an item, made where it is missing.

    Raises NotPermitted without the yes to taking part, NotFound, Conflict for an item that leads nowhere.
    """
    require(actor, Permission.SHARES_WRITE)
    employee_key = require_participant(actor)
    entry = get_live_item(item_id, visible_to=actor)
    _make(entry.key, employee_key, entry.version.destination, campaign_of(entry.version, entry.id))
    return made(_code(entry.key, employee_key, entry.title))


# --- The organisation's: on a poster or a slide, of nobody.


def find_for_item(actor: Actor, item_id: UUID) -> tuple[ContentItem, QrCode | None]:
    """Return an item of the actor's units, and the organisation's code for it if there is one. Raises NotFound."""
    item = get_item(item_id, visible_to=actor)
    return item, _code(item.key, None, title_of(item))


def make_for_item(actor: Actor, item_id: UUID) -> QrCode:
    """Return the organisation's code for an item, made where it is missing.

    Raises NotPermitted, NotFound, Conflict for an item that is not live or leads nowhere.
    """
    item = get_item(item_id, visible_to=actor)
    require_in(actor, Permission.CONTENT_WRITE, item.unit_key)
    if item.state is not ItemState.LIVE or item.live_version_id is None:
        raise Conflict(_("Only what is live gets a code: what is on paper cannot be taken back."))
    version = get_version(item.live_version_id)
    _make(item.key, None, version.destination, campaign_of(version, item.id))
    return made(_code(item.key, None, title_of(item)))


def made(code: QrCode | None) -> QrCode:
    """Return a code that is there. Raises NotFound."""
    if code is None:
        raise NotFound(_("There is no code for this."))
    return code


def own_data(employee_key: int) -> list[dict[str, Any]]:
    """Return the codes somebody made, for their export; also those whose code another one replaced since."""
    rows = session.execute(
        select(Link, ContentItem.id)
        .join(ContentItem, ContentItem.key == Link.item_key)
        .where(Link.employee_key == employee_key, Link.share_key.is_(None))
        .order_by(Link.key)
    ).all()
    return [
        {
            "item": str(item_id),
            "link": queries.link_url(link),
            "destination": link.destination,
            "made_at": link.created_at,
            "revoked_at": link.revoked_at,
        }
        for link, item_id in rows
    ]


# --- Inside.


def title_of(item: ContentItem) -> str:
    """Return what an item is called where it is live, else as it is being written."""
    shown = item.live_version_id or current_version(item).id
    return text_of(shown, None).title


def _make(item_key: int, employee_key: int | None, destination: str | None, campaign: str) -> None:
    if destination is None:
        raise Conflict(_("This item has no link, so there is nothing a code could open."))
    link = Link(
        code=new_code(),
        destination=tracked_destination(destination, source=CHANNEL, campaign=campaign),
        employee_key=employee_key,
        item_key=item_key,
    )
    # What was made under an earlier yes is nobody's for good, and goes on leading where it led.
    session.execute(
        delete(QrLink).where(
            QrLink.item_key == item_key, QrLink.employee_key == employee_key, QrLink.made_at < _granted_at()
        )
    )
    try:
        with session.begin_nested():
            session.add(link)
            session.flush()  # the row of the code refers to its key
            session.add(QrLink(link_key=link.key, item_key=item_key, employee_key=employee_key))
    except IntegrityError:
        return  # pressed twice, or in two windows: the first one stands


def _granted_at() -> Any:
    return (
        select(Consent.granted_at)
        .where(Consent.employee_key == QrLink.employee_key, Consent.purpose == Purpose.TAKE_PART)
        .scalar_subquery()
    )


def _code(item_key: int, employee_key: int | None, title: str) -> QrCode | None:
    whose = (
        QrLink.employee_key.is_(None)
        if employee_key is None
        else (QrLink.employee_key == employee_key) & (QrLink.made_at >= _granted_at())
    )
    link = session.scalar(
        select(Link)
        .join(QrLink, QrLink.link_key == Link.key)
        .where(QrLink.item_key == item_key, whose, Link.revoked_at.is_(None))
    )
    if link is None:
        return None
    return QrCode(link, title, queries.clicks_of_links([link.key])[link.key])
