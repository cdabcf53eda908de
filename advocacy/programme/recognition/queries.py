"""Reads about recognition: what one may show, what colleagues show, thanks for oneself, own milestones, unit goals."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select

from advocacy.content.models import ContentItem, ItemState
from advocacy.content.queries import texts_in
from advocacy.content.sources.models import EntryState, SourceEntry, Suggestion
from advocacy.conversations.models import Conversation
from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.db import session
from advocacy.identity.models import Account
from advocacy.learning.models import Certificate, Lesson, LessonPass, LessonState
from advocacy.measurement.catalogue import BY_KEY
from advocacy.measurement.reading import Asked, Point, read
from advocacy.people.models import Consent, Employee, OrgUnit, Purpose, UnitMembership
from advocacy.people.queries import ancestor_keys, today, unit_on
from advocacy.programme.recognition.models import Highlight, HighlightKind, TeamGoal, Thanks
from advocacy.sharing.models import Share, ShareState

SHOWN_DAYS = 30
MOST_SHOWN = 40
MOST_OFFERED = 20
# A certificate is told of only while it is shown. Hiding it takes the highlight down; nobody reads what slipped past.
IS_STANDING = Highlight.certificate_code.is_(None) | exists().where(
    Certificate.code == Highlight.certificate_code, Certificate.shown_since.is_not(None)
)
# Somebody's idea is what they named before it was decided: what was taken up already was nobody's idea any more.
WAS_TAKEN_UP = (SourceEntry.state == EntryState.ACCEPTED) & (Suggestion.created_at <= SourceEntry.decided_at)
YEAR = timedelta(days=365)
RATE = "act.participation_rate"


@dataclass(frozen=True, slots=True)
class Offered:
    """Something of one's own that one may show, and the highlight where one does."""

    kind: HighlightKind
    subject_id: UUID
    title: str
    highlight: Highlight | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A highlight as a colleague sees it. How many thanked is told to nobody but whose it is."""

    highlight: Highlight
    name: str
    unit_name: str | None
    is_own: bool
    is_thanked: bool


@dataclass(frozen=True, slots=True)
class Received:
    """One thanks for a highlight of one's own, with who gave it."""

    thanks: Thanks
    highlight: Highlight
    giver_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something one reached for the first time. Never how often: that would reward raw counts."""

    kind: str
    reached_at: datetime


def is_on(part: str) -> bool:
    """Return whether a part of recognition is on: `thanks`, `milestones`, `goals`, `own_weeks` or `team_scores`."""
    return bool(preferences.get(f"recognition_{part}"))


def highlights_offered(actor: Actor) -> list[Offered]:
    """Return what the actor may show: suggestions taken up, live items they wrote, a certificate they show."""
    key = require_self(actor)
    shown = {
        (row.kind, row.subject_id): row
        for row in session.scalars(select(Highlight).where(Highlight.employee_key == key))
    }
    found = [*_suggestions(key), *_items(key), *_certificates(actor, key)]
    return [Offered(kind, id_, title, shown.get((kind, id_))) for kind, id_, title in found[:MOST_OFFERED]]


def shown_certificate_code(employee_key: int) -> str | None:
    """Return the code of somebody's certificate, if they have one and show it."""
    return session.scalar(
        select(Certificate.code).where(Certificate.employee_key == employee_key, Certificate.shown_since.is_not(None))
    )


def highlights_shown(*, visible_to: Actor) -> list[Shown]:
    """Return what colleagues and the actor showed lately, newest first; after thirty days a highlight is over."""
    key = require_self(visible_to)
    since = clock.now() - timedelta(days=SHOWN_DAYS)
    day = today()
    rows = session.execute(
        select(Highlight, Employee.name, OrgUnit.name)
        .join(Employee, Employee.key == Highlight.employee_key)
        .outerjoin(
            UnitMembership,
            (UnitMembership.employee_key == Highlight.employee_key) & UnitMembership.valid_during.contains(day),
        )
        .outerjoin(OrgUnit, OrgUnit.key == UnitMembership.unit_key)
        .where(Highlight.shown_at > since, IS_STANDING, Employee.external_id.is_not(None))
        .order_by(Highlight.shown_at.desc(), Highlight.id.desc())
        .limit(MOST_SHOWN)
    ).all()
    given = set(session.scalars(select(Thanks.highlight_id).where(Thanks.employee_key == key)))
    return [
        Shown(highlight, name or "", unit_name, highlight.employee_key == key, highlight.id in given)
        for highlight, name, unit_name in rows
    ]


def thanks_received(actor: Actor) -> list[Received]:
    """Return who thanked the actor, newest first."""
    rows = session.execute(
        select(Thanks, Highlight, Employee.id, Employee.name)
        .join(Highlight, Highlight.id == Thanks.highlight_id)
        .join(Employee, Employee.key == Thanks.employee_key)
        .where(Highlight.employee_key == require_self(actor), Employee.external_id.is_not(None))
        .order_by(Thanks.given_at.desc(), Thanks.employee_key)
        .limit(MOST_SHOWN)
    ).all()
    return [Received(thanks, highlight, giver_id, name or "") for thanks, highlight, giver_id, name in rows]


def milestones_of(actor: Actor) -> list[Milestone]:
    """Return what the actor reached for the first time, oldest first. Read anew each time and kept nowhere."""
    key = require_self(actor)
    granted = session.scalar(
        select(Consent.granted_at).where(Consent.employee_key == key, Consent.purpose == Purpose.TAKE_PART)
    )
    if granted is None:
        return []
    reached = {
        # A click shows that it went out, also where nobody said so; when it did is not known better than this.
        "first_share": _first(
            func.coalesce(Share.confirmed_at, Share.opened_at),
            Share.employee_key == key,
            Share.state != ShareState.OPENED,
        ),
        "first_click": _first(Share.evidenced_at, Share.employee_key == key),
        "first_conversation": _first(Conversation.occurred_at, Conversation.employee_key == key),
        "suggestion_taken": session.scalar(
            select(func.min(SourceEntry.decided_at))
            .join(Suggestion, Suggestion.entry_key == SourceEntry.key)
            .where(Suggestion.employee_key == key, WAS_TAKEN_UP)
        ),
        "lessons_passed": _all_lessons(key),
        "a_year": granted + YEAR if granted + YEAR <= clock.now() else None,
    }
    found = [Milestone(kind, at) for kind, at in reached.items() if at is not None]
    return sorted(found, key=lambda milestone: milestone.reached_at)


# --- Goals of units. The number is the catalogue's; what may be told of it is decided there.


@dataclass(frozen=True, slots=True)
class GoalNow:
    """A goal with where its unit stands: a protected rate, or why there is none."""

    goal: TeamGoal
    unit_name: str
    unit_id: UUID
    now: Point

    @property
    def is_reached(self) -> bool:
        return self.now.value is not None and self.now.value * 100 >= self.goal.target_percent


def goals_for(actor: Actor) -> list[GoalNow]:
    """Return the goals of the actor's unit and of those above it, nearest first."""
    unit = unit_on(require_self(actor))
    return goals_of(list(ancestor_keys(unit.key))) if unit is not None else []


def goals_of(unit_keys: list[int]) -> list[GoalNow]:
    """Return the goals in force of these units, in their order."""
    rows = session.execute(
        select(TeamGoal, OrgUnit)
        .join(OrgUnit, OrgUnit.key == TeamGoal.unit_key)
        .where(TeamGoal.unit_key.in_(unit_keys), TeamGoal.ended_on.is_(None))
    ).all()
    order = {key: place for place, key in enumerate(unit_keys)}
    found = [GoalNow(goal, unit.name, unit.id, rate_of(unit.key)) for goal, unit in rows]
    return sorted(found, key=lambda one: order[one.goal.unit_key])


def rate_of(unit_key: int) -> Point:
    """Return the participation rate of a unit in the newest whole month, as it may be told."""
    day = today()
    asked = Asked(unit_key, day - timedelta(days=1), day - timedelta(days=1), None, preferences.smallest_group())
    return read(session.connection(), BY_KEY[RATE], asked)[0]


def own_data(employee_key: int) -> dict[str, Any]:
    """Return everything kept about somebody's recognition, as plain JSON values."""
    highlights = session.scalars(
        select(Highlight).where(Highlight.employee_key == employee_key).order_by(Highlight.shown_at)
    ).all()
    given = session.execute(
        select(Thanks, Highlight.title)
        .join(Highlight, Highlight.id == Thanks.highlight_id)
        .where(Thanks.employee_key == employee_key)
        .order_by(Thanks.given_at)
    ).all()
    received = session.execute(
        select(Thanks, Highlight.title)
        .join(Highlight, Highlight.id == Thanks.highlight_id)
        .where(Highlight.employee_key == employee_key)
        .order_by(Thanks.given_at)
    ).all()
    return {
        "highlights": [
            {"kind": one.kind.value, "title": one.title, "at": one.shown_at.isoformat()} for one in highlights
        ],
        "thanks_given": [_plain(thanks, title) for thanks, title in given],
        "thanks_received": [_plain(thanks, title) for thanks, title in received],
    }


# --- Inside.


def _plain(thanks: Thanks, title: str) -> dict[str, Any]:
    return {"for": title, "note": thanks.note, "at": thanks.given_at.isoformat()}


def _first(column: Any, *conditions: Any) -> datetime | None:
    return session.scalar(select(func.min(column)).where(*conditions))


def _all_lessons(employee_key: int) -> datetime | None:
    """Return when the last of all live lessons was passed; None before, or where there is none."""
    row = session.execute(
        select(func.count(), func.count(LessonPass.lesson_key), func.max(LessonPass.passed_at))
        .select_from(Lesson)
        .outerjoin(LessonPass, (LessonPass.lesson_key == Lesson.key) & (LessonPass.employee_key == employee_key))
        .where(Lesson.state == LessonState.LIVE)
    ).one()
    live, passed, at = row
    return at if live and live == passed else None


Found = tuple[HighlightKind, UUID, str]


def _suggestions(employee_key: int) -> list[Found]:
    rows = session.execute(
        select(Suggestion.id, SourceEntry.title)
        .join(SourceEntry, SourceEntry.key == Suggestion.entry_key)
        .where(Suggestion.employee_key == employee_key, WAS_TAKEN_UP)
        .order_by(SourceEntry.decided_at.desc(), Suggestion.id.desc())
        .limit(MOST_OFFERED)
    )
    return [(HighlightKind.SUGGESTION, id_, title) for id_, title in rows]


def _items(employee_key: int) -> list[Found]:
    rows = session.execute(
        select(ContentItem.id, ContentItem.live_version_id)
        .join(Account, Account.id == ContentItem.author_account_id)
        .where(Account.employee_key == employee_key, ContentItem.state == ItemState.LIVE)
        .order_by(ContentItem.live_from.desc(), ContentItem.key.desc())
        .limit(MOST_OFFERED)
    ).all()
    titles = texts_in([version_id for _id, version_id in rows if version_id], preferences.deployment().default_language)
    return [(HighlightKind.ITEM, id_, titles[version_id].title) for id_, version_id in rows if version_id in titles]


def _certificates(actor: Actor, employee_key: int) -> list[Found]:
    shown = shown_certificate_code(employee_key)
    return [(HighlightKind.CERTIFICATE, actor.employee_id, "")] if shown is not None and actor.employee_id else []
