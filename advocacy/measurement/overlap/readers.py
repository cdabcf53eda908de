"""Unique reach as the catalogue asks for it: what is published, day by day, and nothing finer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection

from advocacy.measurement.overlap.reading import unique_reach
from advocacy.measurement.reading.points import Asked, Piece, Point, Reader


def _reader(of: Callable[[dict[str, Any]], dict[str, Any]]) -> Reader:
    def read(connection: Connection, asked: Asked) -> list[Point]:
        points = []
        for day in asked.days:
            answer = unique_reach(connection, unit_key=asked.unit_key, on=day)
            below = answer["units_below"] if asked.by == "unit" else []
            points += [_point(of, day, unit) for unit in (answer | answer["unit"], *below)]
        return points

    return read


def _point(of: Callable[[dict[str, Any]], dict[str, Any]], day: date, unit: dict[str, Any]) -> Point:
    base = Point(day, None, piece=Piece(unit_id=unit["id"], unit_name=unit["name"]), as_of=unit["as_of"])
    if unit["unique_people"] is None:
        return base.without(unit["reasons"]["unique_people"])
    return replace(base, **of(unit))


def _count(name: str, low: str | None = None, high: str | None = None) -> Reader:
    return _reader(
        lambda answer: {
            "value": answer[name],
            "numerator": answer[name],
            "n": answer["contributors"],
            "low": answer[low] if low else None,
            "high": answer[high] if high else None,
        }
    )


def _dedup(answer: dict[str, Any]) -> dict[str, Any]:
    unique, gross = answer["unique_people"], answer["gross"]
    return {"value": Fraction(unique, gross), "numerator": unique, "denominator": gross, "n": gross}


def _bounds(low: str, high: str) -> Reader:
    """Only bounds are known: who follows the brand is not collected."""
    return _reader(lambda answer: {"value": None, "reason": "not_collected", "low": answer[low], "high": answer[high]})


READERS: dict[str, Reader] = {
    "amp.unique_reach": _count("unique_people", "unique_low", "unique_high"),
    "amp.gross_reach_given": _count("gross"),
    "amp.dedup_ratio": _reader(_dedup),
    "amp.unique_extrapolated": _count("everyone", "everyone_low", "everyone_high"),
    "amp.net_of_brand": _bounds("net_low", "net_high"),
    "amp.ratio_net": _bounds("ratio_net_low", "ratio_net_high"),
}
