"""Killing what records clicks: every acknowledged click is counted once (I1), and none that nobody made (I2)."""

import http.client
import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from urllib.parse import urlsplit
from uuid import UUID

import psutil
import pytest

from advocacy.sharing.codes import new_code
from tests.faults.cluster import Cluster

pytestmark = pytest.mark.faults

IS_FULL = os.environ.get("ADVOCACY_FAULTS") == "full"
CLICKS = 5_000 if IS_FULL else 800
KILLS = 12 if IS_FULL else 3
CLIENTS = 8
REPLAY_SECONDS = 30.0
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@dataclass
class Visitors:
    """Clients that send numbered clicks and write down what they were told. A number is sent once, whatever happens.

    They go on until the block is left and as many are sent as were wanted, so that what is done to the servers in the
    block is done while somebody clicks, however fast the machine is.
    """

    address: str
    codes: list[str]
    pause: float = 0.0
    sent: set[int] = field(default_factory=set)
    acknowledged: dict[int, UUID] = field(default_factory=dict)
    wrong: list[int] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _goes_on: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def clicking(self, least: int) -> Iterator[None]:
        self._goes_on, wanted = True, len(self.sent) + least
        threads = [threading.Thread(target=self._click, args=[wanted], daemon=True) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._goes_on = False
        for thread in threads:
            thread.join(120)
        assert not any(thread.is_alive() for thread in threads)

    def _click(self, wanted: int) -> None:
        connection: http.client.HTTPConnection | None = None
        while True:
            with self._lock:
                if not self._goes_on and len(self.sent) >= wanted:
                    break
                number = next(self._numbers)
                self.sent.add(number)
            if connection is None:
                connection = http.client.HTTPConnection(self.address, timeout=10)
            try:
                path = f"/{self.codes[number % len(self.codes)]}"
                connection.request(
                    "GET", path, headers={"Referer": f"https://n{number}.example/", "User-Agent": FIREFOX}
                )
                response = connection.getresponse()
                response.read()
                if response.status == 302:
                    self.acknowledged[number] = UUID(response.headers["X-Event-Id"])
                else:
                    self.wrong.append(response.status)
            except (OSError, http.client.HTTPException):
                connection.close()
                connection = None
                time.sleep(0.02)
            time.sleep(self.pause)
        if connection is not None:
            connection.close()


@pytest.fixture
def codes(cluster: Cluster) -> list[str]:
    """Return new links on an empty ledger."""
    cluster.sql("TRUNCATE activity_event, click_segment, click_seen, click_referrer, click_salt, link CASCADE")
    cluster.sql("INSERT INTO allowed_host VALUES ('www.meridian.example', false, now(), NULL) ON CONFLICT DO NOTHING")
    made = [new_code() for _ in range(20)]
    for code in made:
        cluster.sql(
            "INSERT INTO link (id, code, destination, created_at) "
            "VALUES (gen_random_uuid(), %s, 'https://www.meridian.example/', now())",
            code,
        )
    return made


def visitors_of(cluster: Cluster, codes: list[str], *, pause: float = 0.0) -> Visitors:
    """Return clients for a redirect that answers already and knows all links."""
    address = urlsplit(cluster.environ["ADVOCACY_LINK_URL"]).netloc

    def answers() -> bool:
        with closing(http.client.HTTPConnection(address, timeout=2)) as connection:
            connection.request("GET", "/livez")
            return connection.getresponse().status == 200

    cluster.wait(answers, 20, "the redirect answers")
    return Visitors(address, codes, pause)


def listening(cluster: Cluster) -> list[psutil.Process]:
    """Return those of several redirect processes that answer by now."""
    found = []
    for process in cluster.family("redirect")[1:]:
        with suppress(psutil.Error):
            if any(one.status == psutil.CONN_LISTEN for one in process.net_connections("tcp")):
                found.append(process)
    return found


def kills_one(cluster: Cluster) -> bool:
    """Kill a redirect process where another one answers. On a slow machine the others may only begin to start again."""
    answering = listening(cluster)
    if len(answering) > 1:
        with suppress(psutil.NoSuchProcess):
            random.choice(answering).kill()
            return True
    return False


def everything_is_imported(cluster: Cluster) -> bool:
    journal = cluster.home / "journal"
    left = [file for file in journal.rglob("*") if file.suffix in {".part", ".sealed"}]
    return not left and cluster.scalar("SELECT count(*) FROM click_segment WHERE imported_at IS NULL") == 0


def assert_counted_once(cluster: Cluster, visitors: Visitors) -> None:
    rows = cluster.sql(
        "SELECT event_id, substr(split_part(host, '.', 1), 2)::int FROM activity_event "
        "LEFT JOIN click_referrer ON click_referrer.key = referrer_key WHERE kind = 3"
    )
    events = [event for event, _ in rows]
    assert len(events) == len(set(events)), "I1: an event is counted twice"
    assert set(visitors.acknowledged.values()) <= set(events), "I1: an acknowledged click is not counted"
    numbers = [number for _, number in rows]
    assert len(numbers) == len(set(numbers)), "I2: one click made two events"
    assert set(numbers) <= visitors.sent, "I2: a click is counted that nobody made"
    by_event = dict(rows)
    assert all(by_event[event] == number for number, event in visitors.acknowledged.items())
    assert cluster.scalar("SELECT coalesce(sum(clicks), 0) FROM click_segment") == len(rows)


def test_f1_killed_redirect_processes_lose_no_acknowledged_click(cluster: Cluster, codes: list[str]) -> None:
    cluster.start("redirect", ADVOCACY_LINK_PROCESSES="4")
    cluster.start("dispatcher", "worker@default")
    visitors = visitors_of(cluster, codes, pause=0.01)
    cluster.wait(lambda: len(listening(cluster)) == 4, 20, "all redirect processes answer")
    with visitors.clicking(CLICKS):
        for _ in range(KILLS):
            time.sleep(0.5)
            cluster.wait(partial(kills_one, cluster), 20, "one of several redirect processes is killed")
    assert visitors.wrong == []
    assert len(visitors.acknowledged) > len(visitors.sent) / 2
    cluster.wait(lambda: everything_is_imported(cluster), REPLAY_SECONDS, "all journals are imported")
    assert_counted_once(cluster, visitors)


def test_f2_after_all_redirect_processes_died_the_journal_is_replayed(cluster: Cluster, codes: list[str]) -> None:
    cluster.start("redirect", ADVOCACY_LINK_PROCESSES="2")
    cluster.start("dispatcher", "worker@default")
    visitors = visitors_of(cluster, codes, pause=0.01)
    with visitors.clicking(CLICKS):
        for _ in range(3):
            time.sleep(1.0)
            cluster.kill("redirect")
            cluster.start("redirect", ADVOCACY_LINK_PROCESSES="2")
    assert visitors.wrong == []
    assert visitors.acknowledged
    cluster.wait(lambda: everything_is_imported(cluster), REPLAY_SECONDS, "the journal is replayed")
    assert_counted_once(cluster, visitors)


def test_f13_clicks_go_on_while_postgresql_is_killed_and_are_all_counted_after_it(
    cluster: Cluster, codes: list[str]
) -> None:
    cluster.start("redirect", "dispatcher", "worker@default")
    visitors = visitors_of(cluster, codes, pause=0.02)
    with visitors.clicking(len(codes)):  # from now on every link is known
        pass
    with visitors.clicking(CLICKS):
        time.sleep(1.5)
        cluster.kill_postgres()
        at_death = len(visitors.acknowledged)
        cluster.wait(lambda: len(visitors.acknowledged) > at_death + 20, 20, "clicks go on")
        cluster.postgres.restart()
    assert visitors.wrong == []
    assert len(visitors.acknowledged) == len(visitors.sent)
    cluster.wait(lambda: everything_is_imported(cluster), 60, "the journal drains")
    assert_counted_once(cluster, visitors)
