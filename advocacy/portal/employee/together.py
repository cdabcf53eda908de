"""Together: highlights colleagues show, thanks for them, and the goals of one's units. No list of who does more."""

from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation import preferences
from advocacy.foundation.access import Permission, require_self
from advocacy.foundation.errors import Conflict, Invalid, NotFound, TooManyRequests
from advocacy.foundation.web import current_actor, requires
from advocacy.measurement.catalogue import BY_KEY
from advocacy.people import queries as people
from advocacy.people.models import Purpose
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.employee.weeks import week_definition
from advocacy.portal.pages import page
from advocacy.portal.presenting import moment, translated
from advocacy.programme.recognition import queries, service, teams
from advocacy.programme.recognition.limits import LONGEST_NOTE
from advocacy.programme.recognition.models import HighlightKind

MOST_OFFERED = 6


def said_of(kind: HighlightKind, title: str) -> str:
    """Return a highlight in words, after the name of whose it is."""
    return {
        HighlightKind.SUGGESTION: _("suggested “%(title)s”, and it was taken up", title=title),
        HighlightKind.ITEM: _("made “%(title)s”", title=title),
        HighlightKind.CERTIFICATE: _("passed the lessons about speaking in public"),
    }[kind]


def milestone_words(kind: str) -> str:
    return {
        "first_share": _("Your first share"),
        "first_click": _("The first person opened a link of yours"),
        "first_conversation": _("Your first conversation"),
        "suggestion_taken": _("A suggestion of yours was taken up"),
        "lessons_passed": _("You passed every lesson"),
        "a_year": _("A year of taking part"),
    }[kind]


def goal_definitions(goals: list[queries.GoalNow]) -> list[dict[str, Any]]:
    """Return what the rate of a goal means, once."""
    metric = BY_KEY[queries.RATE]
    newest = max((goal.now.as_of for goal in goals if goal.now.as_of is not None), default=None)
    return [
        {
            "id": "goal-rate",
            "name": translated(metric.name),
            "summary": translated(metric.definition),
            "formula": translated(metric.formula),
            "window": _("the newest whole month"),
            "denominator": translated(metric.denominator),
            "as_of": moment(newest) if newest is not None else _("not counted yet"),
            "evidence": metric.evidence,
        }
    ]


@blueprint.get("/together")
@requires(Permission.FEED_READ)
def together() -> Response:
    actor = current_actor()
    has_thanks = queries.is_on("thanks")
    goals = queries.goals_for(actor) if queries.is_on("goals") else []
    offered = queries.highlights_offered(actor) if has_thanks else []
    own = teams.own_weeks(actor)
    return page(
        "employee/together.html",
        has_thanks=has_thanks,
        highlights=queries.highlights_shown(visible_to=actor) if has_thanks else [],
        offered=[one for one in offered if one.highlight is None][:MOST_OFFERED],
        received=queries.thanks_received(actor),
        milestones=queries.milestones_of(actor) if queries.is_on("milestones") else [],
        goals=goals,
        weeks=own,
        lists_teams=queries.is_on("team_scores"),
        takes_part=people.has_consent(require_self(actor), Purpose.TAKE_PART),
        said_of=said_of,
        milestone_words=milestone_words,
        longest=LONGEST_NOTE,
        smallest=preferences.smallest_group(),
        definitions=[
            *(goal_definitions(goals) if goals else []),
            *([week_definition(own)] if own is not None else []),
        ],
    )


@blueprint.post("/together/highlights")
@requires(Permission.SHARES_WRITE)
def show_highlight() -> AnyResponse:
    try:
        kind, subject_id = HighlightKind(request.form.get("kind", "")), UUID(request.form.get("subject_id", ""))
    except ValueError:
        raise NotFound(_("There is nothing of yours like that to show.")) from None
    service.show_highlight(current_actor(), kind=kind, subject_id=subject_id)
    flash(_("Colleagues see it for thirty days. You can take it back at any time."), "success")
    return redirect(url_for("employee.together"))


@blueprint.post("/together/highlights/<uuid:highlight_id>/hide")
@requires(Permission.SHARES_WRITE)
def hide_highlight(highlight_id: UUID) -> AnyResponse:
    service.hide_highlight(current_actor(), highlight_id)
    flash(_("Nobody sees it any more."), "success")
    return redirect(url_for("employee.together"))


@blueprint.post("/together/highlights/<uuid:highlight_id>/thank")
@requires(Permission.SHARES_WRITE)
def thank(highlight_id: UUID) -> AnyResponse:
    try:
        service.thank(current_actor(), highlight_id, note=request.form.get("note", ""))
        flash(_("Thank you for thanking. Only they see it."), "success")
    except (Conflict, Invalid, TooManyRequests) as error:
        flash(error.problems[0].detail if error.problems else error.detail, "warning")
    return redirect(url_for("employee.together"))


@blueprint.post("/together/highlights/<uuid:highlight_id>/unthank")
@requires(Permission.SHARES_WRITE)
def take_thanks_back(highlight_id: UUID) -> AnyResponse:
    service.take_thanks_back(current_actor(), highlight_id)
    flash(_("Taken back."), "success")
    return redirect(url_for("employee.together"))


@blueprint.post("/together/highlights/<uuid:highlight_id>/thanks/<uuid:giver_id>/remove")
@requires(Permission.SHARES_WRITE)
def remove_thanks(highlight_id: UUID, giver_id: UUID) -> AnyResponse:
    service.remove_thanks(current_actor(), highlight_id, giver_id)
    flash(_("Removed."), "success")
    return redirect(url_for("employee.together"))
