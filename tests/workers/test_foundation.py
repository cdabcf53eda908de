"""The jobs of the technical floor and of the ledger."""

import time_machine
from sqlalchemy import func, select, text, update

from advocacy.foundation import audit, jobs
from advocacy.foundation.columns import new_id
from advocacy.foundation.models import AuditEvent, AuditLink, IdempotencyKey, ScheduleRun, Task, TaskState
from workers import activity, foundation


def test_chain_audit_chains_everything_when_more_waits_than_one_batch_holds(session, monkeypatch):
    monkeypatch.setattr(foundation, "CHAIN_BATCH", 3)
    for number in range(8):
        audit.record(None, "test.act", number=number)
    session.flush()
    foundation.chain_audit()
    assert session.scalar(select(func.count()).select_from(AuditLink)) == 8
    assert audit.verify().is_whole
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == 8


def test_forget_expired_deletes_what_is_over_and_keeps_the_rest(session, monkeypatch):
    monkeypatch.setattr(foundation, "DELETE_BATCH", 2)
    expected = set()
    for state, days in ((TaskState.DONE, 2), (TaskState.DONE, 3), (TaskState.DONE, 4), (TaskState.DONE, 0),
                        (TaskState.DEAD, 31), (TaskState.DEAD, 29), (TaskState.READY, 90)):  # fmt: skip
        task_id = jobs.enqueue("identity.send_link", link_id="1")
        over = None if state is TaskState.READY else text(f"now() - interval '{days} days'")
        session.execute(update(Task).where(Task.id == task_id).values(state=state, done_at=over))
        if (state, days) in {(TaskState.DONE, 0), (TaskState.DEAD, 29), (TaskState.READY, 90)}:
            expected.add(task_id)
    for key, hours in (("old", 25), ("new", 23)):
        session.add(IdempotencyKey(account_id=new_id(), key=key, fingerprint=b"", status=200))
        session.flush()
        session.execute(
            update(IdempotencyKey)
            .where(IdempotencyKey.key == key)
            .values(created_at=text(f"now() - interval '{hours} hours'"))
        )
    for days in (8, 6):
        session.execute(
            text("INSERT INTO schedule_run (name, slot) VALUES ('x', now() - make_interval(days => :days))"),
            {"days": days},
        )
    foundation.forget_expired()
    assert set(session.scalars(select(Task.id))) == expected
    assert list(session.scalars(select(IdempotencyKey.key))) == ["new"]
    assert session.scalar(select(func.count()).select_from(ScheduleRun)) == 1


def test_prepare_partitions_makes_this_month_and_the_next_two_when_the_year_ends(session):
    with time_machine.travel("2031-11-30T23:59:00Z", tick=False):
        activity.prepare_partitions()
        activity.prepare_partitions()
    found = session.scalars(
        text("SELECT relname FROM pg_class WHERE relname LIKE 'activity_event_203%' AND relkind = 'r' ORDER BY 1")
    ).all()
    assert found == ["activity_event_2031_11", "activity_event_2031_12", "activity_event_2032_01"]


def test_recorded_jobs_run_in_place_when_a_test_asks(recorded_jobs, session):
    audit.record(None, "test.act")
    jobs.enqueue("foundation.chain_audit")
    assert recorded_jobs.names() == ["foundation.chain_audit"]
    assert recorded_jobs.run() == 1
    assert recorded_jobs.run() == 0
    assert session.scalar(select(func.count()).select_from(AuditLink)) == 1
