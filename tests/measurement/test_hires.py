"""Hires: the funnel, the list of openings and where an application stands agree, whatever is told in whatever order."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from advocacy.foundation.db import session
from advocacy.measurement.openings import reach_of_openings
from advocacy.recruiting import queries
from advocacy.recruiting.models import ApplicationEvent, Stage
from advocacy.sharing.models import Link
from tests.factories.measurement import World, calendar
from tests.factories.recruiting import make_application_event
from tests.measurement.test_participation_oracle import fresh_world

DAY = date(2026, 3, 31)
# A step: its stage and its day. Several stand at the same instant.
Told = tuple[Stage, int]
hiring = st.sampled_from((Stage.HIRED, Stage.UNHIRED))
tellings = st.lists(st.tuples(hiring | st.sampled_from(Stage), st.integers(29, 31)), min_size=1, max_size=6)


def company(world: World) -> World:
    fresh = fresh_world(world)
    fresh.unit("company")
    fresh.item("opening", "job", opening_reference="R-102")
    fresh.person("ada", "company")
    fresh.share("job", "ada", "opening")
    return fresh


def tell(world: World, application: str, told: Sequence[Told], *, naming: int = 0, month: str = "2026-03") -> None:
    """Report the steps of an application one after the other. The one at a place of its own names the link."""
    code = session.scalar(select(Link.code).where(Link.key == world.links["job"]))
    for place, (stage, day) in enumerate(told):
        link = {"link_code": code} if place == naming else {}
        make_application_event(
            application_id=application, type=stage.value, occurred_at=f"{month}-{day:02}T10:00:00Z", **link
        )


def figures(world: World, name: str) -> dict[str, Any]:
    world.fill_due(calendar(DAY, first_day=DAY), "page_recruiting")
    (row,) = (row for row in world.rows("page_recruiting", DAY) if row["unit"] == "company")
    return {key: row[key] for key in (name, f"{name.removesuffix('s')}_people")}


def hires_of_openings(world: World) -> int:
    (opening,) = reach_of_openings(world.connection, reached=None, employed=1, smallest_group=1)
    return int(opening["hires"])


def stages() -> list[Stage | None]:
    applications = session.execute(select(ApplicationEvent.source, ApplicationEvent.application_token).distinct())
    return [queries.application_stage(source, token) for source, token in applications]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(tellings.flatmap(lambda told: st.tuples(st.permutations(told), st.integers(0, 5))), max_size=3))
def test_funnel_openings_and_stage_agree(world: World, applications: list[tuple[list[Told], int]]) -> None:
    savepoint = world.connection.begin_nested()
    try:
        fresh = company(world)
        for number, (told, naming) in enumerate(applications):
            tell(fresh, f"A{number}", told, naming=naming % len(told))
        hired = sum(stage is Stage.HIRED for stage in stages())
        assert figures(fresh, "hires") == {"hires": hired, "hire_people": min(hired, 1)}
        assert (hires_of_openings(fresh) if applications else 0) == hired
        latest = [
            max(([(day, stage is Stage.UNHIRED) for stage, day in told if stage.value.endswith("hired")]), default=None)
            for told, _naming in applications
        ]
        assert hired == sum(one is not None and not one[1] for one in latest)
    finally:
        session.expunge_all()
        savepoint.rollback()


def test_an_undone_hire_takes_no_other_with_it(world: World) -> None:
    """One was hired a hundred days ago, and it was undone in the window that holds another hire."""
    fresh = company(world)
    tell(fresh, "A", [(Stage.HIRED, 20)], month="2025-12")
    tell(fresh, "A", [(Stage.UNHIRED, 21)], month="2026-03", naming=1)
    tell(fresh, "B", [(Stage.HIRED, 9)], month="2026-02")
    assert figures(fresh, "hires")["hires"] == hires_of_openings(fresh) == 1


def test_a_second_round_of_interviews_is_no_second_interview(world: World) -> None:
    fresh = company(world)
    tell(fresh, "A", [(Stage.INTERVIEW, 9), (Stage.INTERVIEW, 12), (Stage.INTERVIEW, 3)])
    assert figures(fresh, "interviews")["interviews"] == 1
