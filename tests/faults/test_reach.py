"""Unions are right after a kill -9 of the worker between the sketches and the union."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, text

from advocacy.foundation import preferences
from advocacy.measurement.overlap import stored
from advocacy.measurement.overlap.sketches import size_of
from config.settings import Settings
from tests.factories.measurement import World
from tests.factories.overlap import LINKEDIN, give_network
from tests.faults.cluster import Cluster, assert_invariants

pytestmark = pytest.mark.faults

JOB = "measurement.merge_reach"
WORKER = "worker@reporting"
TABLES = "reach_touch, reach_union, reach_published, network_sketch"


@pytest.fixture
def connection(cluster: Cluster) -> Iterator[Connection]:
    """Give a connection to the cluster's database, with the cluster's own keys in this process."""
    before = preferences._settings
    preferences.init(Settings.from_env(cluster.environ))
    engine = create_engine(cluster.environ["DATABASE_OWNER_URL"])
    with engine.connect() as connection:
        yield connection
        connection.rollback()
        cluster.stop()  # a worker that still fills a day would be locked against what follows
        connection.execute(text(f"TRUNCATE {TABLES}, employee, org_unit, policy_version, account CASCADE"))
        connection.commit()
    engine.dispose()
    preferences._settings = before


def company(connection: Connection) -> World:
    world = World(connection)
    world.unit("company")
    for unit in ("north", "south"):
        world.unit(unit, "company")
        for number in range(3):
            world.person(f"{unit}{number}", unit)
            give_network(connection, world.people[f"{unit}{number}"], range(number * 100, number * 100 + 400))
    connection.commit()
    return world


def arm(cluster: Cluster, point: str) -> None:
    cluster.start("dispatcher", WORKER, FAIL_AT=f"{point}:kill", FAIL_JOB=JOB)


@pytest.mark.parametrize("point", ["before_effect", "after_effect_before_commit", "after_commit_before_ack"])
def test_unions_are_right_when_the_merge_was_killed(cluster: Cluster, connection: Connection, point: str) -> None:
    world = company(connection)
    arm(cluster, point)
    cluster.wait(lambda: (cluster.home / "failpoints" / point).exists(), 40, "the merge was killed")
    cluster.wait(lambda: cluster.scalar("SELECT count(*) FROM reach_touch") == 0, 60, "the merge was repeated")
    assert_counts(world, {"north": 600, "south": 600, "company": 600}, people=6)

    world.withdraw("south2", "network_overlap")
    world.withdraw("north2", "network_overlap")
    connection.commit()
    cluster.wait(lambda: cluster.scalar("SELECT count(*) FROM reach_touch") == 0, 60, "the withdrawal was merged")
    assert_counts(world, {"north": 500, "south": 500, "company": 500}, people=4)
    assert_invariants(cluster)


def assert_counts(world: World, truth: dict[str, int], *, people: int) -> None:
    for unit, known in truth.items():
        union = stored.tree_union(world.connection, world.units[unit], LINKEDIN)
        assert union is not None
        bounds = size_of(union.sketch)
        assert bounds.low <= known <= bounds.high
    top = stored.tree_union(world.connection, world.units["company"], LINKEDIN)
    assert top is not None
    assert top.counts == stored.Counts(people, people * 400, 400)
    world.connection.commit()
