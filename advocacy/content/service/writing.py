"""Writing items: drafted and changed, each content under a version of its own."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from advocacy.content import queries, reviewing
from advocacy.content.circumstances import (
    audience_for,
    campaign_key_of,
    check_dates,
    checked_priority,
    checked_reference,
    hash_of,
    members_of,
    topic_keys_of,
)
from advocacy.content.models import ContentItem, ContentVersion, ItemKind, ItemState
from advocacy.content.service.lifecycle import account_of, lock, publish_or_schedule
from advocacy.content.wording import Wording, check_complete
from advocacy.foundation import clock
from advocacy.foundation.access import Actor, Permission, require, require_in
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, PreconditionFailed
from advocacy.people.models import Audience
from advocacy.people.queries import get_unit, root_unit
from config.networks import network_of

# What an approver decides about besides the wording. While an item is live these stay as they were approved.
BOUND = ("kind", "is_product", "is_non_business", "unit_id", "audience", "opening_reference", "embargo_until")


def draft_item(
    actor: Actor,
    *,
    kind: ItemKind,
    texts: Mapping[str, Mapping[str, str]],
    unit_id: UUID | None = None,
    audience: Mapping[str, Any] | None = None,
    captions: Iterable[Mapping[str, Any]] = (),
    destination: str | None = None,
    image_sha256: str | None = None,
    image_alternative: str | None = None,
    is_text_locked: bool = False,
    is_product: bool = False,
    is_non_business: bool = False,
    opening_reference: str | None = None,
    topic_ids: Iterable[UUID] = (),
    priority: int = 0,
    is_pinned: bool = False,
    live_from: datetime | None = None,
    expires_at: datetime | None = None,
    embargo_until: datetime | None = None,
    campaign_id: UUID | None = None,
) -> ContentItem:
    """Write a new item, for the whole organisation unless a unit and an audience say otherwise.

    `texts` maps languages to title and summary; `audience` is what `make_audience` takes.
    Raises NotPermitted outside the actor's units, NotFound for unknown units or topics, Invalid naming the fields.
    """
    require(actor, Permission.CONTENT_WRITE)
    unit = get_unit(unit_id) if unit_id is not None else root_unit()
    if unit is None:
        raise Conflict(_("There are no units yet. Import people first."))
    require_in(actor, Permission.CONTENT_WRITE, unit.key)
    wording = Wording.checked(
        texts=texts,
        captions=captions,
        destination=destination,
        image_sha256=image_sha256,
        image_alternative=image_alternative,
        is_text_locked=is_text_locked,
    )
    reference = checked_reference(opening_reference)
    check_complete(kind, wording, reference)
    check_dates(live_from, expires_at, embargo_until)
    meant_for = audience_for(actor, audience or {})
    item = ContentItem(
        kind=kind,
        state=ItemState.DRAFT,
        is_product=is_product,
        is_non_business=is_non_business and not is_product,
        unit_key=unit.key,
        audience_key=meant_for.key,
        topic_keys=topic_keys_of(topic_ids),
        priority=checked_priority(priority),
        is_pinned=is_pinned,
        opening_reference=reference,
        author_account_id=account_of(actor),
        live_from=live_from,
        expires_at=expires_at,
        embargo_until=embargo_until,
        campaign_key=campaign_key_of(actor, campaign_id),
    )
    session.add(item)
    session.flush()  # the version refers to the item's key
    _add_version(actor, item, wording, meant_for)
    return item


def change_item(actor: Actor, item_id: UUID, *, seen_version: int, **changes: Any) -> ContentItem:
    """Change an item; takes what `draft_item` takes. What changes the content makes a new version, back to draft.

    Raises NotFound, NotPermitted, Invalid, PreconditionFailed when it changed since `seen_version`, and Conflict
    when it was withdrawn, when something is changed that a live item keeps as approved, when an item that people
    saw is to become one about a product, or to be one no longer, or when a topic or campaign would ask for a review
    that what is scheduled or live did not have.
    """
    item = lock(actor, item_id, Permission.CONTENT_WRITE)
    if item.row_version != seen_version:
        raise PreconditionFailed(_("Somebody changed this item meanwhile. Load it again and decide anew."))
    if item.state is ItemState.WITHDRAWN:
        raise Conflict(_("A withdrawn item stays as it was. Make a new one."))
    before = queries.current_version(item)
    meant_for = _change_bound(actor, item, changes)
    wording = _changed_wording(before, changes)
    check_complete(item.kind, wording, item.opening_reference)
    dates, is_new = (item.live_from, item.expires_at), hash_of(item, wording, meant_for) != before.hash
    if "topic_ids" in changes or "campaign_id" in changes:
        _change_filing(actor, item, changes, before, is_new=is_new)
    _change_schedule(item, changes)
    if changes:
        raise TypeError(f"change_item knows no {', '.join(sorted(changes))}")
    if is_new:
        item.state = ItemState.DRAFT
        _add_version(actor, item, wording, meant_for)
    elif item.state is ItemState.EXPIRED and (item.live_from, item.expires_at) != dates:
        item.state = ItemState.DRAFT
    elif item.state is ItemState.SCHEDULED:
        publish_or_schedule(item)
    item.changed_at = clock.now()
    session.flush()  # the new row version is the answer's ETag
    return item


def _add_version(actor: Actor, item: ContentItem, wording: Wording, meant_for: Audience) -> None:
    latest = session.scalar(select(func.max(ContentVersion.number)).where(ContentVersion.item_key == item.key)) or 0
    version = ContentVersion(
        item_key=item.key,
        number=latest + 1,
        destination=wording.destination,
        image_sha256=wording.image_sha256,
        image_alternative=wording.image_alternative,
        is_text_locked=wording.is_text_locked,
        is_product=item.is_product,
        hash=hash_of(item, wording, meant_for),
        created_by=account_of(actor),
    )
    session.add(version)
    session.flush()  # texts and captions refer to it
    session.add_all(wording.rows_for(version))
    item.current_version_id = version.id
    session.flush()  # a reader in the same request sees the whole version
    session.execute(
        update(ContentItem)
        .where(ContentItem.key == item.key)
        .values(search_text=func.lower(func.unaccent(wording.all_words(item.opening_reference))))
        .execution_options(synchronize_session=False)
    )


def _change_bound(actor: Actor, item: ContentItem, changes: dict[str, Any]) -> Audience:
    """Apply what an approval is bound to besides the wording, and return the audience."""
    meant_for = session.get_one(Audience, item.audience_key)
    wanted = {name: changes.pop(name) for name in BOUND if name in changes}
    before = _bound_state(item, meant_for)
    if "kind" in wanted:
        item.kind = wanted["kind"]
    if "is_product" in wanted:
        if item.first_live_at is not None and wanted["is_product"] != item.is_product:
            raise Conflict(_("People saw this item already, so whether it is about a product stays. Make a new one."))
        item.is_product = wanted["is_product"]
    if "is_non_business" in wanted:
        item.is_non_business = wanted["is_non_business"]
    item.is_non_business = item.is_non_business and not item.is_product
    if "opening_reference" in wanted:
        item.opening_reference = checked_reference(wanted["opening_reference"])
    if "embargo_until" in wanted:
        check_dates(None, changes.get("expires_at", item.expires_at), wanted["embargo_until"])
        item.embargo_until = wanted["embargo_until"]
    if wanted.get("unit_id") is not None:
        unit = get_unit(wanted["unit_id"])
        require_in(actor, Permission.CONTENT_WRITE, unit.key)
        item.unit_key = unit.key
    if "audience" in wanted:
        changed = audience_for(actor, wanted["audience"] or {})
        if members_of(changed) == members_of(meant_for):
            session.delete(changed)
        else:
            meant_for, item.audience_key = changed, changed.key
    if item.live_version_id is not None and _bound_state(item, meant_for) != before:
        raise Conflict(
            _("People see this item now, so its kind, unit, audience and opening stay. Withdraw it and make a new one.")
        )
    return meant_for


def _bound_state(item: ContentItem, meant_for: Audience) -> tuple[Any, ...]:
    names = ("kind", "is_product", "is_non_business", "unit_key", "opening_reference", "embargo_until")
    return (*(getattr(item, name) for name in names), members_of(meant_for))


def _changed_wording(before: ContentVersion, changes: dict[str, Any]) -> Wording:
    """Return the wording with the changes applied; what they do not mention stays."""
    stands = {
        "texts": {
            text.language: {"title": text.title, "summary": text.summary} for text in queries.texts_of(before.id)
        },
        "captions": [
            {
                "network": network_of(caption.network).key if caption.network is not None else None,
                "language": caption.language,
                "text": caption.text,
            }
            for caption in queries.captions_of(before.id)
        ],
        "destination": before.destination,
        "image_sha256": before.image_sha256,
        "image_alternative": before.image_alternative,
        "is_text_locked": before.is_text_locked,
    }
    return Wording.checked(**{name: changes.pop(name, value) for name, value in stands.items()})


def _change_filing(
    actor: Actor, item: ContentItem, changes: dict[str, Any], current: ContentVersion, *, is_new: bool
) -> None:
    """Apply topics and campaign, which approvals are not bound to, and weigh what the rules ask because of them.

    A version in review is asked about anew. `is_new` says that the current version gives way to a draft anyway.
    """
    is_out = item.live_version_id is not None or (item.state is ItemState.SCHEDULED and not is_new)
    shown = session.get_one(ContentVersion, item.live_version_id) if item.live_version_id is not None else current
    before = {version.id: reviewing.rules_for(item, version) for version in (shown, current)}
    if "topic_ids" in changes:
        item.topic_keys = topic_keys_of(changes.pop("topic_ids"))
    if "campaign_id" in changes:
        item.campaign_key = campaign_key_of(actor, changes.pop("campaign_id"), item.campaign_key)
    if is_out:
        reviewing.check_still_met(item, shown, before[shown.id])
    if item.state is ItemState.IN_REVIEW and not is_new:
        reviewing.ask_anew(item, current, before[current.id])


def _change_schedule(item: ContentItem, changes: dict[str, Any]) -> None:
    """Apply what needs no new approval: when it runs, how it is ranked."""
    if "priority" in changes:
        item.priority = checked_priority(changes.pop("priority"))
    if "is_pinned" in changes:
        item.is_pinned = changes.pop("is_pinned")
    live_from = changes.pop("live_from", item.live_from)
    expires_at = changes.pop("expires_at", item.expires_at)
    if item.live_version_id is not None and live_from != item.live_from:
        raise Conflict(_("This item is live already; its first day cannot change."))
    if (live_from, expires_at) != (item.live_from, item.expires_at):
        check_dates(live_from, expires_at, item.embargo_until)
        item.live_from, item.expires_at = live_from, expires_at
