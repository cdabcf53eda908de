"""Files of applications and openings: wholly or not at all, with problems by line and column."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from advocacy.activity.kinds import Kind
from advocacy.activity.models import ActivityEvent
from advocacy.foundation.db import session as ambient
from advocacy.people.roster_file import FileUnreadable
from advocacy.recruiting.files import FileRefused, import_events_csv, import_openings_csv
from advocacy.recruiting.models import STAGE_NUMBERS, ApplicationEvent, Opening, Stage
from advocacy.recruiting.recounting import recount
from tests.factories.people import make_unit
from tests.factories.recruiting import make_opening
from tests.factories.sharing import make_share

HEADER = "type,application_id,opening_reference,link_code,occurred_at\n"


def count(model):
    return ambient.scalar(select(func.count()).select_from(model))


def counted():
    """Return the links and stages that the ledger holds, with every row there is."""
    rows = select(ActivityEvent.link_key, ActivityEvent.detail).where(ActivityEvent.kind == Kind.APPLICATION)
    return ambient.execute(rows.order_by(ActivityEvent.detail)).all()


@pytest.fixture
def put(tmp_path):
    """Return a function that writes a file."""

    def write(content, name="file.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def written(session, put):
    """Return that function for tests that import here, in a transaction of their own."""
    return put


def test_a_file_is_taken_over_once(written):
    code = make_share().link.code
    path = written(
        f"{HEADER}applied,A1,R-1,{code},2026-11-02\nhired,A1,R-1,,2026-11-09T10:00:00+01:00\napplied,A2,R-2,,2026-11-03\n"
    )
    first, second = import_events_csv(path), import_events_csv(path)
    assert (first.rows, first.created, second.created, second.unchanged) == (3, 3, 0, 3)
    assert count(ApplicationEvent) == 3
    stages = ambient.scalars(select(ApplicationEvent.stage).order_by(ApplicationEvent.occurred_at))
    assert list(stages) == [Stage.APPLIED, Stage.APPLIED, Stage.HIRED]


@pytest.mark.parametrize("is_dry_run", [True, False])
def test_a_code_that_is_none_of_ours_is_named(written, is_dry_run):
    path = written(f"{HEADER}applied,A1,R-1,{make_share().link.code},2026-11-02\napplied,A2,R-1,ZZZZZZZZZ,2026-11-02\n")
    with pytest.raises(FileRefused) as refused:
        import_events_csv(path, is_dry_run=is_dry_run)
    problem = refused.value.report.problems[0]
    assert (problem.line, problem.column) == (3, "link_code")
    assert "none of our links" in problem.detail
    assert count(ApplicationEvent) == 0


def test_a_row_that_names_its_link_at_last_is_counted_once(written):
    link = make_share().link
    steps = ("applied", "2026-11-02"), ("interview", "2026-11-05"), ("hired", "2026-11-09"), ("unhired", "2026-11-09")

    def rows(code):
        return written(HEADER + "".join(f"{stage},A1,R-1,{code},{day}\n" for stage, day in steps))

    assert (import_events_csv(rows("")).created, counted()) == (4, [])
    corrected = import_events_csv(rows(link.code))
    assert (corrected.created, corrected.changed, corrected.unchanged) == (0, 4, 0)
    for same in (rows(link.code), rows("")):
        assert import_events_csv(same).unchanged == 4
    assert counted() == [(link.key, STAGE_NUMBERS[Stage(stage)]) for stage, _day in steps]
    assert recount(link.key) == 0


def test_a_link_that_was_named_stays(written):
    first, second = make_share().link, make_share().link
    import_events_csv(written(f"{HEADER}applied,A1,R-1,{first.code},2026-11-02\n"))
    assert import_events_csv(written(f"{HEADER}applied,A1,R-1,{second.code},2026-11-02\n")).unchanged == 1
    assert counted() == [(first.key, STAGE_NUMBERS[Stage.APPLIED])]


def test_nothing_is_taken_over_in_a_dry_run(written):
    report = import_events_csv(written(f"{HEADER}applied,A1,R-1,,2026-11-02\n"), is_dry_run=True)
    assert (report.rows, report.is_dry_run, count(ApplicationEvent), count(Opening)) == (1, True, 0, 0)


def test_nothing_is_taken_over_when_one_row_is_bad(written):
    path = written(f"{HEADER}applied,A1,R-1,,2026-11-02\nfired,A2,,a b,soon\n")
    with pytest.raises(FileRefused) as refused:
        import_events_csv(path)
    found = {(problem.line, problem.column) for problem in refused.value.report.problems}
    assert found == {(3, "type"), (3, "opening_reference"), (3, "link_code"), (3, "occurred_at")}
    assert count(ApplicationEvent) == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\n1,2\n", "type,opening_reference,occurred_at\nä".encode("latin-1"), b"\x00\x01\x02", b"PK\x03\x04zip"],
)
def test_a_file_is_refused_when_it_cannot_be_read(written, content):
    with pytest.raises((FileUnreadable, FileRefused)):
        import_events_csv(written(content))
    assert count(ApplicationEvent) == 0


def test_openings_are_brought_to_what_the_file_says(written):
    unit = make_unit("Company")
    known = make_opening("R-1", title="Old", place="Lisbon")
    path = written(
        "reference;title;unit;url;closes_on\n"
        f"R-1;Engineer;{unit.external_id};https://jobs.example/1;2026-12-24\nR-2;ممثل;;;\n"
    )
    report = import_openings_csv(path)
    ambient.refresh(known)
    assert (report.created, report.changed) == (1, 1)
    assert (known.title, known.place, known.unit_key) == ("Engineer", "Lisbon", unit.key)
    assert import_openings_csv(path).unchanged == 2


def test_openings_are_refused_by_line_and_column(written):
    path = written("reference,unit,url,closes_on\n,Nowhere,javascript:alert(1),24.12.2026\n")
    with pytest.raises(FileRefused) as refused:
        import_openings_csv(path)
    assert {problem.column for problem in refused.value.report.problems} >= {"reference"}
    assert count(Opening) == 0


def test_the_command_tells_what_is_wrong_and_fails(put, environment, monkeypatch, committed_database):
    from advocacy.cli import main

    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    bad = put(f"{HEADER}fired,A2,R-1,,2026-11-02\n")
    result = CliRunner().invoke(main, ["import", "applications", str(bad)])
    assert result.exit_code == 1
    assert "line 2, type: Use one of" in result.stderr
    good = put(f"{HEADER}applied,A2,R-1,,2026-11-02\n", "good.csv")
    result = CliRunner().invoke(main, ["import", "applications", "--json", str(good)])
    assert (result.exit_code, json.loads(result.stdout)["created"]) == (0, 1)
    result = CliRunner().invoke(main, ["import", "applications", str(good.with_name("missing.csv"))])
    assert result.exit_code == 1
    assert "There is no file" in result.stderr
