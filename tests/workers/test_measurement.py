"""From an event to a number on the page, through the jobs themselves."""

import json
import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from advocacy.foundation import clock, db, jobs
from advocacy.foundation.models import Task
from advocacy.measurement import fill, queries
from advocacy.measurement.rollups import ROLLUPS
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
            world.event("LINK_CLICKED", name, now, share=name)  # today, also just after midnight
        world.brand(30, on=now.date() - timedelta(days=30))
    return world


def test_a_click_is_on_the_page_after_the_job_ran_and_a_slice_of_past_days_is_asked_for(company: World) -> None:
    with db.unit_of_work():
        measurement.fill_due_days()
    with db.unit_of_work() as session:
        answer = queries.amplification(session.connection(), smallest_group=5)
        waiting = session.query(Task).filter(Task.name == "measurement.fill_past_days").all()
    assert (answer["clicks"], answer["ratio_exact"]) == (6, "2")
    assert answer["on"] == queries.today()
    assert [task.arguments for task in waiting] == [{"number": 0}]


def due_days(world: World) -> set[date]:
    with db.engine().connect() as connection:
        calendar = fill.programme(connection)
        return {day for rollup in ROLLUPS for day in fill.days_due(connection, rollup, calendar=calendar)}


def past_days_due(world: World) -> set[date]:
    """Return the due days that are for slices. On the first of a month they leave yesterday due again."""
    return {day for day in due_days(world) if day < queries.today() - timedelta(days=1)}


def test_one_slice_fills_all_past_days_when_there_is_time(company: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(measurement, "SLICE_SECONDS", 300.0)  # also on a machine that does other things too
    with db.unit_of_work():
        measurement.fill_due_days()
    assert past_days_due(company)

    with db.unit_of_work():
        measurement.fill_past_days(0)

    assert past_days_due(company) == set()
    with db.unit_of_work() as session:
        assert slices_waiting(session) == [0]  # the one that was asked for first, and no other


def slices_waiting(session: Any) -> list[int]:
    return [
        task.arguments["number"] for task in session.query(Task).filter(Task.name == "measurement.fill_past_days").all()
    ]


def test_a_slice_without_time_leaves_the_rest_to_another_one(company: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(measurement, "SLICE_SECONDS", 0.0)
    with db.unit_of_work():
        measurement.fill_past_days(7)
    with db.unit_of_work() as session:
        assert slices_waiting(session) == [7]
    assert due_days(company)


@pytest.mark.parametrize("name", ["measurement.fill_due_days", "measurement.restate_person"])
def test_a_slice_ends_at_once_when_today_or_a_withdrawal_waits(company: World, name: str) -> None:
    with db.unit_of_work() as session:
        jobs.enqueue(name, **({"employee_key": 1} if name.endswith("person") else {}))
        session.flush()
        session.execute(text("UPDATE task SET next_attempt_at = now() - interval '2 seconds'"))
    before = due_days(company)
    with db.unit_of_work():
        measurement.fill_past_days(3)
    with db.unit_of_work() as session:
        assert slices_waiting(session) == [3]
    assert due_days(company) == before


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


def test_the_command_line_tells_how_far_the_numbers_are(company: World, environment: dict[str, str]) -> None:
    def told(*words: str) -> str:
        command = [sys.executable, "-m", "advocacy.cli", *words]
        return subprocess.run(
            command,
            env={**environment, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout

    before = json.loads(told("rollups", "--json"))
    assert before["past_due"] > 0
    assert before["seconds_left"] is None
    assert before["behind_seconds"] > 0
    assert "time left: unknown" in told("rollups")
    with db.engine().connect() as connection:
        fill.fill_everything(connection)
    after = json.loads(told("rollups", "--json"))
    assert (after["due"], after["behind_seconds"], after["seconds_left"]) == (0, 0, 0)
    assert after["rollups"]["page_amplification"]["filled"] == before["rollups"]["page_amplification"]["due"]


def test_a_scenario_needs_neither_database_nor_settings() -> None:
    command = [sys.executable, "-m", "advocacy.cli", "scenario", "--participation", "0.03", "--json"]
    run = subprocess.run(command, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60, check=True)
    answer = json.loads(run.stdout)
    assert (answer["ratio"], answer["break_even_exact"]) == (0.105, "2/7")
    wrong = subprocess.run([*command, "--audience", "nan"], capture_output=True, text=True, timeout=60, check=False)
    assert wrong.returncode == 2
    assert "must be a finite number" in wrong.stderr
