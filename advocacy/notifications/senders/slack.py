"""Slack's Web API: one call, one answer, and what the answer means for whoever waits.

The library's own client is not used: it follows redirects and proxies, and knows no end to time or bytes.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from slack_sdk.signature import Clock, SignatureVerifier

from advocacy.foundation import clock, preferences
from advocacy.foundation.egress import EgressPolicy, EgressProblem, post
from advocacy.notifications.senders.chat import Handed
from advocacy.notifications.senders.email import Fate, Result

LARGEST_ANSWER_BYTES = 262_144  # a message comes back whole
TOO_MANY, UNAVAILABLE, SERVER_ERROR, OK = 429, 503, 500, 200
LONGEST_CODE = 100

# Nothing goes until an administrator does something.
CLOSING = frozenset(
    [
        "access_denied",
        "account_inactive",
        "app_missing_action_url",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "messages_tab_disabled",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "restricted_action",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    ]
)
# This person cannot be reached there any more; others can.
NOT_THERE = frozenset(
    [
        "cannot_dm_bot",
        "channel_not_found",
        "is_archived",
        "not_in_channel",
        "user_disabled",
        "user_is_bot",
        "user_not_found",
        "user_not_visible",
        "users_not_found",
    ]
)
LATER = frozenset(
    [
        "accesslimited",
        "message_limit_exceeded",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    ]
)
# Slack says of these that part of the work may have been done.
OPEN = frozenset({"fatal_error", "internal_error"})


class _OurClock(Clock):
    def now(self) -> float:
        return clock.now().timestamp()


def is_signed(raw: bytes, headers: Mapping[str, str], secrets: list[str]) -> bool:
    """Return whether Slack signed a body within the last five minutes, with one of these secrets."""
    for secret in secrets:
        try:
            if SignatureVerifier(secret, _OurClock()).is_valid_request(raw, dict(headers)):
                return True
        except (ValueError, TypeError):  # a time that is none, a signature that is no ASCII, a body that is no text
            continue
    return False


def call(token: str, method: str, **fields: Any) -> Handed:
    """Call one method of the Web API. Whatever Slack does, this returns."""
    settings = preferences.deployment()
    body = urlencode({name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()})
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "Accept": "application/json",
    }
    try:
        answer = post(
            f"{settings.slack_api}/{method}",
            body.encode(),
            policy=EgressPolicy(settings.egress_inside),
            headers=headers,
            most_bytes=LARGEST_ANSWER_BYTES,
        )
    except EgressProblem as problem:
        return Handed.of_problem(problem)
    if answer.status in {TOO_MANY, UNAVAILABLE}:
        return Handed.later(str(answer.status), answer.headers.get("retry-after"))
    if answer.status >= SERVER_ERROR:
        return Handed.of(Fate.UNKNOWN, str(answer.status))
    return _said(answer.status, answer.content, answer.headers.get("retry-after"))


def _said(status: int, content: bytes, retry_after: str | None) -> Handed:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("ok"), bool):
        # Something between us and Slack answered, or half of it came: nobody knows whether the message stands.
        return Handed.of(Fate.UNKNOWN if status == OK else Fate.LETTER_REFUSED, f"{status} no answer of Slack")
    if said["ok"]:
        return Handed(Result(Fate.SENT), body=said)
    code = _code(said.get("error"))
    if code in CLOSING:
        return Handed.closed(code)
    if code in NOT_THERE:
        return Handed.of(Fate.ADDRESS_REFUSED, code)
    if code in LATER:
        return Handed.later(code, retry_after)
    return Handed.of(Fate.UNKNOWN if code in OPEN else Fate.LETTER_REFUSED, code)


def _code(error: Any) -> str:
    """Return Slack's word for what went wrong, fit to be shown."""
    text = error if isinstance(error, str) and error else "no_reason"
    return "".join(character if character.isprintable() else " " for character in text)[:LONGEST_CODE]
