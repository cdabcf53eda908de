"""From an event to a number on the page, through the jobs themselves."""

import json
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from advocacy.foundation import clock, db
from advocacy.foundation.models import Task
from advocacy.measurement import queries
from tests.factories.measurement import World
from workers import measurement


@pytest.fixture
def company(committed_database: Engine) -> World:
    now = clock.now()
    with committed_database.begin() as connection:
        world = World(connection)
        world.unit("company")
        connection.execute(text("UPDATE policy_version SET published_at = :at"), {"at": now - timedelta(days=3)})
        for number in range(6):
            name = f"p{number}"
            world.person(name, "company", sizes={1: 10}, sized_on=now.date() - timedelta(days=30))
            world.share(name, name)
            world.event("LINK_CLICKED", name, now - timedelta(minutes=1), share=name)
        world.brand(30, on=now.date() - timedelta(days=30))
    return world


def test_a_click_is_on_the_page_after_the_job_ran_and_past_days_are_asked_for(company: World) -> None:
    with db.unit_of_work():
        measurement.fill_due_days()
    with db.unit_of_work() as session:
        answer = queries.amplification(session.connection(), smallest_group=5)
        waiting = session.query(Task).filter(Task.name == "measurement.fill_day").all()
    assert (answer["clicks"], answer["ratio_exact"]) == (6, "2")
    assert answer["on"] == queries.today()
    asked = {(task.arguments["rollup"], task.arguments["day"]) for task in waiting}
    past = str(queries.today() - timedelta(days=2))
    assert ("daily_people_by_unit", past) in asked
    assert all(day < str(queries.today() - timedelta(days=1)) for _, day in asked)

    with db.unit_of_work():
        measurement.fill_day("daily_people_by_unit", past)
    with db.unit_of_work() as session:
        filled = session.execute(
            text("SELECT row_count FROM rollup_fill WHERE rollup = 'daily_people_by_unit' AND day = :day"),
            {"day": past},
        ).scalar_one()
    assert filled == 1


def test_after_a_withdrawal_the_person_is_gone_from_today_by_the_next_run(company: World) -> None:
    with db.unit_of_work():
        measurement.fill_due_days()
    with db.unit_of_work() as session:
        company.connection = session.connection()
        company.withdraw("p0")
        measurement.restate_person(company.people["p0"])
    with db.unit_of_work():
        measurement.fill_due_days()
    with db.unit_of_work() as session:
        answer = queries.amplification(session.connection(), smallest_group=5)
    assert (answer["potential"], answer["clicks"]) == (50, 5)


def test_the_command_line_counts_and_answers_the_same(company: World, environment: dict[str, str]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "advocacy.cli", "amplification", "--json"],
        env={**environment, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    assert (answer["potential"], answer["ratio"], answer["ratio_exact"]) == (60, 2.0, "2")


def test_a_scenario_needs_neither_database_nor_settings() -> None:
    command = [sys.executable, "-m", "advocacy.cli", "scenario", "--participation", "0.03", "--json"]
    run = subprocess.run(command, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60, check=True)
    answer = json.loads(run.stdout)
    assert (answer["ratio"], answer["break_even_exact"]) == (0.105, "2/7")
    wrong = subprocess.run([*command, "--audience", "nan"], capture_output=True, text=True, timeout=60, check=False)
    assert wrong.returncode == 2
    assert "must be a finite number" in wrong.stderr
