"""Reading what people let us read of their own accounts: how many follow them, and how the posts made here do."""

from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import select, text

from advocacy.activity import service as activity
from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor
from advocacy.foundation.db import session
from advocacy.people import queries as people
from advocacy.people.models import Purpose, SizeSource
from advocacy.people.service import set_network_profile
from advocacy.sharing.account_models import AccountState, NetworkAccount, NetworkPost, PostState
from advocacy.sharing.accounts.access import access_of, is_gone
from advocacy.sharing.accounts.calling import CallFailed, Trouble
from advocacy.sharing.accounts.holding import hold
from advocacy.sharing.accounts.providers import Held, Numbers, Provider, api_of, provider_of
from advocacy.sharing.models import EngagementSnapshot, MeasureSource, Share
from config.networks import network_of

JOB = "sharing.read_account"
EVERY_DAY, EVERY_WEEK = timedelta(days=1), timedelta(days=7)
AFTER_TROUBLE = timedelta(hours=1)
READ_FOR = timedelta(days=30)
MOST_POSTS = 20

log = structlog.get_logger("advocacy.sharing")


def read_account(account_id: UUID) -> None:
    """Read what an account is due, and say when to come again. Run in the background; reading twice changes nothing."""
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    account = session.get(NetworkAccount, account_id)
    if account is None or account.state is AccountState.ENDED or api_of(network_of(account.network)) is None:
        return
    if is_gone(account.employee_key):
        return  # what they let us read, they let us read while they are here
    access, provider = access_of(network_of(account.network)), provider_of(network_of(account.network))
    pause = EVERY_DAY if account.reads_numbers or account.reads_followers else EVERY_WEEK
    size: int | None = None
    found: list[tuple[NetworkPost, Share, Numbers | None]] = []
    try:
        held = hold(account_id)
        if account.reads_followers and people.has_consent(account.employee_key, Purpose.NETWORK_SIZE):
            size = provider.followers(held)
        if account.reads_numbers and access is not None and access.reads_numbers:
            for post, share in _due(account):
                found.append((post, share, _numbers(provider, held, post)))
    except CallFailed as failed:
        log.info("account_not_read", account_id=str(account_id), trouble=failed.trouble.value, status=failed.status)
        pause = timedelta(seconds=failed.wait_seconds) if failed.wait_seconds is not None else AFTER_TROUBLE
    # Written only now, so that nobody who disconnects waits for a network. A renewal wrote to the row meanwhile.
    account = session.get(NetworkAccount, account_id, populate_existing=True)
    if account is None:
        return
    if size is not None:
        _keep_size(account, size)
    for post, share, numbers in found:
        post.read_at = clock.now()
        if numbers is not None:
            _keep(share, numbers)
    account.next_read_at = clock.now() + max(pause, AFTER_TROUBLE)


def _keep_size(account: NetworkAccount, size: int) -> None:
    if not people.has_consent(account.employee_key, Purpose.NETWORK_SIZE):
        return
    set_network_profile(
        Actor(None, account.employee_key),
        account.network,
        audience_size=size,
        handle=account.handle,
        source=SizeSource.API,
    )


def _due(account: NetworkAccount) -> list[tuple[NetworkPost, Share]]:
    """Return the posts made from here in the last days, those first that were read longest ago."""
    due = session.execute(
        select(NetworkPost, Share)
        .join(Share, Share.key == NetworkPost.share_key)
        .where(
            NetworkPost.account_id == account.id,
            NetworkPost.state == PostState.POSTED,
            NetworkPost.remote_id.is_not(None),
            NetworkPost.pressed_at > clock.now() - READ_FOR,
        )
        .order_by(NetworkPost.read_at.asc().nulls_first())
        .limit(MOST_POSTS)
    )
    return [(post, share) for post, share in due.all()]


def _numbers(provider: Provider, held: Held, post: NetworkPost) -> Numbers | None:
    """Return what a network tells of a post, None once it tells nothing any more: what was read stays then."""
    try:
        return provider.numbers(held, post.remote_id or "")
    except CallFailed as failed:
        if failed.trouble not in {Trouble.REFUSED, Trouble.NOT_ALLOWED, Trouble.NOT_UNDERSTOOD}:
            raise
        return None


def _keep(share: Share, numbers: Numbers) -> None:
    """Add a snapshot unless it says what the last one said. An unknown number never covers a known one with zero."""
    told = numbers.told()
    if all(value is None for value in told.values()):
        return
    latest = session.scalar(
        select(EngagementSnapshot)
        .where(EngagementSnapshot.share_key == share.key, EngagementSnapshot.source == MeasureSource.API)
        .order_by(EngagementSnapshot.observed_at.desc())
        .limit(1)
    )
    if latest is not None and all(getattr(latest, name) == value for name, value in told.items()):
        return
    now = clock.now()
    session.add(
        EngagementSnapshot(share_key=share.key, source=MeasureSource.API, observed_at=now, recorded_at=now, **told)
    )
    activity.touch([clock.day_of(share.opened_at, preferences.zone())])
