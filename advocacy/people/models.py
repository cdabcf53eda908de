"""Employees, the dated unit tree, audiences, topics, consent, networks with their sizes, head counts."""

import enum
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    false,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Id, Instant, Key, PublicId, one_of, text_enum
from advocacy.foundation.db import Base

EMPTY = text("'{}'")
ASKED = ("unit_keys", "countries", "languages", "topic_keys", "roles")
EXCEPTED = tuple(f"except_{name}" for name in ASKED)
CONDITIONS = ASKED + EXCEPTED


class Purpose(enum.StrEnum):
    """What a person may say yes to, one by one. Each can be refused without consequence."""

    TAKE_PART = "take_part"
    NETWORK_SIZE = "network_size"
    LEADERBOARD = "leaderboard"
    NETWORK_OVERLAP = "network_overlap"
    TARGET_ACCOUNTS = "target_accounts"
    CONNECTED_ACCOUNT = "connected_account"


class SizeSource(enum.StrEnum):
    OWN_ENTRY = "own_entry"
    EXPORT = "export"
    API = "api"


class Employee(Base):
    """A person on the organisation's roster. A leaver becomes a tombstone: person fields go, key and facts stay."""

    __tablename__ = "employee"
    __table_args__ = (
        Index("uq_employee_email", text("lower(email)"), unique=True),
        Index(
            "ix_employee_by_name",
            text("lower(coalesce(name, ''))"),
            text("key"),
            postgresql_where="external_id IS NOT NULL",
        ),
        CheckConstraint("left_on IS NULL OR hired_on IS NULL OR left_on >= hired_on", name="dates_in_order"),
    )

    key: Mapped[Key]
    id: Mapped[PublicId]
    external_id: Mapped[str | None] = mapped_column(unique=True)
    email: Mapped[str | None]
    name: Mapped[str | None]
    title: Mapped[str | None]
    language: Mapped[str | None]
    country: Mapped[str | None]
    time_zone: Mapped[str | None]
    hired_on: Mapped[date | None]
    left_on: Mapped[date | None]
    erased_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
    onboarded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @property
    def is_tombstone(self) -> bool:
        return self.external_id is None


class OrgUnit(Base):
    """An organisational unit. Where it hangs in the tree is dated: see UnitPlacement."""

    __tablename__ = "org_unit"

    key: Mapped[Key]
    id: Mapped[PublicId]
    external_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    created_at: Mapped[CreatedAt]


class UnitPlacement(Base):
    """Where a unit hung in the tree, and when. The root's parent is null."""

    __tablename__ = "unit_placement"
    __table_args__ = (
        ExcludeConstraint(("unit_key", "="), ("valid_during", "&&"), using="gist", name="ex_unit_placement_once"),
        CheckConstraint("unit_key <> parent_key", name="not_own_parent"),
    )

    id: Mapped[Id]
    unit_key: Mapped[int] = mapped_column(ForeignKey("org_unit.key"))
    parent_key: Mapped[int | None] = mapped_column(ForeignKey("org_unit.key"), index=True)
    valid_during: Mapped[Range[date]] = mapped_column(DATERANGE)


class UnitAncestry(Base):
    """Every ancestor of a unit (itself at depth 0) and when. Derived: rebuilt whole when placements change."""

    __tablename__ = "unit_ancestry"
    __table_args__ = (Index("ix_unit_ancestry_ancestor_key", "ancestor_key"),)

    unit_key: Mapped[int] = mapped_column(primary_key=True)
    ancestor_key: Mapped[int] = mapped_column(primary_key=True)
    valid_during: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    depth: Mapped[int] = mapped_column(SmallInteger)


class UnitMembership(Base):
    """Which unit somebody was employed in, and when. A member of some unit on a day is employed that day."""

    __tablename__ = "unit_membership"
    __table_args__ = (
        ExcludeConstraint(("employee_key", "="), ("valid_during", "&&"), using="gist", name="ex_unit_membership_once"),
        Index("ix_unit_membership_unit_key", "unit_key"),
    )

    id: Mapped[Id]
    employee_key: Mapped[int] = mapped_column(ForeignKey("employee.key"))
    unit_key: Mapped[int] = mapped_column(ForeignKey("org_unit.key"))
    valid_during: Mapped[Range[date]] = mapped_column(DATERANGE)


class Topic(Base):
    __tablename__ = "topic"

    key: Mapped[Key]
    id: Mapped[PublicId]
    name: Mapped[str] = mapped_column(unique=True)


class TopicFollow(Base):
    __tablename__ = "topic_follow"

    employee_key: Mapped[int] = mapped_column(ForeignKey("employee.key"), primary_key=True)
    topic_key: Mapped[int] = mapped_column(ForeignKey("topic.key"), primary_key=True)


class Audience(Base):
    """Whom something is meant for. An empty list asks nothing; units include those below.

    All conditions must hold, or with `is_any` one of them; whoever meets one of the exceptions is left out. `roles`
    are words of job titles. `has_exceptions` spares the feed from looking at lists that are nearly always empty.
    """

    __tablename__ = "audience"

    key: Mapped[Key]
    id: Mapped[PublicId]
    name: Mapped[str | None]
    unit_keys: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)
    countries: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    topic_keys: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=EMPTY)
    is_any: Mapped[bool] = mapped_column(default=False, server_default=false())
    has_exceptions: Mapped[bool] = mapped_column(default=False, server_default=false())
    except_unit_keys: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list, server_default=EMPTY)
    except_countries: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=EMPTY)
    except_languages: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=EMPTY)
    except_topic_keys: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list, server_default=EMPTY)
    except_roles: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=EMPTY)

    def conditions(self) -> dict[str, tuple[Any, ...]]:
        """Return every list that is not empty, sorted, by its name."""
        return {name: tuple(sorted(values)) for name in CONDITIONS if (values := getattr(self, name))}


class PolicyVersion(Base):
    """The policy in plain words, as it stood. `body` holds paragraphs per language."""

    __tablename__ = "policy_version"

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(unique=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    published_at: Mapped[Instant]


class PolicyAcknowledgement(Base):
    __tablename__ = "policy_acknowledgement"

    employee_key: Mapped[int] = mapped_column(ForeignKey("employee.key"), primary_key=True)
    policy_version_id: Mapped[UUID] = mapped_column(ForeignKey("policy_version.id"), primary_key=True)
    acknowledged_at: Mapped[Instant]


class ConsentEvent(Base):
    """A yes, or the withdrawal of one. Append-only. A refusal is never written."""

    __tablename__ = "consent_event"
    __table_args__ = (one_of("purpose", Purpose), Index("ix_consent_event_employee_key", "employee_key"))

    id: Mapped[Id]
    employee_key: Mapped[int] = mapped_column(ForeignKey("employee.key"))
    purpose: Mapped[Purpose] = mapped_column(text_enum(Purpose))
    is_granted: Mapped[bool]
    policy_version_id: Mapped[UUID] = mapped_column(ForeignKey("policy_version.id"))
    source: Mapped[str]
    occurred_at: Mapped[Instant]


class Consent(Base):
    """The consents in force, kept in the same transaction as their events. No row means: nothing was agreed.

    `granted_at` opens the spell: facts from before it are in no live measure, also after a new yes.
    """

    __tablename__ = "consent"
    __table_args__ = (one_of("purpose", Purpose), Index("ix_consent_purpose", "purpose", "employee_key"))

    employee_key: Mapped[int] = mapped_column(ForeignKey("employee.key"), primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(text_enum(Purpose), primary_key=True)
    granted_at: Mapped[Instant]
    policy_version_id: Mapped[UUID] = mapped_column(ForeignKey("policy_version.id"))


class NetworkProfile(Base):
    """How many people follow somebody on one network, as of a day. `is_floor` marks "500+": at least this many."""

    __tablename__ = "network_profile"
    __table_args__ = (
        one_of("source", SizeSource),
        CheckConstraint("audience_size >= 0", name="size_not_negative"),
    )

    employee_key: Mapped[int] = mapped_column(ForeignKey("employee.key"), primary_key=True)
    network: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    observed_on: Mapped[date] = mapped_column(primary_key=True)
    audience_size: Mapped[int | None]
    is_floor: Mapped[bool] = mapped_column(default=False)
    source: Mapped[SizeSource] = mapped_column(text_enum(SizeSource))
    handle: Mapped[str | None]


CONSENT = ["consent.employee_key", "consent.purpose"]


class NetworkSketch(Base):
    """A sealed sketch of somebody's network, for counting overlaps. It holds no name, no address and no profile.

    It cannot be without the consent: the database deletes it in the transaction that takes the consent away.
    `unit_key` is the unit in whose union it counts; a trigger writes every change of a sketch into `reach_touch`.
    """

    __tablename__ = "network_sketch"
    __table_args__ = (
        ForeignKeyConstraint(["employee_key", "purpose"], CONSENT, ondelete="CASCADE"),
        CheckConstraint("purpose = 'network_overlap'", name="one_purpose"),
        CheckConstraint("profiles > 0", name="some_profiles"),
        Index("ix_network_sketch_unit_key", "unit_key"),
        Index("ix_network_sketch_uploaded_at", "uploaded_at"),
    )

    employee_key: Mapped[int] = mapped_column(primary_key=True)
    network: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(text_enum(Purpose), default=Purpose.NETWORK_OVERLAP)
    unit_key: Mapped[int | None]
    profiles: Mapped[int]
    uploaded_at: Mapped[Instant]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class NetworkUpload(Base):
    """An upload that is under way: the sealed sketch of the parts that came. One per person and network."""

    __tablename__ = "network_upload"
    __table_args__ = (
        ForeignKeyConstraint(["employee_key", "purpose"], CONSENT, ondelete="CASCADE"),
        CheckConstraint("purpose = 'network_overlap'", name="one_purpose"),
    )

    employee_key: Mapped[int] = mapped_column(primary_key=True)
    network: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(text_enum(Purpose), default=Purpose.NETWORK_OVERLAP)
    id: Mapped[PublicId]
    expected: Mapped[int]
    parts: Mapped[int] = mapped_column(default=0)
    received: Mapped[int] = mapped_column(default=0)
    profiles: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[Instant]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class HeadcountDay(Base):
    """How many people a unit itself (not those below) had on a day. Written once the day is over, never changed."""

    __tablename__ = "headcount_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    unit_key: Mapped[int] = mapped_column(ForeignKey("org_unit.key"), primary_key=True)
    employed: Mapped[int]
    eligible: Mapped[int]
    invited: Mapped[int]
    opted_in: Mapped[int]
    counted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class ErasureTombstone(Base):
    """A keyed hash of an erased person's e-mail or HR id. Nobody can be read from it; a re-import is stopped by it."""

    __tablename__ = "erasure_tombstone"

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    erased_at: Mapped[Instant]
