"""What a vault does with secrets, once the caller may: get, list, versions, set, and a certificate's public part."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import ssl
import time
from typing import Any
from urllib.parse import quote

from .http1 import Request
from .model import Secret, Vault
from .vault_answers import Refusal, attributes, bad_parameter, bundle, secret_not_found

VALUE_CHARS_MAX = 25600
PAGE_MAX = 25


def _version(vault: Vault, parts: list[str]) -> tuple[str, Secret]:
    name, version = parts[1], parts[2] if len(parts) > 2 else ""
    found = vault.find(name)
    if found is None:
        raise secret_not_found(name, version)
    stored, versions = found
    secret = versions[-1] if not version else next((s for s in versions if s.version == version.lower()), None)
    if secret is None:
        raise secret_not_found(name, version)
    return stored, secret


def get(vault: Vault, request: Request, parts: list[str]) -> Any:
    unknown = {name for name, _ in request.query} - {"api-version", "outContentType"}
    if unknown:
        raise bad_parameter(f"The request URI has an unknown query parameter: {sorted(unknown)}")
    name, secret = _version(vault, parts)
    if not secret.enabled:
        raise Refusal(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled")
    return bundle(vault, name, secret)  # exp and nbf are information: the service hands expired values out


def put(vault: Vault, request: Request, parts: list[str]) -> Any:
    try:
        body = json.loads(request.body)
        value = body["value"]
        if not isinstance(value, str):
            raise TypeError
    except (ValueError, KeyError, TypeError):
        raise bad_parameter("Property 'value' is missing or not a string") from None
    if len(value) > VALUE_CHARS_MAX:
        raise bad_parameter("The secret value is too large")
    unknown = set(body) - {"value", "contentType", "attributes", "tags"}
    if unknown:
        raise bad_parameter(f"unknown property {sorted(unknown)}")
    if parts[1] in vault.deleted:
        raise Refusal(409, "Conflict", f"Secret {parts[1]} is currently in a deleted but recoverable state.", "ObjectIsDeletedButRecoverable")
    found = vault.find(parts[1])
    given = body.get("attributes", {})
    secret = vault.put(found[0] if found else parts[1], value, content_type=body.get("contentType"), tags=body.get("tags", {}),
                       enabled=given.get("enabled", True), nbf=given.get("nbf"), exp=given.get("exp"), created=int(time.time()))
    return bundle(vault, found[0] if found else parts[1], secret)


def list_names(vault: Vault, request: Request, parts: list[str]) -> Any:
    items = []
    for name in sorted(vault.secrets):
        if name not in vault.deleted:
            item = bundle(vault, name, vault.secrets[name][-1], value=False)
            items.append(item | {"id": f"https://{vault.host}/secrets/{name}"})
    return _page(vault, request, "/secrets", items)


def list_versions(vault: Vault, request: Request, parts: list[str]) -> Any:
    found = vault.find(parts[1])
    if found is None:
        raise secret_not_found(parts[1], "")
    items = [bundle(vault, found[0], secret, value=False) for secret in found[1]]
    items.sort(key=lambda item: item["id"])  # not by date, as in the service
    return _page(vault, request, f"/secrets/{found[0]}/versions", items)


def _page(vault: Vault, request: Request, path: str, items: list[dict[str, Any]]) -> Any:
    query = dict(request.query)
    unknown = set(query) - {"api-version", "maxresults", "$skiptoken"}
    if unknown:
        raise bad_parameter(f"The request URI has an unknown query parameter: {sorted(unknown)}")
    wanted = query.get("maxresults", str(min(vault.page, PAGE_MAX)))
    if not re.fullmatch("[0-9]{1,2}", wanted) or not 1 <= int(wanted) <= PAGE_MAX:
        raise bad_parameter(f"maxresults must be 1 to {PAGE_MAX}: {wanted}")
    try:
        at = int(json.loads(base64.b64decode(query["$skiptoken"], validate=True))["NextMarker"]) if "$skiptoken" in query else 0
    except (ValueError, KeyError, TypeError):
        raise bad_parameter("$skiptoken is not one of ours") from None
    end = at + int(wanted)
    link = None
    if end < len(items):
        token = base64.b64encode(json.dumps({"NextMarker": str(end), "TargetLocation": 0}).encode()).decode()
        link = f"https://{vault.host}:443{path}?api-version={quote(query['api-version'])}&$skiptoken={token}&maxresults={wanted}"
    return {"value": items[at:end], "nextLink": link}


def get_certificate(vault: Vault, request: Request, parts: list[str]) -> Any:
    """The public part of what is stored as a PEM secret with a kid."""
    try:
        name, secret = _version(vault, parts)
    except Refusal:
        secret = None
    block = re.search("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", secret.value or "", re.DOTALL) if secret and secret.kid else None
    if secret is None or block is None:
        raise Refusal(404, "CertificateNotFound", f"A certificate with (name/id) {parts[1]} was not found in this key vault.")
    der = ssl.PEM_cert_to_DER_cert(block[0])
    base = f"https://{vault.host}"
    return {
        "id": f"{base}/certificates/{name}/{secret.version}", "kid": f"{base}/keys/{name}/{secret.version}", "sid": f"{base}/secrets/{name}/{secret.version}",
        "x5t": base64.urlsafe_b64encode(hashlib.sha1(der).digest()).rstrip(b"=").decode(), "cer": base64.b64encode(der).decode(),
        "attributes": attributes(secret), "policy": {"id": f"{base}/certificates/{name}/policy", "key_props": {"exportable": True, "kty": "RSA"},
                                                     "secret_props": {"contentType": secret.content_type}},
    }
