"""A world of one's own, at a fixed time."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from tests.factories.measurement import World


@pytest.fixture
def world(session: Any) -> Iterator[World]:
    """Give an empty company inside a transaction that is undone, at noon of 31 March 2026 in Berlin."""
    with time_machine.travel("2026-03-31T10:00:00+00:00", tick=False):
        yield World(session.connection())
