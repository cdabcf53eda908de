"""Head counts are dated: written once a day is over, and never again."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from advocacy.people import queries, service
from advocacy.people.models import HeadcountDay, Purpose
from tests.factories.people import actor_for, give_consent, make_employee, make_unit
from workers import people as jobs_of_people

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def counted(session, day):
    rows = session.scalars(select(HeadcountDay).where(HeadcountDay.day == day))
    return {row.unit_key: (row.employed, row.eligible, row.invited, row.opted_in) for row in rows}


def test_a_day_is_counted_when_it_is_over_by_own_unit(session):
    with time_machine.travel(NOON, tick=False):
        root = make_unit("Meridian Works")
        cloud = make_unit("Cloud", parent=root)
        chief, engineer = make_employee(root), make_employee(cloud)
        make_employee(cloud, since=NOON.date() + timedelta(days=1))
        give_consent(engineer, at=NOON - timedelta(days=3))
        yesterday = NOON.date() - timedelta(days=1)
        assert service.count_heads(yesterday, {cloud.key: 7}) == 2
        assert counted(session, yesterday) == {root.key: (1, 1, 0, 0), cloud.key: (1, 1, 1, 1)}
        assert chief.key != engineer.key


def test_a_counted_day_never_changes_when_somebody_withdraws_or_leaves(session):
    with time_machine.travel(NOON, tick=False):
        employee = make_employee()
        give_consent(employee, at=NOON - timedelta(days=3))
        yesterday = NOON.date() - timedelta(days=1)
        service.count_heads(yesterday, {})
        before = counted(session, yesterday)
        service.withdraw_consent(actor_for(employee), Purpose.TAKE_PART, source="test")
        service.mark_left({employee.key: yesterday - timedelta(days=5)})
        assert service.count_heads(yesterday, {}) == 0
        assert counted(session, yesterday) == before


def test_a_yes_counts_on_the_days_it_was_in_force(session):
    with time_machine.travel(NOON, tick=False) as traveller:
        employee = make_employee()
        give_consent(employee, at=NOON - timedelta(days=2))
        service.withdraw_consent(actor_for(employee), Purpose.TAKE_PART, source="test")
        traveller.shift(timedelta(days=2))
        unit = queries.root_unit().key
        for days, opted_in in ((3, 0), (2, 1), (1, 1), (0, 0), (-1, 0)):
            day = NOON.date() - timedelta(days=days)
            service.count_heads(day, {})
            assert counted(session, day)[unit][3] == opted_in


def test_today_is_refused_because_it_is_not_over(session):
    with pytest.raises(ValueError, match="not over"):
        service.count_heads(queries.today(), {})


def test_the_job_catches_up_by_a_month_and_not_more(session):
    with time_machine.travel(NOON, tick=False) as traveller:
        make_employee()
        jobs_of_people.count_heads()
        assert len(session.scalars(select(HeadcountDay)).all()) == 31
        traveller.shift(timedelta(days=3))
        assert service.days_to_count() == [NOON.date() + timedelta(days=number) for number in range(3)]
        jobs_of_people.count_heads()
        assert service.days_to_count() == []


def test_invitations_count_in_the_unit_also_when_nobody_answered(session):
    from advocacy.identity.models import Invitation

    with time_machine.travel(NOON, tick=False):
        root = make_unit("Meridian Works")
        people = [make_employee(root) for _ in range(4)]
        early = NOON - timedelta(days=40)
        session.add(Invitation(employee_key=people[0].key, unit_key=root.key, invited_at=early))
        session.add(Invitation(employee_key=people[0].key, unit_key=root.key, invited_at=early + timedelta(days=1)))
        session.add(Invitation(employee_key=None, unit_key=root.key, invited_at=early))
        session.add(Invitation(employee_key=people[1].key, unit_key=root.key, invited_at=NOON))
        session.flush()
        jobs_of_people.count_heads()
        assert counted(session, NOON.date() - timedelta(days=1))[root.key] == (4, 4, 2, 0)
