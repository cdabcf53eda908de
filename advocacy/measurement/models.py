"""What is counted once and read often. All of it is derived: it can be emptied and filled again from `sql/`.

`daily_*` tables have the day first and stand for people's own units; `page_*` tables have the unit first and one row
for every node of the tree, so that a page reads a handful of rows. Only integers leave the ledger.
"""

import enum
from datetime import date, datetime

from sqlalchemy import BigInteger, DateTime, Identity, Index, Integer, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.db import Base
from advocacy.measurement import restatement_models as _restatements  # noqa: F401

# Tables of their own modules, which must be known with these.
from advocacy.measurement.overlap import models as _reach  # noqa: F401


class RollupFill(Base):
    """One roll-up and day: which version filled it, when, and with days cut in which time zone.

    A null `filled_at` means it is due again. `counted_since` is when it was first counted after it was over.
    """

    __tablename__ = "rollup_fill"

    rollup: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int | None]
    filled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    row_count: Mapped[int | None]
    milliseconds: Mapped[int | None]
    zone: Mapped[str | None]
    counted_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class RollupTouch(Base):
    """A roll-up's day that may have changed. Appended only; a fill removes exactly the ones it saw: no hot row.

    `heard_at` is when the reason came in, through all roll-ups between; `touched_at` when this one was told.
    A null `cause` says that a source was counted for the first time, or because its day was over.
    """

    __tablename__ = "rollup_touch"
    __table_args__ = (Index("ix_rollup_touch_rollup", "rollup", "day"),)

    key: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    rollup: Mapped[str]
    day: Mapped[date]
    touched_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    heard_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    cause: Mapped[int | None] = mapped_column(SmallInteger)


class DailyClicksByLink(Base):
    """One row per day, link and class of clicks."""

    __tablename__ = "daily_clicks_by_link"
    __table_args__ = (Index("ix_daily_clicks_by_link_link_key", "link_key"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    link_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    click_class: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    clicks: Mapped[int]


class DailyClicksByUnit(Base):
    """One row per day, own unit, network and class of clicks."""

    __tablename__ = "daily_clicks_by_unit"

    day: Mapped[date] = mapped_column(primary_key=True)
    unit_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    network: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    click_class: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    clicks: Mapped[int]


class DailyActivityByPerson(Base):
    """One row per day, person, kind of event, its detail (class of clicks, kind of conversation, stage) and network."""

    __tablename__ = "daily_activity_by_person"
    # Every index costs a fill as much as the rows themselves. One person's rows are found by their days.
    __table_args__ = (
        Index(
            "ix_daily_activity_by_person_human_clicks",
            "day",
            "employee_key",
            postgresql_include=["events", "job_events"],
            postgresql_where=text("kind = 3 AND detail = 1"),
        ),
        Index("ix_daily_activity_by_person_rare", "kind", "day", postgresql_where=text("kind >= 4")),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    employee_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    detail: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    network: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    unit_key: Mapped[int]
    events: Mapped[int]
    job_events: Mapped[int]


class DailySharesByPerson(Base):
    """One row per day, person and network: shares opened, published, and what the network reported of them."""

    __tablename__ = "daily_shares_by_person"
    __table_args__ = (Index("ix_daily_shares_by_person_employee_key", "employee_key"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    employee_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    network: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    unit_key: Mapped[int]
    opened: Mapped[int]
    published: Mapped[int]
    published_jobs: Mapped[int]
    measured: Mapped[int]
    impressions: Mapped[int] = mapped_column(BigInteger)


class DailyEngagementsByPerson(Base):
    """One row per day, person and network: shares a network told reactions of, and the latest count of all kinds."""

    __tablename__ = "daily_engagements_by_person"

    day: Mapped[date] = mapped_column(primary_key=True)
    employee_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    network: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    told_shares: Mapped[int]
    engagements: Mapped[int] = mapped_column(BigInteger)


class TrailingActsByPerson(Base):
    """One row per running day, person and network: shares and human clicks of the 29 days before it."""

    __tablename__ = "trailing_acts_by_person"

    day: Mapped[date] = mapped_column(primary_key=True)
    employee_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    network: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    shares: Mapped[int]
    job_shares: Mapped[int]
    measured_shares: Mapped[int]
    impressions: Mapped[int] = mapped_column(BigInteger)
    clicks: Mapped[int]
    job_clicks: Mapped[int]


class DailyConversationsByUnit(Base):
    """One row per day, own unit and kind of conversation."""

    __tablename__ = "daily_conversations_by_unit"

    day: Mapped[date] = mapped_column(primary_key=True)
    unit_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    conversation_kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    conversations: Mapped[int]
    people: Mapped[int]


class DailyApplicationsByUnit(Base):
    """One row per day, own unit of the credited person and recruiting stage."""

    __tablename__ = "daily_applications_by_unit"

    day: Mapped[date] = mapped_column(primary_key=True)
    unit_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    stage: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    applications: Mapped[int]
    people: Mapped[int]


class DailyEventsByKind(Base):
    """One row per day, kind of event and its detail, everybody together: how much, by how many, how late we heard.

    Late is what was recorded after its source's allowed lateness, early what its own clock puts ahead of ours.
    """

    __tablename__ = "daily_events_by_kind"

    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    detail: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    events: Mapped[int]
    people: Mapped[int]
    late_events: Mapped[int]
    early_events: Mapped[int]
    last_occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class DailyPeopleByUnit(Base):
    """One row per day and own unit: distinct people employed, taking part, and telling the size of their networks."""

    __tablename__ = "daily_people_by_unit"

    day: Mapped[date] = mapped_column(primary_key=True)
    unit_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    employed: Mapped[int]
    taking_part: Mapped[int]
    with_size: Mapped[int]
    stale_people: Mapped[int]
    floor_people: Mapped[int]


class DailyAudienceByUnit(Base):
    """One row per day, own unit and network: the known sizes of consenting people's networks.

    `audience` sums exact sizes. A size known only as "500 or more" is not in it; its floor is kept beside.
    """

    __tablename__ = "daily_audience_by_unit"

    day: Mapped[date] = mapped_column(primary_key=True)
    unit_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    network: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    people: Mapped[int]
    audience: Mapped[int] = mapped_column(BigInteger)
    stale_people: Mapped[int]
    floor_people: Mapped[int]
    floor_audience: Mapped[int] = mapped_column(BigInteger)
    unknown_people: Mapped[int]


class DailyJobAudienceByUnit(Base):
    """One row per day and own unit: the networks of people for whom some job of the last 30 days was meant."""

    __tablename__ = "daily_job_audience_by_unit"

    day: Mapped[date] = mapped_column(primary_key=True)
    unit_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    people: Mapped[int]
    audience: Mapped[int] = mapped_column(BigInteger)


class PageAmplification(Base):
    """One row per node of the unit tree and day: what the amplification page shows, with the people behind each figure.

    A window is the 30 days that end on the day. People stand in the unit they were in on the day.
    """

    __tablename__ = "page_amplification"
    __table_args__ = (Index("ix_page_amplification_day", "day"),)

    unit_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    employed: Mapped[int]
    taking_part: Mapped[int]
    people: Mapped[int]
    audience: Mapped[int] = mapped_column(BigInteger)
    stale_people: Mapped[int]
    floor_people: Mapped[int]
    active_people: Mapped[int]
    activated_people: Mapped[int]
    activated_audience: Mapped[int] = mapped_column(BigInteger)
    shares: Mapped[int]
    share_people: Mapped[int]
    measured_shares: Mapped[int]
    measured_people: Mapped[int]
    impressions: Mapped[int] = mapped_column(BigInteger)
    clicks: Mapped[int]
    click_people: Mapped[int]


class PageEngagement(Base):
    """One row per node of the unit tree and day: reactions, comments and reshares that networks told, over 30 days."""

    __tablename__ = "page_engagement"
    __table_args__ = (Index("ix_page_engagement_day", "day"),)

    unit_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    employed: Mapped[int]
    told_people: Mapped[int]
    told_shares: Mapped[int]
    engagements: Mapped[int] = mapped_column(BigInteger)


class PageRecruiting(Base):
    """One row per node of the unit tree and day: reach of job content and what came of it.

    Reach, shares and clicks look back 30 days, applications and what follows 90.
    """

    __tablename__ = "page_recruiting"
    __table_args__ = (Index("ix_page_recruiting_day", "day"),)

    unit_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    employed: Mapped[int]
    people: Mapped[int]
    audience: Mapped[int] = mapped_column(BigInteger)
    activated_people: Mapped[int]
    activated_audience: Mapped[int] = mapped_column(BigInteger)
    shares: Mapped[int]
    share_people: Mapped[int]
    clicks: Mapped[int]
    click_people: Mapped[int]
    applications: Mapped[int]
    application_people: Mapped[int]
    interviews: Mapped[int]
    interview_people: Mapped[int]
    offers: Mapped[int]
    offer_people: Mapped[int]
    hires: Mapped[int]
    hire_people: Mapped[int]


class Period(enum.IntEnum):
    """A span of whole days that ends on a day. Numbers are stored."""

    DAY = 1
    WEEK = 2  # ISO: Monday to Sunday
    MONTH = 3


class MonthlyActsByPerson(Base):
    """One row per month (its last day) and person who acted in it. An act is a published share or a conversation."""

    __tablename__ = "monthly_acts_by_person"
    __table_args__ = (Index("ix_monthly_acts_by_person_employee_key", "employee_key"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    employee_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    first_on: Mapped[date]
    last_on: Mapped[date]
    active_days: Mapped[int] = mapped_column(SmallInteger)
    active_weeks: Mapped[int] = mapped_column(SmallInteger)
    shares: Mapped[int]
    conversations: Mapped[int]


class PageParticipation(Base):
    """One row per node of the unit tree, day and period that ends on it: acts, who made them, out of how many.

    `eligible_days` sums the employed of each of `counted_days` days: divided, they are the people on an average day.
    `active_people` are those still employed on the day, `act_people` all who stand behind `acts`.
    """

    __tablename__ = "page_participation"
    __table_args__ = (Index("ix_page_participation_day", "day"),)

    unit_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    period: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    employed: Mapped[int]
    taking_part: Mapped[int]
    eligible_days: Mapped[int] = mapped_column(BigInteger)
    counted_days: Mapped[int]
    active_people: Mapped[int]
    act_people: Mapped[int]
    acts: Mapped[int]
    share_people: Mapped[int]
    shares: Mapped[int]
    conversation_people: Mapped[int]
    conversations: Mapped[int]


class PageParticipationNetwork(Base):
    """One row per node of the unit tree, week or month that ends on the day, and network people shared on."""

    __tablename__ = "page_participation_network"
    __table_args__ = (Index("ix_page_participation_network_day", "day"),)

    unit_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    period: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    network: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    active_people: Mapped[int]
    share_people: Mapped[int]
    shares: Mapped[int]


class PageRetention(Base):
    """One row per node of the unit tree and month (its last day): who stays, and on whom the work rests.

    Pairs of arrays are histograms in ascending order: `act_count_people` made `act_counts` acts in the month;
    lives of `life_days` days ended by churn or by leaving, or go on.
    """

    __tablename__ = "page_retention"
    __table_args__ = (Index("ix_page_retention_day", "day"),)

    unit_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    employed: Mapped[int]
    taking_part: Mapped[int]
    active_people: Mapped[int]
    person_weeks: Mapped[int]
    act_people: Mapped[int]
    acts: Mapped[int]
    act_counts: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    act_count_people: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    settled_people: Mapped[int]
    sustained_people: Mapped[int]
    ever_people: Mapped[int]
    mature_people: Mapped[int]
    one_day_people: Mapped[int]
    churned_people: Mapped[int]
    returned_people: Mapped[int]
    left_people: Mapped[int]
    life_days: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    life_churned: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    life_left: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    life_active: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class PageCohorts(Base):
    """One row per node of the unit tree, month (its last day) and month of first act: a diagonal of the triangle."""

    __tablename__ = "page_cohorts"
    __table_args__ = (Index("ix_page_cohorts_day", "day"),)

    unit_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    cohort: Mapped[date] = mapped_column(primary_key=True)
    people: Mapped[int]
    employed_people: Mapped[int]
    active_people: Mapped[int]
    active_employed_people: Mapped[int]
