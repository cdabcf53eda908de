"""Sharing: one person takes one item to one network in their own words.

A network's dialog tells us nothing back. So a share is opened when the dialog opens, confirmed when the person
says so, and evidenced when somebody clicks; nothing is posted for anybody.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from advocacy.activity import service as activity
from advocacy.activity.kinds import Cause, Kind
from advocacy.content.models import Caption, ContentVersion
from advocacy.content.phrases import refuse_blocked
from advocacy.content.queries import FeedEntry, captions_of, get_live_item, image_url, texts_of
from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, Permission, require, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid, NotPermitted
from advocacy.foundation.fields import unfit_character
from advocacy.learning.taking import require_lessons
from advocacy.people.models import Consent, Employee, Purpose
from advocacy.sharing import queries
from advocacy.sharing.captions import language_of
from advocacy.sharing.channels import checked_post_url, intent_url, measure, normal_server
from advocacy.sharing.codes import LENGTH, new_code
from advocacy.sharing.destinations import tracked_destination
from advocacy.sharing.disclosure import Disclosed, disclose
from advocacy.sharing.likeness import remember
from advocacy.sharing.limits import LONGEST_CAMPAIGN, LONGEST_TEXT, MOST_REPORTED
from advocacy.sharing.models import EngagementSnapshot, Link, LinkPreview, MeasureSource, Share, ShareState
from advocacy.sharing.plan_models import PlanState
from config.networks import Network, find_network, network_of


@dataclass(frozen=True, slots=True)
class OpenedShare:
    """A share that was opened, and the addresses to go on with. `text` of the share is the final one."""

    share: Share
    link: Link | None
    link_url: str | None
    intent_url: str | None


def open_share(
    actor: Actor,
    *,
    item_id: UUID,
    network_key: str,
    text: str,
    caption_id: UUID | None = None,
    server: str | None = None,
    discloses: bool = True,
    was_reminded: bool = False,
    planned_share_id: UUID | None = None,
) -> OpenedShare:
    """Write down that somebody opens a network's dialog with their text, and make their tracked link.

    A missing disclosure is added to the text; `discloses` is heard where the rule in force leaves it to the author.
    `was_reminded` keeps with the share that the periodic reminder stood on the sheet. A planned share of the same item
    is done with it.
    Raises NotPermitted without the yes to taking part or a lesson that is required (LessonsNeeded), NotFound when the
    item is not live or not meant for them, Invalid when the network does not take the text.
    """
    require(actor, Permission.SHARES_WRITE)
    employee_key = require_participant(actor)
    item = get_live_item(item_id, visible_to=actor)
    require_lessons(employee_key, has_shared=queries.has_shared(employee_key))
    plan = queries.open_plan(planned_share_id, item.key, visible_to=actor) if planned_share_id is not None else None
    code = new_code()
    ready = prepare(
        actor, item, network_key=network_key, text=text, caption_id=caption_id, server=server, discloses=discloses
    )
    network, disclosed = ready.network, ready.disclosed
    share = Share(
        employee_key=employee_key,
        item_key=item.key,
        version_id=item.version.id,
        caption_id=ready.caption_id,
        network=network.number,
        text=disclosed.text,
        disclosure=disclosed.evidence
        | ({"server": ready.server} if ready.server else {})
        | ({"reminded": True} if was_reminded else {}),
        opened_at=clock.now(),
    )
    session.add(share)
    session.flush()  # link, ledger and sketch refer to the share's key
    remember(share, disclosed.evidence["line"], [one.text for one in captions_of(item.version.id)])
    link = _make_link(share, item, network, code) if item.version.destination else None
    if plan is not None:
        plan.state, plan.share_key, plan.ended_at = PlanState.SHARED, share.key, share.opened_at
        plan.version += 1
    activity.record(
        Kind.SHARE_OPENED,
        occurred_at=share.opened_at,
        employee_key=employee_key,
        item_key=item.key,
        share_key=share.key,
        link_key=link.key if link is not None else None,
        network=network.number,
    )
    address = queries.link_url(link) if link is not None else None
    intent = intent_url(network, text=share.text, link=address, title=item.title, server=ready.server)
    return OpenedShare(share, link, address, intent)


@dataclass(frozen=True, slots=True)
class Ready:
    """A text that a network takes, as its author wrote it and as it would go out today."""

    network: Network
    server: str | None
    caption_id: UUID | None
    wording: str
    disclosed: Disclosed


def prepare(
    actor: Actor,
    item: FeedEntry,
    *,
    network_key: str,
    text: str,
    caption_id: UUID | None,
    server: str | None,
    discloses: bool,
) -> Ready:
    """Return what would go out, by the rules of today. Nothing is kept. Raises Invalid when a network refuses it."""
    network = find_network(network_key)
    if network is None:
        raise Invalid.field("network", _("There is no such network."), code="unknown")
    if network.key not in item.networks:
        raise Invalid.field("network", _("%(network)s only takes links, and this item has none.", network=network.name))
    own_server = normal_server(server, network)
    caption = _caption(item, network, caption_id)
    wording = _wording(item, text, network)
    disclosed = disclose(
        wording,
        network=network,
        country=session.get_one(Employee, require_self(actor)).country,
        language=language_of(item, wording),
        is_locked=item.version.is_text_locked,
        is_product=item.is_product,
        is_wanted=discloses,
    )
    # Every code is as long as any other.
    code = "0" * LENGTH if item.version.destination else None
    _check_length(disclosed.text, code, network, was_added=disclosed.was_added)
    return Ready(network, own_server, caption.id if caption is not None else None, wording, disclosed)


def require_participant(actor: Actor) -> int:
    """Return the actor's employee key if they said yes to taking part, holding that yes until the commit.

    Raises NotPermitted otherwise. A withdrawal that comes at the same moment waits, or is seen.
    """
    employee_key = require_self(actor)
    consent = session.scalar(
        select(Consent.employee_key)
        .where(Consent.employee_key == employee_key, Consent.purpose == Purpose.TAKE_PART)
        .with_for_update(read=True)
    )
    if consent is None:
        raise NotPermitted(
            _(
                "You have not said yes to taking part, so nothing of yours is tracked or counted. "
                "You can say yes under My data, and take it back at any time."
            ),
            code="consent_needed",
        )
    return employee_key


def confirm_share(actor: Actor, share_id: UUID, post_url: str | None = None) -> Share:
    """Write down that somebody says they posted it, with the post's address if they like. Repeating changes nothing.

    Raises NotPermitted without the yes to taking part, NotFound, Invalid when the address is on another network.
    """
    require(actor, Permission.SHARES_WRITE)
    require_participant(actor)
    share = queries.get_share(share_id, visible_to=actor, lock=True)
    if post_url:
        share.post_url = checked_post_url(network_of(share.network), post_url)
    if share.state is ShareState.OPENED:
        share.state = ShareState.CONFIRMED
        record_published(share)
    if share.confirmed_at is None:
        share.confirmed_at = clock.now()
    session.flush()  # the answer shows what is stored
    return share


def report_engagement(
    actor: Actor,
    share_id: UUID,
    *,
    impressions: int | None = None,
    reactions: int | None = None,
    comments: int | None = None,
    reshares: int | None = None,
    observed_at: datetime | None = None,
) -> EngagementSnapshot:
    """Add what the network showed somebody about their post. Earlier numbers stay; the latest counts.

    Raises NotPermitted without the yes to taking part, NotFound, Conflict when it was not posted, Invalid.
    """
    require(actor, Permission.SHARES_WRITE)
    require_participant(actor)
    share = queries.get_share(share_id, visible_to=actor)
    if share.state is ShareState.OPENED:
        raise Conflict(_("Confirm first that you posted it."))
    numbers = {"impressions": impressions, "reactions": reactions, "comments": comments, "reshares": reshares}
    if all(number is None for number in numbers.values()):
        raise Invalid.field("impressions", _("Enter at least one number."), code="missing")
    for name, number in numbers.items():
        if number is not None and not 0 <= number <= MOST_REPORTED:
            raise Invalid.field(name, _("Enter the number the network shows you."))
    seen_at = observed_at or clock.now()
    if not share.opened_at <= seen_at <= clock.now():
        raise Invalid.field("observed_at", _("This has to lie between the share and now."))
    snapshot = EngagementSnapshot(
        share_key=share.key, source=MeasureSource.OWN_ENTRY, observed_at=seen_at, recorded_at=clock.now(), **numbers
    )
    session.add(snapshot)
    activity.touch([clock.day_of(share.opened_at, preferences.zone())], cause=Cause.CORRECTION)
    session.flush()  # the answer shows what is stored
    return snapshot


def record_published(share: Share) -> None:
    """Write into the ledger that a share was published, at the time it was opened."""
    activity.record(
        Kind.SHARE_PUBLISHED,
        occurred_at=share.opened_at,
        employee_key=share.employee_key,
        item_key=share.item_key,
        share_key=share.key,
        link_key=session.scalar(select(Link.key).where(Link.share_key == share.key)),
        network=share.network,
    )


# --- Inside.


def _caption(item: FeedEntry, network: Network, caption_id: UUID | None) -> Caption | None:
    if caption_id is None:
        return None
    for caption in captions_of(item.version.id):
        if caption.id == caption_id and caption.network in (network.number, None):
            return caption
    raise Invalid.field("caption_id", _("This caption does not belong to the item as it is now."), code="unknown")


def _wording(item: FeedEntry, text: str, network: Network) -> str:
    """Return what somebody wrote, cleaned of nothing but line-break variants and blank edges."""
    if len(text) > LONGEST_TEXT:
        raise Invalid.field("text", _("A text has at most %(most)s characters.", most=LONGEST_TEXT), code="too_long")
    if unfit_character(text) is not None:
        raise Invalid.field("text", _("It contains a character that cannot be stored."))
    wording = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if item.version.is_text_locked:
        allowed = {
            caption.text for caption in captions_of(item.version.id) if caption.network in (network.number, None)
        }
        if wording not in allowed:
            raise Invalid.field(
                "text", _("The words of this item are fixed by law or policy. Choose one of its texts."), code="locked"
            )
    else:
        refuse_blocked(wording, "text")
    return wording


def _check_length(text: str, code: str | None, network: Network, *, was_added: bool) -> None:
    link = f"{preferences.deployment().link_url}/{code}" if code is not None else None
    measured = measure(text, link, network)
    if not measured.fits:
        numbers = {"limit": measured.limit, "length": measured.length, "left": -measured.left}
        if was_added:
            detail = _(
                "%(network)s takes %(limit)s characters; your text, the link and the line that says where you work make"
                " %(length)s. Shorten it by %(left)s.",
                network=network.name,
                **numbers,
            )
        elif link:
            detail = _(
                "%(network)s takes %(limit)s characters; your text and the link make %(length)s."
                " Shorten it by %(left)s.",
                network=network.name,
                **numbers,
            )
        else:
            detail = _(
                "%(network)s takes %(limit)s characters; your text makes %(length)s. Shorten it by %(left)s.",
                network=network.name,
                **numbers,
            )
        raise Invalid.field("text", detail, code="too_long")


def _make_link(share: Share, item: FeedEntry, network: Network, code: str) -> Link:
    destination = tracked_destination(
        item.version.destination or "", source=network.key, campaign=campaign_of(item.version, item.id)
    )
    link = Link(
        code=code,
        destination=destination,
        share_key=share.key,
        employee_key=share.employee_key,
        item_key=item.key,
        network=network.number,
        preview_key=_preview_key(item),
    )
    session.add(link)
    session.flush()  # the ledger refers to the link's key
    return link


def _preview_key(item: FeedEntry) -> int:
    """Return what preview bots are shown for this version and language: one row, shared by all links."""
    statement = (
        insert(LinkPreview)
        .values(
            version_id=item.version.id,
            language=item.language,
            title=item.title,
            summary=item.summary,
            image_url=image_url(item.version.image_sha256),
        )
        .on_conflict_do_nothing(index_elements=[LinkPreview.version_id, LinkPreview.language])
        .returning(LinkPreview.key)
    )
    return (
        session.scalar(statement)
        or session.scalars(
            select(LinkPreview.key).where(
                LinkPreview.version_id == item.version.id, LinkPreview.language == item.language
            )
        ).one()
    )


def campaign_of(version: ContentVersion, item_id: UUID) -> str:
    """Return the campaign name of an item: readable, the same for everybody, and nothing about a person."""
    title = min(texts_of(version.id), key=lambda text: text.language).title
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_CAMPAIGN].rstrip("-")
    return f"{slug}-{item_id.hex[-6:]}" if slug else f"item-{item_id.hex[-12:]}"
