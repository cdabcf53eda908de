"""The command line answers clearly and with the right exit code."""

import importlib
import json
import logging
import uuid

import click
import pytest
import structlog
from click.testing import CliRunner
from sqlalchemy import update

from advocacy.cli import COMMANDS, main
from advocacy.foundation import audit, db, jobs
from advocacy.foundation.db import session as ambient
from advocacy.foundation.models import AuditEvent, Task, TaskState


@pytest.fixture
def run(committed_database, environment, settings, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])

    def invoke(*arguments: str):
        result = CliRunner().invoke(main, arguments)
        db.bind_session(committed_database)
        return result

    yield invoke
    structlog.reset_defaults()
    db.bind(settings)


def make_task(state: TaskState) -> uuid.UUID:
    task_id = jobs.enqueue("identity.send_link", link_id="1")
    ambient.execute(update(Task).where(Task.id == task_id).values(state=state, attempts=9))
    ambient.commit()
    return task_id


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_of_the_table_loads_when_it_is_used(name):
    module, attribute = COMMANDS[name].split(":")
    assert isinstance(getattr(importlib.import_module(module), attribute), click.Command)


def test_the_exit_code_is_78_when_settings_are_wrong(run, monkeypatch):
    monkeypatch.setenv("ADVOCACY_SMALLEST_GROUP", "2")
    result = run("tasks", "list", "--json")
    assert result.exit_code == 78
    assert result.stdout == ""
    assert "ADVOCACY_SMALLEST_GROUP" in result.stderr


@pytest.mark.parametrize("arguments", [["nothing"], ["tasks", "list", "--limit", "0"], ["tasks", "retry"]])
def test_the_exit_code_is_2_when_the_command_line_is_wrong(run, arguments):
    assert run(*arguments).exit_code == 2


def test_list_prints_only_json_when_asked_for_json(run):
    dead = make_task(TaskState.DEAD)
    make_task(TaskState.READY)
    result = run("tasks", "list", "--json")
    assert [task["id"] for task in json.loads(result.stdout)] == [str(dead)]


def test_a_dead_task_is_ready_again_when_it_is_retried(run):
    dead = make_task(TaskState.DEAD)
    assert run("tasks", "retry", str(dead)).exit_code == 0
    task = ambient.get(Task, dead)
    assert (task.state, task.attempts) == (TaskState.READY, 0)
    assert ambient.query(AuditEvent).one().action == "task.retried"


def test_nothing_changes_when_one_of_the_named_tasks_cannot_be_retried(run):
    dead, waiting = make_task(TaskState.DEAD), make_task(TaskState.READY)
    result = run("tasks", "retry", str(dead), str(waiting))
    assert (result.exit_code, result.stderr) == (1, "Only a dead task can be retried.\n")
    assert ambient.get(Task, dead).state is TaskState.DEAD


def test_a_task_is_gone_when_it_is_dropped_and_stays_while_it_runs(run):
    waiting, running = make_task(TaskState.READY), make_task(TaskState.LEASED)
    assert run("tasks", "drop", str(waiting)).exit_code == 0
    assert run("tasks", "drop", str(running)).exit_code == 1
    assert [task.id for task in ambient.query(Task)] == [running]


def test_verify_answers_1_when_the_chain_was_tampered_with(run, owner_url):
    import psycopg

    audit.record(None, "test.act")
    ambient.commit()
    audit.chain()
    ambient.commit()
    assert run("audit", "verify").exit_code == 0
    with psycopg.connect(owner_url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("UPDATE audit_event SET action = 'forged'")
    result = run("audit", "verify", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["is_whole"] is False


def test_tasks_do_not_tell_whom_they_are_about(run):
    """A task that counts somebody anew, with its hour, would tell who said yes or took it back."""
    jobs.enqueue("measurement.restate_person", employee_key=4711)
    jobs.enqueue("sharing.import_segment", name="a-segment")
    ambient.commit()
    listed = run("tasks", "list", "--state", "ready", "--json").stdout
    shown = {task["job"]: task["arguments"] for task in json.loads(listed)}
    assert shown["measurement.restate_person"] == {"employee_key": None}
    assert shown["sharing.import_segment"]["name"] == "a-segment"
    assert "4711" not in listed
