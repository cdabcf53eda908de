"""The calendar: what goes live, comes out of an embargo and ends, by month or by week."""

from calendar import Calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _

from advocacy.content import queries
from advocacy.content.queries import CalendarEntry, Mark
from advocacy.foundation.access import Permission
from advocacy.foundation.web import current_actor, requires
from advocacy.people.queries import today
from advocacy.portal.comms.blueprint import blueprint
from advocacy.portal.comms.board_filter import asked, filter_options
from advocacy.portal.comms.labels import kind_name, state_name
from advocacy.portal.pages import page

FIRST_YEAR, LAST_YEAR = 2000, 2099
A_DAY = timedelta(days=1)
A_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Day:
    """One field of the calendar. `is_outside` marks the days of the months beside."""

    on: date
    is_outside: bool
    entries: list[CalendarEntry]


def _mark_words() -> dict[Mark, str]:
    return {
        Mark.STARTS: _("goes live"),
        Mark.EMBARGO_ENDS: _("embargo ends"),
        Mark.ENDS: _("ends"),
    }


@blueprint.get("/studio/calendar")
@requires(Permission.CONTENT_READ)
def calendar() -> Response:
    actor, on = current_actor(), _asked_day()
    is_week = request.args.get("view") == "week"
    weeks = _weeks(on, is_week=is_week)
    question = asked(actor)
    entries = queries.calendar_entries(actor, weeks[0][0], weeks[-1][-1], question.filter)
    by_day: dict[date, list[CalendarEntry]] = {}
    for entry in entries:
        by_day.setdefault(entry.day, []).append(entry)
    return page(
        "comms/calendar.html",
        weeks=[
            [Day(day, not is_week and day.month != on.month, by_day.get(day, [])) for day in week] for week in weeks
        ],
        on=on,
        today=today(),
        is_week=is_week,
        count=len(entries),
        words=_mark_words(),
        state_name=state_name,
        kind_name=kind_name,
        asked=question,
        options=filter_options(actor),
        previous_url=_address(_before(on, is_week=is_week), is_week=is_week),
        next_url=_address(_after(on, is_week=is_week), is_week=is_week),
        month_url=_address(on, is_week=False),
        week_url=_address(on, is_week=True),
        today_url=_address(today(), is_week=is_week),
    )


def _asked_day() -> date:
    try:
        on = date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        return today()
    return on if FIRST_YEAR <= on.year <= LAST_YEAR else today()


def _weeks(on: date, *, is_week: bool) -> list[list[date]]:
    if is_week:
        monday = on - timedelta(days=on.weekday())
        return [[monday + number * A_DAY for number in range(7)]]
    return Calendar(firstweekday=0).monthdatescalendar(on.year, on.month)


def _before(on: date, *, is_week: bool) -> date:
    return on - A_WEEK if is_week else (on.replace(day=1) - A_DAY).replace(day=1)


def _after(on: date, *, is_week: bool) -> date:
    return on + A_WEEK if is_week else (on.replace(day=28) + A_WEEK).replace(day=1)


def _address(on: date, *, is_week: bool) -> str:
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name not in {"on", "view"}}
    return url_for("comms.calendar", on=on.isoformat(), view="week" if is_week else "month", **kept)
