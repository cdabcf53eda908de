"""Work is never lost and never done twice, whatever is killed. `make faults` runs the heavy variants."""

import os
import signal

import pytest

from advocacy.foundation.failpoints import POINTS
from advocacy.supervisor.processes import is_alive
from tests.faults.cluster import Cluster, assert_invariants

pytestmark = pytest.mark.faults

FULL = os.environ.get("ADVOCACY_FAULTS") == "full"
MANY = 300 if FULL else 40
WORKER = "worker@default"


def arm(cluster: Cluster, failpoint: str) -> None:
    """Start dispatcher and worker with failpoints for the probe job."""
    cluster.start("dispatcher", WORKER, FAIL_AT=failpoint, FAIL_JOB="probe.leave_mark")


def fired(cluster: Cluster, point: str) -> bool:
    return (cluster.home / "failpoints" / point).exists()


@pytest.mark.parametrize("points", [POINTS, *((point,) for point in POINTS if FULL)], ids="+".join)
def test_every_task_is_done_once_when_its_process_is_killed_at(cluster: Cluster, points: tuple[str, ...]):  # F7
    cluster.enqueue_marks(range(8))
    arm(cluster, ",".join(f"{point}:kill" for point in points))
    cluster.wait(lambda: all(fired(cluster, point) for point in points), 30, "all failpoints")
    assert_invariants(cluster)
    assert cluster.marks() == list(range(8))


@pytest.mark.parametrize("point", ["before_effect", "after_effect_before_commit"][0 if FULL else 1 :])
def test_the_task_is_done_once_when_worker_and_run_are_killed_together(cluster: Cluster, point: str):  # F3
    cluster.enqueue_marks(range(1))
    arm(cluster, f"{point}:sleep:30")
    cluster.wait(lambda: fired(cluster, point), 20)
    cluster.kill(WORKER)
    cluster.start(WORKER)
    assert_invariants(cluster)
    assert cluster.marks() == [0]


def test_no_run_outlives_its_worker_when_only_the_worker_is_killed(cluster: Cluster):  # F4
    cluster.enqueue_marks(range(1))
    arm(cluster, "after_effect_before_commit:sleep:30")
    cluster.wait(lambda: fired(cluster, "after_effect_before_commit"), 20)
    runs = cluster.horses(WORKER)
    assert runs
    cluster.kill_parent_only(WORKER)
    cluster.start(WORKER)
    cluster.wait(lambda: not any(is_alive(run.pid) for run in runs), 5)
    assert_invariants(cluster)
    assert cluster.marks() == [0]


def test_a_stale_run_rolls_back_when_another_has_taken_over_its_lease(cluster: Cluster):  # F4, F5
    cluster.enqueue_marks(range(1))
    arm(cluster, "before_effect:sleep:1")
    cluster.wait(lambda: fired(cluster, "before_effect"), 20)
    stopped = cluster.signal_horses(WORKER, signal.SIGSTOP)
    cluster.start(f"{WORKER}#2")
    cluster.wait(lambda: cluster.marks() == [0], 20, "the second worker does the task")
    for run in stopped:
        run.send_signal(signal.SIGCONT)
    cluster.wait(lambda: "lease lost" in cluster.log_of(WORKER), 10)
    assert_invariants(cluster)
    assert cluster.marks() == [0]
    assert cluster.scalar("SELECT attempts FROM task WHERE name = 'probe.leave_mark'") == 2


def test_a_popped_entry_is_found_again_when_its_worker_dies_before_the_start(cluster: Cluster):  # F6
    cluster.enqueue_marks(range(3))
    cluster.start("dispatcher")
    cluster.wait(lambda: cluster.redis.llen("rq:queue:default") >= 3, 20)
    queue = cluster.redis
    while queue.lmove("rq:queue:default", "rq:queue:default:intermediate"):  # what a worker does first, and then dies
        pass
    cluster.start(WORKER)
    assert_invariants(cluster, within_seconds=30)
    assert cluster.marks() == [0, 1, 2]


def test_the_backlog_is_worked_off_when_the_queue_server_was_killed_and_has_forgotten_everything(
    cluster: Cluster,
):  # F8
    cluster.start("dispatcher", WORKER)
    cluster.enqueue_marks(range(MANY))
    cluster.wait(lambda: len(cluster.marks()) > MANY // 10, 30)
    cluster.kill_valkey(forget=True)
    cluster.enqueue_marks(range(MANY, MANY + 5))
    cluster.valkey.start()
    assert_invariants(cluster, within_seconds=60)
    assert cluster.marks() == list(range(MANY + 5))


def test_the_backlog_is_worked_off_when_the_queues_are_emptied_in_mid_run(cluster: Cluster):  # F9
    cluster.start("dispatcher", WORKER)
    cluster.enqueue_marks(range(MANY))
    for share in (4, 2):
        cluster.wait(lambda share=share: len(cluster.marks()) >= MANY // share, 30)
        cluster.redis.flushall()
    assert_invariants(cluster, within_seconds=60)
    assert cluster.marks() == list(range(MANY))


def test_everything_goes_on_when_the_database_was_killed(cluster: Cluster):  # F13
    cluster.start("dispatcher", WORKER)
    cluster.enqueue_marks(range(MANY))
    cluster.wait(lambda: len(cluster.marks()) > MANY // 10, 30)
    cluster.kill_postgres()
    cluster.postgres.restart()
    assert_invariants(cluster, within_seconds=60)
    assert cluster.marks() == list(range(MANY))
    assert "dispatcher_started" in cluster.log_of("dispatcher")
    assert cluster.log_of("dispatcher").count("dispatcher_started") == 1


def test_every_slot_and_every_task_is_done_once_when_three_dispatchers_and_two_workers_compete(
    cluster: Cluster,
):  # F25
    cluster.start("dispatcher", "dispatcher#2", "dispatcher#3", WORKER, f"{WORKER}#2")
    cluster.enqueue_marks(range(MANY))
    assert_invariants(cluster)
    assert cluster.marks() == list(range(MANY))
