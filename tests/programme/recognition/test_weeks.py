"""Weeks in points: one's own for oneself, teams for everybody, and people in no list."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from advocacy.foundation import clock
from advocacy.foundation.db import session as ambient
from advocacy.foundation.models import Setting
from advocacy.measurement import fill
from advocacy.people.models import Employee, Purpose
from advocacy.people.queries import has_consent
from advocacy.people.service import acknowledge_policy
from advocacy.programme.recognition import teams
from tests.factories.measurement import World, calendar
from tests.factories.people import actor_for, make_employee
from tests.measurement.test_queries import people
from tests.support.html import checked_page

SUNDAY, TODAY = date(2026, 3, 29), date(2026, 3, 31)


@pytest.fixture
def company(session: Any) -> Iterator[World]:
    """Give two teams large enough to be told of and two that are not; half of the people of the plant act."""
    with time_machine.travel("2026-03-31T10:00:00+00:00", tick=False):
        world = World(session.connection())
        world.unit("company")
        for unit, employed, active in (("sales", 100, 80), ("plant", 40, 20), ("lab", 30, 4), ("night", 30, 4)):
            world.unit(unit, "company")
            for place, name in enumerate(people(world, unit, employed)):
                if place < active:
                    world.agree(name, "leaderboard")
                    world.share(name, name)
                    world.event("SHARE_PUBLISHED", name, f"{SUNDAY} 10:00", share=name)
        world.event("CONVERSATION_LOGGED", "sales0", f"{SUNDAY} 11:00", detail=1)
        fill.fill_everything(world.connection, calendar=calendar(TODAY, first_day=SUNDAY - timedelta(days=9)))
        yield world


def switch(name: str, value: bool) -> None:
    ambient.merge(Setting(name=name, value=value, changed_at=clock.now()))
    ambient.flush()


def person(company: World, name: str) -> Employee:
    found: Employee = ambient.get_one(Employee, company.people[name])
    return found


def test_a_list_of_teams_is_off_as_delivered_and_names_nobody(company, sign_in):
    actor = actor_for(person(company, "plant30"))
    assert teams.team_list(actor) is None
    switch("recognition_team_scores", True)
    listed = teams.team_list(actor)
    assert [(team.name, team.is_own) for team in listed.teams] == [("sales", False), ("plant", True)]
    assert (listed.within, listed.on, listed.untold, listed.is_counted) == ("company", SUNDAY, 2, False)
    page = checked_page(sign_in(person(company, "plant30")).get("/together/weeks"))
    words = page.words()
    assert words.index("sales") < words.index("plant your team")
    assert "2 teams are left out" in words
    assert not any(name in words.split() for name in company.people if name != "plant30")


def test_where_too_few_teams_can_be_told_of_the_next_level_is_listed(company):
    switch("recognition_team_scores", True)
    company.unit("night shift", "plant")
    company.person("somebody", "night shift")
    listed = teams.team_list(actor_for(person(company, "somebody")))
    assert (listed.within, [(team.name, team.is_own) for team in listed.teams]) == (
        "company",
        [("sales", False), ("plant", True)],
    )


def test_own_weeks_are_for_oneself_and_teams_for_whoever_reads_along(company, sign_in, api):
    own = checked_page(sign_in(person(company, "sales0")).get("/together/weeks")).words()
    assert "Your best week had 4.0 points" in own
    reader = make_employee(language="en")
    assert teams.own_weeks(actor_for(reader)) is None
    assert sign_in(reader).get("/together/weeks").status_code == 404
    assert api(reader).get("/api/v1/recognition/weeks").status_code == 404


def test_the_yes_is_asked_for_where_teams_are_listed_and_taken_back_in_one_click(company, sign_in, recorded_jobs):
    switch("recognition_team_scores", True)
    somebody = person(company, "plant30")
    acknowledge_policy(actor_for(somebody), company.policy)
    browser = sign_in(somebody)
    assert "May your week count in your team's score?" in checked_page(browser.get("/together/weeks")).words()
    assert "Your team's score" in checked_page(browser.get("/my-data")).words()
    browser.post("/my-data/purposes/leaderboard", data={"answer": "yes"})
    assert has_consent(company.people["plant30"], Purpose.LEADERBOARD)
    assert "measurement.restate_team_scores" not in recorded_jobs.names(), "a yes changes no week that is over"
    assert "You said yes." in checked_page(browser.get("/together/weeks")).words()
    browser.post("/my-data/purposes/leaderboard", data={"answer": "no"})
    assert not has_consent(company.people["plant30"], Purpose.LEADERBOARD)
    assert "measurement.restate_team_scores" in recorded_jobs.names()
    assert recorded_jobs.run("measurement.restate_team_scores") == 1


def test_the_same_through_the_api(company, api):
    switch("recognition_team_scores", True)
    program = api(person(company, "sales0"))
    weeks = program.get("/api/v1/recognition/weeks").json
    assert (len(weeks["data"]), weeks["data"][1]["last_on"], weeks["data"][1]["score"]) == (13, str(SUNDAY), 4.0)
    assert weeks["data"][1] == weeks["best"]
    assert (weeks["data"][1]["for_shares"], weeks["data"][1]["for_conversations"]) == (1.0, 3.0)
    assert weeks["definition"]["key"] == "lead.score"
    listed = program.get("/api/v1/recognition/teams").json
    assert [(team["name"], team["is_own"]) for team in listed["data"]] == [("sales", True), ("plant", False)]
    assert set(listed["data"][0]) == {"unit_id", "name", "score", "low", "high", "is_own"}
    assert listed["definition"]["key"] == "lead.team_score"


def test_switched_off_there_is_nothing_to_see(company, sign_in, api):
    switch("recognition_own_weeks", False)
    somebody = person(company, "sales0")
    assert api(somebody).get("/api/v1/recognition/weeks").status_code == 404
    assert api(somebody).get("/api/v1/recognition/teams").status_code == 404
    browser = sign_in(somebody)
    assert browser.get("/together/weeks").status_code == 404
    assert "in points" not in checked_page(browser.get("/together")).words()
