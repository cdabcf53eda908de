"""Pushes to browsers (RFC 8030, 8291, 8292): sealed for one browser, signed by this deployment, sent through the guard.

The key that signs is made from the deployment's oldest encryption key, so all hosts of a deployment have the same one
and no further secret has to be kept. Browsers bind a subscription to it.
"""

import base64
import binascii
import json
import secrets
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from advocacy.foundation import clock, preferences
from advocacy.foundation.egress import EgressPolicy, EgressProblem, asked_pause, post
from advocacy.foundation.egress.policy import is_named_inside
from advocacy.foundation.web_addresses import host_is_among
from advocacy.notifications.senders.email import Fate, Result

KEPT_SECONDS = 24 * 60 * 60  # a device that is off for longer misses nothing it would want
SIGNED_SECONDS = 12 * 60 * 60
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
POINT_BYTES, AUTH_BYTES = 65, 16
LONGEST_TITLE, LONGEST_TEXT = 160, 400
GONE = frozenset({404, 410})
TAKEN = frozenset({200, 201, 202, 204})
NO_ANSWER_BEHIND = frozenset({502, 504})  # a gateway's word: what stands behind it may have taken the message


@dataclass(frozen=True, slots=True)
class Browser:
    """Where and how one browser takes its pushes: its own address, its public key and the secret it shares with us."""

    endpoint: str
    p256dh: str
    auth: str

    def is_acceptable(self) -> bool:
        """Return whether the address is one of a known push service, and the keys are keys."""
        try:
            url = urlsplit(self.endpoint)
            host, _port = url.hostname or "", url.port
            point, auth = _bytes(self.p256dh), _bytes(self.auth)
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        except (ValueError, binascii.Error):
            return False
        settings = preferences.deployment()
        scheme_is_right = url.scheme == "https" or is_named_inside(host, settings.egress_inside)
        is_known = host_is_among(host, settings.push_hosts)
        return scheme_is_right and is_known and len(point) == POINT_BYTES and len(auth) == AUTH_BYTES


def public_key() -> str:
    """Return the key that browsers are told when they subscribe, as they want it written."""
    point = (
        _key(preferences.deployment().encryption_keys[-1])
        .public_key()
        .public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def send(browser: Browser, *, title: str, text: str, url: str, language: str) -> Result:
    """Push one message. `LATER` says that the service wants it later; ADDRESS_REFUSED that the browser is gone."""
    settings = preferences.deployment()
    # Safari shows this without a script (declarative web push); our own script reads the same words.
    told = {"title": title[:LONGEST_TITLE], "body": text[:LONGEST_TEXT], "navigate": url, "lang": language}
    body = json.dumps({"web_push": 8030, "notification": told}, ensure_ascii=False).encode()
    sealed = http_ece.encrypt(
        body,
        salt=secrets.token_bytes(16),
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_bytes(browser.p256dh),
        auth_secret=_bytes(browser.auth),
        version="aes128gcm",
    )
    origin = urlsplit(browser.endpoint)
    claims = {
        "aud": f"{origin.scheme}://{origin.netloc}",
        "exp": int(clock.now().timestamp()) + SIGNED_SECONDS,
        "sub": f"mailto:{settings.mail_from}",
    }
    headers = {
        **Vapid02(_key(settings.encryption_keys[-1])).sign(claims),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEPT_SECONDS),
        "Urgency": "low",
    }
    try:
        answer = post(browser.endpoint, sealed, policy=EgressPolicy(settings.egress_inside), headers=headers)
    except EgressProblem as problem:
        # Once words left, whatever went wrong afterwards, they may be on their way: they are not sent again.
        return Result(Fate.UNKNOWN if problem.may_have_arrived else Fate.LATER, problem.refusal.value)
    if answer.status in TAKEN:
        return Result(Fate.SENT)
    if answer.status in GONE:
        return Result(Fate.ADDRESS_REFUSED, str(answer.status))
    if answer.status in NO_ANSWER_BEHIND:
        return Result(Fate.UNKNOWN, str(answer.status))
    if answer.status == 429 or answer.status >= 500:
        return Result(Fate.LATER, str(answer.status), asked_pause(answer.headers.get("retry-after"), clock.now()))
    return Result(Fate.LETTER_REFUSED, str(answer.status))


@cache
def _key(master: str) -> ec.EllipticCurvePrivateKey:
    raw = HKDF(SHA256(), 48, salt=None, info=b"advocacy:web-push").derive(base64.urlsafe_b64decode(master))
    return ec.derive_private_key(int.from_bytes(raw) % (P256_ORDER - 1) + 1, ec.SECP256R1())


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
