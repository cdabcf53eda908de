"""Leaving keeps the facts, erasing takes them, and neither comes back with a restore."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from advocacy.activity import service as activity
from advocacy.activity.kinds import Kind
from advocacy.activity.models import ActivityEvent
from advocacy.foundation.access import Role
from advocacy.foundation.db import Base
from advocacy.foundation.errors import NotFound
from advocacy.foundation.models import Task
from advocacy.foundation.tables import import_models
from advocacy.people import queries, service, tombstones
from advocacy.people.models import ConsentEvent, Employee, NetworkProfile, Purpose, UnitMembership
from tests.factories.people import (
    actor_for,
    give_consent,
    make_advocate,
    make_employee,
    make_policy,
    make_profile,
    make_unit,
)
from workers import erasure
from workers import people as jobs_of_people


@pytest.fixture(autouse=True)
def _empty_tombstone_file(settings):
    tombstones.preferences.init(settings)
    tombstones.log_file().unlink(missing_ok=True)


def run_erasure(session, key):
    """Run the sliced task to its end, as the worker would."""
    month = None
    for _ in range(1_000):
        session.execute(text("DELETE FROM task"))
        jobs_of_people.erase_facts(key, month)
        waiting = session.scalar(select(Task).where(Task.name == "people.erase_facts"))
        if waiting is None:
            return
        month = waiting.arguments["month"]
    raise AssertionError("the task does not end")


def events_of(session, employee):
    found = select(func.count()).select_from(ActivityEvent).where(ActivityEvent.employee_key == employee.key)
    return session.scalar(found)


def test_leaving_twice_is_leaving_once(session):
    employee = make_employee()
    yesterday = queries.today() - timedelta(days=1)
    assert service.mark_left({employee.key: yesterday}) == 1
    assert service.mark_left({employee.key: yesterday}) == 0


def test_a_leaver_counts_on_in_what_was_measured(session):
    employee = make_advocate()
    activity.record(Kind.SHARE_OPENED, employee_key=employee.key)
    service.mark_left({employee.key: queries.today()})
    assert session.scalar(text("SELECT count(*) FROM measurable_activity")) == 1


def test_whoever_has_an_announced_last_day_goes_when_it_is_over(session):
    today = queries.today()
    gone = make_employee(left_on=today - timedelta(days=1))
    staying = make_employee(left_on=today)
    jobs_of_people.part_with_leavers()
    session.expire_all()
    assert gone.is_tombstone
    assert not staying.is_tombstone
    assert queries.has_left(gone)
    assert not queries.has_left(staying)


def test_the_account_of_a_leaver_is_closed_and_its_address_forgotten(session):
    from tests.factories.identity import make_account

    employee = make_employee()
    account = make_account(employee)
    service.mark_left({employee.key: queries.today() - timedelta(days=1)})
    jobs_of_people.part_with_leavers()
    session.expire_all()
    assert (account.is_active, account.employee_key, account.password_hash) == (False, None, None)
    assert account.email.startswith("gone-")


def test_erasing_takes_the_person_out_at_once_and_the_facts_by_task(session):
    employee, other = make_advocate(), make_advocate()
    make_profile(employee, network=1, size=50)
    for days in (0, 20, 45):
        happened = datetime.now(UTC) - timedelta(days=days)
        activity.record(Kind.SHARE_OPENED, employee_key=employee.key, occurred_at=happened)
    activity.record(Kind.SHARE_OPENED, employee_key=other.key)
    service.erase(actor_for(employee), employee.id)
    gone = session.get(Employee, employee.key)
    assert gone.is_tombstone
    assert gone.erased_at is not None
    assert not queries.has_consent(employee.key, Purpose.TAKE_PART)
    assert session.scalar(select(func.count()).select_from(NetworkProfile)) == 0
    assert session.scalar(text("SELECT count(*) FROM measurable_activity")) == 1
    assert events_of(session, employee) == 3
    run_erasure(session, employee.key)
    assert events_of(session, employee) == 0
    assert events_of(session, other) == 1
    for table in (ConsentEvent, UnitMembership):
        left = select(func.count()).select_from(table).where(table.employee_key == employee.key)
        assert session.scalar(left) == 0


def test_erasing_touches_the_days_it_changes(session):
    employee = make_advocate()
    happened = datetime.now(UTC) - timedelta(days=45)
    activity.record(Kind.SHARE_OPENED, employee_key=employee.key, occurred_at=happened)
    session.execute(text("DELETE FROM day_touch"))
    service.erase(None, employee.id)
    run_erasure(session, employee.key)
    touched = set(session.scalars(text("SELECT day FROM day_touch")))
    assert touched == {happened.astimezone(tombstones.preferences.zone()).date()}


def test_facts_stay_when_the_task_runs_for_somebody_who_was_not_erased(session):
    employee = make_advocate()
    activity.record(Kind.SHARE_OPENED, employee_key=employee.key)
    jobs_of_people.erase_facts(employee.key)
    assert events_of(session, employee) == 1
    with pytest.raises(Exception, match="has not asked to be erased"):
        service.erase_month(employee.key, queries.today())


def test_somebody_else_is_not_found_when_one_may_not_erase_them(session):
    root = make_unit("Meridian Works")
    cloud, sales = make_unit("Cloud", parent=root), make_unit("Sales", parent=root)
    employee, colleague = make_employee(cloud), make_employee(cloud)
    with pytest.raises(NotFound):
        service.erase(actor_for(colleague), employee.id)
    with pytest.raises(NotFound):
        service.erase(actor_for(colleague, Role.ADMINISTRATOR, unit=sales), employee.id)
    service.erase(actor_for(colleague, Role.ADMINISTRATOR, unit=cloud), employee.id)
    assert session.get(Employee, employee.key).erased_at is not None


def test_an_erasure_cannot_be_taken_back_by_the_application(session):
    service.erase(None, make_employee().id)
    with pytest.raises(Exception, match="permission denied"):
        session.execute(text("DELETE FROM erasure_tombstone"))


def test_a_restore_repeats_what_happened_after_the_copy(session):
    """The copy is the state inside a savepoint; what follows is lost and must come back out of the file."""
    leaver, withdrawer, erased, faithful = make_employee(), make_advocate(), make_advocate(), make_advocate()
    returner = make_advocate()
    with session.begin_nested() as copy:
        service.mark_left({leaver.key: queries.today() - timedelta(days=1)})
        for person in (withdrawer, returner):
            service.withdraw_consent(actor_for(person), Purpose.TAKE_PART, source="test")
        service.erase(None, erased.id)
        jobs_of_people.part_with_leavers()
        copy.rollback()
    session.expire_all()
    # In the copy this one has a yes that is younger than the withdrawal.
    for row in (*queries.consents_of(actor_for(returner)),):
        row.granted_at = datetime.now(UTC) + timedelta(minutes=1)
    session.flush()
    assert service.reapply_tombstones() == {"withdrawn": 2, "left": 1, "erased": 1, "disconnected": 0}
    assert session.get(Employee, leaver.key).is_tombstone
    assert not queries.has_consent(withdrawer.key, Purpose.TAKE_PART)
    assert queries.has_consent(returner.key, Purpose.TAKE_PART)
    assert queries.has_consent(faithful.key, Purpose.TAKE_PART)
    assert session.get(Employee, erased.key).erased_at is not None
    assert service.reapply_tombstones() == {"withdrawn": 0, "left": 0, "erased": 0, "disconnected": 0}


def leavers_written_down():
    return [(entry["employee"], entry["left_on"]) for entry in tombstones.read() if entry["what"] == "left"]


def test_a_leaving_that_was_rolled_back_is_in_no_line_and_comes_with_no_restore(session):
    employee = make_employee()
    with session.begin_nested() as refused:
        service.mark_left({employee.key: queries.today() - timedelta(days=1)})
        refused.rollback()
    session.expire_all()
    jobs_of_people.part_with_leavers()
    assert leavers_written_down() == []
    assert service.reapply_tombstones()["left"] == 0
    assert not employee.is_tombstone


def test_the_task_that_comes_with_a_leaving_writes_it_down_once(session, recorded_jobs):
    employee, yesterday = make_employee(), queries.today() - timedelta(days=1)
    expected = [(str(employee.id), yesterday.isoformat())]
    service.mark_left({employee.key: yesterday})
    assert leavers_written_down() == []
    recorded_jobs.run("people.part_with_leavers")
    jobs_of_people.part_with_leavers()
    assert leavers_written_down() == expected


def test_a_line_that_a_full_disk_left_out_is_made_up_within_the_hour(session, monkeypatch, tmp_path):
    employee, yesterday = make_employee(), queries.today() - timedelta(days=1)
    service.mark_left({employee.key: yesterday})
    (tmp_path / "file").write_text("")
    with monkeypatch.context() as patch:
        patch.setattr(tombstones, "log_file", lambda: tmp_path / "file" / "tombstones.log")
        jobs_of_people.part_with_leavers()
        patch.setattr(tombstones, "read", lambda: iter(()))
        assert service.write_down_leavers() == 1
    assert leavers_written_down() == []
    jobs_of_people.part_with_leavers()
    assert leavers_written_down() == [(str(employee.id), yesterday.isoformat())]


def test_who_goes_with_the_hourly_job_is_written_down_by_the_next_one(session, recorded_jobs):
    yesterday = queries.today() - timedelta(days=1)
    expected = [(str(make_employee(left_on=yesterday).id), yesterday.isoformat())]
    jobs_of_people.part_with_leavers()
    assert leavers_written_down() == []
    recorded_jobs.run("people.part_with_leavers")
    assert leavers_written_down() == expected


def test_erased_people_are_no_leavers_to_write_down(session):
    service.erase(None, make_employee().id)
    assert service.write_down_leavers() == 0


def test_numbers_become_due_from_the_first_day_on_which_a_leaver_was_counted_too_long(session, recorded_jobs):
    job = "measurement.restate_units"
    early, late = make_employee(), make_employee()
    today = queries.today()
    service.mark_left({early.key: today - timedelta(days=4), late.key: today - timedelta(days=2)})
    assert recorded_jobs.arguments(job) == [{"since": (today - timedelta(days=3)).isoformat()}]
    service.mark_left({early.key: today - timedelta(days=4)})
    service.mark_left({make_employee().key: today})
    assert len(recorded_jobs.arguments(job)) == 1


def test_a_torn_line_in_the_tombstone_file_is_passed_over(session):
    employee = make_advocate()
    service.withdraw_consent(actor_for(employee), Purpose.TAKE_PART, source="test")
    with tombstones.log_file().open("a") as file:
        file.write('{"what": "left", "empl')
    assert [entry["what"] for entry in tombstones.read()] == ["withdrawn"]


@pytest.mark.parametrize("before", [b'{"what": "withdrawn", "empl', b"\xff\xfe no text", b"17", b""])
def test_what_is_said_after_a_torn_line_is_read_all_the_same(session, before):
    employee = make_advocate()
    tombstones.log_file().write_bytes(before)  # a full disk takes part of a line, and there is room again later
    service.withdraw_consent(actor_for(employee), Purpose.TAKE_PART, source="test")
    assert [entry["employee"] for entry in tombstones.read()] == [str(employee.id)]
    assert b"\n\n" not in tombstones.log_file().read_bytes()


PEOPLES_OWN = {
    "reach_touch",  # gone with the next merge, seconds later; without it the person would stay in the unions
    "activity_event",
    "consent",
    "consent_event",
    "network_profile",
    "policy_acknowledgement",
    "topic_follow",
    "unit_membership",
    "account",
}


def test_every_table_that_names_a_person_has_a_rule_for_erasing():
    import_models()
    named = {table.name for table in Base.metadata.tables.values() if "employee_key" in table.columns}
    ruled = {statement.split()[2 if statement.startswith("DELETE") else 1] for statement in erasure.STATEMENTS}
    assert named - PEOPLES_OWN - ruled == set()


def test_a_yes_under_an_older_policy_is_withdrawn_like_any_other(session):
    employee = make_employee()
    give_consent(employee)
    make_policy({"en": [{"heading": "New", "text": "text"}]})
    assert service.withdraw_consent(actor_for(employee), Purpose.TAKE_PART, source="test") == [Purpose.TAKE_PART]
