"""What every network's interface can be asked, and the part of OAuth that they share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from authlib.common.security import generate_token
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7009 import prepare_revoke_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from advocacy.sharing.accounts.calling import CallFailed, Trouble, call
from advocacy.sharing.accounts.tokens import Tokens
from advocacy.sharing.limits import MOST_REPORTED
from config.network_apis import NetworkApi

VERIFIER_CHARACTERS = 64
# The stubs of the library leave these without types.
_challenge: Any = create_s256_code_challenge
_client_auth: Any = ClientAuth
GRANT_IS_OVER = frozenset({"invalid_grant", "invalid_token"})
CLIENT_IS_REFUSED = frozenset({"invalid_client", "unauthorized_client"})


@dataclass(frozen=True, slots=True)
class App:
    """Who we are to a network: the id and, where there is one, the secret of a registered application."""

    client_id: str
    client_secret: str | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """One attempt to connect: where, what for, and where to come back to. `server` is empty where there is only one."""

    server: str
    scopes: tuple[str, ...]
    redirect_uri: str
    state: str
    app: App


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the person goes on, and what has to be kept until they come back."""

    url: str
    secrets: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Connected:
    """Whose account it is, where it lives, and what we may do there."""

    subject: str
    handle: str
    server: str
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class Held:
    """A connected account, opened for one use."""

    server: str
    subject: str
    handle: str
    tokens: Tokens
    app: App


@dataclass(frozen=True, slots=True)
class Words:
    """A post: the text as checked, the tracked link, and what a preview of the link says.

    `record_key` and `made_at` never change for one post, so that a repeated request makes the same one.
    """

    text: str
    link: str | None
    title: str
    summary: str
    language: str
    record_key: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Published:
    """The post as the network knows it, and its public address where it told one."""

    remote_id: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a network tells about one post. None is unknown, never zero."""

    impressions: int | None = None
    reactions: int | None = None
    comments: int | None = None
    reshares: int | None = None

    def told(self) -> dict[str, int | None]:
        return {name: getattr(self, name) for name in ("impressions", "reactions", "comments", "reshares")}


class Provider(Protocol):
    """One network's interface. Every method asks the network and raises CallFailed."""

    @property
    def api(self) -> NetworkApi: ...

    def begin(self, start: Start) -> Begun: ...

    def finish(self, start: Start, secrets: Mapping[str, Any], code: str) -> Connected: ...

    def renew(self, held: Held) -> Tokens: ...

    def revoke(self, held: Held) -> None: ...

    def publish(self, held: Held, words: Words, *, is_repeated: bool) -> Published: ...

    def followers(self, held: Held) -> int | None: ...

    def numbers(self, held: Held, remote_id: str) -> Numbers | None: ...


def new_verifier() -> str:
    """Return a PKCE verifier (RFC 7636)."""
    return str(generate_token(VERIFIER_CHARACTERS))


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier."""
    return str(_challenge(verifier))


def authorize_url(address: str, start: Start, *, verifier: str | None = None, **more: str) -> str:
    """Return where the person says yes, with the S256 challenge of a verifier where the network takes one."""
    if verifier is not None:
        more |= {"code_challenge": challenge_of(verifier), "code_challenge_method": "S256"}
    return str(
        prepare_grant_uri(
            address,
            client_id=start.app.client_id,
            response_type="code",
            redirect_uri=start.redirect_uri,
            scope=" ".join(start.scopes),
            state=start.state,
            **more,
        )
    )


def ask_for_token(address: str, app: App, grant_type: str, *, identifies_by: str, **parameters: str) -> dict[str, Any]:
    """Return what a token endpoint answers. `identifies_by` is how it wants to know who we are.

    Raises CallFailed; TOKEN_REFUSED when what we have is worth nothing any more, NOT_ALLOWED when we ourselves are
    refused.
    """
    body = prepare_token_request(grant_type, **parameters)
    auth = _client_auth(app.client_id, app.client_secret, identifies_by)
    address, headers, body = auth.prepare("POST", address, {}, body)
    try:
        told = call("POST", address, form=body, headers=headers).told
    except CallFailed as failed:
        raise refusal_of_token(failed) from failed
    if not told.get("access_token"):
        raise CallFailed(Trouble.NOT_UNDERSTOOD)
    return told


def refusal_of_token(failed: CallFailed) -> CallFailed:
    """Return what a failure where tokens are given or taken back means: only a grant that is over ends a connection.

    Who has a wrong secret gets a 401 there too (RFC 6749, 5.2); an administrator mends that, and all goes on.
    """
    trouble = failed.trouble
    if failed.error_code in GRANT_IS_OVER:
        trouble = Trouble.TOKEN_REFUSED
    elif failed.error_code in CLIENT_IS_REFUSED or trouble is Trouble.TOKEN_REFUSED:
        trouble = Trouble.NOT_ALLOWED
    return CallFailed(trouble, status=failed.status, wait_seconds=failed.wait_seconds, reply=failed.reply)


def take_back(address: str, app: App, token: str, *, identifies_by: str) -> None:
    """Tell a network that a token is void (RFC 7009). Raises CallFailed; NOT_ALLOWED when we ourselves are refused."""
    body, headers = prepare_revoke_token_request(token, None, "", {})
    auth = _client_auth(app.client_id, app.client_secret, identifies_by)
    address, headers, body = auth.prepare("POST", address, headers, body)
    try:
        call("POST", address, form=body, headers=headers, needs_object=False)
    except CallFailed as failed:
        raise refusal_of_token(failed) from failed


def text_in(told: Mapping[str, Any], *path: str) -> str:
    """Return a text or number of an answer as text. Raises CallFailed where it is not there."""
    found: Any = told
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(found, str | int) or isinstance(found, bool) or found == "":
        raise CallFailed(Trouble.NOT_UNDERSTOOD)
    return str(found)


def count_in(told: Mapping[str, Any], *path: str) -> int | None:
    """Return a count of an answer, None where it gives none."""
    found: Any = told
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= MOST_REPORTED else None
