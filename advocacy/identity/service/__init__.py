"""Accounts and roles: inviting, signing in, links by mail, passwords, tokens, who may do what."""

from advocacy.identity.service.accounts import (
    account_as_operator,
    create_account,
    deactivate,
    end_employment,
    erase_oneself,
    invite,
    reactivate,
)
from advocacy.identity.service.actors import OPERATOR, actor_of, make_actor, own_account
from advocacy.identity.service.api_tokens import find_token_actor, make_own_token, make_token, revoke_token
from advocacy.identity.service.links import (
    LINK_LIFETIME,
    ask_for_link,
    consume_link,
    forget_unanswered,
    look_at_link,
    make_link,
    mint_link,
    request_link,
)
from advocacy.identity.service.roles import grant_as_operator, grant_role, revoke_role
from advocacy.identity.service.sessions import end_session, end_sessions, forget_expired
from advocacy.identity.service.signing_in import change_password, set_password, sign_in

__all__ = [
    "LINK_LIFETIME",
    "OPERATOR",
    "account_as_operator",
    "actor_of",
    "ask_for_link",
    "change_password",
    "consume_link",
    "create_account",
    "deactivate",
    "end_employment",
    "end_session",
    "end_sessions",
    "erase_oneself",
    "find_token_actor",
    "forget_expired",
    "forget_unanswered",
    "grant_as_operator",
    "grant_role",
    "invite",
    "look_at_link",
    "make_actor",
    "make_link",
    "make_own_token",
    "make_token",
    "mint_link",
    "own_account",
    "reactivate",
    "request_link",
    "revoke_role",
    "revoke_token",
    "set_password",
    "sign_in",
]
