"""Asking a network's interface: one request through the guarded client, and every way it can go wrong by name."""

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from advocacy.foundation import preferences
from advocacy.foundation.egress import EgressPolicy, EgressProblem, Posted, asked_pause, exchange

USER_AGENT = "advocacy/1 (posts for people who press the button themselves)"
LARGEST_ANSWER_BYTES = 1_000_000
CALL_SECONDS = 15.0
USUAL_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 60, 24 * 60 * 60
LONGEST_DETAIL = 200


class Trouble(enum.StrEnum):
    """What went wrong with a request. Values are stored with posts; add new ones, never rename."""

    NOT_REACHED = "not_reached"  # nothing of the request left
    NO_ANSWER = "no_answer"  # it left, and what became of it is not known
    NOT_UNDERSTOOD = "not_understood"  # it was taken, and the answer says nothing we can read
    ASKED_TO_WAIT = "asked_to_wait"
    SERVER_ERROR = "server_error"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a name, no token
    NOT_ALLOWED = "not_allowed"
    REFUSED = "refused"


class CallFailed(Exception):
    """A request that did not work. `detail` is what the network said about it, for its log and ours."""

    def __init__(
        self, trouble: Trouble, *, status: int = 0, wait_seconds: int | None = None, reply: Posted | None = None
    ) -> None:
        super().__init__(f"{trouble.value} {status}".strip())
        self.trouble = trouble
        self.status = status
        self.wait_seconds = wait_seconds
        self.reply = reply

    @property
    def may_have_acted(self) -> bool:
        """Return whether the other side may have done what it was asked, although we cannot tell."""
        return self.trouble in {Trouble.NO_ANSWER, Trouble.NOT_UNDERSTOOD, Trouble.SERVER_ERROR}

    @property
    def error_code(self) -> str:
        """Return the network's own code of the error, empty where it gave none."""
        try:
            told = _read(self.reply) if self.reply is not None else {}
        except ValueError:
            return ""
        return str(told.get("error", ""))[:LONGEST_DETAIL] if isinstance(told, dict) else ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A taken request: the object it answered, and its headers in lower case."""

    status: int
    headers: Mapping[str, str]
    told: dict[str, Any]


def call(
    method: str,
    url: str,
    *,
    parameters: Mapping[str, str] | None = None,
    form: Mapping[str, str] | str | None = None,
    body: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    bearer: str | None = None,
    needs_object: bool = True,
) -> Reply:
    """Ask once and return what was answered. Raises CallFailed, whatever the other side does.

    With `needs_object` an answer that is no JSON object is `NOT_UNDERSTOOD`, as it was taken all the same.
    """
    sent = {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
    content = b""
    if form is not None:
        content = (form if isinstance(form, str) else urlencode(form)).encode()
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    elif body is not None:
        content = json.dumps(body, ensure_ascii=False).encode()
        sent["Content-Type"] = "application/json"
    if bearer is not None:
        sent["Authorization"] = f"Bearer {bearer}"
    address = f"{url}?{urlencode(parameters)}" if parameters else url
    reply = _exchanged(method, address, content, sent)
    try:
        told = _read(reply) if reply.content else {}
    except ValueError:
        told = None
    if isinstance(told, dict) and (told or not needs_object):
        return Reply(reply.status, reply.headers, told)
    if not needs_object:
        return Reply(reply.status, reply.headers, {})
    raise CallFailed(Trouble.NOT_UNDERSTOOD, status=reply.status, reply=reply)


def _read(reply: Posted) -> Any:
    """Return what an answer says. Raises ValueError also for what is nested without end, and for no characters.

    Half of a pair of surrogates can be sent in JSON, but neither stored nor passed on.
    """
    try:
        told = reply.json()
        json.dumps(told, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return told


def _exchanged(method: str, url: str, content: bytes, headers: Mapping[str, str]) -> Posted:
    policy = EgressPolicy(preferences.deployment().egress_inside)
    try:
        reply = exchange(
            method,
            url,
            content,
            policy=policy,
            headers=headers,
            most_bytes=LARGEST_ANSWER_BYTES,
            seconds=CALL_SECONDS,
        )
    except EgressProblem as problem:
        raise CallFailed(Trouble.NO_ANSWER if problem.may_have_arrived else Trouble.NOT_REACHED) from problem
    if 200 <= reply.status < 300:
        return reply
    raise CallFailed(_trouble(reply), status=reply.status, wait_seconds=_wait_seconds(reply.headers), reply=reply)


def _trouble(reply: Posted) -> Trouble:
    if reply.status == 429 or (reply.status == 503 and "retry-after" in reply.headers):
        return Trouble.ASKED_TO_WAIT
    if reply.status >= 500 or reply.status < 200:
        return Trouble.SERVER_ERROR
    return {401: Trouble.TOKEN_REFUSED, 403: Trouble.NOT_ALLOWED}.get(reply.status, Trouble.REFUSED)


def _wait_seconds(headers: Mapping[str, str]) -> int | None:
    """Return how long to wait, by whichever header says so; instants are read against the network's own clock."""
    theirs = _instant(headers.get("date", "")) or datetime.now(UTC)
    pause = asked_pause(headers.get("retry-after"), theirs)
    until = _instant(headers.get("x-ratelimit-reset", headers.get("x-rate-limit-reset", "")))
    if not pause and until is not None:
        pause = until - theirs
    if pause <= timedelta(0):
        return None
    seconds = pause.total_seconds()
    return min(max(int(seconds) + 1, 1), LONGEST_WAIT_SECONDS)


def _instant(text: str) -> datetime | None:
    """Return an instant as headers write it: an HTTP date, ISO 8601, or seconds of the epoch."""
    try:
        if text.isascii() and text.isdecimal():
            return datetime.fromtimestamp(int(text), UTC)
        found = datetime.fromisoformat(text) if text[:4].isdecimal() else parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
