"""What may be asked about unique reach. Everything about a group was published: rounded, protected, at most daily."""

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, Row, text

from advocacy.foundation import preferences
from advocacy.foundation.access import Actor, require_self
from advocacy.measurement import queries
from advocacy.measurement.catalogue import definitions
from advocacy.measurement.catalogue.reach import UNIQUE_REACH
from advocacy.measurement.overlap import mathematics, stored, unions, uploads
from advocacy.measurement.overlap.mathematics import rounded, rounded_down, rounded_up
from advocacy.measurement.overlap.publication import HIDDEN, LEAST_RESULT, least_contributors
from advocacy.measurement.overlap.sketches import size_of_rest
from advocacy.people.queries import sketches_of
from config.networks import find_network, network_of

PEOPLE_STEP = 5
Answer = dict[str, Any]


def unique_reach(
    connection: Connection, *, unit_key: int, on: date | None = None, network: str | None = None
) -> Answer:
    """Return gross, unique and net reach of a unit and everything below, as published on or before a day.

    Without a network: all of them together. Ids of different networks never coincide, so there a person with two
    profiles is two. What is null says why in `reasons`. Raises Invalid for a day to come, NotFound without the unit.
    """
    day = on or queries.today()
    queries.check_day(day)
    group = preferences.smallest_group()
    rows = _published(connection, unit_key, day)
    mine = [row for row in rows if row.unit_key == unit_key]
    channels = queries.brand_channels(connection, day)
    # Whether one or nobody gave a list in a small unit is not told: both are fewer than enough.
    missing = "suppressed" if _is_anything_published(connection, day) else "not_collected"
    answer: Answer = {
        "unit": queries.unit_named(connection, unit_key),
        "on": day,
        "network": network,
        "smallest_group": least_contributors(group),
        **_of_unit(mine, network, missing, channels),
    }
    answer["units_below"] = [
        {"id": below[0].unit_id, "name": below[0].unit_name, **_of_unit(below, network, missing, channels)}
        for below in _by_unit(row for row in rows if row.unit_key != unit_key)
    ]
    answer["definitions"] = definitions(UNIQUE_REACH)
    return answer


def _published(connection: Connection, unit_key: int, day: date) -> Sequence[Row[Any]]:
    """Return what stands published of a unit and those right below it; a unit without any has one empty row."""
    return connection.execute(
        text(
            "SELECT unit.key AS unit_key, unit.id AS unit_id, unit.name AS unit_name, shown.* FROM org_unit AS unit "
            "JOIN unit_placement AS placement ON placement.unit_key = unit.key "
            "AND placement.valid_during @> CAST(:day AS date) "
            "LEFT JOIN LATERAL (SELECT DISTINCT ON (published.network) published.network, published.day, "
            "published.contributors, published.participants, published.unique_people, published.unique_low, "
            "published.unique_high, published.gross, published.everyone, published.everyone_low, "
            "published.everyone_high, published.addressable, published.published_at FROM reach_published AS published "
            "WHERE published.unit_key = unit.key AND published.day <= :day "
            "ORDER BY published.network, published.day DESC) AS shown ON true "
            "WHERE unit.key = :unit OR placement.parent_key = :unit ORDER BY lower(unit.name), unit.key, shown.network"
        ),
        {"unit": unit_key, "day": day},
    ).all()


def _is_anything_published(connection: Connection, day: date) -> bool:
    return bool(
        connection.execute(
            text("SELECT EXISTS (SELECT FROM reach_published WHERE day <= :day AND unique_people IS NOT NULL)"),
            {"day": day},
        ).scalar()
    )


def _by_unit(rows: Iterable[Row[Any]]) -> list[list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.unit_key, []).append(row)
    return list(found.values())


def _of_unit(rows: Sequence[Row[Any]], network: str | None, missing: str, channels: list[Answer]) -> Answer:
    answer = _together(rows, network, missing)
    answer["networks"] = sorted({network_of(row.network).key for row in rows if row.unique_people is not None})
    return answer | _net(answer, channels, network)


def _together(rows: Iterable[Row[Any]], network: str | None, missing: str) -> Answer:
    """Return the figures of one unit over its networks that are shown. Sums of what is published, and no finer."""
    found = find_network(network) if network is not None else None
    wanted = found.number if found is not None else None
    shown = [row for row in rows if row.unique_people is not None and (network is None or row.network == wanted)]
    if not shown:
        empty = dict.fromkeys((*HIDDEN, "contributors", "participants", "dedup_ratio", "dedup_ratio_exact"))
        return {**empty, "coverage": None, "as_of": None, "reasons": {"unique_people": missing}}
    figures = {name: sum(getattr(row, name) for row in shown) for name in HIDDEN if name != "addressable"}
    ratio = mathematics.dedup_ratio(figures["unique_people"], figures["gross"])
    # Who contributes on two networks would count twice in a sum.
    contributors = _in_steps_down(max(row.contributors for row in shown))
    participants = -_in_steps_down(-max(row.participants for row in shown))
    return {
        **figures,
        "addressable": shown[0].addressable if len(shown) == 1 else None,
        "contributors": contributors,
        "participants": participants,
        "coverage": contributors / participants if participants else None,
        "dedup_ratio": float(ratio) if ratio is not None else None,
        "dedup_ratio_exact": str(ratio) if ratio is not None else None,
        "as_of": min(row.published_at for row in shown),
        "reasons": {},
    }


def _in_steps_down(people: int) -> int:
    """Return people in fives: one who comes or goes is not to be worked out by subtracting, of days or of units."""
    return people // PEOPLE_STEP * PEOPLE_STEP


def _net(answer: Answer, channels: list[Answer], network: str | None) -> Answer:
    """Return what is certain about people reached who do not follow the brand, on the networks that are shown."""
    there = [network] if network is not None else answer["networks"]
    brand = [channel for channel in channels if channel["network"] in there]
    followers = sum(channel["followers"] for channel in brand) if brand else None
    reasons = dict(answer["reasons"])
    names = ("net_low", "net_high", "ratio_net_low", "ratio_net_high")
    if answer["unique_people"] is None or followers is None:
        reasons["net_of_brand"] = reasons.get("unique_people", "not_collected")
        return {"brand_followers": followers, "brand_channels": brand, "reasons": reasons, **dict.fromkeys(names)}
    bounds = [
        mathematics.net_of_brand(answer[name], followers).low if which == "low" else answer[name]
        for name, which in (("unique_low", "low"), ("unique_high", "high"))
    ]
    low, high = rounded_down(bounds[0]), rounded_up(bounds[1])
    if not followers:
        reasons["ratio_net"] = "no_denominator"
    return {
        "brand_followers": followers,
        "brand_channels": brand,
        "reasons": reasons,
        "net_low": low,
        "net_high": high,
        "ratio_net_low": float(Fraction(low, followers)) if followers else None,
        "ratio_net_high": float(Fraction(high, followers)) if followers else None,
    }


def own_networks(connection: Connection, *, visible_to: Actor) -> list[Answer]:
    """Return what the actor gave for counting overlaps, network by network, with the marginal reach of each.

    Marginal reach is how many people nobody else here reaches. It is shown to that person alone, rounded, and only
    for large networks among enough others: otherwise an upload could ask whether a colleague knows somebody.
    """
    person, day = require_self(visible_to), queries.today()
    group = least_contributors(preferences.smallest_group())
    return [
        {
            "network": network_of(kept.network).key,
            "ids": kept.profiles,
            "uploaded_at": kept.uploaded_at,
            "kept_until": kept.uploaded_at + uploads.kept_for(),
            **_marginal(connection, person, kept.network, kept.profiles, day, group),
        }
        for kept in sketches_of(visible_to)
    ]


def _marginal(connection: Connection, person: int, network: int, ids: int, day: date, group: int) -> Answer:
    nothing: Answer = dict.fromkeys(("marginal", "marginal_low", "marginal_high"))
    if ids < LEAST_RESULT:
        return {**nothing, "reason": "below_min_n"}
    others = unions.everyone_else(connection, person, network, day)
    if others is None or others.counts.contributors < group:
        return {**nothing, "reason": "suppressed"}
    mine = stored.sketch_of_person(connection, person, network)
    if mine is None:
        return {**nothing, "reason": "not_collected"}
    extra = size_of_rest(mine, others.sketch).within(0, ids)
    return {
        "marginal": rounded(extra.value),
        "marginal_low": rounded_down(extra.low),
        "marginal_high": min(rounded_up(extra.high), rounded_up(ids)),
        "reason": None,
    }
