"""Weeks in points: one's own for oneself, and a list of teams where an administrator switched one on."""

from datetime import datetime
from typing import Any

from flask import Response
from flask_babel import gettext as _

from advocacy.foundation import preferences
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import NotFound
from advocacy.foundation.web import current_actor, requires
from advocacy.measurement.catalogue import BY_KEY
from advocacy.measurement.catalogue.metric import PRIVACY
from advocacy.measurement.scores import OwnWeeks
from advocacy.people.models import Purpose
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.employee.purposes import in_words
from advocacy.portal.pages import page
from advocacy.portal.presenting import moment, translated
from advocacy.programme.recognition import teams


def _definition(id_: str, key: str, as_of: datetime | None) -> dict[str, Any]:
    metric = BY_KEY[key]
    return {
        "id": id_,
        "name": translated(metric.name),
        "question": translated(metric.question),
        "summary": translated(metric.definition),
        "formula": translated(metric.formula),
        "window": translated(metric.window),
        "denominator": translated(metric.denominator),
        "excluded": " ".join(translated(caveat) for caveat in metric.caveats),
        "as_of": moment(as_of) if as_of is not None else _("not counted yet"),
        "evidence": metric.evidence,
        "version": metric.version,
        "hash": metric.definition_hash,
        "privacy": translated(PRIVACY[metric.privacy]),
    }


def week_definition(own: OwnWeeks) -> dict[str, Any]:
    """Return what the points of one's own weeks mean."""
    return _definition("week-score", teams.OWN_SCORE, own.as_of)


@blueprint.get("/together/weeks")
@requires(Permission.FEED_READ)
def weeks() -> Response:
    """Show one's own weeks to oneself, and the teams beside one's own."""
    actor = current_actor()
    own, listed = teams.own_weeks(actor), teams.team_list(actor)
    if own is None and listed is None:
        raise NotFound(_("Weeks are not counted in points here, or you only read along."))
    definitions = [week_definition(own)] if own is not None else []
    definitions += [_definition("team-score", teams.TEAM_SCORE, listed.as_of)] if listed is not None else []
    return page(
        "employee/weeks.html",
        own=own,
        most=max((week.score for week in own.weeks), default=0) if own is not None else 0,
        listed=listed,
        largest=max((team.high for team in listed.teams), default=0) if listed is not None else 0,
        question=in_words(Purpose.LEADERBOARD),
        smallest=preferences.smallest_group(),
        definitions=definitions,
    )
