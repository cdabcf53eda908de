"""The JSON API of sources, the inbox and suggestions."""

from typing import Any
from uuid import UUID

from advocacy.content.sources import inbox, queries, service, suggesting
from advocacy.content.sources.models import SourceFeed, Suggestion
from advocacy.content.sources.queries import InboxRow
from advocacy.content.sources.schemas import (
    DecisionsIn,
    DecisionsOut,
    EntryDecisionIn,
    EntryOut,
    InboxFilter,
    SourceChangeIn,
    SourceIn,
    SourceOut,
    SourcesOut,
    SuggestionIn,
    SuggestionOut,
    SuggestionsOut,
)
from advocacy.foundation.access import Permission, require_self
from advocacy.foundation.pagination import Page
from advocacy.foundation.rest import ApiBlueprint, require_match, with_etag
from advocacy.foundation.web import current_actor, requires

blueprint = ApiBlueprint(
    "sources", module="advocacy.content.sources.api", description="Where ideas come from, and the inbox they come into."
)


@blueprint.get("/sources")
@requires(Permission.CONTENT_WRITE)
@blueprint.response(200, SourcesOut)
def sources() -> dict[str, Any]:
    """Return the sources of one's own units, with how reading each went last."""
    return {"data": [_source(row.source, row) for row in queries.list_sources(visible_to=current_actor())]}


@blueprint.post("/sources")
@requires(Permission.CONTENT_WRITE)
@blueprint.arguments(SourceIn)
@blueprint.response(201, SourceOut)
def add_source(wanted: dict[str, Any]) -> Any:
    """Read a source from now on."""
    return _answer(service.add_source(current_actor(), **wanted), 201)


@blueprint.get("/sources/<uuid:source_id>")
@requires(Permission.CONTENT_WRITE)
@blueprint.response(200, SourceOut)
def source(source_id: UUID) -> Any:
    """Return one source."""
    return _answer(queries.get_source(source_id, visible_to=current_actor()))


@blueprint.patch("/sources/<uuid:source_id>")
@requires(Permission.CONTENT_WRITE)
@blueprint.arguments(SourceChangeIn)
@blueprint.response(200, SourceOut)
@blueprint.refusal(412)
@blueprint.refusal(428)
def change_source(changes: dict[str, Any], source_id: UUID) -> Any:
    """Rename a source, pause it or resume it; needs If-Match."""
    present = queries.get_source(source_id, visible_to=current_actor())
    require_match(present.row_version)
    return _answer(service.change_source(current_actor(), source_id, seen_version=present.row_version, **changes))


@blueprint.post("/sources/<uuid:source_id>/poll")
@requires(Permission.CONTENT_WRITE)
@blueprint.response(202, SourceOut)
def poll_source(source_id: UUID) -> Any:
    """Read a source at the next opportunity."""
    return _answer(service.poll_now(current_actor(), source_id), 202)


@blueprint.delete("/sources/<uuid:source_id>")
@requires(Permission.CONTENT_WRITE)
@blueprint.response(204)
def remove_source(source_id: UUID) -> None:
    """Read a source no longer, and forget what it offered."""
    service.remove_source(current_actor(), source_id)


@blueprint.get("/inbox")
@requires(Permission.CONTENT_WRITE)
@blueprint.arguments(InboxFilter, location="query")
@blueprint.pages_of(EntryOut)
def entries(filters: dict[str, Any]) -> Page[InboxRow]:
    """Return what sources offered and colleagues suggested, newest first."""
    return queries.inbox(visible_to=current_actor(), **filters)


@blueprint.post("/inbox/<uuid:entry_id>/accept")
@requires(Permission.CONTENT_WRITE)
@blueprint.arguments(EntryDecisionIn)
@blueprint.response(200, EntryOut)
def accept_entry(decision: dict[str, Any], entry_id: UUID) -> InboxRow:
    """Make a draft of an entry; `item_id` names it."""
    inbox.accept_entry(current_actor(), entry_id, **decision)
    return _entry(entry_id)


@blueprint.post("/inbox/<uuid:entry_id>/dismiss")
@requires(Permission.CONTENT_WRITE)
@blueprint.arguments(EntryDecisionIn)
@blueprint.response(200, EntryOut)
def dismiss_entry(decision: dict[str, Any], entry_id: UUID) -> InboxRow:
    """Put an entry away."""
    inbox.dismiss_entry(current_actor(), entry_id, **decision)
    return _entry(entry_id)


@blueprint.post("/inbox/<uuid:entry_id>/restore")
@requires(Permission.CONTENT_WRITE)
@blueprint.response(200, EntryOut)
def restore_entry(entry_id: UUID) -> InboxRow:
    """Take a dismissal back."""
    inbox.restore_entry(current_actor(), entry_id)
    return _entry(entry_id)


@blueprint.post("/inbox/decisions")
@requires(Permission.CONTENT_WRITE)
@blueprint.arguments(DecisionsIn)
@blueprint.response(200, DecisionsOut)
def decide_entries(decisions: dict[str, Any]) -> dict[str, Any]:
    """Decide about several entries at once; those that cannot be stay and say why."""
    decided = inbox.decide_entries(current_actor(), decisions["entry_ids"], decision=decisions["decision"])
    return {
        "done": [entry.id for entry in decided.done],
        "refused": [{"title": title, "detail": why} for title, why in decided.refused],
    }


@blueprint.get("/suggestions")
@requires(Permission.FEED_READ)
@blueprint.response(200, SuggestionsOut)
def suggestions() -> dict[str, Any]:
    """Return what one suggested oneself, and what became of it."""
    found = queries.own_suggestions(require_self(current_actor()))
    return {"data": [_suggestion(suggestion, row) for suggestion, row in found]}


@blueprint.post("/suggestions")
@requires(Permission.SHARES_WRITE)
@blueprint.arguments(SuggestionIn)
@blueprint.response(201, SuggestionOut)
def suggest(wanted: dict[str, Any]) -> dict[str, Any]:
    """Suggest a page to those who decide, with a word why."""
    made = suggesting.suggest(current_actor(), **wanted)
    found = queries.own_suggestions(made.employee_key)
    return next(_suggestion(suggestion, row) for suggestion, row in found if suggestion.id == made.id)


@blueprint.delete("/suggestions/<uuid:suggestion_id>")
@requires(Permission.SHARES_WRITE)
@blueprint.response(204)
def withdraw_suggestion(suggestion_id: UUID) -> None:
    """Take one's own suggestion back."""
    suggesting.withdraw_suggestion(current_actor(), suggestion_id)


def _answer(found: SourceFeed, status: int = 200) -> Any:
    rows = queries.list_sources(visible_to=current_actor())
    row = next(row for row in rows if row.source.key == found.key)
    return with_etag(_source(found, row), found.row_version, status)


def _source(found: SourceFeed, row: queries.SourceRow) -> dict[str, Any]:
    copied = (
        "id",
        "url",
        "title",
        "kind",
        "polled_at",
        "ok_at",
        "next_poll_at",
        "failures",
        "paused_at",
        "pause_reason",
    )
    return {
        **{name: getattr(found, name) for name in copied},
        "unit_name": row.unit_name,
        "waiting": row.waiting,
        "problem": found.refusal,
        "told": service.told(found),
    }


def _entry(entry_id: UUID) -> InboxRow:
    return queries.rows_of([queries.get_entry(entry_id, visible_to=current_actor())])[0]


def _suggestion(suggestion: Suggestion, row: InboxRow) -> dict[str, Any]:
    return {
        "id": suggestion.id,
        "url": row.entry.url,
        "title": row.entry.title,
        "why": suggestion.why,
        "created_at": suggestion.created_at,
        "state": row.entry.state,
        "answer": suggestion.answer,
        "item_state": row.item_state,
    }
