"""LinkedIn: posting as a member ("Share on LinkedIn"), and analytics of one's own posts where LinkedIn allowed it.

Built to learn.microsoft.com/linkedin (Posts API, member post statistics) and run against a contract server of our own;
the real network was never reached. Its code flow for web applications has no PKCE; state and secret protect it.
"""

import re
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
    take_back,
    text_in,
)
from advocacy.sharing.accounts.tokens import Tokens, granted
from config.network_apis import NetworkApi

BY_FORM = "client_secret_post"
LONGEST_TITLE, LONGEST_SUMMARY = 400, 4_086
# Reserved in the format of commentaries ("little text"); a # before a word stays, and is a hashtag.
RESERVED = re.compile(r"[\\|{}@\[\]()<>*_~]|#(?!\w)")
MEASURES = {"impressions": "IMPRESSION", "reactions": "REACTION", "comments": "COMMENT", "reshares": "RESHARE"}


@dataclass(frozen=True, slots=True)
class LinkedIn:
    api: NetworkApi

    def begin(self, start: Start) -> Begun:
        return Begun(authorize_url(self.api.authorize_url, start), {})

    def finish(self, start: Start, secrets: Mapping[str, Any], code: str) -> Connected:
        told = ask_for_token(
            self.api.token_url,
            start.app,
            "authorization_code",
            identifies_by=BY_FORM,
            code=code,
            redirect_uri=start.redirect_uri,
        )
        tokens = granted(told, scopes=start.scopes)
        person = call("GET", f"{self.api.api_url}/v2/userinfo", bearer=tokens.access).told
        return Connected(text_in(person, "sub"), text_in(person, "name"), "", tokens)

    def renew(self, held: Held) -> Tokens:
        if held.tokens.refresh is None:  # LinkedIn gives one to approved partners only
            raise CallFailed(Trouble.TOKEN_REFUSED)
        told = ask_for_token(
            self.api.token_url, held.app, "refresh_token", identifies_by=BY_FORM, refresh_token=held.tokens.refresh
        )
        return granted(told, scopes=held.tokens.scopes, kept=held.tokens)

    def revoke(self, held: Held) -> None:
        take_back(self.api.revoke_url, held.app, held.tokens.access, identifies_by=BY_FORM)

    def publish(self, held: Held, words: Words, *, is_repeated: bool) -> Published:
        post: dict[str, Any] = {
            "author": f"urn:li:person:{held.subject}",
            "commentary": RESERVED.sub(r"\\\g<0>", words.text),
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        if words.link is not None:
            article = {"source": words.link, "title": words.title[:LONGEST_TITLE]}
            if words.summary:
                article["description"] = words.summary[:LONGEST_SUMMARY]
            post["content"] = {"article": article}
        reply = call(
            "POST",
            f"{self.api.api_url}/rest/posts",
            body=post,
            headers=self._versioned(),
            bearer=held.tokens.access,
            needs_object=False,
        )
        urn = reply.headers.get("x-restli-id", "")
        if not urn.startswith("urn:li:"):
            raise CallFailed(Trouble.NOT_UNDERSTOOD, status=reply.status)
        return Published(urn, f"https://www.linkedin.com/feed/update/{urn}")

    def followers(self, held: Held) -> int | None:
        return None  # not open to self-service applications

    def numbers(self, held: Held, remote_id: str) -> Numbers | None:
        if not set(self.api.number_scopes) <= set(held.tokens.scopes):
            return None
        kind = "share" if ":share:" in remote_id else "ugc"
        found = {}
        for name, measure in MEASURES.items():
            # The finder takes a union, written in Rest.li's own way; its brackets must stay as they are.
            query = f"q=entity&entity=({kind}:{quote(remote_id, safe='')})&queryType={measure}&aggregation=TOTAL"
            address = f"{self.api.api_url}/rest/memberCreatorPostAnalytics?{query}"
            told = call("GET", address, headers=self._versioned(), bearer=held.tokens.access).told
            elements = told.get("elements")
            found[name] = count_in(elements[0], "count") if isinstance(elements, list) and elements else None
        return Numbers(**found)

    def _versioned(self) -> dict[str, str]:
        return {"LinkedIn-Version": self.api.version, "X-Restli-Protocol-Version": "2.0.0"}
