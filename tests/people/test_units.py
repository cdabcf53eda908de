"""A dated tree with one root on every day, and no circles."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from advocacy.foundation.errors import Conflict
from advocacy.people import queries, service
from advocacy.people.models import UnitPlacement
from tests.factories.people import LONG_AGO, make_employee, make_unit

MOVE_DAY = date(2024, 6, 1)


def test_ancestors_follow_the_move_when_a_unit_moves(session):
    root = make_unit("Meridian Works")
    cloud, sales = make_unit("Cloud", parent=root), make_unit("Sales", parent=root)
    lisbon = make_unit("Lisbon", parent=cloud)
    service.place_unit(lisbon, sales, on=MOVE_DAY)
    before = MOVE_DAY - timedelta(days=1)
    assert queries.ancestor_keys(lisbon.key, before) == (lisbon.key, cloud.key, root.key)
    assert queries.ancestor_keys(lisbon.key, MOVE_DAY) == (lisbon.key, sales.key, root.key)
    assert queries.descendant_keys(cloud.key, MOVE_DAY) == {cloud.key}
    assert queries.is_below(lisbon.key, cloud.key, before)
    assert not queries.is_below(lisbon.key, cloud.key, MOVE_DAY)


def test_nothing_changes_when_a_unit_is_placed_where_it_is(session):
    root = make_unit("Meridian Works")
    cloud = make_unit("Cloud", parent=root)
    assert service.place_unit(cloud, root, on=MOVE_DAY) is False
    assert len(session.scalars(select(UnitPlacement).where(UnitPlacement.unit_key == cloud.key)).all()) == 1


def test_a_circle_is_refused_and_named(session):
    root = make_unit("Meridian Works")
    cloud = make_unit("Cloud", parent=root)
    lisbon = make_unit("Lisbon", parent=cloud)
    with pytest.raises(Conflict, match="below itself") as refused:
        service.place_unit(cloud, lisbon, on=MOVE_DAY)
    assert refused.value.code == "circle_of_units"


def test_a_unit_below_itself_is_refused(session):
    root = make_unit("Meridian Works")
    with pytest.raises(Conflict):
        service.place_unit(root, root, on=MOVE_DAY)


def test_a_second_root_is_refused(session):
    make_unit("Meridian Works")
    other = service.make_unit("other", "Other")
    with pytest.raises(Conflict) as refused:
        service.place_unit(other, None, on=MOVE_DAY)
    assert refused.value.code == "second_root"


def test_a_parent_that_is_not_in_the_tree_is_refused(session):
    make_unit("Meridian Works", since=MOVE_DAY)
    root = queries.root_unit(MOVE_DAY)
    early = service.make_unit("early", "Early")
    with pytest.raises(Conflict) as refused:
        service.place_unit(early, root, on=MOVE_DAY - timedelta(days=1))
    assert refused.value.code == "parent_not_in_tree"


def test_a_unit_with_people_cannot_be_closed(session):
    root = make_unit("Meridian Works")
    cloud, empty = make_unit("Cloud", parent=root), make_unit("Empty", parent=root)
    make_employee(cloud)
    with pytest.raises(Conflict):
        service.close_unit(cloud, on=MOVE_DAY)
    service.close_unit(empty, on=MOVE_DAY)
    assert [node.name for node in queries.unit_tree(MOVE_DAY)] == ["Meridian Works", "Cloud"]


def test_a_unit_is_found_by_id_path_or_a_name_that_is_unique(session):
    root = make_unit("Meridian Works")
    cloud, sales = make_unit("Cloud", parent=root), make_unit("Sales", parent=root)
    lisbon, other = make_unit("Lisbon", parent=cloud), make_unit("Lisbon", parent=sales)
    assert queries.find_unit(str(cloud.id)) == cloud
    assert queries.find_unit(cloud.external_id) == cloud
    assert queries.find_unit("cloud") == cloud
    assert queries.find_unit("Meridian Works > Sales > Lisbon") == other
    assert queries.find_unit("cloud > lisbon") == lisbon
    assert queries.find_unit("Lisbon") is None
    assert queries.find_unit("nul\x00") is None


@given(moves=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 40)), max_size=8))
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_unit_reaches_the_one_root_on_every_day_whatever_moves(session, moves):
    with session.begin_nested() as savepoint:
        root = make_unit("Meridian Works", since=LONG_AGO)
        units = [make_unit(parent=root) for _ in range(6)]
        for unit, parent, day in moves:
            try:
                with session.begin_nested():
                    service.place_unit(units[unit], units[parent], on=MOVE_DAY + timedelta(days=day))
            except Conflict:
                continue
        for day in range(-1, 42):
            on = MOVE_DAY + timedelta(days=day)
            assert queries.root_unit(on) == root
            tree = queries.unit_tree(on)
            assert len(tree) == 7
            for node in tree:
                chain = queries.ancestor_keys(node.key, on)
                assert chain[0] == node.key
                assert chain[-1] == root.key
                assert len(chain) == node.depth + 1
        gaps = "SELECT count(*) FROM unit_ancestry WHERE isempty(valid_during)"
        assert session.scalar(text(gaps)) == 0
        savepoint.rollback()
    session.expire_all()
