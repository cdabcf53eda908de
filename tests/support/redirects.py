"""A real redirect process on a free port, and a plain client for it."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.ports import own_port

ROOT = Path(__file__).resolve().parent.parent.parent
# Far more than it takes: other tests may have the machine for a while.
PATIENCE_SECONDS = 120
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@dataclass
class RunningRedirect:
    process: subprocess.Popen[bytes]
    port: int
    journal: Path
    log: Path

    def get(
        self, path: str, *, method: str = "GET", agent: str = BROWSER, address: str | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Ask once on a connection of its own; `address` is what the trusted proxy says."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        sent = {"User-Agent": agent, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if address is not None:
            sent["X-Forwarded-For"] = address
        try:
            connection.request(method, path, headers=sent)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_SECONDS)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)  # tells where every thread stands
            self.process.wait(PATIENCE_SECONDS)
            raise AssertionError(f"The redirect does not stop:\n{self.log.read_text()}") from None


def start_redirect(environment: Mapping[str, str], folder: Path, port: int | None = None) -> RunningRedirect:
    """Start the process and wait until it answers."""
    port = port or own_port()
    log = folder / "redirect.log"
    environ = {
        **os.environ,
        **environment,
        "ADVOCACY_LINK_BIND": f"127.0.0.1:{port}",
        "ADVOCACY_LINK_URL": f"http://127.0.0.1:{port}",
        "ADVOCACY_JOURNAL": environment.get("ADVOCACY_JOURNAL", str(folder / "journal")),
        "ADVOCACY_TRUSTED_PROXIES": "1",
        "PYTHONFAULTHANDLER": "1",
    }
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "workers.redirect"], cwd=ROOT, env=environ, stdout=output, stderr=output
        )
    running = RunningRedirect(process, port, Path(environ["ADVOCACY_JOURNAL"]), log)
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            if running.get("/livez")[0] == 200:
                return running
        except OSError:
            if process.poll() is not None:
                break
        time.sleep(0.05)
    process.kill()
    raise AssertionError(f"The redirect does not answer:\n{log.read_text()}")


@contextmanager
def redirecting(environment: Mapping[str, str], folder: Path) -> Iterator[RunningRedirect]:
    running = start_redirect(environment, folder)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.kill()
