"""Weekly scores: one's own weeks for oneself, and a list of teams. No person is ever in a list."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from advocacy.foundation import preferences
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.db import session
from advocacy.measurement import scores
from advocacy.measurement.catalogue import BY_KEY
from advocacy.measurement.reading import Asked, Point, read
from advocacy.people.models import OrgUnit, Purpose
from advocacy.people.queries import ancestor_keys, has_consent, today, unit_on
from advocacy.programme.recognition.queries import is_on

OWN_SCORE, TEAM_SCORE = "lead.score", "lead.team_score"


@dataclass(frozen=True, slots=True)
class TeamNow:
    """One team's score of a week, with its interval, and whether the reader works in it."""

    unit_id: UUID
    name: str
    score: float
    low: float
    high: float
    is_own: bool


@dataclass(frozen=True, slots=True)
class TeamList:
    """The teams beside the reader's own (or one above it) in the newest whole week, by the lower bound of their scores.

    Of `untold` teams nothing is told: too few said yes, or what is left over would give a few people away. Without a
    counted week `on` is None.
    """

    within: str
    on: date | None
    as_of: datetime | None
    teams: tuple[TeamNow, ...]
    untold: int
    is_counted: bool


def own_weeks(actor: Actor) -> scores.OwnWeeks | None:
    """Return the actor's own weeks, or None where they are switched off or the actor only reads along."""
    if not is_on("own_weeks") or not has_consent(require_self(actor), Purpose.TAKE_PART):
        return None
    return scores.own_weeks(session.connection(), visible_to=actor)


def team_list(actor: Actor) -> TeamList | None:
    """Return the teams beside the actor's own, or None where the list is switched off or the actor is in no team.

    Where fewer than two of those can be told of, the next level of the tree is listed, up to the whole.
    """
    key = require_self(actor)
    unit = unit_on(key) if is_on("team_scores") else None
    if unit is None:
        return None
    line = ancestor_keys(unit.key)
    own_ids = set(session.scalars(select(OrgUnit.id).where(OrgUnit.key.in_(line))))
    is_counted = has_consent(key, Purpose.LEADERBOARD)
    # Of the root, which stands below nothing, the units below it.
    *nearer, last = line[1:] or line
    for above in nearer:
        level = _level(above, own_ids, is_counted=is_counted)
        if len(level.teams) > 1:
            return level
    return _level(last, own_ids, is_counted=is_counted)


def _level(above_key: int, own_ids: Collection[UUID], *, is_counted: bool) -> TeamList:
    yesterday = today() - timedelta(days=1)
    asked = Asked(above_key, yesterday, yesterday, "unit", preferences.smallest_group())
    whole, *points = read(session.connection(), BY_KEY[TEAM_SCORE], asked)
    told = [_team(point, own_ids) for point in points if point.value is not None]
    return TeamList(
        within=session.get_one(OrgUnit, above_key).name,
        on=whole.on if whole.reason != "not_collected" else None,
        as_of=whole.as_of,
        teams=tuple(sorted(told, key=lambda team: (-team.low, -team.score, team.name.casefold()))),
        untold=len(points) - len(told),
        is_counted=is_counted,
    )


def _team(point: Point, own_ids: Collection[UUID]) -> TeamNow:
    low, high = point.low or 0.0, point.high or 0.0
    piece = point.piece
    assert piece.unit_id is not None  # noqa: S101 - asked by unit
    return TeamNow(piece.unit_id, piece.unit_name or "", float(point.value or 0), low, high, piece.unit_id in own_ids)
