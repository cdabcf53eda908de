"""X: posting and own numbers over API v2, which is paid for by use.

Built to docs.x.com and run against a contract server of our own; the real network was never reached.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from advocacy.sharing.accounts.calling import CallFailed, Trouble, call
from advocacy.sharing.accounts.providers.base import (
    Begun,
    Connected,
    Held,
    Numbers,
    Published,
    Start,
    Words,
    ask_for_token,
    authorize_url,
    count_in,
    new_verifier,
    take_back,
    text_in,
)
from advocacy.sharing.accounts.tokens import Tokens, granted
from config.network_apis import NetworkApi

BY_HEADER = "client_secret_basic"


@dataclass(frozen=True, slots=True)
class X:
    api: NetworkApi

    def begin(self, start: Start) -> Begun:
        verifier = new_verifier()
        return Begun(authorize_url(self.api.authorize_url, start, verifier=verifier), {"verifier": verifier})

    def finish(self, start: Start, secrets: Mapping[str, Any], code: str) -> Connected:
        told = ask_for_token(
            self.api.token_url,
            start.app,
            "authorization_code",
            identifies_by=BY_HEADER,
            code=code,
            redirect_uri=start.redirect_uri,
            code_verifier=secrets["verifier"],
            client_id=start.app.client_id,
        )
        tokens = granted(told, scopes=start.scopes)
        person = self._me(tokens.access)
        return Connected(text_in(person, "data", "id"), f"@{text_in(person, 'data', 'username')}", "", tokens)

    def renew(self, held: Held) -> Tokens:
        if held.tokens.refresh is None:
            raise CallFailed(Trouble.TOKEN_REFUSED)
        told = ask_for_token(
            self.api.token_url,
            held.app,
            "refresh_token",
            identifies_by=BY_HEADER,
            refresh_token=held.tokens.refresh,
            client_id=held.app.client_id,
        )
        return granted(told, scopes=held.tokens.scopes, kept=held.tokens)

    def revoke(self, held: Held) -> None:
        for token in filter(None, (held.tokens.refresh, held.tokens.access)):
            take_back(self.api.revoke_url, held.app, token, identifies_by=BY_HEADER)

    def publish(self, held: Held, words: Words, *, is_repeated: bool) -> Published:
        text = " ".join(filter(None, (words.text, words.link)))
        told = call("POST", f"{self.api.api_url}/2/tweets", body={"text": text}, bearer=held.tokens.access).told
        number = text_in(told, "data", "id")
        return Published(number, f"https://x.com/{held.handle.removeprefix('@')}/status/{number}")

    def followers(self, held: Held) -> int | None:
        return count_in(self._me(held.tokens.access, "public_metrics"), "data", "public_metrics", "followers_count")

    def numbers(self, held: Held, remote_id: str) -> Numbers | None:
        told = call(
            "GET",
            f"{self.api.api_url}/2/tweets/{quote(remote_id, safe='')}",
            parameters={"tweet.fields": "public_metrics,organic_metrics"},
            bearer=held.tokens.access,
        ).told
        # Posts older than 30 days have no organic metrics any more; what everybody sees, they keep.
        data = told.get("data")
        has_organic = isinstance(data, dict) and isinstance(data.get("organic_metrics"), dict)
        kind = "organic_metrics" if has_organic else "public_metrics"
        reshares = [count_in(told, "data", "public_metrics", name) for name in ("retweet_count", "quote_count")]
        return Numbers(
            impressions=count_in(told, "data", kind, "impression_count"),
            reactions=count_in(told, "data", kind, "like_count"),
            comments=count_in(told, "data", kind, "reply_count"),
            reshares=sum(one or 0 for one in reshares) if any(one is not None for one in reshares) else None,
        )

    def _me(self, token: str, fields: str = "") -> dict[str, Any]:
        parameters = {"user.fields": fields} if fields else None
        return call("GET", f"{self.api.api_url}/2/users/me", parameters=parameters, bearer=token).told
