"""What a human click proves: the share it came by was posted."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from advocacy.activity import service as activity
from advocacy.activity.kinds import Kind
from advocacy.content.queries import texts_in
from advocacy.foundation import clock
from advocacy.foundation.db import session
from advocacy.notifications import service as notifications
from advocacy.notifications.models import Kind as Told
from advocacy.notifications.models import Notification
from advocacy.sharing.account_models import NetworkPost, PostState
from advocacy.sharing.attribution import Credit
from advocacy.sharing.models import Share, ShareState

# Lines of people's lists are kept longer than this, so that nobody is told of the same share twice.
LATEST_NEWS = timedelta(days=60)


def prove_shares(human_clicks: Iterable[tuple[int, datetime]], links: Mapping[int, Credit]) -> None:
    """Mark the shares behind human clicks (link, instant) as posted.

    One that was only opened thereby happened, when it was opened. Proof is not taken back: should a click turn out to
    be a machine's, the link was out in the world all the same.
    """
    first_human: dict[int, datetime] = {}
    for link_key, at in human_clicks:
        link = links.get(link_key)
        if link is not None and link.share_key is not None:
            first_human[link.share_key] = min(at, first_human.get(link.share_key, at))
    if not first_human:
        return
    shares = session.scalars(
        select(Share)
        .where(Share.key.in_(first_human), Share.state != ShareState.EVIDENCED)
        .order_by(Share.key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for share in shares.all():
        was_only_opened = share.state is ShareState.OPENED
        share.state = ShareState.EVIDENCED
        share.evidenced_at = first_human[share.key]
        _tell(share)
        if was_only_opened:
            activity.record(
                Kind.SHARE_PUBLISHED,
                occurred_at=share.opened_at,
                employee_key=share.employee_key,
                item_key=share.item_key,
                share_key=share.key,
                network=share.network,
            )
    _tell_of_posts(first_human)


def _tell_of_posts(first_human: Mapping[int, datetime]) -> None:
    """Tell of the first click on what was posted with an account: that was evidenced before, so nobody told of it."""
    told = select(Notification.id).where(
        Notification.employee_key == Share.employee_key,
        Notification.kind == Told.SHARE_ANSWERED,
        Notification.subject_id == Share.id,
    )
    posted = (
        select(Share)
        .join(NetworkPost, NetworkPost.share_key == Share.key)
        .where(
            Share.key.in_(first_human),
            NetworkPost.state == PostState.POSTED,
            NetworkPost.ended_at > clock.now() - LATEST_NEWS,
            ~told.exists(),
        )
        .order_by(Share.key)
    )
    for share in session.scalars(posted).all():
        _tell(share)


def _tell(share: Share) -> None:
    title = texts_in([share.version_id], None)[share.version_id].title
    notifications.notify(share.employee_key, Told.SHARE_ANSWERED, subject_id=share.id, title=title)
