"""Several items at once, from the board; what became of each stands on the page that answers."""

from datetime import datetime
from uuid import UUID

from flask import Response, request
from flask_babel import gettext as _

from advocacy.content import bulk, queries
from advocacy.content.bulk_orders import BulkAction, BulkOrder
from advocacy.foundation import preferences
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Invalid, NotFound
from advocacy.foundation.web import current_actor, requires
from advocacy.portal.comms.blueprint import blueprint
from advocacy.portal.comms.board_filter import bulk_words
from advocacy.portal.comms.compose_form import LOCAL
from advocacy.portal.comms.labels import state_name, state_tone
from advocacy.portal.pages import FormErrors, page


@blueprint.post("/studio/bulk")
@requires(Permission.CONTENT_READ)
def act_on_many() -> Response:
    """Do the same to every ticked item. The service asks for the permission each act needs."""
    actor, errors = current_actor(), FormErrors()
    results: list[bulk.BulkResult] = []
    try:
        chosen, action = _chosen(), _action()
        if action is BulkAction.SUBMIT or "sure" in request.form:
            results = bulk.act_on(actor, chosen, _order(action))
        elif not chosen:
            raise Invalid.field("", _("Choose at least one item first."))
    except Invalid as error:
        errors = FormErrors.from_domain(error)
    chosen = [] if "item" in errors else _chosen()
    titles = {}
    for item_id in chosen:
        try:
            item = queries.get_item(item_id, visible_to=actor)
        except NotFound:
            continue
        titles[item_id] = (item, queries.text_of(queries.current_version(item).id, None).title)
    return page(
        "comms/bulk.html",
        status=422 if errors else 200,
        errors=errors,
        results=results,
        titles=titles,
        chosen=chosen,
        action=request.form.get("action", ""),
        words={word["value"]: word["label"] for word in bulk_words()},
        time_zone=preferences.deployment().time_zone,
        values=request.form,
        campaigns=[(str(campaign.id), campaign.name) for campaign in queries.campaigns_in_use(actor)],
        state_name=state_name,
        state_tone=state_tone,
    )


def _chosen() -> list[UUID]:
    try:
        return [UUID(value) for value in dict.fromkeys(request.form.getlist("item"))]
    except ValueError as error:
        raise Invalid.field("item", _("Choose from the list.")) from error


def _action() -> BulkAction:
    action = request.form.get("action", "")
    if action not in set(BulkAction):
        raise Invalid.field("action", _("Choose what to do."))
    return BulkAction(action)


def _order(action: BulkAction) -> BulkOrder:
    campaign = request.form.get("campaign", "")
    live_from = None
    if text := request.form.get("live_from", "").strip():
        try:
            live_from = datetime.strptime(text[:16], LOCAL).replace(tzinfo=preferences.zone())
        except ValueError as error:
            raise Invalid.field("live_from", _("Enter a day and a time, such as 2026-11-22T09:00.")) from error
    try:
        campaign_id = UUID(campaign) if campaign else None
    except ValueError as error:
        raise Invalid.field("campaign", _("Choose from the list.")) from error
    return BulkOrder(
        action,
        live_from=live_from,
        reason=request.form.get("reason", "").replace("\r\n", "\n"),
        stops_links=request.form.get("stops_links") == "yes",
        campaign_id=campaign_id,
    )
