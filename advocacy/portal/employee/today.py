"""Today: two things worth sharing, not two hundred; and a no that nobody remembers."""

import re
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content import skipping
from advocacy.content.models import SkipReason
from advocacy.content.queries import FeedEntry, pick_for
from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, Permission, require_self
from advocacy.foundation.errors import Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.people import queries as people
from advocacy.people.models import Purpose
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.employee.why import reasons_in_words, skip_reasons
from advocacy.portal.pages import page
from advocacy.sharing import corrections
from advocacy.sharing import queries as sharing

FIRST_ITEMS = 2
MOST_ITEMS = 60
PUT_ASIDE = "put_aside"
MOST_PUT_ASIDE = 40
HEX_ID = re.compile(r"[0-9a-f]{32}")
PUT_ASIDE_SECONDS = 60 * 60 * 24 * 30


def _put_aside() -> list[str]:
    """Return what this browser put aside: for those who did not say yes, only their browser remembers."""
    return [part for part in request.cookies.get(PUT_ASIDE, "").split(".") if HEX_ID.fullmatch(part)][:MOST_PUT_ASIDE]


def _worth_sharing(actor: Actor, most: int) -> tuple[list[FeedEntry], int]:
    """Return what is left for somebody, neither put aside in this browser nor shared already, and how much it is."""
    return pick_for(
        actor,
        most=most,
        without_ids=[UUID(part) for part in _put_aside()],
        without_keys=sharing.posted_item_keys(actor),
    )


@blueprint.get("/")
@requires(Permission.FEED_READ)
def today() -> Response:
    actor = current_actor()
    key = require_self(actor)
    shows_more = "more" in request.args
    entries, matching = _worth_sharing(actor, MOST_ITEMS if shows_more else FIRST_ITEMS)
    takes_part = people.has_consent(key, Purpose.TAKE_PART)
    if takes_part:
        skipping.note_shown(actor, [entry.key for entry in entries])
    return page(
        "employee/today.html",
        today=clock.day_of(clock.now(), preferences.zone()),
        first=entries[:FIRST_ITEMS],
        more=entries[FIRST_ITEMS:],
        more_count=min(matching, MOST_ITEMS) - len(entries[:FIRST_ITEMS]),
        takes_part=takes_part,
        asked=corrections.asked_of(actor),
        is_new=people.employee_of(actor).onboarded_at is None,
        answered=sharing.newest_clicked_share(actor) if takes_part else None,
        reasons=skip_reasons(),
        explain=reasons_in_words,
        aside=skipping.count_put_aside(actor) or len(_put_aside()),
    )


@blueprint.post("/items/<uuid:item_id>/skip")
@requires(Permission.FEED_READ)
def skip_item(item_id: UUID) -> AnyResponse:
    """Take an item away from somebody. Of those who take part it is counted, and why; not who."""
    given = request.form.get("reason", "")
    if given and given not in {reason["value"] for reason in skip_reasons()}:
        raise Invalid.field("reason", _("Choose one of the reasons, or none."))
    skipped = skipping.skip_item(
        current_actor(),
        item_id,
        reason=SkipReason(given) if given else None,
        remark=request.form.get("remark", ""),
    )
    answer = redirect(url_for("employee.today"))
    if skipped.is_kept:
        flash(_("Put aside for you alone. Why is counted; who is not."), "success")
        return answer
    aside = [skipped.entry.id.hex, *(part for part in _put_aside() if part != skipped.entry.id.hex)][:MOST_PUT_ASIDE]
    answer.set_cookie(
        PUT_ASIDE,
        ".".join(aside),
        max_age=PUT_ASIDE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=preferences.deployment().is_https,
    )
    flash(_("Put aside, in this browser only. Nothing about it is kept."), "success")
    return answer


@blueprint.post("/items/bring-back")
@requires(Permission.FEED_READ)
def bring_back() -> AnyResponse:
    """Show again what somebody put aside."""
    skipping.bring_back(current_actor())
    answer = redirect(url_for("employee.today"))
    answer.delete_cookie(PUT_ASIDE)
    flash(_("Everything you put aside is back in its place."), "success")
    return answer
