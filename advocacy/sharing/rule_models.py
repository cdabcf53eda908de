"""Rules and wordings of disclosure: dated rows that are added to and ended, never rewritten."""

import enum
from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Key, PublicId, one_of, text_enum
from advocacy.foundation.db import Base


class Requirement(enum.StrEnum):
    """What a rule asks of a post: a disclosure, the author's own decision about one, or nothing."""

    REQUIRED = "required"
    OWN_CHOICE = "own_choice"
    NOT_NEEDED = "not_needed"


class Relationship(enum.StrEnum):
    """What somebody speaks about: the organisation they work for, or what it sells."""

    EMPLOYER = "employer"
    PRODUCT = "product"


class Incentive(enum.StrEnum):
    """Whether something can be had for sharing. A chance to win is enough."""

    NONE = "none"
    PRIZE = "prize"


class Statement(enum.StrEnum):
    """What a wording says: that one works here, or that one can win something."""

    EMPLOYER = "employer"
    PRIZE = "prize"


class DisclosureRule(Base):
    """A rule of this organisation about saying where one works, with its days. What is null holds for every case.

    Nothing but the last day is ever changed. Two rules for the same case never hold on the same day.
    """

    __tablename__ = "disclosure_rule"
    __table_args__ = (
        one_of("requirement", Requirement),
        one_of("relationship", Relationship),
        one_of("incentive", Incentive),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_code"),
        CheckConstraint("valid_until >= valid_from", name="days_in_order"),
        ExcludeConstraint(
            (text("coalesce(country, '')"), "="),
            (text("coalesce(network, 0)"), "="),
            (text("coalesce(relationship, '')"), "="),
            (text("coalesce(incentive, '')"), "="),
            (text("daterange(valid_from, valid_until)"), "&&"),
            using="gist",
            name="ex_disclosure_rule_once",
        ),
    )

    key: Mapped[Key]
    id: Mapped[PublicId]
    number: Mapped[int] = mapped_column(unique=True)
    country: Mapped[str | None]
    network: Mapped[int | None] = mapped_column(SmallInteger)
    relationship: Mapped[Relationship | None] = mapped_column(text_enum(Relationship))
    incentive: Mapped[Incentive | None] = mapped_column(text_enum(Incentive))
    requirement: Mapped[Requirement] = mapped_column(text_enum(Requirement))
    why: Mapped[str]
    source: Mapped[str]
    agreement: Mapped[str | None]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    created_at: Mapped[CreatedAt]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))


class DisclosureWording(Base):
    """The words that are added to a post, in a language (or any, when null), with their days."""

    __tablename__ = "disclosure_wording"
    __table_args__ = (
        one_of("says", Statement),
        CheckConstraint("valid_until >= valid_from", name="days_in_order"),
        ExcludeConstraint(
            ("says", "="),
            (text("coalesce(language, '')"), "="),
            (text("daterange(valid_from, valid_until)"), "&&"),
            using="gist",
            name="ex_disclosure_wording_once",
        ),
    )

    key: Mapped[Key]
    id: Mapped[PublicId]
    says: Mapped[Statement] = mapped_column(text_enum(Statement))
    language: Mapped[str | None]
    text: Mapped[str]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    created_at: Mapped[CreatedAt]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
