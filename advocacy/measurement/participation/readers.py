"""Participation and retention for the catalogue: one reader a metric, whole weeks and months."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from sqlalchemy import Connection

from advocacy.measurement.intervals import wilson
from advocacy.measurement.models import Period
from advocacy.measurement.participation import months
from advocacy.measurement.participation.cohorts import cohorts
from advocacy.measurement.participation.months import UnitFigures
from advocacy.measurement.reading.points import Asked, Piece, Point, Reader
from advocacy.measurement.rollups import last_of_month, last_of_week

MOST_COHORTS = 24
# Returns a point's numbers from a unit's figures; what is None in it is hidden.
Reckon = Callable[[UnitFigures, Asked, Point], Point]


def _days(connection: Connection, asked: Asked) -> list[date]:
    """Return the ends of whole months (or weeks) that were asked for; for one number the newest there is."""
    if asked.by == "week":
        sundays = [
            day
            for ahead in range((asked.last - asked.first).days + 1)
            if (day := asked.first + timedelta(days=ahead)) == last_of_week(day)
        ]
        return sundays or [last_of_week(asked.last) - timedelta(days=7)]
    if asked.by == "month":
        return months.ends_of_months(asked.first, asked.last)
    newest = months.newest_month(connection, asked.last)
    return [newest or last_of_month(asked.last.replace(day=1) - timedelta(days=1))]


# One reading of a roll-up serves all metrics of it that are shown together.
Found = dict[date, list[UnitFigures]]


def _figures(connection: Connection, table: str, asked: Asked, days: list[date]) -> Found:
    scope = {"unit_key": asked.unit_key, "smallest_group": asked.smallest_group}
    if table == "page_retention":
        return months.retention(connection, days, **scope)
    period = Period.WEEK if asked.by == "week" else Period.MONTH
    return months.participation(connection, period, days, **scope)


def _points(
    connection: Connection, table: str, reckon: Reckon, asked: Asked, days: list[date], found: Found
) -> list[Point]:
    points = []
    for day in days:
        base = Point(day, None, as_of=months.filled_at(connection, table, day))
        units = {unit.unit_key: unit for unit in found[day]}
        if asked.unit_key not in units:
            points.append(base.without("not_collected"))
            continue
        chosen = [units[asked.unit_key]]
        if asked.by == "unit":
            below = (unit for unit in units.values() if unit.parent_key == asked.unit_key)
            chosen += sorted(below, key=lambda unit: (unit.unit_name.casefold(), unit.unit_key))
        points += [_placed(reckon, unit, asked, base) for unit in chosen]
    return points


def _reader(table: str, reckon: Reckon) -> Reader:
    def read(connection: Connection, asked: Asked) -> list[Point]:
        days = _days(connection, asked)
        return _points(connection, table, reckon, asked, days, _figures(connection, table, asked, days))

    return read


def read_together(connection: Connection, keys: Iterable[str], asked: Asked) -> dict[str, list[Point]]:
    """Return the points of several of these metrics, each roll-up read once."""
    days = _days(connection, asked)
    found: dict[str, Found] = {}
    points = {}
    for key in keys:
        if key not in RECKONED:
            points[key] = READERS[key](connection, asked)
            continue
        table, reckon = RECKONED[key]
        if table not in found:
            found[table] = _figures(connection, table, asked, days)
        points[key] = _points(connection, table, reckon, asked, days, found[table])
    return points


def _placed(reckon: Reckon, unit: UnitFigures, asked: Asked, base: Point) -> Point:
    piece = Piece(unit_id=unit.unit_id, unit_name=unit.unit_name)
    return reckon(unit, asked, Point(base.on, None, piece=piece, as_of=base.as_of))


def _share(point: Point, part: int | None, whole: int | None) -> Point:
    if whole == 0:
        return point.without("no_denominator")
    # Told of different days, a part may be larger than its whole: then there is no share to tell.
    if part is None or whole is None or part > whole:
        return point.without("suppressed")
    low, high = wilson(part, whole)
    return _with(point, Fraction(part, whole), part, whole, whole, low, high)


def _older(point: Point, unit: UnitFigures, *names: str) -> Point:
    """Return a point with the day its numbers are of, where that is an earlier one."""
    days = [unit.told_on[name] for name in names if name in unit.told_on]
    return replace(point, told_on=min(days)) if days and point.value is not None else point


def _with(
    point: Point,
    value: Fraction | float | int,
    numerator: int | None,
    denominator: int | None,
    n: int,
    low: float | None = None,
    high: float | None = None,
) -> Point:
    return Point(point.on, value, None, point.piece, numerator, denominator, n, low, high, as_of=point.as_of)


def _participation_rate(unit: UnitFigures, _asked: Asked, point: Point) -> Point:
    return _older(_share(point, unit.values["active"], unit.values["eligible"]), unit, "eligible")


def _active(unit: UnitFigures, _asked: Asked, point: Point) -> Point:
    people = unit.values["active"]
    if people is None:
        return point.without("suppressed")
    return replace(_with(point, people, people, None, people), behind=people)


def _eligible(unit: UnitFigures, _asked: Asked, point: Point) -> Point:
    people = unit.values["eligible"]
    if people is None:
        return point.without("suppressed")
    return _older(_with(point, people, people, None, people), unit, "eligible")


def _one_and_done(unit: UnitFigures, _asked: Asked, point: Point) -> Point:
    return _older(_share(point, unit.values["one_day"], unit.values["mature"]), unit, "mature")


def _sustained(unit: UnitFigures, _asked: Asked, point: Point) -> Point:
    return _older(_share(point, unit.values["sustained"], unit.values["settled"]), unit, "settled")


def _stickiness(unit: UnitFigures, _asked: Asked, point: Point) -> Point:
    active, weeks = unit.values["active"], months.whole_weeks(point.on)
    if active is None:
        return point.without("suppressed")
    if not active or not weeks:
        return point.without("no_denominator")
    return _with(point, Fraction(unit.row["person_weeks"], weeks * active), None, active, active)


def _hours(unit: UnitFigures, _asked: Asked, point: Point) -> Point:
    active, weeks = unit.values["active"], unit.values["weeks"]
    if unit.row["given_weeks"] is None:
        return point.without("not_collected")
    if active is None or weeks is None:
        return point.without("suppressed")
    return _with(point, Fraction(weeks, 4), None, None, active)


def _workload(unit: UnitFigures, asked: Asked, point: Point) -> Point:
    load = months.load_of(unit, asked.smallest_group)
    if load is None or load.nine_tenths_at_most is None:
        return point.without("suppressed" if unit.values["active"] is None or load is not None else "below_min_n")
    return _with(point, load.nine_tenths_at_most, None, None, load.people)


def _busiest(unit: UnitFigures, asked: Asked, point: Point) -> Point:
    load = months.load_of(unit, asked.smallest_group)
    if load is None or load.busiest_tenth_share is None:
        return point.without("suppressed" if unit.values["active"] is None or load is not None else "below_min_n")
    return _with(point, load.busiest_tenth_share, None, None, load.people)


def _survival(unit: UnitFigures, asked: Asked, point: Point) -> Point:
    stay = months.stay_of(unit, asked.smallest_group)
    if stay is None:
        return point.without("suppressed" if unit.values["ever"] is None else "below_min_n")
    if stay.median.day is None:
        return point.without("not_reachable")
    low, high = stay.median.low, stay.median.high
    told = _with(
        point,
        stay.median.day,
        None,
        None,
        stay.people,
        float(low) if low is not None else None,
        float(high) if high is not None else None,
    )
    return _older(told, unit, "ever")


def read_cohorts(connection: Connection, asked: Asked) -> list[Point]:
    """Return, of each cohort of a unit, how many of it were active in the newest month; all together without `by`.

    Together without those who began in that month: all of them were active in it, and none of them came back.
    """
    last = months.newest_month(connection, asked.last)
    day = last or asked.last
    base = Point(day, None, as_of=months.filled_at(connection, "page_cohorts", day))
    if last is None:
        return [base.without("not_collected")]
    found = cohorts(
        connection, unit_key=asked.unit_key, last=last, months=MOST_COHORTS, smallest_group=asked.smallest_group
    )
    points = [
        _share(
            Point(day, None, piece=Piece(cohort=f"{cohort.month:%Y-%m}"), as_of=base.as_of),
            cohort.active[-1] if cohort.active else None,
            cohort.people,
        )
        for cohort in found
    ]
    if asked.by == "cohort":
        return points
    earlier = [point for point, cohort in zip(points, found, strict=True) if last_of_month(cohort.month) != last]
    told = [point for point in earlier if point.numerator is not None and point.denominator is not None]
    if not told:
        return [base.without("suppressed" if earlier else "not_collected")]
    return [_share(base, sum(p.numerator or 0 for p in told), sum(p.denominator or 0 for p in told))]


RECKONED: dict[str, tuple[str, Reckon]] = {
    "act.eligible": ("page_participation", _eligible),
    "act.active_advocates": ("page_participation", _active),
    "act.participation_rate": ("page_participation", _participation_rate),
    "act.hours": ("page_retention", _hours),
    "ret.one_and_done_rate": ("page_retention", _one_and_done),
    "ret.sustained_rate": ("page_retention", _sustained),
    "ret.stickiness": ("page_retention", _stickiness),
    "ret.workload_p90": ("page_retention", _workload),
    "ret.workload_top10_share": ("page_retention", _busiest),
    "ret.survival_median": ("page_retention", _survival),
}
READERS: dict[str, Reader] = {
    **{key: _reader(table, reckon) for key, (table, reckon) in RECKONED.items()},
    "ret.retention_m": read_cohorts,
}
