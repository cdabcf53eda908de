"""Reading shares: always one's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Integer, bindparam, func, select, text

from advocacy.activity.kinds import ClickClass
from advocacy.content.models import ContentItem
from advocacy.content.queries import texts_in
from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, NotFound
from advocacy.foundation.pagination import DEFAULT_ROWS, Page, page_of
from advocacy.sharing.account_models import NetworkPost, PostState
from advocacy.sharing.channels import intent_url
from advocacy.sharing.models import EngagementSnapshot, Link, Share, ShareState
from advocacy.sharing.plan_models import PlannedShare, PlanState
from config.networks import Network, network_of

# The roll-ups belong to measurement, which stands above; only their names are known here.
_CLICKS = text(
    "SELECT link_key, click_class, sum(clicks)::bigint AS clicks FROM daily_clicks_by_link "
    "WHERE link_key = ANY(:link_keys) GROUP BY link_key, click_class"
)
_CLICKS_AS_OF = text("SELECT max(filled_at) FROM rollup_fill WHERE rollup = 'daily_clicks_by_link'")
_CLICKS_ARE_BEHIND = text(
    "SELECT EXISTS (SELECT FROM rollup_touch WHERE rollup = 'daily_clicks_by_link' AND day < current_date - 2)"
)
_OWN_CLICKS = text(
    "SELECT sum(clicks)::bigint FROM daily_clicks_by_link JOIN link ON link.key = daily_clicks_by_link.link_key "
    "WHERE link.employee_key = :employee_key AND click_class = :human"
)
_OWN_CLICKS_BY_DAY = text(
    "SELECT day, click_class, sum(clicks)::bigint FROM daily_clicks_by_link "
    "JOIN link ON link.key = daily_clicks_by_link.link_key "
    "WHERE link.employee_key = :employee_key AND day >= :since GROUP BY day, click_class"
)


@dataclass(frozen=True, slots=True)
class Clicks:
    """The clicks on one's own link by class. `raw` is their sum; `as_of` says how fresh they are."""

    raw: int = 0
    human: int = 0
    preview_bot: int = 0
    scanner: int = 0
    internal: int = 0
    own: int = 0
    repeated: int = 0
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class SharedItem:
    """A share with everything its owner is shown."""

    share: Share
    link: Link | None
    item_id: UUID
    title: str
    clicks: Clicks
    engagement: EngagementSnapshot | None = None
    was_posted_here: bool = False

    @property
    def network(self) -> Network:
        return network_of(self.share.network)

    @property
    def link_url(self) -> str | None:
        return link_url(self.link) if self.link is not None else None

    @property
    def intent_url(self) -> str | None:
        return intent_url(
            self.network,
            text=self.share.text,
            link=self.link_url,
            title=self.title,
            server=self.share.disclosure.get("server"),
        )


def link_url(link: Link) -> str:
    """Return the address people click."""
    return f"{preferences.deployment().link_url}/{link.code}"


def clicks_of_share(share: Share) -> Clicks:
    """Return the clicks on a share's link. They come up to a minute late, when their day is filled again."""
    link_key = session.scalar(select(Link.key).where(Link.share_key == share.key))
    return clicks_of_links([link_key])[link_key] if link_key is not None else Clicks()


def clicks_of_links(link_keys: Sequence[int]) -> dict[int, Clicks]:
    """Return the clicks of several links in one query; links without clicks stand there with zeros."""
    as_of = session.scalar(_CLICKS_AS_OF)
    counted: dict[int, dict[str, int]] = {key: {} for key in link_keys}
    for link_key, click_class, clicks in session.execute(_CLICKS, {"link_keys": list(link_keys)}):
        counted[link_key][ClickClass(click_class).name.lower()] = clicks
    return {key: Clicks(raw=sum(parts.values()), as_of=as_of, **parts) for key, parts in counted.items()}


def get_share(share_id: UUID, *, visible_to: Actor, lock: bool = False) -> Share:
    """Return one's own share. Raises NotFound, also for everybody else's."""
    statement = select(Share).where(Share.id == share_id, Share.employee_key == require_self(visible_to))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    share = session.scalars(statement).one_or_none()
    if share is None:
        raise NotFound(_("There is no such share of yours."))
    return share


def shared_item(share_id: UUID, *, visible_to: Actor) -> SharedItem:
    """Return one's own share with its link, clicks and latest numbers from the network. Raises NotFound."""
    share = get_share(share_id, visible_to=visible_to)
    return _present([share], visible_to)[0]


def shares_of(actor: Actor, limit: int = DEFAULT_ROWS, cursor: str | None = None) -> Page[SharedItem]:
    """Return one's own shares, newest first."""
    statement = select(Share).where(Share.employee_key == require_self(actor))
    page = page_of(statement, (Share.opened_at, Share.key), limit=limit, cursor=cursor, filters={"list": "shares"})
    return Page(_present(page.rows, actor), page.next_cursor)


def _present(shares: Sequence[Share], actor: Actor) -> list[SharedItem]:
    if not shares:
        return []
    keys = [share.key for share in shares]
    links = {link.share_key: link for link in session.scalars(select(Link).where(Link.share_key.in_(keys)))}
    clicks = clicks_of_links([link.key for link in links.values()])
    found = select(ContentItem.key, ContentItem.id).where(ContentItem.key.in_({share.item_key for share in shares}))
    items = dict(session.execute(found).all())
    texts = texts_in({share.version_id for share in shares}, None)
    snapshots = {
        snapshot.share_key: snapshot
        for snapshot in session.scalars(
            select(EngagementSnapshot)
            .where(EngagementSnapshot.share_key.in_(keys))
            .order_by(EngagementSnapshot.observed_at, EngagementSnapshot.recorded_at)
        )
    }
    posted = set(
        session.scalars(
            select(NetworkPost.share_key).where(NetworkPost.share_key.in_(keys), NetworkPost.state == PostState.POSTED)
        )
    )
    return [
        SharedItem(
            share,
            links.get(share.key),
            items[share.item_key],
            texts[share.version_id].title,
            clicks[links[share.key].key] if share.key in links else Clicks(),
            snapshots.get(share.key),
            share.key in posted,
        )
        for share in shares
    ]


def get_plan(plan_id: UUID, *, visible_to: Actor, lock: bool = False) -> PlannedShare:
    """Return one's own planned share. Raises NotFound, also for everybody else's."""
    statement = select(PlannedShare).where(
        PlannedShare.id == plan_id, PlannedShare.employee_key == require_self(visible_to)
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    plan = session.scalars(statement).one_or_none()
    if plan is None:
        raise NotFound(_("There is no such planned share of yours."))
    return plan


def open_plan(plan_id: UUID, item_key: int, *, visible_to: Actor) -> PlannedShare | None:
    """Return one's own plan for an item, locked, or None once it is done with.

    Raises NotFound, and Conflict when it went out by itself meanwhile: whoever has its sheet open would post it twice.
    """
    plan = get_plan(plan_id, visible_to=visible_to, lock=True)
    if plan.posts and plan.state is PlanState.SHARED:
        raise Conflict(_("This went out meanwhile, as you planned it. Look at it under My shares."), code="plan_posted")
    return plan if plan.is_open and plan.item_key == item_key else None


def own_data(employee_key: int) -> list[dict[str, Any]]:
    """Return everything sharing knows about a person, for their export."""
    shares = session.scalars(select(Share).where(Share.employee_key == employee_key).order_by(Share.key)).all()
    links = {link.share_key: link for link in session.scalars(select(Link).where(Link.employee_key == employee_key))}
    snapshots: dict[int, list[EngagementSnapshot]] = {}
    for snapshot in session.scalars(
        select(EngagementSnapshot)
        .where(EngagementSnapshot.share_key.in_([share.key for share in shares]))
        .order_by(EngagementSnapshot.observed_at)
    ):
        snapshots.setdefault(snapshot.share_key, []).append(snapshot)
    return [
        {
            "id": str(share.id),
            "network": network_of(share.network).key,
            "text": share.text,
            "disclosure": share.disclosure,
            "state": share.state.value,
            "opened_at": share.opened_at,
            "confirmed_at": share.confirmed_at,
            "evidenced_at": share.evidenced_at,
            "post_url": share.post_url,
            "link": link_url(links[share.key]) if share.key in links else None,
            "destination": links[share.key].destination if share.key in links else None,
            "reported": [
                {
                    "impressions": snapshot.impressions,
                    "reactions": snapshot.reactions,
                    "comments": snapshot.comments,
                    "reshares": snapshot.reshares,
                    "source": snapshot.source.value,
                    "observed_at": snapshot.observed_at,
                }
                for snapshot in snapshots.get(share.key, [])
            ],
        }
        for share in shares
    ]


# --- For the pages of the one who shared.


@dataclass(frozen=True, slots=True)
class OwnTotals:
    """What somebody shared so far, and how often people opened it. `as_of` is None before the first count.

    `is_catching_up`: days long gone wait to be counted (again), so numbers will still change.
    """

    opened: int
    posted: int
    human_clicks: int
    as_of: datetime | None
    is_catching_up: bool


def own_totals(actor: Actor) -> OwnTotals:
    """Return the sums over all of one's own shares."""
    key = require_self(actor)
    states = session.execute(select(Share.state, func.count()).where(Share.employee_key == key).group_by(Share.state))
    by_state = dict(states.all())
    total = sum(by_state.values())
    clicks = session.scalar(_OWN_CLICKS, {"employee_key": key, "human": int(ClickClass.HUMAN)})
    posted = total - by_state.get(ShareState.OPENED, 0)
    return OwnTotals(total, posted, clicks or 0, session.scalar(_CLICKS_AS_OF), is_catching_up())


def is_catching_up() -> bool:
    """Return whether clicks of days before yesterday wait to be counted: what is zero now may be unknown."""
    return bool(session.scalar(_CLICKS_ARE_BEHIND))


def own_clicks_by_day(actor: Actor, since: date) -> dict[date, dict[ClickClass, int]]:
    """Return the clicks on all of one's own links by day and class, from a day on; days without clicks are missing."""
    found: dict[date, dict[ClickClass, int]] = {}
    for day, click_class, clicks in session.execute(
        _OWN_CLICKS_BY_DAY, {"employee_key": require_self(actor), "since": since}
    ):
        found.setdefault(day, {})[ClickClass(click_class)] = clicks
    return found


_POSTED = (
    select(Share.item_key)
    .where(Share.employee_key == bindparam("employee_key"), Share.state != ShareState.OPENED)
    .distinct()
)


def has_shared(employee_key: int) -> bool:
    """Return whether somebody opened a network's dialog for an item before."""
    return bool(session.scalar(select(select(Share.key).where(Share.employee_key == employee_key).exists())))


def posted_item_keys(actor: Actor) -> frozenset[int]:
    """Return which items somebody posted already, so that they are not proposed again."""
    return frozenset(session.scalars(_POSTED, {"employee_key": require_self(actor)}))


_NEWEST = (
    select(Share)
    .where(Share.employee_key == bindparam("employee_key"), Share.opened_at >= bindparam("since"))
    .order_by(Share.opened_at.desc(), Share.key.desc())
    .limit(bindparam("most", type_=Integer))
)


def newest_clicked_share(actor: Actor, *, days: int = 14, most: int = 20) -> SharedItem | None:
    """Return the latest of one's own shares that people opened lately, or None."""
    shares = session.scalars(
        _NEWEST, {"employee_key": require_self(actor), "since": clock.now() - timedelta(days=days), "most": most}
    ).all()
    return next((shared for shared in _present(shares, actor) if shared.clicks.human > 0), None)


def last_server(actor: Actor, network: Network) -> str | None:
    """Return the server somebody named last for a network that has many."""
    disclosure = session.scalar(
        select(Share.disclosure)
        .where(Share.employee_key == require_self(actor), Share.network == network.number)
        .order_by(Share.opened_at.desc(), Share.key.desc())
        .limit(1)
    )
    return disclosure.get("server") if disclosure is not None else None


def reminder_is_due(actor: Actor) -> bool:
    """Return whether somebody has not shared under the periodic reminder of disclosure for as long as it lasts."""
    since = clock.now() - timedelta(days=int(preferences.get("disclosure_reminder_days")))
    reminded = select(Share.key).where(
        Share.employee_key == require_self(actor),
        Share.opened_at > since,
        Share.disclosure["reminded"].as_boolean(),
    )
    return session.scalar(reminded.limit(1)) is None


def networks_by_use(actor: Actor) -> list[int]:
    """Return the networks somebody shared on, the latest first."""
    return list(
        session.scalars(
            select(Share.network)
            .where(Share.employee_key == require_self(actor))
            .group_by(Share.network)
            .order_by(func.max(Share.opened_at).desc())
        )
    )
