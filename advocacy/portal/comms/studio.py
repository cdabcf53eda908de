"""The studio: every item by how it stands, and one item with all it ever said."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content import queries, service, skipping
from advocacy.content.models import ContentItem, ItemState
from advocacy.content.queries import BoardFilter, BoardRow, Due
from advocacy.foundation.access import Actor, Permission
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid, PreconditionFailed
from advocacy.foundation.web import current_actor, requires
from advocacy.identity.queries import names_of_accounts
from advocacy.people.models import Audience, OrgUnit, Topic
from advocacy.portal.comms.blueprint import blueprint
from advocacy.portal.comms.board_filter import Asked, asked, bulk_words, filter_options, states_of
from advocacy.portal.comms.drafts import checks_of, draft_of, tightest_previews_of
from advocacy.portal.comms.labels import country_name, kind_name, language_name, state_name, state_tone
from advocacy.portal.employee.why import skip_words
from advocacy.portal.pages import FormErrors, form_page, page

CARDS_A_COLUMN = 6
LISTED = 50
COLUMNS = (ItemState.DRAFT, ItemState.IN_REVIEW, ItemState.SCHEDULED, ItemState.LIVE)


@dataclass(frozen=True, slots=True)
class Column:
    """One state of the board with its newest items, and how many there are."""

    key: str
    name: str
    meaning: str
    shown: list[BoardRow]
    count: int


def _meanings() -> dict[str, tuple[str, str]]:
    return {
        "draft": (_("Drafts"), _("Being written. Only makers see them.")),
        "in_review": (_("In review"), _("Somebody other than the author decides.")),
        "scheduled": (_("Scheduled"), _("Approved, waiting for their day.")),
        "live": (_("Live"), _("In the feeds of those they are meant for.")),
        "over": (_("Over and withdrawn"), _("Out of every feed.")),
    }


def _columns(actor: Actor, question: Asked) -> list[Column]:
    wanted = question.filter.without_states()
    rows = queries.board(actor, limit_per_state=CARDS_A_COLUMN, conditions=queries.conditions_of(actor, wanted))
    counts = queries.count_by_state(actor, wanted)
    found = []
    for key, (name, meaning) in _meanings().items():
        states = states_of(key)
        shown = sorted((row for state in states for row in rows[state]), key=_changed, reverse=True)
        found.append(Column(key, name, meaning, shown[:CARDS_A_COLUMN], sum(counts[state] for state in states)))
    return found


def _changed(row: BoardRow) -> datetime:
    return row.item.changed_at


@blueprint.get("/studio")
@requires(Permission.CONTENT_READ)
def studio() -> Response:
    actor = current_actor()
    question = asked(actor)
    columns = _columns(actor, question)
    listed = None
    if question.values["search"] or question.filter.states or request.args.get("view") == "list":
        listed = queries.find_items(actor, question.filter, limit=LISTED, cursor=request.args.get("cursor"))
    shown = listed.rows if listed is not None else [row for column in columns for row in column.shown]
    everything = queries.count_by_state(actor, BoardFilter())
    return page(
        "comms/studio.html",
        asked=question,
        options=filter_options(actor),
        columns=columns[:-1],
        over=columns[-1],
        listed=listed,
        matching=sum(column.count for column in columns),
        live=everything[ItemState.LIVE],
        waiting=everything[ItemState.IN_REVIEW],
        ending=len(queries.find_items(actor, BoardFilter(due=Due.ENDING, states=(ItemState.LIVE,)), limit=100).rows),
        is_empty=not any(everything.values()),
        authors=names_of_accounts({row.item.author_account_id for row in shown}),
        campaigns={campaign.key: campaign for campaign in queries.campaigns_in_use(actor)},
        actions=bulk_words() if actor.may(Permission.CONTENT_WRITE) else [],
        may_write=actor.may(Permission.CONTENT_WRITE),
        account_id=actor.account_id,
        kind_name=kind_name,
        state_name=state_name,
        state_tone=state_tone,
    )


def circumstances(item: ContentItem) -> dict[str, Any]:
    """Return what surrounds an item's wording, by name: unit, audience, topics."""
    audience = session.get_one(Audience, item.audience_key)
    return {
        "unit": session.get_one(OrgUnit, item.unit_key),
        "topics": topic_names(item.topic_keys),
        "audience": audience_in_words(audience),
        "campaign": queries.find_campaign(item.campaign_key),
    }


def topic_names(keys: list[int]) -> list[str]:
    found = (session.get(Topic, key) for key in keys)
    return sorted(topic.name for topic in found if topic is not None)


@dataclass(frozen=True, slots=True)
class AudienceWords:
    """An audience as people say it: each condition, and each exception, with its values. Nothing means everybody."""

    is_any: bool
    lines: list[tuple[str, list[str]]]
    exceptions: list[tuple[str, list[str]]]


def audience_in_words(audience: Audience) -> AudienceWords:
    return AudienceWords(audience.is_any, _condition_words(audience, ""), _condition_words(audience, "except_"))


def _condition_words(audience: Audience, side: str) -> list[tuple[str, list[str]]]:
    def values(name: str) -> list[Any]:
        return list(getattr(audience, side + name))

    units = [unit.name for key in values("unit_keys") if (unit := session.get(OrgUnit, key)) is not None]
    conditions = (
        (_("Units, with those below"), sorted(units)),
        (_("Countries"), [country_name(code) for code in values("countries")]),
        (_("Languages"), [language_name(code) for code in values("languages")]),
        (_("Following"), topic_names(values("topic_keys"))),
        (_("Roles"), values("roles")),
    )
    return [(name, words) for name, words in conditions if words]


def item_context(actor: Actor, item: ContentItem) -> dict[str, Any]:
    """Return what an item's own page and its review page both show."""
    version = queries.current_version(item)
    draft = draft_of(item, version)
    return {
        "item": item,
        "version": version,
        "draft": draft,
        "previews": tightest_previews_of(draft),
        "checks": checks_of(draft),
        "kind_name": kind_name,
        "state_name": state_name,
        "state_tone": state_tone,
        "language_name": language_name,
        **circumstances(item),
    }


def _item_page(
    actor: Actor, item: ContentItem, errors: FormErrors | None = None, status: int | None = None
) -> Response:
    versions, reviews = queries.versions_of(item), queries.reviews_of(item)
    makers = {version.created_by for version in versions} | {review.reviewer_account_id for review in reviews}
    may_write = actor.may_in(Permission.CONTENT_WRITE, item.unit_key)
    may_review = actor.may_in(Permission.CONTENT_REVIEW, item.unit_key)
    is_over = item.state is ItemState.WITHDRAWN
    response = form_page(
        "comms/item.html",
        errors or FormErrors(),
        versions=versions,
        numbers={version.id: version.number for version in versions},
        reviews=reviews,
        names=names_of_accounts({*makers, item.author_account_id}),
        may_edit=may_write and not is_over,
        may_submit=may_write and item.state is ItemState.DRAFT,
        may_withdraw=(may_write or may_review) and not is_over,
        may_announce=may_write and item.state is ItemState.LIVE,
        may_review=may_review,
        may_decide=may_review and item.state is ItemState.IN_REVIEW,
        skips=skipping.skips_of(item),
        skip_words=skip_words(),
        **item_context(actor, item),
    )
    if status is not None:
        response.status_code = status
    return response


@blueprint.get("/studio/<uuid:item_id>")
@requires(Permission.CONTENT_READ)
def item(item_id: UUID) -> Response:
    actor = current_actor()
    return _item_page(actor, queries.get_item(item_id, visible_to=actor))


@blueprint.post("/studio/<uuid:item_id>/submit")
@requires(Permission.CONTENT_WRITE)
def submit(item_id: UUID) -> AnyResponse:
    actor = current_actor()
    seen = request.form.get("seen_version", "")
    try:
        found = service.submit_item(
            actor, item_id, seen_version=int(seen) if seen.isdecimal() and len(seen) < 10 else -1
        )
    except (PreconditionFailed, Conflict, Invalid) as error:
        # Their pages say what stands now, which is what the next step needs.
        session.rollback()
        found = queries.get_item(item_id, visible_to=actor)
        return _item_page(actor, found, FormErrors({"": [error.detail]}), status=error.status)
    tell_state(found)
    return redirect(url_for("comms.item", item_id=found.id))


def tell_state(found: ContentItem) -> None:
    """Say what became of an item after it was sent on."""
    if found.state is ItemState.IN_REVIEW:
        flash(_("It waits for a decision now. Whoever approves sees exactly this version."), "success")
    elif found.state is ItemState.SCHEDULED:
        flash(_("It goes live on its day by itself."), "success")
    else:
        flash(_("It is live."), "success")


@blueprint.post("/studio/<uuid:item_id>/withdraw")
@requires(Permission.CONTENT_READ)
def withdraw(item_id: UUID) -> AnyResponse:
    """Take an item out of every feed. The service asks for the curator's or the approver's permission."""
    actor = current_actor()
    try:
        stops_links = request.form.get("stops_links") == "yes"
        service.withdraw_item(actor, item_id, reason=request.form.get("reason", ""), stops_links=stops_links)
    except Invalid as error:
        return _item_page(actor, queries.get_item(item_id, visible_to=actor), FormErrors.from_domain(error))
    if stops_links:
        flash(_("It is out of every feed. Links already shared say now that they are no longer in use."), "success")
    else:
        flash(_("It is out of every feed. Links already shared go on leading where they led."), "success")
    return redirect(url_for("comms.item", item_id=item_id))
