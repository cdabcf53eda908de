"""Recognition as commands: showing a moment, thanking for it once, and setting a unit's goal."""

from datetime import date, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from advocacy.foundation import audit, clock
from advocacy.foundation.access import Actor, Permission, require, require_in, require_self
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted, TooManyRequests
from advocacy.foundation.fields import unfit_character
from advocacy.notifications.models import Kind, Notification
from advocacy.notifications.service import notify
from advocacy.people.models import Consent, Employee, OrgUnit, Purpose
from advocacy.people.queries import today
from advocacy.programme.recognition import queries
from advocacy.programme.recognition.limits import LONGEST_NOTE, LONGEST_WHY
from advocacy.programme.recognition.models import Moment, MomentKind, TeamGoal, Thanks

MOST_THANKS_A_DAY = 10
KEPT = timedelta(days=90)
LONGEST_GOAL = timedelta(days=366)


def show_moment(actor: Actor, *, kind: MomentKind, subject_id: UUID) -> Moment:
    """Show something of one's own to colleagues for thirty days. Showing it again changes nothing.

    Raises NotPermitted without the yes to taking part, NotFound for what is not one's own, Conflict when thanks are
    off.
    """
    require(actor, Permission.SHARES_WRITE)
    _require_on("thanks")
    key = _participant(actor)
    offered = next((o for o in queries.moments_offered(actor) if (o.kind, o.subject_id) == (kind, subject_id)), None)
    if offered is None:
        raise NotFound(_("There is nothing of yours like that to show."))
    session.execute(
        insert(Moment)
        .values(
            id=new_id(),
            employee_key=key,
            purpose=Purpose.TAKE_PART,
            kind=kind,
            subject_id=subject_id,
            title=offered.title,
            shown_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=[Moment.employee_key, Moment.kind, Moment.subject_id])
    )
    wanted = select(Moment).where(Moment.employee_key == key, Moment.kind == kind, Moment.subject_id == subject_id)
    return session.scalars(wanted).one()


def hide_moment(actor: Actor, moment_id: UUID) -> None:
    """Take a moment of one's own back, with the thanks for it. Raises NotFound."""
    session.delete(_own(actor, moment_id))
    session.flush()


def thank(actor: Actor, moment_id: UUID, *, note: str = "") -> None:
    """Thank a colleague for a moment they show, once, in a few words or none.

    They are told in their list: one line for a moment until they read it, however many thank.
    Raises NotPermitted without the yes to taking part, NotFound, Invalid, Conflict for one's own moment or when thanks
    are off, TooManyRequests.
    """
    require(actor, Permission.SHARES_WRITE)
    _require_on("thanks")
    key = _participant(actor)
    moment = _shown(moment_id)
    if moment.employee_key == key:
        raise Conflict(_("This is your own moment. Somebody else has to thank you for it."))
    words = _checked(note, LONGEST_NOTE, "note")
    since = clock.now() - timedelta(days=1)
    given = session.scalars(
        select(func.count()).select_from(Thanks).where(Thanks.employee_key == key, Thanks.given_at > since)
    ).one()
    if given >= MOST_THANKS_A_DAY:
        raise TooManyRequests(_("Ten thanks a day are enough to be meant."), retry_after_seconds=3_600)
    done = session.execute(
        insert(Thanks)
        .values(moment_id=moment.id, employee_key=key, purpose=Purpose.TAKE_PART, note=words, given_at=clock.now())
        .on_conflict_do_nothing(index_elements=[Thanks.moment_id, Thanks.employee_key])
        .returning(Thanks.moment_id)
    ).first()
    if done is not None and not _is_told(moment):
        notify(moment.employee_key, Kind.THANKED, subject_id=moment.id, title=moment.title, what=moment.kind.value)


def take_thanks_back(actor: Actor, moment_id: UUID) -> None:
    """Take one's own thanks for a moment back. Without any nothing happens."""
    session.execute(delete(Thanks).where(Thanks.moment_id == moment_id, Thanks.employee_key == require_self(actor)))


def remove_thanks(actor: Actor, moment_id: UUID, giver_id: UUID) -> None:
    """Remove somebody's thanks from a moment of one's own. Raises NotFound."""
    moment = _own(actor, moment_id)
    giver = select(Employee.key).where(Employee.id == giver_id).scalar_subquery()
    gone = session.execute(
        delete(Thanks).where(Thanks.moment_id == moment.id, Thanks.employee_key == giver).returning(Thanks.moment_id)
    ).first()
    if gone is None:
        raise NotFound(_("There are no such thanks."))


def forget_moments() -> int:
    """Delete moments, with their thanks, that nobody can see any more for long; return how many."""
    done = session.execute(delete(Moment).where(Moment.shown_at < clock.now() - KEPT))
    return int(done.rowcount)  # type: ignore[attr-defined]


def set_goal(actor: Actor, unit_id: UUID, *, target_percent: int, until: date, why: str = "") -> TeamGoal:
    """Set the goal of a unit: how large a part of it takes an active part in a month. It replaces the one before.

    Raises NotPermitted outside one's units, NotFound, Invalid, Conflict when goals are off.
    """
    unit = session.scalar(select(OrgUnit).where(OrgUnit.id == unit_id).with_for_update())
    require_in(actor, Permission.CONTENT_WRITE, unit.key if unit is not None else None)
    if unit is None:
        raise NotFound(_("There is no such unit."))
    _require_on("goals")
    if not 1 <= target_percent <= 100:
        raise Invalid.field("target_percent", _("Enter a whole number from 1 to 100."))
    if not today() < until <= today() + LONGEST_GOAL:
        raise Invalid.field("until", _("Choose a day within the next twelve months."))
    words = _checked(why, LONGEST_WHY, "why")
    end_goal(actor, unit_id)
    if actor.account_id is None:
        raise NotPermitted(_("This needs somebody who answers for it: sign in."))
    goal = TeamGoal(
        unit_key=unit.key, target_percent=target_percent, until_on=until, why=words, set_by=actor.account_id
    )
    session.add(goal)
    session.flush()
    audit.record(actor, "goal.set", subject_kind="team_goal", subject_id=goal.id, target_percent=target_percent)
    return goal


def end_goal(actor: Actor, unit_id: UUID) -> None:
    """End the goal of a unit, if it has one. Raises NotPermitted."""
    unit_key = session.scalar(select(OrgUnit.key).where(OrgUnit.id == unit_id))
    require_in(actor, Permission.CONTENT_WRITE, unit_key)
    goal = session.scalar(select(TeamGoal).where(TeamGoal.unit_key == unit_key, TeamGoal.ended_on.is_(None)))
    if goal is not None:
        goal.ended_on = today()
        session.flush()
        audit.record(actor, "goal.ended", subject_kind="team_goal", subject_id=goal.id)


# --- Inside.


def _require_on(part: str) -> None:
    if not queries.is_on(part):
        raise Conflict(_("Your organisation switched this off."), code="switched_off")


def _participant(actor: Actor) -> int:
    """Return the actor's key if they take part, holding that yes until the commit."""
    key = require_self(actor)
    consent = session.scalar(
        select(Consent.employee_key)
        .where(Consent.employee_key == key, Consent.purpose == Purpose.TAKE_PART)
        .with_for_update(read=True)
    )
    if consent is None:
        raise NotPermitted(
            _("This is between people who take part. You can say yes under My data."), code="consent_needed"
        )
    return key


def _shown(moment_id: UUID) -> Moment:
    since = clock.now() - timedelta(days=queries.SHOWN_DAYS)
    moment = session.scalar(select(Moment).where(Moment.id == moment_id, Moment.shown_at > since))
    if moment is None:
        raise NotFound(_("This is not shown, or no longer."))
    return moment


def _own(actor: Actor, moment_id: UUID) -> Moment:
    moment = session.get(Moment, moment_id)
    if moment is None or moment.employee_key != require_self(actor):
        raise NotFound(_("There is no such moment of yours."))
    return moment


def _is_told(moment: Moment) -> bool:
    """Return whether a line about this moment waits unread already."""
    waiting = select(Notification.id).where(
        Notification.employee_key == moment.employee_key,
        Notification.kind == Kind.THANKED,
        Notification.subject_id == moment.id,
        Notification.read_at.is_(None),
    )
    return session.scalar(waiting.limit(1)) is not None


def _checked(words: str, longest: int, field: str) -> str:
    cleaned = " ".join(words.split())
    if len(cleaned) > longest or unfit_character(cleaned) is not None:
        raise Invalid.field(field, _("Write at most %(most)s characters.", most=longest))
    return cleaned
