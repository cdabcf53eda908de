"""Counts of a day: the day first in every key, of people and of their own units."""

from datetime import date, datetime

from sqlalchemy import BigInteger, DateTime, Index, Integer, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.db import Base


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
    """One row per day, person and network: shares a network told reactions of, and the latest count of all kinds.

    `seen_*` are those of them whose impressions were told as well.
    """

    __tablename__ = "daily_engagements_by_person"

    day: Mapped[date] = mapped_column(primary_key=True)
    employee_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    network: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    told_shares: Mapped[int]
    engagements: Mapped[int] = mapped_column(BigInteger)
    seen_shares: Mapped[int] = mapped_column(server_default="0")
    seen_engagements: Mapped[int] = mapped_column(BigInteger, server_default="0")
    seen_impressions: Mapped[int] = mapped_column(BigInteger, server_default="0")


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
