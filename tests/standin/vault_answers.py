"""How Key Vault words what it says: headers, errors and bundles, as recorded (azure-protocol sections 9.6 to 9.8, 10.3)."""

from __future__ import annotations

import json
import uuid
from email.utils import formatdate
from typing import Any

from .http1 import Answer, Request
from .model import SUBSCRIPTION, Secret, Vault

_HELP = "For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid="


def read_object(body: bytes, known: set[str]) -> dict[str, Any]:
    """The JSON object that a request carries; `known` are the members it may have."""
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("a member twice")
        return dict(pairs)

    try:
        found = json.loads(body.decode("utf-8"), object_pairs_hook=once, parse_constant=lambda name: int(name))
    except ValueError as error:
        raise bad_parameter(f"The request body is not valid JSON: {error}") from None
    if not isinstance(found, dict) or set(found) - known:
        raise bad_parameter(f"The request body is no object of {sorted(known)}")
    return found


def check_query(request: Request, known: set[str]) -> dict[str, str]:
    query = dict(request.query)
    if set(query) - known:
        raise bad_parameter(f"The request URI has an unknown query parameter: {sorted(set(query) - known)}")
    return query


class Refusal(Exception):
    """The answer is an error."""

    def __init__(self, status: int, code: str, message: str, inner: str = "", headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.inner, self.headers = status, code, message, inner, headers

    @property
    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.inner:
            error["innererror"] = {"code": self.inner}
        return {"error": error}


def answer(vault: Vault, address: str, now: float, status: int, body: Any, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """With the headers of the 2023 recordings, in their order."""
    if vault.is_hsm:
        return _hsm_answer(address, status, body, headers)
    family = "InterNetworkV6" if ":" in address else "InterNetwork"
    kind = "Ipv6" if ":" in address else "Ipv4"
    content = [] if body is None else [("Content-Type", "application/json; charset=utf-8")]
    lines = [
        ("Cache-Control", "no-cache"), ("Pragma", "no-cache"), *content, ("Expires", "-1"), *headers,
        ("x-ms-keyvault-region", vault.location), ("x-ms-request-id", str(uuid.uuid4())), ("x-ms-keyvault-service-version", "1.9.713.1"),
        ("x-ms-keyvault-network-info", f"conn_type={kind};addr={address};act_addr_fam={family};"),
        ("X-Content-Type-Options", "nosniff"), ("Strict-Transport-Security", "max-age=31536000;includeSubDomains"), ("Date", formatdate(now, usegmt=True)),
    ]
    return Answer(status, lines, b"" if body is None else json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode())


def _hsm_answer(address: str, status: int, body: Any, headers: tuple[tuple[str, str], ...]) -> Answer:
    """A managed HSM has a front end of its own: names in lower case, and no word in the body of a challenge."""
    lines = [
        ("content-type", "application/json; charset=utf-8"), ("x-ms-server-latency", "0"), ("x-content-type-options", "nosniff"),
        *((name.lower(), value) for name, value in headers), ("x-frame-options", "SAMEORIGIN"), ("x-ms-request-id", str(uuid.uuid1())),
        ("x-ms-keyvault-network-info", f"addr={address};act_addr_fam=Ipv{6 if ':' in address else 4};"),
        ("strict-transport-security", "max-age=31536000; includeSubDomains"), ("content-security-policy", "default-src 'self'"), ("cache-control", "no-cache"),
    ]
    return Answer(status, lines, b"" if status == 401 else json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode())


def challenge(vault: Vault) -> tuple[str, str]:
    authority = "login.microsoftonline.com" if vault.is_hsm else "login.windows.net"
    return "WWW-Authenticate", f'Bearer authorization="https://{authority}/{vault.tenant}", resource="{vault.resource}"'


def unauthorized(vault: Vault, message: str) -> Refusal:
    return Refusal(401, "Unauthorized", message, headers=(challenge(vault),))


def bad_parameter(message: str) -> Refusal:
    return Refusal(400, "BadParameter", message)


def _caller(claims: dict[str, Any]) -> str:
    return f"appid={claims.get('appid')};oid={claims.get('oid')};iss={claims.get('iss')}"


def forbidden_by_rbac(vault: Vault, claims: dict[str, Any], action: str, item: str) -> Refusal:
    resource = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg/providers/microsoft.keyvault/vaults/{vault.name}{item}".lower()
    return Refusal(403, "Forbidden", (
        "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, "
        f"please observe propagation time.\r\nCaller: {_caller(claims)}\r\nAction: 'Microsoft.KeyVault/vaults/{action}'\r\nResource: '{resource}'\r\n"
        f"Assignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: 'DeniedWithNoValidRBAC' \r\nVault: {vault.name};location={vault.location}\r\n"),
        "ForbiddenByRbac")


def forbidden_by_policy(vault: Vault, claims: dict[str, Any], permission: str, inner: str = "ForbiddenByPolicy") -> Refusal:
    return Refusal(403, "Forbidden", (
        f"The user, group or application 'appid={claims.get('appid')};oid={claims.get('oid')};numgroups=0;iss={claims.get('iss')}' does not have "
        f"{permission} permission on key vault '{vault.name};location={vault.location}'. {_HELP}2125287"), inner)


def forbidden_by_network(vault: Vault, claims: dict[str, Any], address: str, inner: str) -> Refusal:
    if inner == "ForbiddenByConnection":
        return Refusal(403, "Forbidden", "Public network access is disabled and request is not from a trusted service nor via an approved private link.\r\n"
                       f"Caller: {_caller(claims)}\r\nVault: {vault.name};location={vault.location}", inner)
    return Refusal(403, "Forbidden", f"Client address is not authorized and caller is not a trusted service.\r\nClient address: {address}\r\n"
                   f"Caller: {_caller(claims)}\r\nVault: {vault.name};location={vault.location}", "ForbiddenByFirewall")


def secret_not_found(name: str, version: str) -> Refusal:
    return Refusal(404, "SecretNotFound", (
        f"A secret with (name/id) {name}{'/' + version if version else ''} was not found in this key vault. If you recently deleted this secret you may be "
        f"able to recover it using the correct recovery command. {_HELP}2125182"))


def throttled() -> Refusal:
    return Refusal(429, "Throttled", "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached")


def attributes(secret: Secret) -> dict[str, Any]:
    optional = {name: value for name, value in (("nbf", secret.nbf), ("exp", secret.exp)) if value is not None}
    return {"enabled": secret.enabled, **optional, "created": secret.created, "updated": secret.created, "recoveryLevel": "Recoverable+Purgeable",
            "recoverableDays": 90}


def bundle(vault: Vault, name: str, secret: Secret, value: bool = True) -> dict[str, Any]:
    """The members in the order of the recordings: value first, kid and managed last."""
    body: dict[str, Any] = {}
    if value and secret.value is not None:
        body["value"] = secret.value
    if secret.content_type is not None:
        body["contentType"] = secret.content_type
    body["id"] = f"https://{vault.host}/secrets/{name}/{secret.version}"
    body["attributes"] = attributes(secret)
    if secret.tags:
        body["tags"] = secret.tags
    if secret.kid:
        body |= {"kid": secret.kid, "managed": True}
    return body
