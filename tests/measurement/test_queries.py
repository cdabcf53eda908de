from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from advocacy.foundation.access import Actor, Grant, Permission, Role
from advocacy.foundation.errors import Invalid, NotFound, NotPermitted
from advocacy.measurement import own, queries
from tests.factories.measurement import World

TODAY = date(2026, 3, 31)


def people(world: World, unit: str, count: int, *, size: int = 10, **options: Any) -> list[str]:
    names = [f"{unit}{number}" for number in range(count)]
    for name in names:
        world.person(name, unit, sizes={1: size}, **options)
    return names


@pytest.fixture
def company(world: World) -> World:
    """Return 12 people in sales and 8 in the plant, each with 10 connections; six of sales shared; 40 followers."""
    for name, parent in (("company", None), ("sales", "company"), ("plant", "company")):
        world.unit(name, parent)
    for name in people(world, "sales", 12)[:6]:
        world.share(name, name)
        world.event("SHARE_PUBLISHED", name, "2026-03-30 10:00", share=name)
        world.event("LINK_CLICKED", name, "2026-03-30 11:00", share=name, times=3)
    people(world, "plant", 8)
    world.brand(40)
    world.fill(TODAY)
    return world


def ask(world: World, unit: str | None = None, **options: Any) -> dict[str, Any]:
    key = world.units[unit] if unit else None
    return queries.amplification(world.connection, unit_key=key, **{"smallest_group": 5, **options})


def test_the_three_tiers_stand_beside_the_brand_s_followers(company: World) -> None:
    answer = ask(company)
    assert (answer["potential"], answer["activated"], answer["brand_followers"]) == (200, 60, 40)
    assert (answer["ratio"], answer["ratio_exact"]) == (5.0, "5")
    assert (answer["ratio_activated"], answer["ratio_activated_exact"]) == (1.5, "3/2")
    assert (answer["shares"], answer["clicks"], answer["active"]) == (6, 18, 6)
    assert answer["delivered"] is None
    assert answer["reasons"] == {"delivered": "not_collected"}
    assert answer["coverage"] == {"sizes": 1.0, "delivered": 0.0}
    assert answer["as_of"] == datetime(2026, 3, 31, 10, tzinfo=UTC)
    assert answer["unit"]["name"] == "company"
    assert answer["definitions"]["ratio"]["formula"] == "amp.potential_reach / amp.brand_followers"


def test_the_golden_example_a1_comes_out_of_the_tables(world: World) -> None:
    world.unit("company")
    people(world, "company", 7, size=500)
    world.brand(1_000)
    world.fill(TODAY)
    answer = ask(world)
    assert (answer["ratio"], answer["ratio_exact"]) == (3.5, "7/2")


def test_units_below_are_listed_with_their_own_figures(company: World) -> None:
    below = {unit["name"]: unit for unit in ask(company)["units_below"]}
    assert (below["sales"]["potential"], below["plant"]["potential"]) == (120, 80)
    assert (below["sales"]["clicks"], below["plant"]["clicks"]) == (18, 0)
    assert below["sales"]["delivered"] is None


def test_a_small_unit_and_what_would_give_it_away_are_null_with_the_reason(company: World) -> None:
    company.unit("lab", "company")
    people(company, "lab", 3)
    company.fill(TODAY)
    below = {unit["name"]: unit for unit in ask(company)["units_below"]}
    assert [below[name]["potential"] for name in ("sales", "plant", "lab")] == [120, None, None]
    for hidden in ("lab", "plant"):
        answer = ask(company, hidden)
        assert answer["potential"] is None
        assert answer["ratio"] is None
        assert answer["reasons"]["potential"] == answer["reasons"]["ratio"] == "suppressed"
    assert ask(company, "sales")["potential"] == 120


def test_a_larger_smallest_group_hides_more(company: World) -> None:
    assert ask(company, smallest_group=10)["activated"] is None
    assert ask(company, smallest_group=10)["potential"] == 200


def test_few_who_do_not_take_part_are_not_told(company: World) -> None:
    company.withdraw("plant0")
    company.fill(TODAY)
    answer = ask(company)
    assert answer["taking_part"] is None
    assert answer["coverage"]["sizes"] is None
    assert answer["potential"] == 190


def test_delivered_counts_what_networks_reported_with_its_coverage(company: World) -> None:
    for number in range(5):
        company.snapshot(f"sales{number}", 100, "2026-03-30 20:00")
    company.touch(date(2026, 3, 30))
    company.fill(TODAY)
    answer = ask(company)
    assert answer["delivered"] == 500
    assert answer["coverage"]["delivered"] == pytest.approx(5 / 6)


@pytest.mark.parametrize(("followers", "reason"), [(None, "not_collected"), (0, "no_denominator")])
def test_without_followers_there_is_no_ratio(world: World, followers: int | None, reason: str) -> None:
    world.unit("company")
    people(world, "company", 6)
    if followers is not None:
        world.brand(followers)
    world.fill(TODAY)
    answer = ask(world)
    assert answer["potential"] == 60
    assert (answer["ratio"], answer["reasons"]["ratio"]) == (None, reason)


def test_brand_channels_are_the_latest_of_each_network_and_old_ones_are_marked(company: World) -> None:
    company.brand(7, network=2, on=date(2025, 6, 1))
    company.brand(50, network=1, on=date(2026, 3, 30))
    company.brand(999, network=1, on=date(2026, 4, 1))
    answer = ask(company)
    assert answer["brand_followers"] == 57
    assert [(channel["followers"], channel["is_stale"]) for channel in answer["brand_channels"]] == [
        (50, False),
        (7, True),
    ]


def test_a_day_that_was_not_counted_is_not_collected(company: World) -> None:
    answer = ask(company, on=TODAY - timedelta(days=3))
    assert (answer["potential"], answer["as_of"]) == (None, None)
    assert answer["reasons"]["potential"] == "not_collected"


def test_a_day_to_come_is_refused(company: World) -> None:
    with pytest.raises(Invalid):
        ask(company, on=TODAY + timedelta(days=1))


def test_a_company_without_units_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        ask(world)


def test_a_series_has_one_entry_per_counted_day(company: World) -> None:
    company.fill(TODAY - timedelta(days=1), today=TODAY)
    series = ask(company, series_days=30)["series"]
    assert [(entry["day"], entry["potential"]) for entry in series] == [(TODAY - timedelta(days=1), 200), (TODAY, 200)]


def test_recruiting_reach_hides_few_hires(company: World) -> None:
    company.item("opening", "job")
    for number in range(6):
        name = f"sales{number}"
        company.share(f"job{number}", name, "opening")
        company.event("SHARE_PUBLISHED", name, "2026-03-30 10:00", share=f"job{number}")
        company.event("APPLICATION", name, "2026-03-30 12:00", share=f"job{number}", detail=1)
    company.event("APPLICATION", "sales0", "2026-03-30 13:00", share="job0", detail=4)
    company.fill(TODAY)
    answer = queries.recruiting_reach(company.connection, smallest_group=5, series_days=7)
    assert (answer["potential"], answer["activated"], answer["applications"]) == (200, 60, 6)
    assert (answer["hires"], answer["reasons"]) == (None, {"hires": "suppressed"})
    assert answer["interviews"] == 0
    assert [entry["applications"] for entry in answer["series"]] == [6]


def actor(*grants: Grant, employee_key: int | None = None) -> Actor:
    return Actor(account_id=uuid4(), employee_key=employee_key, grants=grants)


def unit_id(world: World, name: str) -> Any:
    return world.connection.execute(text("SELECT id FROM org_unit WHERE name = :name"), {"name": name}).scalar_one()


def test_an_executive_of_a_unit_reaches_it_and_nothing_else(company: World) -> None:
    sales = frozenset({company.units["sales"]})
    scoped = actor(Grant(Role.EXECUTIVE, sales))
    assert queries.visible_unit(company.connection, None, visible_to=scoped) == company.units["sales"]
    for hidden in (unit_id(company, "plant"), unit_id(company, "company"), uuid4()):
        with pytest.raises(NotFound):
            queries.visible_unit(company.connection, hidden, visible_to=scoped)
    everywhere = actor(Grant(Role.EXECUTIVE))
    assert queries.visible_unit(company.connection, None, visible_to=everywhere) == company.units["company"]
    assert (
        queries.visible_unit(company.connection, unit_id(company, "plant"), visible_to=everywhere)
        == company.units["plant"]
    )


def test_without_the_permission_no_unit_is_reached(company: World) -> None:
    with pytest.raises(NotFound):
        queries.visible_unit(
            company.connection, None, visible_to=actor(Grant(Role.EMPLOYEE)), permission=Permission.RECRUITING_READ
        )


def test_own_impact_is_the_actor_s_own(company: World) -> None:
    company.event("LINK_CLICKED", "sales0", "2026-03-31 09:00", share="sales0", click="PREVIEW_BOT")
    company.fill(TODAY)
    answer = own.own_impact(company.connection, visible_to=actor(employee_key=company.people["sales0"]))
    assert answer["clicks"] == {
        "raw": 4, "human": 3, "preview_bot": 1, "scanner": 0, "internal": 0, "own": 0, "repeated": 0
    }  # fmt: skip
    assert answer["shares"] == {"opened_ever": 0, "published_ever": 1, "opened": 0, "published": 1}
    assert [entry for entry in answer["series"] if entry["clicks"]] == [{"day": date(2026, 3, 30), "clicks": 3}]
    assert [network["audience_size"] for network in answer["networks"]] == [10]
    assert answer["as_of"] is not None


def test_an_account_without_an_employee_has_no_own_impact(company: World) -> None:
    with pytest.raises(NotPermitted):
        own.own_impact(company.connection, visible_to=actor())
