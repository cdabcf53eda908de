"""No metric of the catalogue speaks of four people, whatever it is and however it is asked."""

from datetime import date

import pytest

from advocacy.measurement import fill, reading
from advocacy.measurement.catalogue import METRICS
from advocacy.measurement.catalogue.metric import Metric
from advocacy.measurement.reading import Asked
from tests.factories.measurement import World, calendar

ABOUT_PEOPLE = [metric for metric in METRICS if metric.privacy not in {"org", "self"} and metric.missing is None]
FEW, GROUP = 4, 5
LAST = date(2026, 2, 28)


@pytest.fixture
def company(world: World) -> World:
    """Return 30 people in sales and four in the lab; all did everything that can be counted."""
    for name, parent in (("company", None), ("sales", "company"), ("lab", "company")):
        world.unit(name, parent)
    world.item("opening", "job")
    for unit, count in (("sales", 30), ("lab", FEW)):
        for number in range(count):
            name = f"{unit}{number}"
            world.person(name, unit, sizes={1: 100 + number})
            world.share(name, name, "opening")
            for day in ("2026-01-14", "2026-02-11"):
                world.event("SHARE_PUBLISHED", name, f"{day} 10:00", share=name)
                world.event("LINK_CLICKED", name, f"{day} 11:00", share=name)
                world.event("CONVERSATION_LOGGED", name, f"{day} 12:00", detail=1)
            world.event("APPLICATION", name, "2026-02-12 12:00", share=name, detail=1)
            world.snapshot(name, 50, "2026-02-12 20:00")
    world.brand(1000)
    fill.fill_everything(world.connection, calendar=calendar(date(2026, 3, 5)))
    return world


def test_no_metric_speaks_of_four_people(company: World) -> None:
    told = []
    for metric in ABOUT_PEOPLE:
        for unit in ("lab", "sales", "company"):
            for by in (None, *metric.by):
                told += [
                    (metric.key, unit, by, point) for point in asked(company, metric, unit, by) if speaks(point, unit)
                ]
    assert told == []


def test_there_is_something_to_be_silent_about(company: World) -> None:
    """The company's own numbers are there, so that the silence above is no empty page."""
    shown = {
        metric.key for metric in ABOUT_PEOPLE if any(point.value for point in asked(company, metric, "company", None))
    }
    assert {
        "act.shares",
        "vis.human_clicks",
        "rec.applications",
        "act.participation_rate",
        "amp.ratio_potential",
    } <= shown


def asked(company: World, metric: Metric, unit: str, by: object) -> list[reading.Point]:
    return reading.read(
        company.connection,
        metric,
        Asked(company.units[unit], date(2026, 1, 20), LAST, by, GROUP),  # type: ignore[arg-type]
    )


def speaks(point: reading.Point, unit: str) -> bool:
    """Return whether a point tells of the lab, or of sales: beside the company's number the rest would be the lab."""
    about = point.piece.unit_name or unit
    return about in {"lab", "sales"} and point.value not in (None, 0)
