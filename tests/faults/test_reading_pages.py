"""A page is read for somebody although the worker that read it was killed; whoever waits hears of it meanwhile."""

import subprocess
import sys
import threading

import pytest

from tests.faults.cluster import ROOT, Cluster
from tests.support.sites import answer, running_site

pytestmark = pytest.mark.faults

WORKER = "worker@egress"
ASK = """
import sys
from advocacy.content.unfurling.service import request_unfurl
from advocacy.foundation import db
from advocacy.foundation.access import Role
from tests.factories.content import make_actor
from tests.factories.people import make_unit
from workers import process
process.start("test")
with db.unit_of_work():
    make_unit("Meridian Works")
    print(request_unfurl(make_actor(Role.CURATOR), url=sys.argv[1]).id)
"""


def test_a_page_is_read_when_its_worker_is_killed_in_the_middle(cluster: Cluster):
    with running_site() as site:
        asked, over = threading.Event(), threading.Event()

        def never_answers(_connection):
            asked.set()
            over.wait(20)

        site.pages["/"] = never_answers
        told = subprocess.run(
            [sys.executable, "-c", ASK, site.url()],
            cwd=ROOT, env=cluster.environ, check=True, capture_output=True, text=True,
        )  # fmt: skip
        inside = {"ADVOCACY_EGRESS_INSIDE": f"127.0.0.1:{site.port}"}
        cluster.start("dispatcher", WORKER, **inside)
        cluster.wait(asked.is_set, 30, "the page is asked for")
        cluster.kill(WORKER)
        over.set()
        assert cluster.scalar("SELECT state FROM unfurl") == "waiting"
        site.pages["/"] = answer("<title>Read after all</title>")
        # The lease of the dead run ends by itself within a minute; the test does not wait for it.
        cluster.sql("UPDATE task SET lease_until = now() WHERE name = 'content.unfurl'")
        cluster.start(WORKER, **inside)
        cluster.wait(lambda: cluster.scalar("SELECT state FROM unfurl") == "done", 30, "the page is read")
        assert cluster.scalar("SELECT found ->> 'title' FROM unfurl") == "Read after all"
        assert told.stdout.strip() == str(cluster.scalar("SELECT id FROM unfurl"))
        cluster.sql("DELETE FROM unfurl")
