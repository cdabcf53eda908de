"""Parts of the redirect that a client on a socket cannot bring about quickly."""

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from advocacy.activity.kinds import ClickFlag
from advocacy.sharing.clicks import journal
from workers.redirect.answers import Answers
from workers.redirect.connection import LARGEST_HEAD_BYTES, Connection, Request
from workers.redirect.database import Database
from workers.redirect.files import Folder, JournalFile, orphans, sealed_in
from workers.redirect.links import Links, Target
from workers.redirect.recorder import Recorder
from workers.redirect.server import referrer_host
from workers.redirect.visitors import MISSES_A_MINUTE, Misses, Visitors


class Client:
    def __init__(self) -> None:
        self.answers: list[bytes] = []

    def answer(self, response: bytes) -> None:
        self.answers.append(response)


def frame(number: int) -> bytes:
    return journal.frame(number.to_bytes(16, "big"), number, number, number, 0, b"agent" * 50, b"")


def kept(folder: Folder) -> list[int]:
    files = [path for path in folder.path.iterdir() if path.suffix in {".part", ".sealed"}]
    clicks = [journal.read(path.read_bytes(), no_key_flag=ClickFlag.NO_VISITOR_KEY).clicks for path in files]
    return sorted(click.link_key for some in clicks for click in some)


async def until(condition: Any) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.001)


async def record_many(folder: Folder) -> None:
    recorder = Recorder(asyncio.get_running_loop(), folder)
    client = Client()
    for number in range(1, 2_001):
        recorder.add(frame(number), client, b"%d" % number)
        if number % 37 == 0:
            await asyncio.sleep(0)
    await until(lambda: len(client.answers) == 2_000)
    assert client.answers == [b"%d" % number for number in range(1, 2_001)]
    assert recorder.recorded == 2_000
    assert kept(folder) == list(range(1, 2_001))
    await recorder.stop()
    (sealed,) = sealed_in(folder.path)
    assert sealed.path.stat().st_size == len(journal.MAGIC) + sum(len(frame(number)) for number in range(1, 2_001))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "journal")


def test_groups_are_answered_in_order_and_stand_in_the_file(folder: Folder) -> None:
    asyncio.run(record_many(folder))


def test_a_disk_that_refuses_keeps_nobody_waiting_and_is_counted(folder: Folder) -> None:
    async def run() -> None:
        recorder = Recorder(asyncio.get_running_loop(), folder)
        client = Client()
        shutil.rmtree(folder.path)
        recorder.add(frame(1), client, b"one")
        await until(lambda: client.answers)
        assert (client.answers, recorder.recorded, recorder.unrecorded) == ([b"one"], 0, 1)
        folder.path.mkdir()
        recorder.add(frame(2), client, b"two")
        await until(lambda: len(client.answers) == 2)
        assert (recorder.recorded, recorder.unrecorded) == (1, 1)
        await recorder.stop()

    asyncio.run(run())
    assert kept(folder) == [2]


def test_a_failed_write_leaves_nothing_that_hides_later_clicks(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    file = JournalFile(folder)
    file.append(frame(1))
    with monkeypatch.context() as patched:
        patched.setattr(
            "workers.redirect.files.os.fdatasync", lambda _descriptor: (_ for _ in ()).throw(OSError(5, "x"))
        )
        with pytest.raises(OSError, match="x"):
            file.append(frame(2))
    file.append(frame(3))
    file.seal()
    assert kept(folder) == [1, 3]


def test_folders_of_living_processes_are_left_alone(folder: Folder, tmp_path: Path) -> None:
    file = JournalFile(folder)
    file.append(frame(1))
    other = Folder(tmp_path / "journal")
    assert orphans(tmp_path / "journal", other) == []
    os.close(folder._lock)  # as the kernel does when the process ends
    (orphan,) = orphans(tmp_path / "journal", other)
    assert orphans(tmp_path / "journal", other) == []
    assert [sealed.torn_bytes for sealed in orphan.seal()] == [0]
    orphan.close()


class FakeServer:
    most_connections = 10
    date = b"now"
    now = 100.0

    def __init__(self, answers: Answers) -> None:
        self.connections: set[Connection] = set()
        self.bad_request, self.too_large = answers.bad_request, answers.too_large
        self.requests: list[Request] = []

    def handle(self, _connection: Connection, request: Request) -> None:
        self.requests.append(request)


class FakeTransport:
    def __init__(self) -> None:
        self.written = b""
        self.is_closed = False

    def get_extra_info(self, _name: str) -> tuple[str, int]:
        return "203.0.113.1", 1

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.is_closed = True

    abort = close


@pytest.fixture
def server(settings: Any) -> FakeServer:
    return FakeServer(Answers(settings))


def connect(server: FakeServer) -> tuple[Connection, FakeTransport]:
    connection, transport = Connection(server), FakeTransport()
    connection.connection_made(transport)  # type: ignore[arg-type]
    return connection, transport


def test_a_request_in_single_bytes_is_the_same_request(server: FakeServer) -> None:
    connection, _ = connect(server)
    for byte in b"GET /Abc?x HTTP/1.1\r\nHost: a\r\nUSER-AGENT: me\r\nX-Forwarded-For: 1\r\nX-Forwarded-For: 2\r\n\r\n":
        connection.data_received(bytes([byte]))
    (request,) = server.requests
    assert (request.url, request.agent, request.forwarded) == (b"/Abc?x", b"me", b"1,2")


def test_a_request_that_trickles_in_does_not_keep_a_connection_open(server: FakeServer) -> None:
    connection, transport = connect(server)
    connection.data_received(b"GET / HTTP/1.1\r\n")
    server.now = 200.0
    connection.data_received(b"X-Slow: 1\r\n")
    connection.close_if_idle(since=170.0)
    assert transport.is_closed


def test_a_client_that_never_ends_its_head_is_refused(server: FakeServer) -> None:
    connection, transport = connect(server)
    connection.data_received(b"GET / HTTP/1.1\r\nX: " + b"a" * LARGEST_HEAD_BYTES)
    assert transport.written.startswith(b"HTTP/1.1 431")
    assert transport.is_closed


def test_an_offer_of_another_protocol_is_answered_and_closed(server: FakeServer) -> None:
    connection, transport = connect(server)
    connection.data_received(b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
    assert [request.url for request in server.requests] == [b"/a"]
    connection.answer(b"done")
    assert transport.written == b"done"
    assert transport.is_closed


def test_answering_a_client_that_left_does_nothing(server: FakeServer) -> None:
    connection, transport = connect(server)
    connection.data_received(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
    connection.connection_lost(None)
    connection.answer(b"late")
    assert transport.written == b""
    assert len(server.requests) == 1
    assert server.connections == set()


def test_memory_for_links_is_bounded_and_keeps_what_is_used(settings: Any) -> None:
    links = Links(Database("", timeout_seconds=1), Answers(settings), most=100)
    for number in range(1_000):
        links._remember(b"%d" % number, Target(number, "", True, b"", None))
        links.find(b"0", 0)
    assert len(links) == 100
    assert links.find(b"0", 0) is not None
    assert links.find(b"500", 0) is None


def test_misses_are_limited_by_network_and_only_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr("workers.redirect.visitors.time.monotonic", lambda: now[0])
    misses = Misses()
    for _ in range(MISSES_A_MINUTE):
        assert not misses.is_limited(b"4abc")
        misses.add(b"4abc")
    assert misses.is_limited(b"4abc")
    assert not misses.is_limited(b"4abd")
    now[0] += 61
    assert not misses.is_limited(b"4abc")


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        (b"203.0.113.9", "203.0.113.9"),
        (b"6.6.6.6, 203.0.113.9 ", "203.0.113.9"),
        (b"nonsense", "127.0.0.1"),
        (b"", "127.0.0.1"),
    ],
)
def test_only_as_many_proxies_are_believed_as_are_there(forwarded: bytes, address: str) -> None:
    visitors = Visitors(trusted_proxies=1)
    assert visitors.behind_proxies(forwarded, "127.0.0.1") == visitors.of(address)


@pytest.mark.parametrize(
    ("referrer", "host"),
    [
        (b"https://www.LinkedIn.com/feed/?who=me", b"www.linkedin.com"),
        (b"https://user:secret@host.example:8443/", b"host.example"),
        (b"not an address", b""),
        (b"https://[broken", b""),
        (b"\xff\xfe", b""),
        (b"android-app://com.linkedin.android/", b"com.linkedin.android"),
    ],
)
def test_only_the_host_of_a_referring_page_is_kept(referrer: bytes, host: bytes) -> None:
    assert referrer_host(referrer) == host
