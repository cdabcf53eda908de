"""Telling people of a live item: what it would do, how far it is, and the way to stop it."""

from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content import announcing, queries
from advocacy.foundation.access import Permission, require_in
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.notifications.queries.chats import channels_for, slack_is_offered
from advocacy.people.models import Audience
from advocacy.people.queries import count_audience
from advocacy.portal.chat_words import reason_in_words
from advocacy.portal.comms.blueprint import blueprint
from advocacy.portal.pages import FormErrors, form_page, language, mark_of, part_again
from advocacy.portal.presenting import ago, percent


def _announce_page(item_id: UUID, errors: FormErrors | None = None) -> Response:
    actor = current_actor()
    item = queries.get_item(item_id, visible_to=actor)
    require_in(actor, Permission.CONTENT_WRITE, item.unit_key)
    told = [announcing.Progress.of(one) for one in announcing.announcements_of(item)]
    return form_page(
        "comms/announce.html",
        errors or FormErrors(),
        item=item,
        title=queries.text_of(queries.current_version(item).id, language()).title,
        is_live=announcing.is_live(item),
        meant=count_audience(session.get_one(Audience, item.audience_key)),
        told=told,
        reason_in_words=reason_in_words,
        mark=_mark,
        may_announce=announcing.may_announce(item),
        longest=announcing.LONGEST_NOTE,
        slack_is_offered=slack_is_offered(),
        channels=[{"value": str(row.id), "label": row.name} for row in channels_for(actor, item.unit_key)],
    )


@blueprint.get("/studio/<uuid:item_id>/announce")
@requires(Permission.CONTENT_WRITE)
def announce_form(item_id: UUID) -> Response:
    return _announce_page(item_id)


@blueprint.post("/studio/<uuid:item_id>/announce")
@requires(Permission.CONTENT_WRITE)
def announce(item_id: UUID) -> AnyResponse:
    try:
        announcing.announce_item(
            current_actor(), item_id, note=request.form.get("note", ""), channel_ids=_channel_ids()
        )
    except Invalid as error:
        session.rollback()
        return _announce_page(item_id, FormErrors.from_domain(error))
    except Conflict as error:
        session.rollback()
        return _announce_page(item_id, FormErrors({"": [error.detail]}))
    return redirect(url_for("comms.announce_form", item_id=item_id))


def _channel_ids() -> list[UUID]:
    try:
        return [UUID(value) for value in request.form.getlist("channel_ids")]
    except ValueError as error:
        raise Invalid.field("channel_ids", _("Choose from the channels of Teams that are offered.")) from error


@blueprint.get("/studio/announcements/<uuid:announcement_id>/progress")
@requires(Permission.CONTENT_WRITE)
def announcement_progress(announcement_id: UUID) -> Response:
    """Answer how far one announcement is, as a part of the page."""
    one = announcing.Progress.of(announcing.get_announcement(announcement_id, visible_to=current_actor()))
    return part_again("comms/announcement.html", _mark(one), one=one, reason_in_words=reason_in_words, mark=_mark)


def _mark(one: announcing.Progress) -> str:
    row = one.announcement
    return mark_of(row.state, one.told, percent(one.share), one.posts, ago(row.started_at))


@blueprint.post("/studio/announcements/<uuid:announcement_id>/cancel")
@requires(Permission.CONTENT_WRITE)
def cancel_announcement(announcement_id: UUID) -> AnyResponse:
    found = announcing.cancel_announcement(current_actor(), announcement_id)
    flash(_("Stopped. Who was told already stays told."), "success")
    return redirect(url_for("comms.announce_form", item_id=found.item_id))
