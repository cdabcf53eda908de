"""What a human click proves: the share it came by was posted."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select

from advocacy.activity import service as activity
from advocacy.activity.models import Kind
from advocacy.content.queries import texts_in
from advocacy.foundation.db import session
from advocacy.notifications import service as notifications
from advocacy.notifications.models import Kind as Told
from advocacy.sharing.attribution import Credit
from advocacy.sharing.models import Share, ShareState


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
        if share.employee_key is not None:
            title = texts_in([share.version_id], None)[share.version_id].title
            notifications.notify(share.employee_key, Told.SHARE_ANSWERED, subject_id=share.id, title=title)
        if was_only_opened:
            activity.record(
                Kind.SHARE_PUBLISHED,
                occurred_at=share.opened_at,
                employee_key=share.employee_key,
                item_key=share.item_key,
                share_key=share.key,
                network=share.network,
            )
