"""Deciding about what came in: made a draft, or dismissed, and taken back where that was a mistake."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from advocacy.content import service
from advocacy.content.models import ContentItem, ItemKind
from advocacy.content.sources.models import EntryState, SourceEntry
from advocacy.content.sources.queries import get_entry
from advocacy.content.sources.suggesting import answer_suggestions
from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.db import session
from advocacy.foundation.errors import AdvocacyError, Conflict
from advocacy.people.models import OrgUnit
from advocacy.people.queries import root_unit

MOST_AT_ONCE = 100


@dataclass(slots=True)
class Decided:
    """What became of several entries at once: those done, and why others stayed, by their titles."""

    done: list[SourceEntry] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def accept_entry(actor: Actor, entry_id: UUID, *, answer: str = "") -> ContentItem:
    """Make a draft of an entry; who suggested it is thanked. Returns the draft.

    Raises NotFound, NotPermitted, Conflict once it was decided, Invalid where no link may lead to its host.
    """
    entry = _undecided(actor, entry_id)
    item = service.draft_item(actor, **_draft_of(actor, entry))
    entry.state, entry.item_key = EntryState.ACCEPTED, item.key
    entry.decided_at, entry.decided_by = clock.now(), actor.account_id
    answer_suggestions(actor, entry, answer)
    session.flush()  # the answer shows it
    return item


def dismiss_entry(actor: Actor, entry_id: UUID, *, answer: str = "") -> SourceEntry:
    """Put an entry away; who suggested it is told, with a word if there is one. Raises NotFound, Conflict."""
    entry = _undecided(actor, entry_id)
    entry.state = EntryState.DISMISSED
    entry.decided_at, entry.decided_by = clock.now(), actor.account_id
    answer_suggestions(actor, entry, answer)
    session.flush()  # the answer shows it
    return entry


def restore_entry(actor: Actor, entry_id: UUID) -> SourceEntry:
    """Take a dismissal back. Raises NotFound, Conflict unless the entry is dismissed."""
    require(actor, Permission.CONTENT_WRITE)
    entry = get_entry(entry_id, visible_to=actor, lock=True)
    if entry.state is not EntryState.DISMISSED:
        raise Conflict(_("Only what was dismissed can be taken back."))
    entry.state = EntryState.NEW
    entry.decided_at = entry.decided_by = None
    answer_suggestions(actor, entry, None)
    session.flush()  # the answer shows it
    return entry


def decide_entries(actor: Actor, entry_ids: Iterable[UUID], *, decision: str) -> Decided:
    """Accept, dismiss or restore several entries; one that cannot be stays as it was and says why.

    `decision` is `accept`, `dismiss` or `restore`. Raises NotPermitted, NotFound for an entry of another unit.
    """
    acts: dict[str, Callable[[Actor, UUID], Any]] = {
        "accept": accept_entry,
        "dismiss": dismiss_entry,
        "restore": restore_entry,
    }
    act = acts[decision]
    decided = Decided()
    for entry_id in list(dict.fromkeys(entry_ids))[:MOST_AT_ONCE]:
        entry = get_entry(entry_id, visible_to=actor)
        try:
            with session.begin_nested():
                act(actor, entry_id)
            decided.done.append(entry)
        except AdvocacyError as error:
            decided.refused.append((entry.title, error.problems[0].detail if error.problems else error.detail))
    return decided


def _undecided(actor: Actor, entry_id: UUID) -> SourceEntry:
    require(actor, Permission.CONTENT_WRITE)
    entry = get_entry(entry_id, visible_to=actor, lock=True)
    if entry.state is not EntryState.NEW:
        raise Conflict(_("Somebody decided about this entry already."), code="decided")
    return entry


def _draft_of(actor: Actor, entry: SourceEntry) -> dict[str, Any]:
    """Return what an entry says as the arguments of a draft: for the unit it came to, and its people."""
    unit = session.get_one(OrgUnit, entry.unit_key)
    root = root_unit()
    is_everywhere = root is not None and unit.key == root.key and actor.unit_keys_for(Permission.CONTENT_WRITE) is None
    reference = (entry.job or {}).get("reference")
    is_job = entry.kind is ItemKind.JOB and bool(reference)
    return {
        "kind": entry.kind if is_job or entry.kind is not ItemKind.JOB else ItemKind.ARTICLE,
        "texts": {
            entry.language or preferences.deployment().default_language: {
                "title": entry.title,
                "summary": entry.summary,
            }
        },
        "destination": entry.url,
        "unit_id": unit.id,
        "audience": {} if is_everywhere else {"unit_ids": [unit.id]},
        "opening_reference": reference if is_job else None,
    }
