"""Campaigns: what belongs together for a while, what it is to bring about, and how far it is."""

from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content import campaigns as service
from advocacy.content import queries
from advocacy.content.models import Campaign
from advocacy.content.queries import BoardFilter
from advocacy.content.schemas import CampaignIn
from advocacy.foundation.access import Actor, Permission, require_in
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid, PreconditionFailed
from advocacy.foundation.pagination import MOST_ROWS
from advocacy.foundation.web import current_actor, requires
from advocacy.people.queries import today, unit_tree
from advocacy.portal.comms.blueprint import blueprint
from advocacy.portal.comms.labels import kind_name, state_name, state_tone
from advocacy.portal.pages import FormErrors, load_form, page


@blueprint.get("/campaigns")
@requires(Permission.CONTENT_READ)
def campaigns() -> Response:
    actor = current_actor()
    rows = queries.progress_of(actor, queries.campaigns_in_use(actor))
    return page(
        "comms/campaigns.html",
        coming=[row for row in rows if row.is_coming],
        running=[row for row in rows if not row.is_coming and not row.is_over],
        over=[row for row in rows if row.is_over],
        may_write=actor.may(Permission.CONTENT_WRITE),
    )


@blueprint.get("/campaigns/new")
@requires(Permission.CONTENT_WRITE)
def new_campaign() -> Response:
    return _form(current_actor(), None, {"starts_on": today().isoformat()})


@blueprint.post("/campaigns/new")
@requires(Permission.CONTENT_WRITE)
def start_campaign() -> AnyResponse:
    return _save(current_actor(), None)


@blueprint.get("/campaigns/<uuid:campaign_id>")
@requires(Permission.CONTENT_READ)
def campaign(campaign_id: UUID) -> Response:
    actor = current_actor()
    found = queries.get_campaign(campaign_id, visible_to=actor)
    (progress,) = queries.progress_of(actor, [found])
    rows = queries.find_items(actor, BoardFilter(campaign_id=campaign_id), limit=MOST_ROWS)
    return page(
        "comms/campaign.html",
        progress=progress,
        rows=rows.rows,
        has_more=rows.next_cursor is not None,
        may_write=actor.may_in(Permission.CONTENT_WRITE, found.unit_key),
        kind_name=kind_name,
        state_name=state_name,
        state_tone=state_tone,
    )


@blueprint.get("/campaigns/<uuid:campaign_id>/edit")
@requires(Permission.CONTENT_WRITE)
def edit_campaign(campaign_id: UUID) -> Response:
    actor = current_actor()
    found = queries.get_campaign(campaign_id, visible_to=actor)
    require_in(actor, Permission.CONTENT_WRITE, found.unit_key)
    return _form(actor, found, _values_of(found))


@blueprint.post("/campaigns/<uuid:campaign_id>/edit")
@requires(Permission.CONTENT_WRITE)
def change_campaign(campaign_id: UUID) -> AnyResponse:
    actor = current_actor()
    return _save(actor, queries.get_campaign(campaign_id, visible_to=actor))


def _values_of(found: Campaign) -> dict[str, str]:
    return {
        "name": found.name,
        "label": found.label or "",
        "goal": found.goal,
        "starts_on": found.starts_on.isoformat(),
        "ends_on": found.ends_on.isoformat() if found.ends_on else "",
        "seen_version": str(found.row_version),
    }


def _form(
    actor: Actor, found: Campaign | None, values: dict[str, str], errors: FormErrors | None = None, status: int = 200
) -> Response:
    reach = actor.unit_keys_for(Permission.CONTENT_WRITE)
    return page(
        "comms/campaign_form.html",
        status=status,
        campaign=found,
        values=values,
        errors=errors or FormErrors(),
        units=[node for node in unit_tree() if reach is None or node.key in reach],
    )


def _save(actor: Actor, found: Campaign | None) -> AnyResponse:
    values, errors = load_form(CampaignIn())
    typed = dict(request.form.items())
    if not errors:
        try:
            with session.begin_nested():
                if found is None:
                    saved = service.start_campaign(actor, **values)
                else:
                    values.pop("unit_id", None)
                    seen = request.form.get("seen_version", "")
                    values = {"ends_on": None, "label": None} | values
                    saved = service.change_campaign(
                        actor, found.id, seen_version=int(seen) if seen.isdecimal() and len(seen) < 10 else -1, **values
                    )
            flash(_("Saved."), "success")
            return redirect(url_for("comms.campaign", campaign_id=saved.id))
        except Invalid as error:
            errors = FormErrors.from_domain(error)
        except PreconditionFailed as error:
            errors = FormErrors({"": [error.detail]})
    return _form(actor, found, typed, errors, 422)
