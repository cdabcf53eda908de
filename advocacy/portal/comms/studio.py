"""The studio: every item by how it stands, and one item with all it ever said."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content import queries, service, skipping
from advocacy.content.models import ContentItem, ItemState
from advocacy.content.queries import BoardRow
from advocacy.foundation import clock
from advocacy.foundation.access import Actor, Permission
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid, PreconditionFailed
from advocacy.foundation.web import current_actor, requires
from advocacy.identity.queries import names_of_accounts
from advocacy.people.models import Audience, OrgUnit, Topic
from advocacy.portal.comms.blueprint import blueprint
from advocacy.portal.comms.drafts import checks_of, draft_of, tightest_previews_of
from advocacy.portal.comms.labels import country_name, kind_name, language_name, state_name, state_tone
from advocacy.portal.employee.why import skip_words
from advocacy.portal.pages import FormErrors, form_page, page

CARDS_A_COLUMN = 6
MOST_LISTED = 200
SOON_DAYS = 7
COLUMNS = (
    (ItemState.DRAFT,),
    (ItemState.IN_REVIEW,),
    (ItemState.APPROVED, ItemState.SCHEDULED),
    (ItemState.LIVE,),
)
OVER = (ItemState.EXPIRED, ItemState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Column:
    """One state of the board with its newest items."""

    key: str
    name: str
    meaning: str
    rows: list[BoardRow]

    @property
    def shown(self) -> list[BoardRow]:
        return self.rows[:CARDS_A_COLUMN]


def _meanings() -> dict[ItemState, tuple[str, str]]:
    return {
        ItemState.DRAFT: (_("Drafts"), _("Being written. Only makers see them.")),
        ItemState.IN_REVIEW: (_("In review"), _("Somebody other than the author decides.")),
        ItemState.APPROVED: (_("Scheduled"), _("Approved, waiting for their day.")),
        ItemState.LIVE: (_("Live"), _("In the feeds of those they are meant for.")),
        ItemState.EXPIRED: (_("Over and withdrawn"), _("Links already shared go on leading where they led.")),
    }


def _columns(board: dict[ItemState, list[BoardRow]]) -> list[Column]:
    meanings = _meanings()
    found = []
    for states in (*COLUMNS, OVER):
        rows = sorted(
            (row for state in states for row in board[state]), key=lambda row: row.item.changed_at, reverse=True
        )
        found.append(Column(states[0].value, *meanings[states[0]], rows))
    return found


@blueprint.get("/studio")
@requires(Permission.CONTENT_READ)
def studio() -> Response:
    actor = current_actor()
    wanted = request.args.get("state", "")
    columns = _columns(queries.board(actor, limit_per_state=MOST_LISTED))
    soon = clock.now() + timedelta(days=SOON_DAYS)
    live = columns[3].rows
    return page(
        "comms/studio.html",
        columns=columns[:-1],
        over=columns[-1],
        listed_column=next((column for column in columns if column.key == wanted), None),
        live=len(live),
        waiting=len(columns[1].rows),
        ending=sum(1 for row in live if row.item.expires_at is not None and row.item.expires_at < soon),
        authors=names_of_accounts({row.item.author_account_id for column in columns for row in column.shown}),
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
        found = service.submit_item(actor, item_id, seen_version=int(seen) if seen.isdecimal() else -1)
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
        service.withdraw_item(actor, item_id, reason=request.form.get("reason", ""))
    except Invalid as error:
        return _item_page(actor, queries.get_item(item_id, visible_to=actor), FormErrors.from_domain(error))
    flash(_("It is out of every feed. Links already shared go on leading where they led."), "success")
    return redirect(url_for("comms.item", item_id=item_id))
