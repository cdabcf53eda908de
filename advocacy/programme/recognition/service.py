"""Recognition as commands: showing a highlight, thanking for it once, and setting a unit's goal."""

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
from advocacy.people.service import lock_employee
from advocacy.programme.recognition import queries, stops
from advocacy.programme.recognition.limits import LONGEST_NOTE, LONGEST_WHY
from advocacy.programme.recognition.models import Highlight, HighlightKind, TeamGoal, Thanks

MOST_THANKS_A_DAY = 10
KEPT = timedelta(days=90)
LONGEST_GOAL = timedelta(days=366)


def show_highlight(actor: Actor, *, kind: HighlightKind, subject_id: UUID) -> Highlight:
    """Show something of one's own to colleagues for thirty days. Showing it again changes nothing.

    Raises NotPermitted without the yes to taking part, NotFound for what is not one's own, Conflict when thanks are
    off.
    """
    require(actor, Permission.SHARES_WRITE)
    _require_on("thanks")
    lock_employee(actor)  # a certificate is hidden before or after, and takes what is shown of it along
    key = _participant(actor)
    offered = next((o for o in queries.highlights_offered(actor) if (o.kind, o.subject_id) == (kind, subject_id)), None)
    if offered is None:
        raise NotFound(_("There is nothing of yours like that to show."))
    session.execute(
        insert(Highlight)
        .values(
            id=new_id(),
            employee_key=key,
            purpose=Purpose.TAKE_PART,
            kind=kind,
            subject_id=subject_id,
            title=offered.title,
            certificate_code=queries.shown_certificate_code(key) if kind is HighlightKind.CERTIFICATE else None,
            shown_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=[Highlight.employee_key, Highlight.kind, Highlight.subject_id])
    )
    wanted = select(Highlight).where(
        Highlight.employee_key == key, Highlight.kind == kind, Highlight.subject_id == subject_id
    )
    return session.scalars(wanted).one()


def hide_highlight(actor: Actor, highlight_id: UUID) -> None:
    """Take a highlight of one's own back, with the thanks for it. Raises NotFound."""
    highlight = _own(actor, highlight_id)
    stops.keep_hidden(highlight)
    session.delete(highlight)
    session.flush()


def thank(actor: Actor, highlight_id: UUID, *, note: str = "") -> None:
    """Thank a colleague for a highlight they show, once, in a few words or none.

    They are told in their list: one line for a highlight until they read it, however many thank.
    Raises NotPermitted without the yes to taking part, NotFound, Invalid, Conflict for one's own highlight or when
    thanks are off, TooManyRequests.
    """
    require(actor, Permission.SHARES_WRITE)
    _require_on("thanks")
    key = _participant(actor)
    highlight = _shown(highlight_id)
    if highlight.employee_key == key:
        raise Conflict(_("This is your own highlight. Somebody else has to thank you for it."))
    words = _checked(note, LONGEST_NOTE, "note")
    since = clock.now() - timedelta(days=1)
    given = session.scalars(
        select(func.count()).select_from(Thanks).where(Thanks.employee_key == key, Thanks.given_at > since)
    ).one()
    if given >= MOST_THANKS_A_DAY:
        raise TooManyRequests(_("Ten thanks a day are enough to be meant."), retry_after_seconds=3_600)
    done = session.execute(
        insert(Thanks)
        .values(
            highlight_id=highlight.id, employee_key=key, purpose=Purpose.TAKE_PART, note=words, given_at=clock.now()
        )
        .on_conflict_do_nothing(index_elements=[Thanks.highlight_id, Thanks.employee_key])
        .returning(Thanks.highlight_id)
    ).first()
    if done is not None and not _is_told(highlight):
        notify(
            highlight.employee_key,
            Kind.THANKED,
            subject_id=highlight.id,
            title=highlight.title,
            what=highlight.kind.value,
        )


def take_thanks_back(actor: Actor, highlight_id: UUID) -> None:
    """Take one's own thanks for a highlight back. Without any nothing happens."""
    _remove(highlight_id, require_self(actor))


def remove_thanks(actor: Actor, highlight_id: UUID, giver_id: UUID) -> None:
    """Remove somebody's thanks from a highlight of one's own. Raises NotFound."""
    highlight = _own(actor, highlight_id)
    giver_key = session.scalar(select(Employee.key).where(Employee.id == giver_id))
    if giver_key is None or not _remove(highlight.id, giver_key):
        raise NotFound(_("There are no such thanks."))


def forget_highlights() -> int:
    """Delete highlights, with their thanks, that nobody can see any more for long; return how many."""
    done = session.execute(delete(Highlight).where(Highlight.shown_at < clock.now() - KEPT))
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


def _shown(highlight_id: UUID) -> Highlight:
    since = clock.now() - timedelta(days=queries.SHOWN_DAYS)
    highlight = session.scalar(
        select(Highlight).where(Highlight.id == highlight_id, Highlight.shown_at > since, queries.IS_STANDING)
    )
    if highlight is None:
        raise NotFound(_("This is not shown, or no longer."))
    return highlight


def _own(actor: Actor, highlight_id: UUID) -> Highlight:
    highlight = session.get(Highlight, highlight_id)
    if highlight is None or highlight.employee_key != require_self(actor):
        raise NotFound(_("There is no such highlight of yours."))
    return highlight


def _remove(highlight_id: UUID, giver_key: int) -> bool:
    """Remove somebody's thanks; return whether there were any."""
    gone = session.execute(
        delete(Thanks)
        .where(Thanks.highlight_id == highlight_id, Thanks.employee_key == giver_key)
        .returning(Thanks.highlight_id)
    ).first()
    if gone is not None:
        stops.keep_thanks_gone(highlight_id, giver_key)
    return gone is not None


def _is_told(highlight: Highlight) -> bool:
    """Return whether a line about this highlight waits unread already."""
    waiting = select(Notification.id).where(
        Notification.employee_key == highlight.employee_key,
        Notification.kind == Kind.THANKED,
        Notification.subject_id == highlight.id,
        Notification.read_at.is_(None),
    )
    return session.scalar(waiting.limit(1)) is not None


def _checked(words: str, longest: int, field: str) -> str:
    cleaned = " ".join(words.split())
    if len(cleaned) > longest or unfit_character(cleaned) is not None:
        raise Invalid.field(field, _("Write at most %(most)s characters.", most=longest))
    return cleaned
