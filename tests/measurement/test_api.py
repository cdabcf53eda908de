"""The measurement API: who may ask for which unit, and the names other programs rely on."""

from typing import Any
from uuid import uuid4

import pytest

from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.people.models import OrgUnit
from tests.factories.identity import make_account
from tests.factories.measurement import World
from tests.factories.people import make_employee
from tests.measurement.test_queries import TODAY, people, unit_id
from tests.support.clients import make_program


@pytest.fixture
def company(app: Any, client: Any, world: World) -> World:
    for name, parent in (("company", None), ("sales", "company"), ("plant", "company")):
        world.unit(name, parent)
    people(world, "sales", 12)
    people(world, "plant", 8)
    world.brand(40)
    world.fill(TODAY)
    return world


def program(app: Any, company: World, *roles: Role, unit: str | None = None) -> Any:
    home = ambient.get(OrgUnit, company.units["sales"])
    scope = ambient.get(OrgUnit, company.units[unit]) if unit is not None else None
    made = make_program(app, make_account(make_employee(home), *roles, unit=scope))
    ambient.commit()
    return made


def test_amplification_has_the_names_that_programs_rely_on(app: Any, company: World) -> None:
    answer = program(app, company, Role.EXECUTIVE).get("/api/v1/amplification", query_string={"series_days": 7})
    assert answer.status_code == 200, answer.get_json()
    body = answer.get_json()
    relied_on = ("potential", "activated", "delivered", "brand_followers", "ratio", "ratio_activated")
    assert [body[name] for name in relied_on] == [200, 0, None, 40, 5.0, 0.0]
    assert body["ratio_exact"] == "5"
    assert body["as_of"].startswith("2026-03-31T10:00:00")
    assert set(relied_on) <= set(body["definitions"])
    assert body["reasons"]["delivered"] == "not_collected"
    assert [unit["name"] for unit in body["units_below"]] == ["plant", "sales"]
    assert body["series"] == [
        {"day": "2026-03-31", "told_on": {}, "potential": 200, "activated": 0, "clicks": 0, "shares": 0}
    ]
    assert body["told_on"] == {}


def test_an_executive_of_a_unit_sees_the_own_unit_and_no_other(app: Any, company: World) -> None:
    plant, sales = str(unit_id(company, "plant")), str(unit_id(company, "sales"))
    executive = program(app, company, Role.EXECUTIVE, unit="plant")
    assert executive.get("/api/v1/amplification").get_json()["unit"]["id"] == plant
    assert executive.get("/api/v1/amplification", query_string={"unit": plant}).get_json()["potential"] == 80
    for other in (sales, str(unit_id(company, "company")), str(uuid4())):
        assert executive.get("/api/v1/amplification", query_string={"unit": other}).status_code == 404


def test_an_employee_may_not_ask_for_others(app: Any, company: World) -> None:
    employee = program(app, company)
    assert employee.get("/api/v1/amplification").status_code == 403
    assert employee.get("/api/v1/recruiting/reach").status_code == 403
    assert employee.get("/api/v1/me/impact").get_json()["clicks"]["raw"] == 0


def test_a_recruiter_sees_the_reach_of_job_content(app: Any, company: World) -> None:
    body = program(app, company, Role.RECRUITER).get("/api/v1/recruiting/reach").get_json()
    assert (body["potential"], body["applications"], body["hires"]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"unit": "sales"}, 422),
        ({"unit": "\x00"}, 400),
        ({"on": "yesterday"}, 422),
        ({"on": "2027-01-01"}, 422),
        ({"on": "0001-01-01"}, 404),
        ({"on": "9999-12-31"}, 422),
        ({"series_days": "100000"}, 422),
        ({"person": "ada"}, 400),
    ],
)
def test_bad_questions_get_a_clear_answer(app: Any, company: World, query: dict[str, str], status: int) -> None:
    answer = program(app, company, Role.EXECUTIVE).get("/api/v1/amplification", query_string=query)
    assert answer.status_code == status, answer.get_json()
    assert answer.get_json()["detail"]
