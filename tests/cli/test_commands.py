"""The command line answers clearly and with the right exit code."""

import importlib
import json
import logging
import uuid
from datetime import timedelta

import click
import psycopg
import pytest
import structlog
from click.testing import CliRunner
from sqlalchemy import update

from advocacy.activity import service as activity
from advocacy.activity.kinds import Kind
from advocacy.cli import COMMANDS, main
from advocacy.foundation import audit, clock, db, jobs
from advocacy.foundation.db import session as ambient
from advocacy.foundation.models import AuditEvent, Task, TaskState
from advocacy.notifications import service as notifications
from advocacy.notifications.queries import choices_of
from advocacy.people import tombstones
from advocacy.people.models import Purpose
from advocacy.people.service import withdraw_consent
from tests.factories.conversations import make_conversation
from tests.factories.people import actor_for, make_advocate
from tests.factories.recruiting import make_application_event
from tests.factories.sharing import make_share


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


@pytest.mark.parametrize("given", ["as the only one", "as a file"])
def test_the_schema_is_brought_up_to_date_however_the_address_is_given(run, environment, monkeypatch, tmp_path, given):
    owner = environment["DATABASE_OWNER_URL"]
    monkeypatch.delenv("DATABASE_OWNER_URL")
    if given == "as a file":
        (tmp_path / "owner").write_text(owner + "\n", encoding="utf-8")
        monkeypatch.setenv("DATABASE_OWNER_URL_FILE", str(tmp_path / "owner"))
    else:
        monkeypatch.setenv("DATABASE_URL", owner)
    done = run("db", "upgrade")
    assert (done.exit_code, done.output) == (0, "The schema is current.\n")


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
    jobs.enqueue("measurement.restate_person", employee_key=471_147_114_711)
    jobs.enqueue("sharing.import_segment", name="a-segment")
    ambient.commit()
    listed = run("tasks", "list", "--state", "ready", "--json").stdout
    shown = {task["job"]: task["arguments"] for task in json.loads(listed)}
    assert shown["measurement.restate_person"] == {"employee_key": None}
    assert shown["sharing.import_segment"]["name"] == "a-segment"
    assert "471147114711" not in listed


@pytest.fixture
def day_of_clicks(run):
    """Give a UTC day with one click that today's rules judge otherwise than the ledger says."""
    from sqlalchemy import text

    from tests.factories.clicks import deliver, frame, make_link

    at = clock.now() - timedelta(days=3)
    with db.unit_of_work():
        importing = importlib.import_module("advocacy.sharing.clicks.importing")
        importing.import_segment(deliver(ambient, "s", frame(make_link(ambient).key, at)))
    with db.unit_of_work():
        ambient.execute(
            text(
                "SELECT change_click_classes(:day, 2::smallint, NULL, array_agg(event_id), array_agg(click_class), "
                "array_agg(3::smallint)) FROM activity_event WHERE kind = 3"
            ),
            {"day": at.date()},
        )
    return at.date().isoformat()


def test_what_judging_again_would_change_is_told_and_nothing_is_changed(run, day_of_clicks):
    result = run("clicks", "reclassify", "--from", day_of_clicks, "--to", day_of_clicks, "--dry-run", "--json")
    assert json.loads(result.stdout) == {
        "first_day": day_of_clicks,
        "last_day": day_of_clicks,
        "clicks_that_would_change": 1,
        "days": [
            {
                "day": day_of_clicks,
                "clicks": 1,
                "without_facts": 0,
                "changes": [{"from": "scanner", "to": "human", "clicks": 1}],
            }
        ],
    }
    words = run("clicks", "reclassify", "--from", day_of_clicks, "--to", day_of_clicks, "--dry-run").stdout
    assert "1 scanner -> human" in words
    assert "Nothing was changed." in words
    assert json.loads(run("clicks", "rules", "--json").stdout)["reclassifications"] == []


def test_past_days_are_judged_again_as_tasks_and_their_progress_is_told(run, day_of_clicks):
    asked = json.loads(run("clicks", "reclassify", "--from", day_of_clicks, "--to", day_of_clicks, "--json").stdout)
    assert (asked["days"], asked["first_day"]) == (1, day_of_clicks)
    assert [task.arguments["day"] for task in ambient.query(Task).filter_by(name="sharing.judge_clicks")] == [
        day_of_clicks
    ]
    told = json.loads(run("clicks", "rules", "--json").stdout)
    assert told["reclassifications"][0]["days_done"] == 0
    assert (told["raw"], told["rules"]["is_ours"]) == (1, True)
    assert "0 of 1 days done" in run("clicks", "rules").stdout


def test_days_that_cannot_be_judged_again_are_refused(run, day_of_clicks):
    result = run("clicks", "reclassify", "--from", "2020-01-01", "--to", day_of_clicks)
    assert result.exit_code == 1
    assert "Single clicks are kept from" in result.stderr


def test_after_a_restore_every_no_is_said_again(run):
    person = make_advocate()
    key = person.key
    ambient.commit()
    tombstones.log_file().unlink(missing_ok=True)
    notifications.turn_everything_off(key)
    withdraw_consent(actor_for(person), Purpose.TAKE_PART, source="test")
    ambient.rollback()  # as a copy made before would stand there
    result = run("db", "after-restore", "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert (said["withdrawn"], said["told_less"], said["left"]) == (2, 1, 0), "taking part and the network's size"
    assert said["posts_unknown"] == 0
    assert choices_of(key).is_everything_off
    assert "told less" in run("db", "after-restore").stdout


def test_a_copy_is_not_called_ready_without_the_file_of_what_was_said_since(run, settings):
    make_advocate()
    ambient.commit()
    tombstones.log_file().unlink(missing_ok=True)
    refused = run("db", "after-restore")
    assert refused.exit_code == 1
    assert str(settings.home / "tombstones.log") in refused.output
    tombstones.log_file().touch()
    assert run("db", "after-restore").exit_code == 0


def test_a_copy_of_an_earlier_release_is_brought_up_to_date_first(run, owner_url):
    tombstones.log_file().touch()
    with psycopg.connect(owner_url.replace("+psycopg", ""), autocommit=True) as owner:
        (now,) = owner.execute("SELECT version_num FROM alembic_version").fetchone()
        owner.execute("UPDATE alembic_version SET version_num = '0001'")
        try:
            refused = run("db", "after-restore")
        finally:
            owner.execute("UPDATE alembic_version SET version_num = %s", [now])
    assert refused.exit_code == 1
    assert "advocacy db upgrade" in refused.output


def test_what_an_older_key_sealed_is_told_before_it_is_taken_away(run, environment, monkeypatch):
    make_conversation(note="Met at the fair.")
    ambient.commit()
    assert run("db", "seals").exit_code == 0
    newest = "9Vw4o0hYw8rXqI2nIiM9ZC0Jw8j3n5q1m8b2T7r6y0E="
    monkeypatch.setenv("ADVOCACY_ENCRYPTION_KEYS", f"{newest},{environment['ADVOCACY_ENCRYPTION_KEYS']}")
    result = run("db", "seals")
    assert result.exit_code == 1
    assert "conversation.note_encrypted: 1 by an older key" in result.stdout
    told = json.loads(run("db", "seals", "--json").stdout)
    assert told["may_take_older_keys_away"] is False

    monkeypatch.setenv("ADVOCACY_ENCRYPTION_KEYS", newest)
    too_early = run("db", "seals")
    assert "conversation.note_encrypted: 0 by an older key, 1 by a key that is gone" in too_early.stdout
    assert "put it back behind the first" in too_early.stdout


def test_what_was_counted_of_applications_is_corrected_once(run):
    link, later = make_share().link, clock.now() - timedelta(days=20)
    for at in (later, later - timedelta(days=1)):
        make_application_event(application_id="A", occurred_at=at.isoformat(), link_code=link.code)
    activity.record(
        Kind.APPLICATION,
        occurred_at=later,
        employee_key=link.employee_key,
        link_key=link.key,
        network=link.network,
        detail=1,
    )
    ambient.commit()
    assert "1 links: 1 to correct, with 1 rows" in run("applications", "recount", "--dry-run").stdout
    for rows in (1, 0):
        told = json.loads(run("applications", "recount", "--json").stdout)
        assert told == {"links": 1, "links_changed": rows, "rows": rows, "is_dry_run": False}
