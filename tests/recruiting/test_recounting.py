"""What an earlier release wrote into the ledger step by step is brought to what applications come to."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from advocacy.activity import service as activity
from advocacy.activity.kinds import Cause, Kind
from advocacy.activity.models import ActivityEvent, DayTouch
from advocacy.content.models import ItemKind
from advocacy.foundation import clock, preferences
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session as ambient
from advocacy.people.models import Employee, Purpose
from advocacy.people.service import withdraw_consent
from advocacy.recruiting.models import STAGE_NUMBERS, ApplicationEvent, Stage
from advocacy.recruiting.recounting import links_of_applications, recount
from advocacy.recruiting.service import opening_for
from tests.factories.content import make_live_item
from tests.factories.people import actor_for
from tests.factories.recruiting import make_application_event
from tests.factories.sharing import make_share

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def link(session):
    return make_share(item=make_live_item(kind=ItemKind.JOB, opening_reference="R-102")).link


def write(link, application, *steps):
    """Keep steps as an earlier release did: each stands in the ledger, at its own time."""
    for stage, day in steps:
        at = NOON + timedelta(days=day)
        ambient.add(
            ApplicationEvent(
                source="old",
                external_id=str(new_id()),
                application_token=application.encode(),
                opening_key=opening_for("R-102").key,
                link_key=link.key,
                stage=stage,
                occurred_at=at,
            )
        )
        activity.record(
            Kind.APPLICATION,
            occurred_at=at,
            employee_key=link.employee_key,
            item_key=link.item_key,
            share_key=link.share_key,
            link_key=link.key,
            network=link.network,
            detail=STAGE_NUMBERS[stage],
        )
    ambient.flush()


def standing():
    rows = ambient.execute(
        select(
            ActivityEvent.occurred_at,
            func.abs(ActivityEvent.detail),
            func.sum(func.sign(ActivityEvent.detail)),
            func.count(ActivityEvent.employee_key) == func.count(),
        )
        .where(ActivityEvent.kind == Kind.APPLICATION)
        .group_by(ActivityEvent.occurred_at, func.abs(ActivityEvent.detail))
    ).all()
    assert all(is_attributed for *_row, is_attributed in rows)
    return Counter(
        {((at - NOON).days, list(Stage)[number - 1].value): total for at, number, total, _is in rows if total}
    )


def test_the_ledger_holds_what_applications_come_to(link):
    write(link, "A", (Stage.APPLIED, 1), (Stage.INTERVIEW, 5), (Stage.INTERVIEW, 3), (Stage.INTERVIEW, 9))
    write(link, "B", (Stage.HIRED, 6), (Stage.UNHIRED, 8), (Stage.INTERVIEW, 3))
    wanted = {(1, "applied"): 1, (3, "interview"): 2, (6, "hired"): 1, (6, "unhired"): 1}
    before = standing()
    assert recount(link.key, is_dry_run=True) == 4
    assert standing() == before
    assert recount(link.key) == 4
    assert standing() == wanted
    assert recount(link.key) == 0
    corrected = ambient.scalars(select(DayTouch.day).where(DayTouch.cause == Cause.CORRECTION))
    assert {day.day for day in corrected} == {6, 9, 10}


def test_what_is_right_already_stays(link):
    for stage, day in (("interview", 5), ("applied", 2), ("interview", 3), ("hired", 7), ("unhired", 9)):
        make_application_event(
            application_id="A", type=stage, occurred_at=f"2026-11-0{day}T10:00:00Z", link_code=link.code
        )
    assert links_of_applications() == [link.key]
    assert recount(link.key) == 0


def test_an_application_that_named_two_links_leaves_the_second(link):
    other = make_share(item=make_live_item(kind=ItemKind.JOB, opening_reference="R-102")).link
    write(link, "A", (Stage.APPLIED, 1))
    write(other, "A", (Stage.INTERVIEW, 3))
    assert sum(recount(key) for key in links_of_applications()) == 2
    assert standing() == {(1, "applied"): 1, (3, "interview"): 1}
    assert [recount(key) for key in links_of_applications()] == [0, 0]


def test_what_is_nobody_s_or_no_longer_kept_stays(link):
    long_ago = -31 * (int(preferences.get("retention_ledger_months")) + 1)
    assert NOON + timedelta(days=long_ago) < clock.now()
    write(link, "A", (Stage.OFFER, long_ago), (Stage.OFFER, long_ago))
    assert recount(link.key) == 0
    write(link, "B", (Stage.OFFER, 1), (Stage.OFFER, 1))
    withdraw_consent(actor_for(ambient.get_one(Employee, link.employee_key)), Purpose.TAKE_PART, source="test")
    assert recount(link.key) == 0
