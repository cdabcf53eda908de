"""Hires: the funnel, the list of openings and where an application stands agree, whatever is told in whatever order."""

from collections.abc import Sequence
from datetime import date

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
# A step: its stage, its day, and the link it names. Several stand at the same instant.
Told = tuple[Stage, int, str | None]
told = st.tuples(
    st.sampled_from((Stage.HIRED, Stage.UNHIRED)) | st.sampled_from(Stage),
    st.integers(29, 31),
    st.sampled_from((None, "job", "job", "silent")),
)


def company(world: World) -> World:
    """Return a company with a job that two people share, one of whom takes no part."""
    fresh = fresh_world(world)
    fresh.unit("company")
    fresh.item("opening", "job", opening_reference="R-102")
    fresh.person("ada", "company")
    fresh.person("ben", "company", agreed=())
    fresh.share("job", "ada", "opening")
    fresh.share("silent", "ben", "opening")
    return fresh


def tell(world: World, application: str, steps: Sequence[Told], *, month: str = "2026-03") -> None:
    """Report the steps of an application one after the other."""
    for stage, day, link in steps:
        code = session.scalar(select(Link.code).where(Link.key == world.links[link])) if link else None
        make_application_event(
            application_id=application,
            type=stage.value,
            occurred_at=f"{month}-{day:02}T10:00:00Z",
            link_code=code,
        )


def counted(world: World, name: str) -> int:
    """Return a number of the funnel."""
    world.fill_due(calendar(DAY, first_day=DAY), "page_recruiting")
    (row,) = (row for row in world.rows("page_recruiting", DAY) if row["unit"] == "company")
    return int(row[name])


def hires_of_openings(world: World) -> int:
    opening = reach_of_openings(world.connection, reached=None, employed=1, smallest_group=1)
    return int(opening[0]["hires"]) if opening else 0


def stands_hired(world: World) -> int:
    """Return how many applications of Ada's link stand at being hired."""
    rows = session.execute(
        select(ApplicationEvent.source, ApplicationEvent.application_token, ApplicationEvent.link_key)
        .where(ApplicationEvent.link_key.is_not(None))
        .order_by(ApplicationEvent.occurred_at, ApplicationEvent.link_key)
    ).all()
    first: dict[tuple[str, bytes], int] = {}
    for source, token, link_key in rows:
        first.setdefault((source, token), link_key)
    return sum(
        queries.application_stage(*application) is Stage.HIRED
        for application, link_key in first.items()
        if link_key == world.links["job"]
    )


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(told, min_size=1, max_size=6), max_size=4))
def test_funnel_openings_and_stage_agree(world: World, applications: list[list[Told]]) -> None:
    savepoint = world.connection.begin_nested()
    try:
        fresh = company(world)
        for number, steps in enumerate(applications):
            tell(fresh, f"A{number}", steps)
        expected = 0
        for steps in applications:
            links = [(day, fresh.links[link]) for _stage, day, link in steps if link]
            words = [(day, stage is Stage.UNHIRED) for stage, day, _link in steps if stage.value.endswith("hired")]
            is_hers = bool(links) and min(links)[1] == fresh.links["job"]
            expected += is_hers and bool(words) and not max(words)[1]
        assert counted(fresh, "hires") == hires_of_openings(fresh) == stands_hired(fresh) == expected
    finally:
        session.expunge_all()
        savepoint.rollback()


def test_an_undone_hire_takes_no_other_with_it(world: World) -> None:
    """One was hired a hundred days ago, and it was undone in the window that holds another hire."""
    fresh = company(world)
    tell(fresh, "A", [(Stage.HIRED, 20, "job")], month="2025-12")
    tell(fresh, "A", [(Stage.UNHIRED, 21, None)])
    tell(fresh, "B", [(Stage.HIRED, 9, "job")], month="2026-02")
    assert counted(fresh, "hires") == hires_of_openings(fresh) == 1


def test_a_second_round_of_interviews_is_no_second_interview(world: World) -> None:
    fresh = company(world)
    tell(fresh, "A", [(Stage.INTERVIEW, 9, "job"), (Stage.INTERVIEW, 12, None), (Stage.INTERVIEW, 3, None)])
    assert counted(fresh, "interviews") == 1
