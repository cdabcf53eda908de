"""Rules that a test may change, and a fixed time."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
import time_machine

from advocacy.sharing.clicks import agents, local_agents
from tests.factories.clicks import AT

NOW = datetime.fromisoformat("2026-11-25T10:00:00+00:00")


@pytest.fixture
def later() -> Iterator[time_machine.Traveller]:
    """Let it be five days after the clicks of `AT`; the time can be moved."""
    assert AT < NOW
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def rule_against(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Return `rule_against(*patterns)`: from now on agents that match are machines, besides those of the release."""
    bots = local_agents.LOCAL_BOTS

    def forget() -> None:
        for remembered in (agents._local_bots, agents.kind_of):
            remembered.cache_clear()

    def apply(*patterns: str) -> None:
        monkeypatch.setattr(local_agents, "LOCAL_BOTS", (*bots, *patterns))
        forget()

    yield apply
    monkeypatch.undo()
    forget()
