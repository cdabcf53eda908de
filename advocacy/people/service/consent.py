"""Yes, one purpose at a time, and the way back. Grants and withdrawals are written; a refusal leaves no trace."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from advocacy.foundation import audit, clock, jobs
from advocacy.foundation.access import Actor, Permission, require, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, FieldProblem, Invalid
from advocacy.foundation.fields import unfit_character
from advocacy.people import queries, tombstones
from advocacy.people.models import (
    Consent,
    ConsentEvent,
    Employee,
    NetworkProfile,
    PolicyAcknowledgement,
    PolicyVersion,
    Purpose,
)
from advocacy.people.policy import DEFAULT_POLICY
from advocacy.people.protected_speech import Finding, findings_in_policy
from advocacy.people.queries.employees import nobody

# What a yes to one of these, or its end, does to figures is counted anew.
MEASURED = frozenset({Purpose.TAKE_PART, Purpose.NETWORK_SIZE})
PERSON_LOCK = 0x7065  # class of the advisory locks that go by employee key
LONGEST_REASON = 500
POLICY_LOCK = 0x706F6C69  # one publisher at a time, so that numbers have no gaps


def lock_employee(actor: Actor) -> Employee:
    """Return the actor's employee row after taking this person's lock: their decisions happen one after the other.

    Raises NotPermitted for an account without a person and NotFound for somebody who left or was erased.
    """
    employee = find_locked(require_self(actor))
    if employee is None or queries.has_left(employee):
        raise nobody()
    return employee


def find_locked(employee_key: int) -> Employee | None:
    """Take a person's lock and return the row. Not the row's own lock: nobody's opt-out waits for an import."""
    session.execute(select(func.pg_advisory_xact_lock(PERSON_LOCK, employee_key)))
    return session.get(Employee, employee_key, populate_existing=True)


def grant_consent(actor: Actor, purpose: Purpose, *, source: str) -> Consent:
    """Write the actor's yes to one purpose and open a new spell. Saying yes twice is one yes.

    Raises Conflict until the current policy is acknowledged, and for anything else before "take part".
    """
    employee = lock_employee(actor)
    policy = queries.current_policy()
    if policy is None or not queries.has_acknowledged(employee.key, policy):
        raise Conflict(_("Read and acknowledge the current policy first."), code="policy_not_acknowledged")
    if purpose is not Purpose.TAKE_PART and not queries.has_consent(employee.key, Purpose.TAKE_PART):
        raise Conflict(_("This builds on taking part: say yes to that first."), code="take_part_first")
    consent = session.get(Consent, (employee.key, purpose))
    if consent is not None:
        return consent
    now = clock.now()
    consent = Consent(employee_key=employee.key, purpose=purpose, granted_at=now, policy_version_id=policy.id)
    session.add(consent)
    session.add(
        ConsentEvent(
            employee_key=employee.key,
            purpose=purpose,
            is_granted=True,
            policy_version_id=policy.id,
            source=source,
            occurred_at=now,
        )
    )
    if purpose in MEASURED:
        jobs.enqueue("measurement.restate_person", employee_key=employee.key)
    session.flush()  # a second device saying the same must fail here, not at the edge
    return consent


def withdraw_consent(actor: Actor, purpose: Purpose, *, source: str) -> list[Purpose]:
    """Take back a yes and return what was taken back. "Take part" takes every other purpose with it.

    Without a yes there is nothing to take back: an empty list, and nothing is written. Sizes of networks go with
    the consent that let us keep them. All is flushed here, so that only the commit stands before the answer.
    """
    employee = find_locked(require_self(actor))
    if employee is None:
        raise nobody()
    return withdraw_for(employee, (purpose,), source=source)


def withdraw_for(employee: Employee, purposes: Sequence[Purpose], *, source: str) -> list[Purpose]:
    """Withdraw purposes of a locked person. For the person's own word, for erasure and for a restore."""
    wanted = tuple(Purpose) if Purpose.TAKE_PART in purposes else tuple(purposes)
    removed = session.scalars(
        delete(Consent)
        .where(Consent.employee_key == employee.key, Consent.purpose.in_(wanted))
        .returning(Consent)
        .execution_options(synchronize_session="fetch")
    ).all()
    if not removed:
        return []
    now = clock.now()
    session.add_all(
        ConsentEvent(
            employee_key=employee.key,
            purpose=consent.purpose,
            is_granted=False,
            policy_version_id=consent.policy_version_id,
            source=source,
            occurred_at=now,
        )
        for consent in removed
    )
    withdrawn = sorted((consent.purpose for consent in removed), key=list(Purpose).index)
    if Purpose.NETWORK_SIZE in withdrawn:
        session.execute(delete(NetworkProfile).where(NetworkProfile.employee_key == employee.key))
    if MEASURED.intersection(withdrawn):
        jobs.enqueue("measurement.restate_person", employee_key=employee.key)
    elif Purpose.LEADERBOARD in withdrawn:  # a yes counts from the next week on, so only a no changes numbers
        jobs.enqueue("measurement.restate_team_scores", employee_key=employee.key)
    session.flush()
    tombstones.append("withdrawn", now, {employee.id: {"purposes": [purpose.value for purpose in withdrawn]}})
    return withdrawn


def acknowledge_policy(actor: Actor, version_id: UUID) -> None:
    """Write that the actor read the policy in force. Twice is once. Raises NotFound, or Conflict for an old version."""
    employee = lock_employee(actor)
    version = queries.get_policy(version_id)
    current = queries.current_policy()
    if current is None or version.id != current.id:
        raise Conflict(_("The policy has changed meanwhile. Read the current version."), code="policy_changed")
    session.execute(
        insert(PolicyAcknowledgement)
        .values(employee_key=employee.key, policy_version_id=version.id, acknowledged_at=clock.now())
        .on_conflict_do_nothing()
    )


def publish_policy(
    actor: Actor | None, body: dict[str, list[dict[str, str]]], *, override_reason: str = ""
) -> PolicyVersion:
    """Publish the next version; from now on a yes needs this one acknowledged. A yes already given stays in force.

    `body` holds, per language, paragraphs of `heading` and `text`. None as actor is the operator at the console.
    Raises NotPermitted, or Invalid for a text that is not complete, and for one that could keep people from protected
    talk unless a reason is given, which stays on the audit trail.
    """
    if actor is not None:
        require(actor, Permission.SETTINGS_WRITE)
    _check_policy(body)
    protected, reason = findings_in_policy(body), override_reason.strip()
    if protected and actor is not None:
        _ask_reason(protected, reason)
    session.execute(select(func.pg_advisory_xact_lock(POLICY_LOCK)))
    latest = queries.current_policy()
    version = PolicyVersion(number=latest.number + 1 if latest else 1, body=body, published_at=clock.now())
    session.add(version)
    session.flush()
    overridden: dict[str, Any] = {}
    if protected:
        places = [(pointer, finding) for pointer, findings in protected.items() for finding in findings]
        named = [{"pointer": pointer, "topic": one.topic, "words": one.words} for pointer, one in places]
        overridden = {"protected": named, "override_reason": reason}
    audit.record(
        actor,
        "policy.published",
        subject_kind="policy_version",
        subject_id=version.id,
        number=version.number,
        **overridden,
    )
    return version


def ensure_policy() -> PolicyVersion:
    """Return the policy in force; where there is none, publish the default one: without it nobody can say yes."""
    return queries.current_policy() or publish_policy(None, DEFAULT_POLICY)


def _ask_reason(protected: dict[str, list[Finding]], reason: str) -> None:
    """Raise Invalid with every place that could keep people from protected talk, unless a reason is given."""
    if len(reason) > LONGEST_REASON or unfit_character(reason) is not None:
        raise Invalid.field("override_reason", _("Write at most %(most)s characters.", most=LONGEST_REASON))
    if reason:
        return
    problems = [
        FieldProblem(pointer, "protected_speech", f"“{one.words}” ({_(one.topic)}): {_(one.why)}")
        for pointer, findings in protected.items()
        for one in findings
    ]
    problems.append(
        FieldProblem("override_reason", "missing", _("Change these places, or say why they have to stand."))
    )
    raise Invalid(_("This could keep people from what the law lets them say."), problems=tuple(problems))


def _check_policy(body: dict[str, list[dict[str, str]]]) -> None:
    if not body:
        raise Invalid.field("body", _("The policy needs a text in at least one language."))
    for language, paragraphs in body.items():
        if not paragraphs:
            raise Invalid.field(f"body/{language}", _("The policy needs at least one paragraph."))
        for number, paragraph in enumerate(paragraphs):
            for part in ("heading", "text"):
                value = paragraph.get(part)
                if not isinstance(value, str) or not value.strip() or "\x00" in value:
                    raise Invalid.field(f"body/{language}/{number}/{part}", _("Write a text."))
