"""Mastodon: many servers, one interface. We register with a server when the first person connects there.

Built to docs.joinmastodon.org (methods/apps, methods/oauth, methods/statuses). Posting honours Idempotency-Key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from advocacy.sharing.accounts.calling import CallFailed, Trouble, call
from advocacy.sharing.accounts.providers.base import (
    App,
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
from advocacy.sharing.channels import LINK_SEPARATOR
from config.network_apis import NetworkApi

# Servers before 4.3 know no `profile`; there the narrowest way to learn whose account it is reads accounts.
OLDER_SCOPES = {"profile": "read:accounts"}
BY_FORM = "client_secret_post"


@dataclass(frozen=True, slots=True)
class Mastodon:
    """`server` is an origin such as https://mastodon.example. The people who connect supply it."""

    api: NetworkApi

    def register(
        self, server: str, *, name: str, website: str, redirect_uri: str, scopes: tuple[str, ...]
    ) -> tuple[App, tuple[str, ...]]:
        """Make this deployment known to a server; return who we are there, and the scopes that it knows."""
        tried = (scopes, tuple(OLDER_SCOPES.get(scope, scope) for scope in scopes))
        for number, wanted in enumerate(tried):
            form = {
                "client_name": name,
                "website": website,
                "redirect_uris": redirect_uri,
                "scopes": " ".join(wanted),
            }
            try:
                told = call("POST", f"{server}/api/v1/apps", form=form).told
            except CallFailed as failed:
                if failed.trouble is Trouble.REFUSED and number + 1 < len(tried):
                    continue
                raise
            return App(text_in(told, "client_id"), text_in(told, "client_secret")), wanted
        raise CallFailed(Trouble.REFUSED)

    def begin(self, start: Start) -> Begun:
        verifier = new_verifier()
        return Begun(authorize_url(f"{start.server}/oauth/authorize", start, verifier=verifier), {"verifier": verifier})

    def finish(self, start: Start, secrets: Mapping[str, Any], code: str) -> Connected:
        told = ask_for_token(
            f"{start.server}/oauth/token",
            start.app,
            "authorization_code",
            identifies_by=BY_FORM,
            code=code,
            redirect_uri=start.redirect_uri,
            code_verifier=secrets["verifier"],
        )
        tokens = granted(told, scopes=start.scopes)
        account = _account(start.server, tokens.access)
        host = start.server.partition("://")[2]
        return Connected(text_in(account, "id"), f"@{text_in(account, 'username')}@{host}", start.server, tokens)

    def renew(self, held: Held) -> Tokens:
        if held.tokens.refresh is None:
            raise CallFailed(Trouble.TOKEN_REFUSED)
        told = ask_for_token(
            f"{held.server}/oauth/token",
            held.app,
            "refresh_token",
            identifies_by=BY_FORM,
            refresh_token=held.tokens.refresh,
        )
        return granted(told, scopes=held.tokens.scopes, kept=held.tokens)

    def revoke(self, held: Held) -> None:
        take_back(f"{held.server}/oauth/revoke", held.app, held.tokens.access, identifies_by=BY_FORM)

    def publish(self, held: Held, words: Words, *, is_repeated: bool) -> Published:
        text = LINK_SEPARATOR.join(filter(None, (words.text, words.link)))
        told = call(
            "POST",
            f"{held.server}/api/v1/statuses",
            body={"status": text, "visibility": "public", "language": words.language.partition("-")[0]},
            headers={"Idempotency-Key": words.record_key},
            bearer=held.tokens.access,
        ).told
        url = told.get("url")
        return Published(text_in(told, "id"), url if isinstance(url, str) else None)

    def followers(self, held: Held) -> int | None:
        return count_in(_account(held.server, held.tokens.access), "followers_count")

    def numbers(self, held: Held, remote_id: str) -> Numbers | None:
        # A public post needs no permission to be read. How often it was seen, Mastodon does not count.
        told = call("GET", f"{held.server}/api/v1/statuses/{quote(remote_id, safe='')}").told
        return Numbers(
            reactions=count_in(told, "favourites_count"),
            comments=count_in(told, "replies_count"),
            reshares=count_in(told, "reblogs_count"),
        )


def _account(server: str, token: str) -> dict[str, Any]:
    return call("GET", f"{server}/api/v1/accounts/verify_credentials", bearer=token).told
