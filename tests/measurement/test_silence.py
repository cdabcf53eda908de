"""No metric of the catalogue speaks of four people, whatever it is and however it is asked."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert

from advocacy.foundation.columns import new_id
from advocacy.measurement import fill, reading
from advocacy.measurement.catalogue import METRICS
from advocacy.measurement.catalogue.metric import Metric
from advocacy.measurement.reading import Asked
from advocacy.recruiting.models import ApplicationEvent, Opening, Stage
from tests.factories.measurement import World, calendar

ABOUT_GROUPS = [metric for metric in METRICS if metric.privacy != "self" and metric.missing is None]
ABOUT_PEOPLE = [metric for metric in ABOUT_GROUPS if metric.privacy != "org"]
# The brand's channels and our own machines: nothing in them is what somebody did.
ABOUT_NOBODY = {"amp.brand_followers", "dq.freshness", "dq.restatement_rate"}
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


# --- A pilot of which four took part: what is of the organisation as a whole is about them too.


@pytest.fixture
def pilot(world: World) -> World:
    """Return 34 people of whom four shared something; more applications came without a link than with one."""
    for name, parent in (("company", None), ("lab", "company")):
        world.unit(name, parent)
    for number in range(30):
        world.person(f"quiet{number}", "company", sizes={1: 100}, agreed=())
    opening = world.connection.execute(insert(Opening).values(reference="R1").returning(Opening.key)).scalar_one()
    for number in range(20):
        name = f"lab{number}"
        if number < FEW:
            world.person(name, "lab", sizes={1: 100 + number})
            world.share(name, name)
            # Late ones and machines, so that each share has both of its sides.
            for detail, recorded in ((1, "2026-02-18 12:00"), (5, "2026-02-18 18:00"), (6, "2026-02-18 12:00")):
                world.event(
                    "LINK_CLICKED", name, "2026-02-18 11:30", share=name, detail=detail, times=9, recorded=recorded
                )
        world.connection.execute(
            insert(ApplicationEvent).values(
                id=new_id(), source="ats", external_id=str(number), stage=Stage.APPLIED, opening_key=opening,
                application_token=bytes([number]), link_key=world.links[name] if number < FEW else None,
                occurred_at=datetime(2026, 2, 18, 12, tzinfo=UTC),
            )
        )  # fmt: skip
    for table in ("daily_events_by_kind", "daily_activity_by_person", "daily_people_by_unit", "daily_clicks_by_unit"):
        world.fill(date(2026, 2, 18), today=date(2026, 3, 5), pages=(table,))
    return world


def test_no_metric_of_the_organisation_speaks_of_four_people(pilot: World) -> None:
    of_all = [metric for metric in ABOUT_GROUPS if metric.privacy == "org" and metric.key not in ABOUT_NOBODY]
    assert {"dq.bot_share", "dq.late_share", "dq.match_rate"} <= {metric.key for metric in of_all}
    for metric in of_all:
        assert "day" not in metric.by, metric.key
        for last in (date(2026, 2, 18), date(2026, 2, 22), date(2026, 2, 24)):
            for by in (None, *metric.by):
                asked = Asked(pilot.units["company"], date(2026, 1, 20), last, by, GROUP)
                for point in reading.read(pilot.connection, metric, asked):
                    told = (point.value, point.numerator, point.denominator, point.n, point.low, point.high)
                    assert told == (None,) * 6, (metric.key, point)
                    if metric.domain == "dq" and point.on == date(2026, 2, 24):
                        assert point.reason == "suppressed", "the week of the 18th is over by then"
