"""Signed messages: believed only when signed, kept once, in any order, and never with a candidate's name."""

import itertools
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from advocacy.activity.kinds import Cause, Kind
from advocacy.activity.models import ActivityEvent, DayTouch
from advocacy.content.models import ItemKind
from advocacy.foundation.access import Role
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted, NotSignedIn
from advocacy.foundation.models import AuditEvent, Task
from advocacy.people.models import Employee, Purpose
from advocacy.people.service import withdraw_consent
from advocacy.recruiting import queries, service
from advocacy.recruiting.models import STAGE_NUMBERS, ApplicationEvent, InboundEvent, Opening, Stage
from tests.factories.content import make_actor, make_live_item
from tests.factories.people import actor_for, make_unit
from tests.factories.recruiting import make_connection, report_of, signed
from tests.factories.sharing import make_share


@pytest.fixture
def connection(session):
    return make_connection()


@pytest.fixture
def job_link(session):
    item = make_live_item(kind=ItemKind.JOB, opening_reference="R-102")
    return make_share(item=item).link


def send(connection, payload, **options):
    made, secret = connection
    headers, raw = signed(secret, payload, **options)
    return service.receive_event(made.id, headers=headers, raw=raw)


def work():
    for inbound_id in ambient.scalars(select(InboundEvent.id).where(InboundEvent.processed_at.is_(None))).all():
        service.process_inbound(inbound_id)


def ledger():
    """Return when which stage was entered, without what was taken back."""
    rows = ambient.execute(
        select(ActivityEvent.detail, ActivityEvent.occurred_at).where(ActivityEvent.kind == Kind.APPLICATION)
    ).all()
    entered = Counter((occurred_at, detail) for detail, occurred_at in rows if detail > 0)
    entered.subtract((occurred_at, -detail) for detail, occurred_at in rows if detail < 0)
    assert min(entered.values(), default=0) >= 0
    return sorted(entered.elements())


def at(day):
    return datetime(2026, 11, day, 10, tzinfo=UTC)


def test_a_message_is_kept_and_its_work_is_wanted(connection, job_link):
    assert send(connection, report_of(link_code=job_link.code))
    inbound = ambient.scalars(select(InboundEvent)).one()
    assert ambient.scalar(select(Task.arguments)) == {"inbound_id": str(inbound.id)}
    service.process_inbound(inbound.id)
    event = ambient.scalars(select(ApplicationEvent)).one()
    assert (event.stage, event.link_key, event.source) == (
        Stage.APPLIED,
        job_link.key,
        f"connection:{connection[0].id}",
    )
    recorded = ambient.scalars(select(ActivityEvent).where(ActivityEvent.kind == Kind.APPLICATION)).one()
    assert (recorded.link_key, recorded.employee_key, recorded.item_key, recorded.detail) == (
        job_link.key,
        job_link.employee_key,
        job_link.item_key,
        STAGE_NUMBERS[Stage.APPLIED],
    )
    assert recorded.occurred_at == datetime(2026, 11, 2, 8, 30, tzinfo=UTC)


def test_a_repeated_message_changes_nothing(connection, job_link):
    payload = report_of(link_code=job_link.code)
    assert send(connection, payload, message_id="msg_1")
    assert not send(connection, payload, message_id="msg_1")
    work()
    work()
    inbound_id = ambient.scalar(select(InboundEvent.id))
    service.process_inbound(inbound_id)
    assert ambient.scalar(select(func.count()).select_from(ApplicationEvent)) == 1
    assert len(ledger()) == 1


def test_nothing_that_names_a_candidate_is_kept(connection):
    send(
        connection,
        report_of(
            application_id="APP-4711-XYZ",
            candidate="jane.roe@example.org",
            name="Jane Roe",
            email="jane.roe@example.org",
        ),
    )
    work()
    everything = ambient.scalar(
        text(
            "SELECT concat((SELECT string_agg(t::text, '') FROM inbound_event t),"
            " (SELECT string_agg(t::text, '') FROM application_event t), (SELECT string_agg(t::text, '') FROM task t))"
        )
    )
    assert "R-102" in everything
    for private in ("jane", "Roe", "APP-", "XYZ"):  # letters that no digest or id contains
        assert private not in everything


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_the_steps_of_an_application_count_alike_in_whatever_order_they_come(connection, job_link, order):
    steps = [
        report_of(application_id="A", type="applied", occurred_at="2026-11-01T10:00:00Z", link_code=job_link.code),
        report_of(application_id="A", type="application.interview", occurred_at="2026-11-05T10:00:00Z"),
        report_of(application_id="A", type="application.hired", occurred_at="2026-11-10T10:00:00Z"),
        report_of(application_id="A", type="application.unhired", occurred_at="2026-11-12T10:00:00Z"),
    ]
    for position in order:
        send(connection, steps[position])
        work()
    assert ledger() == [
        (at(1), STAGE_NUMBERS[Stage.APPLIED]),
        (at(5), STAGE_NUMBERS[Stage.INTERVIEW]),
        (at(10), STAGE_NUMBERS[Stage.HIRED]),
        (at(10), STAGE_NUMBERS[Stage.UNHIRED]),
    ]
    event = ambient.scalars(select(ApplicationEvent)).first()
    assert queries.application_stage(event.source, event.application_token) is Stage.UNHIRED


@pytest.mark.parametrize(
    ("stage", "order"),
    [
        *((Stage.INTERVIEW, order) for order in itertools.permutations(range(4))),
        *((stage, (2, 1, 3, 0)) for stage in (Stage.APPLIED, Stage.OFFER, Stage.HIRED, Stage.DECLINED)),
    ],
)
def test_a_stage_counts_once_when_it_was_first_entered(connection, job_link, stage, order):
    steps = [
        report_of(application_id="A", type=stage.value, occurred_at=f"2026-11-0{day}T10:00:00Z") for day in (2, 3, 4)
    ]
    steps.append({**steps[1], "link_code": job_link.code})
    for position in order:
        send(connection, steps[position])
        work()
    assert ambient.scalar(select(func.count()).select_from(ApplicationEvent)) == 4
    assert ledger() == [(at(2), STAGE_NUMBERS[stage])]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_who_is_hired_again_is_hired(connection, job_link, order):
    stages = (Stage.UNHIRED, Stage.HIRED, Stage.UNHIRED, Stage.HIRED)
    for position in order:
        stage, day = stages[position], position + 2
        send(
            connection,
            report_of(
                application_id="A", type=stage.value, occurred_at=f"2026-11-0{day}T10:00:00Z", link_code=job_link.code
            ),
        )
        work()
    hired, unhired = STAGE_NUMBERS[Stage.HIRED], STAGE_NUMBERS[Stage.UNHIRED]
    assert ledger() == [(at(3), hired), (at(3), unhired), (at(5), hired)]
    event = ambient.scalars(select(ApplicationEvent)).first()
    assert queries.application_stage(event.source, event.application_token) is Stage.HIRED


def test_a_step_that_moves_touches_both_days_and_stays_told(connection, job_link):
    for day in (5, 3):
        send(
            connection,
            report_of(application_id="A", occurred_at=f"2026-11-0{day}T10:00:00Z", link_code=job_link.code),
        )
        work()
    rows = ambient.scalars(select(ActivityEvent).where(ActivityEvent.kind == Kind.APPLICATION)).all()
    assert sorted((row.occurred_at, row.detail) for row in rows) == [(at(3), 1), (at(5), -1), (at(5), 1)]
    assert len({(row.employee_key, row.share_key, row.link_key, row.item_key, row.network) for row in rows}) == 1
    touches = ambient.scalars(select(DayTouch).where(DayTouch.day < at(6).date()))
    assert {(touch.day.day, touch.cause) for touch in touches} == {
        (3, Cause.EVENTS),
        (5, Cause.EVENTS),
        (5, Cause.CORRECTION),
    }


@pytest.mark.parametrize("is_earlier_first", [True, False])
def test_an_application_belongs_to_the_link_that_was_named_first(connection, job_link, is_earlier_first):
    other = make_share(item=make_live_item(kind=ItemKind.JOB, opening_reference="R-102")).link
    steps = [
        report_of(application_id="A", type="applied", occurred_at="2026-11-02T10:00:00Z", link_code=job_link.code),
        report_of(application_id="A", type="interview", occurred_at="2026-11-03T10:00:00Z", link_code=other.code),
    ]
    for step in steps if is_earlier_first else reversed(steps):
        send(connection, step)
        work()
    rows = ambient.execute(
        select(ActivityEvent.link_key, func.sum(func.sign(ActivityEvent.detail)))
        .where(ActivityEvent.kind == Kind.APPLICATION)
        .group_by(ActivityEvent.link_key)
    )
    assert {link: total for link, total in rows if total} == {job_link.key: 2}


def test_an_application_without_a_link_is_kept_and_counts_for_nobody(connection):
    send(connection, report_of(link_code="Unknown01"))
    send(connection, report_of())
    work()
    assert ambient.scalar(select(func.count()).select_from(ApplicationEvent)) == 2
    assert ledger() == []
    problems = sorted(filter(None, ambient.scalars(select(InboundEvent.problem))))
    assert problems == ["The code belongs to none of our links."]
    assert ambient.scalar(select(func.count()).select_from(Opening)) == 1


@pytest.mark.parametrize(
    "tamper",
    [
        lambda headers, raw: (headers, raw + b" "),
        lambda headers, raw: (headers, json.dumps(json.loads(raw), indent=1).encode()),
        lambda headers, raw: ({**headers, "webhook-id": "msg_other"}, raw),
        lambda headers, raw: ({**headers, "webhook-signature": ""}, raw),
        lambda headers, raw: ({**headers, "webhook-signature": "v1"}, raw),
        lambda headers, raw: ({**headers, "webhook-signature": "v1,%%%"}, raw),
        lambda headers, raw: ({**headers, "webhook-signature": headers["webhook-signature"].replace("v1", "v2")}, raw),
        lambda headers, raw: ({**headers, "webhook-timestamp": "nan"}, raw),
        lambda headers, raw: ({}, raw),
        lambda headers, raw: (headers, b"\xff\xfe"),
    ],
)
def test_a_message_is_refused_when_it_was_tampered_with(connection, tamper):
    made, secret = connection
    headers, raw = tamper(*signed(secret, report_of()))
    with pytest.raises(NotSignedIn):
        service.receive_event(made.id, headers=headers, raw=raw)
    assert ambient.scalar(select(func.count()).select_from(InboundEvent)) == 0


def test_a_message_is_refused_when_it_is_old_or_its_connection_is_not_there(connection):
    for minutes in (-6, 6):
        with pytest.raises(NotSignedIn):
            send(connection, report_of(), at=datetime.now(UTC) + timedelta(minutes=minutes))
    headers, raw = signed(connection[1], report_of())
    with pytest.raises(NotSignedIn):
        service.receive_event(new_id(), headers=headers, raw=raw)
    other = make_connection()
    with pytest.raises(NotSignedIn):  # another connection's secret
        service.receive_event(other[0].id, headers=headers, raw=raw)


def test_two_secrets_work_while_the_sender_changes_over(connection):
    made, first = connection
    recruiter = make_actor(Role.RECRUITER)
    second = service.rotate_secret(recruiter, made.id)[1]
    assert send((made, first), report_of())
    assert send((made, second), report_of())
    third = service.rotate_secret(recruiter, made.id)[1]
    with pytest.raises(NotSignedIn):
        send((made, first), report_of())
    assert send((made, third), report_of())
    assert first.encode() not in made.secrets_encrypted
    service.close_connection(recruiter, made.id)
    with pytest.raises(NotSignedIn):
        send((made, third), report_of())
    with pytest.raises(NotFound):
        service.rotate_secret(recruiter, made.id)
    acts = ambient.scalars(select(AuditEvent.action).where(AuditEvent.action.startswith("connection.")))
    assert sorted(acts) == [
        "connection.closed", "connection.made", "connection.secret_rotated", "connection.secret_rotated"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"type": "application.exploded"}, "type"),
        ({"type": None}, "type"),
        ({"opening_reference": ""}, "opening_reference"),
        ({"opening_reference": "x" * 201}, "opening_reference"),
        ({"opening_reference": "a\x00b"}, "opening_reference"),
        ({"application_id": None}, "application_id"),
        ({"application_id": {"a": 1}}, "application_id"),
        ({"link_code": "'; DROP TABLE link"}, "link_code"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": "2026-11-02T09:30:00"}, "occurred_at"),
        ({"occurred_at": "9999-12-31T23:59:59-12:00"}, "occurred_at"),
        ({"occurred_at": "0001-01-01"}, "occurred_at"),
        ({"occurred_at": 1793608200}, "occurred_at"),
    ],
)
def test_a_signed_message_is_refused_when_a_field_is_wrong(connection, wrong, field):
    with pytest.raises(Invalid) as refused:
        send(connection, report_of(**wrong))
    assert field in {problem.pointer for problem in refused.value.problems}
    assert ambient.scalar(select(func.count()).select_from(InboundEvent)) == 0


@pytest.mark.parametrize("payload", [b"", b"[]", b'"a"', b"{", b"[" * 50_000])
def test_a_signed_message_is_refused_when_it_is_no_object(connection, payload):
    with pytest.raises(Invalid):
        send(connection, payload)


def test_the_data_may_stand_in_an_envelope(connection):
    fields = report_of()
    kind = fields.pop("type")
    assert send(connection, {"type": kind, "timestamp": "2026-11-02T09:30:00Z", "data": fields})


def test_only_a_recruiter_of_the_whole_organisation_makes_connections(connection):
    unit = make_unit("Sales")
    for actor in (make_actor(), make_actor(Role.EXECUTIVE), make_actor(Role.RECRUITER, unit=unit)):
        with pytest.raises(NotPermitted):
            service.make_connection(actor, "Greenhouse")
    with pytest.raises(Conflict):
        service.make_connection(make_actor(Role.RECRUITER), connection[0].name)


def test_an_application_after_the_withdrawal_is_kept_without_the_person(connection, job_link):
    person = ambient.get_one(Employee, job_link.employee_key)
    withdraw_consent(actor_for(person), Purpose.TAKE_PART, source="test")
    assert send(connection, report_of(link_code=job_link.code))
    work()
    recorded = ambient.scalars(select(ActivityEvent).where(ActivityEvent.kind == Kind.APPLICATION)).one()
    assert (recorded.link_key, recorded.employee_key, recorded.share_key) == (job_link.key, None, None)
