"""Keeping what an export says about somebody's own posts: for shares that are theirs, and never over what stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from advocacy.activity import service as activity
from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, Permission, require, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid
from advocacy.people.roster_file import Problems, RowProblem
from advocacy.sharing.exports.formats import FORMATS, MEASURES, ExportFormat
from advocacy.sharing.exports.reading import Post, read_posts
from advocacy.sharing.models import EngagementSnapshot, MeasureSource, Share, ShareState
from advocacy.sharing.service import require_participant
from config.networks import find_network

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class MatchedPost:
    """A post of the export that is a share of this person: what it says, and what stood last."""

    share_id: UUID
    address: str
    numbers: Mapping[str, int]
    before: Mapping[str, int]
    is_kept_already: bool


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export says about somebody's shares. `unmatched` are addresses of posts that are no share here."""

    network: str
    observed_on: date
    matched: tuple[MatchedPost, ...]
    unmatched: tuple[str, ...]
    problem_total: int
    problems: tuple[RowProblem, ...] = field(default=())

    @property
    def new(self) -> int:
        return sum(not post.is_kept_already for post in self.matched)


def keep_export(
    actor: Actor, network_key: str, body: bytes, *, observed_on: date, is_dry_run: bool = False
) -> ExportReport:
    """Keep what a network's export says about one's own shares, as of the day it was made; return what it did.

    Each is one more snapshot: earlier ones stay, the latest day counts, and the same file twice is kept once. Posts
    that are no confirmed share with an address are told and not stored. With `is_dry_run` nothing is stored at all.
    Raises NotPermitted, and Invalid for a network without an export, a day to come, or an unreadable file.
    """
    require(actor, Permission.SHARES_WRITE)
    require_participant(actor)
    kind, network = FORMATS.get(network_key), find_network(network_key)
    if kind is None or network is None:
        raise Invalid.field("network", _("Choose from the list."))
    observed_at = _instant_of(observed_on)
    problems = Problems(most_shown=MOST_SHOWN)
    posts = read_posts(body, kind, problems)
    shares = _shares_by_post(require_self(actor), network.number, kind)
    matched, unmatched = [], []
    for post in posts:
        share = shares.get(post.identity)
        if share is None:
            unmatched.append(post.address)
        elif share.opened_at > observed_at:
            problems.add(post.line, "", _("This was shared after the day of the export."))
        else:
            matched.append(_keep(share, post, observed_at, is_dry_run=is_dry_run))
    return ExportReport(
        network.key, observed_on, tuple(matched), tuple(unmatched), problems.total, tuple(problems.shown)
    )


def _instant_of(day: date) -> datetime:
    """Return when an export of that day was made: now, or the last moment of an earlier day."""
    today = clock.day_of(clock.now(), preferences.zone())
    if day > today:
        raise Invalid.field("observed_on", _("This day has not come yet."))
    if day == today:
        return clock.now()
    return clock.day_bounds(day, preferences.zone())[1] - timedelta(microseconds=1)


def _shares_by_post(employee_key: int, network: int, kind: ExportFormat) -> dict[str, Share]:
    shares = session.scalars(
        select(Share)
        .where(
            Share.employee_key == employee_key,
            Share.network == network,
            Share.state != ShareState.OPENED,
            Share.post_url.is_not(None),
        )
        .order_by(Share.key.desc())
    )
    return {identity: share for share in shares if (identity := kind.identity(share.post_url or "")) is not None}


def _keep(share: Share, post: Post, observed_at: datetime, *, is_dry_run: bool) -> MatchedPost:
    earlier = session.scalars(
        select(EngagementSnapshot)
        .where(EngagementSnapshot.share_key == share.key)
        .order_by(EngagementSnapshot.observed_at, EngagementSnapshot.recorded_at)
    ).all()
    day = clock.day_of(observed_at, preferences.zone())
    is_kept = any(
        snapshot.source is MeasureSource.EXPORT
        and clock.day_of(snapshot.observed_at, preferences.zone()) == day
        and _numbers(snapshot) == post.numbers
        for snapshot in earlier
    )
    if not is_kept and not is_dry_run:
        session.add(
            EngagementSnapshot(
                share_key=share.key,
                source=MeasureSource.EXPORT,
                observed_at=observed_at,
                recorded_at=clock.now(),
                **post.numbers,
            )
        )
        activity.touch([clock.day_of(share.opened_at, preferences.zone())])
    before = _numbers(earlier[-1]) if earlier else {}
    return MatchedPost(share.id, post.address, post.numbers, before, is_kept)


def _numbers(snapshot: EngagementSnapshot) -> dict[str, int]:
    return {name: value for name in MEASURES if (value := getattr(snapshot, name)) is not None}
