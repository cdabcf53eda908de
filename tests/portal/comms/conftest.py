from collections.abc import Iterator

import pytest

from config.settings import Settings
from tests.support.reachable import reachable_site
from tests.support.sites import Site


@pytest.fixture
def site(settings: Settings, engine: object) -> Iterator[Site]:
    """Return somebody else's site that our workers may open."""
    with reachable_site(settings) as running:
        yield running
