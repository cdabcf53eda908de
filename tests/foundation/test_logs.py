"""Logs carry known fields and nobody's data."""

import ast
import io
import json
import logging
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from advocacy.foundation import logs
from advocacy.foundation.errors import NotFound

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def told(settings, monkeypatch):
    """Configure real logging into a stream and return what was told as dicts."""
    root, stream = logging.getLogger(), io.StringIO()
    monkeypatch.setattr(root, "handlers", [])
    level = root.level
    logs.configure(replace(settings, log_level="info"), "test", stream)

    def read():
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    yield read
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_a_line_names_the_request_the_task_and_the_process(told):
    structlog.contextvars.bind_contextvars(request_id="r1", task_id="t1")
    structlog.get_logger("advocacy.test").info("thing_done", count=3)
    [line] = told()
    assert {name: line[name] for name in ("event", "request_id", "task_id", "process", "count", "level")} == {
        "event": "thing_done", "request_id": "r1", "task_id": "t1", "process": "test", "count": 3, "level": "info",
    }  # fmt: skip


# Kept out of the log, so that lines about one person do not add up; that they were there is told.
MEANT_TO_BE_DROPPED = {"account_id", "announcement_id", "message_id", "post_id", "url"}


def test_what_the_code_logs_is_known_or_meant_to_be_dropped():
    unknown = set()
    for path in (*ROOT.glob("advocacy/**/*.py"), *ROOT.glob("workers/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_line = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if is_line and ast.unparse(node.func).startswith(("log.", "logger.")):
                unknown |= {keyword.arg for keyword in node.keywords} - {None, "exc_info"}
    assert unknown - logs.ALLOWED == MEANT_TO_BE_DROPPED


def test_a_field_that_is_not_known_is_dropped_and_only_named(told):
    structlog.get_logger("x").info("thing", email="anna.berg@example.com", password="hunter2")
    [line] = told()
    assert line["dropped"] == ["email", "password"]
    assert "anna" not in json.dumps(line)
    assert "hunter2" not in json.dumps(line)


@pytest.mark.parametrize(
    "secret",
    [
        "anna.berg@example.com",
        "adv_pat_0123456789abcdef",
        "postgresql://advocacy:hunter2@127.0.0.1/x",
        "b1" * 22,
    ],
)
def test_a_secret_in_a_message_of_a_library_is_blanked(told, secret):
    logging.getLogger("library").warning("could not use %s now", secret)
    [line] = told()
    for part in ("anna", "0123456789", "hunter2", "b1" * 22):
        assert part not in line["event"]
    assert line["event"].endswith(" now")


def test_an_exception_tells_its_kind_and_places_and_no_value(told):
    try:
        raise ValueError("'Anna Berg' has no account 4711123")
    except ValueError:
        structlog.get_logger("x").error("broken", exc_info=True)
    [line] = told()
    assert line["error"] == "ValueError: … has no account …"
    assert line["where"][-1].endswith("test_an_exception_tells_its_kind_and_places_and_no_value")


def test_a_database_error_tells_its_constraint_and_no_row(session):
    session.execute(text("INSERT INTO setting (name, value, version, changed_at) VALUES ('anna', '1', 1, now())"))
    with pytest.raises(IntegrityError) as caught:
        session.execute(text("INSERT INTO setting (name, value, version, changed_at) VALUES ('anna', '1', 1, now())"))
    assert logs.describe(caught.value) == "IntegrityError 23505 pk_setting"


def test_our_own_error_tells_its_code_and_not_what_people_read():
    assert logs.describe(NotFound("Anna Berg is not here.")) == "NotFound not_found"


def test_logs_go_where_the_caller_wants_them(settings, monkeypatch, capsys):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    logs.configure(settings, "command", sys.stderr)
    logging.getLogger("x").error("oh")
    structlog.reset_defaults()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert json.loads(captured.err)["event"] == "oh"
