"""A site of others that this deployment's workers may open, for as long as a test runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from advocacy.foundation import preferences
from config.settings import Settings
from tests.support.sites import Site, running_site


@contextmanager
def reachable_site(settings: Settings) -> Iterator[Site]:
    """Run a site, and name it in the deployment's settings as a place inside that may be opened."""
    with running_site() as site:
        preferences.init(replace(settings, egress_inside=site.inside))
        try:
            yield site
        finally:
            preferences.init(settings)
