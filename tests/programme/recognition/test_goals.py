"""A unit's goal is a rate, set by who writes for it, and shown only where enough people stand behind the number."""

from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted
from advocacy.foundation.models import Setting
from advocacy.measurement.reading import Point
from advocacy.people.queries import today
from advocacy.programme.recognition import queries, service
from advocacy.programme.recognition.models import TeamGoal
from tests.factories.content import make_actor
from tests.factories.people import actor_for, make_employee, make_unit
from tests.support.html import checked_page


@pytest.fixture
def units(session):
    root = make_unit("Meridian Works")
    return root, make_unit("Cloud", parent=root), make_unit("Sales", parent=root)


def wanted(**fields):
    return {"target_percent": 20, "until": today() + timedelta(days=90), **fields}


def test_a_goal_is_set_by_who_writes_for_the_unit_and_seen_below_it(units):
    root, cloud, sales = units
    curator = make_actor(Role.CURATOR, unit=cloud)
    service.set_goal(curator, cloud.id, **wanted(why="We know how to run things."))
    with pytest.raises(NotPermitted):
        service.set_goal(curator, sales.id, **wanted())
    with pytest.raises(NotPermitted):
        service.set_goal(make_actor(), cloud.id, **wanted())
    service.set_goal(make_actor(Role.CURATOR), root.id, **wanted(target_percent=10))
    here, there = actor_for(make_employee(cloud)), actor_for(make_employee(sales))
    assert [one.unit_name for one in queries.goals_for(here)] == ["Cloud", "Meridian Works"]
    assert [one.unit_name for one in queries.goals_for(there)] == ["Meridian Works"]


def test_a_new_goal_takes_the_place_of_the_one_before(units):
    curator, cloud = make_actor(Role.CURATOR), units[1]
    for percent in (20, 30):
        service.set_goal(curator, cloud.id, **wanted(target_percent=percent))
    goals = ambient.scalars(select(TeamGoal).order_by(TeamGoal.target_percent)).all()
    assert [goal.ended_on for goal in goals] == [today(), None]
    service.end_goal(curator, cloud.id)
    service.end_goal(curator, cloud.id)
    assert queries.goals_of([cloud.key]) == []


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"target_percent": 0}, "target_percent"),
        ({"target_percent": 101}, "target_percent"),
        ({"until": None}, "until"),
        ({"why": "x" * 201}, "why"),
    ],
)
def test_what_cannot_be_a_goal_is_refused(units, fields, pointer):
    if "until" in fields:
        fields = {"until": today()}
    with pytest.raises(Invalid) as refused:
        service.set_goal(make_actor(Role.CURATOR), units[1].id, **wanted(**fields))
    assert [problem.pointer for problem in refused.value.problems] == [pointer]


def test_goals_can_be_switched_off_and_units_that_are_not_there_are_not_found(units):
    from uuid import uuid4

    with pytest.raises(NotFound):
        service.set_goal(make_actor(Role.CURATOR), uuid4(), **wanted())
    ambient.merge(Setting(name="recognition_goals", value=False, changed_at=clock.now()))
    with pytest.raises(Conflict):
        service.set_goal(make_actor(Role.CURATOR), units[1].id, **wanted())


def test_without_a_counted_month_there_is_a_reason_and_no_number(units):
    service.set_goal(make_actor(Role.CURATOR), units[1].id, **wanted())
    (goal,) = queries.goals_of([units[1].key])
    assert (goal.now.value, goal.now.reason, goal.is_reached) == (None, "not_collected", False)


@pytest.mark.parametrize(("rate", "expected"), [(Fraction(1, 5), True), (Fraction(19, 100), False), (None, False)])
def test_a_goal_is_reached_by_its_rate(session, rate, expected):
    goal = TeamGoal(target_percent=20, until_on=today(), why="")
    point = Point(today(), rate, None if rate is not None else "suppressed")
    assert queries.GoalNow(goal, "Cloud", None, point).is_reached is expected


def test_the_page_of_goals(sign_in, session):
    root = make_unit("Meridian Works")
    root_id = root.id
    browser = sign_in(None, Role.CURATOR)
    assert "No unit has a goal" in checked_page(browser.get("/goals")).words()
    wrong = browser.post("/goals", data={"unit_id": "x", "target_percent": "many", "until": "soon"})
    assert checked_page(wrong, 422).field("target_percent") == "many"
    late = {"unit_id": str(root_id), "target_percent": "20", "until": today().isoformat()}
    checked_page(browser.post("/goals", data=late), 422)
    said = {**late, "until": (today() + timedelta(days=30)).isoformat()}
    assert browser.post("/goals", data=said).status_code == 302
    words = checked_page(browser.get("/goals")).words()
    assert "One unit has a goal" in words
    assert "No whole month was counted yet." in words
    assert "No whole month was counted yet." in checked_page(browser.get("/together")).words()
    browser.post(f"/goals/{root_id}/end")
    assert "No unit has a goal" in checked_page(browser.get("/goals")).words()


def test_goals_through_the_api(api, session):
    root_id = make_unit("Meridian Works").id
    program = api(None, Role.CURATOR)
    said = {"target_percent": 20, "until": (today() + timedelta(days=30)).isoformat()}
    made = program.put(f"/api/v1/units/{root_id}/goal", json=said)
    assert (made.status_code, made.json["data"][0]["reason"]) == (200, "not_collected")
    assert program.get("/api/v1/goals").json["data"] == made.json["data"]
    assert program.delete(f"/api/v1/units/{root_id}/goal").status_code == 204
    assert program.get("/api/v1/goals").json["data"] == []
