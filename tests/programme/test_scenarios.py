"""Saved scenarios: kept as they were, reproducible to the last digit, put away and never deleted."""

import pytest
from sqlalchemy import select

from advocacy.foundation import audit
from advocacy.foundation.access import Permission, Role
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session as ambient
from advocacy.measurement.scenario import MODEL_VERSION, Inputs, definition_hash, work_out
from advocacy.programme.models import Scenario
from advocacy.programme.reproduction import reproduce
from tests.factories.identity import make_account
from tests.factories.people import make_unit

IBM = {"employees": 350_000, "audience": 10, "brand": 1_000_000, "participation": "0.03"}
UNEVEN = {**IBM, "employees": 2_000, "spread": "lognormal", "sigma": 1.5}
SCENARIOS = "/api/v1/scenarios"


@pytest.fixture
def program(api):
    return api(None, Role.EXECUTIVE)


def save(program, name="Three in a hundred", **inputs):
    answer = program.post(SCENARIOS, json={"name": name, "inputs": {**IBM, **inputs}})
    assert answer.status_code == 201, answer.text
    return answer.json


def test_a_scenario_is_kept_with_its_numbers_and_who_kept_it(program):
    kept = save(program)
    assert kept["results"]["ratio_exact"] == "21/200"
    assert kept["inputs"]["participation"] == "0.03"
    assert (kept["model_version"], kept["definition_hash"]) == (MODEL_VERSION, definition_hash())
    assert kept["today"] == {"is_same": True, "model_version": MODEL_VERSION, "definition_hash": definition_hash()}
    assert kept["saved_by"]
    assert kept["archived_at"] is None
    assert program.get(f"{SCENARIOS}/{kept['id']}").json == kept
    (listed,) = program.get(SCENARIOS).json["data"]
    assert listed["id"] == kept["id"]
    assert "scenario.saved" in audit.known_actions()


def test_the_same_inputs_give_the_same_numbers_however_they_are_written(program):
    one = save(program, **UNEVEN)
    other = save(program, **{**UNEVEN, "employees": "2000.0", "audience": "10", "participation": 0.03, "sigma": "1.50"})
    assert one["seed"] == other["seed"]
    assert one["results"] == other["results"]
    ratio = one["results"]["details"]["ratio"]
    assert ratio["low"] < ratio["middle"] < ratio["high"]
    work_out.cache_clear()
    assert work_out(Inputs.of_canonical(one["inputs"]))["details"]["ratio"] == ratio


def test_another_participation_is_another_scenario_with_other_draws(program):
    assert save(program, **UNEVEN)["seed"] != save(program, **{**UNEVEN, "participation": "0.04"})["seed"]


def test_a_scenario_of_another_calculation_says_so_and_keeps_its_numbers(program):
    kept = save(program, **UNEVEN)
    row = ambient.get(Scenario, kept["id"])
    changed = {**row.results, "details": {**row.results["details"], "ratio": {"low": 1.0, "middle": 2.0, "high": 3.0}}}
    old = Scenario(
        id=new_id(), name="Old", inputs=row.inputs, seed=row.seed, results=changed, model_version=0,
        definition_hash="0" * 12, computed_with="advocacy 0", saved_by_account_id=row.saved_by_account_id,
    )  # fmt: skip
    ambient.add(old)
    ambient.flush()
    again = program.get(f"{SCENARIOS}/{old.id}").json
    assert again["today"]["is_same"] is False
    assert again["results"]["details"]["ratio"]["middle"] == 2
    refused = Scenario(inputs={**row.inputs, "participation": "2"}, results=changed)
    assert reproduce(refused).results is None


def test_what_an_earlier_version_did_not_say_does_not_make_it_differ(program):
    row = ambient.get(Scenario, save(program)["id"])
    fewer = {name: value for name, value in row.results.items() if name != "ratio"}
    assert reproduce(Scenario(inputs=row.inputs, results=fewer)).is_same
    assert not reproduce(Scenario(inputs=row.inputs, results={**row.results, "gone": 1})).is_same


def test_putting_away_is_no_deletion_and_happens_once(program):
    kept = save(program)
    away = program.post(f"{SCENARIOS}/{kept['id']}/archive").json
    assert away["archived_at"] is not None
    assert program.post(f"{SCENARIOS}/{kept['id']}/archive").json == away
    assert program.get(SCENARIOS).json["data"] == []
    (listed,) = program.get(f"{SCENARIOS}?is_archived=true").json["data"]
    assert listed["results"] == kept["results"]


def test_the_list_is_walked_newest_first(program):
    names = [save(program, name=f"Number {number}")["name"] for number in range(3)]
    first = program.get(f"{SCENARIOS}?limit=2").json
    second = program.get(f"{SCENARIOS}?limit=2&cursor={first['next_cursor']}").json
    assert [row["name"] for row in first["data"] + second["data"]] == names[::-1]
    assert second["next_cursor"] is None
    assert program.get(f"{SCENARIOS}?is_archived=true&cursor={first['next_cursor']}").status_code == 422


def test_a_repeated_request_saves_once(program):
    body = {"name": "Once", "inputs": IBM}
    one, other = (program.post(SCENARIOS, json=body, headers={"Idempotency-Key": "once"}) for _ in range(2))
    assert one.json == other.json
    assert len(ambient.scalars(select(Scenario)).all()) == 1


@pytest.mark.parametrize(
    ("inputs", "pointer"),
    [
        ({"participation": 1.5}, "/inputs/participation"),
        ({"employees": "1.5"}, "/inputs/employees"),
        ({"employees": True}, "/inputs/employees"),
        ({"brand": None}, "/inputs/brand"),
        ({"who": "friends"}, "/inputs/who"),
        ({"spread": "histogram"}, "/inputs/histogram"),
        ({"spread": "histogram", "histogram": [["150", "0.5", "1"]]}, "/inputs/histogram/0"),
        ({"view_through": "0.1"}, "/inputs/view_through_source"),
        ({"posts": "two"}, "/inputs/posts"),
        ({"colour": "blue"}, "/inputs/colour"),
    ],
)
def test_what_no_scenario_can_have_is_told_by_its_field(program, inputs, pointer):
    answer = program.post(SCENARIOS, json={"name": "Wrong", "inputs": {**IBM, **inputs}})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "a\x00", None])
def test_a_scenario_needs_a_name(program, name):
    assert program.post(SCENARIOS, json={"name": name, "inputs": IBM}).status_code == 422


def test_a_histogram_is_kept_sorted_and_exact(program):
    classes = [["500", 0.4], [150, "0.6"]]
    kept = save(program, spread="histogram", histogram=classes)
    assert kept["inputs"]["histogram"] == [["150", "0.6"], ["500", "0.4"]]
    assert kept["inputs"]["audience"] == "290"
    assert kept["today"]["is_same"]


def test_who_works_for_one_unit_does_not_decide_for_the_organisation(app, session):
    from tests.support.clients import make_program

    root = make_unit("Root")
    local = make_program(app, make_account(None, Role.EXECUTIVE, unit=make_unit("Unit", parent=root)))
    assert local.get(SCENARIOS).status_code == 403
    reader = make_program(app, None, Role.EXECUTIVE, scopes=(Permission.PROGRAMME_READ,))
    assert reader.get(SCENARIOS).status_code == 200
    assert reader.post(SCENARIOS, json={"name": "No", "inputs": IBM}).status_code == 403
    assert reader.get(f"{SCENARIOS}/{new_id()}").status_code == 404


def test_the_numbers_of_this_version_are_these():
    """Whoever changes what a scenario gives raises MODEL_VERSION, and then these."""
    found = work_out(Inputs(**{**UNEVEN, "addressable": 10**7}))["details"]
    assert MODEL_VERSION == 1
    assert definition_hash() == "55db3cd91ef0"
    assert found["joiners"] == 60
    assert [found["ratio"][name] for name in ("low", "middle", "high")] == pytest.approx(RATIO, rel=1e-9)
    assert [found["unique"][name] for name in ("low", "middle", "high")] == pytest.approx(UNIQUE, rel=1e-9)


RATIO = [0.0003527484195882009, 0.0005559250052800725, 0.0009896124544505425]
UNIQUE = [352.7425001732949, 555.9108478018413, 989.5684832927524]
