"""Posts into Teams: one card to the address of a flow in Power Automate (Workflows). The address is the secret."""

import json
from typing import Any

from advocacy.foundation import preferences
from advocacy.foundation.egress import EgressPolicy, EgressProblem, post
from advocacy.foundation.egress.policy import is_named_inside
from advocacy.foundation.web_addresses import host_is_among, read_address
from advocacy.notifications.senders.chat import Handed
from advocacy.notifications.senders.email import Fate, Result

LARGEST_CARD_BYTES = 28 * 1024  # what Teams takes
CARD = "application/vnd.microsoft.card.adaptive"
TAKEN = frozenset({200, 201, 202, 204})
TOO_MANY, UNAVAILABLE, SERVER_ERROR = 429, 503, 500
BAD_REQUEST, TOO_LARGE = 400, 413
# The flow is gone, switched off, belongs to nobody any more, or its address was changed.
CLOSING = frozenset({301, 302, 303, 307, 308, 401, 403, 404, 405, 410})
CLOSING_CODES = frozenset(
    [
        "AuthorizationFailed",
        "DirectApiAuthorizationRequired",
        "WorkflowNotFound",
        "WorkflowTriggerIsNotEnabled",
        "WorkflowTriggerNotFound",
        "WorkflowDisabled",
    ]
)
LONGEST_CODE = 100


def is_address_of_a_flow(url: str) -> bool:
    """Return whether a card may be posted to an address: https, on a host the deployment names."""
    try:
        address = read_address(url)
    except ValueError:
        return False
    is_secure = address.scheme == "https" or is_named_inside(address.host, preferences.deployment().egress_inside)
    return is_secure and host_is_among(address.host, preferences.deployment().teams_hosts)


def envelope(card: dict[str, Any]) -> dict[str, Any]:
    """Return a card as the trigger of a flow wants it."""
    return {"type": "message", "attachments": [{"contentType": CARD, "contentUrl": None, "content": card}]}


def post_card(url: str, card: dict[str, Any]) -> Handed:
    """Post one card. Whatever the other side does, this returns."""
    body = json.dumps(envelope(card), ensure_ascii=False).encode()
    if len(body) > LARGEST_CARD_BYTES:
        return Handed.of(Fate.LETTER_REFUSED, "too_large")
    if not is_address_of_a_flow(url):
        return Handed.closed("host_not_allowed")
    try:
        answer = post(
            url,
            body,
            policy=EgressPolicy(preferences.deployment().egress_inside),
            headers={"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"},
        )
    except EgressProblem as problem:
        return Handed.of_problem(problem)
    if answer.status in TAKEN:
        return Handed(Result(Fate.SENT))
    if answer.status in {TOO_MANY, UNAVAILABLE}:
        return Handed.later(str(answer.status), answer.headers.get("retry-after"))
    if answer.status >= SERVER_ERROR:
        return Handed.of(Fate.UNKNOWN, str(answer.status))  # a flow that fails late has posted already
    code = _code(answer.content)
    if answer.status in CLOSING or code in CLOSING_CODES:
        return Handed.closed(f"{answer.status} {code}".strip())
    return Handed.of(Fate.LETTER_REFUSED, f"{answer.status} {code}".strip())


def _code(content: bytes) -> str:
    """Return the code of an error as Power Automate writes it, or nothing."""
    try:
        said = json.loads(content)
        code = said["error"]["code"]
    except (ValueError, RecursionError, TypeError, KeyError):
        return ""
    return code[:LONGEST_CODE] if isinstance(code, str) and code.isprintable() else ""
