"""Places where a fault test may end or delay a process. Outside such tests `hit` does nothing at all."""

import os
import signal
import time
from pathlib import Path

from config.settings import Settings

POINTS = (
    "before_enqueue",
    "after_enqueue",
    "after_claim",
    "before_effect",
    "after_effect_before_commit",
    "after_commit_before_ack",
)
# Between the row that says a message is being sent and the call, and between the call and the row that says it left.
MESSAGE_POINTS = ("after_message_row", "after_message_left")
VARIABLE = "FAIL_AT"

_wanted: dict[str, tuple[str, float]] = {}
_marks: Path | None = None
_only = ""


def hit(point: str, *jobs: str) -> None:
    """Pass a point of the task protocol with these jobs. Replaced by `init` only in a fault test."""


def _hit_for_real(point: str, *jobs: str) -> None:
    """Do what FAIL_AT wants at this point, once for the whole deployment: the mark survives the killed process."""
    if point not in _wanted or _marks is None or (_only and _only not in jobs):
        return
    action, seconds = _wanted[point]
    try:
        os.close(os.open(_marks / point, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    if action == "sleep":
        signal.setitimer(signal.ITIMER_REAL, 0)  # a run that hangs where no time limit reaches it
        time.sleep(seconds)
    else:
        os.kill(os.getpid(), signal.SIGKILL)


def init(settings: Settings) -> None:
    """Arm what FAIL_AT names, as `point:kill` or `point:sleep:seconds`, divided by commas. For tests only.

    FAIL_JOB limits this to one job, so that a schedule that comes by does not fire it.
    """
    global hit, _marks, _only
    if not settings.failpoints or settings.environment != "test":
        return
    _marks = settings.home / "failpoints"
    _marks.mkdir(exist_ok=True)
    for wish in filter(None, os.environ.get(VARIABLE, "").split(",")):
        point, action, *seconds = wish.split(":")
        if point not in (*POINTS, *MESSAGE_POINTS) or action not in {"kill", "sleep"}:
            raise ValueError(f"{VARIABLE} names {wish!r}, which is no failpoint.")
        _wanted[point] = (action, float(seconds[0]) if seconds else 0.0)
    _only = os.environ.get("FAIL_JOB", "")
    hit = _hit_for_real
