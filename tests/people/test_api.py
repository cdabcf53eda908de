"""The people API: oneself, one's consents, one's networks."""

import pytest

from advocacy.foundation.access import Role
from advocacy.people import queries, service
from advocacy.people.models import Employee, Purpose
from tests.factories.identity import make_account
from tests.factories.people import give_consent, make_employee, make_policy, make_unit
from tests.support.clients import make_program


@pytest.fixture
def somebody(session):
    make_policy()
    return make_employee()


@pytest.fixture
def program(app, client, somebody, session):
    made = make_program(app, make_account(somebody))
    session.commit()  # a refused request rolls back whatever is not committed
    return made


def purposes(response):
    assert response.status_code == 200, response.get_json()
    return [entry["purpose"] for entry in response.get_json()["data"]]


def test_me_is_who_the_token_belongs_to(program, somebody):
    body = program.get("/api/v1/me").get_json()
    assert (body["id"], body["email"], body["unit"]["name"]) == (str(somebody.id), somebody.email, "Meridian Works")
    assert body["consents"] == []


def test_a_yes_needs_the_policy_and_then_counts(program, somebody):
    key = somebody.key
    refused = program.put("/api/v1/me/consents/take_part")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "policy_not_acknowledged")
    policy = program.get("/api/v1/me/policy").get_json()
    assert policy["is_acknowledged"] is False
    assert program.put(f"/api/v1/me/policy/{policy['id']}").get_json()["is_acknowledged"] is True
    assert purposes(program.put("/api/v1/me/consents/take_part")) == ["take_part"]
    assert purposes(program.put("/api/v1/me/consents/network_size")) == ["take_part", "network_size"]
    assert purposes(program.delete("/api/v1/me/consents/take_part")) == []
    assert purposes(program.delete("/api/v1/me/consents/take_part")) == []
    assert not queries.has_consent(key, Purpose.TAKE_PART)


def test_a_purpose_is_not_found_when_it_does_not_exist(program):
    assert program.put("/api/v1/me/consents/anything").status_code == 404


def test_networks_are_replaced_as_a_whole(program, somebody, session):
    key = somebody.key
    body = {"data": [{"network": "linkedin", "audience_size": 500, "is_floor": True, "handle": "me"}]}
    assert program.put("/api/v1/me/networks", json=body).status_code == 409
    give_consent(session.get(Employee, key), Purpose.TAKE_PART, Purpose.NETWORK_SIZE)
    session.commit()
    answer = program.put("/api/v1/me/networks", json=body).get_json()["data"]
    assert [(row["network"], row["audience_size"], row["is_floor"]) for row in answer] == [("linkedin", 500, True)]
    other = {"data": [{"network": "x", "audience_size": 7}]}
    assert [row["network"] for row in program.put("/api/v1/me/networks", json=other).get_json()["data"]] == ["x"]
    assert program.put("/api/v1/me/networks", json={"data": []}).get_json()["data"] == []


@pytest.mark.parametrize(
    "entry",
    [
        {"network": "nowhere"},
        {"network": "linkedin", "audience_size": -1},
        {"network": "linkedin", "audience_size": 2**40},
        {"network": "linkedin", "audience_size": "many"},
        {"network": "linkedin", "is_floor": True},
        {"network": "linkedin", "audience_size": 1, "handle": "nul\x00"},
        {"network": "linkedin", "surprise": 1},
    ],
)
def test_a_network_is_refused_when_it_cannot_be(program, somebody, entry):
    give_consent(somebody, Purpose.TAKE_PART, Purpose.NETWORK_SIZE)
    assert program.put("/api/v1/me/networks", json={"data": [entry]}).status_code == 422


def test_the_tree_is_for_those_who_may_read_people(app, program, session):
    make_unit("Cloud")
    administrator = make_program(app, make_account(make_employee(), Role.ADMINISTRATOR))
    session.commit()
    assert program.get("/api/v1/units").status_code == 403
    body = administrator.get("/api/v1/units").get_json()
    assert [row["path"] for row in body["data"]] == [["Meridian Works"], ["Meridian Works", "Cloud"]]
    assert administrator.get("/api/v1/units?on=1999-01-01").get_json()["data"] == []
    assert administrator.get("/api/v1/units?on=yesterday").status_code == 422


def test_an_opt_out_is_committed_before_the_answer(app, committed_database, settings):
    """Invariant I5: another connection sees it the moment the client has its 200, and a crash cannot lose it."""
    from advocacy.foundation.db import session as ambient

    make_policy()
    employee = make_employee()
    give_consent(employee, Purpose.TAKE_PART, Purpose.NETWORK_SIZE)
    program = make_program(app, make_account(employee))
    ambient.commit()
    ambient.remove()
    assert program.delete("/api/v1/me/consents/take_part").status_code == 200
    with committed_database.connect() as other:
        left = other.exec_driver_sql("SELECT count(*) FROM consent").scalar()
        history = other.exec_driver_sql("SELECT count(*) FROM consent_event WHERE NOT is_granted").scalar()
    assert (left, history) == (0, 2)


def test_an_opt_out_does_not_wait_for_an_import_that_holds_the_row(app, committed_database, settings):
    from advocacy.foundation.db import session as ambient

    make_policy()
    employee = make_employee()
    give_consent(employee)
    program = make_program(app, make_account(employee))
    ambient.commit()
    ambient.remove()
    with committed_database.connect() as other:
        other.exec_driver_sql("UPDATE employee SET title = 'changed by an import', email = 'new@meridian.example'")
        assert program.delete("/api/v1/me/consents/take_part").status_code == 200


def test_the_default_policy_is_there_in_every_language_of_the_portal(session):
    from advocacy.app import LANGUAGES

    version = service.ensure_policy()
    assert set(version.body) == set(LANGUAGES)
    assert service.ensure_policy() == version
