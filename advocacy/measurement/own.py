"""What a person sees of themselves: the only place where one person's numbers are read, and only by that person."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, text

from advocacy.activity.kinds import ClickClass, Kind
from advocacy.foundation.access import Actor, require_self
from advocacy.measurement.queries import SERIES_DAYS, today
from config.networks import network_of


def own_impact(connection: Connection, *, visible_to: Actor, on: date | None = None) -> dict[str, Any]:
    """Return the actor's own shares, clicks by class and potential audience. Raises NotPermitted without an employee.

    Reads per-person roll-ups, so numbers are as fresh as `as_of`. Without consent there are none.
    """
    person, day = require_self(visible_to), on or today()
    first = day - timedelta(days=SERIES_DAYS - 1)
    days = [first + timedelta(days=ahead) for ahead in range(SERIES_DAYS)]
    # Named one by one, days are found by the key of the table: day first, then the person.
    where = {"person": person, "first": first, "last": day, "days": days, "clicked": int(Kind.LINK_CLICKED)}
    return {
        "on": day,
        "days": SERIES_DAYS,
        "shares": _shares(connection, where),
        "clicks": _clicks(connection, where),
        "series": _clicks_by_day(connection, where),
        "networks": _networks(connection, where),
        "as_of": connection.execute(
            text("SELECT max(filled_at) FROM rollup_fill WHERE rollup = 'daily_activity_by_person' AND day <= :last"),
            where,
        ).scalar(),
    }


def _shares(connection: Connection, where: dict[str, Any]) -> dict[str, int]:
    row = connection.execute(
        text(
            "SELECT COALESCE(sum(opened), 0) AS opened_ever, COALESCE(sum(published), 0) AS published_ever, "
            "COALESCE(sum(opened) FILTER (WHERE day >= :first), 0) AS opened, "
            "COALESCE(sum(published) FILTER (WHERE day >= :first), 0) AS published "
            "FROM daily_shares_by_person WHERE employee_key = :person AND day <= :last"
        ),
        where,
    )
    return {name: int(value) for name, value in row.mappings().one().items()}


def _clicks(connection: Connection, where: dict[str, Any]) -> dict[str, int]:
    rows = connection.execute(
        text(
            "SELECT detail AS click_class, sum(events) AS clicks FROM daily_activity_by_person "
            "WHERE day = ANY (:days) AND employee_key = :person AND kind = :clicked GROUP BY detail"
        ),
        where,
    )
    counted = {ClickClass(row.click_class): int(row.clicks) for row in rows}
    return {"raw": sum(counted.values()), **{kind.name.lower(): counted.get(kind, 0) for kind in ClickClass}}


def _clicks_by_day(connection: Connection, where: dict[str, Any]) -> list[dict[str, Any]]:
    rows = connection.execute(
        text(
            "SELECT day, sum(events) AS clicks FROM daily_activity_by_person "
            "WHERE day = ANY (:days) AND employee_key = :person AND kind = :clicked AND detail = :human GROUP BY day"
        ),
        {**where, "human": int(ClickClass.HUMAN)},
    )
    counted = {row.day: int(row.clicks) for row in rows}
    return [{"day": day, "clicks": counted.get(day, 0)} for day in where["days"]]


def _networks(connection: Connection, where: dict[str, Any]) -> list[dict[str, Any]]:
    rows = connection.execute(
        text(
            "SELECT DISTINCT ON (network) network, audience_size, is_floor, observed_on FROM network_profile "
            "WHERE employee_key = :person AND observed_on <= :last ORDER BY network, observed_on DESC"
        ),
        where,
    )
    return [
        {
            "network": network_of(row.network).key,
            "audience_size": row.audience_size,
            "is_floor": row.is_floor,
            "observed_on": row.observed_on,
        }
        for row in rows
    ]
