"""Reading sources politely: only what changed, never often, less often when it fails, not at all when it is gone."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from advocacy.content.sources.addresses import fingerprint, without_tracking
from advocacy.content.sources.feeds import TYPES, EntryFacts, Feed, FeedProblem, NotAFeed, read_feed
from advocacy.content.sources.models import EntryState, PauseReason, SourceEntry, SourceFeed
from advocacy.content.sources.pages import Pages, Place
from advocacy.content.unfurling.service import egress_policy
from advocacy.foundation import clock, jobs
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.foundation.egress import EgressProblem, Fetched, Refusal, asked_pause, fetch

log = structlog.get_logger(__name__)

INTERVAL = timedelta(hours=1)
LONGEST_PAUSE = timedelta(days=1)
WHOLE_EVERY = timedelta(days=30).total_seconds()
LONGEST_ASKED = timedelta(days=7)
JITTER = 0.1
MOST_FAILURES = 10
MOST_AT_ONCE = 200
LARGEST_FEED_BYTES = 5_000_000
SECONDS = 12.0
FOLLOWED_SECONDS = 8.0
NOT_MODIFIED = 304

_chance = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came in: a feed, or None where the site says nothing changed."""

    fetched: Fetched
    feed: Feed | None
    url: str


def poll_due_sources(now: datetime | None = None) -> int:
    """Ask for each source that is due; return how many. Each is read by a task of its own."""
    due = select(SourceFeed.id).where(SourceFeed.paused_at.is_(None), SourceFeed.next_poll_at <= (now or clock.now()))
    found = session.scalars(due.order_by(SourceFeed.next_poll_at).limit(MOST_AT_ONCE)).all()
    for source_id in found:
        jobs.enqueue("content.poll_source", source_id=source_id)
    return len(found)


def poll_source(source_id: UUID) -> None:
    """Read one source and put what is new into the inbox. Run in the background; safe to run again.

    Nothing is locked while the site takes its time; what somebody changed meanwhile wins.
    """
    seen = session.scalars(select(SourceFeed).where(SourceFeed.id == source_id)).one_or_none()
    if seen is None or seen.paused_at is not None or seen.next_poll_at > clock.now():
        return
    url = seen.url
    try:
        answer, refusal, problem = _asked(seen), None, None
    except EgressProblem as error:
        answer, refusal, problem = None, error.refusal.value, error
    except NotAFeed as error:
        answer, refusal, problem = None, error.problem.value, None
    session.expire(seen)
    source = session.scalars(select(SourceFeed).where(SourceFeed.id == source_id).with_for_update()).one_or_none()
    if source is None or source.paused_at is not None or source.url != url:
        return
    if answer is not None:
        _take_in(source, answer)
    else:
        _note_failure(source, str(refusal), problem)
    session.flush()


def _asked(source: SourceFeed) -> Answer:
    """Fetch and read a source; a site's page leads on to the feed it names. Raises EgressProblem, NotAFeed."""
    fetched = _fetch(source.url, _conditions(source, clock.now()), SECONDS)
    if fetched.status == NOT_MODIFIED:
        return Answer(fetched, None, source.url)
    url = _settled(fetched, source.url)
    try:
        return Answer(fetched, _read(fetched), url)
    except NotAFeed as problem:
        if not problem.feeds or source.ok_at is not None:
            raise
        named = _fetch(problem.feeds[0], {}, FOLLOWED_SECONDS)
        return Answer(named, _read(named), _settled(named, problem.feeds[0]))


def _conditions(source: SourceFeed, now: datetime) -> dict[str, str]:
    """Return what lets a site say that nothing changed; nothing once a month, so that all it offers is seen again.

    Entries that nobody accepted are forgotten when no source offered them for much longer than that.
    """
    if source.ok_at is None or source.ok_at.timestamp() // WHOLE_EVERY != now.timestamp() // WHOLE_EVERY:
        return {}
    headers = {"If-None-Match": source.etag, "If-Modified-Since": source.last_modified}
    return {name: value for name, value in headers.items() if value}


def _fetch(url: str, headers: dict[str, str], seconds: float) -> Fetched:
    return fetch(
        url, policy=egress_policy(), types=TYPES, most_bytes=LARGEST_FEED_BYTES, headers=headers, seconds=seconds
    )


def _settled(fetched: Fetched, url: str) -> str:
    """Return the address to ask next time: the new one, where the site said that it moved for good."""
    return fetched.permanent_url or url


def _read(fetched: Fetched) -> Feed:
    try:
        return read_feed(fetched.content, fetched.headers.get("content-type", ""), fetched.url)
    except NotAFeed:
        raise
    except Exception as error:
        # Whatever a stranger's document does to a parser counts as its failure, or it would be asked for ever.
        log.warning("feed_broke_the_parser", url=fetched.url, error=type(error).__name__)
        raise NotAFeed(FeedProblem.UNREADABLE) from error


def _take_in(source: SourceFeed, answer: Answer) -> None:
    now = clock.now()
    feed = answer.feed
    read_before, source.polled_at, source.ok_at = source.ok_at, now, now
    source.refusal, source.failures, source.new_count = None, 0, 0
    source.next_poll_at = now + _spread(max(INTERVAL, min(_max_age(answer.fetched), LONGEST_PAUSE)))
    if feed is None:
        _keep_offered(source, read_before, now)
        return
    if answer.url != source.url and not _is_taken(source, answer.url):
        source.url = answer.url
    source.etag = _validator(answer.fetched, "etag")
    source.last_modified = _validator(answer.fetched, "last-modified")
    source.kind, source.language = feed.kind, feed.language
    source.title = source.title or feed.title or answer.url.split("/")[2]
    source.new_count = keep_entries(source, feed.entries, now)


def _keep_offered(source: SourceFeed, read_before: datetime | None, now: datetime) -> None:
    """Note that what a source offered when it was read last is offered still: it has the mark of that reading.

    What another source or a colleague named since has another mark. `_conditions` sees to it.
    """
    session.flush()  # before the core statement below
    is_offered = (SourceEntry.unit_key == source.unit_key) & (SourceEntry.seen_at == read_before)
    session.execute(update(SourceEntry).where(is_offered).values(seen_at=now))


def keep_entries(source: SourceFeed, entries: Iterable[EntryFacts], now: datetime) -> int:
    """Put what is new into the inbox; return how much. A page that is there already, from wherever, stays one.

    An entry that nobody decided about yet follows what its feed says now.
    """
    offered: dict[bytes, EntryFacts] = {}
    for entry in entries:
        offered.setdefault(fingerprint(entry.guid), entry)
    known = {
        row.guid_hash: row
        for row in session.scalars(
            select(SourceEntry).where(SourceEntry.source_key == source.key, SourceEntry.guid_hash.in_(offered))
        )
    }
    places = {guid_hash: Place.of_entry(entry) for guid_hash, entry in offered.items()}
    pages = Pages(source, places.values())
    rows, met = [], set()
    for guid_hash, entry in offered.items():
        row = known.get(guid_hash)
        if row is None:
            page_hash, is_new = pages.settle(places[guid_hash])
            met.add(page_hash)
            if is_new:
                rows.append(_values(source, guid_hash, page_hash, entry, now))
        elif row.state is EntryState.NEW:
            row.title, row.summary = entry.title, entry.summary
    session.flush()  # before the core statements below
    made: Sequence[Any] = ()
    if rows:
        fresh = insert(SourceEntry).values(rows).on_conflict_do_nothing().returning(SourceEntry.key)
        made = session.execute(fresh).all()
    # A page may be known from another source, or by another guid: it is offered all the same.
    is_offered = SourceEntry.key.in_([row.key for row in known.values()]) | (
        (SourceEntry.unit_key == source.unit_key) & SourceEntry.page_hash.in_(met)
    )
    session.execute(update(SourceEntry).where(is_offered, SourceEntry.seen_at < now).values(seen_at=now))
    return len(made)


def _values(
    source: SourceFeed, guid_hash: bytes, page_hash: bytes, entry: EntryFacts, now: datetime
) -> dict[str, object]:
    return {
        "id": new_id(),
        "unit_key": source.unit_key,
        "source_key": source.key,
        "guid_hash": guid_hash,
        "page_hash": page_hash,
        "url": without_tracking(entry.url),
        "title": entry.title,
        "summary": entry.summary,
        "kind": entry.kind,
        "author": entry.author,
        "language": entry.language or source.language,
        "published_at": entry.published_at,
        "image_url": entry.image_url,
        "job": entry.job.as_json() if entry.job is not None else None,
        "state": EntryState.NEW,
        "sorted_at": min(entry.published_at or now, now),
        "seen_at": now,
        "created_at": now,
    }


def _note_failure(source: SourceFeed, refusal: str, problem: EgressProblem | None) -> None:
    now = clock.now()
    source.polled_at, source.refusal, source.new_count = now, refusal, 0
    source.failures = min(source.failures + 1, 10_000)
    pause = min(INTERVAL * 2 ** min(source.failures - 1, 10), LONGEST_PAUSE)
    asked = asked_pause(problem.retry_after, now) if problem is not None else timedelta(0)
    source.next_poll_at = now + _spread(max(pause, min(asked, LONGEST_ASKED)))
    if refusal == Refusal.GONE:
        source.paused_at, source.pause_reason = now, PauseReason.GONE
    elif source.failures >= MOST_FAILURES:
        source.paused_at, source.pause_reason = now, PauseReason.FAILING
    elif source.ok_at is None and refusal in set(FeedProblem):
        # It never was a feed: asking again every hour would not make it one.
        source.next_poll_at = now + _spread(LONGEST_PAUSE)


def _spread(pause: timedelta) -> timedelta:
    """Return a pause a little longer, so that sources added together are not asked together for ever."""
    return pause * (1 + _chance.uniform(0, JITTER))


def _max_age(fetched: Fetched) -> timedelta:
    for part in fetched.headers.get("cache-control", "").lower().split(","):
        name, _equals, value = part.strip().partition("=")
        if name == "max-age" and value.isdecimal() and len(value) < 9:
            return timedelta(seconds=int(value))
    return timedelta(0)


def _validator(fetched: Fetched, name: str) -> str | None:
    value = fetched.headers.get(name, "")
    return value if 0 < len(value) <= 500 and value.isascii() and value.isprintable() else None


def _is_taken(source: SourceFeed, url: str) -> bool:
    wanted = select(SourceFeed.key).where(SourceFeed.unit_key == source.unit_key, SourceFeed.url == url)
    return session.scalars(wanted).first() is not None
