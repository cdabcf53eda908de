"""Due tasks reach their queue, schedules fire once, and what Redis lost is sent again."""

from datetime import UTC, datetime, timedelta

import pytest
import redis
from sqlalchemy import func, select, text, update

from advocacy.foundation import audit, jobs
from advocacy.foundation.db import session as ambient
from advocacy.foundation.db import unit_of_work
from advocacy.foundation.models import ScheduleRun, Task
from config.jobs import BY_NAME, JOBS
from workers import dispatcher, entries
from workers.dispatcher import Dispatcher, fire, fire_schedules


@pytest.fixture
def memory(settings):
    connection = redis.Redis.from_url(settings.redis_url)
    connection.flushdb()
    yield connection
    connection.flushdb()
    connection.close()


@pytest.fixture
def dispatching(committed_database, settings, memory, monkeypatch):
    monkeypatch.setattr(dispatcher, "JOBS", ())  # no schedules beside what the test is about
    one = Dispatcher(settings)
    yield one
    one.redis.close()


def want(count: int = 1, name: str = "identity.send_link") -> list:
    with unit_of_work():
        return [jobs.enqueue(name, link_id=str(number)) for number in range(count)]


def queued(memory: redis.Redis, name: str = "delivery") -> list[str]:
    return [entry[:36] for entry in entries.queue(memory, name).get_job_ids()]


def let_dispatch_time_out() -> None:
    with unit_of_work():
        ambient.execute(update(Task).values(dispatched_until=text("now() - interval '1 second'")))


def test_due_tasks_are_queued_once_in_their_order(dispatching, memory):
    wanted = [str(*want()) for _ in range(3)]  # one after the other: those of one transaction have no order
    assert dispatching.tick() == 3
    assert dispatching.tick() == 0
    assert queued(memory) == wanted


def test_nothing_is_queued_before_it_is_due_or_while_it_runs(dispatching, memory):
    with unit_of_work():
        jobs.enqueue("identity.send_link", delay=timedelta(hours=1), link_id="1")
        running = jobs.enqueue("identity.send_link", link_id="2")
        ambient.execute(
            update(Task)
            .where(Task.id == running)
            .values(state="leased", lease_until=text("now() + interval '1 minute'"))
        )
    assert dispatching.tick() == 0


PUT_OFF = "notifications.post_to_teams"


def test_a_wish_for_now_brings_forward_the_task_that_was_put_off(dispatching, memory):
    with unit_of_work():
        put_off = jobs.enqueue(PUT_OFF, delay=timedelta(hours=8))
    with unit_of_work():
        assert jobs.enqueue(PUT_OFF) is None
    assert dispatching.tick() == 1
    assert queued(memory, "egress") == [str(put_off)]


def test_a_wish_for_later_leaves_the_task_that_waits_where_it_is(dispatching, memory):
    with unit_of_work():
        jobs.enqueue(PUT_OFF)
    with unit_of_work():
        assert jobs.enqueue(PUT_OFF, delay=timedelta(hours=8)) is None
    assert dispatching.tick() == 1


def test_a_wish_does_not_shorten_the_pause_after_a_failure(dispatching):
    with unit_of_work():
        jobs.enqueue(PUT_OFF, delay=timedelta(minutes=5))
        ambient.execute(update(Task).values(attempts=1))
    with unit_of_work():
        assert jobs.enqueue(PUT_OFF) is None
    assert dispatching.tick() == 0


def test_an_entry_that_redis_lost_is_queued_again_when_its_time_is_over(dispatching, memory):
    [task_id] = want()
    dispatching.tick()
    memory.flushdb()
    assert dispatching.tick() == 0
    let_dispatch_time_out()
    assert dispatching.tick() == 1
    assert queued(memory) == [str(task_id)]


def test_an_entry_that_still_waits_in_its_queue_is_not_queued_twice(dispatching, memory):
    want()
    dispatching.tick()
    let_dispatch_time_out()
    assert dispatching.tick() == 0
    assert len(queued(memory)) == 1
    assert ambient.scalar(select(func.count()).where(Task.dispatched_until > func.now())) == 1


def test_the_backlog_stays_in_the_database_while_the_queue_is_long(dispatching, memory, monkeypatch):
    monkeypatch.setattr(dispatcher, "LONGEST_QUEUE", 4)
    want(10)
    assert dispatching.tick() == 4
    assert dispatching.tick() == 0
    memory.flushdb()
    assert dispatching.tick() == 4


def test_urgent_work_finds_room_in_a_queue_that_other_work_filled(dispatching, memory, monkeypatch):
    monkeypatch.setattr(dispatcher, "LONGEST_QUEUE", 5)
    with unit_of_work():
        for number in range(10):
            jobs.enqueue("notifications.send_digests", run_id=number, first_key=1)
    assert dispatching.tick() == 4
    assert dispatching.tick() == 0
    [link] = want(1)
    assert dispatching.tick() == 1
    assert queued(memory)[0] == str(link)


def test_tasks_stay_due_when_redis_is_away(dispatching, settings):
    want(2)
    dispatching.redis.connection_pool.connection_kwargs["port"] = 1
    dispatching.redis.connection_pool.disconnect()
    assert dispatching.tick() == 0
    assert ambient.scalar(select(func.count()).where(Task.dispatched_until.is_not(None))) == 0


def test_entries_are_json_and_hold_nothing_but_the_task(dispatching, memory):
    [task_id] = want()
    dispatching.tick()
    [key] = memory.keys("rq:job:*")
    assert key.decode().startswith(f"rq:job:{task_id}-")
    [entry] = entries.queue(memory, "delivery").get_jobs()
    assert (entry.func_name, entry.args, entry.kwargs) == ("workers.run.run_task", [str(task_id)], {})
    assert (entry.result_ttl, entry.failure_ttl, entry.timeout) == (
        0,
        3600,
        BY_NAME["identity.send_link"].timeout_seconds,
    )


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("os.system", ["true"]),
        ("workers.run.execute", ["00000000-0000-0000-0000-000000000000"]),
        ("workers.run.run_task", ["not a task"]),
        ("workers.run.run_task", []),
    ],
)
def test_a_worker_refuses_what_does_not_name_a_task(memory, function, arguments):
    queue = entries.queue(memory, "default")
    queue.enqueue_call(function, args=arguments)
    [entry] = queue.get_jobs()
    with pytest.raises((PermissionError, ValueError)):
        entry.perform()


def test_a_worker_ignores_callbacks_that_somebody_put_into_redis(memory):
    queue = entries.queue(memory, "default")
    written = queue.enqueue_call("workers.run.run_task", args=["00000000-0000-0000-0000-000000000000"])
    memory.hset(written.key, mapping={"failure_callback_name": "os.abort", "success_callback_name": "os.abort"})
    [entry] = queue.get_jobs()
    assert entry._failure_callback_name is None
    assert entry.success_callback is None


def test_every_schedule_fires_its_latest_slot_once(committed_database):
    with unit_of_work():
        first = fire_schedules({})
    with unit_of_work():
        fire_schedules({})
    scheduled = {job.name for job in JOBS if job.every_seconds}
    assert set(first) == scheduled
    runs = ambient.execute(select(ScheduleRun.name, ScheduleRun.slot, ScheduleRun.task_id)).all()
    assert {run.name for run in runs} == scheduled
    assert {run.name for run in runs if run.task_id is not None} >= {
        j.name for j in JOBS if j.every_seconds and not j.only_if
    }
    for run in runs:
        assert run.slot.timestamp() % BY_NAME[run.name].every_seconds == 0


def test_a_slot_needs_no_second_task_while_the_last_one_waits(committed_database):
    job = BY_NAME["content.advance_items"]
    slot = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
    with unit_of_work():
        assert fire(job, slot)
        assert fire(job, slot + timedelta(seconds=60))
        assert not fire(job, slot)
    assert ambient.scalar(select(func.count()).select_from(Task)) == 1
    assert ambient.scalar(select(func.count()).select_from(ScheduleRun)) == 2


CHAIN, FILL = BY_NAME["foundation.chain_audit"], BY_NAME["measurement.fill_due_days"]
QUIET_SLOT = datetime(2026, 11, 2, 12, 0, 15, tzinfo=UTC)


def wanted_tasks() -> list[str]:
    return list(ambient.scalars(select(Task.name)))


def test_a_slot_passes_without_a_task_when_nothing_waits(committed_database):
    with unit_of_work():
        assert fire(CHAIN, QUIET_SLOT)
        assert fire(FILL, QUIET_SLOT)
        assert not fire(CHAIN, QUIET_SLOT), "the slot is taken all the same"
    assert wanted_tasks() == []
    assert ambient.scalar(select(func.count()).select_from(ScheduleRun)) == 2


def test_the_next_slot_has_a_task_when_something_waits_by_then(committed_database):
    with unit_of_work():
        fire(CHAIN, QUIET_SLOT)
        audit.record(None, "test.act")
    with unit_of_work():
        fire(CHAIN, QUIET_SLOT + timedelta(seconds=15))
    assert wanted_tasks() == ["foundation.chain_audit"]


def test_a_schedule_with_a_longest_pause_does_not_ask_when_that_is_over(committed_database):
    with unit_of_work():
        assert fire(FILL, QUIET_SLOT.replace(second=0))
    assert wanted_tasks() == ["measurement.fill_due_days"]


FILL_SLOT = QUIET_SLOT.replace(second=0)


def make_running(name: str) -> None:
    jobs.enqueue(name)
    ambient.execute(
        update(Task).where(Task.name == name).values(state="leased", lease_until=text("now() + interval '1 minute'"))
    )


def make_waiting(name: str, minutes: int) -> None:
    jobs.enqueue(name)
    ambient.execute(
        update(Task).where(Task.name == name).values(next_attempt_at=func.now() - timedelta(minutes=minutes))
    )


def test_an_urgent_schedule_that_runs_lets_a_slot_pass_while_others_of_its_queue_wait_long(committed_database):
    with unit_of_work():
        make_running(FILL.name)
        make_waiting("measurement.forget_sketches", minutes=2)
    with unit_of_work():
        assert fire(FILL, FILL_SLOT)
    assert sorted(wanted_tasks()) == sorted([FILL.name, "measurement.forget_sketches"])


@pytest.mark.parametrize("others", ["wait shortly", "wait in another queue", "wait while it rests"])
def test_an_urgent_schedule_comes_again_at_once_when(committed_database, others):
    with unit_of_work():
        if others == "wait in another queue":
            make_waiting("sharing.forget_sketches", minutes=2)
        else:
            make_waiting("measurement.forget_sketches", minutes=0 if others == "wait shortly" else 2)
        if others != "wait while it rests":
            make_running(FILL.name)
    with unit_of_work():
        assert fire(FILL, FILL_SLOT)
    assert ambient.scalar(select(func.count()).where(Task.name == FILL.name, Task.state == "ready")) == 1


# What comes with the product is put there by the clock.
DUE_IN_AN_EMPTY_DATABASE = {"learning.install_lessons"}


@pytest.mark.parametrize("job", [job for job in JOBS if job.only_if], ids=lambda job: job.name)
def test_a_condition_is_sql_that_the_application_may_ask_and_finds_nothing_in_an_empty_database(
    committed_database, job
):
    with unit_of_work():
        assert ambient.scalar(text(f"SELECT {job.only_if}")) is (job.name in DUE_IN_AN_EMPTY_DATABASE)


def test_enqueue_calls_a_listening_dispatcher_when_it_commits(dispatching):
    dispatching._wait(0)  # begins to listen
    want()
    [notification] = dispatching._listener.notifies(timeout=60, stop_after=1)
    assert notification.channel == jobs.CHANNEL
    dispatching._close_listener()
