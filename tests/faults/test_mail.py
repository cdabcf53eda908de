"""No digest is sent twice, whatever is killed between its row and the call or between the call and its row (I3, I4)."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.faults.cluster import ROOT, Cluster
from tests.support.mail import Sink
from tests.support.ports import own_port

pytestmark = pytest.mark.faults

PEOPLE = 6
# Everybody wants mail at noon, which it is where they live, and something is new for all. By the hour of UTC a
# test that begins at 23:59 would find a day on which nobody is to be written to.
SCENE = f"""
import tests.faults.process
from workers import process, notifications
from advocacy.foundation import clock, db
from advocacy.foundation.columns import new_id
from tests.factories.content import make_live_item
from tests.factories.notifications import choose
from tests.factories.people import make_advocate
process.start('test')
with db.unit_of_work() as session:
    session.execute(db.text("SELECT ensure_activity_partition(current_date)"))
    names = [str(new_id()) for _ in range({PEOPLE})]
    zone = f'Etc/GMT{{clock.now().hour - 12:+d}}'
    people = [make_advocate(time_zone=zone, external_id=n, email=n + '@meridian.example') for n in names]
    if not session.scalar(db.text("SELECT count(*) FROM content_item")):
        make_live_item()
    for person in people:
        choose(person, digest_days=range(1, 8), digest_hour=12, quiet_from=None, quiet_until=None)
with db.unit_of_work():
    notifications.start_digests()
"""


@pytest.fixture
def sink() -> Iterator[tuple[Sink, str]]:
    found, port = Sink(), own_port()
    controller: Any = Controller(found, hostname="127.0.0.1", port=port, ready_timeout=30)
    controller.start()
    yield found, f"smtp://127.0.0.1:{port}"
    controller.stop()


@pytest.mark.parametrize(("point", "arrived"), [("after_message_row", PEOPLE - 1), ("after_message_left", PEOPLE)])
def test_no_digest_is_sent_twice_when_its_worker_is_killed_at(
    cluster: Cluster, sink: tuple[Sink, str], point: str, arrived: int
):
    kept, url = sink
    cluster.sql("DELETE FROM message")
    cluster.sql("DELETE FROM digest_run")
    cluster.sql("UPDATE employee SET email = NULL")  # whom an earlier test left behind is written to no more
    subprocess.run([sys.executable, "-c", SCENE], cwd=ROOT, env=cluster.environ, check=True)
    cluster.start(
        "dispatcher",
        "worker@default",
        "worker@delivery",
        FAIL_AT=f"{point}:kill",
        FAIL_JOB="notifications.send_digests",
        ADVOCACY_SMTP_URL=url,
    )
    cluster.wait(lambda: (cluster.home / "failpoints" / point).exists(), 40, "the worker is killed")
    cluster.wait(
        lambda: cluster.scalar("SELECT count(*) FROM message WHERE state = 'sent'") == PEOPLE - 1, 60, "all others"
    )
    assert kept.most_of_one == 1
    assert len(kept.kept) == arrived
    assert len({letter["To"] for letter in kept.kept}) == arrived
    # The one in between: nobody can know, so it stays as it is and is given up by the clock.
    assert cluster.sql("SELECT state, attempts FROM message WHERE state <> 'sent'") == [("sending", 1)]
