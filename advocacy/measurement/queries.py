"""What may be asked. Every number about people that leaves here went through `disclosure.protect`."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Connection, text

from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, Permission
from advocacy.foundation.errors import Invalid, NotFound
from advocacy.measurement import pages
from advocacy.measurement.catalogue import AMPLIFICATION, RECRUITING, Metric, definitions
from config.networks import network_of

STALE_DAYS = 90
SERIES_DAYS = 30
LONGEST_SERIES_DAYS = 92
EARLIEST = date(2000, 1, 1)

Answer = dict[str, Any]


def today() -> date:
    return clock.day_of(clock.now(), preferences.zone())


def visible_unit(
    connection: Connection,
    unit_id: UUID | None,
    *,
    visible_to: Actor,
    on: date | None = None,
    permission: Permission = Permission.MEASUREMENT_READ,
) -> int:
    """Return the key of a unit the actor may see numbers of; without an id the highest one they reach.

    Raises NotFound for a unit that is not there on the day or not theirs: the answer is the same.
    """
    reached = visible_to.unit_keys_for(permission)
    key: int | None = connection.execute(
        text(
            "SELECT unit.key FROM org_unit AS unit "
            "JOIN unit_placement AS placement ON placement.unit_key = unit.key AND placement.valid_during @> :day "
            "LEFT JOIN LATERAL (SELECT max(ancestry.depth) AS depth FROM unit_ancestry AS ancestry "
            "WHERE ancestry.unit_key = unit.key AND ancestry.valid_during @> :day) AS level ON true "
            "WHERE (CAST(:unit_id AS uuid) IS NULL OR unit.id = :unit_id) "
            "AND (CAST(:reached AS integer[]) IS NULL OR unit.key = ANY (CAST(:reached AS integer[]))) "
            "ORDER BY level.depth, unit.key LIMIT 1"
        ),
        {"unit_id": unit_id, "day": on or today(), "reached": None if reached is None else sorted(reached)},
    ).scalar()
    if key is None:
        raise NotFound(_("There is no such unit, or no numbers of it for you."))
    return key


def root_unit_key(connection: Connection, on: date | None = None) -> int | None:
    """Return the unit everything hangs below, or None while there is no tree."""
    key: int | None = connection.execute(
        text(
            "SELECT unit_key FROM unit_placement WHERE parent_key IS NULL AND valid_during @> :day "
            "ORDER BY unit_key LIMIT 1"
        ),
        {"day": on or today()},
    ).scalar()
    return key


def amplification(
    connection: Connection,
    *,
    unit_key: int | None = None,
    on: date | None = None,
    smallest_group: int | None = None,
    series_days: int = 0,
) -> Answer:
    """Return the three tiers of amplification for a unit and everything below it, as of a day.

    What is null says why in `reasons`. `series_days` adds as many days of the figures that a chart draws.
    Raises Invalid for a day that has not come yet, NotFound while there is no such unit.
    """
    day, unit_key, group = _asked(connection, "page_amplification", unit_key, on, smallest_group)
    values, below, unit, missing, told_on = _unit_and_below(connection, AMPLIFICATION, unit_key, day, group)
    brand = brand_channels(connection, day)
    followers = sum(channel["followers"] for channel in brand) if brand else None
    reasons = _reasons(values, missing)
    potential, activated = values["potential"], values["activated"]
    delivered, delivered_reason = _delivered(values)
    if delivered_reason is not None:
        reasons["delivered"] = delivered_reason
    if followers is None:
        reasons["brand_followers"] = "not_collected"
    answer: Answer = {
        "unit": unit,
        "on": day,
        "as_of": pages.as_of(connection, ("page_amplification", "daily_people_by_unit", "daily_audience_by_unit"), day),
        "smallest_group": group,
        "potential": potential,
        "activated": activated,
        "delivered": delivered,
        "brand_followers": followers,
        **_ratio("ratio", potential, followers, reasons, of="potential"),
        **_ratio("ratio_activated", activated, followers, reasons, of="activated"),
        "employed": values["employed"],
        "taking_part": values["taking_part"],
        "with_size": values["with_size"],
        "active": values["active"],
        "shares": values["shares"],
        "clicks": values["clicks"],
        "coverage": {
            "sizes": _share(values["with_size"], values["taking_part"]),
            "delivered": _share(values["measured_shares"], values["shares"]),
        },
        "brand_channels": brand,
        "reasons": reasons,
        "told_on": told_on,
        "units_below": below,
        "definitions": definitions(AMPLIFICATION),
    }
    if series_days:
        answer["series"] = _series(
            connection, AMPLIFICATION, ("potential", "activated", "clicks", "shares"), unit_key, day, group, series_days
        )
    return answer


def recruiting_reach(
    connection: Connection,
    *,
    unit_key: int | None = None,
    on: date | None = None,
    smallest_group: int | None = None,
    series_days: int = 0,
) -> Answer:
    """Return the reach of job content and what came of it, for a unit and everything below it, as of a day.

    Raises Invalid for a day that has not come yet, NotFound while there is no such unit.
    """
    day, unit_key, group = _asked(connection, "page_recruiting", unit_key, on, smallest_group)
    values, below, unit, missing, told_on = _unit_and_below(connection, RECRUITING, unit_key, day, group)
    answer: Answer = {
        "unit": unit,
        "on": day,
        "as_of": pages.as_of(
            connection, ("page_recruiting", "daily_people_by_unit", "daily_job_audience_by_unit"), day
        ),
        "smallest_group": group,
        **values,
        "reasons": _reasons(values, missing),
        "told_on": told_on,
        "units_below": below,
        "definitions": definitions(RECRUITING),
    }
    if series_days:
        answer["series"] = _series(
            connection, RECRUITING, ("clicks", "applications", "hires"), unit_key, day, group, series_days
        )
    return answer


def brand_channels(connection: Connection, on: date) -> list[Answer]:
    """Return the brand's own channels with the latest number on or before a day and where it came from."""
    rows = connection.execute(
        text(
            "SELECT DISTINCT ON (network) network, followers, observed_on, source FROM brand_channel "
            "WHERE observed_on <= :day ORDER BY network, observed_on DESC"
        ),
        {"day": on},
    )
    return [
        {
            "network": network_of(row.network).key,
            "followers": row.followers,
            "observed_on": row.observed_on,
            "source": row.source,
            "is_stale": row.observed_on < on - timedelta(days=STALE_DAYS),
        }
        for row in rows
    ]


def _asked(
    connection: Connection, table: str, unit_key: int | None, on: date | None, smallest_group: int | None
) -> tuple[date, int, int]:
    """Return the day, unit and smallest group that are meant; without a day the last one that was counted."""
    day = on or last_counted_day(connection, table) or today()
    check_day(day)
    key = unit_key if unit_key is not None else root_unit_key(connection, day)
    if key is None:
        raise NotFound(_("There are no units on that day: import people first, or choose a later day."))
    return day, key, smallest_group or preferences.smallest_group()


def check_day(day: date, field: str = "on") -> None:
    """Raise Invalid for a day that has not come yet, or so early that windows would begin before the calendar."""
    if day > today():
        raise Invalid.field(field, _("That day has not come yet. Choose today or a day before it."))
    if day < EARLIEST:
        raise Invalid.field(field, _("That is before anything was counted. Choose a later day."))


def _unit_and_below(
    connection: Connection, metrics: tuple[Metric, ...], unit_key: int, day: date, group: int
) -> tuple[dict[str, int | None], list[Answer], Answer, str, dict[str, date]]:
    """Return a unit's values, its children's, its name, why a value may be missing, and what is of an older day."""
    found = pages.read(connection, metrics, unit_key=unit_key, days=[day], smallest_group=group).get(day, {})
    mine = found.get(unit_key)
    if mine is None:
        values: dict[str, int | None] = dict.fromkeys(metric.short for metric in metrics if metric.page is not None)
        return values, [], unit_named(connection, unit_key), "not_collected", {}
    below = [
        {"id": unit.unit_id, "name": unit.unit_name, **_with_delivered(unit.values)}
        for unit in sorted(found.values(), key=lambda unit: (unit.unit_name.casefold(), unit.unit_key))
        if unit.parent_key == unit_key
    ]
    named = {"id": mine.unit_id, "name": mine.unit_name}
    return dict(mine.values), below, named, "suppressed", dict(mine.told_on)


def unit_named(connection: Connection, unit_key: int) -> Answer:
    """Return a unit's public id and name. Raises NotFound."""
    row = connection.execute(text("SELECT id, name FROM org_unit WHERE key = :key"), {"key": unit_key}).one_or_none()
    if row is None:
        raise NotFound(_("There is no such unit."))
    return {"id": row.id, "name": row.name}


def _reasons(values: Mapping[str, int | None], missing: str) -> dict[str, str]:
    """Say of each missing number why: nothing was counted for the day, or too few people stand behind it."""
    return {name: missing for name, value in values.items() if value is None}


def _with_delivered(values: Mapping[str, int | None]) -> dict[str, int | None]:
    return {**values, "delivered": _delivered(values)[0]} if "delivered" in values else dict(values)


def _delivered(values: Mapping[str, int | None]) -> tuple[int | None, str | None]:
    """Return delivered impressions, or null where networks reported nothing: that is not the same as none."""
    if values["measured_shares"] == 0:
        return None, "not_collected"
    return values["delivered"], None


def _ratio(
    name: str, value: int | None, followers: int | None, reasons: dict[str, str], *, of: str
) -> dict[str, float | int | str | None]:
    if value is None or not followers:
        reasons[name] = reasons.get(of) or reasons.get("brand_followers") or "no_denominator"
        return {name: None, f"{name}_exact": None}
    exact = Fraction(value, followers)
    return {name: float(exact), f"{name}_exact": str(exact)}


def _share(part: int | None, whole: int | None) -> float | None:
    # Figures of different days may stand beside each other: then the part can be larger than the whole.
    return None if part is None or not whole or part > whole else part / whole


def _series(
    connection: Connection,
    metrics: tuple[Metric, ...],
    names: tuple[str, ...],
    unit_key: int,
    day: date,
    group: int,
    days: int,
) -> list[Answer]:
    wanted = [day - timedelta(days=back) for back in range(min(days, LONGEST_SERIES_DAYS))]
    drawn = tuple(metric for metric in metrics if metric.short in names)  # each is protected by itself
    found = pages.read(connection, drawn, unit_key=unit_key, days=wanted, smallest_group=group)
    return [
        {
            "day": counted,
            "told_on": dict(units[unit_key].told_on),
            **{name: units[unit_key].values[name] for name in names},
        }
        for counted, units in sorted(found.items())
        if unit_key in units
    ]


def course(
    connection: Connection, names: Collection[str], *, unit_key: int, days: Collection[date], smallest_group: int
) -> dict[date, pages.UnitDay]:
    """Return what may be shown of some numbers of amplification on these days; one that was not counted is missing."""
    drawn = tuple(metric for metric in AMPLIFICATION if metric.short in names)
    found = pages.read(connection, drawn, unit_key=unit_key, days=days, smallest_group=smallest_group)
    return {day: units[unit_key] for day, units in found.items() if unit_key in units}


def last_counted_day(connection: Connection, table: str) -> date | None:
    """Return the newest day, up to today, that a roll-up counted."""
    day: date | None = connection.execute(
        text("SELECT max(day) FROM rollup_fill WHERE rollup = :table AND filled_at IS NOT NULL AND day <= :today"),
        {"table": table, "today": today()},
    ).scalar()
    return day
