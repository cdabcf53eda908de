"""Having a page read: asked for by somebody who writes, done in the background, answered while they go on."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from advocacy.content import pictures
from advocacy.content.models import ItemKind
from advocacy.content.unfurling.models import Unfurl, UnfurlState
from advocacy.content.unfurling.reading import PAGE_TYPES, PageFacts, read_page
from advocacy.foundation import clock, jobs, preferences
from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.db import session
from advocacy.foundation.egress import EgressPolicy, EgressProblem, Refusal, fetch
from advocacy.foundation.egress.problems import sentence
from advocacy.foundation.errors import Invalid, NotFound, NotPermitted, TooManyRequests
from advocacy.foundation.models import LARGEST_PICTURE_BYTES
from advocacy.foundation.web_addresses import read_address

LARGEST_PAGE_BYTES = 3_000_000
PAGE_SECONDS = 10.0
PICTURE_SECONDS = 8.0
LATE_SECONDS = 20
GIVEN_UP_SECONDS = 180
KEPT_DAYS = 7
MOST_IN_TEN_MINUTES = 60


def egress_policy() -> EgressPolicy:
    """Return what this deployment lets its workers open."""
    return EgressPolicy(preferences.deployment().egress_inside)


def request_unfurl(actor: Actor, *, url: str) -> Unfurl:
    """Have a page read; it is waiting until a worker comes back with it.

    Raises NotPermitted, Invalid for what is no web address, TooManyRequests for somebody who asks without end.
    """
    require(actor, Permission.CONTENT_WRITE)
    if actor.account_id is None:
        raise NotPermitted(_("This needs an account."))
    try:
        address = read_address(url.strip())
    except ValueError as error:
        raise Invalid.field("url", str(error)) from error
    since = clock.now() - timedelta(minutes=10)
    asked = select(func.count()).where(Unfurl.account_id == actor.account_id, Unfurl.created_at > since)
    if session.scalars(asked).one() >= MOST_IN_TEN_MINUTES:
        raise TooManyRequests(_("That were many links at once. Go on in a few minutes."), retry_after_seconds=300)
    unfurl = Unfurl(account_id=actor.account_id, url=address.url)
    session.add(unfurl)
    session.flush()  # the task names it
    jobs.enqueue("content.unfurl", unfurl_id=unfurl.id)
    return unfurl


def get_unfurl(unfurl_id: UUID, *, visible_to: Actor) -> Unfurl:
    """Return a page one asked for oneself. Raises NotFound."""
    found = session.get(Unfurl, unfurl_id)
    if found is None or found.account_id != visible_to.account_id:
        raise NotFound(_("This page is not being read for you. Ask for it again."))
    return found


def own_data(actor: Actor) -> list[dict[str, Any]]:
    """Return the pages the actor had read lately as plain values, to take away."""
    rows = session.scalars(
        select(Unfurl).where(Unfurl.account_id == actor.account_id).order_by(Unfurl.created_at, Unfurl.id)
    )
    return [
        {
            "url": row.url,
            "state": row.state.value,
            "refusal": row.refusal,
            "found": row.found,
            "created_at": row.created_at.isoformat(),
        }
        for row in rows
    ]


def is_late(unfurl: Unfurl) -> bool:
    """Return whether it takes longer than it should: a worker died, or the queue is long."""
    return unfurl.state is UnfurlState.WAITING and _age(unfurl) > timedelta(seconds=LATE_SECONDS)


def is_given_up(unfurl: Unfurl) -> bool:
    """Return whether nobody should wait for it any longer."""
    return unfurl.state is UnfurlState.WAITING and _age(unfurl) > timedelta(seconds=GIVEN_UP_SECONDS)


def is_fresh(unfurl: Unfurl) -> bool:
    """Return whether asking for the same page again would bring nothing new: it is being read, or just was."""
    return unfurl.state is not UnfurlState.FAILED and _age(unfurl) < timedelta(seconds=GIVEN_UP_SECONDS)


def problem_of(unfurl: Unfurl) -> str | None:
    """Return in one sentence why there is nothing to fill in, or None."""
    if unfurl.refusal is not None:
        return sentence(Refusal(unfurl.refusal))
    if is_given_up(unfurl):
        return _("The page could not be read at the moment. Try again later.")
    return None


def read_for(unfurl_id: UUID) -> None:
    """Read the page of a waiting unfurl and keep what it says. Run in the background; safe to run again."""
    unfurl = session.get(Unfurl, unfurl_id, with_for_update=True)
    if unfurl is None or unfurl.state is not UnfurlState.WAITING:
        return
    try:
        fetched = fetch(
            unfurl.url,
            policy=egress_policy(),
            types=PAGE_TYPES,
            most_bytes=LARGEST_PAGE_BYTES,
            seconds=PAGE_SECONDS,
        )
    except EgressProblem as problem:
        unfurl.state, unfurl.refusal, unfurl.done_at = UnfurlState.FAILED, problem.refusal.value, clock.now()
        return
    facts = read_page(fetched.content, fetched.headers.get("content-type", ""), fetched.url)
    unfurl.image_sha256 = picture_at(facts.image_url)
    unfurl.state, unfurl.found, unfurl.done_at = UnfurlState.DONE, as_found(facts), clock.now()


def picture_at(url: str | None) -> str | None:
    """Fetch a picture, re-encode it to our own origin and return its hash; None where that does not work."""
    if url is None:
        return None
    try:
        fetched = fetch(
            url,
            policy=egress_policy(),
            types=("image/jpeg", "image/png", "image/webp", "image/gif", "image/jpg", "application/octet-stream"),
            most_bytes=LARGEST_PICTURE_BYTES,
            seconds=PICTURE_SECONDS,
        )
        return pictures.keep_picture(fetched.content).sha256
    except (EgressProblem, Invalid):
        return None


def as_found(facts: PageFacts) -> dict[str, Any]:
    """Return what a page says as plain JSON values."""
    return {
        "url": facts.url,
        "title": facts.title,
        "summary": facts.summary,
        "site": facts.site,
        "kind": facts.kind.value,
        "author": facts.author,
        "published_at": facts.published_at.isoformat() if facts.published_at else None,
        "language": facts.language,
        "had_image": facts.image_url is not None,
        "image_alternative": facts.image_alternative,
        "job": facts.jobs[0].as_json() if len(facts.jobs) == 1 else None,
    }


def told_facts(unfurl: Unfurl) -> dict[str, Any] | None:
    """Return what was found with types instead of texts, or None while there is nothing."""
    if unfurl.found is None:
        return None
    found = dict(unfurl.found) | {"kind": ItemKind(unfurl.found["kind"])}
    if found["job"] is not None:
        days = {name: _instant(found["job"][name]) for name in ("posted_at", "ends_at")}
        found["job"] = found["job"] | days
    return found | {"published_at": _instant(found["published_at"])}


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def forget_old(now: datetime | None = None) -> int:
    """Delete what was read more than a week ago; return how many."""
    limit = (now or clock.now()) - timedelta(days=KEPT_DAYS)
    return int(session.execute(delete(Unfurl).where(Unfurl.created_at < limit)).rowcount)  # type: ignore[attr-defined]


def _age(unfurl: Unfurl) -> timedelta:
    return clock.now() - unfurl.created_at
