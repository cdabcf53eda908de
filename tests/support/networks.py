"""Networks of our own on the loopback, held to the documents of the real ones: what they would refuse is refused here.

A test may break an answer: `network.breaks = [("/2/tweets", broken("drop"))]` lets it act and then say nothing.
"""

import base64
import hashlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, dict[str, str], Any]
Route = Callable[["Asked"], Answer]


@dataclass
class Asked:
    """One request, taken apart."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]
    body: dict[str, Any]
    raw_query: str

    @property
    def bearer(self) -> str:
        kind, _blank, token = self.headers.get("authorization", "").partition(" ")
        return token if kind.lower() in {"bearer", "dpop"} else ""


@dataclass
class Break:
    """What goes wrong with one answer. `acts` says whether the network does first what it was asked."""

    how: str
    acts: bool
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)


def broken(how: str, status: int = 0, **headers: str) -> Break:
    """Return `drop` (acts, no answer), `deaf` (nothing at all), `garbage` (acts, no JSON), or `status`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Break(how, how in {"drop", "garbage"}, status, named)


class Contract:
    """A network that answers its routes, remembers what it was asked, and breaks where a test wants it to."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.breaks: list[tuple[str, Break]] = []
        self.meanwhile: dict[str, Callable[[], None]] = {}  # by path: what somebody does while it is asked
        self.codes: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, dict[str, Any]] = {}
        self.revoked: list[str] = []
        self.posts: dict[str, Any] = {}
        self.count = 0

    @property
    def host(self) -> str:
        return self.url.partition("://")[2]

    def routes(self) -> dict[tuple[str, str], Route]:
        raise NotImplementedError

    def calls(self, path: str) -> list[Asked]:
        return [one for one in self.asked if one.path == path]

    def next(self, what: str) -> str:
        self.count += 1
        return f"{what}-{self.count}"

    def answer(self, asked: Asked) -> Answer:
        if asked.path in self.meanwhile:
            self.meanwhile.pop(asked.path)()
        for (method, path), route in self.routes().items():
            is_below = path.endswith("/") and asked.path.startswith(path)
            if method == asked.method and (asked.path == path or is_below):
                return route(asked)
        return 404, {}, {"error": "no such route"}

    # --- The part of OAuth that all of them share.

    def sign_in(self, authorize_url: str, subject: str = "42", **more: str) -> dict[str, str]:
        """Do what a person does at the network: say yes. Return what their browser is sent back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(authorize_url).query).items()}
        code = self.next("code")
        self.codes[code] = {**asked, **more, "subject": subject}
        return {"path": urlsplit(asked["redirect_uri"]).path, "code": code, "state": asked.get("state", "")}

    def grant(self, asked: Asked, *, needs_pkce: bool, lasts: int | None, refreshes: bool) -> Answer:
        form = asked.form
        if form.get("grant_type") == "refresh_token":
            held = next((one for one in self.tokens.values() if one["refresh"] == form.get("refresh_token")), None)
            if held is None:
                return 400, {}, {"error": "invalid_grant"}
            self.tokens = {name: one for name, one in self.tokens.items() if one is not held}
            return self.issue(held["subject"], held["scope"], lasts, refreshes)
        begun = self.codes.pop(form.get("code", ""), None)
        if begun is None or form.get("redirect_uri") != begun["redirect_uri"]:
            return 400, {}, {"error": "invalid_grant"}
        if needs_pkce:
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if begun.get("code_challenge_method") != "S256" or begun.get("code_challenge") != challenge:
                return 400, {}, {"error": "invalid_grant"}
        elif "code_verifier" in form:
            return 400, {}, {"error": "invalid_request"}
        return self.issue(begun["subject"], begun["scope"], lasts, refreshes)

    def issue(self, subject: str, scope: str, lasts: int | None, refreshes: bool, **more: Any) -> Answer:
        token = self.next("token")
        refresh = self.next("refresh") if refreshes else None
        self.tokens[token] = {"subject": subject, "scope": scope, "refresh": refresh}
        told = {"access_token": token, "token_type": "Bearer", "scope": scope, **more}
        if lasts is not None:
            told["expires_in"] = lasts
        if refresh:
            told["refresh_token"] = refresh
        return 200, {}, told

    def who(self, asked: Asked, *scopes: str) -> str | None:
        held = self.tokens.get(asked.bearer)
        if held is None or not set(scopes) <= set(held["scope"].split()):
            return None
        return str(held["subject"])

    def revoke(self, asked: Asked) -> Answer:
        gone = asked.form.get("token", "")
        self.revoked.append(gone)
        self.tokens = {name: one for name, one in self.tokens.items() if gone not in (name, one["refresh"])}
        return 200, {}, {}


def basic(asked: Asked) -> str:
    kind, _blank, value = asked.headers.get("authorization", "").partition(" ")
    return base64.b64decode(value).decode() if kind == "Basic" else ""


REFUSED: Answer = (401, {}, {"error": "The access token is invalid"})


class MastodonServer(Contract):
    """docs.joinmastodon.org: methods/apps, methods/oauth, methods/statuses."""

    def __init__(self, *, is_old: bool = False, lasts: int | None = None) -> None:
        super().__init__()
        self.is_old = is_old
        self.lasts = lasts
        self.apps: dict[str, dict[str, str]] = {}
        self.by_key: dict[str, str] = {}
        self.followers = 120
        self.hands_out_again = False  # doorkeeper's `reuse_access_token`

    def routes(self) -> dict[tuple[str, str], Route]:
        return {
            ("POST", "/api/v1/apps"): self.register,
            ("POST", "/oauth/token"): self.token,
            ("POST", "/oauth/revoke"): self.revoke,
            ("GET", "/api/v1/accounts/verify_credentials"): self.account,
            ("POST", "/api/v1/statuses"): self.post,
            ("GET", "/api/v1/statuses/"): self.status,
        }

    def register(self, asked: Asked) -> Answer:
        if self.is_old and "profile" in asked.form["scopes"].split():
            return 422, {}, {"error": "Scopes doesn't match configured on the server."}
        client = self.next("client")
        self.apps[client] = asked.form
        return 200, {}, {"client_id": client, "client_secret": "mastodon-secret", "name": asked.form["client_name"]}

    def token(self, asked: Asked) -> Answer:
        app = self.apps.get(asked.form.get("client_id", ""))
        if app is None or asked.form.get("client_secret") != "mastodon-secret":
            return 401, {}, {"error": "invalid_client"}
        subject = self.codes.get(asked.form.get("code", ""), {}).get("subject")
        for token, held in self.tokens.items():
            if self.hands_out_again and held["subject"] == subject:
                return 200, {}, {"access_token": token, "token_type": "Bearer", "scope": held["scope"]}
        return self.grant(asked, needs_pkce=True, lasts=self.lasts, refreshes=self.lasts is not None)

    def account(self, asked: Asked) -> Answer:
        subject = self.who(asked, "read:accounts" if self.is_old else "profile")
        if subject is None:
            return REFUSED
        return 200, {}, {"id": subject, "username": f"robin{subject}", "followers_count": self.followers}

    def post(self, asked: Asked) -> Answer:
        if self.who(asked, "write:statuses") is None:
            return REFUSED
        key = asked.headers.get("idempotency-key", "")
        if key not in self.by_key:
            if len(asked.body["status"]) > 1_000:
                return 422, {}, {"error": "Validation failed: Text character limit of 500 exceeded"}
            self.by_key[key] = number = self.next("status")
            self.posts[number] = asked.body
        number = self.by_key[key]
        return 200, {}, {"id": number, "url": f"{self.url}/@robin42/{number}"}

    def status(self, asked: Asked) -> Answer:
        if asked.path.rsplit("/", 1)[1] not in self.posts:
            return 404, {}, {"error": "Record not found"}
        return 200, {}, {"favourites_count": 7, "reblogs_count": 2, "replies_count": 1}


class LinkedInServer(Contract):
    """learn.microsoft.com/linkedin: code flow with a secret and no PKCE, Posts API, member post statistics."""

    def routes(self) -> dict[tuple[str, str], Route]:
        return {
            ("POST", "/oauth/v2/accessToken"): self.token,
            ("POST", "/oauth/v2/revoke"): self.revoke,
            ("GET", "/v2/userinfo"): self.person,
            ("POST", "/rest/posts"): self.post,
            ("GET", "/rest/memberCreatorPostAnalytics"): self.analytics,
        }

    def token(self, asked: Asked) -> Answer:
        if (asked.form.get("client_id"), asked.form.get("client_secret")) != ("own-app", "own-secret"):
            return 401, {}, {"error": "invalid_client"}
        status, headers, told = self.grant(asked, needs_pkce=False, lasts=60 * 86_400, refreshes=False)
        if "scope" in told:
            told["scope"] = told["scope"].replace(" ", ",")  # as LinkedIn writes it
        return status, headers, told

    def person(self, asked: Asked) -> Answer:
        subject = self.who(asked, "openid", "profile")
        return REFUSED if subject is None else (200, {}, {"sub": subject, "name": "Robin Reyes"})

    def post(self, asked: Asked) -> Answer:
        subject = self.who(asked, "w_member_social")
        if subject is None:
            return REFUSED
        body, headers = asked.body, asked.headers
        if not headers.get("linkedin-version", "").isdecimal() or headers.get("x-restli-protocol-version") != "2.0.0":
            return 426, {}, {"code": "NONEXISTENT_VERSION"}
        if body["author"] != f"urn:li:person:{subject}" or body["lifecycleState"] != "PUBLISHED":
            return 403, {}, {"code": "ACCESS_DENIED"}
        urn = f"urn:li:share:70000000000{len(self.posts):02d}"
        self.posts[urn] = body
        return 201, {"x-restli-id": urn}, None

    def analytics(self, asked: Asked) -> Answer:
        if self.who(asked, "r_member_postAnalytics") is None:
            return 403, {}, {"code": "ACCESS_DENIED"}
        query = asked.query
        if (
            query.get("q") != "entity"
            or query.get("aggregation") != "TOTAL"
            or "(share:urn%3Ali%3Ashare%3A" not in asked.raw_query
        ):
            return 400, {}, {"code": "ILLEGAL_ARGUMENT"}
        counts = {"IMPRESSION": 410, "REACTION": 12, "COMMENT": 3, "RESHARE": 1}
        return 200, {}, {"paging": {}, "elements": [{"count": counts[query["queryType"]]}]}


class XServer(Contract):
    """docs.x.com: OAuth 2.0 with PKCE for confidential clients, rotating refresh tokens, API v2."""

    def routes(self) -> dict[tuple[str, str], Route]:
        return {
            ("POST", "/2/oauth2/token"): self.token,
            ("POST", "/2/oauth2/revoke"): self.revoke,
            ("GET", "/2/users/me"): self.me,
            ("POST", "/2/tweets"): self.post,
            ("GET", "/2/tweets/"): self.tweet,
        }

    def token(self, asked: Asked) -> Answer:
        if basic(asked) != "own-app:own-secret":
            return 401, {}, {"error": "unauthorized_client"}
        return self.grant(asked, needs_pkce=True, lasts=7_200, refreshes=True)

    def me(self, asked: Asked) -> Answer:
        subject = self.who(asked, "users.read", "tweet.read")
        if subject is None:
            return REFUSED
        data: dict[str, Any] = {"id": subject, "username": "robin", "name": "Robin"}
        if asked.query.get("user.fields") == "public_metrics":
            data["public_metrics"] = {"followers_count": 340}
        return 200, {}, {"data": data}

    def post(self, asked: Asked) -> Answer:
        if self.who(asked, "tweet.write", "tweet.read", "users.read") is None:
            return REFUSED
        number = str(19_000_000_000 + len(self.posts))
        self.posts[number] = asked.body
        return 201, {}, {"data": {"id": number, "text": asked.body["text"]}}

    def tweet(self, asked: Asked) -> Answer:
        public = {"like_count": 9, "reply_count": 2, "retweet_count": 1, "quote_count": 1, "impression_count": 500}
        own = {"impression_count": 480, "like_count": 9, "reply_count": 2, "retweet_count": 1}
        return 200, {}, {"data": {"id": "1", "public_metrics": public, "organic_metrics": own}}


@contextmanager
def running(*contracts: Contract) -> Iterator[None]:
    """Run networks on free ports of the loopback until the block ends."""
    servers = []
    for contract in contracts:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(contract))
        contract.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
    try:
        yield
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def _handler_of(contract: Contract) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            kind = headers.get("content-type", "")
            asked = Asked(
                self.command,
                parts.path,
                {name: values[0] for name, values in parse_qs(parts.query).items()},
                headers,
                {name: values[0] for name, values in parse_qs(raw.decode()).items()} if "form" in kind else {},
                json.loads(raw) if "json" in kind else {},
                parts.query,
            )
            contract.asked.append(asked)
            found = next((one for one in contract.breaks if one[0] == asked.path), None)
            if found is not None:
                contract.breaks.remove(found)
                wrong = found[1]
                if wrong.acts:
                    contract.answer(asked)
                if wrong.how in {"drop", "deaf"}:
                    self.close_connection = True
                    self.connection.close()
                    return
                if wrong.how == "garbage":
                    self.reply(200, {}, b"<html>Something went wrong</html>")
                    return
                self.reply(wrong.status, wrong.headers, b'{"error": "broken by the test"}')
                return
            status, more, told = contract.answer(asked)
            self.reply(status, more, b"" if told is None else json.dumps(told).encode())

        do_GET = do_POST = handle_any  # noqa: N815 - named by the library

        def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response_only(status)  # no Date of its own: a test may say what the clock shows there
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            pass

    return Handler
