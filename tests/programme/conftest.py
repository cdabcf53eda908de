"""A company of twenty with numbers of yesterday, at a fixed time."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine

from tests.factories.measurement import World

TODAY = date(2026, 3, 31)


@pytest.fixture
def company(session: Any) -> Iterator[World]:
    """Give twenty people who each told ten connections, a brand of forty followers, and today's numbers."""
    with time_machine.travel("2026-03-31T10:00:00+00:00", tick=False):
        world = World(session.connection())
        world.unit("company")
        for number in range(20):
            world.person(f"p{number}", "company", sizes={1: 10})
        world.brand(40)
        world.fill(TODAY)
        yield world
