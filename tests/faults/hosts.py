"""Hosts of their own on one machine: a network namespace with its own address and host name, where that is allowed.

Without root the processes stay on this host and are told apart by their ids alone; what a test proves stays the same,
only its addresses do not differ.
"""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

SERVER_VARIABLES = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_REDIRECT_URL", "REDIS_URL")
BLOCK = 65_536


@dataclass(frozen=True)
class Host:
    """How to start a process there, and what differs in its environment."""

    name: str
    prefix: tuple[str, ...]
    environ: dict[str, str]

    @property
    def is_apart(self) -> bool:
        return bool(self.prefix)


@contextmanager
def own_host(number: int, environ: dict[str, str]) -> Iterator[Host]:
    """Give a host that reaches the servers of `environ` over the network only. `number` is from 0 to 250."""
    name = f"host-{os.getpid()}-{number}"
    with ExitStack() as stack:
        if not _may_make_hosts() or not _make_namespace(name, number, stack):
            yield Host(name, (), {})
            return
        address = f"10.231.{number}.1"
        changed = {}
        for variable in SERVER_VARIABLES:
            url = urlsplit(environ[variable])
            port = stack.enter_context(_relay(address, (str(url.hostname), int(url.port or 0))))
            netloc = f"{url.netloc.rpartition('@')[0]}@{address}:{port}"
            changed[variable] = urlunsplit(url._replace(netloc=netloc))
        named = ("unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', name)
        yield Host(name, ("ip", "netns", "exec", name, *named), changed)


def _may_make_hosts() -> bool:
    return os.geteuid() == 0 and all(shutil.which(program) for program in ("ip", "unshare", "hostname"))


def _make_namespace(name: str, number: int, stack: ExitStack) -> bool:
    """Make a namespace joined to this one by a cable; return whether this machine allows it."""
    here, there = f"adv{number}a{os.getpid() % 10_000}", f"adv{number}b{os.getpid() % 10_000}"
    if not _ip("netns", "add", name):
        return False
    stack.callback(_ip, "netns", "del", name)
    stack.callback(_ip, "link", "del", here)
    inside = ("-n", name)
    return (
        _ip("link", "add", here, "type", "veth", "peer", "name", there)
        and _ip("link", "set", there, "netns", name)
        and _ip("addr", "add", f"10.231.{number}.1/30", "dev", here)
        and _ip("link", "set", here, "up")
        and _ip(*inside, "addr", "add", f"10.231.{number}.2/30", "dev", there)
        and _ip(*inside, "link", "set", there, "up")
        and _ip(*inside, "link", "set", "lo", "up")
    )


def _ip(*words: str) -> bool:
    return subprocess.run(["ip", *words], capture_output=True, check=False).returncode == 0


@contextmanager
def _relay(address: str, target: tuple[str, int]) -> Iterator[int]:
    """Carry connections from an address of ours to a server that listens on loopback only; give the port."""
    with socket.create_server((address, 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    near, _ = listener.accept()
                except OSError:
                    return
                try:
                    far = socket.create_connection(target, timeout=5)
                except OSError:
                    near.close()
                    continue
                far.settimeout(None)
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_carry, args=(source, sink), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield int(listener.getsockname()[1])


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(BLOCK):
            sink.sendall(block)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
    source.close()  # the thread of the other direction closes the other end
