"""Today: two things worth sharing, not two hundred; and a no that nobody remembers."""

import re
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.activity import service as activity
from advocacy.activity.models import Kind
from advocacy.content.queries import FeedEntry, get_live_item, pick_for
from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, Permission, require_self
from advocacy.foundation.errors import Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.people import queries as people
from advocacy.people.models import Purpose
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.pages import page
from advocacy.sharing import queries as sharing

FIRST_ITEMS = 2
MOST_ITEMS = 60
PUT_ASIDE = "put_aside"
MOST_PUT_ASIDE = 40
HEX_ID = re.compile(r"[0-9a-f]{32}")
PUT_ASIDE_SECONDS = 60 * 60 * 24 * 30
# What the ledger keeps of a reason, for ever: never reuse a number.
REASONS = {"not_my_subject": 1, "not_true_for_me": 2, "wrong_moment": 3, "badly_written": 4}


def _reasons() -> list[dict[str, str]]:
    return [
        {"value": "not_my_subject", "label": _("Not my subject")},
        {"value": "not_true_for_me", "label": _("I see it differently")},
        {"value": "wrong_moment", "label": _("Not at this moment")},
        {"value": "badly_written", "label": _("It is not well made")},
    ]


def _put_aside() -> list[str]:
    """Return what this browser put aside. Only the browser knows: no row of ours says who skipped what."""
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
    return page(
        "employee/today.html",
        today=clock.day_of(clock.now(), preferences.zone()),
        first=entries[:FIRST_ITEMS],
        more=entries[FIRST_ITEMS:],
        more_count=min(matching, MOST_ITEMS) - len(entries[:FIRST_ITEMS]),
        takes_part=takes_part,
        is_new=people.employee_of(actor).onboarded_at is None,
        answered=sharing.newest_clicked_share(actor) if takes_part else None,
        reasons=_reasons(),
    )


@blueprint.post("/items/<uuid:item_id>/skip")
@requires(Permission.FEED_READ)
def skip_item(item_id: UUID) -> AnyResponse:
    """Count that somebody passed an item by, and why. Not who: the ledger gets the item only."""
    entry = get_live_item(item_id, visible_to=current_actor())
    reason = request.form.get("reason", "")
    if reason and reason not in REASONS:
        raise Invalid.field("reason", _("Choose one of the reasons, or none."))
    activity.record(Kind.ITEM_SKIPPED, item_key=entry.key, detail=REASONS.get(reason))
    answer = redirect(url_for("employee.today"))
    aside = [entry.id.hex, *(part for part in _put_aside() if part != entry.id.hex)][:MOST_PUT_ASIDE]
    answer.set_cookie(
        PUT_ASIDE,
        ".".join(aside),
        max_age=PUT_ASIDE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=preferences.deployment().is_https,
    )
    flash(_("Put aside, in this browser only. Why is counted; who is not."), "success")
    return answer
