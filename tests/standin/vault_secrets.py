"""What a vault does with secrets, once the caller may: get, list, versions, set, and a certificate's public part."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import ssl
import time
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from .http1 import Request
from .model import PEM, Secret, Vault
from .openssl import openssl
from .vault_answers import Refusal, attributes, bad_parameter, bundle, check_query, read_object, secret_not_found

VALUE_CHARS_MAX, CONTENT_TYPE_CHARS_MAX, TAGS_MAX, TAG_CHARS_MAX = 25600, 255, 15, 512
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
    query = check_query(request, {"api-version", "outContentType"})
    name, secret = _version(vault, parts)
    if not secret.enabled:
        raise Refusal(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled")
    if "outContentType" in query:
        secret = _converted(secret, query["outContentType"], query["api-version"])
    return bundle(vault, name, secret)  # exp and nbf are information: the service hands expired values out


def _converted(secret: Secret, wanted: str, version: str) -> Secret:
    """A PFX as PEM, as the service gives it since 2025-07-01: certificates first, which is openssl's order too."""
    if wanted != PEM or not secret.kid or version < "2025-07-01" or not version.startswith("20"):
        raise bad_parameter(f"outContentType {wanted} is not supported here")
    if secret.content_type == PEM:
        return secret
    text = openssl("pkcs12", "-passin", "pass:", "-nodes", data=base64.b64decode(secret.value or "")).decode()
    blocks = re.findall("-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----\n", text, re.DOTALL)
    return replace(secret, value="".join(blocks), content_type=PEM)


def put(vault: Vault, request: Request, parts: list[str]) -> Any:
    check_query(request, {"api-version"})
    body = read_object(request.body, {"value", "contentType", "attributes", "tags"})
    value, kind, tags = body.get("value"), body.get("contentType") or "", body.get("tags") or {}
    if not isinstance(value, str):
        raise bad_parameter("Property 'value' is missing or not a string")
    if len(value) > VALUE_CHARS_MAX or len(kind) > CONTENT_TYPE_CHARS_MAX:
        raise bad_parameter("The secret value or its content type is too large")
    if len(tags) > TAGS_MAX or any(not isinstance(tag, str) or len(tag) > TAG_CHARS_MAX for pair in tags.items() for tag in pair):
        raise bad_parameter("Too many tags, or too large ones")
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
    query = check_query(request, {"api-version", "maxresults", "$skiptoken"})
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
        port = (request.header("Host") or "").partition(":")[2] or "443"  # said always; 443 in the service
        link = f"https://{vault.host}:{port}{path}?api-version={quote(query['api-version'])}&$skiptoken={token}&maxresults={wanted}"
    return {"value": items[at:end], "nextLink": link}


def get_certificate(vault: Vault, request: Request, parts: list[str]) -> Any:
    """The public part of what is stored as a secret with a kid."""
    check_query(request, {"api-version"})
    try:
        name, secret = _version(vault, parts)
    except Refusal:
        secret = Secret(None)
    if not secret.kid:
        raise Refusal(404, "CertificateNotFound", f"A certificate with (name/id) {parts[1]} was not found in this key vault.")
    text = (secret if secret.content_type == PEM else _converted(secret, PEM, "2025-07-01")).value or ""
    der = ssl.PEM_cert_to_DER_cert(re.findall("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.DOTALL)[0])
    base = f"https://{vault.host}"
    return {
        "id": f"{base}/certificates/{name}/{secret.version}", "kid": f"{base}/keys/{name}/{secret.version}", "sid": f"{base}/secrets/{name}/{secret.version}",
        "x5t": base64.urlsafe_b64encode(hashlib.sha1(der).digest()).rstrip(b"=").decode(), "cer": base64.b64encode(der).decode(),
        "attributes": attributes(secret), "policy": {"id": f"{base}/certificates/{name}/policy", "key_props": {"exportable": True, "kty": "RSA"},
                                                     "secret_props": {"contentType": secret.content_type}},
    }
