"""What pages read: the unit first in every key, one row for every node of the tree; and the months behind them."""

import enum
from datetime import date

from sqlalchemy import BigInteger, Index, Integer, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.db import Base


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
    seen_people: Mapped[int] = mapped_column(server_default="0")
    seen_engagements: Mapped[int] = mapped_column(BigInteger, server_default="0")
    seen_impressions: Mapped[int] = mapped_column(BigInteger, server_default="0")


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


class WeeklyActsByPerson(Base):
    """One row per ISO week (its Sunday) and person who acted in it."""

    __tablename__ = "weekly_acts_by_person"
    __table_args__ = (Index("ix_weekly_acts_by_person_employee_key", "employee_key"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    employee_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    acts: Mapped[int]


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
    lives of `life_days` days ended by churn or by leaving, or go on. `given_weeks` are also those of people who left,
    and whole weeks at the month's ends; null in months that were counted without them.
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
    given_weeks: Mapped[int | None]
    given_people: Mapped[int | None]
    beyond_people: Mapped[int | None]


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


class PageConcentration(Base):
    """One row per node of the unit tree and month (its last day) with any network of a known size: how uneven they are.

    `weighted_audience` sums sizes times their rank from below.
    """

    __tablename__ = "page_concentration"
    __table_args__ = (Index("ix_page_concentration_day", "day"),)

    unit_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    employed: Mapped[int]
    people: Mapped[int]
    networks: Mapped[int]
    audience: Mapped[int] = mapped_column(BigInteger)
    weighted_audience: Mapped[int] = mapped_column(BigInteger)


class WeeklyRatePrior(Base):
    """One row per week (its last day): of whom shares could reach, how many open them, fitted over 13 weeks.

    `alpha` and `beta` are those of a beta distribution; null where too few people shared to fit one.
    """

    __tablename__ = "weekly_rate_prior"

    day: Mapped[date] = mapped_column(primary_key=True)
    people: Mapped[int]
    reached: Mapped[int] = mapped_column(BigInteger)
    clicks: Mapped[int] = mapped_column(BigInteger)
    alpha: Mapped[float | None]
    beta: Mapped[float | None]


class PageTeamScores(Base):
    """One row per node of the unit tree and week (its last day) with somebody who acted and said yes to being in it.

    `people` are those; `median_score` is the middle of their scores, in points.
    """

    __tablename__ = "page_team_scores"
    __table_args__ = (Index("ix_page_team_scores_day", "day"),)

    unit_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    employed: Mapped[int]
    people: Mapped[int]
    median_score: Mapped[float]
