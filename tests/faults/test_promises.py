"""I5: what was acknowledged to a person is there after any fault. Nobody is told "done" of something that is lost."""

import json
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from tests.faults.cluster import ROOT, Cluster, assert_invariants

pytestmark = pytest.mark.faults

PEOPLE = 60
PAUSE_SECONDS = 0.05
PATIENCE_SECONDS = 60
WITHDRAWN = "SELECT NOT EXISTS (SELECT 1 FROM consent WHERE employee_key = %s AND purpose = 'take_part')"
REMEMBERED = "SELECT EXISTS (SELECT 1 FROM consent_event WHERE employee_key = %s AND NOT is_granted)"


def withdraw(portal: str, token: str) -> bool:
    """Ask to stop taking part; return whether it was acknowledged. Anything else promises nothing."""
    address = urlsplit(portal)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=10)
    try:
        connection.request(
            "DELETE",
            "/api/v1/me/consents/take_part",
            headers={"Authorization": f"Bearer {token}", "Content-Length": "0"},
        )
        return connection.getresponse().status in (200, 204)
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


@pytest.mark.parametrize("victim", ["postgresql", "web"])
def test_no_acknowledged_withdrawal_is_lost_when_a_process_is_killed(cluster: Cluster, victim: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests.faults.crowd", str(PEOPLE)],
        cwd=ROOT,
        env=cluster.environ,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    crowd = json.loads(told.stdout.splitlines()[-1])
    portal = cluster.environ["ADVOCACY_PORTAL_URL"]
    cluster.start("web")
    cluster.wait(lambda: urlopen(portal + "/readyz", timeout=2).status == 200, PATIENCE_SECONDS)
    acknowledged: list[int] = []

    def leave_one_by_one() -> None:
        for key, token in crowd:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not withdraw(portal, token) and time.monotonic() < deadline:
                time.sleep(0.2)  # people try again until they are told that it is done
            acknowledged.append(key)
            time.sleep(PAUSE_SECONDS)

    people = threading.Thread(target=leave_one_by_one)
    people.start()
    cluster.wait(lambda: len(acknowledged) >= PEOPLE // 6, PATIENCE_SECONDS, "some have left")
    before = len(acknowledged)
    if victim == "postgresql":
        cluster.kill_postgres()
        time.sleep(0.5)
        cluster.postgres.restart()
    else:
        cluster.kill("web")
        cluster.start("web")
    people.join()
    assert 0 < before < PEOPLE, "the fault must fall into the middle"
    for key in acknowledged:
        cluster.promise(f"the withdrawal of {key}", WITHDRAWN, key)
        cluster.promise(f"the history of {key}", REMEMBERED, key)
    assert len(acknowledged) == PEOPLE
    cluster.start("dispatcher", "worker@default")  # what a withdrawal leaves to do is done as well
    assert_invariants(cluster)
