"""Recruiting reach: how far job content goes and what came of it, with the stages' own definitions."""

from typing import Any

from flask import Response
from flask_babel import gettext as _
from sqlalchemy import Connection

from advocacy.foundation import db
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.measurement import queries
from advocacy.measurement.catalogue import RECRUITING
from advocacy.measurement.openings import reach_of_openings
from advocacy.people.queries.roster import count_employed
from advocacy.portal.hr.blueprint import blueprint
from advocacy.portal.measures import day_in_address, definitions_of, unit_in_address
from advocacy.portal.pages import page
from advocacy.portal.presenting import day, short_day, whole
from advocacy.sharing.queries import is_catching_up

SERIES_DAYS = 60
STAGES = ("clicks", "applications", "interviews", "offers", "hires")
Answer = dict[str, Any]


@blueprint.get("/recruiting")
@requires(Permission.RECRUITING_READ)
def recruiting_reach() -> Response:
    actor, connection = current_actor(), db.reporting()
    on = day_in_address()
    unit_key = queries.visible_unit(
        connection, unit_in_address(), visible_to=actor, on=on, permission=Permission.RECRUITING_READ
    )
    problem = ""
    try:
        answer = queries.recruiting_reach(connection, unit_key=unit_key, on=on, series_days=SERIES_DAYS)
    except Invalid as error:
        problem = error.problems[0].detail
        answer = queries.recruiting_reach(connection, unit_key=unit_key, series_days=SERIES_DAYS)
    reach = actor.unit_keys_for(Permission.RECRUITING_READ)
    return page(
        "hr/recruiting_reach.html",
        answer=answer,
        problem=problem,
        stages=_stages(answer),
        openings=reach_of_openings(
            connection, reached=reach, employed=_employed(connection), smallest_group=answer["smallest_group"]
        ),
        chart_of_clicks=_chart(answer),
        definitions=[
            *definitions_of(RECRUITING, on=answer["on"], as_of=answer["as_of"]),
            *_opening_definitions(answer),
        ],
        may_write=actor.may(Permission.RECRUITING_WRITE),
        is_catching_up=is_catching_up(),
    )


def _employed(connection: Connection) -> int:
    root = queries.root_unit_key(connection)
    return count_employed(root) if root is not None else 0


def _stages(answer: Answer) -> list[Answer]:
    """Return the funnel. Bars compare with the widest known stage; a stage that is not known has none."""
    names = {
        "clicks": (_("Human clicks"), _("30 days")),
        "applications": (_("Applications"), _("90 days")),
        "interviews": (_("Interviews"), _("90 days")),
        "offers": (_("Offers"), _("90 days")),
        "hires": (_("Hires"), _("90 days")),
    }
    widest = max([answer[stage] or 0 for stage in STAGES] + [1])
    return [
        {
            "key": stage,
            "name": names[stage][0],
            "window": names[stage][1],
            "value": whole(answer[stage]) if answer[stage] is not None else None,
            "percent": 100 * (answer[stage] or 0) / widest,
            "reason": "small" if answer["reasons"].get(stage) == "suppressed" else "none",
        }
        for stage in STAGES
    ]


def _chart(answer: Answer) -> Answer | None:
    series = answer.get("series", [])
    if not any(entry["clicks"] is not None for entry in series):
        return None
    return {
        "kind": "line",
        "labels": [short_day(entry["day"]) for entry in series],
        "series": [{"name": _("Human clicks on jobs"), "values": [entry["clicks"] for entry in series], "tone": 3}],
    }


def _opening_definitions(answer: Answer) -> list[Answer]:
    window = _("from the first share on, until %(day)s", day=day(answer["on"]))
    kept_out = _("People who have not said yes, and applications that came another way. Credit is not proof of effect.")
    texts = (
        (
            "opening-clicks",
            _("Human clicks on one opening"),
            _("clicks that look like a person's on links to its items"),
        ),
        (
            "opening-applications",
            _("Applications to one opening"),
            _("applications that came by such a link, each once"),
        ),
        ("opening-hires", _("Hires for one opening"), _("of those, accepted offers that were not taken back")),
    )
    return [
        {"id": id_, "name": name, "formula": formula, "window": window, "excluded": kept_out, "evidence": "O"}
        for id_, name, formula in texts
    ]
