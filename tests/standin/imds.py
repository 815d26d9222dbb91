"""The instance metadata service of one machine, stricter than the real one (azure-protocol section 1)."""

from __future__ import annotations

import json
import threading
import time
import uuid
from email.utils import formatdate
from typing import Any, Callable

from .entra import Entra
from .http1 import Answer, BadRequest, Request
from .model import SUBSCRIPTION, Identity
from .server import Caller

TOKEN_PATH = "/metadata/identity/oauth2/token"
TOKEN_VERSIONS = ("2018-02-01", "2019-08-01", "2020-06-01", "2021-02-01")
INSTANCE_VERSIONS = ("2020-10-01", "2020-12-01", "2021-01-01", "2021-02-01")
SELECTORS = ("client_id", "object_id", "msi_res_id")
RESOURCES = ("https://vault.azure.net", "https://vault.usgovcloudapi.net", "https://vault.azure.cn", "https://vault.microsoftazure.de",
             "https://managedhsm.azure.net", "https://managedhsm.usgovcloudapi.net", "https://managedhsm.azure.cn",
             "https://management.azure.com", "https://graph.microsoft.com", "https://storage.azure.com")


def _iso(stamp: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.0000000+00:00", time.gmtime(stamp))


# How a token answer is spelled: each form that was recorded somewhere, as a function of token, identity, resource and times.
FORMS: dict[str, Callable[[str, Identity, str, int, int], dict[str, Any]]] = {
    "recorded": lambda token, who, resource, now, exp: {
        "access_token": token, "client_id": who.client_id, "expires_in": str(exp - now), "expires_on": str(exp), "ext_expires_in": str(exp - now),
        "not_before": str(now), "resource": resource, "token_type": "Bearer"},
    "documented": lambda token, who, resource, now, exp: {
        "access_token": token, "refresh_token": "", "expires_in": str(exp - now), "expires_on": str(exp), "not_before": str(now),
        "resource": resource, "token_type": "Bearer"},
    "numbers": lambda token, who, resource, now, exp: {
        "token_type": "Bearer", "access_token": token, "expires_on": exp, "resource": resource},
    "floats": lambda token, who, resource, now, exp: {
        "access_token": token, "expires_in": float(exp - now), "expires_on": float(exp), "token_type": "Bearer"},
    "iso": lambda token, who, resource, now, exp: {
        "access_token": token, "expires_on": _iso(exp), "resource": resource, "token_type": "Bearer", "client_id": who.client_id.upper()},
    "us-date": lambda token, who, resource, now, exp: {
        "access_token": token, "expires_on": time.strftime("%m/%d/%Y %H:%M:%S +00:00", time.gmtime(exp)), "resource": resource, "token_type": "Bearer"},
    "us-date-12h": lambda token, who, resource, now, exp: {
        "access_token": token, "expires_on": time.strftime("%-m/%-d/%Y %-I:%M:%S %p +00:00", time.gmtime(exp)), "resource": resource, "token_type": "Bearer"},
    "empty-expiry": lambda token, who, resource, now, exp: {
        "access_token": token, "expires_on": "", "expires_in": str(exp - now), "resource": "", "token_type": "Bearer"},
    "wi-proxy": lambda token, who, resource, now, exp: {
        "access_token": token, "refresh_token": "", "expires_in": exp - now, "expires_on": str(exp), "not_before": 0, "resource": resource,
        "token_type": "Bearer"},
}


class Imds:
    place = "imds"

    def __init__(self, entra: Entra, identities: list[Identity], hosts: set[str], limits: bool = False, clock: Callable[[], float] = time.time) -> None:
        self.entra, self.identities, self.hosts, self.limits, self.clock = entra, identities, hosts, limits, clock
        self.resources = set(RESOURCES)
        self.compute: dict[str, Any] = {
            "azEnvironment": "AzurePublicCloud", "location": "westus2", "name": "vm", "resourceGroupName": "rg", "subscriptionId": SUBSCRIPTION,
            "tags": "", "tagsList": [], "vmId": "02aab8a4-74ef-476e-8182-f6d2ba4166a6", "zone": "",
        }
        self.monotonic = time.monotonic
        self._lock = threading.Lock()
        self._recent: list[float] = []
        self._busy = 0

    def malformed(self, error: BadRequest) -> Answer:
        return self._json(error.status, {"error": "bad_request", "error_description": str(error)})

    def answer(self, request: Request, caller: Caller) -> Answer:
        refusal = self._check(request)
        if refusal:
            return refusal
        if request.path == "/metadata/versions":
            return self._json(200, {"apiVersions": list(INSTANCE_VERSIONS)})
        if request.path == TOKEN_PATH:
            return self._limited(lambda: self._token(dict(request.query)))
        if request.path == "/metadata/instance/compute" or request.path.startswith("/metadata/instance/compute/"):
            return self._instance(request.path, dict(request.query))
        return self._json(404, {"error": "not_found", "error_description": f"no such path: {request.path}"})

    def error(self, name: str, request: Request, caller: Caller) -> Answer:
        if name not in _ERRORS:
            raise ValueError(f"errors of IMDS are {sorted(_ERRORS)}")
        status, code, text = _ERRORS[name]
        return self._error(status, code, text)

    def _check(self, request: Request) -> Answer | None:
        """The rules for every path, in the order that gives the most telling answer."""
        if request.method != "GET":
            return self._json(405, {"error": "method_not_allowed", "error_description": "only GET is served"})
        if request.header("Host") not in self.hosts:
            return self._error(400, "bad_request", f"Host {request.header('Host')} is not this endpoint: {sorted(self.hosts)}")
        if request.header("Metadata") != "true":
            return self._error(400, "bad_request_102", "Required metadata header not specified")
        if any(request.header(name) is not None for name in ("X-Forwarded-For", "Forwarded", "Via", "Proxy-Connection")):
            return self._error(400, "bad_request", "the request passed a proxy")
        if request.header("Authorization") is not None:
            return self._error(400, "bad_request", "Authorization has no business here")
        names = [name for name, _ in request.query]
        if len(set(names)) < len(names):
            return self._error(400, "bad_request", "duplicate query parameters")
        if "+" in request.target.partition("?")[2]:
            return self._error(400, "bad_request", "a plus in the query is neither a blank nor an encoded plus")
        return None

    def _token(self, query: dict[str, str]) -> Answer:
        version = query.pop("api-version", None)
        if version not in TOKEN_VERSIONS:
            return _version_error(version, TOKEN_VERSIONS)
        resource = query.pop("resource", None)
        if not resource:
            return self._error(400, "invalid_request", "Required query variable 'resource' is missing")
        if resource.removesuffix("/") not in self.resources:
            return self._unknown_resource(resource)
        unknown = set(query) - set(SELECTORS)
        if unknown:
            return self._error(400, "invalid_request", f"unknown query parameter {sorted(unknown)}")
        if len(query) > 1:
            return self._error(400, "invalid_request", "more than one of client_id, object_id, msi_res_id")
        chosen = self._choose(*next(iter(query.items()), ("", "")))
        if isinstance(chosen, Answer):
            return chosen
        token = self.entra.token(chosen, resource)
        now = int(self.clock())
        body = FORMS[chosen.form](token, chosen, resource, now, now + chosen.token_seconds)
        text = json.dumps(body, indent=2 if chosen.form == "documented" else None, separators=None if chosen.form == "documented" else (",", ":"))
        return self._answer(200, text + ("\n" if chosen.form == "wi-proxy" else ""))

    def _choose(self, selector: str, value: str) -> Identity | Answer:
        if selector:
            field = {"client_id": "client_id", "object_id": "object_id", "msi_res_id": "resource_id"}[selector]
            found = [who for who in self.identities if getattr(who, field).lower() == value.lower() and not (selector == "msi_res_id" and who.system)]
        else:
            found = [who for who in self.identities if who.system] or self.identities
        if len(found) > 1:
            return self._error(400, "invalid_request", "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request")
        return found[0] if found else self._error(400, "invalid_request", "Identity not found")

    def _instance(self, path: str, query: dict[str, str]) -> Answer:
        version, form = query.get("api-version"), query.get("format", "json")
        if version not in INSTANCE_VERSIONS:
            return _version_error(version, INSTANCE_VERSIONS)
        leaf = path.removeprefix("/metadata/instance/compute").strip("/")
        if not leaf:
            return self._json(200, self.compute) if form == "json" else self._error(400, "bad_request", "format=text needs a leaf")
        if leaf not in self.compute:
            return self._json(404, {"error": "Not found"})
        if isinstance(self.compute[leaf], str):
            return self._answer(200, self.compute[leaf], "text/plain; charset=utf-8") if form == "text" else self._error(400, "bad_request", "a leaf needs format=text")
        return self._json(200, self.compute[leaf])

    def _limited(self, work: Callable[[], Answer]) -> Answer:
        """20 token requests in a second, 5 at a time (section 1.3); a refused one does not count."""
        with self._lock:
            now = self.monotonic()
            self._recent = [t for t in self._recent if t > now - 1]
            if self.limits and (len(self._recent) >= 20 or self._busy >= 5):
                return self._error(429, "too_many_requests", "API rate limits exceeded")
            self._recent.append(now)
            self._busy += 1
        try:
            return work()
        finally:
            with self._lock:
                self._busy -= 1

    def _unknown_resource(self, resource: str) -> Answer:
        trace, correlation, stamp = str(uuid.uuid4()), str(uuid.uuid4()), time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(self.clock()))
        text = (f"AADSTS500011: The resource principal named {resource} was not found in the tenant named Microsoft. This can happen if the application "
                "has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your "
                f"authentication request to the wrong tenant.\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {stamp}")
        return self._json(400, {"error": "invalid_resource", "error_description": text, "error_codes": [500011], "timestamp": stamp, "trace_id": trace,
                                "correlation_id": correlation, "error_uri": "https://westus2.login.microsoft.com/error?code=500011"})

    def _error(self, status: int, code: str, text: str) -> Answer:
        return self._json(status, {"error": code, "error_description": text} if code else None)

    def _json(self, status: int, body: Any) -> Answer:
        return self._answer(status, "" if body is None else json.dumps(body, separators=(",", ":")))

    def _answer(self, status: int, text: str, content_type: str = "application/json; charset=utf-8") -> Answer:
        kind = [("Content-Type", content_type)] if text else []
        return Answer(status, kind + [("Server", "Microsoft-IIS/10.0"), ("Date", formatdate(self.clock(), usegmt=True))], text.encode())


def _version_error(version: str | None, known: tuple[str, ...]) -> Answer:
    what = "api-version was not specified in the request" if version is None else f"api-version {version} is not supported"
    body = {"error": f"Bad request. {what}. For more information refer to aka.ms/azureimds", "newest-versions": list(reversed(known))[:3]}
    return Answer(400, [("Content-Type", "application/json; charset=utf-8")], json.dumps(body, indent=4).encode())


_ERRORS = {
    "identity-not-found": (400, "invalid_request", "Identity not found"),
    "updating": (404, "not_found", "The endpoint is being updated"),
    "gone": (410, "", ""),
    "throttled": (429, "too_many_requests", "API rate limits exceeded"),
    "unknown-source": (401, "unknown_source", "Unknown Source"),
    "unknown": (500, "unknown", "Failed to retrieve token from the Active directory. For details see logs"),
}
