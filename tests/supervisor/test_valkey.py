"""The embedded Valkey: starts, stops, and starts again whatever happened before."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from advocacy.supervisor.processes import FolderInUseError, wait_until
from advocacy.supervisor.valkey import EmbeddedValkey


@pytest.fixture
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    # A short name: a socket's path may have 100 characters, and a test's own folder can be longer than that.
    embedded = EmbeddedValkey(tmp_path_factory.mktemp("v") / "home")
    yield embedded
    embedded.destroy()


def test_it_never_evicts_and_writes_down_what_it_holds(valkey: EmbeddedValkey) -> None:
    server = valkey.start()
    with redis.from_url(server.url()) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        client.set("word", "still here")
    with redis.Redis(unix_socket_path=str(server.socket_path), password=server.password) as client:
        assert client.get("word") == b"still here"
    valkey.stop()
    again = valkey.start()
    assert again.url() == server.url()
    with redis.from_url(again.url()) as client:
        assert client.get("word") == b"still here"


def test_nobody_enters_without_the_password(valkey: EmbeddedValkey) -> None:
    server = valkey.start()
    without_retries = Retry(NoBackoff(), 0)
    with redis.Redis(port=server.port, retry=without_retries) as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    assert server.password not in repr(server)
    assert server.password not in Path(f"/proc/{server.pid}/cmdline").read_bytes().decode()


def test_it_starts_again_after_it_was_killed(valkey: EmbeddedValkey) -> None:
    server = valkey.start()
    os.kill(server.pid, signal.SIGKILL)
    assert wait_until(lambda: not valkey.is_running(), 60)
    valkey.restart()
    with redis.from_url(server.url()) as client:
        assert client.ping()


def test_a_second_start_in_the_same_folder_is_refused(valkey: EmbeddedValkey) -> None:
    valkey.start()
    with pytest.raises(FolderInUseError, match=f"in use by process {os.getpid()}"):
        EmbeddedValkey(valkey.home).start()


def test_another_program_on_its_port_makes_it_choose_a_new_one(valkey: EmbeddedValkey) -> None:
    port = valkey.start().port
    valkey.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        assert valkey.start().port != port
