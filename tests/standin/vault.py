"""Key Vault's data plane for all vaults of the lab (azure-protocol section 9).

The order of judgement is the service's: the name, the token, the api-version, the path, the network, the right, the object.
"""

from __future__ import annotations

import re
import time
from typing import Any, Callable

from . import vault_keys as keys, vault_secrets as secrets
from .entra import Entra, TokenError, issuer
from .http1 import Answer, BadRequest, Request
from .model import POLICY_OF_ACTION, Vault
from .server import Caller
from .vault_answers import (Refusal, answer, bad_parameter, forbidden_by_network, forbidden_by_policy, forbidden_by_rbac, throttled, unauthorized)

STABLE_VERSIONS = ("2016-10-01", "7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01", "2026-04-01")
PREVIEW_VERSIONS = ("7.4-preview.1", "7.6-preview.1", "7.6-preview.2", "2025-06-01-preview", "2026-01-01-preview", "2026-03-01-preview")
NAME = re.compile("[0-9A-Za-z-]{1,127}")
VERSION = re.compile("[0-9A-Fa-f]{32}")
_INVALID_HOST = (b'<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/strict.dtd">\r\n<HTML><HEAD><TITLE>Bad Request</TITLE>'
                 b"</HEAD>\r\n<BODY><h2>Bad Request - %s</h2>\r\n<hr><p>HTTP Error %d. %s</p>\r\n</BODY></HTML>\r\n")


class KeyVault:
    place = "vault"

    def __init__(self, entra: Entra, vaults: list[Vault], clock: Callable[[], float] = time.time) -> None:
        self.entra, self.vaults, self.clock = entra, vaults, clock
        self.ports = {443}  # that Host may name

    def find(self, name: str) -> Vault | None:
        return next((vault for vault in self.vaults if vault.host.lower() == name.lower()), None)

    def malformed(self, error: BadRequest) -> Answer:
        """http.sys answers these, before Key Vault sees anything."""
        return _http_sys(error.status, str(error))

    def answer(self, request: Request, caller: Caller) -> Answer:
        vault = self._addressed(request, caller)
        if vault is None:
            return _http_sys(400, "Invalid Hostname")
        return self._guarded(vault, request, caller, lambda: self._serve(vault, request, caller))

    def error(self, name: str, request: Request, caller: Caller) -> Answer:
        vault = self._addressed(request, caller)
        if vault is None:
            return _http_sys(400, "Invalid Hostname")

        def refuse() -> Any:
            if name not in _ERRORS:
                raise ValueError(f"errors of the vault are {sorted(_ERRORS)}")
            token = (request.header("Authorization") or "").removeprefix("Bearer ")
            raise _ERRORS[name](vault, self._claims_or_none(token), request, caller)
        return self._guarded(vault, request, caller, refuse)

    def _addressed(self, request: Request, caller: Caller) -> Vault | None:
        """The vault that Host names; TLS must have been asked for the same one."""
        name, colon, port = (request.header("Host") or "").partition(":")
        vault = self.find(name) if not colon or port in map(str, self.ports) else None
        return vault if vault and caller.sni is not None and self.find(caller.sni) is vault else None

    def _guarded(self, vault: Vault, request: Request, caller: Caller, work: Callable[[], Any]) -> Answer:
        extra: list[tuple[str, str]] = []
        if (request.header("x-ms-return-client-request-id") or "").lower() == "true" and request.header("x-ms-client-request-id"):
            extra.append(("x-ms-client-request-id", request.header("x-ms-client-request-id") or ""))
        try:
            body = work()
            return answer(vault, caller.address, self.clock(), 200, body, tuple(extra))
        except Refusal as refusal:
            return answer(vault, caller.address, self.clock(), refusal.status, refusal.body, (*refusal.headers, *extra))

    def _serve(self, vault: Vault, request: Request, caller: Caller) -> Any:
        if request.path == "/healthstatus":
            if request.method != "GET":
                raise _method_not_allowed(request)
            return "OK"
        claims = self._authenticate(vault, request)
        self._check_form(request)
        operation, action, parts = _route(vault, request)
        item = "/" + "/".join(p for p in parts[:2] if p)
        if vault.firewall:
            raise forbidden_by_network(vault, claims, caller.address, vault.firewall)
        if not vault.allows(claims["oid"], action):
            raise _refused(vault, claims, action, item)
        return operation(vault, request, parts)

    def _authenticate(self, vault: Vault, request: Request) -> dict[str, Any]:
        scheme, _, token = (request.header("Authorization") or "").partition(" ")
        if scheme != "Bearer" or not re.fullmatch("[A-Za-z0-9._~+/-]+=*", token):
            raise unauthorized(vault, "AKV10000: Request is missing a Bearer or PoP token.")
        try:
            claims = self.entra.verify(token)
        except TokenError as error:
            raise unauthorized(vault, {
                "UNREADABLE": "[BearerReadAccessTokenFailed] Error validating token: 'S2S12005'.",
                "KEY": f"AKV10046: Unable to resolve the key used for signature validation. EncodedJwtHeader: '{error.header}'.",
                "SIGNATURE": "[BearerReadAccessTokenFailed] Error validating token: 'S2S12005'.",
                "EXPIRED": "[TokenExpired] Error validating token: 'S2S12086'.",
                "EARLY": "Token not yet valid",
            }[error.why]) from None
        if claims.get("aud") != vault.resource:
            raise unauthorized(vault, f"AKV10022: Invalid audience. Expected {vault.resource}, found: {claims.get('aud')}.")
        if claims.get("iss") != issuer(vault.tenant):
            raise unauthorized(vault, f"AKV10032: Invalid issuer. Expected one of {issuer(vault.tenant)}, found {claims.get('iss')}.")
        return claims

    def _claims_or_none(self, token: str) -> dict[str, Any]:
        try:
            return self.entra.verify(token)
        except TokenError:
            return {}

    def _check_form(self, request: Request) -> None:
        names = [name for name, _ in request.query]
        version = dict(request.query).get("api-version")
        if not version:
            raise bad_parameter("The request URI is missing the query parameter api-version")
        if version not in STABLE_VERSIONS + PREVIEW_VERSIONS:
            raise bad_parameter(f"The specified version ({version}) is not recognized. Consider using the latest supported version ({STABLE_VERSIONS[-1]}).")
        if len(set(names)) < len(names):
            raise bad_parameter("The request URI has a query parameter twice")
        if request.body and (request.header("Content-Type") or "").partition(";")[0].strip() != "application/json":
            raise Refusal(415, "UnsupportedMediaType", "Content-Type must be application/json")
        if "*/*" not in (accept := request.header("Accept") or "*/*") and "application/json" not in accept:
            raise Refusal(406, "NotAcceptable", "only application/json is served")


def _route(vault: Vault, request: Request) -> tuple[Callable[..., Any], str, list[str]]:
    """The operation for a method and path, the action it needs, and the path's parts: [collection, name, version, operation]."""
    if request.path.startswith("//") or "%" in request.path:
        raise bad_parameter(f"The request URI contains an invalid name: {request.path}")
    parts = request.path[1:].split("/")
    if len(parts) == 3 and parts[2] == "":  # "/secrets/name/" is what .NET sends
        parts.pop()
    collection = parts[0]
    if len(parts) > 1 and not NAME.fullmatch(parts[1]):
        raise bad_parameter(f"The request URI contains an invalid name: {parts[1]}")
    shape = f"{collection}{'/NAME' if len(parts) > 1 else ''}{''.join('/' + p for p in parts[2:3] if p == 'versions')}"
    if len(parts) == 3 and parts[2] != "versions" or len(parts) == 4:
        if parts[2] and not VERSION.fullmatch(parts[2]):
            raise bad_parameter(f"The request URI contains an invalid version: {parts[2]}")
        shape += "/VERSION"
    shape += f"/{parts[3]}" if len(parts) == 4 else ""
    row = _ROUTES.get(shape) if len(parts) <= 4 else None
    if row is None or vault.is_hsm and collection != "keys":
        raise Refusal(404, "NotFound", f"no such resource: {request.path}")
    if request.method not in row:
        raise _method_not_allowed(request)
    return *row[request.method], parts


def _method_not_allowed(request: Request) -> Refusal:
    return Refusal(405, "MethodNotAllowed", f"{request.method} is not allowed on this resource")


def _refused(vault: Vault, claims: dict[str, Any], action: str, item: str) -> Refusal:
    return forbidden_by_rbac(vault, claims, action, item) if vault.rbac else forbidden_by_policy(vault, claims, POLICY_OF_ACTION[action])


def _http_sys(status: int, why: str) -> Answer:
    text = why.encode("ascii", "replace")
    return Answer(status, [("Content-Type", "text/html; charset=us-ascii"), ("Server", "Microsoft-HTTPAPI/2.0"), ("Connection", "close")],
                  _INVALID_HOST % (text, status, text))


_GET_SECRET, _LIST_SECRETS, _SET_SECRET = "secrets/getSecret/action", "secrets/readMetadata/action", "secrets/setSecret/action"
_ROUTES: dict[str, dict[str, tuple[Callable[..., Any], str]]] = {
    "secrets": {"GET": (secrets.list_names, _LIST_SECRETS)},
    "secrets/NAME": {"GET": (secrets.get, _GET_SECRET), "PUT": (secrets.put, _SET_SECRET)},
    "secrets/NAME/VERSION": {"GET": (secrets.get, _GET_SECRET)},
    "secrets/NAME/versions": {"GET": (secrets.list_versions, _LIST_SECRETS)},
    "certificates/NAME": {"GET": (secrets.get_certificate, "certificates/read")},
    "certificates/NAME/VERSION": {"GET": (secrets.get_certificate, "certificates/read")},
    "keys/NAME": {"GET": (keys.get, "keys/read")},
    "keys/NAME/VERSION": {"GET": (keys.get, "keys/read")},
    "keys/NAME/VERSION/wrapkey": {"POST": (keys.wrap, "keys/wrap/action")},
    "keys/NAME/VERSION/unwrapkey": {"POST": (keys.unwrap, "keys/unwrap/action")},
}
_ERRORS: dict[str, Callable[[Vault, dict[str, Any], Request, Caller], Refusal]] = {
    "AKV10000": lambda vault, claims, request, caller: unauthorized(vault, "AKV10000: Request is missing a Bearer or PoP token."),
    "AKV10022": lambda vault, claims, request, caller: unauthorized(vault, f"AKV10022: Invalid audience. Expected {vault.resource}, found: {vault.resource}/."),
    "AKV10032": lambda vault, claims, request, caller: unauthorized(
        vault, f"AKV10032: Invalid issuer. Expected one of {issuer(vault.tenant)}, found https://sts.windows.net/11111111-1111-1111-1111-111111111111/."),
    "AKV10046": lambda vault, claims, request, caller: unauthorized(
        vault, "AKV10046: Unable to resolve the key used for signature validation. EncodedJwtHeader: "
        f"'{(request.header('Authorization') or 'Bearer ').removeprefix('Bearer ').partition('.')[0]}'."),
    "ForbiddenByRbac": lambda vault, claims, request, caller: forbidden_by_rbac(vault, claims, _GET_SECRET, request.path),
    "ForbiddenByPolicy": lambda vault, claims, request, caller: forbidden_by_policy(vault, claims, "secrets get"),
    "AccessDenied": lambda vault, claims, request, caller: forbidden_by_policy(vault, claims, "secrets get", "AccessDenied"),
    "ForbiddenByFirewall": lambda vault, claims, request, caller: forbidden_by_network(vault, claims, caller.address, "ForbiddenByFirewall"),
    "ForbiddenByConnection": lambda vault, claims, request, caller: forbidden_by_network(vault, claims, caller.address, "ForbiddenByConnection"),
    "Throttled": lambda vault, claims, request, caller: throttled(),
}
