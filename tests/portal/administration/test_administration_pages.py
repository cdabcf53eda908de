"""Administration: employment, accounts and roles, never participation; files are checked first."""

import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from advocacy.content.destinations import allow_host
from advocacy.content.models import AllowedHost
from advocacy.foundation import preferences
from advocacy.foundation.access import Role
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session as ambient
from advocacy.foundation.models import AuditEvent, Task, TaskState
from advocacy.identity.queries import account_of_employee, grants_of
from advocacy.identity.service import actor_of
from advocacy.people import queries as people
from advocacy.people.models import Employee, OrgUnit
from advocacy.sharing.ranges import internal_ranges
from tests.factories.identity import make_account
from tests.factories.people import give_consent, make_employee, make_policy, make_unit
from tests.support.clients import Browser, sign_in_browser
from tests.support.html import UNESCAPED, checked_page

PAGES = (
    "/people",
    "/people/units",
    "/people/import",
    "/settings",
    "/settings/policy",
    "/settings/hosts",
    "/settings/clicks",
    "/background-work",
    "/audit",
    "/audit?verify=yes",
)
HEADER = "external_id,email,name,unit\n"


@pytest.fixture
def administrator(app: Any, session: Any) -> Browser:
    make_unit("Meridian Works")
    make_policy()
    return sign_in_browser(app, None, Role.ADMINISTRATOR)


def upload(text: str, **fields: str) -> dict[str, Any]:
    return {"file": (io.BytesIO(text.encode()), "people.csv"), **fields}


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_good(administrator: Browser, path: str) -> None:
    checked_page(administrator.get(path))


@pytest.mark.parametrize("path", PAGES)
def test_nobody_else_comes_in(app: Any, session: Any, path: str) -> None:
    assert sign_in_browser(app, None, Role.CURATOR, Role.EXECUTIVE).get(path).status_code == 403


def test_people_are_found_by_name_address_id_and_unit(administrator: Browser) -> None:
    health = make_unit("Health")
    make_employee(health, name="Inês Duarte", email="ines@meridian.example", external_id="HR-77")
    make_employee(name=UNESCAPED)
    for query in ({"text": "inês"}, {"text": "INES@meridian"}, {"text": "HR-77"}, {"unit": str(health.id)}):
        words = checked_page(administrator.get("/people", query_string=query)).words()
        assert "Inês Duarte" in words, query
        assert "marker" not in words
    assert "Nobody found" in checked_page(administrator.get("/people?text=100%_\\")).words()


def test_pages_of_people_say_nothing_about_consent(administrator: Browser) -> None:
    silent, advocate = make_employee(name="Same Name", title="X"), make_employee(name="Same Name", title="X")
    give_consent(advocate)

    def shown(person: Employee) -> str:
        words = checked_page(administrator.get(f"/people/{person.id}")).words()
        return words.replace(str(person.external_id), "").replace(str(person.email), "")

    assert shown(ambient.merge(silent)) == shown(ambient.merge(advocate))


def test_whoever_looks_after_one_unit_sees_nobody_else(app: Any, session: Any) -> None:
    make_unit("Meridian Works")
    here, there = make_unit("Here"), make_unit("There")
    mine, other = make_employee(here, name="Mine"), make_employee(there, name="Other")
    browser = sign_in_browser(app, None, Role.ADMINISTRATOR, unit=here)
    words = checked_page(browser.get("/people")).words()
    assert "Mine" in words
    assert "Other" not in words
    assert browser.get(f"/people/{other.id}").status_code == 404
    assert browser.get(f"/people/{mine.id}").status_code == 200


def test_ticked_people_and_a_whole_unit_are_invited(administrator: Browser, session: Any) -> None:
    health = make_unit("Health")
    ticked = make_employee()
    both = [make_employee(health), make_employee(health)]
    administrator.post("/people/invite", data={"whom": "ticked", "person": str(ticked.id)})
    assert account_of_employee(ambient.merge(ticked).key) is not None
    answer = administrator.post("/people/invite", data={"whom": "unit", "unit": str(health.id)})
    assert answer.status_code == 302
    assert all(account_of_employee(ambient.merge(person).key) is not None for person in both)
    assert ambient.query(Task).filter_by(name="identity.send_link").count() == 3


def test_roles_are_given_and_taken_with_their_unit(administrator: Browser) -> None:
    health = make_unit("Health")
    account = make_account()
    person = ambient.scalars(select(Employee).where(Employee.key == account.employee_key)).one()
    data = {"role": "curator", "unit_id": str(health.id)}
    administrator.post(f"/people/{person.id}/roles", data=data)
    assert "Curator in Health and below" in checked_page(administrator.get(f"/people/{person.id}")).words()
    administrator.post(f"/people/{person.id}/roles/take", data=data)
    assert {grant.role for grant in grants_of(account.id)} == {Role.EMPLOYEE}
    checked_page(administrator.post(f"/people/{person.id}/roles", data={"role": "emperor"}), 422)


def test_the_last_administrator_stays(administrator: Browser) -> None:
    me = actor_of(administrator.account)
    assert administrator.post(f"/people/{me.employee_id}/close").status_code == 409
    last_day = {"last_day": people.today().isoformat()}
    assert administrator.post(f"/people/{me.employee_id}/leave", data=last_day).status_code == 409
    assert administrator.post("/my-data/erase", data={"sure": "yes"}).status_code == 409
    assert administrator.get(f"/people/{me.employee_id}").status_code == 200


def test_a_last_day_that_is_over_takes_the_name_away(administrator: Browser) -> None:
    person = make_employee(name="Gone Soon")
    today = people.today()
    answer = administrator.post(
        f"/people/{person.id}/leave", data={"last_day": (today + timedelta(days=9)).isoformat()}
    )
    assert answer.location == f"/people/{person.id}"
    administrator.post(f"/people/{person.id}/leave", data={"last_day": (today - timedelta(days=1)).isoformat()})
    assert ambient.scalars(select(Employee).where(Employee.id == person.id)).one().name is None
    assert administrator.get(f"/people/{person.id}").status_code == 404


def test_an_import_is_checked_first_and_changes_something_only_when_confirmed(administrator: Browser) -> None:
    data = upload(HEADER + "E-900,new@meridian.example,New Person,Meridian Works > Cloud\n")
    page = checked_page(administrator.post("/people/import", data=data, content_type="multipart/form-data"))
    assert "1 new people" in page.words()
    assert ambient.scalar(select(Employee).where(Employee.external_id == "E-900")) is None
    token = page.field("token")
    assert administrator.post("/people/import/confirm", data={"token": token}).location == "/people"
    assert ambient.scalar(select(Employee).where(Employee.external_id == "E-900")) is not None
    assert ambient.scalar(select(OrgUnit).where(OrgUnit.name == "Cloud")) is not None
    again = administrator.post("/people/import/confirm", data={"token": token})
    assert "is gone after an hour" in checked_page(again, 422).words()


def test_problems_in_a_file_are_told_by_line_and_column(administrator: Browser) -> None:
    data = upload(HEADER + "E-901,not an address,Somebody,Meridian Works\n")
    page = checked_page(administrator.post("/people/import", data=data, content_type="multipart/form-data"), 422)
    assert "Not an e-mail address" in page.words()
    assert page.field("token") in {None, ""}


@pytest.mark.parametrize("content", ["", "\x00\x01\x02", "name\nx\n", "PK\x03\x04"])
def test_a_file_that_is_no_roster_is_told(administrator: Browser, content: str) -> None:
    checked_page(administrator.post("/people/import", data=upload(content), content_type="multipart/form-data"), 422)
    checked_page(administrator.post("/people/import", data={}), 422)


def test_somebody_elses_checked_file_cannot_be_imported(administrator: Browser, app: Any) -> None:
    data = upload(HEADER + "E-902,other@meridian.example,Other,Meridian Works\n")
    token = checked_page(administrator.post("/people/import", data=data, content_type="multipart/form-data")).field(
        "token"
    )
    other = sign_in_browser(app, None, Role.ADMINISTRATOR)
    for wrong in (token, "../../etc/passwd", ""):
        checked_page(other.post("/people/import/confirm", data={"token": wrong}), 422)


def test_a_setting_changes_only_from_the_version_that_was_seen(administrator: Browser) -> None:
    administrator.post("/settings/retention_note_months", data={"retention_note_months": "6", "seen_version": "0"})
    assert preferences.get("retention_note_months") == 6
    answer = administrator.post(
        "/settings/retention_note_months", data={"retention_note_months": "9", "seen_version": "0"}
    )
    page = checked_page(answer, 412)
    assert page.field("retention_note_months") == "9"
    assert "In force now: 6" in page.words()
    assert preferences.get("retention_note_months") == 6


def test_a_version_of_thousands_of_digits_is_no_version(administrator: Browser) -> None:
    data = {"retention_note_months": "6", "seen_version": "9" * 5000}
    assert administrator.post("/settings/retention_note_months", data=data).status_code == 412


@pytest.mark.parametrize(
    ("name", "value"),
    [("smallest_group", "2"), ("smallest_group", "x"), ("review_is_required", "maybe"), ("sharing_is_rewarded", " ")],
)
def test_a_value_out_of_bounds_is_told(administrator: Browser, name: str, value: str) -> None:
    checked_page(administrator.post(f"/settings/{name}", data={name: value, "seen_version": "0"}), 422)
    assert administrator.post("/settings/nonsense", data={}).status_code == 404


def test_a_policy_is_published_as_the_next_version(administrator: Browser) -> None:
    before = people.current_policy()
    assert before is not None
    data = {
        "seen_number": str(before.number),
        "language": "en",
        "heading_en_0": "Voluntary",
        "text_en_0": UNESCAPED,
        "heading_en_1": "",
        "text_en_1": "",
    }
    administrator.post("/settings/policy", data=data)
    now = people.current_policy()
    assert now is not None
    assert now.number == before.number + 1
    assert now.body == {"en": [{"heading": "Voluntary", "text": UNESCAPED}]}
    checked_page(administrator.get("/settings/policy"))
    checked_page(administrator.post("/settings/policy", data=data), 412)
    halves = {**data, "seen_number": str(now.number), "heading_en_0": ""}
    checked_page(administrator.post("/settings/policy", data=halves), 422)


def test_hosts_and_own_addresses_are_added_and_removed(administrator: Browser) -> None:
    administrator.post("/settings/hosts", data={"host": "Careers.Example.org"})
    assert ambient.get(AllowedHost, "careers.example.org") is not None
    administrator.post("/settings/hosts/remove", data={"host": "careers.example.org"})
    assert ambient.get(AllowedHost, "careers.example.org") is None
    checked_page(administrator.post("/settings/hosts", data={"host": "not a host"}), 422)
    administrator.post("/settings/ranges", data={"range": "203.0.113.7/24", "note": "Lisbon"})
    assert [str(row.range) for row in internal_ranges()] == ["203.0.113.0/24"]
    for wrong in ("0.0.0.0/0", "nonsense", ""):
        checked_page(administrator.post("/settings/ranges", data={"range": wrong}), 422)
    administrator.post("/settings/ranges/remove", data={"range": "203.0.113.0/24"})
    assert internal_ranges() == []


def test_work_that_gave_up_starts_anew(administrator: Browser) -> None:
    task = Task(
        id=new_id(),
        name="identity.send_link",
        queue="delivery",
        arguments={},
        state=TaskState.DEAD,
        attempts=3,
        max_attempts=3,
        last_error=UNESCAPED,
    )
    ambient.add(task)
    ambient.flush()
    task_id = task.id
    page = checked_page(administrator.get("/background-work"))
    assert "1 piece of work gave up" in page.words()
    administrator.post(f"/background-work/{task_id}/retry")
    assert ambient.get(Task, task_id).state is TaskState.READY
    assert ambient.scalar(select(AuditEvent).where(AuditEvent.action == "task.retried")) is not None


def test_background_work_tells_how_far_the_numbers_are(administrator: Browser) -> None:
    page = checked_page(administrator.get("/background-work")).words()
    assert "How far the numbers are" in page
    assert "daily_people_by_unit" in page
    assert "Past days to fill" in page


def test_the_audit_shows_who_did_what(administrator: Browser) -> None:
    me = actor_of(administrator.account)
    allow_host(me, "www.example.org")
    page = checked_page(administrator.get("/audit?action=host.allowed")).words()
    assert "host.allowed" in page
    assert "www.example.org" in page
    assert me.name in page
    checked_page(administrator.get("/audit?before=nonsense&action=" + "x" * 500))
