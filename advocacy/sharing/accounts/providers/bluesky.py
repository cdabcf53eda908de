"""Bluesky, and every other server of the AT Protocol: a handle leads to an identity, that to a server and its sign-in.

Built to atproto.com/specs/oauth: discovery from the handle, pushed authorization requests, PKCE, DPoP. The record's key
is ours, so that a repeated request is the same post. Every address on the way is supplied by somebody.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from advocacy.foundation import preferences
from advocacy.foundation.web_addresses import normal_host
from advocacy.sharing.accounts.calling import CallFailed, Trouble, call
from advocacy.sharing.accounts.providers.base import (
    Begun,
    Connected,
    Held,
    Numbers,
    Published,
    Start,
    Words,
    challenge_of,
    count_in,
    new_verifier,
    refusal_of_token,
    text_in,
)
from advocacy.sharing.accounts.providers.proof import call_with_proof, client_assertion, new_key, public_keys
from advocacy.sharing.accounts.servers import checked_endpoint, checked_origin
from advocacy.sharing.accounts.tokens import Tokens, granted
from advocacy.sharing.channels import LINK_SEPARATOR
from config.network_apis import NetworkApi

COLLECTION = "app.bsky.feed.post"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
METADATA_PATH = "/oauth/client-metadata.json"
LONGEST_SUMMARY = 1_000
_DID = re.compile(r"did:(plc:[a-z2-7]{24}|web:[A-Za-z0-9._%-]{1,250})\Z")
_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_TAG = re.compile(r"(?<![\w#])#([^\W\d_][\w]{0,63})")


def client_id(scopes: tuple[str, ...], redirect_uri: str) -> str:
    """Return who we are: the address of our own description, or on loopback the form meant for development."""
    settings = preferences.deployment()
    if settings.is_https:
        return f"{settings.portal_url}{METADATA_PATH}"
    return "http://localhost?" + urlencode({"redirect_uri": redirect_uri, "scope": " ".join(scopes)})


def client_metadata(scopes: tuple[str, ...], redirect_uri: str, name: str) -> dict[str, Any]:
    """Return the description of this deployment that servers read."""
    return {
        "client_id": client_id(scopes, redirect_uri),
        "client_name": name,
        "client_uri": preferences.deployment().portal_url,
        "application_type": "web",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "redirect_uris": [redirect_uri],
        "scope": " ".join(scopes),
        "dpop_bound_access_tokens": True,
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "jwks": public_keys(),
    }


@dataclass(frozen=True, slots=True)
class Bluesky:
    """`server` of a start is what the person typed: a handle. Of an account it is the origin of their server."""

    api: NetworkApi

    def begin(self, start: Start) -> Begun:
        did = self._did_of(start.server)
        server = self._server_of(did, start.server)
        issuer, told = self._issuer_of(server)
        secrets: dict[str, Any] = {
            "verifier": new_verifier(),
            "key": new_key(),
            "did": did,
            "handle": start.server,
            "server": server,
            "issuer": issuer,
            "token_url": checked_endpoint(text_in(told, "token_endpoint"), issuer),
            "revoke_url": checked_endpoint(str(ends), issuer) if (ends := told.get("revocation_endpoint")) else "",
            "nonces": {},
        }
        parameters = {
            "client_id": start.app.client_id,
            "response_type": "code",
            "redirect_uri": start.redirect_uri,
            "scope": " ".join(start.scopes),
            "state": start.state,
            "code_challenge": challenge_of(secrets["verifier"]),
            "code_challenge_method": "S256",
            "login_hint": did,
        }
        pushed = call_with_proof(
            "POST",
            checked_endpoint(text_in(told, "pushed_authorization_request_endpoint"), issuer),
            key=secrets["key"],
            nonces=secrets["nonces"],
            form=parameters | _who_we_are(start.app.client_id, issuer),
        ).told
        going = urlencode({"client_id": start.app.client_id, "request_uri": text_in(pushed, "request_uri")})
        endpoint = text_in(told, "authorization_endpoint")
        checked_origin("/".join(endpoint.split("/", 3)[:3]))
        return Begun(f"{endpoint}?{going}", secrets)

    def finish(self, start: Start, secrets: Mapping[str, Any], code: str) -> Connected:
        told = self._token(
            secrets["token_url"],
            secrets["issuer"],
            start.app.client_id,
            secrets["key"],
            secrets["nonces"],
            grant_type="authorization_code",
            code=code,
            redirect_uri=start.redirect_uri,
            code_verifier=secrets["verifier"],
        )
        if told.get("sub") != secrets["did"]:  # somebody else signed in, or the server answers for others
            raise CallFailed(Trouble.NOT_ALLOWED)
        kept = {name: secrets[name] for name in ("key", "issuer", "token_url", "revoke_url", "nonces")}
        tokens = granted(told, scopes=start.scopes, kept=Tokens("", scopes=start.scopes, extra=kept))
        return Connected(secrets["did"], f"@{secrets['handle']}", secrets["server"], tokens)

    def renew(self, held: Held) -> Tokens:
        if held.tokens.refresh is None:
            raise CallFailed(Trouble.TOKEN_REFUSED)
        extra = held.tokens.extra
        told = self._token(
            extra["token_url"],
            extra["issuer"],
            held.app.client_id,
            extra["key"],
            extra["nonces"],
            grant_type="refresh_token",
            refresh_token=held.tokens.refresh,
        )
        return granted(told, scopes=held.tokens.scopes, kept=held.tokens)

    def revoke(self, held: Held) -> None:
        extra = held.tokens.extra
        if not extra.get("revoke_url"):
            return
        form = {"token": held.tokens.refresh or held.tokens.access, "client_id": held.app.client_id}
        try:
            call_with_proof(
                "POST",
                checked_endpoint(extra["revoke_url"], extra["issuer"]),
                key=extra["key"],
                nonces=extra["nonces"],
                form=form | _who_we_are(held.app.client_id, extra["issuer"]),
                needs_object=False,
            )
        except CallFailed as failed:
            raise refusal_of_token(failed) from failed

    def publish(self, held: Held, words: Words, *, is_repeated: bool) -> Published:
        address = f"at://{held.subject}/{COLLECTION}/{words.record_key}"
        url = f"https://bsky.app/profile/{held.subject}/post/{words.record_key}"
        if is_repeated and self._is_there(held, words.record_key):
            return Published(address, url)
        text = LINK_SEPARATOR.join(filter(None, (words.text, words.link)))
        record: dict[str, Any] = {
            "$type": COLLECTION,
            "text": text,
            "createdAt": words.made_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "langs": [words.language],
        }
        if facets := facets_of(text):
            record["facets"] = facets
        if words.link is not None:
            external = {"uri": words.link, "title": words.title, "description": words.summary[:LONGEST_SUMMARY]}
            record["embed"] = {"$type": "app.bsky.embed.external", "external": external}
        body = {"repo": held.subject, "collection": COLLECTION, "rkey": words.record_key, "record": record}
        self._ask(held, "POST", "com.atproto.repo.createRecord", body=body)
        return Published(address, url)

    def followers(self, held: Held) -> int | None:
        told = self._public("app.bsky.actor.getProfile", actor=held.subject)
        return count_in(told, "followersCount")

    def numbers(self, held: Held, remote_id: str) -> Numbers | None:
        posts = self._public("app.bsky.feed.getPosts", uris=remote_id).get("posts")
        if not isinstance(posts, list) or not posts or not isinstance(posts[0], dict):
            return None
        # How often a post was seen, Bluesky does not count.
        return Numbers(
            reactions=count_in(posts[0], "likeCount"),
            comments=count_in(posts[0], "replyCount"),
            reshares=count_in(posts[0], "repostCount"),
        )

    # --- Inside.

    def _did_of(self, handle: str) -> str:
        did = text_in(self._public("com.atproto.identity.resolveHandle", handle=handle), "did")
        if not _DID.match(did):
            raise CallFailed(Trouble.NOT_UNDERSTOOD)
        return did

    def _server_of(self, did: str, handle: str) -> str:
        """Return the origin of the server that an identity's own document names. The document has to own the handle."""
        if did.startswith("did:plc:"):
            document = call("GET", f"{self.api.directory_url}/{did}").told
        else:
            try:
                host = normal_host(did.removeprefix("did:web:"))
            except ValueError as error:
                raise CallFailed(Trouble.NOT_UNDERSTOOD) from error
            document = call("GET", f"https://{host}/.well-known/did.json").told
        services = document.get("service")
        owned = document.get("alsoKnownAs")
        owns_handle = isinstance(owned, list) and f"at://{handle}" in owned
        if document.get("id") != did or not owns_handle or not isinstance(services, list):
            raise CallFailed(Trouble.NOT_UNDERSTOOD)
        for service in services:
            if isinstance(service, dict) and str(service.get("id", "")).endswith("#atproto_pds"):
                return checked_origin(str(service.get("serviceEndpoint", "")))
        raise CallFailed(Trouble.NOT_UNDERSTOOD)

    def _issuer_of(self, server: str) -> tuple[str, dict[str, Any]]:
        """Return who signs people of a server in, and what that place says about itself."""
        named = call("GET", f"{server}/.well-known/oauth-protected-resource").told.get("authorization_servers")
        if not isinstance(named, list) or not named:
            raise CallFailed(Trouble.NOT_UNDERSTOOD)
        issuer = checked_origin(str(named[0]))
        told = call("GET", f"{issuer}/.well-known/oauth-authorization-server").told
        if told.get("issuer") != issuer:
            raise CallFailed(Trouble.NOT_UNDERSTOOD)
        return issuer, told

    def _token(
        self, url: str, issuer: str, client: str, key: dict[str, Any], nonces: dict[str, str], **form: str
    ) -> dict[str, Any]:
        sent = {"client_id": client, **form, **_who_we_are(client, issuer)}
        try:
            told = call_with_proof("POST", checked_endpoint(url, issuer), key=key, nonces=nonces, form=sent).told
        except CallFailed as failed:
            raise refusal_of_token(failed) from failed
        if not told.get("access_token") or str(told.get("token_type", "")).lower() != "dpop":
            raise CallFailed(Trouble.NOT_UNDERSTOOD)
        return told

    def _ask(self, held: Held, method: str, name: str, **more: Any) -> dict[str, Any]:
        extra = held.tokens.extra
        url = f"{held.server}/xrpc/{name}"
        return call_with_proof(
            method, url, key=extra["key"], nonces=extra["nonces"], token=held.tokens.access, **more
        ).told

    def _is_there(self, held: Held, record_key: str) -> bool:
        parameters = {"repo": held.subject, "collection": COLLECTION, "rkey": record_key}
        try:
            call("GET", f"{held.server}/xrpc/com.atproto.repo.getRecord", parameters=parameters)
        except CallFailed as failed:
            if failed.error_code == "RecordNotFound":
                return False
            raise
        return True

    def _public(self, name: str, **parameters: str) -> dict[str, Any]:
        return call("GET", f"{self.api.api_url}/xrpc/{name}", parameters=parameters).told


def facets_of(text: str) -> list[dict[str, Any]]:
    """Return what makes links and hashtags of a text work, by places in its UTF-8 bytes."""
    found = []
    for match in _LINK.finditer(text):
        uri = match.group().rstrip(".,;:!?)'")
        found.append((match.start(), match.start() + len(uri), {"$type": "app.bsky.richtext.facet#link", "uri": uri}))
    for match in _TAG.finditer(text):
        if not any(start <= match.start() < end for start, end, _feature in found):
            feature = {"$type": "app.bsky.richtext.facet#tag", "tag": match.group(1)}
            found.append((match.start(), match.end(), feature))
    return [
        {
            "index": {"byteStart": len(text[:start].encode()), "byteEnd": len(text[:end].encode())},
            "features": [feature],
        }
        for start, end, feature in sorted(found, key=lambda one: one[0])
    ]


def _who_we_are(client: str, issuer: str) -> dict[str, str]:
    """Return the proof of who we are. On loopback there is no description of us, so there is nothing to prove."""
    if client.startswith("http://localhost"):
        return {}
    return {"client_assertion_type": ASSERTION, "client_assertion": client_assertion(client, issuer)}
