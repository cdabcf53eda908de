"""Ports that one test of a run has for itself, also before anything listens on them."""

import os
from pathlib import Path

from advocacy.supervisor.processes import free_port
from tests.faults.template import FOLDER


def own_port() -> int:
    """Return a free port that nobody else of this run is given: two who choose by chance may well choose the same."""
    taken = Path(os.environ[FOLDER]) / "ports"
    taken.mkdir(exist_ok=True)
    while True:
        port = free_port()
        try:
            (taken / str(port)).touch(exist_ok=False)
        except FileExistsError:
            continue
        return port
