"""Proof of possession (DPoP, RFC 9449) and our own key as a confidential client (RFC 7523), for the AT Protocol."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from advocacy.foundation import clock, preferences
from advocacy.sharing.accounts.calling import CallFailed, Reply, Trouble, call

ALGORITHM = "ES256"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SIGNED_SECONDS = 60


def new_key() -> dict[str, Any]:
    """Return a new private key of proof, to be kept with the tokens it is bound to."""
    return dict(ECKey.generate_key("P-256").as_dict(private=True))


def call_with_proof(
    method: str,
    url: str,
    *,
    key: Mapping[str, Any],
    nonces: dict[str, str],
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Reply:
    """Ask as `call` does, proving that the key is ours. `nonces` remembers what each server wants proofs to hold.

    A server that wants a newer nonce has not acted on the request, so it is asked once more.
    """
    origin = "/".join(url.split("/", 3)[:3])
    for attempt in (1, 2):
        own = {"DPoP": _proof(method, url, key, nonces.get(origin), token)}
        if token is not None:
            own["Authorization"] = f"DPoP {token}"
        try:
            reply = call(method, url, headers={**(headers or {}), **own}, **more)
        except CallFailed as failed:
            answered = failed.reply.headers if failed.reply is not None else {}
            fresh = answered.get("dpop-nonce")
            wants_nonce = failed.error_code == "use_dpop_nonce" or "use_dpop_nonce" in answered.get(
                "www-authenticate", ""
            )
            if fresh:
                nonces[origin] = fresh
            if attempt == 1 and wants_nonce and fresh:
                continue
            raise
        if "dpop-nonce" in reply.headers:
            nonces[origin] = reply.headers["dpop-nonce"]
        return reply
    raise CallFailed(Trouble.TOKEN_REFUSED)


def _proof(method: str, url: str, key: Mapping[str, Any], nonce: str | None, token: str | None) -> str:
    own = ECKey.import_key(dict(key))
    header = {"typ": "dpop+jwt", "alg": ALGORITHM, "jwk": own.as_dict(private=False)}
    claims: dict[str, Any] = {
        "jti": secrets.token_urlsafe(16),
        "htm": method,
        "htu": url.partition("?")[0],
        "iat": int(clock.now().timestamp()),
    }
    if nonce:
        claims["nonce"] = nonce
    if token is not None:
        claims["ath"] = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
    return jwt.encode(header, claims, own, algorithms=[ALGORITHM])


def client_assertion(client_id: str, issuer: str) -> str:
    """Return our own signature that says who we are to one authorization server."""
    now = int(clock.now().timestamp())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "jti": secrets.token_urlsafe(16),
        "iat": now,
        "exp": now + SIGNED_SECONDS,
    }
    own = _client_key(preferences.deployment().encryption_keys[-1])
    return jwt.encode({"alg": ALGORITHM, "kid": own.kid}, claims, own, algorithms=[ALGORITHM])


def public_keys() -> dict[str, Any]:
    """Return what servers check our signatures with."""
    own = _client_key(preferences.deployment().encryption_keys[-1])
    public = own.as_dict(private=False) | {"kid": own.kid, "alg": ALGORITHM, "use": "sig"}
    return {"keys": [public]}


@cache
def _client_key(master: str) -> ECKey:
    """Return the deployment's key: made from its oldest encryption key, so that all hosts have the same one."""
    raw = HKDF(SHA256(), 48, salt=None, info=b"advocacy:atproto-client").derive(base64.urlsafe_b64decode(master))
    private = ec.derive_private_key(int.from_bytes(raw) % (P256_ORDER - 1) + 1, ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = ECKey.import_key(pem)
    return ECKey.import_key(pem, {"kid": key.thumbprint()})
