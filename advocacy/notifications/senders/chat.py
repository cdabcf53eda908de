"""What is the same for every chat: what became of one message, and what that says about the way it took."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from advocacy.foundation import clock
from advocacy.foundation.egress import EgressProblem, asked_pause
from advocacy.notifications.senders.email import Fate, Result

USUAL_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Handed:
    """What became of one message handed to a chat.

    `is_closed`: the connection takes nothing more until an administrator does something; nothing was sent. `wait`: how
    long the service wants to be left alone; nothing was sent either. `body` is what it answered, where it said yes.
    """

    result: Result
    is_closed: bool = False
    wait: timedelta | None = None
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fate(self) -> Fate:
        return self.result.fate

    @property
    def went_well(self) -> bool:
        return self.fate is Fate.SENT

    @classmethod
    def closed(cls, code: str) -> "Handed":
        return cls(Result(Fate.LATER, code), is_closed=True)

    @classmethod
    def later(cls, code: str, retry_after: str | None = None) -> "Handed":
        return cls(Result(Fate.LATER, code), wait=_wait(retry_after))

    @classmethod
    def of(cls, fate: Fate, code: str = "") -> "Handed":
        return cls(Result(fate, code))

    @classmethod
    def of_problem(cls, problem: EgressProblem) -> "Handed":
        """Return what a call that had no answer means: it may have arrived, or there was no way out."""
        if problem.may_have_arrived:
            return cls.of(Fate.UNKNOWN, problem.refusal.value)
        return cls.later(problem.refusal.value)


def _wait(retry_after: str | None) -> timedelta:
    """Return how long to wait: what was asked for, within reason."""
    asked = asked_pause(retry_after, clock.now())
    return min(asked, LONGEST_WAIT) if asked else USUAL_WAIT
