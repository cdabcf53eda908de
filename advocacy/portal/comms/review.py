"""Review: exactly what would go out, what was checked, and a decision by somebody other than the author."""

from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content import evidence, queries, reviewing, service
from advocacy.content.models import ContentItem, Decision, ItemState
from advocacy.foundation import clock
from advocacy.foundation.access import Actor, Permission, Role, require_in
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid, PreconditionFailed
from advocacy.foundation.web import current_actor, requires
from advocacy.identity.queries import names_of_accounts, names_with_role
from advocacy.people.models import Audience
from advocacy.people.queries import count_audience
from advocacy.portal.comms.blueprint import blueprint
from advocacy.portal.comms.labels import kind_name
from advocacy.portal.comms.studio import item_context, tell_state
from advocacy.portal.pages import FormErrors, form_page, page


@blueprint.get("/review")
@requires(Permission.CONTENT_REVIEW)
def review() -> Response:
    actor = current_actor()
    waiting = queries.items_awaiting_review(actor)
    standings = {row.version.id: reviewing.standing_of(row.version) for row in waiting}
    rows = [row for row in waiting if actor.account_id not in standings[row.version.id].approvers]
    own = [
        row
        for row in queries.board(actor)[ItemState.IN_REVIEW]
        if actor.account_id in (row.item.author_account_id, row.version.created_by)
    ]
    return page(
        "comms/review.html",
        rows=rows,
        own=own,
        authors=names_of_accounts({row.version.created_by for row in rows}),
        requests={row.version.id: reviewing.find_request(row.version.id) for row in rows},
        standings=standings,
        now=clock.now(),
        kind_name=kind_name,
    )


def _is_own(actor: Actor, item: ContentItem) -> bool:
    return actor.account_id in (queries.current_version(item).created_by, item.author_account_id)


def _review_page(
    actor: Actor, item: ContentItem, errors: FormErrors | None = None, status: int | None = None
) -> Response:
    version = queries.current_version(item)
    reviews = queries.reviews_of(item)
    makers = {version.created_by, *(review.reviewer_account_id for review in reviews)}
    own_name = actor.name
    standing = reviewing.standing_of(version)
    response = form_page(
        "comms/review_item.html",
        errors or FormErrors(),
        is_own=_is_own(actor, item),
        asked=reviewing.find_request(version.id),
        standing=standing,
        has_approved=actor.account_id in standing.approvers,
        now=clock.now(),
        is_waiting=item.state is ItemState.IN_REVIEW,
        others=[name for name in names_with_role(Role.APPROVER, item.unit_key) if name != own_name],
        names=names_of_accounts(makers),
        reviews=reviews,
        size=count_audience(session.get_one(Audience, item.audience_key)),
        **item_context(actor, item),
    )
    if status is not None:
        response.status_code = status
    return response


@blueprint.get("/review/<uuid:item_id>")
@requires(Permission.CONTENT_REVIEW)
def review_item(item_id: UUID) -> Response:
    actor = current_actor()
    item = queries.get_item(item_id, visible_to=actor)
    require_in(actor, Permission.CONTENT_REVIEW, item.unit_key)
    return _review_page(actor, item)


@blueprint.post("/review/<uuid:item_id>")
@requires(Permission.CONTENT_REVIEW)
def decide(item_id: UUID) -> AnyResponse:
    actor = current_actor()
    try:
        decision = Decision(request.form.get("decision", ""))
    except ValueError:
        errors = FormErrors({"decision": [_("Approve it, or ask for changes.")]})
        return _review_page(actor, queries.get_item(item_id, visible_to=actor), errors)
    try:
        item = service.decide(
            actor,
            item_id,
            decision=decision,
            seen_hash=request.form.get("seen_hash", ""),
            reason=request.form.get("reason", "").replace("\r\n", "\n"),
        )
    except (PreconditionFailed, Conflict, Invalid) as error:
        session.rollback()
        found = queries.get_item(item_id, visible_to=actor)
        errors = FormErrors.from_domain(error) if isinstance(error, Invalid) else FormErrors({"": [error.detail]})
        return _review_page(actor, found, errors, status=error.status)
    if decision is Decision.APPROVED and item.state is ItemState.IN_REVIEW:
        flash(_("Your approval counts. Somebody else has to approve it as well."), "success")
    elif decision is Decision.APPROVED:
        tell_state(item)
    else:
        flash(_("It went back to its author with your reason."), "success")
    return redirect(url_for("comms.review"))


@blueprint.get("/studio/<uuid:item_id>/evidence.zip")
@requires(Permission.CONTENT_REVIEW)
def evidence_pack(item_id: UUID) -> Response:
    """Answer the evidence of a version as a file."""
    number = request.args.get("version", "")
    pack = evidence.evidence_of(
        current_actor(), item_id, int(number) if number.isdecimal() and len(number) < 10 else None
    )
    answer = Response(evidence.zip_of(pack), mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="evidence-{item_id}.zip"'
    return answer
