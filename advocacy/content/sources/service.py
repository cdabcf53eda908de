"""Keeping sources: added, paused, read now, removed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from advocacy.content.sources.addresses import without_tracking
from advocacy.content.sources.feeds import FeedProblem
from advocacy.content.sources.models import EntryState, PauseReason, SourceEntry, SourceFeed, Suggestion
from advocacy.content.sources.queries import get_source
from advocacy.foundation import audit, clock, jobs
from advocacy.foundation.access import Actor, Permission, require, require_in
from advocacy.foundation.db import session
from advocacy.foundation.egress import Refusal
from advocacy.foundation.egress.problems import sentence
from advocacy.foundation.errors import Conflict, Invalid, NotPermitted, PreconditionFailed
from advocacy.foundation.fields import unfit_character
from advocacy.people.queries import get_unit, root_unit

MOST_SOURCES = 500
LONGEST_TITLE = 100
SOON = timedelta(minutes=1)


def add_source(actor: Actor, *, url: str, title: str = "", unit_id: UUID | None = None) -> SourceFeed:
    """Read a feed, or a page of openings, from now on; for the whole organisation unless a unit is named.

    The address may be that of a site: its feed is found. Raises NotPermitted, NotFound, Invalid, Conflict.
    """
    require(actor, Permission.CONTENT_WRITE)
    if actor.account_id is None:
        raise NotPermitted(_("This needs an account."))
    unit = get_unit(unit_id) if unit_id is not None else root_unit()
    if unit is None:
        raise Conflict(_("There are no units yet. Import people first."))
    require_in(actor, Permission.CONTENT_WRITE, unit.key)
    address = _checked_url(url)
    there = select(SourceFeed.key).where(SourceFeed.unit_key == unit.key, SourceFeed.url == address)
    if session.scalars(there).first() is not None:
        raise Conflict(_("This source is there already."), code="known_source")
    if session.scalars(select(func.count()).select_from(SourceFeed)).one() >= MOST_SOURCES:
        raise Conflict(_("There are %(most)s sources already. Remove one that brings little.", most=MOST_SOURCES))
    source = SourceFeed(
        unit_key=unit.key,
        url=address,
        title=_checked_title(title),
        added_by=actor.account_id,
        next_poll_at=clock.now(),
    )
    session.add(source)
    session.flush()  # the task names it
    audit.record(actor, "source.added", subject_kind="source_feed", subject_id=source.id, url=address)
    jobs.enqueue("content.poll_source", source_id=source.id)
    return source


def change_source(
    actor: Actor,
    source_id: UUID,
    *,
    seen_version: int | None = None,
    title: str | None = None,
    is_paused: bool | None = None,
) -> SourceFeed:
    """Rename a source, stop reading it or go on. Raises NotFound, Invalid, PreconditionFailed."""
    source = _lock(actor, source_id)
    if seen_version is not None and source.row_version != seen_version:
        raise PreconditionFailed(_("Somebody changed this source meanwhile. Load it again and decide anew."))
    if title is not None:
        source.title = _checked_title(title)
    if is_paused is True and source.paused_at is None:
        source.paused_at, source.pause_reason = clock.now(), PauseReason.BY_SOMEBODY
        audit.record(actor, "source.paused", subject_kind="source_feed", subject_id=source.id)
    elif is_paused is False and source.paused_at is not None:
        source.paused_at = source.pause_reason = None
        source.failures = 0
        audit.record(actor, "source.resumed", subject_kind="source_feed", subject_id=source.id)
        _poll_soon(source)
    session.flush()  # the new row version is the answer's ETag
    return source


def poll_now(actor: Actor, source_id: UUID) -> SourceFeed:
    """Read a source at the next opportunity. Raises NotFound, Conflict while it is paused or was just read."""
    source = _lock(actor, source_id)
    if source.paused_at is not None:
        raise Conflict(_("This source is paused. Resume it first."))
    if source.polled_at is not None and clock.now() - source.polled_at < SOON:
        raise Conflict(_("It was read less than a minute ago. Give the site a little time."))
    _poll_soon(source)
    session.flush()  # the new row version is the answer's ETag
    return source


def remove_source(actor: Actor, source_id: UUID) -> None:
    """Read a source no longer, and forget what it offered; items made from it stay. Raises NotFound."""
    source = _lock(actor, source_id)
    suggested = select(Suggestion.entry_key)
    session.execute(delete(SourceEntry).where(SourceEntry.source_key == source.key, SourceEntry.key.not_in(suggested)))
    # What colleagues suggested too stays for their sake.
    for entry in session.scalars(select(SourceEntry).where(SourceEntry.source_key == source.key)):
        entry.source_key = entry.guid_hash = None
    session.flush()  # the entries let go of it first
    session.delete(source)
    audit.record(actor, "source.removed", subject_kind="source_feed", subject_id=source.id, url=source.url)


def told(source: SourceFeed) -> str:
    """Return in plain words how reading a source went last."""
    if source.pause_reason is PauseReason.GONE:
        return _("Paused: the site says this is gone for good.")
    if source.pause_reason is PauseReason.FAILING:
        return _("Paused, because it failed %(count)s times in a row. ", count=source.failures) + problem_sentence(
            source
        )
    if source.pause_reason is PauseReason.BY_SOMEBODY:
        return _("Paused by somebody here.")
    if source.polled_at is None:
        return _("Waits to be read for the first time.")
    if source.refusal is not None:
        return problem_sentence(source)
    if source.new_count == 0:
        return _("Nothing new.")
    if source.new_count == 1:
        return _("One new entry.")
    return _("%(count)s new entries.", count=source.new_count)


def problem_sentence(source: SourceFeed) -> str:
    """Return why the last reading brought nothing; empty when it went well."""
    problems = {
        FeedProblem.NO_FEED: _("There is no feed at this address, and no job data."),
        FeedProblem.UNREADABLE: _("What is there cannot be read as a feed."),
        FeedProblem.FORBIDDEN_XML: _("The feed defines entities of its own, which is not safe to read."),
    }
    if source.refusal is None:
        return ""
    return (
        problems[FeedProblem(source.refusal)]
        if source.refusal in set(FeedProblem)
        else sentence(Refusal(source.refusal))
    )


def forget_old_entries(kept: timedelta = timedelta(days=90), suggestions_kept: timedelta = timedelta(days=730)) -> int:
    """Delete what no source has offered for a while and nobody accepted, and old suggestions; return how many."""
    now = clock.now()
    session.execute(delete(Suggestion).where(Suggestion.created_at < now - suggestions_kept))
    over = delete(SourceEntry).where(
        SourceEntry.state != EntryState.ACCEPTED,
        SourceEntry.seen_at < now - kept,
        SourceEntry.key.not_in(select(Suggestion.entry_key)),
    )
    return int(session.execute(over).rowcount)  # type: ignore[attr-defined]


def _poll_soon(source: SourceFeed) -> None:
    source.next_poll_at = clock.now()
    jobs.enqueue("content.poll_source", source_id=source.id)


def _lock(actor: Actor, source_id: UUID) -> SourceFeed:
    require(actor, Permission.CONTENT_WRITE)
    return get_source(source_id, visible_to=actor, lock=True)


def _checked_url(url: str) -> str:
    try:
        return without_tracking(url.strip())
    except ValueError as error:
        raise Invalid.field("url", str(error)) from error


def _checked_title(title: str) -> str:
    cleaned: Any = title.strip()
    if len(cleaned) > LONGEST_TITLE or unfit_character(cleaned, newlines=False):
        raise Invalid.field("title", _("Write at most %(most)s characters in one line.", most=LONGEST_TITLE))
    return str(cleaned)
