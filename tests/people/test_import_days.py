"""Files that are true from another day than today, first and last days that do not fit, and numbers of the past."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from advocacy.foundation.errors import Conflict
from advocacy.people import queries, service
from advocacy.people.models import Employee
from tests.factories.identity import make_account
from tests.factories.roster import count_people, header_without, row, spells
from workers import people as jobs_of_people

TODAY = date(2026, 11, 22)
RECOUNT = "measurement.restate_units"


@pytest.fixture(autouse=True)
def clock(session):
    with time_machine.travel(datetime(2026, 11, 22, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def in_days(number):
    return TODAY + timedelta(days=number)


def everybody(first=1, **changed):
    """Return the rows of thirty people from the number `first` on; `E3={...}` changes cells of the third."""
    return [row(number, **changed.get(f"E{number}", {})) for number in range(first, 31)]


@pytest.fixture
def company(write):
    service.import_people(write(everybody()))


def find(external_id):
    return queries.find_employee_by_external_id(external_id)


def refused(path, **options):
    with pytest.raises(service.RosterRefused) as error:
        service.import_people(path, **options)
    return [(found.line, found.column, found.detail) for found in error.value.report.problems]


def test_whoever_goes_before_the_day_of_a_file_stays_until_their_own_last_day(session, write, company, clock):
    person, last = find("E1"), in_days(3)
    account = make_account(person)
    rows = everybody(E1={"left_on": last.isoformat()})
    for _time in range(2):
        report = service.import_people(write(rows), on=in_days(5))
        assert report.left == 0
    assert (person.name, person.email, person.left_on) == ("Person 1", "p1@meridian.example", last)
    assert spells("E1") == [("Cloud", TODAY, last + timedelta(days=1))]
    daily = service.import_people(write(rows))
    assert (daily.created, daily.changed, count_people()) == (0, 0, 30)
    assert find("E1").key == person.key
    clock.shift(timedelta(days=4))
    jobs_of_people.part_with_leavers()
    session.expire_all()
    assert (person.is_tombstone, person.left_on, account.is_active) == (True, last, False)


def test_the_last_day_of_who_goes_before_the_day_of_a_file_moves_both_ways(write, company):
    for days in (3, 7, 2):
        last = in_days(days)
        service.import_people(write(everybody(E1={"left_on": last.isoformat(), "unit": ""})), on=in_days(10))
        assert spells("E1") == [("Cloud", TODAY, last + timedelta(days=1))]
    service.import_people(write(everybody()), on=TODAY)
    assert spells("E1") == [("Cloud", TODAY, None)]


def test_the_address_of_who_is_still_here_cannot_pass_on_yet(write, company):
    going = everybody(E1={"left_on": in_days(3).isoformat()})
    heir = row(99, email="p1@meridian.example")
    assert refused(write([*going, heir]), on=in_days(5)) == [(32, "email", "The same address stands in line 2.")]
    absent = refused(write([*everybody(2), heir]), on=in_days(5), is_complete=True)
    assert absent == [(31, "email", "This address belongs to the person with the id E1.")]


def test_whom_a_complete_file_of_a_later_day_leaves_out_goes_the_day_before_it(session, write, company, clock):
    person = find("E1")
    report = service.import_people(write(everybody(2)), on=in_days(5), is_complete=True)
    assert (report.left, report.changed, report.unchanged) == (1, 0, 29)
    session.expire_all()
    assert (person.name, person.left_on) == ("Person 1", in_days(4))
    assert spells("E1") == [("Cloud", TODAY, in_days(5))]
    assert service.import_people(write(everybody(2)), on=in_days(5), is_complete=True).left == 0
    clock.shift(timedelta(days=5))
    jobs_of_people.part_with_leavers()
    session.expire_all()
    assert person.is_tombstone


def test_whom_a_complete_file_leaves_out_before_they_begin_never_begins(session, write, company):
    service.import_people(write(everybody(E1={"hired_on": in_days(20).isoformat(), "unit": "Meridian Works > Sales"})))
    service.import_people(write([*everybody(), row(40, hired_on=in_days(20).isoformat())]))
    service.import_people(write(everybody()), on=in_days(5), is_complete=True)
    session.expire_all()
    assert (find("E40").left_on, spells("E40")) == (in_days(4), [])


def test_a_later_day_of_a_file_asks_as_well_when_many_would_leave(write, company):
    with pytest.raises(Conflict, match="4 of 30 people"):
        service.import_people(write(everybody(5)), on=in_days(5), is_complete=True)
    going = {f"E{number}": {"left_on": in_days(2).isoformat()} for number in range(1, 5)}
    with pytest.raises(Conflict, match="4 of 30 people"):
        service.import_people(write(everybody(**going)), on=in_days(5))
    assert find("E1").left_on is None


def test_whoever_comes_and_goes_before_the_day_of_a_file_is_not_made(write, company):
    gone = row(99, left_on=in_days(2).isoformat())
    report = service.import_people(write([*everybody(), gone]), on=in_days(5))
    assert (report.created, report.already_gone) == (0, 1)


def test_a_last_day_between_a_past_day_of_a_file_and_today_is_left_to_the_hourly_job(session, write, clock):
    rows = everybody(E1={"left_on": in_days(-5).isoformat()})
    assert service.import_people(write(rows), on=in_days(-10)).created == 30
    assert spells("E1") == [("Cloud", in_days(-10), in_days(-4))]
    jobs_of_people.part_with_leavers()
    assert session.scalar(select(Employee.left_on).where(Employee.external_id.is_(None))) == in_days(-5)


def test_a_first_day_after_the_known_last_one_is_told_by_row_and_column(write, company):
    service.import_people(write(everybody(E1={"left_on": in_days(60).isoformat()})))
    rows = everybody(E1={"hired_on": in_days(90).isoformat()})
    told = (
        "The first day, 2027-02-20, is after the last one we know, 2027-01-21."
        " If that has changed too, add the column left_on."
    )
    assert refused(write(rows, header=header_without("left_on"))) == [(2, "hired_on", told)]
    assert service.import_people(write(rows)).changed == 1


@pytest.mark.parametrize("last", [in_days(60), in_days(-1)])
def test_a_last_day_before_the_known_first_one_is_told_by_row_and_column(write, company, last):
    service.import_people(write([*everybody(), row(40, hired_on=in_days(90).isoformat())]))
    rows = [*everybody(), row(40, left_on=last.isoformat())]
    found = refused(write(rows, header=header_without("hired_on")))
    assert [(line, column) for line, column, _detail in found] == [(32, "left_on")]
    assert "before the first one we know, 2027-02-20" in found[0][2]


def test_whose_known_last_day_is_over_leaves_also_by_a_file_that_knows_a_new_first_day(write, company):
    find("E1").left_on = in_days(-1)
    rows = everybody(E1={"hired_on": in_days(9).isoformat()})
    assert service.import_people(write(rows, header=header_without("left_on"))).left == 1


def test_somebody_hired_for_later_begins_then_when_the_file_has_no_first_days(write, company):
    start = in_days(60)
    service.import_people(write([*everybody(), row(40, hired_on=start.isoformat())]))
    short = write([*everybody(), row(40)], header=header_without("hired_on"))
    report = service.import_people(short)
    assert (report.changed, report.unchanged) == (0, 31)
    assert spells("E40") == [("Cloud", start, None)]
    assert find("E40").hired_on == start


def test_one_task_counts_anew_from_the_first_day_that_became_another(write, recorded_jobs):
    def asked(rows, **options):
        before = len(recorded_jobs.arguments(RECOUNT))
        service.import_people(write(rows), **options)
        return [task["since"] for task in recorded_jobs.arguments(RECOUNT)[before:]]

    elsewhere, gone = {"unit": "Meridian Works > Sales"}, {"left_on": in_days(-2).isoformat()}
    assert asked([*everybody(), row(40, **elsewhere)], on=in_days(-30)) == ["2026-10-23"]
    assert asked(everybody()) == []
    assert asked(everybody(E1={"title": "Director"})) == []
    assert asked(everybody(E1=elsewhere), on=in_days(5)) == []
    assert asked(everybody(E2=elsewhere, E3=elsewhere)) == ["2026-11-22"]
    assert asked(everybody(E2=elsewhere, E3=elsewhere, E4=elsewhere), on=in_days(-7)) == ["2026-11-15"]
    rows = everybody(E2=elsewhere, E3=elsewhere, E4=elsewhere)
    assert asked([*rows, row(50)], on=in_days(-3)) == ["2026-11-19"]
    rows[4] |= gone
    assert asked([*rows, row(50)]) == ["2026-11-21"]
    find("E7").left_on = in_days(-1)
    jobs_of_people.part_with_leavers()
    assert recorded_jobs.arguments(RECOUNT)[-1] == {"since": "2026-11-22"}


def test_a_unit_that_hung_elsewhere_counts_anew_from_that_day(write, tmp_path, recorded_jobs):
    units, header = tmp_path / "units.csv", (*header_without("unit"), "unit_id")
    people = write([row(1, unit_id="U3")], header=header)
    units.write_text("unit_id,name,parent_unit_id\nU1,Meridian Works,\nU2,Cloud,U1\nU3,Lisbon,U2\n")
    service.import_people(people, units_path=units, on=in_days(-9))
    units.write_text("unit_id,name,parent_unit_id\nU1,Meridian Works,\nU2,Cloud,U1\nU3,Lisbon,U1\n")
    service.import_people(people, units_path=units, on=in_days(-4))
    assert [task["since"] for task in recorded_jobs.arguments(RECOUNT)] == ["2026-11-13", "2026-11-18"]
