"""The portal's web process: `python -m advocacy.supervisor.web [HOST:PORT [WORKERS [uploads]]]`.

Granian around `wsgi:app`, or around `wsgi:uploads` when asked for it. The address is ADVOCACY_PORTAL_BIND unless one is
given; ADVOCACY_WEB_WORKERS and ADVOCACY_WEB_THREADS size it.
"""

import gc
import importlib
import os
import signal
import sys
import traceback
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from advocacy.supervisor.processes import dies_with_parent_now

GRACE_SECONDS = 8
BACKLOG = 2048
CORES = os.cpu_count() or 1


def application() -> Any:
    """Load the portal inside a Granian worker."""
    return _loaded("app")


def uploads() -> Any:
    """Load the uploads origin inside a Granian worker: it must never serve the portal."""
    return _loaded("uploads")


def _loaded(name: str) -> Any:
    """Load an application of `wsgi` in a worker, which then ends with the process that started it."""
    # The fork inherits handlers that only note a signal: a stop that comes while the application loads would be lost.
    for which in (signal.SIGTERM, signal.SIGINT):
        signal.signal(which, signal.SIG_DFL)
    dies_with_parent_now(signal.SIGTERM)
    try:
        made = getattr(importlib.import_module("wsgi"), name)
        gc.collect()
        gc.freeze()  # code and tables stay for good: no later collection need walk through them
        gc.enable()
        return made
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        # Granian would try for ever in silence; its end is seen by whoever supervises this process.
        os.kill(os.getppid(), signal.SIGTERM)
        raise


def serve(bind: str, workers: int, name: str = "application") -> None:
    """Serve until a signal comes. The code is loaded once, before the workers fork: they start sooner and share it."""
    gc.disable()  # until a worker is made: hardly anything of what loads is garbage, and looking for it takes long
    importlib.import_module("advocacy.app")
    host, _, port = bind.rpartition(":")
    Granian(
        f"advocacy.supervisor.web:{name}",
        factory=True,
        address=host.strip("[]"),
        port=int(port),
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=_number("ADVOCACY_WEB_THREADS", min(8, 2 * CORES)),
        backlog=BACKLOG,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE_SECONDS,
    ).serve()


def _number(name: str, default: int) -> int:
    raw = os.environ.get(name, "").strip() or str(default)
    if not raw.isdecimal() or not 1 <= int(raw) <= 256:
        sys.exit(f"{name} is {raw!r}; it must be a whole number from 1 to 256.")
    return int(raw)


if __name__ == "__main__":
    serve(
        sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ADVOCACY_PORTAL_BIND", "127.0.0.1:8000"),
        int(sys.argv[2]) if len(sys.argv) > 2 else _number("ADVOCACY_WEB_WORKERS", min(4, CORES)),
        "uploads" if "uploads" in sys.argv[3:] else "application",
    )
