"""The press of the button: checked then and there, written down, and handed to background work. Nothing else posts.

A planned share is such a press too, made ahead: whoever keeps plans calls `press` when its time has come.
"""

import secrets
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import func, select

from advocacy.content.models import ContentItem
from advocacy.content.phrases import find_phrases
from advocacy.content.queries import FeedEntry, get_live_item
from advocacy.foundation import clock, jobs, preferences
from advocacy.foundation.access import Actor, Permission, require, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, NotFound
from advocacy.people.models import Employee
from advocacy.people.service import lock_employee
from advocacy.sharing import queries
from advocacy.sharing.account_models import AccountState, NetworkAccount, NetworkPost, PostState, Press
from advocacy.sharing.accounts.access import require_on
from advocacy.sharing.disclosure import disclose
from advocacy.sharing.models import Share, ShareState
from advocacy.sharing.service import confirm_share, open_share, require_participant
from config.networks import Network, find_network, network_of

JOB = "sharing.publish_post"
OVER = frozenset({PostState.REFUSED, PostState.SAID_MISSING})
CANCELLED = "cancelled"
_TID = "234567abcdefghijklmnopqrstuvwxyz"


def post_now(actor: Actor, *, press_key: UUID, item_id: UUID, network_key: str, **opened: Any) -> NetworkPost:
    """Open a share and post it with the actor's own account: one press. The same `press_key` again is the same press.

    Raises what `open_share` and `press` raise.
    """
    lock_employee(actor)  # two taps of one finger wait for each other here
    known = session.scalar(select(NetworkPost).where(NetworkPost.press_key == press_key))
    if known is not None:
        if session.get_one(Share, known.share_key).employee_key != actor.employee_key:
            raise NotFound(_("There is no such share of yours."))
        return known
    account = find_account(actor, find_network(network_key))
    server = urlsplit(account.server).hostname if account is not None else None
    share = open_share(actor, item_id=item_id, network_key=network_key, server=server, **opened).share
    return press(actor, share.id, press_key=press_key)


def find_account(actor: Actor, network: Network | None) -> NetworkAccount | None:
    """Return the actor's account on a network, or None."""
    if network is None:
        return None
    return session.scalar(
        select(NetworkAccount).where(
            NetworkAccount.employee_key == require_self(actor), NetworkAccount.network == network.number
        )
    )


def press(actor: Actor, share_id: UUID, *, how: Press = Press.BUTTON, press_key: UUID | None = None) -> NetworkPost:
    """Have a share posted with the actor's connected account. While one is under way or out, that one is returned.

    Raises NotPermitted, NotFound, and Conflict when it cannot go out like this: no account, switched off, the item
    changed, the rules want other words, or the organisation's limit for the month is reached.
    """
    require(actor, Permission.SHARES_WRITE)
    require_participant(actor)
    lock_employee(actor)
    share = queries.get_share(share_id, visible_to=actor, lock=True)
    known = latest_post(share)
    if known is not None and known.state not in OVER:
        return known
    if share.state is not ShareState.OPENED:
        raise Conflict(_("This is posted already."), code="already_posted")
    network = network_of(share.network)
    access = require_on(network)
    account = find_account(actor, network)
    if account is None or account.state is AccountState.ENDED:
        raise Conflict(
            _("Connect your %(network)s account first, under My data.", network=network.name), code="not_connected"
        )
    problem = problem_now(actor, share)
    if problem is not None:
        raise Conflict(sentence(problem, network), code=problem)
    if access.most_posts_a_month is not None:
        session.refresh(access, with_for_update=True)  # it costs money: presses are counted one after the other
    if access.most_posts_a_month is not None and posts_this_month(network) >= access.most_posts_a_month:
        raise Conflict(
            _(
                "This month's limit for %(network)s is reached. Post it yourself.",
                network=network.name,
            ),
            code="limit_reached",
        )
    now = clock.now()
    post = NetworkPost(
        share_key=share.key,
        account_id=account.id,
        network=share.network,
        press=how,
        press_key=press_key or uuid4(),
        record_key=_record_key(network, now),
        pressed_at=now,
        next_try_at=now,
    )
    session.add(post)
    session.flush()  # the task names it
    jobs.enqueue(JOB, post_id=post.id)
    return post


def latest_post(share: Share) -> NetworkPost | None:
    """Return the last press for a share, or None."""
    return session.scalar(
        select(NetworkPost).where(NetworkPost.share_key == share.key).order_by(NetworkPost.pressed_at.desc()).limit(1)
    )


def post_of(share_id: UUID, *, visible_to: Actor) -> NetworkPost:
    """Return the last press for one's own share. Raises NotFound."""
    post = latest_post(queries.get_share(share_id, visible_to=visible_to))
    if post is None:
        raise NotFound(_("This share was not posted from here."))
    return post


def share_id_of(post: NetworkPost) -> UUID:
    """Return the share that a press is for."""
    return session.get_one(Share, post.share_key).id


def cancel(actor: Actor, share_id: UUID) -> NetworkPost:
    """Take back a press that waits. Raises NotFound, or Conflict once it is on its way or out."""
    require(actor, Permission.SHARES_WRITE)
    post = _locked(actor, share_id)
    if post.state is not PostState.WAITING or post.may_be_out:
        raise Conflict(_("It is on its way already, or over."), code="not_waiting")
    post.state, post.problem, post.ended_at = PostState.REFUSED, CANCELLED, clock.now()
    session.flush()
    return post


def say_what_became(actor: Actor, share_id: UUID, *, is_there: bool, post_url: str | None = None) -> NetworkPost:
    """Write down what somebody found when we did not know. Their word confirms the share, or lets them press again.

    Raises NotPermitted, NotFound, Conflict where it is known, Invalid for an address on another network.
    """
    require(actor, Permission.SHARES_WRITE)
    post = _locked(actor, share_id)
    if post.state is not PostState.UNKNOWN:
        raise Conflict(_("What became of it is known."), code="not_unknown")
    if is_there:
        confirm_share(actor, share_id, post_url)
    post.state = PostState.SAID_POSTED if is_there else PostState.SAID_MISSING
    session.flush()
    return post


def posts_this_month(network: Network) -> int:
    """Return how many presses for a network there were in this month of the programme, those that failed left out."""
    first = clock.day_of(clock.now(), preferences.zone()).replace(day=1)
    since, _end = clock.day_bounds(first, preferences.zone())
    counted = select(func.count()).where(
        NetworkPost.network == network.number, NetworkPost.pressed_at >= since, NetworkPost.state.not_in(OVER)
    )
    return session.scalars(counted).one()


def problem_now(actor: Actor, share: Share) -> str | None:
    """Return why a share may not go out as it stands at this moment, or None: asked at the press and before sending."""
    item_id = session.scalars(select(ContentItem.id).where(ContentItem.key == share.item_key)).one()
    try:
        entry = get_live_item(item_id, visible_to=actor)
    except NotFound:
        return "item_gone"
    if entry.version.id != share.version_id:
        return "item_changed"
    is_blocked = not entry.version.is_text_locked and any(hit.phrase.is_blocking for hit in find_phrases(share.text))
    return "rules_changed" if is_blocked or not says_enough(share, entry) else None


def says_enough(share: Share, entry: FeedEntry) -> bool:
    """Return whether today's disclosure rules let the text go out word for word."""
    disclosed = disclose(
        share.text,
        network=network_of(share.network),
        country=session.get_one(Employee, share.employee_key).country,
        language=entry.language,
        is_locked=False,
        is_product=entry.is_product,
        is_wanted=bool(share.disclosure.get("near")),
    )
    return not disclosed.was_added


def sentence(problem: str, network: Network) -> str:
    """Return why a post did not go out, in words for the person who pressed."""
    name = network.name
    return {
        "item_gone": _("This is no longer there to be shared."),
        "item_changed": _("This was changed meanwhile. Open it again, and look at your text."),
        "rules_changed": _("The rules for texts changed meanwhile. Open it again, and look at yours."),
        "disconnected": _("Your account is no longer connected."),
        "switched_off": _("Posting to %(network)s from here was switched off.", network=name),
        CANCELLED: _("You took it back before it left."),
        "not_reached": _("We could not reach %(network)s. Nothing was posted.", network=name),
        "asked_to_wait": _("%(network)s was too busy to take it. Nothing was posted.", network=name),
        "server_error": _("%(network)s had a problem of its own.", network=name),
        "no_answer": _("%(network)s did not answer.", network=name),
        "not_understood": _("%(network)s answered something we cannot read.", network=name),
        "token_refused": _("%(network)s no longer takes what we were given. Connect your account again.", network=name),
        "not_allowed": _("%(network)s does not let us post for you.", network=name),
        "refused": _("%(network)s refused this text.", network=name),
    }.get(problem, _("It did not go out."))


def _locked(actor: Actor, share_id: UUID) -> NetworkPost:
    share = queries.get_share(share_id, visible_to=actor, lock=True)
    post = latest_post(share)
    if post is None:
        raise NotFound(_("This share was not posted from here."))
    session.refresh(post, with_for_update=True)
    return post


def _record_key(network: Network, at: datetime) -> str:
    """Return the name of the post where we choose it: a timestamp identifier (TID) for the AT Protocol."""
    if network.key != "bluesky":
        return str(uuid4())
    number = (int(at.timestamp() * 1_000_000) << 10) | secrets.randbelow(1024)
    return "".join(_TID[(number >> shift) & 31] for shift in range(60, -1, -5))
