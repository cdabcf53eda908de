"""The JSON API of notifications: one's list, and how one wants to be told."""

from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from advocacy.foundation import preferences
from advocacy.foundation.access import Permission, require_self
from advocacy.foundation.errors import NotFound
from advocacy.foundation.pagination import Page
from advocacy.foundation.rest import ApiBlueprint, require_match, with_etag
from advocacy.foundation.web import current_actor, requires
from advocacy.notifications import queries, service
from advocacy.notifications.choices import Choices
from advocacy.notifications.models import Notification, PushSubscription
from advocacy.notifications.schemas import (
    BrowserIn,
    BrowserOut,
    BrowsersOut,
    ChoicesIn,
    ChoicesOut,
    MarkReadIn,
    NewPrivateFeedOut,
    NotificationFilter,
    NotificationOut,
    PrivateFeedOut,
    UnreadOut,
)
from advocacy.notifications.senders import web_push

blueprint = ApiBlueprint("notifications", description="What one is told, and how one wants to be told.")


@blueprint.get("/me/notifications")
@requires(Permission.PROFILE_READ)
@blueprint.arguments(NotificationFilter, location="query")
@blueprint.pages_of(NotificationOut)
def notifications(filters: dict[str, Any]) -> Page[Notification]:
    """Return one's notifications, newest first."""
    return queries.notifications_of(current_actor(), **filters)


@blueprint.post("/me/notifications/read")
@requires(Permission.PROFILE_WRITE)
@blueprint.arguments(MarkReadIn)
@blueprint.response(200, UnreadOut)
def mark_read(body: dict[str, Any]) -> dict[str, int]:
    """Mark notifications read. Ids that are not one's own are passed over."""
    service.mark_read(current_actor(), body["ids"])
    return {"unread": queries.count_unread(require_self(current_actor()))}


@blueprint.get("/me/notification-preferences")
@requires(Permission.PROFILE_READ)
@blueprint.response(200, ChoicesOut)
def choices() -> Any:
    """Return how one wants to be told."""
    return _answer(queries.choices_of(require_self(current_actor())))


@blueprint.put("/me/notification-preferences")
@requires(Permission.PROFILE_WRITE)
@blueprint.arguments(ChoicesIn)
@blueprint.response(200, ChoicesOut)
@blueprint.refusal(412)
@blueprint.refusal(428)
def change_choices(body: dict[str, Any]) -> Any:
    """Say how one wants to be told. Needs the ETag that was read in If-Match."""
    found = queries.choices_of(require_self(current_actor()))
    require_match(found.version)
    return _answer(service.change_choices(current_actor(), seen_version=found.version, **body))


@blueprint.put("/me/notifications-off")
@requires(Permission.PROFILE_READ)  # nobody needs a right to be left alone
@blueprint.response(200, ChoicesOut)
def turn_off() -> Any:
    """Turn every message off at once. It is committed before this answers."""
    return _answer(service.turn_everything_off(require_self(current_actor())))


@blueprint.delete("/me/notifications-off")
@requires(Permission.PROFILE_WRITE)
@blueprint.response(200, ChoicesOut)
def turn_on() -> Any:
    """Let one's choices count again, and try one's mail address again."""
    return _answer(service.turn_on_again(current_actor()))


@blueprint.get("/me/private-feed")
@requires(Permission.PROFILE_READ)
@blueprint.response(200, PrivateFeedOut)
@blueprint.refusal(404)
def private_feed() -> Any:
    """Return what is known of one's secret address."""
    found = queries.private_feed_of(current_actor())
    if found is None:
        raise NotFound(_("You have no secret address."))
    return found


@blueprint.post("/me/private-feed")
@requires(Permission.PROFILE_WRITE)
@blueprint.response(201, NewPrivateFeedOut)
def make_private_feed() -> dict[str, str]:
    """Make a secret address for one's feed. The one before stops working."""
    base = f"{preferences.deployment().portal_url}/feeds/{service.make_private_feed(current_actor())}"
    return {"rss_url": f"{base}/feed.rss", "calendar_url": f"{base}/calendar.ics"}


@blueprint.delete("/me/private-feed")
@requires(Permission.PROFILE_READ)  # nobody needs a right to close a door
@blueprint.response(204)
def revoke_private_feed() -> None:
    """Let one's secret address stop working."""
    service.revoke_private_feed(current_actor())


@blueprint.get("/me/browsers")
@requires(Permission.PROFILE_READ)
@blueprint.response(200, BrowsersOut)
def browsers() -> dict[str, Any]:
    """Return one's browsers that take pushes, and the key to subscribe another one with."""
    return {"public_key": web_push.public_key(), "data": queries.browsers_of(current_actor())}


@blueprint.post("/me/browsers")
@requires(Permission.PROFILE_WRITE)
@blueprint.arguments(BrowserIn)
@blueprint.response(201, BrowserOut)
def add_browser(body: dict[str, Any]) -> PushSubscription:
    """Let a browser take pushes."""
    return service.subscribe(current_actor(), endpoint=body["endpoint"], device="", **body["keys"])


@blueprint.delete("/me/browsers/<uuid:subscription_id>")
@requires(Permission.PROFILE_READ)  # nobody needs a right to close a door
@blueprint.response(204)
def remove_browser(subscription_id: UUID) -> None:
    """Let a browser take no more pushes."""
    service.unsubscribe(current_actor(), subscription_id)


def _answer(found: Choices) -> Any:
    return with_etag(found, found.version)
