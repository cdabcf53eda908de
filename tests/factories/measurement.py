"""A small company, its events and its numbers, written straight into the tables."""

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, text

from advocacy.activity.kinds import ClickClass, Kind
from advocacy.activity.models import ActivityEvent, DayTouch
from advocacy.content.models import ContentItem, ContentVersion, ItemKind, ItemState
from advocacy.content.sources.models import EntryState, SourceEntry, Suggestion
from advocacy.foundation import clock
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import Base
from advocacy.identity.models import Account
from advocacy.learning.models import Lesson, LessonPass, LessonSubject, LessonVersion
from advocacy.measurement import fill
from advocacy.measurement.fill import Programme
from advocacy.measurement.models import WeeklyRatePrior
from advocacy.measurement.rollups import ROLLUPS, Rollup
from advocacy.people.models import (
    Audience,
    Consent,
    ConsentEvent,
    Employee,
    HeadcountDay,
    NetworkProfile,
    OrgUnit,
    PolicyVersion,
    Purpose,
    SizeSource,
    UnitAncestry,
    UnitMembership,
    UnitPlacement,
)
from advocacy.sharing.models import BrandChannel, EngagementSnapshot, Link, MeasureSource, Share

BERLIN = ZoneInfo("Europe/Berlin")
LONG_AGO = date(2020, 1, 1)
# Of weeks, what months look back at.
WEEKS_OF_MONTHS = ("weekly_acts_by_person",)
GRANTED = datetime(2025, 1, 1, tzinfo=UTC)


def calendar(today: date, first_day: date = date(2026, 1, 1)) -> fill.Programme:
    return fill.Programme(BERLIN, first_day, today, date(2024, 1, 1), 5)


def instant(given: str | datetime) -> datetime:
    """Read "2026-03-01 10:00" as Berlin's clock."""
    if isinstance(given, datetime):
        return given
    return datetime.fromisoformat(given).replace(tzinfo=BERLIN)


def with_sources(pages: Sequence[str]) -> tuple[Rollup, ...]:
    """Return the named roll-ups and all that they read, in the order of filling; all if none are named."""
    wanted = set(pages)
    for rollup in reversed(ROLLUPS):
        if rollup.table in wanted:
            wanted.update(rollup.depends_on)
    return tuple(rollup for rollup in ROLLUPS if not pages or rollup.table in wanted)


class World:
    """What exists. Names stand for keys; everything has a default that a test need not care about."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.units: dict[str, int] = {}
        self.parents: dict[str, str | None] = {}
        self.people: dict[str, int] = {}
        self.items: dict[str, tuple[int, Any]] = {}
        self.shares: dict[str, int] = {}
        self.links: dict[str, int] = {}
        self.policy = self._add(PolicyVersion, number=1, body={}, published_at=GRANTED)["id"]
        self.account = self._add(Account, email="maker@meridian.example")["id"]

    def copy(self) -> "World":
        """Return the same company with names of its own, for a test whose changes to the tables are undone."""
        other = copy(self)
        for name, kept in vars(self).items():
            if isinstance(kept, dict):
                setattr(other, name, dict(kept))
        return other

    def _add(self, model: type[Base], **values: Any) -> Mapping[str, Any]:
        table = model.__table__
        row = self.connection.execute(insert(model).values(**values).returning(*table.columns)).mappings().one()
        return dict(row)

    def unit(self, name: str, parent: str | None = None, since: date = LONG_AGO) -> int:
        key = self._add(OrgUnit, external_id=name, name=name)["key"]
        self.units[name], self.parents[name] = key, parent
        self._add(
            UnitPlacement,
            unit_key=key,
            parent_key=self.units[parent] if parent else None,
            valid_during=text(f"daterange('{since}', NULL)"),
        )
        above: str | None = name
        depth = 0
        while above is not None:
            self._add(
                UnitAncestry,
                unit_key=key,
                ancestor_key=self.units[above],
                depth=depth,
                valid_during=text(f"daterange('{since}', NULL)"),
            )
            above, depth = self.parents[above], depth + 1
        return key

    def person(
        self,
        name: str,
        unit: str,
        *,
        since: date = LONG_AGO,
        until: date | None = None,
        agreed: Sequence[str] = ("take_part", "network_size"),
        granted: datetime | str = GRANTED,
        sizes: Mapping[int, int | None] | None = None,
        sized_on: date = date(2026, 1, 1),
        **fields: Any,
    ) -> int:
        key = self._add(Employee, external_id=name, email=f"{name}@meridian.example", name=name, **fields)["key"]
        self.people[name] = key
        self.employ(name, unit, since, until)
        for purpose in agreed:
            self.agree(name, purpose, granted)
        for network, size in (sizes or {}).items():
            self.size(name, network, size, sized_on)
        return key

    def employ(self, person: str, unit: str, since: date, until: date | None = None) -> None:
        end = f"'{until}'" if until else "NULL"
        self._add(
            UnitMembership,
            employee_key=self.people[person],
            unit_key=self.units[unit],
            valid_during=text(f"daterange('{since}', {end})"),
        )

    def agree(self, person: str, purpose: str, at: datetime | str = GRANTED) -> None:
        shared: dict[str, Any] = {
            "employee_key": self.people[person],
            "purpose": Purpose(purpose),
            "policy_version_id": self.policy,
        }
        self._add(Consent, granted_at=instant(at), **shared)
        self._add(ConsentEvent, is_granted=True, source="test", occurred_at=instant(at), **shared)

    def withdraw(self, person: str, purpose: str = "take_part") -> None:
        table = Consent.__table__
        self.connection.execute(
            table.delete().where(table.c.employee_key == self.people[person], table.c.purpose == purpose)
        )

    def size(self, person: str, network: int, size: int | None, day: date, *, is_floor: bool = False) -> None:
        self._add(
            NetworkProfile,
            employee_key=self.people[person],
            network=network,
            audience_size=size,
            observed_on=day,
            is_floor=is_floor,
            source=SizeSource.OWN_ENTRY,
        )

    def item(self, name: str, kind: str = "article", *, is_over: bool = False, **fields: Any) -> int:
        """Make an item that has been live since its `live_from`; one that `is_over` has no live version any more."""
        audience = self._add(
            Audience, **{key: fields.pop(key, []) for key in ("unit_keys", "countries", "languages", "topic_keys")}
        )["key"]
        live_from = fields.pop("live_from", GRANTED)
        row = self._add(
            ContentItem,
            kind=ItemKind(kind),
            state=ItemState(fields.pop("state", "expired" if is_over else "live")),
            unit_key=next(iter(self.units.values())),
            audience_key=audience,
            author_account_id=self.account,
            live_version_id=None if is_over else new_id(),
            live_from=live_from,
            **{"first_live_at": live_from, **fields},
        )
        version = self._add(ContentVersion, item_key=row["key"], number=1, hash=b"x", created_by=self.account)
        self.items[name] = (row["key"], version["id"])
        return int(row["key"])

    def share(self, name: str, person: str, item: str | None = None, network: int = 1) -> int:
        """Make a share with its link of the same name. What happened to it is told by events."""
        if item is None:
            item = "an item"
            if item not in self.items:
                self.item(item)
        item_key, version = self.items[item]
        key = self._add(
            Share,
            employee_key=self.people[person],
            item_key=item_key,
            version_id=version,
            network=network,
            text="Mine",
            disclosure={},
            opened_at=GRANTED,
        )["key"]
        self.shares[name] = key
        self.links[name] = self._add(
            Link,
            code=new_id().hex,
            destination="https://www.meridian.example/",
            share_key=key,
            employee_key=self.people[person],
            item_key=item_key,
            network=network,
        )["key"]
        return int(key)

    def event(
        self,
        kind: str,
        person: str,
        at: str | datetime,
        *,
        share: str | None = None,
        click: str | None = None,
        detail: int | None = None,
        times: int = 1,
        recorded: str | datetime | None = None,
    ) -> None:
        """Write events of a person and touch their day, as everybody who records does. Recorded now if not said."""
        happened = instant(at)
        late = {} if recorded is None else {"recorded_at": instant(recorded)}
        self.connection.execute(
            text("SELECT ensure_activity_partition(:day)"), {"day": happened.astimezone(UTC).date()}
        )
        item = network = None
        if share is not None:
            item, network = self.connection.execute(
                select(Share.item_key, Share.network).where(Share.key == self.shares[share])
            ).one()
        for _ in range(times):
            self._add_event(
                event_id=new_id(),
                occurred_at=happened,
                kind=int(Kind[kind]),
                employee_key=self.people[person],
                share_key=self.shares[share] if share and kind != "LINK_CLICKED" else None,
                link_key=self.links[share] if share and kind in {"LINK_CLICKED", "APPLICATION"} else None,
                item_key=item,
                network=network,
                click_class=int(ClickClass[click or "HUMAN"]) if kind == "LINK_CLICKED" else None,
                detail=detail,
                **late,
            )
        self.touch(happened.astimezone(BERLIN).date())

    def _add_event(self, **values: Any) -> None:
        self.connection.execute(insert(ActivityEvent).values(**values))

    def touch(self, day: date) -> None:
        self.connection.execute(insert(DayTouch).values(day=day, touched_at=clock.now()))

    def snapshot(
        self, share: str, impressions: int | None, at: str, recorded: str | None = None, **measures: int
    ) -> None:
        self._add(
            EngagementSnapshot,
            share_key=self.shares[share],
            impressions=impressions,
            source=MeasureSource.EXPORT,
            observed_at=instant(at),
            **measures,
            **({} if recorded is None else {"recorded_at": instant(recorded)}),
        )

    def heads(self, unit: str, day: date, employed: int, opted_in: int = 0) -> None:
        self._add(
            HeadcountDay,
            day=day,
            unit_key=self.units[unit],
            employed=employed,
            eligible=employed,
            invited=employed,
            opted_in=opted_in,
        )

    def brand(self, followers: int, network: int = 1, on: date = date(2026, 1, 1)) -> None:
        self._add(BrandChannel, network=network, observed_on=on, followers=followers, source="counted by hand")

    def lesson_passed(self, person: str, at: str) -> None:
        """Have somebody pass a lesson of its own."""
        lesson = self._add(Lesson, subject=next(iter(LessonSubject)), position=1)["key"]
        version = self._add(LessonVersion, lesson_key=lesson, number=1)["id"]
        self._add(
            LessonPass,
            employee_key=self.people[person],
            lesson_key=lesson,
            version_id=version,
            passed_at=instant(at),
        )

    def suggestion(self, person: str, at: str, state: str = "accepted", said: str | None = None) -> None:
        """Have somebody suggest a page that is decided about at an instant, when they `said` so or at that instant."""
        page = new_id()
        entry = self._add(
            SourceEntry,
            unit_key=next(iter(self.units.values())),
            page_hash=page.bytes,
            url=f"https://www.meridian.example/{page}",
            title="A page",
            state=EntryState(state),
            sorted_at=instant(at),
            seen_at=instant(at),
            decided_at=instant(at),
        )["key"]
        self._add(
            Suggestion,
            entry_key=entry,
            employee_key=self.people[person],
            why="It is good.",
            created_at=instant(said or at),
        )

    def prior(self, day: date, alpha: float, beta: float) -> None:
        """Write the fitted prior of a week down, as if thirty people had shared."""
        self._add(WeeklyRatePrior, day=day, people=30, reached=1000, clicks=10, alpha=alpha, beta=beta)
        self.connection.execute(
            text(
                "INSERT INTO rollup_fill (rollup, day, version, filled_at, zone) "
                "VALUES ('weekly_rate_prior', :day, 1, now(), 'Europe/Berlin')"
            ),
            {"day": day},
        )

    def fill(self, day: date, today: date | None = None, pages: Sequence[str] = ()) -> None:
        """Fill a day of these pages (of every roll-up if none are named), and before it what they look back at."""
        plan, wanted = calendar(today or day), with_sources(pages)
        fill.spread_touches(self.connection)
        for rollup in wanted:
            for due in fill.days_due(self.connection, rollup, calendar=plan):
                is_read = rollup.source == "events" or rollup.grain == "month" or rollup.table in WEEKS_OF_MONTHS
                if due == day or is_read:
                    fill.fill_day(self.connection, rollup, due, calendar=plan)
        for rollup in wanted:
            fill.fill_day(self.connection, rollup, day, calendar=plan)

    def fill_due(self, plan: Programme, *pages: str) -> None:
        """Fill whatever is due of these pages and what they read, until nothing is, as workers do."""
        filled = 1
        while filled:
            fill.spread_touches(self.connection)
            due = [
                (rollup, day)
                for rollup in with_sources(pages)
                for day in reversed(fill.days_due(self.connection, rollup, calendar=plan))
            ]
            for rollup, day in due:
                fill.fill_day(self.connection, rollup, day, calendar=plan)
            filled = len(due)

    def rows(self, rollup: Rollup | str, day: date | None = None) -> list[dict[str, Any]]:
        """Return a roll-up's rows in order, with the names of units, people and links for their keys."""
        table = rollup if isinstance(rollup, str) else rollup.table
        where = "" if day is None else "WHERE day = :day"
        found = self.connection.execute(text(f"SELECT * FROM {table} {where}"), {} if day is None else {"day": day})
        names = {
            "unit_key": {key: name for name, key in self.units.items()},
            "employee_key": {key: name for name, key in self.people.items()},
            "link_key": {key: name for name, key in self.links.items()},
        }
        rows = [
            {
                column.removesuffix("_key"): names[column][value] if column in names else value
                for column, value in row.items()
            }
            for row in found.mappings()
        ]
        return sorted(rows, key=lambda row: [str(value) for value in row.values()])
