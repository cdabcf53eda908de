"""Click rules: which hold, what they leave of all clicks, and judging past days again."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.identity.queries import names_of_accounts
from advocacy.portal.administration.blueprint import blueprint
from advocacy.portal.click_classes import class_names
from advocacy.portal.pages import FormErrors, form_page
from advocacy.portal.presenting import short_day
from advocacy.sharing.clicks import overview, reclassifying
from advocacy.sharing.clicks.judgements import JudgedDay

SHOWN_DAYS = 91  # thirteen whole weeks
LATEST = 8


def part_names() -> dict[str, str]:
    """Return what the parts of the rules are called."""
    return {
        "cascade": _("the order and kind of the rules"),
        "behaviour": _("limits of behaviour"),
        "own_lists": _("our own lists of agents"),
        "crawlerdetect": "crawlerdetect",
        "crawler-user-agents": "crawler-user-agents",
        "ranges": _("the organisation's own addresses"),
    }


def _weeks(days: Sequence[JudgedDay]) -> dict[str, Any] | None:
    """Return human and removed clicks week by week, as a chart draws them."""
    if not days:
        return None
    weeks: dict[date, list[int]] = {}
    for judged in days:
        week = weeks.setdefault(judged.day - timedelta(days=judged.day.weekday()), [0, 0])
        week[0] += judged.human
        week[1] += judged.raw - judged.human
    return {
        "kind": "stacked",
        "labels": [short_day(monday) for monday in sorted(weeks)],
        "series": [
            {"name": _("People"), "values": [weeks[monday][0] for monday in sorted(weeks)], "tone": 3},
            {"name": _("Removed"), "values": [weeks[monday][1] for monday in sorted(weeks)], "tone": 1},
        ],
    }


def _suggested(found: overview.Standing, kept: tuple[date, date]) -> dict[str, str]:
    """Suggest from the first day that older rules judged, where one of the shown days was, else all that is kept."""
    first = found.oldest_by_older_rules or kept[0]
    return {"first_day": max(first, kept[0]).isoformat(), "last_day": kept[1].isoformat()}


def _clicks_page(errors: FormErrors | None = None) -> Response:
    found = overview.standing(SHOWN_DAYS)
    asked = reclassifying.reclassifications(limit=LATEST)
    kept = reclassifying.days_that_can_be_judged()
    return form_page(
        "administration/clicks.html",
        errors or FormErrors(),
        standing=found,
        class_names=class_names(),
        part_names=part_names(),
        weeks=_weeks(found.days),
        kept=kept,
        asked=asked,
        names=names_of_accounts({each.asked_by for each in asked}),
        suggested=_suggested(found, kept) if kept is not None else {},
        may_write=current_actor().may(Permission.SETTINGS_WRITE),
    )


@blueprint.get("/settings/clicks")
@requires(Permission.SETTINGS_READ)
def clicks() -> Response:
    return _clicks_page()


@blueprint.post("/settings/clicks")
@requires(Permission.SETTINGS_WRITE)
def judge_clicks_again() -> AnyResponse:
    try:
        wanted = reclassifying.ask(current_actor(), _day("first_day"), _day("last_day"))
    except Invalid as error:
        return _clicks_page(FormErrors.from_domain(error))
    days = (wanted.last_day - wanted.first_day).days + 1
    flash(
        ngettext(
            "%(num)s day is judged again. Its numbers follow by themselves.",
            "%(num)s days are judged again, newest first. Their numbers follow by themselves.",
            days,
        ),
        "success",
    )
    return redirect(url_for("administration.clicks"))


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError as error:
        raise Invalid.field(name, _("Enter a day.")) from error
