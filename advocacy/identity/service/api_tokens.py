"""API tokens: a person's own key for programs, never stronger than the person."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from advocacy.foundation import audit, clock
from advocacy.foundation.access import Actor, Permission, known_scopes
from advocacy.foundation.db import own_transaction, session
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted
from advocacy.identity import queries, tokens
from advocacy.identity.models import (
    DEFAULT_TOKEN_DAYS,
    LONGEST_TOKEN_NAME,
    MOST_TOKEN_DAYS,
    Account,
    ApiToken,
)
from advocacy.identity.service.actors import make_actor

MOST_TOKENS = 50
USE_NOTED_EVERY = timedelta(minutes=1)


def make_token(
    account: Account, *, scopes: Iterable[str], name: str = "API token", days: int = DEFAULT_TOKEN_DAYS
) -> tuple[ApiToken, str]:
    """Return a new token's row and its text, which is shown once and never again.

    Scopes are granted as asked for; every call allows only what both the scope and the person's role allow.
    Raises Invalid for unknown scopes or a lifetime out of bounds, Conflict when there are too many.
    """
    wanted = sorted(set(scopes))
    try:
        granted = known_scopes(wanted)
    except ValueError as error:
        raise Invalid.field(
            "scopes", _("%(error)s. Known: %(known)s", error=error, known=", ".join(Permission))
        ) from None
    if not granted:
        raise Invalid.field("scopes", _("Choose at least one scope."))
    if not 1 <= days <= MOST_TOKEN_DAYS:
        raise Invalid.field("days", _("Choose between 1 and %(most)s days.", most=MOST_TOKEN_DAYS))
    if not name.strip() or len(name) > LONGEST_TOKEN_NAME:
        raise Invalid.field("name", _("Enter a name of at most %(count)s characters.", count=LONGEST_TOKEN_NAME))
    now = clock.now()
    held = session.scalar(
        select(func.count())
        .select_from(ApiToken)
        .where(ApiToken.account_id == account.id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)
    )
    if (held or 0) >= MOST_TOKENS:
        raise Conflict(_("There are too many tokens already. Revoke one that is no longer used."), code="too_many")
    text = tokens.new_api_token()
    token = ApiToken(
        account_id=account.id,
        name=name.strip(),
        hash=tokens.hash_of(text),
        hint=tokens.hint_of(text),
        scopes=sorted(scope.value for scope in granted),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(token)
    session.flush()  # its id is part of the answer
    audit.record(None, "token.created", subject_kind="account", subject_id=account.id, token_id=str(token.id))
    return token, text


def make_own_token(
    actor: Actor, *, scopes: Iterable[str], name: str, days: int = DEFAULT_TOKEN_DAYS
) -> tuple[ApiToken, str]:
    """Make a token for oneself. A token cannot make one that is stronger than itself. Raises NotPermitted too."""
    account = session.get(Account, actor.account_id) if actor.account_id is not None else None
    if account is None:
        raise NotFound(_("There is no account behind this."))
    wanted = list(scopes)
    if actor.scopes is not None and not set(wanted) <= {scope.value for scope in actor.scopes}:
        raise NotPermitted(_("A token cannot make a token with scopes it does not have."))
    return make_token(account, scopes=wanted, name=name, days=days)


def revoke_token(actor: Actor, token_id: UUID) -> None:
    """Stop one of one's own tokens at once. Raises NotFound."""
    token = session.scalar(
        select(ApiToken).where(ApiToken.id == token_id, ApiToken.account_id == actor.account_id).with_for_update()
    )
    if token is None or token.revoked_at is not None:
        raise NotFound(_("There is no such token."))
    token.revoked_at = clock.now()
    audit.record(actor, "token.revoked", subject_kind="account", subject_id=token.account_id, token_id=str(token_id))


def find_token_actor(text: str) -> Actor | None:
    """Return who a bearer token stands for, or None. A mistyped token is refused without asking the database."""
    if not tokens.is_well_formed(text):
        return None
    now = clock.now()
    token = session.scalar(
        select(ApiToken).where(
            ApiToken.hash == tokens.hash_of(text), ApiToken.revoked_at.is_(None), ApiToken.expires_at > now
        )
    )
    if token is None:
        return None
    found = queries.find_live_account(Account.id == token.account_id)
    if found is None:
        return None
    if token.last_used_at is None or now - token.last_used_at > USE_NOTED_EVERY:
        # Apart, so that reading does not turn into a long write transaction and refused calls count as use too.
        with own_transaction() as apart:
            apart.execute(update(ApiToken).where(ApiToken.id == token.id).values(last_used_at=now))
    # A scope that a later version no longer knows gives nothing.
    scopes = frozenset(Permission(scope) for scope in token.scopes if scope in set(Permission))
    return make_actor(*found, scopes=scopes)
