"""Amplification: potential, activated and delivered, compared with the brand, for a unit and a range of days."""

from typing import Any
from uuid import UUID

from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy import Connection

from advocacy.foundation import db
from advocacy.foundation.access import Permission
from advocacy.foundation.web import current_actor, requires
from advocacy.measurement import queries
from advocacy.measurement.catalogue import AMPLIFICATION
from advocacy.measurement.reading.periods import reading_days
from advocacy.people.queries import UnitNode, unit_tree
from advocacy.portal.executive import comparing, what_if
from advocacy.portal.executive.blueprint import blueprint
from advocacy.portal.executive.ranges import Range, chooser, files_of, range_in_address
from advocacy.portal.measures import definitions_of, per_cent, times, unit_in_address
from advocacy.portal.pages import page
from advocacy.portal.presenting import day, month_on_axis, short_day, whole

Answer = dict[str, Any]
ENDPOINT = "executive.amplification"
# Windows look back thirty days: two that end so far from each other have no day in common.
WINDOW_DAYS = 30
DRAWN = ("activated", "clicks")
AS_FILES = ("amp.potential_reach", "amp.activated_reach", "act.sharers", "act.shares", "vis.human_clicks")


@blueprint.get("/amplification")
@requires(Permission.MEASUREMENT_READ)
def amplification() -> Response:
    actor, connection = current_actor(), db.reporting()
    chosen = range_in_address(queries.last_counted_day(connection, "page_amplification") or queries.today())
    unit_key = queries.visible_unit(connection, unit_in_address(), visible_to=actor, on=chosen.last)
    answer = queries.amplification(connection, unit_key=unit_key, on=chosen.last)
    nodes = {node.key: node for node in unit_tree(answer["on"])}
    reach = actor.unit_keys_for(Permission.MEASUREMENT_READ)
    is_whole = nodes[unit_key].parent_key is None if unit_key in nodes else True
    preset, presets = _preset(answer)
    step = request.args.get("participation", "")
    compared = comparing.chooser(ENDPOINT, _kept(answer, chosen, is_whole), comparing.options(nodes, unit_key, reach))
    kept = {**chosen.query, **({"with": compared["chosen"]} if compared["chosen"] else {})}
    here = {} if is_whole else {"unit": str(answer["unit"]["id"])}
    return page(
        "executive/amplification.html",
        answer=answer,
        problem=chosen.problem,
        kept=kept,
        address={**here, **kept},
        chooser=chooser(chosen, ENDPOINT, {**here, **({"with": kept["with"]} if "with" in kept else {})}),
        compared=compared,
        comparison=_comparison(connection, answer, unit_key, compared["chosen"], chosen),
        files=files_of(AS_FILES, unit=answer["unit"]["id"], chosen=chosen),
        above=units_above(nodes, unit_key, reach),
        tiers=_tiers(answer),
        mark=_mark(answer),
        ratio=times(answer["ratio_exact"]),
        active_share=per_cent(answer["active"], answer["employed"]),
        taking_part_share=per_cent(answer["taking_part"], answer["employed"]),
        sizes_share=per_cent(answer["with_size"], answer["taking_part"]),
        older=min(answer["told_on"].values(), default=None),
        units=[unit | {"share": per_cent(unit["active"], unit["employed"])} for unit in answer["units_below"]],
        charts=_charts(connection, unit_key, chosen, answer["smallest_group"]),
        preset=preset,
        presets=presets,
        what_if=what_if.worked_out(preset, _step(step)) if preset is not None else None,
        steps=what_if.STEPS,
        definitions=_definitions(answer),
        may_write=actor.may(Permission.SETTINGS_WRITE),
        stale_channels=[channel for channel in answer["brand_channels"] if channel["is_stale"]],
    )


def _kept(answer: Answer, chosen: Range, is_whole: bool) -> dict[str, str]:
    return {**({} if is_whole else {"unit": str(answer["unit"]["id"])}), **chosen.query}


def _comparison(connection: Connection, answer: Answer, unit_key: int, wanted: str, chosen: Range) -> Answer | None:
    """Return the numbers beside those of the period before or of another unit, and what differences are worth."""
    if not wanted:
        return None
    if wanted == comparing.BEFORE:
        last = chosen.before[1]
        other = queries.amplification(connection, unit_key=unit_key, on=last)
        is_apart = (chosen.last - last).days >= WINDOW_DAYS
        names = (day(chosen.last), day(last))
        note = _("The 30 days that end on each of the two days; sizes as of the day.")
        if not is_apart:
            note += " " + _("The two windows share days, so chance does not tell them apart.")
    else:
        key = queries.visible_unit(connection, UUID(wanted), visible_to=current_actor(), on=chosen.last)
        other = queries.amplification(connection, unit_key=key, on=chosen.last)
        names, is_apart = (answer["unit"]["name"], other["unit"]["name"]), True
        note = _("Both as of %(day)s.", day=day(chosen.last))
    one = {"mine": answer["taking_part"], "other": other["taking_part"]}
    rows = [
        comparing.amounts(_("Potential audience"), answer["potential"], other["potential"]),
        comparing.amounts(_("Activated audience"), answer["activated"], other["activated"]),
        comparing.shares(
            _("Share of people who shared"),
            (answer["active"], answer["employed"]),
            (other["active"], other["employed"]),
            is_apart=is_apart,
        ),
        *(
            comparing.events(name, answer[key], one["mine"], other[key], one["other"], is_apart=is_apart)
            for key, name in (("shares", _("Shares")), ("clicks", _("Clicks by people")))
        ),
    ]
    return {"mine": names[0], "other": names[1], "rows": rows, "note": note}


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
                "label": title + ": " + (shown if shown is not None else _("not shown")),
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


def _charts(connection: Connection, unit_key: int, chosen: Range, group: int) -> list[Answer]:
    """Return the course of two figures. A day that was not counted, or may not be shown, is a gap."""
    days = reading_days(chosen.first, chosen.last, chosen.by)
    found = queries.course(connection, DRAWN, unit_key=unit_key, days=days, smallest_group=group)
    texts = (
        ("activated", _("Activated audience"), 2),
        ("clicks", _("Human clicks"), 3),
    )
    notes = {
        "day": _("Each day looks back 30 days."),
        "week": _("Each week’s last day looks back 30 days."),
        "month": _("Each month’s last day looks back 30 days."),
    }
    charts = []
    for name, title, tone in texts:
        values = [found[one].values[name] if one in found else None for one in days]
        if all(value is None for value in values):
            continue
        told_on = [found[one].told_on.get(name) if one in found else None for one in days]
        data: Answer = {
            "kind": "line",
            "labels": [month_on_axis(one) if chosen.by == "month" else short_day(one) for one in days],
            "series": [{"name": title, "values": values, "tone": tone}],
        }
        note = notes[chosen.by] + " " + _("A gap: too few people.")
        if any(told_on):
            data["told_on"] = [short_day(one) if one is not None else "" for one in told_on]
            note += " " + _("Where it is level, too few people came or went to tell a new number.")
        charts.append({"id": f"chart-{name}", "title": title, "note": note, "data": data})
    return charts


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
        "formula": _("people who shared / employed"),
        "window": _("the 30 days that end on %(day)s", day=day(answer["on"])),
        "denominator": _("everybody employed in the unit on the day, also who never said yes"),
        "evidence": "O",
    }
    return [*found, share]
