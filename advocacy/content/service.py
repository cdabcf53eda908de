"""Making content: drafted, reviewed by somebody else, published in exactly the version that was approved, withdrawn.

The state says how the version stands that is being worked on; `live_version_id` says what people see. They
part when a live item is edited: people go on seeing the approved version until the next one is approved.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, or_, select

from advocacy.content import queries
from advocacy.content.circumstances import (
    audience_for,
    check_dates,
    checked_priority,
    checked_reference,
    hash_of,
    members_of,
    topic_keys_of,
)
from advocacy.content.models import ContentItem, ContentVersion, Decision, ItemKind, ItemState, Review
from advocacy.content.phrases import refuse_blocked_in
from advocacy.content.wording import Wording, check_complete
from advocacy.foundation import audit, clock, preferences
from advocacy.foundation.access import Actor, Permission, require, require_in
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid, NotPermitted, PreconditionFailed
from advocacy.people.models import Audience
from advocacy.people.queries import get_unit, root_unit
from config.networks import network_of

LONGEST_REASON = 2_000
MOST_DUE = 500

# What an approver decides about besides the wording. While an item is live these stay as they were approved.
BOUND = ("kind", "is_product", "unit_id", "audience", "opening_reference")


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
    opening_reference: str | None = None,
    topic_ids: Iterable[UUID] = (),
    priority: int = 0,
    is_pinned: bool = False,
    live_from: datetime | None = None,
    expires_at: datetime | None = None,
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
    check_dates(live_from, expires_at)
    meant_for = audience_for(actor, audience or {})
    item = ContentItem(
        kind=kind,
        state=ItemState.DRAFT,
        is_product=is_product,
        unit_key=unit.key,
        audience_key=meant_for.key,
        topic_keys=topic_keys_of(topic_ids),
        priority=checked_priority(priority),
        is_pinned=is_pinned,
        opening_reference=reference,
        author_account_id=_account(actor),
        live_from=live_from,
        expires_at=expires_at,
    )
    session.add(item)
    session.flush()  # the version refers to the item's key
    _add_version(actor, item, wording, meant_for)
    return item


def change_item(actor: Actor, item_id: UUID, *, seen_version: int, **changes: Any) -> ContentItem:
    """Change an item; takes what `draft_item` takes. What changes the content makes a new version, back to draft.

    Raises NotFound, NotPermitted, Invalid, PreconditionFailed when it changed since `seen_version`, and Conflict
    when it was withdrawn or when something is changed that a live item keeps as approved.
    """
    item = _lock(actor, item_id, Permission.CONTENT_WRITE)
    if item.row_version != seen_version:
        raise PreconditionFailed(_("Somebody changed this item meanwhile. Load it again and decide anew."))
    if item.state is ItemState.WITHDRAWN:
        raise Conflict(_("A withdrawn item stays as it was. Make a new one."))
    before = queries.current_version(item)
    meant_for = _change_bound(actor, item, changes)
    wording = _changed_wording(before, changes)
    check_complete(item.kind, wording, item.opening_reference)
    _change_schedule(item, changes)
    if changes:
        raise TypeError(f"change_item knows no {', '.join(sorted(changes))}")
    if hash_of(item, wording, meant_for) != before.hash:
        item.state = ItemState.DRAFT
        _add_version(actor, item, wording, meant_for)
    elif item.state is ItemState.EXPIRED:
        item.state = ItemState.DRAFT
    elif item.state is ItemState.SCHEDULED:
        _publish_or_schedule(item)
    item.changed_at = clock.now()
    session.flush()  # the new row version is the answer's ETag
    return item


def submit_item(actor: Actor, item_id: UUID, *, seen_version: int | None = None) -> ContentItem:
    """Put a draft in front of an approver; where review is switched off and allowed to be, it is published at once.

    Raises NotFound, NotPermitted, PreconditionFailed, Conflict unless it is a draft, Invalid when its time is over or
    its words hold a phrase that may not go out.
    """
    item = _lock(actor, item_id, Permission.CONTENT_WRITE)
    if seen_version is not None and item.row_version != seen_version:
        raise PreconditionFailed(_("Somebody changed this item meanwhile. Load it again and decide anew."))
    _require_state(item, ItemState.DRAFT)
    _check_not_over(item)
    refuse_blocked_in(queries.current_version(item))
    item.changed_at = clock.now()
    if preferences.get("review_is_required") or item.is_product:
        item.state = ItemState.IN_REVIEW
    else:
        audit.record(actor, "content.published_without_review", subject_kind="content_item", subject_id=item.id)
        _publish_or_schedule(item)
    session.flush()  # the new row version is the answer's ETag
    return item


def decide(actor: Actor, item_id: UUID, *, decision: Decision, seen_hash: str, reason: str = "") -> ContentItem:
    """Approve exactly the version that was seen, or ask for changes with a reason.

    Raises NotFound, NotPermitted for one's own work, PreconditionFailed when the version is another one by now,
    Conflict unless it is in review, Invalid without a reason for changes.
    """
    item = _lock(actor, item_id, Permission.CONTENT_REVIEW)
    version = queries.current_version(item)
    if version.hash.hex() != seen_hash.strip().strip('"').lower():
        raise PreconditionFailed(_("This is not the version you looked at any more. Load it again and decide anew."))
    _require_state(item, ItemState.IN_REVIEW)
    if actor.account_id in (version.created_by, item.author_account_id):
        raise NotPermitted(_("Somebody other than the author has to decide about this."), code="own_work")
    reason = reason.strip()
    if len(reason) > LONGEST_REASON or "\x00" in reason:
        raise Invalid.field("reason", _("Write at most %(most)s characters.", most=LONGEST_REASON))
    if decision is Decision.CHANGES_REQUESTED and not reason:
        raise Invalid.field("reason", _("Say what should change."), code="missing")
    if decision is Decision.APPROVED:
        _check_not_over(item)
    session.add(
        Review(
            version_id=version.id,
            version_hash=version.hash,
            reviewer_account_id=_account(actor),
            decision=decision,
            reason=reason,
            decided_at=clock.now(),
        )
    )
    audit.record(
        actor, f"content.{decision.value}", subject_kind="content_item", subject_id=item.id, version=version.hash.hex()
    )
    item.changed_at = clock.now()
    if decision is Decision.CHANGES_REQUESTED:
        item.state = ItemState.DRAFT
    else:
        session.flush()  # publishing looks for the approval
        _publish_or_schedule(item)
    session.flush()  # the new row version is the answer's ETag
    return item


def withdraw_item(actor: Actor, item_id: UUID, *, reason: str) -> ContentItem:
    """Take an item out of every feed at once, for good. Links already shared keep leading where they led.

    Curators and approvers of its unit may. Raises NotFound, NotPermitted, Invalid without a reason, Conflict when
    it already was.
    """
    item = queries.get_item(item_id, visible_to=actor, lock=True)
    if not actor.may_in(Permission.CONTENT_REVIEW, item.unit_key):
        require_in(actor, Permission.CONTENT_WRITE, item.unit_key)
    if item.state is ItemState.WITHDRAWN:
        raise Conflict(_("This item was withdrawn already."))
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON or "\x00" in reason:
        raise Invalid.field(
            "reason",
            _("Say why, in at most %(most)s characters.", most=LONGEST_REASON),
            code="missing",
        )
    item.state = ItemState.WITHDRAWN
    item.live_version_id = None
    item.withdrawn_reason = reason
    item.changed_at = clock.now()
    audit.record(actor, "content.withdrawn", subject_kind="content_item", subject_id=item.id)
    session.flush()  # the new row version is the answer's ETag
    return item


def advance_items(now: datetime | None = None) -> int:
    """Publish what is due and expire what is over; return how many items moved. Safe to run twice at once."""
    instant = now or clock.now()
    due = session.scalars(
        select(ContentItem)
        .where(
            or_(
                (ContentItem.state == ItemState.SCHEDULED) & (ContentItem.live_from <= instant),
                ContentItem.live_version_id.is_not(None) & (ContentItem.expires_at <= instant),
            )
        )
        .order_by(ContentItem.key)
        .limit(MOST_DUE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for item in due:
        if item.expires_at is not None and item.expires_at <= instant:
            item.live_version_id = None
            if item.state in {ItemState.LIVE, ItemState.SCHEDULED}:
                item.state = ItemState.EXPIRED
        else:
            _publish(item)
        item.changed_at = instant
    return len(due)


# --- Inside.


def _lock(actor: Actor, item_id: UUID, permission: Permission) -> ContentItem:
    """Return the item under a row lock, so that two decisions about it are made one after the other."""
    item = queries.get_item(item_id, visible_to=actor, lock=True)
    require_in(actor, permission, item.unit_key)
    return item


def _require_state(item: ContentItem, state: ItemState) -> None:
    if item.state is not state:
        raise Conflict(
            _(
                "This item is %(state)s, not %(wanted)s.",
                state=item.state.value.replace("_", " "),
                wanted=state.value.replace("_", " "),
            )
        )


def _account(actor: Actor) -> UUID:
    if actor.account_id is None:
        raise NotPermitted(_("Content is written and decided about by people."))
    return actor.account_id


def _add_version(actor: Actor, item: ContentItem, wording: Wording, meant_for: Audience) -> None:
    latest = session.scalar(select(func.max(ContentVersion.number)).where(ContentVersion.item_key == item.key)) or 0
    version = ContentVersion(
        item_key=item.key,
        number=latest + 1,
        destination=wording.destination,
        image_sha256=wording.image_sha256,
        image_alternative=wording.image_alternative,
        is_text_locked=wording.is_text_locked,
        hash=hash_of(item, wording, meant_for),
        created_by=_account(actor),
    )
    session.add(version)
    session.flush()  # texts and captions refer to it
    session.add_all(wording.rows_for(version))
    item.current_version_id = version.id
    session.flush()  # a reader in the same request sees the whole version


def _publish_or_schedule(item: ContentItem) -> None:
    # A live item has its date behind it: the next approved version takes over at once.
    if item.live_version_id is None and item.live_from is not None and item.live_from > clock.now():
        item.state = ItemState.SCHEDULED
    else:
        _publish(item)


def _publish(item: ContentItem) -> None:
    """Let people see the current version. Raises Conflict rather than show what was not approved as it stands."""
    version = queries.current_version(item)
    must_be_reviewed = preferences.get("review_is_required") or item.is_product
    if must_be_reviewed and not queries.is_approved(version):
        raise Conflict(_("This version was not approved."))
    item.state = ItemState.LIVE
    item.live_version_id = version.id
    item.languages = [text.language for text in queries.texts_of(version.id)]
    if item.live_from is None or item.live_from > clock.now():
        item.live_from = clock.now()


def _change_bound(actor: Actor, item: ContentItem, changes: dict[str, Any]) -> Audience:
    """Apply what an approval is bound to besides the wording, and return the audience."""
    meant_for = session.get_one(Audience, item.audience_key)
    wanted = {name: changes.pop(name) for name in BOUND if name in changes}
    before = (item.kind, item.is_product, item.unit_key, item.opening_reference, members_of(meant_for))
    if "kind" in wanted:
        item.kind = wanted["kind"]
    if "is_product" in wanted:
        item.is_product = wanted["is_product"]
    if "opening_reference" in wanted:
        item.opening_reference = checked_reference(wanted["opening_reference"])
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
    after = (item.kind, item.is_product, item.unit_key, item.opening_reference, members_of(meant_for))
    if item.live_version_id is not None and after != before:
        raise Conflict(
            _("People see this item now, so its kind, unit, audience and opening stay. Withdraw it and make a new one.")
        )
    return meant_for


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


def _change_schedule(item: ContentItem, changes: dict[str, Any]) -> None:
    """Apply what needs no new approval: when it runs, how it is ranked, which topics it is filed under."""
    if "topic_ids" in changes:
        item.topic_keys = topic_keys_of(changes.pop("topic_ids"))
    if "priority" in changes:
        item.priority = checked_priority(changes.pop("priority"))
    if "is_pinned" in changes:
        item.is_pinned = changes.pop("is_pinned")
    live_from = changes.pop("live_from", item.live_from)
    expires_at = changes.pop("expires_at", item.expires_at)
    if item.live_version_id is not None and live_from != item.live_from:
        raise Conflict(_("This item is live already; its first day cannot change."))
    if (live_from, expires_at) != (item.live_from, item.expires_at):
        check_dates(live_from, expires_at)
        item.live_from, item.expires_at = live_from, expires_at


def _check_not_over(item: ContentItem) -> None:
    if item.expires_at is not None and item.expires_at <= clock.now():
        raise Invalid.field("expires_at", _("Its last day is over. Choose a later one first."))
