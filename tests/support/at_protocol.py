"""A server of the AT Protocol on the loopback: directory, sign-in, repository and public view in one.

Held to atproto.com/specs/oauth: pushed requests only, PKCE, proofs with a fresh nonce for method, address and token.
"""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

from tests.support.networks import Answer, Asked, Contract, Route

DID = "did:plc:" + "a" * 24
HANDLE = "robin.example"
SCOPE = "atproto repo:app.bsky.feed.post?action=create"


class AtProtocolServer(Contract):
    def __init__(self) -> None:
        super().__init__()
        self.pushed: dict[str, dict[str, str]] = {}
        self.nonce = "nonce-1"
        self.did = DID
        self.endpoint: str | None = None
        self.issuer: str | None = None
        self.endpoints: dict[str, str] = {}
        self.owned = [f"at://{HANDLE}"]
        self.lasts = 3_600

    def routes(self) -> dict[tuple[str, str], Route]:
        return {
            ("GET", "/xrpc/com.atproto.identity.resolveHandle"): lambda asked: (
                (200, {}, {"did": self.did}) if asked.query["handle"] == HANDLE else (400, {}, {"error": "NotFound"})
            ),
            ("GET", f"/{DID}"): self.document,
            ("GET", "/.well-known/oauth-protected-resource"): lambda _asked: (
                200,
                {},
                {"resource": self.url, "authorization_servers": [self.url]},
            ),
            ("GET", "/.well-known/oauth-authorization-server"): self.metadata,
            ("POST", "/oauth/par"): self.push,
            ("POST", "/oauth/token"): self.token,
            ("POST", "/oauth/revoke"): self.take_back,
            ("POST", "/xrpc/com.atproto.repo.createRecord"): self.create,
            ("GET", "/xrpc/com.atproto.repo.getRecord"): self.get_record,
            ("GET", "/xrpc/app.bsky.actor.getProfile"): lambda _asked: (200, {}, {"did": DID, "followersCount": 77}),
            ("GET", "/xrpc/app.bsky.feed.getPosts"): lambda _asked: (
                200,
                {},
                {"posts": [{"likeCount": 4, "repostCount": 1, "replyCount": 0}]},
            ),
        }

    def document(self, _asked: Asked) -> Answer:
        service = {
            "id": "#atproto_pds",
            "type": "AtprotoPersonalDataServer",
            "serviceEndpoint": self.endpoint or self.url,
        }
        return 200, {}, {"id": DID, "alsoKnownAs": self.owned, "service": [service]}

    def metadata(self, _asked: Asked) -> Answer:
        return (
            200,
            {},
            {
                "issuer": self.issuer or self.url,
                "authorization_endpoint": f"{self.url}/oauth/authorize",
                "token_endpoint": f"{self.url}/oauth/token",
                "revocation_endpoint": f"{self.url}/oauth/revoke",
                "pushed_authorization_request_endpoint": f"{self.url}/oauth/par",
                "require_pushed_authorization_requests": True,
                **self.endpoints,
            },
        )

    def push(self, asked: Asked) -> Answer:
        wrong = self.proof_is_wrong(asked)
        if wrong is not None:
            return wrong
        form = asked.form
        if form["code_challenge_method"] != "S256" or "atproto" not in form["scope"].split():
            return 400, {}, {"error": "invalid_request"}
        name = f"urn:ietf:params:oauth:request_uri:{self.next('request')}"
        self.pushed[name] = {**form, "thumbprint": thumbprint(asked)}
        return 201, {}, {"request_uri": name, "expires_in": 299}

    def agree(self, authorize_url: str) -> dict[str, str]:
        """Do what a person does at the server: say yes. Return what their browser is sent back with."""
        name = parse_qs(urlsplit(authorize_url).query)["request_uri"][0]
        begun = self.pushed.pop(name)
        code = self.next("code")
        self.codes[code] = {**begun, "subject": DID}
        path = urlsplit(begun["redirect_uri"]).path
        return {"path": path, "code": code, "state": begun["state"], "issuer": self.url}

    def token(self, asked: Asked) -> Answer:
        wrong = self.proof_is_wrong(asked)
        if wrong is not None:
            return wrong
        begun = self.codes.get(asked.form.get("code", ""))
        if begun is not None and begun["thumbprint"] != thumbprint(asked):
            return 400, {}, {"error": "invalid_grant"}
        status, headers, told = self.grant(asked, needs_pkce=True, lasts=self.lasts, refreshes=True)
        if status == 200:
            self.tokens[told["access_token"]]["thumbprint"] = thumbprint(asked)
            told |= {"token_type": "DPoP", "sub": DID}
        return status, headers, told

    def take_back(self, asked: Asked) -> Answer:
        return self.proof_is_wrong(asked) or self.revoke(asked)

    def create(self, asked: Asked) -> Answer:
        wrong = self.proof_is_wrong(asked, needs_token=True)
        if wrong is not None:
            return wrong
        body = asked.body
        if body["repo"] != DID or body["record"]["$type"] != body["collection"]:
            return 400, {}, {"error": "InvalidRequest"}
        if body["rkey"] in self.posts:
            return 400, {}, {"error": "InvalidRequest", "message": "Record already exists"}
        self.posts[body["rkey"]] = body["record"]
        return 200, {}, {"uri": f"at://{DID}/{body['collection']}/{body['rkey']}", "cid": "bafy"}

    def get_record(self, asked: Asked) -> Answer:
        found = self.posts.get(asked.query["rkey"])
        return (200, {}, {"value": found}) if found else (400, {}, {"error": "RecordNotFound"})

    def proof_is_wrong(self, asked: Asked, *, needs_token: bool = False) -> Answer | None:
        """Return the refusal of a request whose proof does not hold, or None."""
        try:
            claims = proven(asked)
        except (ValueError, KeyError):
            return 400, {}, {"error": "invalid_dpop_proof"}
        if claims.get("nonce") != self.nonce:
            status = 401 if needs_token else 400
            return (
                status,
                {"DPoP-Nonce": self.nonce, "WWW-Authenticate": 'DPoP error="use_dpop_nonce"'},
                {"error": "use_dpop_nonce"},
            )
        if (claims["htm"], claims["htu"]) != (asked.method, f"{self.url}{asked.path}"):
            return 400, {}, {"error": "invalid_dpop_proof"}
        if not needs_token:
            return None
        held = self.tokens.get(asked.bearer)
        digest = base64.urlsafe_b64encode(hashlib.sha256(asked.bearer.encode()).digest()).rstrip(b"=").decode()
        if held is None or held["thumbprint"] != thumbprint(asked) or claims.get("ath") != digest:
            return 401, {"WWW-Authenticate": 'DPoP error="invalid_token"'}, {"error": "invalid_token"}
        return None


def proven(asked: Asked) -> dict[str, Any]:
    """Return what a proof claims, after checking its signature with the key it names."""
    proof = asked.headers["dpop"]
    head = proof.split(".")[0]
    header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    if header["typ"] != "dpop+jwt" or "d" in header["jwk"]:
        raise ValueError("no proof")
    return dict(jwt.decode(proof, ECKey.import_key(header["jwk"]), algorithms=["ES256"]).claims)


def thumbprint(asked: Asked) -> str:
    head = asked.headers["dpop"].split(".")[0]
    header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    return str(ECKey.import_key(header["jwk"]).thumbprint())
