"""Colleagues who suggest a page, with a word why; somebody decides, and they are told."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from advocacy.content.sources.addresses import part_of, without_tracking
from advocacy.content.sources.models import EntryState, SourceEntry, Suggestion
from advocacy.content.sources.pages import Place
from advocacy.content.unfurling.reading import PAGE_TYPES, read_page
from advocacy.content.unfurling.service import LARGEST_PAGE_BYTES, egress_policy
from advocacy.foundation import clock, jobs
from advocacy.foundation.access import Actor, Permission, require, require_self
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.foundation.egress import EgressProblem, fetch
from advocacy.foundation.errors import Conflict, Invalid, NotFound, TooManyRequests
from advocacy.foundation.fields import unfit_character
from advocacy.notifications.models import Kind
from advocacy.notifications.service import notify
from advocacy.people.queries import ancestor_keys, root_unit, unit_on

LONGEST_WHY = 300
LONGEST_ANSWER = 300
MOST_A_DAY = 20


def suggest(actor: Actor, *, url: str, why: str) -> Suggestion:
    """Suggest a page to those who decide for one's unit. The same page twice keeps the newer word.

    What was taken up already is answered at once; whoever had suggested it before keeps what they said, and its day.
    Raises NotPermitted without a person, Invalid, TooManyRequests.
    """
    require(actor, Permission.SHARES_WRITE)
    employee_key = require_self(actor)
    address, word = _checked_url(url), _checked_words(why, LONGEST_WHY, "why")
    if not word:
        raise Invalid.field("why", _("Say in a few words why."), code="missing")
    unit = unit_on(employee_key) or root_unit()
    if unit is None:
        raise Conflict(_("There are no units yet. Import people first."))
    since = clock.now() - timedelta(days=1)
    made = select(func.count()).where(Suggestion.employee_key == employee_key, Suggestion.created_at > since)
    if session.scalars(made).one() >= MOST_A_DAY:
        raise TooManyRequests(_("Thank you. That is enough for today."), retry_after_seconds=3_600)
    entry_key, is_taken_up = _entry_for(address, unit.key)
    now = clock.now()
    said: dict[str, Any] = {"why": word, "created_at": now, "answer": None, "answered_at": None, "answered_by": None}
    statement = insert(Suggestion)
    if is_taken_up:
        said |= {"answer": _("It was taken up already. Thank you for thinking of it."), "answered_at": now}
        statement = statement.on_conflict_do_nothing(index_elements=[Suggestion.entry_key, Suggestion.employee_key])
    else:
        statement = statement.on_conflict_do_update(
            index_elements=[Suggestion.entry_key, Suggestion.employee_key], set_=said
        )
    session.execute(statement.values(id=new_id(), entry_key=entry_key, employee_key=employee_key, **said))
    wanted = select(Suggestion).where(Suggestion.entry_key == entry_key, Suggestion.employee_key == employee_key)
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def withdraw_suggestion(actor: Actor, suggestion_id: UUID) -> None:
    """Take one's own suggestion back. Raises NotFound."""
    suggestion = own_suggestion(actor, suggestion_id)
    entry = session.get_one(SourceEntry, suggestion.entry_key)
    session.delete(suggestion)
    session.flush()  # the entry is looked at without it
    forget_unspoken(entry)


def own_suggestion(actor: Actor, suggestion_id: UUID) -> Suggestion:
    """Return a suggestion of one's own. Raises NotFound."""
    found = session.get(Suggestion, suggestion_id)
    if found is None or found.employee_key != require_self(actor):
        raise NotFound(_("There is no such suggestion of yours."))
    return found


def forget_unspoken(entry: SourceEntry) -> None:
    """Remove an entry that only a suggestion brought and nobody speaks for any more."""
    spoken = select(func.count()).where(Suggestion.entry_key == entry.key)
    if entry.source_key is None and entry.state is EntryState.NEW and session.scalars(spoken).one() == 0:
        session.delete(entry)


def answer_suggestions(actor: Actor, entry: SourceEntry, words: str | None) -> None:
    """Answer everybody who suggested an entry; None takes the answer back. Raises Invalid."""
    answer = _checked_words(words, LONGEST_ANSWER, "answer") if words is not None else None
    for suggestion in session.scalars(select(Suggestion).where(Suggestion.entry_key == entry.key)):
        if answer is not None:
            is_taken = entry.state is EntryState.ACCEPTED
            notify(
                suggestion.employee_key,
                Kind.SUGGESTION_ANSWERED,
                subject_id=suggestion.id,
                title=entry.title,
                is_taken=is_taken,
            )
        suggestion.answer = answer
        suggestion.answered_at = clock.now() if answer is not None else None
        suggestion.answered_by = actor.account_id if answer is not None else None


def read_suggested(entry_id: UUID) -> None:
    """Read the page of an entry that was suggested, so that the inbox shows more than an address."""
    entry = session.scalars(select(SourceEntry).where(SourceEntry.id == entry_id)).one_or_none()
    if entry is None or entry.state is not EntryState.NEW or entry.summary:
        return
    try:
        fetched = fetch(entry.url, policy=egress_policy(), types=PAGE_TYPES, most_bytes=LARGEST_PAGE_BYTES)
    except EgressProblem:
        return  # the address says enough to decide
    facts = read_page(fetched.content, fetched.headers.get("content-type", ""), fetched.url)
    entry.title = facts.title or entry.title
    entry.summary, entry.author, entry.language = facts.summary, facts.author, facts.language
    entry.published_at, entry.image_url = facts.published_at, facts.image_url
    job = facts.jobs[0] if len(facts.jobs) == 1 else None
    entry.kind, entry.job = facts.kind, job.as_json() if job is not None else None


def _entry_for(url: str, unit_key: int) -> tuple[int, bool]:
    """Return the entry of a page in a unit or above, and whether it was taken up already.

    It is made when there is none; a dismissed one comes up again.
    """
    now, place = clock.now(), Place.of_address(url)
    above = select(SourceEntry).where(
        SourceEntry.page_hash.in_([place.page_hash, place.part_hash]),
        SourceEntry.unit_key.in_([unit_key, *ancestor_keys(unit_key)]),
    )
    there = session.scalars(above.order_by(SourceEntry.key).with_for_update()).all()
    known = _entry_at(place, there)
    if known is not None:
        known.seen_at = now
        if known.state is EntryState.DISMISSED:
            known.state, known.sorted_at = EntryState.NEW, now
            known.decided_at = known.decided_by = None
        return known.key, known.state is EntryState.ACCEPTED
    is_taken = any(entry.unit_key == unit_key and entry.page_hash == place.page_hash for entry in there)
    page_hash = place.part_hash if is_taken else place.page_hash
    parts = urlsplit(url)
    entry_id = new_id()
    made = session.scalar(
        insert(SourceEntry)
        .values(
            id=entry_id,
            unit_key=unit_key,
            page_hash=page_hash,
            url=url,
            title=f"{(parts.hostname or '').removeprefix('www.')}{parts.path if parts.path != '/' else ''}"[:200],
            summary="",
            kind="article",
            state=EntryState.NEW,
            sorted_at=now,
            seen_at=now,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=[SourceEntry.unit_key, SourceEntry.page_hash])
        .returning(SourceEntry.key)
    )
    if made is None:  # somebody suggested it at this very moment
        wanted = select(SourceEntry.key).where(SourceEntry.unit_key == unit_key, SourceEntry.page_hash == page_hash)
        return session.scalars(wanted).one(), False
    jobs.enqueue("content.read_suggested", entry_id=entry_id)
    return int(made), False


def _entry_at(place: Place, there: Sequence[SourceEntry]) -> SourceEntry | None:
    """Return the entry of the very part, else the one of the page, unless each names another part of it."""
    of_part = [entry for entry in there if entry.page_hash == place.part_hash]
    of_page = [entry for entry in there if not place.part or not part_of(entry.url) or place.part == part_of(entry.url)]
    return next(iter(of_part + of_page), None)


def _checked_url(url: str) -> str:
    try:
        return without_tracking(url.strip())
    except ValueError as error:
        raise Invalid.field("url", str(error)) from error


def _checked_words(words: str, longest: int, field: str) -> str:
    cleaned = " ".join(words.split())
    if len(cleaned) > longest or unfit_character(cleaned):
        raise Invalid.field(field, _("Write at most %(most)s characters.", most=longest))
    return cleaned
