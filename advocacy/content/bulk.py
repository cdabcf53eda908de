"""One act on many items, each told what became of it: one that is refused does not stop the others."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext as _

from advocacy.content import queries, service
from advocacy.content.bulk_orders import MOST_AT_ONCE, BulkAction, BulkOrder
from advocacy.content.models import ContentItem
from advocacy.foundation.access import Actor, Permission
from advocacy.foundation.db import session
from advocacy.foundation.errors import AdvocacyError, Invalid, NotPermitted


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of one item. Without `is_done`, `detail` says why not and nothing of it changed."""

    item_id: UUID
    is_done: bool
    detail: str
    code: str = ""
    state: str | None = None


def act_on(actor: Actor, item_ids: Iterable[UUID], order: BulkOrder) -> list[BulkResult]:
    """Do the same to every item, each in a savepoint of its own; return what became of each, in the order given.

    Raises Invalid for too many items, none, or an order that lacks what it needs, NotPermitted for those who may
    neither write nor review content.
    """
    chosen = list(dict.fromkeys(item_ids))
    if not actor.may(Permission.CONTENT_WRITE) and not actor.may(Permission.CONTENT_REVIEW):
        raise NotPermitted(_("Only those who make or review content can do this."))
    if not chosen or len(chosen) > MOST_AT_ONCE:
        raise Invalid.field("item_ids", _("Choose 1 to %(most)s items.", most=MOST_AT_ONCE))
    if order.action is BulkAction.SCHEDULE and order.live_from is None:
        raise Invalid.field("live_from", _("Say when they go live."), code="missing")
    if order.action is BulkAction.WITHDRAW and not order.reason.strip():
        raise Invalid.field("reason", _("Say why."), code="missing")
    return [_act(actor, item_id, order) for item_id in chosen]


def _act(actor: Actor, item_id: UUID, order: BulkOrder) -> BulkResult:
    try:
        with session.begin_nested():
            item = _do(actor, item_id, order)
    except AdvocacyError as error:
        details = " ".join(problem.detail for problem in error.problems) or error.detail
        return BulkResult(item_id, False, details, error.code)
    return BulkResult(item_id, True, _done(order.action), state=item.state.value)


def _do(actor: Actor, item_id: UUID, order: BulkOrder) -> ContentItem:
    if order.action is BulkAction.SUBMIT:
        return service.submit_item(actor, item_id)
    if order.action is BulkAction.WITHDRAW:
        return service.withdraw_item(actor, item_id, reason=order.reason, stops_links=order.stops_links)
    if order.action is BulkAction.EXPIRE:
        return service.expire_item(actor, item_id)
    item = queries.get_item(item_id, visible_to=actor)
    if order.action is BulkAction.SCHEDULE:
        return service.change_item(actor, item_id, seen_version=item.row_version, live_from=order.live_from)
    return service.change_item(actor, item_id, seen_version=item.row_version, campaign_id=order.campaign_id)


def _done(action: BulkAction) -> str:
    return {
        BulkAction.SUBMIT: _("Sent on."),
        BulkAction.SCHEDULE: _("Goes live at the time you chose, once it is approved."),
        BulkAction.WITHDRAW: _("Withdrawn."),
        BulkAction.EXPIRE: _("Ended."),
        BulkAction.CAMPAIGN: _("Put in its campaign."),
    }[action]
