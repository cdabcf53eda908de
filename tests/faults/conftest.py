"""One cluster for a file; each test begins with no work and no process."""

from collections.abc import Iterator

import pytest

from tests.faults.cluster import Cluster, running_cluster


@pytest.fixture(scope="module")
def servers() -> Iterator[Cluster]:
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture
def cluster(servers: Cluster) -> Iterator[Cluster]:
    """Give the cluster with nothing running; whatever the test starts is ended afterwards."""
    servers.clear()
    yield servers
    servers.kill(*list(servers._processes))
