"""Recruiting reach, openings and connections."""

import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.measurement.models import PageRecruiting, RollupFill, RollupTouch
from advocacy.people.models import OrgUnit
from advocacy.people.queries import today
from advocacy.recruiting.models import AtsConnection, Opening
from advocacy.recruiting.queries import secrets_of
from tests.factories.people import make_employee, make_unit
from tests.factories.recruiting import make_opening
from tests.support.clients import Browser, sign_in_browser
from tests.support.html import UNESCAPED, checked_page

PAGES = (
    "/recruiting",
    "/recruiting/openings",
    "/recruiting/import",
    "/recruiting/import?kind=applications",
    "/recruiting/connections",
)
COUNTED = [column.name for column in PageRecruiting.__table__.columns if column.name not in {"unit_key", "day"}]


@pytest.fixture
def root(session: Any) -> OrgUnit:
    unit = make_unit("Meridian Works")
    for table in ("page_recruiting", "daily_people_by_unit", "daily_job_audience_by_unit"):
        ambient.add(RollupFill(rollup=table, day=today(), version=1, filled_at=clock.now()))
    ambient.flush()
    return unit


@pytest.fixture
def recruiter(app: Any, root: OrgUnit) -> Browser:
    return sign_in_browser(app, None, Role.RECRUITER)


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_good_while_there_is_nothing(recruiter: Browser, path: str) -> None:
    checked_page(recruiter.get(path))


@pytest.mark.parametrize("path", PAGES)
def test_nobody_else_comes_in(app: Any, session: Any, path: str) -> None:
    make_unit("Meridian Works")
    assert sign_in_browser(app, None, Role.CURATOR).get(path).status_code == 403


def test_the_funnel_shows_what_is_known_and_hides_small_groups(root: OrgUnit, recruiter: Browser) -> None:
    figures = dict.fromkeys(COUNTED, 0) | {
        "employed": 400, "people": 200, "audience": 90_000, "clicks": 247, "click_people": 30, "applications": 33,
        "application_people": 20, "interviews": 7, "interview_people": 2,
    }  # fmt: skip
    ambient.add(PageRecruiting(unit_key=root.key, day=today(), **figures))
    ambient.flush()
    make_opening("R-1", title=UNESCAPED)
    words = checked_page(recruiter.get("/recruiting")).words()
    assert "247 clicks by people went to our jobs in the last 30 days" in words
    assert "33 applications" in words
    assert "Interviews 90 days fewer than 5 people: not shown" in words


def test_a_zero_is_no_zero_while_earlier_days_are_being_counted(root: OrgUnit, recruiter: Browser) -> None:
    make_opening("R-1", title="Welder")
    for _number in range(12):
        make_employee(root)
    assert "being counted" not in checked_page(recruiter.get("/recruiting")).words()
    long_ago = today() - timedelta(days=40)
    ambient.add(RollupTouch(rollup="daily_clicks_by_link", day=long_ago))
    ambient.flush()
    words = checked_page(recruiter.get("/recruiting")).words()
    assert "Clicks of earlier days are being counted at this moment" in words
    assert "still being counted" in words


def test_an_opening_is_added_once(recruiter: Browser) -> None:
    data = {
        "reference": "R-7",
        "title": UNESCAPED,
        "url": "https://careers.meridian.example/7",
        "closes_on": "2099-01-01",
    }
    assert recruiter.post("/recruiting/openings", data=data).location == "/recruiting/openings"
    checked_page(recruiter.get("/recruiting/openings"))
    again = checked_page(recruiter.post("/recruiting/openings", data=data), 422)
    assert "There is an opening of this reference already" in again.words()
    assert len(ambient.scalars(select(Opening)).all()) == 1
    for wrong in (
        {"reference": ""},
        {"reference": "R-8", "closes_on": "soon"},
        {"reference": "R-9", "url": "nonsense"},
    ):
        checked_page(recruiter.post("/recruiting/openings", data=wrong), 422)


def test_a_file_of_openings_is_checked_first(recruiter: Browser) -> None:
    good = {"kind": "openings", "file": (io.BytesIO(b"reference,title\nR-1,Engineer\n"), "o.csv")}
    page = checked_page(recruiter.post("/recruiting/import", data=good, content_type="multipart/form-data"))
    assert "1 new openings" in page.words()
    assert ambient.scalars(select(Opening)).all() == []
    recruiter.post("/recruiting/import/confirm", data={"kind": "openings", "token": page.field("token")})
    assert [opening.reference for opening in ambient.scalars(select(Opening))] == ["R-1"]
    bad = {"kind": "applications", "file": (io.BytesIO(b"type,opening_reference,occurred_at\nx,R-1,never\n"), "a.csv")}
    page = checked_page(recruiter.post("/recruiting/import", data=bad, content_type="multipart/form-data"), 422)
    assert "have to be mended first" in page.words()


def test_a_secret_is_shown_once_and_the_old_one_goes_on(recruiter: Browser) -> None:
    made = checked_page(recruiter.post("/recruiting/connections", data={"name": UNESCAPED}))
    connection = ambient.scalars(select(AtsConnection)).one()
    (first,) = secrets_of(connection)
    assert first in made.text
    assert first not in recruiter.get("/recruiting/connections").get_data(as_text=True)
    recruiter.post(f"/recruiting/connections/{connection.id}/secret")
    assert first in secrets_of(ambient.scalars(select(AtsConnection)).one())
    checked_page(recruiter.post("/recruiting/connections", data={"name": UNESCAPED}), 422)
    checked_page(recruiter.post("/recruiting/connections", data={"name": " "}), 422)
    recruiter.post(f"/recruiting/connections/{connection.id}/close")
    assert not ambient.scalars(select(AtsConnection)).one().is_active


def test_an_executive_reads_and_changes_nothing(app: Any, root: OrgUnit) -> None:
    executive = sign_in_browser(app, None, Role.EXECUTIVE)
    checked_page(executive.get("/recruiting"))
    checked_page(executive.get("/recruiting/openings"))
    assert executive.post("/recruiting/openings", data={"reference": "R-1"}).status_code == 403
    assert executive.post("/recruiting/connections", data={"name": "x"}).status_code == 403
