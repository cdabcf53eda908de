"""`advocacy import people FILE` as a person and as a script use it."""

import csv
import json
import logging

import pytest
import structlog
from click.testing import CliRunner
from sqlalchemy import func, select

from advocacy.cli import main
from advocacy.foundation import db
from advocacy.foundation.db import session as ambient
from advocacy.people import tombstones
from advocacy.people.models import Employee, PolicyVersion

GOOD = "external_id,email,name,unit\n1,a@b.example,Ana,Company > Cloud\n2,b@b.example,Ben,Company\n"
BAD = GOOD + "3,nowhere,=cmd()|x,Company\n"


@pytest.fixture
def run(committed_database, environment, settings, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])

    def invoke(*arguments):
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        db.bind_session(committed_database)
        return result

    yield invoke
    structlog.reset_defaults()
    db.bind(settings)


@pytest.fixture
def people(tmp_path):
    return tmp_path / "people.csv"


def employees():
    return ambient.scalar(select(func.count()).select_from(Employee))


def test_a_good_file_is_imported_and_told_in_words(run, people):
    people.write_text(GOOD)
    result = run("import", "people", people)
    assert result.exit_code == 0, result.output
    assert "2 people created" in result.stdout
    assert employees() == 2
    assert ambient.scalar(select(func.count()).select_from(PolicyVersion)) == 1


def test_stdout_holds_one_json_document_when_asked_for(run, people):
    people.write_text(GOOD)
    result = run("import", "people", people, "--json", "--on", "2026-11-22")
    report = json.loads(result.stdout)
    assert (report["created"], report["effective_on"], report["problem_total"]) == (2, "2026-11-22", 0)


def test_a_dry_run_says_what_would_happen_and_does_nothing(run, people):
    people.write_text(GOOD)
    result = run("import", "people", people, "--dry-run")
    assert result.exit_code == 0
    assert "2 people would be created" in result.stdout
    assert employees() == 0


def test_nothing_is_written_when_a_row_is_bad_and_the_file_of_errors_is_harmless(run, people, tmp_path):
    people.write_text(BAD)
    errors = tmp_path / "errors.csv"
    result = run("import", "people", people, "--errors", errors, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["problems"][0]["line"] == 4
    assert "line 4, email" in result.stderr
    assert employees() == 0
    with errors.open() as stream:
        rows = list(csv.reader(stream))
    assert rows[1][:2] == ["4", "email"]
    assert not any(cell.startswith("=") for row in rows for cell in row)


@pytest.mark.parametrize(
    ("content", "told"), [(None, "There is no file"), (b"", "empty"), ("Jürgen".encode("cp1252"), "not UTF-8")]
)
def test_an_unusable_file_is_told_in_one_line(run, people, content, told):
    if content is not None:
        people.write_bytes(content)
    result = run("import", "people", people)
    assert result.exit_code == 1
    assert told in result.stderr
    assert "Traceback" not in result.output


def test_the_command_line_is_wrong_when_the_day_is_none(run, people):
    assert run("import", "people", people, "--on", "tomorrow").exit_code == 2


def test_leavers_stand_in_the_tombstone_file_after_the_import_and_not_when_it_fails(run, people, monkeypatch, settings):
    tombstones.preferences.init(settings)
    tombstones.log_file().unlink(missing_ok=True)
    people.write_text(GOOD)
    run("import", "people", people)
    ana = ambient.scalar(select(Employee.id).where(Employee.external_id == "1"))
    people.write_text(GOOD.splitlines()[0] + "\n2,b@b.example,Ben,Company\n")
    leave = ("import", "people", people, "--complete", "--yes")
    with monkeypatch.context() as patch:
        patch.setattr("advocacy.people.service.roster.ensure_policy", lambda: 1 / 0)
        assert isinstance(run(*leave).exception, ZeroDivisionError)
    assert (employees(), list(tombstones.read())) == (2, [])
    assert run(*leave, "--dry-run").exit_code == 0
    assert list(tombstones.read()) == []
    assert run(*leave).exit_code == 0
    assert [(entry["what"], entry["employee"]) for entry in tombstones.read()] == [("left", str(ana))]
