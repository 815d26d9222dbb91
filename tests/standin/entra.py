"""Entra: signs tokens with keys of its own, and is what a vault asks whether a token is good.

Tokens are JWTs, RS256, with the claims of real managed-identity tokens.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import threading
import time
from typing import Any

from .model import Identity
from .openssl import RsaKey, openssl

_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")  # DigestInfo, RFC 8017 section 9.2


class TokenError(Exception):
    """Why a token is not good: one word of UNREADABLE, KEY, SIGNATURE, EXPIRED, EARLY. `header` is its first part."""

    def __init__(self, why: str, header: str = "") -> None:
        super().__init__(why)
        self.why, self.header = why, header


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text: str) -> bytes:
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if b64url(data) != text:  # Python takes the other alphabet too, padding, and bits that mean nothing
        raise ValueError("not base64url as RFC 4648 has it")
    return data


@functools.cache
def _signing_key() -> RsaKey:
    return RsaKey.from_pem(openssl("genrsa", "2048"))


def issuer(tenant: str) -> str:
    return f"https://sts.windows.net/{tenant}/"


class Entra:
    def __init__(self, tenants: set[str], clock: Any = time.time) -> None:
        self.tenants, self.clock = tenants, clock
        self.key = _signing_key()
        self.kid = b64url(hashlib.sha1(str(self.key.n).encode()).digest())
        self._signed: dict[bytes, str] = {}
        self._lock = threading.Lock()

    def token(self, identity: Identity, resource: str, **claims: Any) -> str:
        """A token for the audience exactly as it was asked for; `claims` replace or (None) remove claims."""
        now = int(self.clock())
        body = {
            "aud": resource, "iss": issuer(identity.tenant), "iat": now + identity.not_before, "nbf": now + identity.not_before,
            "exp": now + identity.token_seconds, "aio": "E2NgYBBqTLmx0OzIg6Z1sbXbAA==", "appid": identity.client_id, "appidacr": "2",
            "idp": issuer(identity.tenant), "idtyp": "app", "oid": identity.object_id, "rh": "0.AQEA.", "sub": identity.object_id,
            "tid": identity.tenant, "uti": "mJ8uQ0Zp0Ee0Q2YxAQAA", "ver": "1.0", "xms_mirid": identity.resource_id,
        }
        body = {name: value for name, value in (body | claims).items() if value is not None}
        return self.sign({"typ": "JWT", "alg": "RS256", "x5t": self.kid, "kid": self.kid}, body)

    def sign(self, header: dict[str, Any], body: dict[str, Any]) -> str:
        text = ".".join(b64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, body))
        with self._lock:  # signing in Python is slow; the same claims give the same token
            if text.encode() not in self._signed:
                digest = _SHA256_PREFIX + hashlib.sha256(text.encode()).digest()
                padded = b"\0\1" + b"\xff" * (self.key.size - len(digest) - 3) + b"\0" + digest
                self._signed[text.encode()] = b64url(self.key.private(int.from_bytes(padded, "big")).to_bytes(self.key.size, "big"))
            return f"{text}.{self._signed[text.encode()]}"

    def verify(self, token: str) -> dict[str, Any]:
        """The claims of a token that we signed and that is valid now. Audience and issuer are the vault's to judge."""
        try:
            head, body, signature = token.split(".")
            header, claims, mark = json.loads(unb64url(head)), json.loads(unb64url(body)), unb64url(signature)
            times = claims["nbf"], claims["exp"]
        except (ValueError, KeyError, TypeError):
            raise TokenError("UNREADABLE") from None
        if header.get("alg") != "RS256" or header.get("kid") != self.kid:
            raise TokenError("KEY", head)
        digest = _SHA256_PREFIX + hashlib.sha256(f"{head}.{body}".encode()).digest()
        padded = b"\0\1" + b"\xff" * (self.key.size - len(digest) - 3) + b"\0" + digest
        if len(mark) != self.key.size or pow(int.from_bytes(mark, "big"), self.key.e, self.key.n) != int.from_bytes(padded, "big"):
            raise TokenError("SIGNATURE", head)
        if self.clock() >= times[1]:
            raise TokenError("EXPIRED", head)
        if self.clock() < times[0]:
            raise TokenError("EARLY", head)
        return claims
