"""What operators see on the internal port."""

import json
import re
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, update

from advocacy.foundation import audit, health, jobs, metrics
from advocacy.foundation.db import session as ambient
from advocacy.foundation.models import Task
from advocacy.supervisor.processes import port_is_free, wait_until
from tests.support.ports import own_port


@pytest.fixture
def fetch(settings, committed_database):
    port = own_port()
    metrics.serve(replace(settings, internal_bind=f"127.0.0.1:{port}"))
    assert wait_until(lambda: not port_is_free(port), 60)

    def get(path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
            return answer.read().decode()

    return get


def test_the_page_tells_waiting_tasks_and_requests_by_route(fetch):
    jobs.enqueue("identity.send_link", link_id="1")
    audit.record(None, "test.act")
    ambient.commit()
    counted = metrics.REQUESTS.labels("GET", "/shares/<uuid:share_id>", "200")
    before = counted._value.get()  # the whole process counts, also what other tests asked for
    metrics.observe_request("GET", "/shares/<uuid:share_id>", 200, 0.012)
    metrics.observe_request("BREW", "", 405, 0.001)
    page = fetch("/metrics")
    assert 'advocacy_tasks_waiting{job="identity.send_link"} 1.0' in page
    assert 'advocacy_tasks_oldest_seconds{job="identity.send_link"}' in page
    assert "advocacy_audit_unchained 1.0" in page
    assert "advocacy_database_up 1.0" in page
    line = 'advocacy_requests_total{method="GET",route="/shares/<uuid:share_id>",status="200"}'
    assert f"{line} {before + 1}" in page
    assert 'method="other",route="none"' in page


def test_a_task_is_as_old_as_the_time_since_it_became_due(fetch):
    jobs.enqueue("identity.send_link", link_id="1")
    ambient.execute(
        update(Task).values(created_at=func.now() - timedelta(hours=9), next_attempt_at=func.now() - timedelta(hours=1))
    )
    ambient.commit()
    (age,) = re.findall(r'advocacy_tasks_oldest_seconds\{job="identity.send_link"\} (\S+)', fetch("/metrics"))
    assert 3_600 <= float(age) < 2 * 3_600


def test_readiness_tells_what_is_wrong_in_detail(fetch):
    found = json.loads(fetch("/readyz"))
    assert (found["is_ready"], found["problems"], found["degraded"]) == (True, [], [])
    assert found["revision"] == found["head"] == health.code_head()
    assert fetch("/livez") == "ok\n"
    with pytest.raises(urllib.error.HTTPError, match="404"):
        fetch("/secrets")


def test_a_missing_queue_server_degrades_and_does_not_stop(settings, committed_database):
    found = health.readiness(replace(settings, redis_url="redis://127.0.0.1:1/0"))
    assert (found.is_ready, found.degraded) == (True, ("redis",))
