"""Applications of November 2026, told in that month: later the ledger would keep them no more."""

from collections.abc import Iterator

import pytest
import time_machine


@pytest.fixture(autouse=True)
def _that_november() -> Iterator[None]:
    with time_machine.travel("2026-11-24T10:00:00+00:00"):
        yield
