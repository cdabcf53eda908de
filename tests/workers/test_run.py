"""A task runs once: claimed under a lease, fenced by its token, tried again after a failure."""

import sys
import types
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text, update

import config.jobs
from advocacy.foundation import jobs, tasks
from advocacy.foundation.db import session as ambient
from advocacy.foundation.db import unit_of_work
from advocacy.foundation.models import AuditEvent, Task, TaskState
from config.jobs import Job
from workers import run

PROBE = Job("probe.act", timeout_seconds=20, retries=2, one_at_a_time=("number",))


@pytest.fixture
def probe(monkeypatch):
    """Give the job `probe.act` a function that a test may replace."""
    module = types.ModuleType("workers.probe")

    def act(number: int) -> None:
        ambient.add(AuditEvent(action="probe.act", details={"number": number, "task": str(jobs.current_task_id())}))

    act.__module__ = "workers.probe"
    module.act = act
    monkeypatch.setitem(sys.modules, "workers.probe", module)
    monkeypatch.setitem(config.jobs.BY_NAME, PROBE.name, PROBE)

    def replace(function):
        function.__module__ = "workers.probe"
        module.act = function

    return replace


def wanted(number: int = 1) -> UUID:
    with unit_of_work():
        return jobs.enqueue("probe.act", number=number)


def stored(task_id: UUID) -> Task:
    ambient.remove()
    return ambient.get(Task, task_id)


def effects() -> list[dict]:
    ambient.remove()
    return list(ambient.scalars(select(AuditEvent.details)))


def let_time_pass(task_id: UUID) -> None:
    """Let the lease end and the pause be over, by the database's clock."""
    with unit_of_work():
        ambient.execute(
            text(
                "UPDATE task SET lease_until = lease_until - interval '1 day', "
                "next_attempt_at = next_attempt_at - interval '1 day' WHERE id = :id"
            ),
            {"id": task_id},
        )


def test_the_effect_and_the_end_of_the_task_are_committed_together_when_it_succeeds(probe, committed_database):
    task_id = wanted(7)
    assert run.execute(task_id).ended == "done"
    task = stored(task_id)
    assert (task.state, task.attempts, task.lease_until) == (TaskState.DONE, 1, None)
    assert effects() == [{"number": 7, "task": str(task_id)}]
    assert jobs.current_task_id() is None


def test_nothing_happens_when_the_task_is_done_or_unknown(probe, committed_database):
    task_id = wanted()
    run.execute(task_id)
    assert run.execute(task_id).ended == "not_claimed"
    assert run.execute(uuid4()).ended == "not_claimed"
    assert len(effects()) == 1


def test_the_effect_rolls_back_and_the_task_waits_when_the_function_fails(probe, committed_database):
    def act(number: int) -> None:
        ambient.add(AuditEvent(action="probe.act", details={}))
        ambient.flush()
        raise ValueError(f"no such person as anna.berg@example.com, number {number}")

    probe(act)
    task_id = wanted()
    assert run.execute(task_id).ended == "failed"
    task = stored(task_id)
    assert (task.state, task.attempts) == (TaskState.READY, 1)
    assert task.next_attempt_at > task.created_at
    assert task.last_error == "ValueError: no such person as …, number 1"
    assert effects() == []


def test_the_task_is_dead_when_its_attempts_are_used_up(probe, committed_database):
    def act(number: int) -> None:
        raise RuntimeError("never")

    probe(act)
    task_id = wanted()
    for _ in range(PROBE.retries + 1):
        assert run.execute(task_id).ended == "failed"
        let_time_pass(task_id)
    assert stored(task_id).state is TaskState.DEAD
    assert run.execute(task_id).ended == "not_claimed"


def test_a_task_is_not_claimed_before_its_pause_is_over(probe, committed_database):
    task_id = wanted()
    with unit_of_work():
        ambient.execute(update(Task).values(next_attempt_at=text("now() + interval '1 hour'")))
    assert tasks.claim(task_id) is None


def test_a_run_that_lost_its_lease_rolls_back_when_it_comes_to_its_end(probe, committed_database):
    taken_over = []

    def act(number: int) -> None:
        ambient.add(AuditEvent(action="probe.act", details={"number": number}))
        ambient.flush()
        if not taken_over:
            taken_over.append(True)
            steal(task_id)

    def steal(task_id: UUID) -> None:
        """Do what another worker does meanwhile, on a connection of its own."""
        with committed_database.begin() as connection:
            connection.execute(
                text("UPDATE task SET lease_token = lease_token + 1, lease_until = now() + interval '1 min'")
            )

    probe(act)
    task_id = wanted()
    assert run.execute(task_id).ended == "lease_lost"
    task = stored(task_id)
    assert (task.state, task.lease_token) == (TaskState.LEASED, 2)
    assert effects() == []


def test_finishing_fails_when_somebody_claimed_the_task_anew(probe, committed_database):
    task_id = wanted()
    first = tasks.claim(task_id)
    let_time_pass(task_id)
    second = tasks.claim(task_id)
    with pytest.raises(tasks.LeaseLost), unit_of_work():
        tasks.finish(first)
    with unit_of_work():
        tasks.finish(second)
    assert stored(task_id).state is TaskState.DONE


def test_a_second_task_waits_when_one_with_the_same_key_is_running(probe, committed_database):
    first = wanted(1)
    claimed = tasks.claim(first)
    second = wanted(1)
    with committed_database.begin() as connection:
        connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": claimed.concurrency_key}
        )
        assert run.execute(second).ended == "busy"
    task = stored(second)
    assert (task.state, task.attempts) == (TaskState.READY, 0)


def test_a_failed_task_gives_way_when_a_later_one_waits_under_the_same_key(probe, committed_database):
    later = []

    def act(number: int) -> None:
        later.append(wanted_elsewhere())
        raise RuntimeError("not now")

    def wanted_elsewhere() -> UUID:
        with committed_database.begin() as connection:
            new = uuid4()
            connection.execute(
                text(
                    "INSERT INTO task (id, name, queue, priority, arguments, concurrency_key, state, attempts, "
                    "max_attempts, lease_token) VALUES (:id, 'probe.act', 'default', 100, CAST('{\"number\": 1}' AS "
                    "jsonb), 'probe.act:1', 'ready', 0, 3, 0)"
                ),
                {"id": new},
            )
        return new

    probe(act)
    task_id = wanted(1)
    assert run.execute(task_id).ended == "failed"
    assert stored(task_id).state is TaskState.DONE
    waiting = stored(later[0])
    assert (waiting.state, waiting.attempts) == (TaskState.READY, 1), "the failures are inherited, so it can die"


def test_an_expired_lease_is_swept_and_dies_at_last(probe, committed_database):
    task_id = wanted()
    for attempt in range(1, PROBE.retries + 2):
        assert tasks.claim(task_id).attempt == attempt
        let_time_pass(task_id)
        with unit_of_work():
            [(swept, name, ending)] = tasks.sweep_expired()
        assert (swept, name) == (task_id, "probe.act")
        assert ending == ("ready" if attempt <= PROBE.retries else "dead")
        let_time_pass(task_id)
    with unit_of_work():
        assert tasks.sweep_expired() == []


def test_a_job_that_this_release_does_not_know_waits_for_one_that_does(probe, committed_database, monkeypatch):
    task_id = wanted()
    monkeypatch.delitem(config.jobs.BY_NAME, PROBE.name)
    assert isinstance(run.execute(task_id).error, LookupError)
    assert stored(task_id).state is TaskState.READY


def test_pauses_grow_and_stay_within_their_bounds():
    job = Job("probe.act", every_seconds=None)
    for attempt, longest in ((2, 5), (3, 15), (4, 45), (20, 3600)):
        pauses = {tasks.pause_before(attempt, job) for _ in range(50)}
        assert longest / 2 <= min(pauses) <= max(pauses) <= longest
        assert len(pauses) > 1
    assert tasks.pause_before(20, Job("probe.act", every_seconds=2)) <= 30


def test_only_own_public_functions_of_a_capability_are_jobs():
    for name in ("foundation.text", "foundation.CHAIN_BATCH", "foundation.missing"):
        with pytest.raises(LookupError):
            run.resolve(Job(name))
