"""When the moment of a planned share has come: it is posted if that was asked for, else its author is told.

They are told in their list, and by what reaches them elsewhere; also when what was to be posted cannot go out as it
stood on the sheet.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import exists, select, text

from advocacy.content.models import ContentItem
from advocacy.content.queries import FeedEntry, get_live_item
from advocacy.foundation import clock, jobs, preferences
from advocacy.foundation.db import session
from advocacy.foundation.errors import AdvocacyError, Conflict, NotFound
from advocacy.notifications import letters
from advocacy.notifications.letters import Wording
from advocacy.notifications.models import Channel, Kind, Message, MessageState, PushSubscription
from advocacy.notifications.senders import email
from advocacy.notifications.senders.email import ConnectionGone
from advocacy.notifications.service import messages, notify
from advocacy.notifications.service.push_sending import Sending, Words, push_one
from advocacy.people.models import Employee
from advocacy.people.queries import has_left
from advocacy.people.service import find_locked
from advocacy.sharing.account_models import Press
from advocacy.sharing.accounts.pressing import find_account, press
from advocacy.sharing.accounts.publishing import GOOD_FOR
from advocacy.sharing.digests import links
from advocacy.sharing.digests.sending import hand_over
from advocacy.sharing.plan_models import PlannedShare, PlanState
from advocacy.sharing.planned_posts import name_of
from advocacy.sharing.planning import end
from advocacy.sharing.service import open_share
from config.networks import network_of

SLICE = 200
POST_JOB = "sharing.post_planned"
POSTED_WITHIN = timedelta(minutes=10)
PUSH_JOB, MAIL_JOB = "notifications.push_reminder", "notifications.mail_reminder"
NO_WAY_OUT_PAUSE = timedelta(minutes=2)
TOO_LATE = timedelta(hours=12)  # a reminder after an outage; later it stands in the list alone

log = structlog.get_logger("advocacy.reminders")


def remind_due() -> None:
    """Let the plans whose moment has come be due, some at a time: the schedule comes back for the rest.

    What is to be posted is handed to a task of its own, which takes its author's lock before the plan's, as everybody
    does. What that could not do in a while only reminds.
    """
    now = clock.now()
    is_handed_over = PlannedShare.posted_text.is_not(None) & (PlannedShare.due_at >= now - POSTED_WITHIN)
    due = (
        select(PlannedShare)
        .where(PlannedShare.state == PlanState.PLANNED, PlannedShare.planned_for <= now, is_handed_over.is_not(True))
        .order_by(PlannedShare.planned_for, PlannedShare.id)
        .limit(SLICE)
        .with_for_update(skip_locked=True)
    )
    for plan in session.scalars(due).all():
        if plan.posts and plan.due_at is None:
            plan.due_at = now
            jobs.enqueue(POST_JOB, plan_id=plan.id)
        else:
            _come_due(plan)


def post_planned(plan_id: UUID) -> None:
    """Post a plan whose moment has come, as it was seen, or remind its author of it. Twice is once."""
    employee_key = session.scalar(select(PlannedShare.employee_key).where(PlannedShare.id == plan_id))
    if employee_key is None:
        return
    find_locked(employee_key)
    plan = session.get(PlannedShare, plan_id, populate_existing=True, with_for_update=True)
    if plan is not None and plan.posts and plan.state is PlanState.PLANNED and plan.planned_for <= clock.now():
        _come_due(plan, may_post=True)


def _come_due(plan: PlannedShare, *, may_post: bool = False) -> None:
    """Post a plan or remind its author of it, once. This is the one place where a plan's moment comes."""
    author = session.get_one(Employee, plan.employee_key)
    if has_left(author):
        end(plan, PlanState.CANCELLED)
        return
    item = _item_of(plan, author)
    plan.due_at = clock.now()
    if item is None:
        end(plan, PlanState.LAPSED)
        notify(author.key, Kind.SHARE_PLANNED, subject_id=plan.id, is_over=True)
        return
    if may_post and _is_posted(plan, author, item):
        return
    plan.state = PlanState.REMINDED
    plan.version += 1
    told: dict[str, Any] = {"title": item.title, "network": network_of(plan.network).name}
    if plan.posts:
        told["was_to_be_posted"] = True
    elif plan.may_be_out:
        told["may_be_out"] = True
    notify(author.key, Kind.SHARE_PLANNED, subject_id=plan.id, **told)
    if clock.now() - plan.planned_for < TOO_LATE:
        _reach(plan, author)


def _is_posted(plan: PlannedShare, author: Employee, item: FeedEntry) -> bool:
    """Hand a plan to background work as a press of its author, made ahead. What cannot go out as seen is not handed.

    Long after its moment nobody expects it to go out, so then it is not posted either.
    """
    account = find_account(links.reader(author), network_of(plan.network))
    is_as_seen = (
        item.version.id == plan.posted_version_id and account is not None and name_of(account) == plan.posted_as
    )
    if not is_as_seen or clock.now() >= plan.planned_for + GOOD_FOR:
        return False
    try:
        with session.begin_nested():
            opened = open_share(
                links.reader(author),
                item_id=item.id,
                network_key=network_of(plan.network).key,
                text=plan.text,
                caption_id=plan.caption_id,
                server=plan.server,
                discloses=plan.discloses,
                planned_share_id=plan.id,
            )
            if opened.share.text != plan.posted_text:
                raise Conflict("The rules want other words than those that were seen.")
            press(links.reader(author), opened.share.id, how=Press.PLAN)
    except AdvocacyError as refused:
        session.refresh(plan)  # as it was before the attempt
        plan.due_at = clock.now()
        log.info("plan_not_posted", reason=refused.code)
        return False
    return True


def _item_of(plan: PlannedShare, author: Employee) -> FeedEntry | None:
    item_id = session.scalars(select(ContentItem.id).where(ContentItem.key == plan.item_key)).one()
    try:
        return get_live_item(item_id, visible_to=links.reader(author))
    except NotFound:
        return None


def _reach(plan: PlannedShare, author: Employee) -> None:
    """Want one message to somebody: on the browsers they chose, else by mail."""
    has_browser = session.scalar(select(exists().where(PushSubscription.employee_key == author.key)))
    channel, job = (Channel.WEB_PUSH, PUSH_JOB) if has_browser else (Channel.MAIL, MAIL_JOB)
    message = Message(
        employee_key=author.key,
        channel=channel,
        occasion=f"{messages.ASKED_FOR}{plan.id}:{plan.version}",
        due_at=clock.now(),
    )
    session.add(message)
    session.flush()  # the task names it
    jobs.enqueue(job, message_id=message.id)


def push_reminder(message_id: UUID) -> None:
    """Push a reminder to the browsers of its reader; what the service wants later is wanted again."""
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    found = _waiting(message_id)
    if found is None:
        return
    plan, author, item = found
    gettext = letters.catalogue(_language(author)).gettext
    words = Words(
        item.title,
        _said(gettext, plan)
        if plan.posts or plan.may_be_out
        else gettext("You planned to share this now on {network}.").format(network=network_of(plan.network).name),
        f"{preferences.deployment().portal_url}/planned/{plan.id}",
        _language(author),
    )
    plan_id = plan.id
    push_one(Sending(lambda _key: words, lambda: _is_settled(plan_id), PUSH_JOB), message_id, author.key)
    _want_again(message_id, PUSH_JOB)


def _is_settled(plan_id: UUID) -> bool:
    """Return whether there is nothing to remind of any more."""
    state = session.scalar(select(PlannedShare.state).where(PlannedShare.id == plan_id))
    return state is not PlanState.REMINDED


def mail_reminder(message_id: UUID) -> None:
    """Mail a reminder, at most once; where there is no way out it is wanted again."""
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    found = _waiting(message_id)
    if found is None:
        return
    plan, author, item = found
    settings, language = preferences.deployment(), _language(author)
    letter = letters.written(
        _wording(letters.catalogue(language).gettext, plan, item),
        language=language,
        organisation=settings.organisation_name,
        url=f"{links.sheet_url(author.id, item.id)}?plan={plan.id}",
    )
    try:
        with email.postbox(settings) as box:
            hand_over(box, message_id, str(author.email), letter, job=MAIL_JOB)
    except (ConnectionGone, OSError) as error:  # SMTPException is an OSError
        log.warning("mail_server_unreachable", error=type(error).__name__)
    _want_again(message_id, MAIL_JOB)


def _waiting(message_id: UUID) -> tuple[PlannedShare, Employee, FeedEntry] | None:
    """Return what a reminder is about, or None: it left, or there is nothing left to remind of."""
    message = session.get(Message, message_id)
    if message is None or message.state is not MessageState.WAITING:
        return None
    plan = session.get(PlannedShare, UUID(message.occasion.removeprefix(messages.ASKED_FOR).split(":")[0]))
    author = session.get_one(Employee, message.employee_key)
    is_late = clock.now() - message.created_at >= TOO_LATE
    item = _item_of(plan, author) if plan is not None and plan.state is PlanState.REMINDED and not is_late else None
    if plan is None or item is None:
        messages.cancel(session(), message_id, "nothing_new")
        return None
    return plan, author, item


def _want_again(message_id: UUID, job: str) -> None:
    session.expire_all()
    message = session.get_one(Message, message_id)
    if message.state is MessageState.WAITING:
        jobs.enqueue(job, delay=max(message.due_at - clock.now(), NO_WAY_OUT_PAUSE), message_id=message_id)


def _said(_: Callable[[str], str], plan: PlannedShare) -> str:
    """Return why somebody is told now, in one or two sentences that are true of this plan."""
    network = network_of(plan.network).name
    if plan.posts:
        return _(
            "You planned to have this posted now on {network}. It did not go out by itself: something changed, or it "
            "would have come too late. Look at it, and share it yourself."
        ).format(network=network)
    if plan.may_be_out:
        return _(
            "You planned to have this posted on {network}. Our records were restored, so it may be out already. Look "
            "there first."
        ).format(network=network)
    return _("You planned to share this now on {network}. Nothing was posted: that is yours to do.").format(
        network=network
    )


def _wording(_: Callable[[str], str], plan: PlannedShare, item: FeedEntry) -> Wording:
    return Wording(
        subject=_("The time you chose: {title}").format(title=" ".join(item.title.split())),
        before=(
            _said(_, plan),
            *((_("Your words:"), plan.text) if plan.text else ()),
        ),
        action=_("Open it with my words"),
        after=(_("You asked for this one reminder. It does not come again."),),
    )


def _language(author: Employee) -> str:
    return (author.language or preferences.deployment().default_language).split("-")[0]
