"""Sending what somebody pressed the button for: never twice, and never lost without a word."""

from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from advocacy.content.models import ContentItem
from advocacy.content.queries import get_live_item
from advocacy.foundation import clock, failpoints, jobs
from advocacy.foundation.access import Actor, Grant, Role
from advocacy.foundation.db import own_transaction, session
from advocacy.foundation.errors import Invalid
from advocacy.notifications import service as notifications
from advocacy.notifications.models import Kind as Told
from advocacy.people.models import Employee
from advocacy.sharing import queries
from advocacy.sharing.account_models import NetworkAccount, NetworkPost, PostState, Press
from advocacy.sharing.accounts.access import access_of, is_gone
from advocacy.sharing.accounts.calling import CallFailed, Trouble
from advocacy.sharing.accounts.holding import hold
from advocacy.sharing.accounts.pressing import JOB, problem_now
from advocacy.sharing.accounts.providers import Held, Provider, Published, Words, api_of, provider_of
from advocacy.sharing.channels import checked_post_url
from advocacy.sharing.models import Link, Share, ShareState
from advocacy.sharing.service import record_published
from config.networks import Network, network_of

# A press is for now. What a network does not take within this time is told to the person, who may press again.
GOOD_FOR = timedelta(minutes=30)
PERSON_GONE, TOO_LATE = "person_gone", "too_late"
PAUSES = (timedelta(seconds=10), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=5))

log = structlog.get_logger("advocacy.sharing")


class NothingLeft(Exception):
    """The account could not be opened, so nothing of the post had left. `failed` is what its tokens' renewal met."""

    def __init__(self, failed: CallFailed) -> None:
        super().__init__(str(failed))
        self.failed = failed


def publish(post_id: UUID) -> None:
    """Send a post that is due. Run in the background, safe to run again, also after a run that died in between.

    That it is being sent is committed before anything leaves. A run that finds it so knows that another may have sent
    it: then it is sent again only where the network makes one post of both, and else called unknown.
    """
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    with own_transaction() as store:
        is_claimed = _claim(store, post_id)
    if not is_claimed:
        return
    failpoints.hit("after_message_row", JOB)
    post = session.get_one(NetworkPost, post_id, populate_existing=True)
    share, network = session.get_one(Share, post.share_key), network_of(post.network)
    if api_of(network) is None:  # an administrator's file of interfaces left it out
        _end(post, share, PostState.UNKNOWN if post.may_be_out else PostState.REFUSED, "switched_off")
        return
    if not _may_repeat(post, provider_of(network)):
        _end(post, share, PostState.UNKNOWN, Trouble.NO_ANSWER)
        return
    actor, problem = _person(share), None
    account = session.get(NetworkAccount, post.account_id) if post.account_id is not None else None
    access = access_of(network)
    if not post.may_be_out and clock.now() >= post.pressed_at + GOOD_FOR:  # nobody expects it to go out now
        problem = post.problem or TOO_LATE
    elif is_gone(share.employee_key):
        problem = PERSON_GONE
    elif account is None:
        problem = "disconnected"
    elif access is None or not access.is_on:
        problem = "switched_off"
    else:
        problem = problem_now(actor, share)
    if problem is not None or account is None:
        _end(post, share, PostState.UNKNOWN if post.may_be_out else PostState.REFUSED, problem or "disconnected")
        return
    words = _words(actor, post, share)
    try:
        published = _send(provider_of(network), account.id, words, is_repeated=post.attempts > 1)
    except NothingLeft as unopened:
        _deal_with(unopened.failed, post, share, provider_of(network), has_left=False)
        return
    except CallFailed as failed:
        _deal_with(failed, post, share, provider_of(network), has_left=True)
        return
    failpoints.hit("after_message_left", JOB)
    _succeed(post, share, account, published, network)


def settle_after_restore() -> int:
    """Call unknown what a copy of the database still wants to send: it may have left after the copy was made.

    Return how many. Their people are asked to look; a second run finds none.
    """
    under_way = (
        select(NetworkPost, Share)
        .join(Share, Share.key == NetworkPost.share_key)
        .where(NetworkPost.state.in_((PostState.WAITING, PostState.SENDING)))
        .order_by(NetworkPost.pressed_at)
        .with_for_update(of=NetworkPost)
    )
    found = session.execute(under_way).all()
    for post, share in found:
        post.may_be_out = True
        _end(post, share, PostState.UNKNOWN, Trouble.NO_ANSWER)
    return len(found)


def _claim(store: Session, post_id: UUID) -> bool:
    """Write that a post is being sent, and return whether it is for this run to do."""
    post = store.scalar(select(NetworkPost).where(NetworkPost.id == post_id).with_for_update())
    if post is None or post.state not in {PostState.WAITING, PostState.SENDING} or post.next_try_at > clock.now():
        return False
    if post.state is PostState.SENDING:  # a run before this one died, or still hangs
        post.may_be_out = True
    post.state = PostState.SENDING
    post.attempts += 1
    post.first_sent_at = post.first_sent_at or clock.now()
    return True


def _may_repeat(post: NetworkPost, provider: Provider) -> bool:
    if not post.may_be_out:
        return True
    window = timedelta(minutes=provider.api.repeats_for_minutes)
    return post.first_sent_at is not None and clock.now() < post.first_sent_at + window


def _send(provider: Provider, account_id: UUID, words: Words, *, is_repeated: bool) -> Published:
    """Send once; a token that was refused did nothing, so it is renewed and the post sent with the new one.

    Raises NothingLeft before a post could leave, CallFailed for what became of it afterwards.
    """
    held = _opened(account_id)
    try:
        return provider.publish(held, words, is_repeated=is_repeated)
    except CallFailed as failed:
        if failed.trouble is not Trouble.TOKEN_REFUSED:
            raise
    return provider.publish(_opened(account_id, refused=held.tokens.access), words, is_repeated=is_repeated)


def _opened(account_id: UUID, *, refused: str | None = None) -> Held:
    try:
        return hold(account_id, refused=refused)
    except CallFailed as failed:
        raise NothingLeft(failed) from failed


def _deal_with(failed: CallFailed, post: NetworkPost, share: Share, provider: Provider, *, has_left: bool) -> None:
    """Decide what a failure means: nothing happened, or perhaps it did. Without `has_left` no request of it left."""
    log.warning("post_not_taken", post_id=str(post.id), trouble=failed.trouble.value, status=failed.status)
    post.may_be_out = post.may_be_out or (has_left and failed.may_have_acted)
    is_for_later = failed.may_have_acted or failed.trouble in {Trouble.ASKED_TO_WAIT, Trouble.NOT_REACHED}
    if not has_left:
        is_for_later = failed.trouble is not Trouble.TOKEN_REFUSED
    usual = PAUSES[min(post.attempts, len(PAUSES)) - 1]
    pause = timedelta(seconds=failed.wait_seconds) if failed.wait_seconds is not None else usual
    is_in_time = clock.now() + pause < post.pressed_at + GOOD_FOR
    if is_for_later and is_in_time and _may_repeat(post, provider):
        post.state, post.problem, post.next_try_at = PostState.WAITING, failed.trouble.value, clock.now() + pause
        jobs.enqueue(JOB, delay=pause, post_id=post.id)
        return
    _end(post, share, PostState.UNKNOWN if post.may_be_out else PostState.REFUSED, failed.trouble)


def _end(post: NetworkPost, share: Share, state: PostState, problem: str) -> None:
    """Write down that it did not work out, and tell the person, once."""
    post.state, post.problem, post.ended_at = state, str(problem), clock.now()
    kind = Told.POST_UNKNOWN if state is PostState.UNKNOWN else Told.POST_NOT_MADE
    notifications.notify(share.employee_key, kind, subject_id=share.id, network=network_of(post.network).name)


def _succeed(post: NetworkPost, share: Share, account: NetworkAccount, published: Published, network: Network) -> None:
    session.refresh(share, with_for_update=True)
    now = clock.now()
    post.state, post.remote_id, post.problem, post.ended_at = PostState.POSTED, published.remote_id, None, now
    session.execute(update(NetworkAccount).where(NetworkAccount.id == account.id).values(used_at=now))
    was_only_opened = share.state is ShareState.OPENED
    share.state, share.evidenced_at = ShareState.EVIDENCED, share.evidenced_at or now
    share.post_url = _safe_url(published.url, network, account.server) or share.post_url
    if was_only_opened:
        record_published(share)
    if post.press is Press.PLAN:  # who presses the button watches; who planned it is told
        notifications.notify(share.employee_key, Told.POST_MADE, subject_id=share.id, network=network.name)


def _safe_url(url: str | None, network: Network, server: str) -> str | None:
    """Return the post's address where it is one on the network, or on the account's own server."""
    if url is None:
        return None
    try:
        checked = checked_post_url(network, url)
    except Invalid:
        return None
    return checked if not server or network.key != "mastodon" or checked.startswith(f"{server}/") else None


def _words(actor: Actor, post: NetworkPost, share: Share) -> Words:
    item_id = session.scalars(select(ContentItem.id).where(ContentItem.key == share.item_key)).one()
    entry = get_live_item(item_id, visible_to=actor)
    link = session.scalar(select(Link).where(Link.share_key == share.key))
    return Words(
        text=share.text,
        link=queries.link_url(link) if link is not None else None,
        title=entry.title,
        summary=entry.summary,
        language=entry.language,
        record_key=post.record_key,
        made_at=post.pressed_at,
    )


def _person(share: Share) -> Actor:
    """Return the one who pressed, with an employee's own rights: what they may not see is not posted."""
    employee = session.get_one(Employee, share.employee_key)
    return Actor(None, employee.key, employee.id, grants=(Grant(Role.EMPLOYEE),))
