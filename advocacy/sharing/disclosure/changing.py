"""Rules and wordings from a day on. What held on a past day is never touched: rows are added, and ended."""

from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, or_, select, text

from advocacy.foundation import audit, preferences
from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, FieldProblem, Invalid, NotFound
from advocacy.foundation.fields import unfit_character
from advocacy.people.regions import known_country, known_language
from advocacy.sharing.disclosure.defaults import NEED_AGREEMENT
from advocacy.sharing.disclosure.rulebook import today
from advocacy.sharing.limits import LONGEST_REASON, LONGEST_WORDING
from advocacy.sharing.rule_models import (
    DisclosureRule,
    DisclosureWording,
    Incentive,
    Relationship,
    Requirement,
    Statement,
)
from config.networks import find_network

# Numbers of rules are given out one at a time, without gaps.
NUMBER_LOCK = 0x72756C65
PLACEHOLDER = "{organisation}"


def add_rule(
    actor: Actor,
    *,
    requirement: Requirement,
    why: str,
    source: str,
    country: str | None = None,
    network: str | None = None,
    relationship: Relationship | None = None,
    incentive: Incentive | None = None,
    agreement: str | None = None,
    valid_from: date | None = None,
) -> DisclosureRule:
    """Add a rule that holds from a day on, today unless another is named; an earlier one of the same case ends there.

    Raises NotPermitted, Invalid naming every field that is wrong, Conflict when a later rule stands for the case.
    """
    require(actor, Permission.SETTINGS_WRITE)
    problems: list[FieldProblem] = []
    starts = _checked_start(valid_from, problems)
    code = known_country(country) if country else None
    if country and code is None:
        problems.append(FieldProblem("country", "unknown", _("There is no such country.")))
    known = find_network(network) if network else None
    if network and known is None:
        problems.append(FieldProblem("network", "unknown", _("There is no such network.")))
    texts = {
        "why": _checked_text("why", why, problems),
        "source": _checked_text("source", source, problems),
        "agreement": _checked_text("agreement", agreement, problems, optional=True) or None,
    }
    if requirement is Requirement.REQUIRED and code in NEED_AGREEMENT and texts["agreement"] is None:
        problems.append(
            FieldProblem(
                "agreement",
                "missing",
                _("Here such a duty needs an agreement with the works council. Name it, with its date."),
            )
        )
    if problems:
        raise Invalid(_("Some fields need another look."), problems=tuple(problems))
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": NUMBER_LOCK})
    number = known.number if known is not None else None
    same = and_(
        *(
            column.is_not_distinct_from(value)
            for column, value in (
                (DisclosureRule.country, code),
                (DisclosureRule.network, number),
                (DisclosureRule.relationship, relationship),
                (DisclosureRule.incentive, incentive),
            )
        )
    )
    _give_way(DisclosureRule, same, starts)
    rule = DisclosureRule(
        number=(session.scalar(select(func.max(DisclosureRule.number))) or 0) + 1,
        country=code,
        network=number,
        relationship=relationship,
        incentive=incentive,
        requirement=requirement,
        valid_from=starts,
        created_by=actor.account_id,
        **texts,
    )
    session.add(rule)
    session.flush()  # the trail names the row
    audit.record(
        actor,
        "disclosure.rule_added",
        subject_kind="disclosure_rule",
        subject_id=rule.id,
        number=rule.number,
        country=code,
        network=known.key if known is not None else None,
        requirement=requirement.value,
        valid_from=starts.isoformat(),
    )
    return rule


def end_rule(actor: Actor, rule_id: UUID, *, ends_on: date | None = None) -> DisclosureRule:
    """Let a rule hold up to the day before `ends_on` (today unless another is named). It stays on record.

    Raises NotPermitted, NotFound, Invalid for a past day, Conflict when it ended already.
    """
    require(actor, Permission.SETTINGS_WRITE)
    rule = session.scalar(select(DisclosureRule).where(DisclosureRule.id == rule_id).with_for_update())
    if rule is None:
        raise NotFound(_("There is no such rule."))
    rule.valid_until = _checked_end(rule, ends_on)
    audit.record(
        actor,
        "disclosure.rule_ended",
        subject_kind="disclosure_rule",
        subject_id=rule.id,
        number=rule.number,
        ends_on=rule.valid_until.isoformat(),
    )
    return rule


def add_wording(
    actor: Actor, *, says: Statement, words: str, language: str | None = None, valid_from: date | None = None
) -> DisclosureWording:
    """Set the words for a language, or for any, from a day on; the earlier ones end there.

    Raises NotPermitted, Invalid naming every field that is wrong, Conflict when later words stand for the language.
    """
    require(actor, Permission.SETTINGS_WRITE)
    problems: list[FieldProblem] = []
    starts = _checked_start(valid_from, problems)
    code = known_language(language) if language else None
    if language and code is None:
        problems.append(FieldProblem("language", "unknown", _("There is no such language.")))
    cleaned = " ".join(words.split())
    length = len(cleaned.replace(PLACEHOLDER, preferences.deployment().organisation_name))
    if not cleaned or length > LONGEST_WORDING or unfit_character(cleaned, newlines=False) is not None:
        problems.append(
            FieldProblem(
                "words",
                "invalid",
                _(
                    "Write one line of at most %(most)s characters with the name in it: networks fold away the rest.",
                    most=LONGEST_WORDING,
                ),
            )
        )
    elif says is Statement.EMPLOYER and PLACEHOLDER not in cleaned:
        problems.append(
            FieldProblem("words", "missing", _("Put %(name)s where the organisation's name goes.", name=PLACEHOLDER))
        )
    elif "{" in cleaned.replace(PLACEHOLDER, "") or "}" in cleaned.replace(PLACEHOLDER, ""):
        problems.append(FieldProblem("words", "invalid", _("Only %(name)s is filled in.", name=PLACEHOLDER)))
    if problems:
        raise Invalid(_("Some fields need another look."), problems=tuple(problems))
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": NUMBER_LOCK})
    same = and_(DisclosureWording.says == says, DisclosureWording.language.is_not_distinct_from(code))
    _give_way(DisclosureWording, same, starts)
    wording = DisclosureWording(says=says, language=code, text=cleaned, valid_from=starts, created_by=actor.account_id)
    session.add(wording)
    session.flush()  # the trail names the row
    audit.record(
        actor,
        "disclosure.wording_added",
        subject_kind="disclosure_wording",
        subject_id=wording.id,
        says=says.value,
        language=code,
        valid_from=starts.isoformat(),
    )
    return wording


def end_wording(actor: Actor, wording_id: UUID, *, ends_on: date | None = None) -> DisclosureWording:
    """Let own words hold up to the day before `ends_on`; afterwards the delivered ones hold again.

    Raises NotPermitted, NotFound, Invalid for a past day, Conflict when they ended already.
    """
    require(actor, Permission.SETTINGS_WRITE)
    wording = session.scalar(select(DisclosureWording).where(DisclosureWording.id == wording_id).with_for_update())
    if wording is None:
        raise NotFound(_("There are no such words."))
    wording.valid_until = _checked_end(wording, ends_on)
    audit.record(
        actor,
        "disclosure.wording_ended",
        subject_kind="disclosure_wording",
        subject_id=wording.id,
        ends_on=wording.valid_until.isoformat(),
    )
    return wording


def own_rules() -> list[DisclosureRule]:
    """Return every rule this organisation ever set, the newest first."""
    return list(session.scalars(select(DisclosureRule).order_by(DisclosureRule.number.desc())))


def own_wordings() -> list[DisclosureWording]:
    """Return all words this organisation ever set, the newest first."""
    return list(session.scalars(select(DisclosureWording).order_by(DisclosureWording.key.desc())))


# --- Inside.


def _give_way(model: type[DisclosureRule] | type[DisclosureWording], same: ColumnElement[bool], starts: date) -> None:
    """End what holds for the same case when the new begins. Raises Conflict when something begins then or later."""
    rows: Any = session.scalars(
        select(model).where(same, or_(model.valid_until.is_(None), model.valid_until > starts)).with_for_update()
    ).all()
    for row in rows:
        if row.valid_from == starts == today():
            # It has held since this morning; shares of today name it, so the new one follows tomorrow.
            raise Conflict(_("One for the same case began today. The next can begin tomorrow."))
        if row.valid_from >= starts:
            raise Conflict(
                _(
                    "One for the same case begins on %(day)s already. End that one first.",
                    day=row.valid_from.isoformat(),
                )
            )
        row.valid_until = starts
    session.flush()  # the old one ends before the new one stands: the database keeps them apart


def _checked_start(wanted: date | None, problems: list[FieldProblem]) -> date:
    starts = wanted or today()
    if starts < today():
        problems.append(
            FieldProblem("valid_from", "past", _("It can begin today or later: what held stays as it was."))
        )
    return starts


def _checked_end(row: DisclosureRule | DisclosureWording, wanted: date | None) -> date:
    ends = wanted or today()
    if row.valid_until is not None and row.valid_until <= today():
        raise Conflict(_("This ended already, and stays on record as it was."))
    if ends < today():
        raise Invalid.field("ends_on", _("It can end today or later: what held stays as it was."), code="past")
    return max(ends, row.valid_from)


def _checked_text(name: str, value: str | None, problems: list[FieldProblem], *, optional: bool = False) -> str:
    cleaned = " ".join((value or "").split())
    if len(cleaned) > LONGEST_REASON or unfit_character(cleaned) is not None:
        problems.append(FieldProblem(name, "invalid", _("Write at most %(most)s characters.", most=LONGEST_REASON)))
    elif not cleaned and not optional:
        problems.append(FieldProblem(name, "missing", _("Fill this in: whoever is asked to follow it will read it.")))
    return cleaned
