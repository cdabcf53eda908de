"""Connecting an account and taking it back. Only background work asks networks; the browser goes there itself."""

import hashlib
import hmac
import json
import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update

from advocacy.foundation import clock, encryption, jobs
from advocacy.foundation.access import Actor, Permission, require, require_self
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, NotFound, TooManyRequests
from advocacy.people import queries as people
from advocacy.people import tombstones
from advocacy.people.models import Purpose
from advocacy.people.service import find_locked, grant_consent, lock_employee, withdraw_consent
from advocacy.sharing.account_models import (
    AccountAuthorization,
    AccountState,
    AuthorizationState,
    NetworkAccount,
    NetworkPost,
)
from advocacy.sharing.accounts.access import known_network, require_on
from advocacy.sharing.accounts.apps import app_for_start, app_of, callback_path, redirect_uri
from advocacy.sharing.accounts.calling import CallFailed
from advocacy.sharing.accounts.holding import MAY_IDLE, WAIT
from advocacy.sharing.accounts.providers import Begun, Connected, Start, api_of, provider_of
from advocacy.sharing.accounts.revoking import HANDS_OUT_AGAIN, revoke_later
from advocacy.sharing.accounts.servers import server_for
from advocacy.sharing.accounts.tokens import Tokens, seal, unseal
from advocacy.sharing.service import require_participant
from config.networks import network_of

SOURCE = "connected_accounts"
SEALED_FOR = "account_authorization"
PREPARE, FINISH, REVOKE = "sharing.prepare_connection", "sharing.finish_connection", "sharing.revoke_tokens"
GOOD_FOR = timedelta(minutes=15)
KEPT = timedelta(hours=1)
MOST_IN_AN_HOUR = 20
LONGEST_CODE = 4_000
DECLINED, NOT_BEGUN_HERE, TOO_OLD = "declined", "not_begun_here", "too_old"
READ_WEEKLY = timedelta(days=7)
FINISH_LOCK = 0x6669  # class of the advisory locks that go by attempt
# There a new token stands for the old one: to call the old one void might end both.
REPLACES_BY_ITSELF = frozenset({"linkedin"})


def start_connection(
    actor: Actor,
    network_key: str,
    *,
    browser: bytes,
    server: str | None = None,
    reads_numbers: bool = False,
    reads_followers: bool = False,
) -> AccountAuthorization:
    """Begin to connect an account of the actor's own. Pressing the button that calls this is the yes to it.

    `browser` stands for the session that began it: nobody else can bring it to an end. Raises NotPermitted without
    the yes to taking part, NotFound, Conflict while the network is switched off or a yes is missing, Invalid for what
    is no server, and TooManyRequests.
    """
    require(actor, Permission.PROFILE_WRITE)
    network = known_network(network_key)
    access, api = require_on(network), api_of(network)
    employee_key = require_participant(actor)
    place = server_for(network, server) if api is not None and api.asks_for_server else ""
    grant_consent(actor, Purpose.CONNECTED_ACCOUNT, source=SOURCE)
    if reads_followers and not people.has_consent(employee_key, Purpose.NETWORK_SIZE):
        raise Conflict(_("Say yes to counting the size of your networks first."), code="consent_missing")
    recent = select(func.count()).where(
        AccountAuthorization.employee_key == employee_key,
        AccountAuthorization.created_at > clock.now() - timedelta(hours=1),
    )
    if session.scalars(recent).one() >= MOST_IN_AN_HOUR:
        raise TooManyRequests(_("These were many attempts. Try again in an hour."), retry_after_seconds=3_600)
    attempt = AccountAuthorization(
        employee_key=employee_key,
        network=network.number,
        server=place,
        browser_hash=browser,
        reads_numbers=reads_numbers and access.reads_numbers,
        reads_followers=reads_followers,
    )
    session.add(attempt)
    session.flush()  # the task names it
    jobs.enqueue(PREPARE, authorization_id=attempt.id)
    return attempt


def get_authorization(authorization_id: UUID, *, visible_to: Actor) -> AccountAuthorization:
    """Return an attempt of one's own. Raises NotFound."""
    found = session.get(AccountAuthorization, authorization_id)
    if found is None or found.employee_key != visible_to.employee_key:
        raise NotFound(_("This attempt is over. Begin again."))
    return found


def prepare_connection(authorization_id: UUID) -> None:
    """Ask a network where the person goes on. Run in the background; safe to run again."""
    session.execute(MAY_IDLE)
    attempt = session.get(AccountAuthorization, authorization_id, populate_existing=True)
    if attempt is None or attempt.state is not AuthorizationState.PREPARING:
        return
    network, state = network_of(attempt.network), secrets.token_urlsafe(32)
    provider = provider_of(network)
    scopes = provider.api.scopes + (provider.api.number_scopes if attempt.reads_numbers else ())
    problem: str | None = None
    begun: Begun | None
    try:
        app, known_scopes = app_for_start(network, attempt.server, scopes)
        begun = provider.begin(Start(attempt.server, known_scopes, redirect_uri(network, attempt.server), state, app))
    except CallFailed as failed:
        known_scopes, begun, problem = (), None, failed.trouble.value
    attempt = _locked(authorization_id)  # only now: whoever takes back their yes meanwhile waits for no server
    if attempt is None or attempt.state is not AuthorizationState.PREPARING:
        return
    if begun is None:
        attempt.state, attempt.problem = AuthorizationState.FAILED, problem
        return
    attempt.sealed = _seal(attempt, {"scopes": list(known_scopes), "secrets": begun.secrets})
    attempt.state_hash = _hash(state)
    attempt.authorize_url = begun.url
    attempt.state = AuthorizationState.READY


def come_back(
    actor: Actor, *, path: str, state: str, browser: bytes, code: str | None, error: str | None, issuer: str | None
) -> AccountAuthorization:
    """Take what a network sends somebody back with. It works once, in the browser that began, for its own person.

    `path` is where it arrived: what comes to another network's address is mixed up, and nobody is shown its code.
    Raises NotFound for everything else: whether such an attempt exists is not told.
    """
    attempt = session.scalar(
        select(AccountAuthorization)
        .where(
            AccountAuthorization.state_hash == _hash(state),
            AccountAuthorization.employee_key == require_self(actor),
            AccountAuthorization.state == AuthorizationState.READY,
        )
        .with_for_update()
    )
    if attempt is None or not hmac.compare_digest(attempt.browser_hash, browser):
        raise NotFound(_("This was not begun here, or is over. Begin again under My data."))
    attempt.state_hash = None
    if path != callback_path(network_of(attempt.network), attempt.server):
        attempt.state, attempt.problem = AuthorizationState.FAILED, NOT_BEGUN_HERE
    elif error or not code or len(code) > LONGEST_CODE:
        attempt.state, attempt.problem = AuthorizationState.FAILED, DECLINED
    elif attempt.created_at < clock.now() - GOOD_FOR:
        attempt.state, attempt.problem = AuthorizationState.FAILED, TOO_OLD
    else:
        kept = _unseal(attempt)
        expected = kept["secrets"].get("issuer")
        if expected is not None and issuer != expected:  # RFC 9207: an answer of another server is mixed up
            attempt.state, attempt.problem = AuthorizationState.FAILED, NOT_BEGUN_HERE
            return attempt
        attempt.sealed = _seal(attempt, {**kept, "code": code})
        attempt.state = AuthorizationState.RETURNED
        jobs.enqueue(FINISH, authorization_id=attempt.id)
    return attempt


def finish_connection(authorization_id: UUID) -> None:
    """Exchange the code for tokens, learn whose account it is, and keep it. Run in the background.

    Nobody waits for the network meanwhile. Where the yes is gone by then, what the network gave is taken back.
    """
    session.execute(MAY_IDLE)
    alone = select(func.pg_try_advisory_xact_lock(FINISH_LOCK, func.hashtext(str(authorization_id))))
    if not session.scalar(alone):  # a code works once
        return
    attempt = session.get(AccountAuthorization, authorization_id, populate_existing=True)
    if attempt is None or attempt.state is not AuthorizationState.RETURNED:
        return
    network, kept, employee_key = network_of(attempt.network), _unseal(attempt), attempt.employee_key
    problem: str | None = None
    connected: Connected | None
    try:
        own, app = redirect_uri(network, attempt.server), app_of(network, attempt.server)
        start = Start(attempt.server, tuple(kept["scopes"]), own, "", app)
        connected = provider_of(network).finish(start, kept["secrets"], kept["code"])
    except CallFailed as failed:
        connected, problem = None, failed.trouble.value
    session.execute(WAIT)
    employee = find_locked(employee_key)  # first the person, as whoever withdraws does
    attempt = _locked(authorization_id)
    if connected is None:
        if attempt is not None:
            attempt.state, attempt.problem, attempt.sealed = AuthorizationState.FAILED, problem, None
    elif attempt is None or employee is None or people.has_left(employee):
        revoke_later(session(), network.number, connected.server, connected.tokens)
        jobs.enqueue(REVOKE)
        if attempt is not None:
            attempt.state, attempt.sealed = AuthorizationState.FAILED, None
    else:
        attempt.state, attempt.sealed = AuthorizationState.DONE, None
        _keep(attempt, connected)


def disconnect(actor: Actor, network_key: str) -> None:
    """Take an account back at once. Background work tells the network; a restore does not bring the account back.

    Raises NotFound where none is connected.
    """
    network = known_network(network_key)
    employee = lock_employee(actor)
    gone = session.scalar(
        delete(NetworkAccount)
        .where(NetworkAccount.employee_key == employee.key, NetworkAccount.network == network.number)
        .returning(NetworkAccount.id)
    )
    if gone is None:
        raise NotFound(_("No account of yours is connected there."))
    tombstones.append("disconnected", clock.now(), {employee.id: {"network": network.number}})
    left = select(NetworkAccount.id).where(NetworkAccount.employee_key == employee.key)
    if session.scalar(left.limit(1)) is None:
        withdraw_consent(actor, Purpose.CONNECTED_ACCOUNT, source=SOURCE)
    jobs.enqueue(REVOKE)


def forget_attempts() -> int:
    """Delete attempts that are over; return how many."""
    gone = session.execute(
        delete(AccountAuthorization)
        .where(AccountAuthorization.created_at < clock.now() - KEPT)
        .returning(AccountAuthorization.id)
    )
    return len(gone.all())


# --- Inside.


def _locked(authorization_id: UUID) -> AccountAuthorization | None:
    return session.scalar(
        select(AccountAuthorization)
        .where(AccountAuthorization.id == authorization_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _keep(attempt: AccountAuthorization, connected: Connected) -> None:
    """Put the account in place of an earlier one. The same account keeps what was posted with it."""
    network, account_id, now = network_of(attempt.network), new_id(), clock.now()
    before = session.scalar(
        select(NetworkAccount)
        .where(NetworkAccount.employee_key == attempt.employee_key, NetworkAccount.network == attempt.network)
        .with_for_update()
    )
    is_same = before is not None and (before.server, before.subject) == (connected.server, connected.subject)
    values: dict[str, Any] = {
        "server": connected.server,
        "subject": connected.subject,
        "handle": connected.handle,
        "scopes": list(connected.tokens.scopes),
        "reads_numbers": attempt.reads_numbers,
        "reads_followers": attempt.reads_followers,
        "access_ends_at": connected.tokens.access_ends_at,
        "ends_at": connected.tokens.ends_at,
        "connected_at": now,
        "told_at": None,
        "next_read_at": now
        if attempt.reads_numbers or attempt.reads_followers
        else now + READ_WEEKLY
        if connected.tokens.refresh
        else None,
    }
    if before is not None and is_same and network.key in REPLACES_BY_ITSELF | HANDS_OUT_AGAIN:
        old = _tokens_of(before)
        if network.key in HANDS_OUT_AGAIN and old is not None and old.access != connected.tokens.access:
            revoke_later(session(), network.number, before.server, old)
        for name, value in values.items():
            setattr(before, name, value)
        before.state, before.sealed = AccountState.CONNECTED, seal(connected.tokens, before.id)
        return
    posts: list[UUID] = []
    if before is not None:
        if is_same:
            posts = list(session.scalars(select(NetworkPost.id).where(NetworkPost.account_id == before.id)))
        session.delete(before)
        session.flush()  # one account a network
    session.add(
        NetworkAccount(
            id=account_id,
            employee_key=attempt.employee_key,
            network=attempt.network,
            sealed=seal(connected.tokens, account_id),
            **values,
        )
    )
    session.flush()
    if posts:
        session.execute(update(NetworkPost).where(NetworkPost.id.in_(posts)).values(account_id=account_id))


def _tokens_of(account: NetworkAccount) -> Tokens | None:
    """Return the tokens of an account, None where the key that sealed them is gone."""
    try:
        return unseal(account.sealed, account.id)
    except encryption.CannotDecrypt:
        return None


def _hash(state: str) -> bytes:
    return hashlib.sha256(state.encode()).digest()


def _seal(attempt: AccountAuthorization, kept: dict[str, Any]) -> bytes:
    return encryption.encrypt(json.dumps(kept), purpose=SEALED_FOR, owner=str(attempt.id))


def _unseal(attempt: AccountAuthorization) -> dict[str, Any]:
    assert attempt.sealed is not None  # noqa: S101 - there since the attempt is ready
    found: dict[str, Any] = json.loads(encryption.decrypt(attempt.sealed, purpose=SEALED_FOR, owner=str(attempt.id)))
    return found
