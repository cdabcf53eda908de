"""Planning a share for later: words and a moment are kept, and at that moment their author is reminded.

Who connected an account may have it posted then instead: word for word as it stood on the sheet, or not at all. What a
plan says is checked by the rules of the moment in which it is really shared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from advocacy.content.models import ContentItem
from advocacy.content.queries import FeedEntry, get_live_item
from advocacy.foundation import clock
from advocacy.foundation.access import Actor, Permission, require, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid, NotFound, PreconditionFailed
from advocacy.foundation.pagination import DEFAULT_ROWS, Page, page_of
from advocacy.notifications.choices import Choices, is_quiet
from advocacy.notifications.queries import choices_of
from advocacy.people import tombstones
from advocacy.people.queries import employee_of
from advocacy.people.service import lock_employee
from advocacy.sharing import queries
from advocacy.sharing.plan_models import PlannedShare, PlanState
from advocacy.sharing.planned_posts import account_for, find_same, goes_out_by_itself, name_of
from advocacy.sharing.service import prepare, require_participant
from advocacy.sharing.staggering import advice_for
from config.networks import Network, find_network, network_of

MOST_OPEN = 50
LONGEST_AHEAD = timedelta(days=90)
SOONEST = timedelta(minutes=30)  # what is suggested; anything to come may be chosen
USUAL_HOUR = 9
ENDED_KEPT = timedelta(days=30)
CANCELLED = "plan_cancelled"  # what a restore has to say again, on disk
OPEN = (PlanState.PLANNED, PlanState.REMINDED)


@dataclass(frozen=True, slots=True)
class Shown:
    """A planned share with its item, on the clock it was planned on. Without an `entry` the item is over.

    `goes_out` says whether it would be posted by itself as things stand.
    """

    plan: PlannedShare
    item_id: UUID
    entry: FeedEntry | None
    title: str | None
    goes_out: bool

    @property
    def network(self) -> Network:
        return network_of(self.plan.network)

    @property
    def local(self) -> datetime:
        """The chosen moment as its author's clock showed it."""
        return self.plan.planned_for.astimezone(ZoneInfo(self.plan.time_zone))

    @property
    def is_over(self) -> bool:
        return self.entry is None


def plan_share(
    actor: Actor,
    *,
    item_id: UUID,
    network_key: str,
    text: str,
    planned_for: datetime,
    caption_id: UUID | None = None,
    server: str | None = None,
    discloses: bool = True,
    posts: bool = False,
) -> PlannedShare:
    """Keep somebody's words for a moment of their choice; `posts` has them posted then with their own account.

    Raises NotPermitted without the yes to taking part, NotFound for an item that is not there for them, Invalid for
    words the network does not take today, a moment that cannot be, or posting without an account that can, Conflict
    with too many plans.
    """
    require(actor, Permission.SHARES_WRITE)
    employee_key = require_participant(actor)
    item = get_live_item(item_id, visible_to=actor)
    if posts:
        lock_employee(actor)  # two taps of one finger wait for each other here
    plan = PlannedShare(employee_key=employee_key, item_key=item.key)
    _write(actor, plan, item, network_key, text, planned_for, caption_id, server, discloses, posts)
    known = find_same(plan) if posts else None
    if known is not None:
        return known
    owned = select(func.count()).where(PlannedShare.employee_key == employee_key, PlannedShare.state.in_(OPEN))
    if (session.scalar(owned) or 0) >= MOST_OPEN:
        raise Conflict(_("You have %(most)s plans already. Share or cancel one first.", most=MOST_OPEN))
    session.add(plan)
    session.flush()  # the answer shows what is stored
    return plan


def change_plan(
    actor: Actor,
    plan_id: UUID,
    *,
    network_key: str,
    text: str,
    planned_for: datetime,
    caption_id: UUID | None = None,
    server: str | None = None,
    discloses: bool = True,
    posts: bool = False,
    seen_version: int | None = None,
) -> PlannedShare:
    """Keep other words or another moment; with one to come, its author is reminded again.

    Raises what `plan_share` raises, NotFound for a plan of somebody else, Conflict once it is done with, and
    PreconditionFailed when it changed since `seen_version`.
    """
    require(actor, Permission.SHARES_WRITE)
    require_participant(actor)
    plan = _open(actor, plan_id)
    if seen_version is not None and seen_version != plan.version:
        raise PreconditionFailed(_("This plan changed meanwhile, perhaps in another window. Look again and decide."))
    item = get_live_item(_item_id(plan), visible_to=actor)
    _write(actor, plan, item, network_key, text, planned_for, caption_id, server, discloses, posts)
    plan.state, plan.due_at = PlanState.PLANNED, None
    plan.version += 1
    session.flush()  # the answer shows what is stored
    return plan


def cancel_plan(actor: Actor, plan_id: UUID) -> PlannedShare:
    """Let a plan be over; nobody needs a yes to taking part for that. Twice is once. Raises NotFound, Conflict."""
    plan = queries.get_plan(plan_id, visible_to=actor, lock=True)
    if plan.state is PlanState.CANCELLED:
        return plan
    if plan.posts and plan.state is PlanState.SHARED:
        raise Conflict(_("This went out meanwhile, as you planned it. Look at it under My shares."), code="plan_posted")
    if not plan.is_open:
        raise Conflict(_("This plan is done with already."))
    end(plan, PlanState.CANCELLED)
    session.flush()  # the answer shows what is stored
    tombstones.keep(CANCELLED, plan.employee_key, clock.now(), {"plan": str(plan.id)})
    return plan


def reapply_cancelled() -> dict[str, int]:
    """After a restore: cancel again what was cancelled; return how many that changed. After people's tombstones."""
    return tombstones.say_again({CANCELLED: _cancel_again}, action="plans.stops_reapplied")


def end(plan: PlannedShare, state: PlanState) -> None:
    """Let a plan be over."""
    plan.state, plan.ended_at = state, clock.now()
    plan.version += 1


def plans_of(actor: Actor, *, limit: int = DEFAULT_ROWS, cursor: str | None = None) -> Page[Shown]:
    """Return one's own planned shares, done with or not, the latest moment first."""
    statement = select(PlannedShare).where(PlannedShare.employee_key == require_self(actor))
    page = page_of(
        statement, (PlannedShare.planned_for, PlannedShare.id), limit=limit, cursor=cursor, filters={"list": "plans"}
    )
    return Page([shown(actor, plan) for plan in page.rows], page.next_cursor)


def open_plans(actor: Actor) -> list[Shown]:
    """Return what somebody has planned and not shared yet, the next first."""
    rows = session.scalars(
        select(PlannedShare)
        .where(PlannedShare.employee_key == require_self(actor), PlannedShare.state.in_(OPEN))
        .order_by(PlannedShare.planned_for, PlannedShare.id)
    )
    return [shown(actor, plan) for plan in rows]


def shown(actor: Actor, plan: PlannedShare) -> Shown:
    """Return a plan with its item as its author sees it now, which may be not at all."""
    item_id = _item_id(plan)
    try:
        entry = get_live_item(item_id, visible_to=actor)
    except NotFound:
        return Shown(plan, item_id, None, None, goes_out=False)
    return Shown(plan, item_id, entry, entry.title, goes_out_by_itself(actor, plan))


def suggested_moment(actor: Actor, entry: FeedEntry, network: Network) -> datetime | None:
    """Return a good moment on somebody's own clock: when it is quieter there, not in their quiet hours; or None."""
    chosen, zone = clock_of(actor)
    advice = advice_for(actor, entry.key, network)
    hour = advice.quieter_hour if advice is not None else USUAL_HOUR
    now = clock.now()
    for days in range(3):
        wanted = (now.astimezone(zone) + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)
        is_before_its_end = entry.expires_at is None or wanted < entry.expires_at
        if wanted >= now + SOONEST and is_before_its_end and not _is_quiet(chosen, wanted):
            return wanted
    return None


def clock_of(actor: Actor) -> tuple[Choices, ZoneInfo]:
    """Return how somebody wants to be told, and the time zone they live by."""
    chosen = choices_of(require_self(actor))
    return chosen, chosen.zone_of(employee_of(actor).time_zone)


def local_moment(text: str, zone: ZoneInfo) -> datetime:
    """Read a moment as a form gives it, such as 2026-11-27T09:30, on somebody's own clock. Raises Invalid."""
    try:
        wanted = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Invalid.field("planned_for", _("Choose a day and a time, such as 27 November 2026, 9:30.")) from None
    if wanted.tzinfo is not None:
        raise Invalid.field("planned_for", _("Choose a day and a time, such as 27 November 2026, 9:30."))
    moment = wanted.replace(tzinfo=zone)
    if abs(moment - clock.now()) > 2 * LONGEST_AHEAD:  # calendars end: some moments are in no year on other clocks
        raise Invalid.field("planned_for", _("Choose a moment within the next %(most)s days.", most=LONGEST_AHEAD.days))
    if moment.astimezone(ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None) != wanted:
        raise Invalid.field("planned_for", _("Clocks are put forward over this time. Choose another one."))
    return moment


def own_data(employee_key: int) -> list[dict[str, Any]]:
    """Return what somebody planned, for their export."""
    rows = session.execute(
        select(PlannedShare, ContentItem.id)
        .join(ContentItem, ContentItem.key == PlannedShare.item_key)
        .where(PlannedShare.employee_key == employee_key)
        .order_by(PlannedShare.created_at)
    ).all()
    return [
        {
            "id": str(row.id),
            "item": str(item_id),
            "network": network_of(row.network).key,
            "text": row.text,
            "caption": str(row.caption_id) if row.caption_id is not None else None,
            "discloses": row.discloses,
            "posts": row.posts,
            "posted_text": row.posted_text,
            "posted_as": row.posted_as,
            "server": row.server,
            "planned_for": row.planned_for,
            "time_zone": row.time_zone,
            "state": row.state.value,
            "created_at": row.created_at,
            "reminded_at": row.due_at,
            "ended_at": row.ended_at,
        }
        for row, item_id in rows
    ]


def forget_plans() -> int:
    """Delete plans that have been over for a while, and those nobody came back to; return how many."""
    before = clock.now() - ENDED_KEPT
    is_forgotten = (PlannedShare.state == PlanState.REMINDED) & (PlannedShare.due_at < before)
    gone = session.execute(delete(PlannedShare).where((PlannedShare.ended_at < before) | is_forgotten))
    return int(gone.rowcount)  # type: ignore[attr-defined]


# --- Inside.


def _cancel_again(employee_key: int, entry: Mapping[str, Any]) -> bool:
    plan = session.scalar(
        select(PlannedShare).where(
            PlannedShare.id == UUID(entry["plan"]),
            PlannedShare.employee_key == employee_key,
            PlannedShare.state.in_(OPEN),
        )
    )
    if plan is not None:
        end(plan, PlanState.CANCELLED)
        session.flush()
    return plan is not None


def _open(actor: Actor, plan_id: UUID) -> PlannedShare:
    plan = queries.get_plan(plan_id, visible_to=actor, lock=True)
    if not plan.is_open:
        raise Conflict(_("This plan is done with already."))
    return plan


def _item_id(plan: PlannedShare) -> UUID:
    return session.scalars(select(ContentItem.id).where(ContentItem.key == plan.item_key)).one()


def _write(
    actor: Actor,
    plan: PlannedShare,
    item: FeedEntry,
    network_key: str,
    text: str,
    planned_for: datetime,
    caption_id: UUID | None,
    server: str | None,
    discloses: bool,
    posts: bool,
) -> None:
    account = account_for(actor, find_network(network_key)) if posts else None
    if account is not None:
        server = urlsplit(account.server).hostname
    ready = prepare(
        actor, item, network_key=network_key, text=text, caption_id=caption_id, server=server, discloses=discloses
    )
    chosen, zone = clock_of(actor)
    moment = planned_for.replace(second=0, microsecond=0)
    _check_moment(chosen, zone, item, moment)
    plan.network, plan.text, plan.caption_id = ready.network.number, ready.wording, ready.caption_id
    plan.server, plan.discloses = ready.server, discloses
    plan.posted_text = plan.posted_version_id = plan.posted_as = None
    plan.may_be_out = False
    if account is not None:
        plan.posted_text, plan.posted_version_id = ready.disclosed.text, item.version.id
        plan.posted_as = name_of(account)
    plan.planned_for, plan.time_zone = moment, zone.key


def _check_moment(chosen: Choices, zone: ZoneInfo, item: FeedEntry, moment: datetime) -> None:
    now = clock.now()
    if moment <= now:
        raise Invalid.field("planned_for", _("This moment is over. Choose one to come."))
    if moment > now + LONGEST_AHEAD:
        most = LONGEST_AHEAD.days
        raise Invalid.field("planned_for", _("Choose a moment within the next %(most)s days.", most=most))
    if item.expires_at is not None and moment >= item.expires_at:
        raise Invalid.field("planned_for", _("By then this item is over. Choose an earlier moment."))
    if _is_quiet(chosen, moment.astimezone(zone)):
        raise Invalid.field(
            "planned_for",
            _(
                "This lies in your quiet hours, from %(first)s:00 to %(last)s:00. Choose another time, or change your"
                " quiet hours.",
                first=chosen.quiet_from,
                last=chosen.quiet_until,
            ),
        )


def _is_quiet(chosen: Choices, local: datetime) -> bool:
    return is_quiet(local.hour, chosen.quiet_from, chosen.quiet_until)
