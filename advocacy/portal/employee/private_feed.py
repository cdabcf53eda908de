"""The secret address of one's feed: given and taken back on the settings page, read by programs without a cookie."""

import hashlib
from collections.abc import Callable

from flask import Response, flash, make_response, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content.queries import FeedEntry
from advocacy.foundation import ratelimit
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import NotFound
from advocacy.foundation.web import asks_nobody, current_actor, public, requires
from advocacy.notifications import service
from advocacy.notifications.service.feeds import hash_of
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.employee.notifications import settings_page
from advocacy.sharing.feeds import as_calendar, as_rss, find_entries

SHORT_WHILE = "private, max-age=900"


@blueprint.post("/notifications/feed")
@requires(Permission.PROFILE_WRITE)
def make_feed() -> Response:
    """Give a new secret address; it is shown on this answer and never again."""
    token = service.make_private_feed(current_actor())
    addresses = {
        "rss": url_for("employee.rss_feed", token=token, _external=True),
        "calendar": url_for("employee.calendar_feed", token=token, _external=True),
    }
    return settings_page(current_actor(), feed_addresses=addresses)


@blueprint.post("/notifications/feed/revoke")
@requires(Permission.PROFILE_WRITE)
def revoke_feed() -> AnyResponse:
    service.revoke_private_feed(current_actor())
    flash(_("The address works no longer."), "success")
    return redirect(url_for("employee.notification_settings", _anchor="feed"))


@blueprint.get("/feeds/<token>/feed.rss")
@public  # whoever holds the secret address
@asks_nobody
def rss_feed(token: str) -> Response:
    return _answer(token, as_rss, "application/rss+xml; charset=utf-8")


@blueprint.get("/feeds/<token>/calendar.ics")
@public  # as above
@asks_nobody
def calendar_feed(token: str) -> Response:
    return _answer(token, as_calendar, "text/calendar; charset=utf-8")


def _answer(token: str, write: Callable[[list[FeedEntry]], bytes], media: str) -> Response:
    """Answer a feed, or 304 when the program has it as it is. Raises NotFound, Gone and TooManyRequests."""
    limiter = ratelimit.limiter()
    standing = limiter.hit(ratelimit.FEED_PER_SECRET, "feed", hash_of(token).hex())
    ratelimit.refuse_when_exhausted(standing)
    entries = find_entries(token)
    if entries is None:
        stranger = ratelimit.network_of(request.remote_addr)
        ratelimit.refuse_when_exhausted(limiter.hit(ratelimit.UNKNOWN_FEED_PER_ADDRESS, "feeds", stranger))
        raise NotFound(_("There is no such feed."))
    body = write(entries)
    answer = make_response(body)
    answer.headers["Content-Type"] = media
    answer.headers["Cache-Control"] = SHORT_WHILE
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.set_etag(hashlib.sha256(body).hexdigest()[:32])
    answer.make_conditional(request)
    return answer
