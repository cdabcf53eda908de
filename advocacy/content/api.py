"""The JSON API of content: the reader's feed, and the studio of its makers."""

from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext as _

from advocacy.content import (
    announcing,
    bulk,
    campaigns,
    destinations,
    phrases,
    pictures,
    queries,
    service,
    skipping,
)
from advocacy.content.announcement_schemas import AnnouncementIn, AnnouncementOut, AnnouncementsOut, ChannelsOut
from advocacy.content.bulk_orders import BulkOrder
from advocacy.content.models import AllowedHost, Campaign, ContentItem
from advocacy.content.phrase_models import AvoidedPhrase
from advocacy.content.phrase_schemas import FoundPhrasesOut, PhraseCheckIn, PhraseIn, PhraseOut, PhrasesOut
from advocacy.content.schemas import (
    BoardOut,
    BoardQuery,
    BoardRowOut,
    BulkIn,
    BulkOut,
    CalendarOut,
    CalendarQuery,
    CampaignChangeIn,
    CampaignIn,
    CampaignOut,
    CampaignsOut,
    DecisionIn,
    FeedEntryOut,
    HostIn,
    HostOut,
    HostsOut,
    ItemChangeIn,
    ItemIn,
    ItemOut,
    PictureOut,
    SkipIn,
    SkipsOut,
    WithdrawalIn,
)
from advocacy.content.version_schemas import VersionsOut
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Invalid
from advocacy.foundation.models import LARGEST_PICTURE_BYTES
from advocacy.foundation.pagination import Page
from advocacy.foundation.rest import ApiBlueprint, PageFilter, require_match, with_etag
from advocacy.foundation.web import body_up_to, current_actor, requires, signed_in
from advocacy.notifications.queries.chats import channels_for

blueprint = ApiBlueprint("content", description="Something worth sharing, and the making of it.")


@blueprint.get("/feed")
@requires(Permission.FEED_READ)
@blueprint.arguments(PageFilter, location="query")
@blueprint.pages_of(FeedEntryOut)
def feed(filters: dict[str, Any]) -> Page[queries.FeedEntry]:
    """Return what there is for the reader to share, best first."""
    return queries.feed_for(current_actor(), **filters)


@blueprint.get("/feed/<uuid:item_id>")
@requires(Permission.FEED_READ)
@blueprint.response(200, FeedEntryOut)
def feed_entry(item_id: UUID) -> queries.FeedEntry:
    """Return one live item as the reader sees it."""
    return queries.get_live_item(item_id, visible_to=current_actor())


@blueprint.post("/feed/<uuid:item_id>/skip")
@requires(Permission.FEED_READ)
@blueprint.arguments(SkipIn)
@blueprint.response(204)
def skip(given: dict[str, Any], item_id: UUID) -> None:
    """Take an item out of the reader's feed; the reason is counted without the reader."""
    skipping.skip_item(current_actor(), item_id, **given)


@blueprint.get("/content/<uuid:item_id>/skips")
@requires(Permission.CONTENT_READ)
@blueprint.response(200, SkipsOut)
def skips(item_id: UUID) -> skipping.Skips:
    """Return why people passed an item by, for its makers."""
    return skipping.skips_of(queries.get_item(item_id, visible_to=current_actor()))


@blueprint.get("/content")
@requires(Permission.CONTENT_READ)
@blueprint.arguments(BoardQuery, location="query")
@blueprint.pages_of(BoardRowOut)
def board(wanted: dict[str, Any]) -> Page[queries.BoardRow]:
    """Return the items of one's own units that fit, what was searched for first, then the newest change."""
    limit, cursor, states = wanted.pop("limit"), wanted.pop("cursor"), tuple(wanted.pop("state"))
    return queries.find_items(current_actor(), queries.BoardFilter(states=states, **wanted), limit=limit, cursor=cursor)


@blueprint.post("/content/bulk")
@requires(Permission.CONTENT_READ)
@blueprint.arguments(BulkIn)
@blueprint.response(200, BulkOut)
@blueprint.refusal(422)
def act_on_many(order: dict[str, Any]) -> dict[str, Any]:
    """Do the same to many items. The service asks for the permission each act needs, item by item."""
    item_ids = order.pop("item_ids")
    return {"data": bulk.act_on(current_actor(), item_ids, BulkOrder(**order))}


@blueprint.get("/content/calendar")
@requires(Permission.CONTENT_READ)
@blueprint.arguments(CalendarQuery, location="query")
@blueprint.response(200, CalendarOut)
def calendar(wanted: dict[str, Any]) -> dict[str, Any]:
    """Return what goes live, comes out of an embargo and ends, day by day."""
    return {"data": queries.calendar_entries(current_actor(), wanted["first"], wanted["last"])}


@blueprint.get("/content/awaiting-review")
@requires(Permission.CONTENT_REVIEW)
@blueprint.response(200, BoardOut)
def awaiting_review() -> dict[str, Any]:
    """Return what waits for the actor's decision."""
    return {"data": queries.items_awaiting_review(current_actor())}


@blueprint.post("/content")
@requires(Permission.CONTENT_WRITE)
@blueprint.arguments(ItemIn)
@blueprint.response(201, ItemOut)
def draft(item: dict[str, Any]) -> Any:
    """Write a new item."""
    return _answer(service.draft_item(current_actor(), **item), 201)


@blueprint.get("/content/<uuid:item_id>")
@requires(Permission.CONTENT_READ)
@blueprint.response(200, ItemOut)
def item(item_id: UUID) -> Any:
    """Return an item with the version that is being worked on."""
    return _answer(queries.get_item(item_id, visible_to=current_actor()))


@blueprint.patch("/content/<uuid:item_id>")
@requires(Permission.CONTENT_WRITE)
@blueprint.arguments(ItemChangeIn)
@blueprint.response(200, ItemOut)
@blueprint.refusal(412)
@blueprint.refusal(428)
def change(changes: dict[str, Any], item_id: UUID) -> Any:
    """Change an item; needs If-Match."""
    present = queries.get_item(item_id, visible_to=current_actor())
    require_match(present.row_version)
    return _answer(service.change_item(current_actor(), item_id, seen_version=present.row_version, **changes))


@blueprint.get("/content/<uuid:item_id>/versions")
@requires(Permission.CONTENT_READ)
@blueprint.response(200, VersionsOut)
def versions(item_id: UUID) -> dict[str, Any]:
    """Return every version of an item with what it said, the newest first."""
    found = queries.get_item(item_id, visible_to=current_actor())
    return {
        "data": [
            {
                "version": version,
                "number": version.number,
                "is_live": version.id == found.live_version_id,
                "texts": queries.texts_of(version.id),
                "captions": queries.captions_of(version.id),
            }
            for version in queries.versions_of(found)
        ]
    }


@blueprint.post("/content/<uuid:item_id>/submit")
@requires(Permission.CONTENT_WRITE)
@blueprint.response(200, ItemOut)
@blueprint.refusal(422)
def submit(item_id: UUID) -> Any:
    """Put a draft in front of an approver."""
    return _answer(service.submit_item(current_actor(), item_id))


@blueprint.post("/content/<uuid:item_id>/decisions")
@requires(Permission.CONTENT_REVIEW)
@blueprint.arguments(DecisionIn)
@blueprint.response(200, ItemOut)
@blueprint.refusal(412)
def decide(decision: dict[str, Any], item_id: UUID) -> Any:
    """Approve the version one has seen, or ask for changes."""
    return _answer(service.decide(current_actor(), item_id, **decision))


@blueprint.post("/content/<uuid:item_id>/withdraw")
@requires(Permission.CONTENT_READ)
@blueprint.arguments(WithdrawalIn)
@blueprint.response(200, ItemOut)
def withdraw(withdrawal: dict[str, Any], item_id: UUID) -> Any:
    """Take an item out of every feed, for good. The service asks for the curator's or the approver's permission."""
    return _answer(service.withdraw_item(current_actor(), item_id, **withdrawal))


@blueprint.get("/content/<uuid:item_id>/announcements")
@requires(Permission.CONTENT_READ)
@blueprint.response(200, AnnouncementsOut)
def announcements(item_id: UUID) -> dict[str, Any]:
    """Return when people were told of an item, and how far a telling is."""
    item = queries.get_item(item_id, visible_to=current_actor())
    return {"data": [announcing.Progress.of(one) for one in announcing.announcements_of(item)]}


@blueprint.get("/content/<uuid:item_id>/channels")
@requires(Permission.CONTENT_WRITE)
@blueprint.response(200, ChannelsOut)
def channels(item_id: UUID) -> dict[str, Any]:
    """Return the channels of Teams into which the item may be posted when it is announced."""
    item = queries.get_item(item_id, visible_to=current_actor())
    return {"data": channels_for(current_actor(), item.unit_key)}


@blueprint.post("/content/<uuid:item_id>/announcements")
@requires(Permission.CONTENT_WRITE)
@blueprint.arguments(AnnouncementIn)
@blueprint.response(201, AnnouncementOut)
def announce(body: dict[str, Any], item_id: UUID) -> announcing.Progress:
    """Tell everybody whom a live item is meant for, each once. At most once a week for an item."""
    return announcing.Progress.of(announcing.announce_item(current_actor(), item_id, **body))


@blueprint.post("/announcements/<uuid:announcement_id>/cancel")
@requires(Permission.CONTENT_WRITE)
@blueprint.response(200, AnnouncementOut)
def cancel_announcement(announcement_id: UUID) -> announcing.Progress:
    """Stop telling. Who was told already stays told."""
    return announcing.Progress.of(announcing.cancel_announcement(current_actor(), announcement_id))


@blueprint.post("/content/<uuid:item_id>/expire")
@requires(Permission.CONTENT_WRITE)
@blueprint.response(200, ItemOut)
def expire(item_id: UUID) -> Any:
    """End an item now. Links already shared go on; it can come back with a later end and a new review."""
    return _answer(service.expire_item(current_actor(), item_id))


@blueprint.get("/campaigns")
@requires(Permission.CONTENT_READ)
@blueprint.response(200, CampaignsOut)
def list_campaigns() -> dict[str, Any]:
    """Return the campaigns in use, with how far each is."""
    actor = current_actor()
    return {"data": queries.progress_of(actor, queries.campaigns_in_use(actor))}


@blueprint.post("/campaigns")
@requires(Permission.CONTENT_WRITE)
@blueprint.arguments(CampaignIn)
@blueprint.response(201, CampaignOut)
def start_campaign(campaign: dict[str, Any]) -> Any:
    """Make a campaign."""
    return _campaign(campaigns.start_campaign(current_actor(), **campaign), 201)


@blueprint.get("/campaigns/<uuid:campaign_id>")
@requires(Permission.CONTENT_READ)
@blueprint.response(200, CampaignOut)
def campaign(campaign_id: UUID) -> Any:
    """Return a campaign with how far it is."""
    return _campaign(queries.get_campaign(campaign_id, visible_to=current_actor()))


@blueprint.patch("/campaigns/<uuid:campaign_id>")
@requires(Permission.CONTENT_WRITE)
@blueprint.arguments(CampaignChangeIn)
@blueprint.response(200, CampaignOut)
@blueprint.refusal(412)
@blueprint.refusal(428)
def change_campaign(changes: dict[str, Any], campaign_id: UUID) -> Any:
    """Change a campaign; needs If-Match."""
    present = queries.get_campaign(campaign_id, visible_to=current_actor())
    require_match(present.row_version)
    changed = campaigns.change_campaign(current_actor(), campaign_id, seen_version=present.row_version, **changes)
    return _campaign(changed)


@blueprint.post("/media")
@body_up_to(LARGEST_PICTURE_BYTES)
@requires(Permission.CONTENT_WRITE)
@blueprint.response(201, PictureOut)
@blueprint.refusal(413)
@blueprint.refusal(422)
def upload() -> Any:
    """Upload a picture as the body of the request. It is re-encoded; nothing but its pixels is kept."""
    if not request.mimetype.startswith("image/"):
        raise Invalid.field("picture", _("Send the picture as the body, with its own Content-Type."))
    media = pictures.store_picture(current_actor(), request.get_data(cache=False))
    return {
        "sha256": media.sha256,
        "type": media.type,
        "width": media.width,
        "height": media.height,
        "url": queries.image_url(media.sha256),
    }


@blueprint.get("/link-hosts")
@requires(Permission.SETTINGS_READ)
@blueprint.response(200, HostsOut)
def hosts() -> dict[str, Any]:
    """Return the hosts links may lead to."""
    return {"data": destinations.allowed_hosts()}


@blueprint.put("/link-hosts/<string:host>")
@requires(Permission.SETTINGS_WRITE)
@blueprint.arguments(HostIn)
@blueprint.response(200, HostOut)
def allow_host(options: dict[str, Any], host: str) -> AllowedHost:
    """Let links lead to a host."""
    return destinations.allow_host(current_actor(), host, **options)


@blueprint.delete("/link-hosts/<string:host>")
@requires(Permission.SETTINGS_WRITE)
@blueprint.response(204)
def forbid_host(host: str) -> None:
    """Take a host off the list."""
    destinations.forbid_host(current_actor(), host)


def _campaign(found: Campaign, status: int = 200) -> Any:
    (progress,) = queries.progress_of(current_actor(), [found])
    return with_etag(progress, found.row_version, status)


def _answer(found: ContentItem, status: int = 200) -> Any:
    version = queries.current_version(found)
    body = {
        **{name: getattr(found, name) for name in ItemOut().fields if hasattr(found, name)},
        "is_live": found.live_version_id is not None,
        "campaign_id": queries.find_campaign_id(found.campaign_key),
        "version_number": version.number,
        "version_hash": version.hash.hex(),
        "texts": queries.texts_of(version.id),
        "captions": queries.captions_of(version.id),
        "destination": version.destination,
        "image_url": queries.image_url(version.image_sha256),
        "image_alternative": version.image_alternative,
        "is_text_locked": version.is_text_locked,
        "reviews": queries.reviews_of(found),
    }
    return with_etag(body, found.row_version, status)


# --- Phrases to avoid. Everybody who writes may read them.


@blueprint.get("/phrases")
@signed_in
@blueprint.response(200, PhrasesOut)
def list_phrases() -> dict[str, Any]:
    """Return the phrases to avoid, each with its reason."""
    return {"data": phrases.avoided_phrases()}


@blueprint.post("/phrases")
@requires(Permission.SETTINGS_WRITE)
@blueprint.arguments(PhraseIn)
@blueprint.response(201, PhraseOut)
def add_phrase(phrase: dict[str, Any]) -> AvoidedPhrase:
    """Put a phrase on the list. One that touches protected speech is refused without a reason."""
    return phrases.add_phrase(current_actor(), **phrase)


@blueprint.delete("/phrases/<uuid:phrase_id>")
@requires(Permission.SETTINGS_WRITE)
@blueprint.response(204)
def remove_phrase(phrase_id: UUID) -> None:
    """Take a phrase off the list. It stays on record."""
    phrases.remove_phrase(current_actor(), phrase_id)


@blueprint.post("/phrases/check")
@signed_in
@blueprint.arguments(PhraseCheckIn)
@blueprint.response(200, FoundPhrasesOut)
def check_phrases(tried: dict[str, str]) -> dict[str, Any]:
    """Return which phrases a text holds, and where. Nothing is kept."""
    return {"data": phrases.find_phrases(tried["text"])}
