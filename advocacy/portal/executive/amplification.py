"""Amplification: potential, activated and delivered, compared with the brand, for a unit and a day."""

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from advocacy.foundation.access import Permission
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.measurement import queries
from advocacy.measurement.catalogue import AMPLIFICATION
from advocacy.people.queries import UnitNode, unit_tree
from advocacy.portal.executive import what_if
from advocacy.portal.executive.blueprint import blueprint
from advocacy.portal.measures import day_in_address, definitions_of, per_cent, times, unit_in_address
from advocacy.portal.pages import page
from advocacy.portal.presenting import day, short_day, whole

SERIES_DAYS = 60
Answer = dict[str, Any]


@blueprint.get("/amplification")
@requires(Permission.MEASUREMENT_READ)
def amplification() -> Response:
    actor, connection = current_actor(), session.connection()
    on, asked = day_in_address(), unit_in_address()
    unit_key = queries.visible_unit(connection, asked, visible_to=actor, on=on)
    problem = ""
    try:
        answer = queries.amplification(connection, unit_key=unit_key, on=on, series_days=SERIES_DAYS)
    except Invalid as error:
        problem, on = error.problems[0].detail, None
        answer = queries.amplification(connection, unit_key=unit_key, series_days=SERIES_DAYS)
    nodes = {node.key: node for node in unit_tree(answer["on"])}
    preset, presets = _preset(answer)
    step = request.args.get("participation", "")
    return page(
        "executive/amplification.html",
        answer=answer,
        problem=problem,
        asked_day=answer["on"].isoformat(),
        is_whole=nodes[unit_key].parent_key is None if unit_key in nodes else True,
        above=units_above(nodes, unit_key, actor.unit_keys_for(Permission.MEASUREMENT_READ)),
        tiers=_tiers(answer),
        mark=_mark(answer),
        ratio=times(answer["ratio_exact"]),
        active_share=per_cent(answer["active"], answer["employed"]),
        taking_part_share=per_cent(answer["taking_part"], answer["employed"]),
        sizes_share=per_cent(answer["with_size"], answer["taking_part"]),
        units=[unit | {"share": per_cent(unit["active"], unit["employed"])} for unit in answer["units_below"]],
        charts=_charts(answer),
        preset=preset,
        presets=presets,
        what_if=what_if.worked_out(preset, _step(step)) if preset is not None else None,
        steps=what_if.STEPS,
        definitions=_definitions(answer),
        may_write=actor.may(Permission.SETTINGS_WRITE),
        stale_channels=[channel for channel in answer["brand_channels"] if channel["is_stale"]],
    )


def _step(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= 4
    return min(int(text), what_if.STEPS) if is_number else None


def units_above(nodes: dict[int, UnitNode], unit_key: int, reach: frozenset[int] | None) -> list[UnitNode]:
    """Return the units above one that the actor may see, the highest first."""
    found: list[UnitNode] = []
    node = nodes.get(unit_key)
    while node is not None and node.parent_key is not None:
        node = nodes.get(node.parent_key)
        if node is not None and (reach is None or node.key in reach):
            found.insert(0, node)
    return found


def _scale(answer: Answer) -> int:
    return max(
        answer["potential"] or 0, answer["activated"] or 0, answer["delivered"] or 0, answer["brand_followers"] or 0, 1
    )


def _mark(answer: Answer) -> float | None:
    followers = answer["brand_followers"]
    return None if not followers else 100 * followers / _scale(answer)


def _tiers(answer: Answer) -> list[Answer]:
    ratio = times(answer["ratio_activated_exact"])
    active, measured = answer["active"], per_cent_of(answer["coverage"]["delivered"])
    texts = (
        ("potential", _("Potential"), _("everyone who said yes"), _("audience links, not people")),
        (
            "activated",
            _("Activated"),
            _("%(count)s who shared", count=whole(active)) if active is not None else _("those who shared"),
            _("%(ratio)s times the brand", ratio=ratio) if ratio is not None else _("audience links, not people"),
        ),
        ("delivered", _("Delivered"), _("reported by networks"), _("views of personal posts")),
    )
    tiers = []
    for name, title, note, detail in texts:
        value = answer[name]
        shown = whole(value) if value is not None else None
        reason = "small" if answer["reasons"].get(name) == "suppressed" else "none"
        tiers.append(
            {
                "name": title,
                "note": note,
                "percent": 100 * (value or 0) / _scale(answer),
                "label": f"{title}: {shown if shown is not None else _('not shown')}",
                "value": shown,
                "definition_id": name,
                "detail": detail if value is not None else "",
                "badge": _("%(share)s covered", share=measured) if name == "delivered" and measured else "",
                "reason": reason,
            }
        )
    return tiers


def per_cent_of(share: float | None) -> str | None:
    return None if share is None else per_cent(round(share * 10_000), 10_000)


def _charts(answer: Answer) -> list[Answer]:
    """Return the course of two figures. A day that was not counted, or may not be shown, is a gap."""
    series = answer.get("series", [])
    labels = [short_day(entry["day"]) for entry in series]
    texts = (
        (
            "activated",
            _("Activated audience, day by day"),
            _("Each day looks back 30 days. A gap: too few people stood behind it."),
            2,
        ),
        (
            "clicks",
            _("Human clicks, day by day"),
            _("Each day looks back 30 days. Bots and colleagues are left out. A gap: too few people."),
            3,
        ),
    )
    return [
        {
            "id": f"chart-{name}",
            "title": title,
            "note": note,
            "data": {
                "kind": "line",
                "labels": labels,
                "series": [{"name": title.split(",")[0], "values": [entry[name] for entry in series], "tone": tone}],
            },
        }
        for name, title, note, tone in texts
        if any(entry[name] is not None for entry in series)
    ]


def _preset(answer: Answer) -> tuple[what_if.Preset | None, list[what_if.Preset]]:
    own, ibm = what_if.own(answer), what_if.ibm()
    presets = [preset for preset in (own, ibm) if preset is not None]
    wanted = request.args.get("preset", "")
    return next((preset for preset in presets if preset.key == wanted), presets[0]), presets


def _definitions(answer: Answer) -> list[Answer]:
    found = definitions_of(AMPLIFICATION, on=answer["on"], as_of=answer["as_of"])
    channels = "; ".join(
        f"{channel['network']}: {whole(channel['followers'])} ({channel['source']}, {day(channel['observed_on'])})"
        for channel in answer["brand_channels"]
    )
    for definition in found:
        if definition["id"] == "brand_followers" and channels:
            definition["denominator"] = channels
    share = {
        "id": "active_share",
        "name": _("Share of people who shared"),
        "summary": _("People with at least one confirmed share, out of everybody employed."),
        "formula": _("active advocates / employed"),
        "window": _("the 30 days that end on %(day)s", day=day(answer["on"])),
        "denominator": _("everybody employed in the unit on the day, also who never said yes"),
        "evidence": "O",
    }
    return [*found, share]
