"""Sealed segments into the ledger: whole or not at all, once, in the caller's transaction."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import structlog
from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from advocacy.activity import service as activity
from advocacy.activity.kinds import ClickClass, ClickFlag, Kind
from advocacy.activity.models import ActivityEvent, ClickAgent, ClickReferrer
from advocacy.foundation import clock, jobs, preferences
from advocacy.foundation.db import session
from advocacy.sharing.attribution import Credit, credits_of
from advocacy.sharing.clicks import evidence, journal, judgements, rules
from advocacy.sharing.clicks.classify import (
    MINUTE_US,
    SCANNER_PAIR_US,
    Person,
    Seen,
    Surroundings,
    classify,
    comes_from_gateway,
    is_own,
)
from advocacy.sharing.clicks.instants import instant_of, microseconds_of
from advocacy.sharing.clicks.journal import Click
from advocacy.sharing.models import ClickSegment, OwnVisitor

log = structlog.get_logger("advocacy.clicks")

# One run takes about this much by itself and leaves the rest to tasks of their own, for any number of workers.
BYTES_A_RUN = 4_000_000
SEGMENTS_A_RUN = 40
MOST_WAITING_LOOKED_AT = 500

_BRAND_LINK = int(ClickFlag.BRAND_LINK)
_OWN_VISITOR = int(ClickFlag.OWN_VISITOR)

_COPY = (
    "COPY activity_event (occurred_at, event_id, visitor_key, employee_key, item_key, link_key, share_key, agent_key, "
    "referrer_key, kind, network, click_class, detail, flags) FROM STDIN"
)

_COUNT = text(
    "INSERT INTO click_seen (day, link_key, visitor_key) "
    "SELECT day, link_key, visitor_key FROM unnest("
    "CAST(:days AS date[]), CAST(:links AS integer[]), CAST(:visitors AS bigint[])) AS p(day, link_key, visitor_key) "
    "ON CONFLICT DO NOTHING RETURNING day, link_key, visitor_key"
)


def import_due_segments() -> int:
    """Import what waits, oldest first, and return how many clicks came in. What fails gets a task of its own."""
    waiting = session.execute(
        select(ClickSegment.name, func.octet_length(ClickSegment.body))
        .where(ClickSegment.imported_at.is_(None))
        .order_by(ClickSegment.received_at)
        .limit(MOST_WAITING_LOOKED_AT)
    ).all()
    clicks = taken_bytes = 0
    for position, (name, size) in enumerate(waiting):
        if position >= SEGMENTS_A_RUN or (position and taken_bytes + (size or 0) > BYTES_A_RUN):
            jobs.enqueue("sharing.import_segment", name=name)
            continue
        taken_bytes += size or 0
        try:
            with session.begin_nested():
                clicks += import_segment(name)
        except (SQLAlchemyError, ValueError) as error:
            log.warning("click_segment_postponed", segment=name, error=type(error).__name__)
            jobs.enqueue("sharing.import_segment", name=name)
    return clicks


def import_segment(name: str) -> int:
    """Import one segment unless that happened already or happens now elsewhere; return the number of its clicks."""
    segment = session.execute(
        select(ClickSegment.name, ClickSegment.body, ClickSegment.torn_bytes)
        .where(ClickSegment.name == name, ClickSegment.imported_at.is_(None))
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if segment is None:
        return 0
    contents = journal.read(segment.body or b"", no_key_flag=int(ClickFlag.NO_VISITOR_KEY))
    if contents.torn_bytes:
        log.warning("click_segment_torn", segment=name, bytes=contents.torn_bytes)
    clicks = _not_known_yet(contents.clicks)
    if len(clicks) < len(contents.clicks):
        log.warning("click_segment_repeats", segment=name, clicks=len(contents.clicks) - len(clicks))
    if clicks:
        _import_clicks(clicks)
    session.execute(
        update(ClickSegment)
        .where(ClickSegment.name == name)
        .values(
            imported_at=clock.now(),
            body=None,
            clicks=len(clicks),
            torn_bytes=(segment.torn_bytes or 0) + contents.torn_bytes,
        )
    )
    return len(clicks)


def _not_known_yet(clicks: Sequence[Click]) -> list[Click]:
    """Return each click once, without those that are in the ledger: an event that was delivered twice happened once."""
    unique = {click.event_id: click for click in clicks}
    if not unique:
        return []
    known = session.scalars(
        select(ActivityEvent.event_id).where(
            ActivityEvent.occurred_at >= instant_of(min(click.occurred_us for click in clicks)),
            ActivityEvent.occurred_at <= instant_of(max(click.occurred_us for click in clicks)),
            ActivityEvent.kind == Kind.LINK_CLICKED,
            ActivityEvent.event_id == func.any(list(unique)),
        )
    )
    for event_id in known:
        unique.pop(event_id, None)
    return list(unique.values())


def _import_clicks(clicks: Sequence[Click]) -> None:
    rules_key = rules.key_in_force()
    links = credits_of({click.link_key for click in clicks})
    seen = [_seen(click, links.get(click.link_key)) for click in clicks]
    around = _surroundings(seen)
    classes = classify(seen, around)
    classes = _count_once(seen, classes)
    _write(clicks, seen, classes, links, around, rules_key)
    evidence.prove_shares(
        (
            (click.link_key, instant_of(click.occurred_us))
            for click, found in zip(seen, classes, strict=True)
            if found is ClickClass.HUMAN
        ),
        links,
    )
    activity.touch({clock.day_of(instant_of(click.occurred_us), preferences.zone()) for click in clicks})
    by_day: dict[date, Counter[ClickClass]] = {}
    for click, found in zip(seen, classes, strict=True):
        by_day.setdefault(click.day, Counter())[found] += 1
    judgements.note_import(by_day, rules_key)


def _seen(click: Click, link: Credit | None) -> Seen:
    return Seen(
        click.occurred_us,
        click.link_key,
        click.visitor_key,
        click.flags,
        printable(click.agent, journal.LONGEST_AGENT),
        printable(click.referrer, journal.LONGEST_REFERRER) or None,
        link.employee_key if link is not None else None,
        click.event_id.int,
    )


def printable(raw: bytes, longest: int) -> str:
    """Return what a client sent as text that can be stored: no controls, no half characters."""
    decoded = raw.decode("utf-8", "replace")
    if decoded.isprintable():
        return decoded[:longest]
    return "".join(character if character.isprintable() else "\ufffd" for character in decoded)[:longest]


def _surroundings(seen: Sequence[Seen]) -> Surroundings:
    """Read what the rules need beside the clicks: bounded by a minute on either side and by these days."""
    visitors = list({click.visitor_key for click in seen if click.visitor_key is not None})
    days = {click.day for click in seen}
    first = instant_of(min(click.occurred_us for click in seen) - MINUTE_US)
    last = instant_of(max(click.occurred_us for click in seen) + MINUTE_US)
    visits = session.execute(
        select(ActivityEvent.visitor_key, ActivityEvent.occurred_at, ActivityEvent.link_key).where(
            ActivityEvent.occurred_at >= first,
            ActivityEvent.occurred_at <= last,
            ActivityEvent.kind == Kind.LINK_CLICKED,
            ActivityEvent.visitor_key == func.any(visitors),
        )
    )
    own = session.execute(
        select(OwnVisitor.day, OwnVisitor.visitor_key, OwnVisitor.employee_key).where(
            OwnVisitor.day.in_(days), OwnVisitor.visitor_key == func.any(visitors)
        )
    )
    return Surroundings(
        visits=[(visitor or 0, microseconds_of(at), link or 0) for visitor, at, link in visits],
        hits=_hits_after_gateways(seen),
        own=frozenset((day, visitor, employee) for day, visitor, employee in own),
    )


def _hits_after_gateways(seen: Sequence[Seen]) -> list[tuple[int, int]]:
    """Return hits (link, microseconds) that are in the ledger already and may be the person a gateway opened for."""
    gateways = [click for click in seen if comes_from_gateway(click.referrer)]
    if not gateways:
        return []
    rows = session.execute(
        select(ActivityEvent.link_key, ActivityEvent.occurred_at).where(
            ActivityEvent.occurred_at >= instant_of(min(click.occurred_us for click in gateways)),
            ActivityEvent.occurred_at <= instant_of(max(click.occurred_us for click in gateways) + SCANNER_PAIR_US),
            ActivityEvent.kind == Kind.LINK_CLICKED,
            ActivityEvent.link_key == func.any(list({click.link_key for click in gateways})),
        )
    )
    return [(link or 0, microseconds_of(at)) for link, at in rows]


def _count_once(seen: Sequence[Seen], classes: Sequence[ClickClass]) -> list[ClickClass]:
    """Let each visitor count once a link and day, whichever segment comes first: the primary key decides."""
    wanted: dict[Person, int] = {}
    for index, (click, found) in enumerate(zip(seen, classes, strict=True)):
        if found is ClickClass.HUMAN:
            wanted[click.person] = index
    if not wanted:
        return list(classes)
    # In one order everywhere, so that two importers never wait for each other crosswise.
    people = sorted(wanted)
    fresh = {
        (day, link, visitor)
        for day, link, visitor in session.execute(
            _COUNT,
            {
                "days": [day for day, _, _ in people],
                "links": [link for _, link, _ in people],
                "visitors": [visitor for _, _, visitor in people],
            },
        )
    }
    decided = list(classes)
    for person, index in wanted.items():
        if person not in fresh:
            decided[index] = ClickClass.REPEATED
    return decided


def _write(
    clicks: Sequence[Click],
    seen: Sequence[Seen],
    classes: Sequence[ClickClass],
    links: dict[int, Credit],
    around: Surroundings,
    rules_key: int,
) -> None:
    agents = _agent_keys({click.agent for click in seen})
    referrers = _referrer_keys({click.referrer for click in seen if click.referrer})
    activity.ensure_partitions({click.day for click in seen})
    connection: Any = session.connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for click, known, found in zip(clicks, seen, classes, strict=True):
            link = links.get(click.link_key)
            is_brand = link is not None and link.is_brand
            copy.write_row(
                (
                    instant_of(click.occurred_us),
                    click.event_id,
                    click.visitor_key,
                    link.employee_key if link is not None else None,
                    link.item_key if link is not None else None,
                    click.link_key,
                    link.share_key if link is not None else None,
                    agents[known.agent],
                    referrers[known.referrer] if known.referrer else None,
                    int(Kind.LINK_CLICKED),
                    link.network if link is not None else None,
                    int(found),
                    rules_key,
                    click.flags | (_BRAND_LINK if is_brand else 0) | (_OWN_VISITOR if is_own(known, around.own) else 0),
                )
            )


def _agent_keys(agents: set[str]) -> dict[str, int]:
    """Return the key of each agent string, storing those that are new."""
    digests = {hashlib.sha256(agent.encode()).digest(): agent for agent in agents}
    session.execute(
        insert(ClickAgent).on_conflict_do_nothing(),
        [{"sha256": digest, "agent": digests[digest]} for digest in sorted(digests)],
    )
    rows = session.execute(
        select(ClickAgent.key, ClickAgent.sha256).where(ClickAgent.sha256 == func.any(list(digests)))
    )
    return {digests[bytes(digest)]: key for key, digest in rows}


def _referrer_keys(hosts: set[str]) -> dict[str, int]:
    if not hosts:
        return {}
    session.execute(insert(ClickReferrer).on_conflict_do_nothing(), [{"host": host} for host in sorted(hosts)])
    rows = session.execute(
        select(ClickReferrer.key, ClickReferrer.host).where(ClickReferrer.host == func.any(list(hosts)))
    )
    return {host: key for key, host in rows}


def waiting() -> tuple[int, datetime | None]:
    """Return how many segments wait and since when, for the readiness page."""
    count, oldest = session.execute(
        select(func.count(), func.min(ClickSegment.received_at)).where(ClickSegment.imported_at.is_(None))
    ).one()
    return count, oldest
