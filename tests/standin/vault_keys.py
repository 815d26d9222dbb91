"""What a vault or managed HSM does with keys, once the caller may: show the public part, wrap, unwrap."""

from __future__ import annotations

import os
import tempfile
import time
from typing import Any

from .entra import b64url, unb64url
from .http1 import Request
from .model import Key, Vault
from .openssl import RsaKey, openssl
from .vault_answers import Refusal, bad_parameter, check_query, read_object

_OAEP = {"RSA-OAEP": "sha1", "RSA-OAEP-256": "sha256"}


def _version(vault: Vault, parts: list[str]) -> tuple[str, Key]:
    name, version = parts[1], parts[2] if len(parts) > 2 else ""
    stored = next((n for n in vault.keys if n.lower() == name.lower()), None)
    versions = vault.keys.get(stored or "", [])
    key = next((k for k in versions if k.version == version.lower()), None) if version else (versions or [None])[-1]
    if stored is None or key is None:
        raise Refusal(404, "KeyNotFound", f"A key with (name/id) {name}{'/' + version if version else ''} was not found in this key vault.")
    return f"https://{vault.host}/keys/{stored}/{key.version}", key


def get(vault: Vault, request: Request, parts: list[str]) -> Any:
    check_query(request, {"api-version"})
    kid, key = _version(vault, parts)
    public = {"kid": kid, "kty": "oct-HSM" if key.aes else "RSA", "key_ops": list(key.operations)}
    if not key.aes:
        rsa = RsaKey.from_pem(key.pem.encode())
        public |= {"n": b64url(rsa.n.to_bytes(rsa.size, "big")), "e": b64url(rsa.e.to_bytes(3, "big"))}
    times = {name: value for name, value in (("nbf", key.nbf), ("exp", key.exp)) if value is not None}
    return {"key": public, "attributes": {"enabled": key.enabled, **times}}


def _check_allowed(key: Key, operation: str) -> None:
    """What was wrapped can be unwrapped before and after the key's time; nothing else can be done then."""
    if not key.enabled:
        raise Refusal(403, "Forbidden", f"Operation {operation} is not allowed on a disabled key.", "KeyDisabled")
    if operation not in key.operations:
        raise Refusal(403, "Forbidden", f"Operation {operation} is not permitted on this key.", "KeyOperationForbidden")
    if operation == "wrapKey" and key.exp is not None and key.exp <= time.time():
        raise Refusal(403, "Forbidden", "Operation wrapKey is not allowed on an expired key.", "KeyExpired")
    if operation == "wrapKey" and key.nbf is not None and key.nbf > time.time():
        raise Refusal(403, "Forbidden", "Operation wrapKey is not allowed on a key that is not yet valid.", "KeyNotYetValid")


def wrap(vault: Vault, request: Request, parts: list[str]) -> Any:
    return _operate(vault, request, parts, "-encrypt")


def unwrap(vault: Vault, request: Request, parts: list[str]) -> Any:
    return _operate(vault, request, parts, "-decrypt")


def _operate(vault: Vault, request: Request, parts: list[str], direction: str) -> Any:
    kid, key = _version(vault, parts)
    check_query(request, {"api-version"})
    body = read_object(request.body, {"alg", "value"})
    try:
        algorithm, data = body["alg"], unb64url(body["value"])
    except (ValueError, KeyError, TypeError):
        raise bad_parameter("The request body is not {alg, value}, with value in base64url without padding") from None
    _check_allowed(key, "wrapKey" if direction == "-encrypt" else "unwrapKey")
    if key.aes:
        return {"kid": kid, "value": b64url(_wrap_by_aes(key.aes, algorithm, data, direction))}
    if algorithm not in (*_OAEP, "RSA1_5"):
        raise bad_parameter("Key and signing/encrypt algorithm are incompatible.")
    mode = ["rsa_padding_mode:pkcs1"] if algorithm == "RSA1_5" else [
        "rsa_padding_mode:oaep", f"rsa_oaep_md:{_OAEP[algorithm]}", f"rsa_mgf1_md:{_OAEP[algorithm]}"]
    with tempfile.NamedTemporaryFile() as file:  # pkeyutl reads its key from a file only
        file.write(key.pem.encode())
        file.flush()
        os.chmod(file.name, 0o600)
        try:
            result = openssl("pkeyutl", direction, "-inkey", file.name, *[x for m in mode for x in ("-pkeyopt", m)], data=data)
        except RuntimeError:
            raise bad_parameter("The parameter is incorrect.") from None
    return {"kid": kid, "value": b64url(result)}


def _wrap_by_aes(key: bytes, algorithm: str, data: bytes, direction: str) -> bytes:
    """RFC 3394; openssl wants its initial value said."""
    bits = len(key) * 8
    if algorithm != f"A{bits}KW":
        raise bad_parameter("Key and signing/encrypt algorithm are incompatible.")
    if len(data) % 8 or len(data) < (16 if direction == "-encrypt" else 24):
        raise bad_parameter("The parameter is incorrect.")
    try:
        way = ["-d"] if direction == "-decrypt" else []
        return openssl("enc", *way, f"-id-aes{bits}-wrap", "-iv", "A6" * 8, "-K", key.hex(), data=data)
    except RuntimeError:
        raise bad_parameter("The parameter is incorrect.") from None
