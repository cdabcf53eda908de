"""`advocacy up`: the whole product on one machine, until somebody says stop."""

import http.client
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from advocacy.supervisor.children import Children, Program, end_leftovers
from advocacy.supervisor.migrate import upgrade_in_child
from advocacy.supervisor.processes import (
    FolderInUseError,
    FolderLock,
    StartError,
    dies_with_parent_now,
    port_is_free,
    wait_until,
)
from advocacy.supervisor.servers import (
    EmbeddedServer,
    check_settings,
    home_of,
    is_given,
    publish,
    published,
    start_postgres,
    start_valkey,
    unpublish,
    with_keys,
)
from config.jobs import QUEUES
from config.settings import Settings, is_loopback, project_folder

# What answers people comes first; what works behind the scenes starts once the portal answers.
FIRST: tuple[Program, ...] = (
    Program("web", "advocacy.supervisor.web"),
    Program("redirect", "workers.redirect"),
)
BEHIND: tuple[Program, ...] = (
    Program("dispatcher", "workers.dispatcher"),
    *(Program(f"worker@{queue}", "workers.worker", (queue,)) for queue in QUEUES),
)
READY_SECONDS = 120.0
PATIENCE_FOR_PORTS_SECONDS = 5.0
PATIENCE_FOR_FOLDER_SECONDS = 20.0
DEATHS_BEFORE_GIVING_UP = 3
SERVER_PAUSE_SECONDS = 2.0
DEFAULT_BINDS = {"PORTAL": "127.0.0.1:8000", "LINK": "127.0.0.1:8001", "UPLOADS": "127.0.0.1:8002"}

Step = Callable[[Settings], None]


def up(environ: Mapping[str, str] | None = None, *, prepare: Step | None = None, announce: Step | None = None) -> int:
    """Run everything in the foreground and return an exit code: 0 after a wanted stop.

    `prepare` runs once servers and schema stand and before anything answers: demo data. `announce` runs while the
    portal loads, so that nobody waits for both: sign-in links.
    Raises StartError (FolderInUseError when another `up` runs here) or SettingsError before anything is left running.
    """
    complete = with_keys(os.environ if environ is None else environ)
    complete |= binds(complete)
    complete["PYTHONUNBUFFERED"] = "1"
    check_settings(complete)
    if complete.pop("ADVOCACY_ENDS_WITH_PARENT", "") == "1":
        dies_with_parent_now(signal.SIGTERM)  # a killed `make run` must not leave the product behind
    try:
        with _StopRequest() as stop:
            return _up(complete, prepare, announce, stop)
    except KeyboardInterrupt:
        say("Stopped.")
        return 130


def _up(environ: Mapping[str, str], prepare: Step | None, announce: Step | None, stop: "_StopRequest") -> int:
    home = home_of(environ)
    servers: list[EmbeddedServer] = []
    with ExitStack() as stack:
        _take_folder(home, stack)
        if end_leftovers(home):
            say("Ended what an interrupted run had left.")
        refuse_ports_in_use(environ)
        complete = start_valkey(start_postgres(environ, stack, servers), stack, servers)
        complete["PROMETHEUS_MULTIPROC_DIR"] = str(_fresh_folder(home / "metrics"))
        upgrade_in_child(complete)
        settings = Settings.from_env(complete)
        publish(complete, stack)
        if prepare is not None:
            prepare(settings)
        sys.stdout.flush()
        children = Children(complete, home, say, project_folder())
        stack.callback(children.stop)
        stack.callback(unpublish, home)
        stop.interrupts = False
        return _run(children, servers, settings, complete, stop, announce)


def _take_folder(home: Path, stack: ExitStack) -> None:
    """Lock the data folder. One that runs is refused at once, one that is just ending gets a moment."""
    lock = FolderLock(home / "lock")
    try:
        lock.acquire()
    except FolderInUseError:
        if published(home) is not None:
            raise
        say("Waiting for another process to let go of the data folder.")
        lock.acquire(PATIENCE_FOR_FOLDER_SECONDS)
    stack.callback(lock.release)


def _run(
    children: Children,
    servers: list[EmbeddedServer],
    settings: Settings,
    environ: Mapping[str, str],
    stop: "_StopRequest",
    announce: Step | None,
) -> int:
    began = time.monotonic()
    children.start(FIRST)
    portal = _Probe(environ["ADVOCACY_PORTAL_BIND"], urlsplit(settings.portal_url).netloc)
    portal.start()
    if announce is not None:
        announce(settings)
    while not portal.ready.is_set():
        children.tick(0.05)
        if stop.wanted:
            return 0
        gave_up = children.deaths_of("web") >= DEATHS_BEFORE_GIVING_UP
        if gave_up or time.monotonic() - began > READY_SECONDS:
            say("The portal did not become ready; its own messages stand above.")
            return 1
    uploads = Program("uploads", "advocacy.supervisor.web", (environ["ADVOCACY_UPLOADS_BIND"], "1", "uploads"))
    children.start((uploads, *BEHIND))
    say(f"Ready. Portal {settings.portal_url}  short links {settings.link_url}  uploads {settings.uploads_url}")
    say("Ctrl-C stops everything.")
    while not stop.wanted:
        children.tick(0.5)
        for server in servers:
            _keep_running(server)
    say("Stopping.")
    return 0


def _keep_running(server: EmbeddedServer) -> None:
    """Start a server again that died. Its address stays the same, so the processes find it by themselves."""
    if server.is_running():
        return
    say(f"{server.name} ended and is started again.")
    try:
        server.restart()
    except StartError as error:
        say(f"{error} The next attempt follows in {SERVER_PAUSE_SECONDS:g} s.")
        time.sleep(SERVER_PAUSE_SECONDS)


def binds(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the addresses to listen on: as given, else those of the loopback origins, else the usual ports."""
    chosen = {}
    for name, default in DEFAULT_BINDS.items():
        variable = f"ADVOCACY_{name}_BIND"
        try:
            url = urlsplit(environ.get(f"ADVOCACY_{name}_URL", ""))
            port = url.port
        except ValueError:  # the check of the settings says what is wrong with it
            url, port = urlsplit(""), None
        if is_given(environ, variable):
            chosen[variable] = environ[variable].strip()
        elif url.scheme == "http" and is_loopback(url.hostname) and port:
            host = "127.0.0.1" if url.hostname != "::1" else "[::1]"
            chosen[variable] = f"{host}:{port}"
        else:
            chosen[variable] = default
    return chosen


def refuse_ports_in_use(environ: Mapping[str, str]) -> None:
    """Raise StartError naming the first port that somebody else listens on."""
    for name in DEFAULT_BINDS:
        bind = environ[f"ADVOCACY_{name}_BIND"]
        host, _, port = bind.rpartition(":")
        if not port.isdecimal() or not 1 <= int(port) <= 65_535:
            raise StartError(f"ADVOCACY_{name}_BIND is {bind!r}; it must look like 127.0.0.1:8000.")
        is_free = partial(port_is_free, int(port), host.strip("[]"))
        if not wait_until(is_free, PATIENCE_FOR_PORTS_SECONDS, step=0.1):
            raise StartError(
                f"Port {port} on {host} is in use by another program; stop it, or choose another port "
                f"with ADVOCACY_{name}_URL (for example http://127.0.0.1:{int(port) % 65_000 + 100})."
            )


def say(text: str) -> None:
    """Print one line at once, also when stdout is a file or a reader that has gone."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - lives as long as the process


class _StopRequest:
    """Turns Ctrl-C and SIGTERM into an interruption during the start, and into a wish once everything runs."""

    def __init__(self) -> None:
        self.wanted = False
        self.interrupts = True
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> "_StopRequest":
        for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._before[which] = signal.signal(which, self._on_signal)
        return self

    def __exit__(self, *_args: object) -> None:
        for which, handler in self._before.items():
            signal.signal(which, handler)  # type: ignore[arg-type]

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        impatient = self.wanted and number == signal.SIGINT
        self.wanted = True
        if self.interrupts or impatient:
            raise KeyboardInterrupt


class _Probe(threading.Thread):
    """Asks the portal whether it is ready, beside the main thread, which passes on the log meanwhile."""

    def __init__(self, bind: str, host_name: str) -> None:
        super().__init__(name="readiness", daemon=True)
        host, _, port = bind.rpartition(":")
        self.host = {"0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(host, host).strip("[]")  # noqa: S104 - asks, binds not
        self.port = int(port)
        self.host_name = host_name
        self.ready = threading.Event()

    def run(self) -> None:
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end and not self._answers():
            time.sleep(0.05)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=5)
        try:
            connection.request("GET", "/readyz", headers={"Host": self.host_name})
            if connection.getresponse().status == http.client.OK:
                self.ready.set()
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        return self.ready.is_set()


def _fresh_folder(folder: Path) -> Path:
    """Return an empty folder: counters of processes that are gone must not be added up again."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder
