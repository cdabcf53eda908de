"""Two years of the demo's activity: shares, links, clicks, conversations, applications, reported impressions."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from advocacy.activity import service as activity
from advocacy.activity.kinds import ClickClass, Kind
from advocacy.conversations.models import KIND_NUMBERS, ConversationKind, Outcome
from advocacy.demo import company
from advocacy.demo.bulk import copy_rows, reserve_keys
from advocacy.demo.library import Published
from advocacy.demo.roster import Person, Roster
from advocacy.foundation import clock, preferences
from advocacy.foundation.columns import new_id
from advocacy.recruiting.models import STAGE_NUMBERS, Stage
from advocacy.sharing.codes import new_code
from config.networks import find_network

SHARES_WANTED = 1_900
RECENT_SHARE = 0.02
CLICK_WEIGHTS = (
    (ClickClass.HUMAN, 52),
    (ClickClass.PREVIEW_BOT, 21),
    (ClickClass.SCANNER, 9),
    (ClickClass.INTERNAL, 8),
    (ClickClass.OWN, 4),
    (ClickClass.REPEATED, 6),
)
EVENT_COLUMNS = (
    "occurred_at",
    "recorded_at",
    "event_id",
    "visitor_key",
    "employee_key",
    "item_key",
    "link_key",
    "share_key",
    "kind",
    "network",
    "click_class",
    "detail",
)


@dataclass(slots=True)
class Shared:
    """One generated share."""

    key: int
    id: UUID
    link_key: int
    person: Person
    item: Published
    network: int
    opened_at: datetime
    caption: tuple[UUID, str]
    state: str
    clicks: list[tuple[datetime, ClickClass]]

    @property
    def is_published(self) -> bool:
        return self.state != "opened"


def make_history(chance: random.Random, roster: Roster, items: list[Published]) -> None:
    """Write everything that happened, and mark each day as due for the roll-ups."""
    shares = _shares(chance, roster, items)
    _write_shares(shares)
    events = list(_events(chance, shares))
    events += _conversations(chance, roster, shares)
    events += _applications(chance, roster, shares)
    activity.ensure_partitions({event[0].date() for event in events} | {roster.today})
    copy_rows("activity_event", EVENT_COLUMNS, events)
    _impressions(chance, shares)
    _brand(chance, roster)
    zone = preferences.zone()
    activity.touch({clock.day_of(event[0], zone) for event in events})


def _shares(chance: random.Random, roster: Roster, items: list[Published]) -> list[Shared]:
    now = datetime.combine(roster.today, time(5), tzinfo=UTC)
    sharers = [p for p in roster.people if p.opted_in_at is not None]
    linkedin = find_network("linkedin")
    assert linkedin is not None  # noqa: S101
    chosen: list[tuple[datetime, Person, Published, int]] = []
    seen: set[tuple[int, int, int]] = set()
    recent = [item for item in items if item.live_until > now]
    while len(chosen) < SHARES_WANTED:
        # What is live now is shared more: people look at today's pages first.
        item = chance.choice(recent if chance.random() < RECENT_SHARE else items)
        person = chance.choices(sharers, [p.eagerness for p in sharers])[0]
        span = (min(item.live_until, now) - item.live_from).total_seconds()
        # Interest fades: most shares come in an item's first days.
        when = item.live_from + timedelta(seconds=min(chance.expovariate(1 / (6 * 86_400)), span - 60))
        when = when.replace(hour=chance.choice((8, 9, 9, 12, 13, 17, 18, 20)), minute=chance.randrange(60))
        networks = [linkedin.number] * 4 + list(person.networks)
        network = chance.choice(networks)
        mark = (person.key, item.key, network)
        leaves = datetime.combine(person.left_on, time(), tzinfo=UTC) if person.left_on else now
        assert person.opted_in_at is not None  # noqa: S101
        if mark in seen or not person.opted_in_at < when < min(now, leaves):
            if len(seen) > SHARES_WANTED * 40:
                break
            seen.add((*mark[:2], -len(seen)))
            continue
        seen.add(mark)
        chosen.append((when, person, item, network))
    chosen.sort(key=lambda entry: entry[0])
    keys, links = reserve_keys("share", len(chosen)), reserve_keys("link", len(chosen))
    return [
        _share(chance, keys[n], links[n], when, person, item, network, now)
        for n, (when, person, item, network) in enumerate(chosen)
    ]


def _share(
    chance: random.Random,
    key: int,
    link_key: int,
    when: datetime,
    person: Person,
    item: Published,
    network: int,
    now: datetime,
) -> Shared:
    clicks: list[tuple[datetime, ClickClass]] = []
    if item.destination is not None and chance.random() < 0.82:
        audience = person.networks.get(network, 60)
        wanted = min(int(chance.expovariate(1 / (2 + audience / 60))), 120)
        kinds, weights = zip(*CLICK_WEIGHTS, strict=True)
        for _ in range(wanted):
            at = when + timedelta(seconds=30 + chance.expovariate(1 / (1.3 * 86_400)))
            if at < now:
                clicks.append((at, chance.choices(kinds, weights)[0]))
    has_human = any(kind is ClickClass.HUMAN for _, kind in clicks)
    state = "evidenced" if has_human else chance.choices(("confirmed", "opened"), (6, 4))[0]
    return Shared(
        key, new_id(), link_key, person, item, network, when, chance.choice(item.captions), state, sorted(clicks)
    )


def _write_shares(shares: list[Shared]) -> None:
    copy_rows(
        "share",
        (
            "key",
            "id",
            "employee_key",
            "item_key",
            "version_id",
            "caption_id",
            "network",
            "text",
            "disclosure",
            "state",
            "opened_at",
            "confirmed_at",
            "evidenced_at",
        ),
        (
            (
                s.key,
                s.id,
                s.person.key,
                s.item.key,
                s.item.version_id,
                s.caption[0],
                s.network,
                f"{s.caption[1]} I work at {company.NAME}.",
                '{"rule": "default:everywhere", "added": true, "near": true}',
                s.state,
                s.opened_at,
                s.opened_at + timedelta(minutes=2) if s.state == "confirmed" else None,
                next((at for at, kind in s.clicks if kind is ClickClass.HUMAN), None)
                if s.state == "evidenced"
                else None,
            )
            for s in shares
        ),
    )
    copy_rows(
        "link",
        ("key", "id", "code", "destination", "share_key", "employee_key", "item_key", "network", "created_at"),
        (
            (
                s.link_key,
                new_id(),
                new_code(),
                s.item.destination or company.SITE + "/",
                s.key,
                s.person.key,
                s.item.key,
                s.network,
                s.opened_at,
            )
            for s in shares
        ),
    )


def _events(chance: random.Random, shares: list[Shared]) -> Iterator[tuple[Any, ...]]:
    for s in shares:
        base = (s.person.key, s.item.key, s.link_key, s.key)
        yield (s.opened_at, s.opened_at, new_id(), None, *base, int(Kind.SHARE_OPENED), s.network, None, None)
        if s.is_published:
            yield (s.opened_at, s.opened_at, new_id(), None, *base, int(Kind.SHARE_PUBLISHED), s.network, None, None)
        for at, click_class in s.clicks:
            visitor = int.from_bytes(hashlib.blake2b(chance.randbytes(8), digest_size=8).digest(), signed=True)
            yield (
                at,
                at + timedelta(seconds=3),
                new_id(),
                visitor,
                *base,
                int(Kind.LINK_CLICKED),
                s.network,
                int(click_class),
                None,
            )


def _conversations(chance: random.Random, roster: Roster, shares: list[Shared]) -> list[tuple[Any, ...]]:
    rows, events = [], []
    now = datetime.combine(roster.today, time(5), tzinfo=UTC)
    kinds = list(ConversationKind)
    outcomes = list(Outcome)[:6]
    for s in shares:
        humans = sum(1 for _, kind in s.clicks if kind is ClickClass.HUMAN)
        if humans < 3 or chance.random() > 0.22:
            continue
        at = s.opened_at + timedelta(hours=chance.randrange(4, 90))
        if at >= now or (s.person.left_on and at.date() >= s.person.left_on):
            continue
        kind = ConversationKind.CANDIDATE if s.item.is_job and chance.random() < 0.7 else chance.choice(kinds)
        account = (
            chance.choice(company.ACCOUNTS) if kind in {ConversationKind.PROSPECT, ConversationKind.CUSTOMER} else None
        )
        rows.append(
            (
                new_id(),
                s.person.key,
                s.key,
                kind.value,
                chance.choices(outcomes, (5, 4, 2, 2, 1, 3))[0].value,
                account,
                at,
                at,
            )
        )
        events.append(
            (
                at,
                at,
                new_id(),
                None,
                s.person.key,
                s.item.key,
                s.link_key,
                s.key,
                int(Kind.CONVERSATION_LOGGED),
                s.network,
                None,
                KIND_NUMBERS[kind],
            )
        )
    copy_rows(
        "conversation",
        ("id", "employee_key", "share_key", "kind", "outcome", "account_name", "occurred_at", "created_at"),
        rows,
    )
    return events


def _applications(chance: random.Random, roster: Roster, shares: list[Shared]) -> list[tuple[Any, ...]]:
    """Play the funnel of the applicant tracking system for some of the people who clicked on a job."""
    from sqlalchemy import select

    from advocacy.content.models import ContentItem
    from advocacy.foundation.db import session
    from advocacy.recruiting.models import Opening

    openings = dict(
        session.execute(
            select(ContentItem.key, Opening.key).join(Opening, Opening.reference == ContentItem.opening_reference)
        ).all()
    )
    now = datetime.combine(roster.today, time(5), tzinfo=UTC)
    rows, events, number = [], [], 0
    for s in shares:
        if s.item.key not in openings:
            continue
        for at, click_class in s.clicks:
            if click_class is not ClickClass.HUMAN or chance.random() > 0.16:
                continue
            number += 1
            token = hashlib.sha256(f"demo-application-{number}".encode()).digest()
            when = at + timedelta(minutes=chance.randrange(5, 2_000))
            for stage, goes_on, days in (
                (Stage.APPLIED, 1.0, 0),
                (Stage.INTERVIEW, 0.34, 9),
                (Stage.OFFER, 0.42, 15),
                (Stage.HIRED, 0.7, 7),
            ):
                if chance.random() > goes_on:
                    break
                when += timedelta(days=days * chance.uniform(0.6, 1.5))
                if when >= now:
                    break
                rows.append(
                    (
                        new_id(),
                        "demo",
                        f"demo-{number}-{stage.value}",
                        token,
                        openings[s.item.key],
                        s.link_key,
                        stage.value,
                        when,
                        when,
                    )
                )
                events.append(
                    (
                        when,
                        when,
                        new_id(),
                        None,
                        s.person.key,
                        s.item.key,
                        s.link_key,
                        s.key,
                        int(Kind.APPLICATION),
                        s.network,
                        None,
                        STAGE_NUMBERS[stage],
                    )
                )
    copy_rows(
        "application_event",
        (
            "id",
            "source",
            "external_id",
            "application_token",
            "opening_key",
            "link_key",
            "stage",
            "occurred_at",
            "received_at",
        ),
        rows,
    )
    return events


def _impressions(chance: random.Random, shares: list[Shared]) -> None:
    """Let two in five LinkedIn shares report what the network showed, as their authors typed it in."""
    linkedin = find_network("linkedin")
    assert linkedin is not None  # noqa: S101
    copy_rows(
        "engagement_snapshot",
        ("id", "share_key", "impressions", "reactions", "comments", "reshares", "source", "observed_at", "recorded_at"),
        (
            (new_id(), s.key, shown, shown // 60, shown // 400, shown // 900, "own_entry", at, at)
            for s in shares
            if s.network == linkedin.number and s.is_published and chance.random() < 0.4
            for shown in [int(s.person.networks.get(s.network, 100) * chance.uniform(0.05, 0.6))]
            for at in [s.opened_at + timedelta(days=chance.randrange(1, 6))]
        ),
    )


def _brand(chance: random.Random, roster: Roster) -> None:
    rows = []
    for key, followers in (
        ("linkedin", 41_000),
        ("x", 9_800),
        ("mastodon", 2_100),
        ("bluesky", 1_300),
        ("xing", 5_200),
    ):
        network = find_network(key)
        assert network is not None  # noqa: S101
        for month in range(24, -1, -1):
            day = roster.today - timedelta(days=30 * month + 3)
            rows.append(
                (
                    network.number,
                    day,
                    int(followers * (1 - month * 0.008) + chance.randrange(60)),
                    "read from the network's page",
                )
            )
    copy_rows("brand_channel", ("network", "observed_on", "followers", "source"), rows)
