"""Which rule holds for a case on a day, and with which words: the rows of this organisation over the defaults."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Self

from sqlalchemy import ColumnElement, or_, select

from advocacy.foundation import clock, preferences
from advocacy.foundation.db import session
from advocacy.sharing.disclosure.defaults import (
    DEFAULT_RULES,
    DEFAULT_WORDINGS,
    NEED_AGREEMENT,
    RULES_VERSION,
    DefaultRule,
)
from advocacy.sharing.rule_models import (
    DisclosureRule,
    DisclosureWording,
    Incentive,
    Relationship,
    Requirement,
    Statement,
)
from config.networks import Network, find_network, network_of

FALLBACK_LANGUAGE = "en"


def today() -> date:
    """Return the day whose rules hold now: the programme's own."""
    return clock.day_of(clock.now(), preferences.zone())


def incentive_in_force() -> Incentive:
    """Return whether something can be won for sharing, as an administrator said."""
    return Incentive.PRIZE if preferences.get("sharing_is_rewarded") else Incentive.NONE


@dataclass(frozen=True, slots=True)
class Case:
    """A post to be judged: who posts from where, on which network, about what, and whether something can be won."""

    country: str | None
    network: Network
    relationship: Relationship = Relationship.EMPLOYER
    incentive: Incentive = Incentive.NONE


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its days. None stands for every country, network, relationship or incentive.

    `name` is stable: a default's own, or a row's public id. `version` is what a share keeps beside it.
    """

    name: str
    version: str
    country: str | None
    network: Network | None
    relationship: Relationship | None
    incentive: Incentive | None
    requirement: Requirement
    why: str
    source: str
    agreement: str | None
    valid_from: date
    valid_until: date | None
    is_default: bool

    @property
    def scope(self) -> tuple[str | None, Network | None, Relationship | None, Incentive | None]:
        return self.country, self.network, self.relationship, self.incentive

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)

    def covers(self, case: Case) -> bool:
        wanted = (case.country, case.network, case.relationship, case.incentive)
        return all(mine is None or mine == theirs for mine, theirs in zip(self.scope, wanted, strict=True))

    @property
    def rank(self) -> tuple[int, tuple[bool, ...], bool]:
        """How closely the rule is aimed: more conditions first, then country before network, own before delivered."""
        given = tuple(part is not None for part in self.scope)
        return sum(given), given, not self.is_default


@dataclass(frozen=True, slots=True)
class Ruling:
    """What holds for a case: the rule, and what is asked for in the end.

    `lacks_agreement`: the rule asks for a disclosure, but the country wants an agreement that says so for
    this case, and none does.
    """

    rule: Rule
    requirement: Requirement
    lacks_agreement: bool = False


@dataclass(frozen=True)
class Rulebook:
    """All rules and wordings that hold on one day, and whether something can be won now. Read once for a request."""

    day: date
    rules: tuple[Rule, ...]
    wordings: tuple[DisclosureWording, ...]
    incentive: Incentive = Incentive.NONE

    @classmethod
    def on(cls, day: date) -> Self:
        """Return the rules of a day, those of this organisation before those delivered."""
        own = session.scalars(
            select(DisclosureRule)
            .where(DisclosureRule.valid_from <= day, _not_over(DisclosureRule, day))
            .order_by(DisclosureRule.number)
        )
        wordings = session.scalars(
            select(DisclosureWording).where(DisclosureWording.valid_from <= day, _not_over(DisclosureWording, day))
        )
        rules = [rule_of(row) for row in own]
        rules += [rule for rule in default_rules() if rule.holds_on(day)]
        ranked = tuple(sorted(rules, key=lambda rule: rule.rank, reverse=True))
        return cls(day, ranked, tuple(wordings), incentive_in_force())

    @classmethod
    def in_force(cls) -> Self:
        return cls.on(today())

    def ruling_for(self, case: Case) -> Ruling:
        """Return what holds for a case; every case is covered by the default for everywhere, whatever was added."""
        rule = next((rule for rule in self.rules if rule.covers(case)), None) or default_rules()[0]
        lacks = rule.requirement is Requirement.REQUIRED and not self._may_oblige(case)
        return Ruling(rule, Requirement.OWN_CHOICE if lacks else rule.requirement, lacks)

    def _may_oblige(self, case: Case) -> bool:
        """Return whether an author can be asked to name their employer: where an agreement decides, one about this."""
        return case.country not in NEED_AGREEMENT or any(
            rule.country == case.country
            and rule.agreement is not None
            and rule.requirement is Requirement.REQUIRED
            and rule.covers(case)
            for rule in self.rules
        )

    @cached_property
    def _words(self) -> dict[tuple[Statement, str | None], str]:
        return {(row.says, row.language): row.text for row in self.wordings}

    def line_for(self, says: Statement, language: str | None) -> str:
        """Return the words for something in the nearest language: own wording of it, own for any, then delivered."""
        base = (language or "").partition("-")[0]
        own = (self._words.get((says, wanted)) for wanted in (language, base, None))
        delivered = (DEFAULT_WORDINGS.get((says, wanted)) for wanted in (base, FALLBACK_LANGUAGE))
        words = next(filter(None, (*own, *delivered)))
        return words.replace("{organisation}", preferences.deployment().organisation_name)


def _not_over(model: type[DisclosureRule] | type[DisclosureWording], day: date) -> ColumnElement[bool]:
    return or_(model.valid_until.is_(None), model.valid_until > day)


def rule_of(row: DisclosureRule) -> Rule:
    """Return a row of this organisation as a rule."""
    return Rule(
        str(row.id),
        str(row.number),
        row.country,
        network_of(row.network) if row.network is not None else None,
        row.relationship,
        row.incentive,
        row.requirement,
        row.why,
        row.source,
        row.agreement,
        row.valid_from,
        row.valid_until,
        is_default=False,
    )


def default_rules() -> tuple[Rule, ...]:
    """Return the rules as delivered; the first covers every case."""
    return tuple(map(_delivered, DEFAULT_RULES))


def _delivered(rule: DefaultRule) -> Rule:
    return Rule(
        f"default:{rule.name}",
        RULES_VERSION,
        rule.country,
        find_network(rule.network) if rule.network is not None else None,
        rule.relationship,
        rule.incentive,
        rule.requirement,
        rule.why,
        rule.source,
        None,
        rule.valid_from,
        rule.valid_until,
        is_default=True,
    )
