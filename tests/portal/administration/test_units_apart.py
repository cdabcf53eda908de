"""Who works for one unit sees nothing of the others: no name, no address, no count, no setting."""

from typing import Any

import pytest

from advocacy.foundation.access import Role
from advocacy.people.models import Employee, OrgUnit
from tests.factories.identity import make_account
from tests.factories.people import make_employee, make_policy, make_unit
from tests.support.clients import Browser, sign_in_browser


@pytest.fixture
def units(session: Any) -> tuple[OrgUnit, OrgUnit]:
    make_policy()
    root = make_unit("Meridian Works")
    return make_unit("Cloud", parent=root), make_unit("Sales", parent=root)


@pytest.fixture
def stranger(units: tuple[OrgUnit, OrgUnit]) -> Employee:
    """Return somebody of the other unit, with an account."""
    person = make_employee(units[1], name="Secret Stranger", email="stranger@meridian.example")
    make_account(person)
    return person


@pytest.fixture
def local(app: Any, units: tuple[OrgUnit, OrgUnit]) -> Browser:
    return sign_in_browser(app, make_employee(units[0]), Role.ADMINISTRATOR, unit=units[0])


def test_other_units_are_in_no_list_and_no_choice(
    local: Browser, stranger: Employee, units: tuple[OrgUnit, OrgUnit]
) -> None:
    other = str(units[1].id)
    for path in ("/people", "/people?text=stranger", "/people/units"):
        page = local.get(path).get_data(as_text=True)
        for told in ("Secret Stranger", "stranger@meridian.example", "Sales", other):
            assert told not in page, f"{path} tells {told}"


def test_other_units_and_their_people_are_not_there_by_id(
    local: Browser, stranger: Employee, units: tuple[OrgUnit, OrgUnit]
) -> None:
    person, unit = str(stranger.id), str(units[1].id)
    assert local.get(f"/people?unit={unit}").status_code == 404
    assert local.get(f"/people/{person}").status_code == 404
    for act in ("invite", "close", "open", "leave", "roles", "roles/take"):
        assert local.post(f"/people/{person}/{act}", data={"role": "curator"}).status_code == 404


def test_people_of_other_units_are_not_invited_by_their_ids(
    local: Browser, units: tuple[OrgUnit, OrgUnit], recorded_jobs: Any
) -> None:
    other = make_employee(units[1])
    local.post("/people/invite", data={"whom": "ticked", "person": str(other.id)})
    assert "identity.send_link" not in recorded_jobs.names()


@pytest.mark.parametrize("path", ["/settings", "/settings/hosts", "/settings/policy", "/audit", "/background-work"])
def test_what_concerns_everybody_stays_shut(local: Browser, path: str) -> None:
    assert local.get(path).status_code == 403
