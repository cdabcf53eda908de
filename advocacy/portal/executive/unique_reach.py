"""Unique reach: gross, unique and net beside each other, with bounds, and what stands behind them."""

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from advocacy.foundation import db
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.measurement import queries
from advocacy.measurement.catalogue.reach import UNIQUE_REACH
from advocacy.measurement.overlap import reading
from advocacy.people.queries import unit_tree
from advocacy.portal.executive.amplification import units_above
from advocacy.portal.executive.blueprint import blueprint
from advocacy.portal.measures import day_in_address, definitions_of, per_cent, times, unit_in_address
from advocacy.portal.pages import page
from advocacy.portal.presenting import whole
from config.networks import find_network
from config.profiles import profile_forms

Answer = dict[str, Any]


@blueprint.get("/unique-reach")
@requires(Permission.MEASUREMENT_READ)
def unique_reach() -> Response:
    actor, connection = current_actor(), db.reporting()
    on = day_in_address()
    wanted = request.args.get("network", "")
    network = wanted if wanted in profile_forms() else None
    unit_key = queries.visible_unit(connection, unit_in_address(), visible_to=actor, on=on)
    problem = ""
    try:
        answer = reading.unique_reach(connection, unit_key=unit_key, on=on, network=network)
    except Invalid as error:
        problem = error.problems[0].detail
        answer = reading.unique_reach(connection, unit_key=unit_key, network=network)
    everything = answer if network is None else reading.unique_reach(connection, unit_key=unit_key, on=answer["on"])
    nodes = {node.key: node for node in unit_tree(answer["on"])}
    return page(
        "executive/unique_reach.html",
        answer=answer,
        problem=problem,
        asked_day=answer["on"].isoformat(),
        is_whole=nodes[unit_key].parent_key is None if unit_key in nodes else True,
        above=units_above(nodes, unit_key, actor.unit_keys_for(Permission.MEASUREMENT_READ)),
        network=network,
        network_name=_name(network) if network is not None else "",
        choices=[(key, _name(key)) for key in everything["networks"]],
        bars=_bars(answer) if answer["unique_people"] is not None else [],
        left=_share(answer["unique_people"], answer["gross"]),
        coverage=_share(answer["contributors"], answer["participants"]),
        ratio_low=_times(answer["ratio_net_low"]),
        ratio_high=_times(answer["ratio_net_high"]),
        units=[unit | {"left": _share(unit["unique_people"], unit["gross"])} for unit in answer["units_below"]],
        definitions=definitions_of(UNIQUE_REACH, on=answer["on"], as_of=answer["as_of"]),
        may_write=actor.may(Permission.SETTINGS_WRITE),
    )


def _bars(answer: Answer) -> list[Answer]:
    """Return gross, unique and net as bars of one scale; a bound is a band, and net is nothing but a band."""
    scale = max(answer["gross"], answer["unique_high"], 1)
    bars = [
        {
            "id": "gross",
            "name": _("Gross"),
            "note": _("networks added up"),
            "percent": 100 * answer["gross"] / scale,
            "low": None,
            "high": None,
            "value": whole(answer["gross"]),
            "detail": _("audience links, not people"),
        },
        {
            "id": "unique_people",
            "name": _("Unique"),
            "note": _("everybody counted once"),
            "percent": 100 * answer["unique_people"] / scale,
            "low": 100 * answer["unique_low"] / scale,
            "high": 100 * answer["unique_high"] / scale,
            "value": whole(answer["unique_people"]),
            "detail": _range(answer["unique_low"], answer["unique_high"]),
        },
    ]
    if answer["net_low"] is not None:
        bars.append(
            {
                "id": "net_of_brand",
                "name": _("Net of the brand"),
                "note": _("who may not follow the brand"),
                "percent": 0,
                "low": 100 * answer["net_low"] / scale,
                "high": 100 * answer["net_high"] / scale,
                "value": _range(answer["net_low"], answer["net_high"]),
                "detail": _("only bounds are known"),
            }
        )
    for bar in bars:
        bar["label"] = f"{bar['name']}: {bar['value']}, {bar['detail']}"
    return bars


def _share(part: int | None, of: int | None) -> str | None:
    """Return a share in whole per cent: what it is made of is no finer."""
    return None if part is None or not of else per_cent(round(100 * part / of), 100)


def _times(ratio: float | None) -> str | None:
    """Return a ratio at two significant digits, as its numerator has them."""
    return None if ratio is None else times(f"{ratio:.2g}" if ratio < 100 else str(round(ratio)))


def _range(low: int, high: int) -> str:
    return _("%(low)s to %(high)s", low=whole(low), high=whole(high))


def _name(network: str) -> str:
    found = find_network(network)
    return found.name if found is not None else network
