"""The button that posts as oneself, and the page that tells honestly what became of it."""

from typing import Any
from uuid import UUID, uuid4, uuid5

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content.queries import get_live_item
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.employee.sharing import chosen_caption, plan_in_form, sheet
from advocacy.portal.employee.text_checks import discloses
from advocacy.portal.pages import FormErrors, form_page, is_htmx, load_form, mark_of, part_again
from advocacy.sharing import queries
from advocacy.sharing.account_models import NetworkPost, PostState
from advocacy.sharing.accounts import pressing
from advocacy.sharing.schemas import ConfirmationIn

UNDER_WAY = frozenset({PostState.WAITING, PostState.SENDING})


@blueprint.post("/items/<uuid:item_id>/post")
@requires(Permission.SHARES_WRITE)
def post_share(item_id: UUID) -> AnyResponse:
    """Post with one's own account. Sent twice by a nervous finger, it is one post."""
    actor, network = current_actor(), request.form.get("network", "")
    plan = plan_in_form(actor, get_live_item(item_id, visible_to=actor).key)
    try:
        post = pressing.post_now(
            actor,
            press_key=_press_key(network),
            item_id=item_id,
            network_key=network,
            text=request.form.get("text", ""),
            caption_id=chosen_caption(actor, item_id),
            discloses=discloses(),
            was_reminded=request.form.get("reminded") == "yes",
            planned_share_id=plan.id if plan is not None else None,
        )
    except Invalid as error:
        return sheet(actor, get_live_item(item_id, visible_to=actor), FormErrors.from_domain(error))
    except Conflict as error:
        return sheet(actor, get_live_item(item_id, visible_to=actor), FormErrors({"": [error.detail]}))
    return redirect(url_for("employee.posting", share_id=pressing.share_id_of(post)))


def _press_key(network: str) -> UUID:
    """Return what makes two presses of the same button one: the sheet's own key, for each network apart."""
    try:
        return uuid5(UUID(request.form.get("press_key", "")), network)
    except ValueError:
        return uuid4()


@blueprint.get("/shares/<uuid:share_id>/post")
@requires(Permission.SHARES_READ)
def posting(share_id: UUID) -> AnyResponse:
    """Tell what became of a post. While it is under way a part of the page asks again by itself."""
    post = pressing.post_of(share_id, visible_to=current_actor())
    if is_htmx():
        if post.state in UNDER_WAY:
            context = _context(share_id, post)
            return part_again("employee/posting_state.html", context["shown"], **context)
        answer = Response()
        answer.headers["HX-Refresh"] = "true"
        return answer
    return _posting_page(share_id, post, FormErrors())


def _posting_page(share_id: UUID, post: NetworkPost, errors: FormErrors) -> Response:
    return form_page("employee/posting.html", errors, **_context(share_id, post))


def _context(share_id: UUID, post: NetworkPost) -> dict[str, Any]:
    shared = queries.shared_item(share_id, visible_to=current_actor())
    why = pressing.sentence(post.problem, shared.network) if post.problem else ""
    return {
        "shared": shared,
        "post": post,
        "why": why,
        "is_under_way": post.state in UNDER_WAY,
        "shown": mark_of(post.state, post.problem, post.next_try_at, post.may_be_out),
    }


@blueprint.post("/shares/<uuid:share_id>/post")
@requires(Permission.SHARES_WRITE)
def post_again(share_id: UUID) -> AnyResponse:
    """Press once more for a share that did not go out."""
    try:
        pressing.press(current_actor(), share_id)
    except Conflict as error:
        post = pressing.post_of(share_id, visible_to=current_actor())
        return _posting_page(share_id, post, FormErrors({"": [error.detail]}))
    return redirect(url_for("employee.posting", share_id=share_id))


@blueprint.post("/shares/<uuid:share_id>/post/cancel")
@requires(Permission.SHARES_WRITE)
def cancel_post(share_id: UUID) -> AnyResponse:
    try:
        pressing.cancel(current_actor(), share_id)
    except Conflict as error:
        post = pressing.post_of(share_id, visible_to=current_actor())
        return _posting_page(share_id, post, FormErrors({"": [error.detail]}))
    return redirect(url_for("employee.posting", share_id=share_id))


@blueprint.post("/shares/<uuid:share_id>/post/answer")
@requires(Permission.SHARES_WRITE)
def answer_post(share_id: UUID) -> AnyResponse:
    """Hear what somebody found at the network where we do not know."""
    actor = current_actor()
    values, errors = load_form(ConfirmationIn())
    if not errors:
        try:
            pressing.say_what_became(actor, share_id, is_there=request.form.get("answer") == "yes", **values)
        except Invalid as error:
            errors = FormErrors.from_domain(error)
        except Conflict as error:
            errors = FormErrors({"": [error.detail]})
    if errors:
        return _posting_page(share_id, pressing.post_of(share_id, visible_to=actor), errors)
    return redirect(url_for("employee.posting", share_id=share_id))
