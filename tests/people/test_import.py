"""Importing the roster: exactly what the file says, and nothing when a row is bad."""

import unicodedata
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from advocacy.foundation.access import Role
from advocacy.foundation.errors import Conflict, NotPermitted
from advocacy.foundation.models import AuditEvent
from advocacy.people import queries, service, tombstones
from advocacy.people.models import Employee, OrgUnit, TopicFollow, UnitPlacement
from advocacy.people.roster_file import FileUnreadable
from tests.factories.people import actor_for, give_consent, make_employee, make_topic, make_unit
from tests.factories.roster import HEADER, count_people, row, spells

DAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    """Stop the time at noon of the day from which these files are true."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def counts(report):
    return report.created, report.changed, report.unchanged, report.left


def test_people_and_units_are_made_when_the_first_file_comes(session, write):
    report = service.import_people(write([row(1), row(2, unit="Meridian Works > Cloud > Lisbon")]), on=DAY)
    assert counts(report) == (2, 0, 0, 0)
    assert report.units_created == 3
    assert [node.full_name for node in queries.unit_tree(DAY)] == [
        "Meridian Works",
        "Meridian Works > Cloud",
        "Meridian Works > Cloud > Lisbon",
    ]
    assert spells("E2") == [("Lisbon", DAY, None)]
    somebody = queries.find_employee_by_email("P1@meridian.example")
    assert (somebody.name, somebody.country, somebody.hired_on) == ("Person 1", "DE", date(2024, 1, 1))


def test_nothing_is_written_when_the_same_file_comes_again(session, write):
    path = write([row(number) for number in range(20)])
    service.import_people(path, on=DAY)
    version = "SELECT max(xmin::text::bigint) FROM employee"
    before = session.connection().exec_driver_sql(version).scalar()
    report = service.import_people(path, on=DAY + timedelta(days=1))
    assert counts(report) == (0, 0, 20, 0)
    assert session.connection().exec_driver_sql(version).scalar() == before


def test_only_what_changed_is_changed_when_a_file_differs_in_one_row(session, write):
    service.import_people(write([row(number) for number in range(20)]), on=DAY)
    changed = [row(number) for number in range(20)]
    changed[7]["title"] = "Director"
    report = service.import_people(write(changed), on=DAY + timedelta(days=1))
    assert counts(report) == (0, 1, 19, 0)
    assert report.moved == 0
    assert queries.find_employee_by_external_id("E7").title == "Director"


def test_the_old_spell_ends_and_a_new_one_begins_when_somebody_moves(session, write):
    service.import_people(write([row(1), row(2)]), on=DAY)
    later = DAY + timedelta(days=10)
    report = service.import_people(write([row(1), row(2, unit="Meridian Works > Sales")]), on=later)
    assert (report.moved, report.changed, report.unchanged) == (1, 1, 1)
    assert spells("E2") == [("Cloud", DAY, later), ("Sales", later, None)]
    assert queries.unit_on(queries.find_employee_by_external_id("E2").key, later - timedelta(days=1)).name == "Cloud"


def test_a_move_is_corrected_when_it_is_imported_again_on_the_same_day(session, write):
    service.import_people(write([row(1)]), on=DAY)
    service.import_people(write([row(1, unit="Meridian Works > Sales")]), on=DAY)
    assert spells("E1") == [("Sales", DAY, None)]


def test_employment_begins_on_the_first_day_when_somebody_is_hired_for_later(session, write):
    start = DAY + timedelta(days=30)
    service.import_people(write([row(1, hired_on=start.isoformat())]), on=DAY)
    assert spells("E1") == [("Cloud", start, None)]
    later = start + timedelta(days=30)
    service.import_people(write([row(1, hired_on=later.isoformat())]), on=DAY + timedelta(days=1))
    assert spells("E1") == [("Cloud", later, None)]
    service.import_people(write([row(1, hired_on=start.isoformat())]), on=DAY + timedelta(days=2))
    assert spells("E1") == [("Cloud", start, None)]


def test_employment_ends_after_the_last_day_when_leaving_is_announced(session, write):
    service.import_people(write([row(1), row(2)]), on=DAY)
    last = DAY + timedelta(days=20)
    report = service.import_people(write([row(1, left_on=last.isoformat()), row(2)]), on=DAY)
    assert (report.left, report.changed, report.moved) == (0, 1, 0)
    assert spells("E1") == [("Cloud", DAY, last + timedelta(days=1))]
    back = service.import_people(write([row(1), row(2)]), on=DAY + timedelta(days=1))
    assert back.returned == 1
    assert spells("E1") == [("Cloud", DAY, None)]


def test_a_leaver_becomes_a_tombstone_and_keeps_key_and_past(session, write, clock):
    service.import_people(write([row(number) for number in range(12)]), on=DAY)
    leaver = queries.find_employee_by_external_id("E3")
    give_consent(leaver)
    make_topic("Cloud", followers=(leaver,))
    key, id_ = leaver.key, leaver.id
    later = DAY + timedelta(days=10)
    clock.shift(later - DAY)
    rows = [row(number) for number in range(12)]
    rows[3]["left_on"] = "2026-11-27"
    report = service.import_people(write(rows), on=later)
    assert report.left == 1
    gone = session.get(Employee, key)
    assert gone.id == id_
    assert gone.is_tombstone
    assert queries.has_left(gone)
    assert (gone.email, gone.name, gone.title, gone.language, gone.country, gone.hired_on) == (None,) * 6
    assert gone.left_on == date(2026, 11, 27)
    assert queries.unit_on(key, date(2026, 11, 27)).name == "Cloud"
    assert queries.unit_on(key, date(2026, 11, 28)) is None
    assert queries.has_consent(key, "take_part")  # counts of the past go on
    assert session.scalar(select(func.count()).select_from(TopicFollow)) == 0
    again = service.import_people(write(rows), on=later)
    assert (again.left, again.already_gone, again.created) == (0, 1, 0)


def test_a_returning_person_is_somebody_new_when_the_old_row_is_a_tombstone(session, write):
    service.import_people(write([row(number) for number in range(12)]), on=DAY)
    old = queries.find_employee_by_external_id("E3").key
    rows = [row(number) for number in range(12)]
    rows[3]["left_on"] = "2026-11-01"
    service.import_people(write(rows), on=DAY)
    rows[3]["left_on"] = ""
    report = service.import_people(write(rows), on=DAY + timedelta(days=40))
    assert report.created == 1
    assert queries.find_employee_by_external_id("E3").key != old


def test_people_missing_from_a_complete_file_have_left(session, write, clock):
    service.import_people(write([row(number) for number in range(20)]), on=DAY)
    later = DAY + timedelta(days=5)
    clock.shift(later - DAY)
    partly = service.import_people(write([row(number) for number in range(19)]), on=later)
    assert partly.left == 0
    report = service.import_people(write([row(number) for number in range(19)]), on=later, is_complete=True)
    assert report.left == 1
    assert queries.find_employee_by_external_id("E19") is None
    assert session.scalar(select(Employee.left_on).where(Employee.external_id.is_(None))) == later - timedelta(days=1)


def test_an_import_stops_when_more_than_a_tenth_would_leave(session, write, clock):
    service.import_people(write([row(number) for number in range(20)]), on=DAY)
    clock.shift(timedelta(days=1))
    short = write([row(number) for number in range(17)])
    with pytest.raises(Conflict) as stopped:
        service.import_people(short, on=DAY + timedelta(days=1), is_complete=True)
    assert stopped.value.code == "too_many_would_leave"
    assert queries.find_employee_by_external_id("E19") is not None
    report = service.import_people(short, on=DAY + timedelta(days=1), is_complete=True, accepts_many_leavers=True)
    assert report.left == 3


def test_addresses_are_swapped_when_two_people_swap_them(session, write):
    service.import_people(write([row(1), row(2)]), on=DAY)
    swapped = [row(1, email="p2@meridian.example"), row(2, email="P1@meridian.example")]
    assert service.import_people(write(swapped), on=DAY).changed == 2
    assert queries.find_employee_by_email("p1@meridian.example").external_id == "E2"


def test_columns_that_are_not_in_the_file_keep_their_values(session, write):
    service.import_people(write([row(1)]), on=DAY)
    report = service.import_people(write([row(1)], header=("external_id", "email", "name", "unit")), on=DAY)
    assert (report.changed, report.unchanged) == (0, 1)
    assert queries.find_employee_by_external_id("E1").title == "Engineer"


def test_ones_own_language_stays_when_the_file_says_another(session, write):
    service.import_people(write([row(1)]), on=DAY)
    employee = queries.find_employee_by_external_id("E1")
    actor = actor_for(employee)
    give_consent(employee)
    service.complete_onboarding(actor)
    service.change_language(actor, "pt_BR")
    assert service.import_people(write([row(1)]), on=DAY).unchanged == 1
    assert queries.employee_of(actor).language == "pt-BR"


def test_a_dry_run_counts_and_changes_nothing(session, write):
    service.import_people(write([row(number) for number in range(12)]), on=DAY)
    rows = [row(number, title="Director") for number in range(11)] + [row(20, unit="Meridian Works > New")]
    lines = len(list(tombstones.read()))
    report = service.import_people(write(rows), on=DAY, is_dry_run=True, is_complete=True)
    assert counts(report) == (1, 11, 0, 1)
    assert report.units_created == 1
    assert count_people() == 12
    assert queries.find_employee_by_external_id("E3").title == "Engineer"
    assert queries.find_employee_by_external_id("E11") is not None
    assert queries.find_unit("New", DAY) is None
    assert len(list(tombstones.read())) == lines


def test_one_event_without_names_is_audited_when_people_are_imported(session, write):
    service.import_people(write([row(1)]), on=DAY)
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "people.imported")).all()
    assert len(events) == 1
    assert events[0].details["created"] == 1
    assert "Person" not in str(events[0].details)


BAD_CELLS = [
    ("email", "no address", "Not an e-mail address"),
    ("email", "", "It is empty"),
    ("external_id", "", "It is empty"),
    ("name", "x" * 201, "201 characters"),
    ("country", "Germany", "No such country"),
    ("country", "XX", "No such country"),
    ("language", "klingonisch", "No such language"),
    ("time_zone", "Berlin", "No such time zone"),
    ("hired_on", "22.11.2026", "Not a date"),
    ("hired_on", "2026-02-30", "no such day"),
    ("hired_on", "0001-01-01", "not between"),
    ("left_on", "2023-12-31", "before the first"),
    ("unit", "", "It is empty"),
    ("unit", "Meridian Works > ", "no name"),
    ("unit", "Another Company > Cloud", "the top unit is"),
    ("name", "Null\x00byte", "U+0000"),
    ("name", "Bell\x07", "U+0007"),
    ("title", "Turned \u202eround", "U+202E"),
]


@pytest.mark.parametrize(("column", "cell", "told"), BAD_CELLS)
def test_a_bad_cell_is_named_by_line_and_column_and_nothing_is_written(session, write, column, cell, told):
    with pytest.raises(service.RosterRefused) as refused:
        service.import_people(write([row(1), row(2, **{column: cell})]), on=DAY)
    report = refused.value.report
    assert [(found.line, found.column) for found in report.problems] == [(3, column)]
    assert told in report.problems[0].detail
    assert count_people() == 0
    assert session.scalar(select(func.count()).select_from(OrgUnit)) == 0


def test_every_problem_is_counted_and_the_first_hundred_shown(session, write):
    with pytest.raises(service.RosterRefused) as refused:
        service.import_people(write([row(number, country="XX") for number in range(250)]), on=DAY)
    assert refused.value.report.problem_total == 250
    assert len(refused.value.report.problems) == 100


def test_doubles_within_the_file_are_named_with_the_first_line(session, write):
    with pytest.raises(service.RosterRefused) as refused:
        service.import_people(write([row(1), row(1, email="x@y.example"), row(2, email="P1@Meridian.example")]), on=DAY)
    assert [(found.line, found.column, found.detail) for found in refused.value.report.problems] == [
        (3, "external_id", "The same id stands in line 2."),
        (4, "email", "The same address stands in line 2."),
    ]


def test_an_address_is_refused_when_somebody_outside_the_file_has_it(session, write):
    service.import_people(write([row(1)]), on=DAY)
    with pytest.raises(service.RosterRefused) as refused:
        service.import_people(write([row(2, email="P1@meridian.example")]), on=DAY)
    assert "the id E1" in refused.value.report.problems[0].detail


def test_right_to_left_names_are_kept_as_they_are(session, write):
    service.import_people(write([row(1, name="ليلى بن علي", title="مهندسة")]), on=DAY)
    assert queries.find_employee_by_external_id("E1").name == "ليلى بن علي"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_file_is_read_in_every_encoding_and_with_every_delimiter(session, write, encoding, delimiter):
    path = write([row(1, name='Zoë "Z" Müller, Dr.')], encoding=encoding, delimiter=delimiter)
    assert service.import_people(path, on=DAY).created == 1
    assert queries.find_employee_by_external_id("E1").name == 'Zoë "Z" Müller, Dr.'


def test_the_units_come_from_a_file_of_their_own_when_people_carry_ids(session, write, tmp_path):
    units = tmp_path / "units.csv"
    units.write_text("unit_id,name,parent_unit_id\nU1,Meridian Works,\nU3,Lisbon,U2\nU2,Cloud,U1\n")
    rows = [row(1, unit_id="U3"), row(2, unit_id="U1")]
    header = ("external_id", "email", "name", "unit_id")
    report = service.import_people(write(rows, header=header), units_path=units, on=DAY)
    assert (report.created, report.units_created, report.units_changed) == (2, 3, 0)
    assert spells("E1") == [("Lisbon", DAY, None)]
    later = DAY + timedelta(days=3)
    units.write_text("unit_id,name,parent_unit_id\nU1,Meridian Works,\nU3,Lisboa,U1\nU2,Cloud,U1\n")
    again = service.import_people(write(rows, header=header), units_path=units, on=later)
    assert (again.units_created, again.units_changed, again.unchanged) == (0, 1, 2)
    assert queries.find_unit("U3").name == "Lisboa"
    assert len(queries.ancestor_keys(queries.find_unit("U3").key, DAY)) == 3
    assert len(queries.ancestor_keys(queries.find_unit("U3").key, later)) == 2
    same = service.import_people(write(rows, header=header), units_path=units, on=later + timedelta(days=1))
    assert same.units_changed == 0
    assert session.scalar(select(func.count()).select_from(UnitPlacement)) == 4


def test_units_are_the_same_however_their_letters_are_composed(session, write, tmp_path):
    composed, apart = "Zürich", unicodedata.normalize("NFD", "Zürich")
    assert composed != apart
    units, header = tmp_path / "units.csv", ("external_id", "email", "name", "unit_id")
    for root, child in ((apart, composed), (composed, apart)):
        units.write_text(f"unit_id,name,parent_unit_id\n{root},{child},\nU2,{child} {root},{child}\n")
        service.import_people(write([row(1, unit_id=root)], header=header), units_path=units, on=DAY)
    assert [node.path for node in queries.unit_tree(DAY)] == [(composed,), (composed, f"{composed} {composed}")]
    report = service.import_people(write([row(1, unit=f"{apart} > {composed} {apart}")]), on=DAY)
    assert (report.units_created, report.moved + report.changed) == (0, 1)


def test_a_unit_id_is_refused_when_no_unit_has_it(session, write):
    with pytest.raises(service.RosterRefused) as refused:
        service.import_people(
            write([row(1, unit_id="U9"), row(2, unit_id="U9")], header=("external_id", "email", "name", "unit_id")),
            on=DAY,
        )
    assert [(found.line, found.column) for found in refused.value.report.problems] == [(2, "unit_id"), (3, "unit_id")]


def test_units_are_refused_when_they_hang_in_a_circle(session, write, tmp_path):
    units = tmp_path / "units.csv"
    units.write_text("unit_id,name,parent_unit_id\nU1,One,\nU2,Two,U3\nU3,Three,U2\n")
    with pytest.raises(Conflict) as refused:
        service.import_people(
            write([row(1, unit_id="U1")], header=("external_id", "email", "name", "unit_id")), units_path=units, on=DAY
        )
    assert refused.value.code == "circle_of_units"


def test_columns_nobody_asked_for_are_ignored_and_named(session, write):
    rows = [{**row(1), "salary": "1", "Date of birth": "1980-01-01"}]
    report = service.import_people(write(rows, header=(*HEADER, "salary", "Date of birth")), on=DAY)
    assert report.ignored_columns == ("salary", "Date of birth")


def test_an_import_is_refused_when_another_one_runs(committed_database, write):
    from advocacy.people.service.roster import IMPORT_LOCK

    with committed_database.connect() as other:
        other.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (IMPORT_LOCK,))
        with pytest.raises(Conflict) as refused:
            service.import_people(write([row(1)]), on=DAY)
        assert refused.value.code == "import_running"


def test_an_import_is_not_permitted_when_the_role_reaches_one_unit_only(session, write):
    root = make_unit("Meridian Works")
    administrator = make_employee(root)
    with pytest.raises(NotPermitted):
        service.import_people(write([row(1)]), actor=actor_for(administrator, Role.ADMINISTRATOR, unit=root), on=DAY)
    service.import_people(write([row(1)]), actor=actor_for(administrator, Role.ADMINISTRATOR), on=DAY)


def test_an_erased_person_stays_away_when_an_old_file_is_imported(session, write):
    path = write([row(number) for number in range(12)])
    service.import_people(path, on=DAY)
    service.erase(None, queries.find_employee_by_external_id("E4").id)
    report = service.import_people(path, on=DAY + timedelta(days=1))
    assert (report.blocked, report.created, report.unchanged) == (1, 0, 11)
    renamed = write([row(99, email="P4@meridian.example")])
    assert service.import_people(renamed, on=DAY + timedelta(days=1)).blocked == 1


def test_the_file_is_refused_when_it_is_missing(session, tmp_path):
    with pytest.raises(FileUnreadable, match="There is no file"):
        service.import_people(tmp_path / "nothing.csv", on=DAY)
