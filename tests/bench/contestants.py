"""Those who compete. Each is given a vault and names of secrets, and writes their values to standard output."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import Callable, Sequence

from tests.bench.field import DRIVERS
from tests.standin import Vault

IMDS = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net"

# What tutorials show, with the most that they do about errors.
_TOKEN = f"""set -e
token=$(curl -sSf -H Metadata:true '{IMDS}' | jq -r .access_token)
"""
_EACH = _TOKEN + """for url do
    curl -sSf --cacert "$CA" -H "Authorization: Bearer $token" "$url" | jq -r .value
done"""
_ONCE = _TOKEN + """curl -sSf --cacert "$CA" -H "Authorization: Bearer $token" "$@" | jq -r .value"""

_SDK = """
import sys
from azure.identity import ManagedIdentityCredential
from azure.keyvault.secrets import SecretClient
client = SecretClient(sys.argv[1], ManagedIdentityCredential())
for name in sys.argv[2:]:
    print(client.get_secret(name).value)
"""


def _lines(values: dict[str, str]) -> bytes:
    return b"".join(value.encode() + b"\n" for value in values.values())


def _urls(vault: Vault, names: Sequence[str]) -> list[str]:
    return [f"https://{vault.host}/secrets/{name}?api-version=7.4" for name in names]


def _azfob(vault: Vault, names: Sequence[str]) -> list[str]:
    return ["azfob", "get", *(["--format", "json"] if len(names) > 1 else []), *names]


def _is_azfobs(out: bytes, values: dict[str, str]) -> bool:
    """One value as it is; several as a JSON object."""
    return json.loads(out) == values if len(values) > 1 else out == next(iter(values.values())).encode()


@dataclass(frozen=True)
class Contestant:
    name: str
    argv: Callable[[Vault, Sequence[str]], list[str]]
    is_right: Callable[[bytes, dict[str, str]], bool] = lambda out, values: out == _lines(values)
    missing: Callable[[], str] = lambda: ""  # why it cannot compete here


def _sdk_missing() -> str:
    done = subprocess.run(["/usr/bin/python3", "-c", _SDK.partition("client =")[0]], capture_output=True)
    return "" if done.returncode == 0 else "not installed; on Debian: apt-get install python3-azure"


AZFOB = Contestant("azfob", _azfob, _is_azfobs)
CURL_EACH = Contestant("curl + jq", lambda vault, names: ["sh", "-c", _EACH, "sh", *_urls(vault, names)])
CURL_ONCE = Contestant("one curl + jq", lambda vault, names: ["sh", "-c", _ONCE, "sh", *_urls(vault, names)])
SDK = Contestant("Python SDK", lambda vault, names: ["/usr/bin/python3", "-c", _SDK, f"https://{vault.host}", *names], missing=_sdk_missing)


def azfob_with_lanes(count: int) -> Contestant:
    """With at most so many connections to a vault (tests/command/lanes_driver.c)."""
    return Contestant(f"azfob, {count}", lambda vault, names: [str(DRIVERS / "lanes_driver"), str(count), *_azfob(vault, names)[1:]], _is_azfobs)


def environment(path: str, vault: Vault, ca_file: str) -> dict[str, str]:
    """What each of them looks for."""
    return {"PATH": path, "KEY_VAULT_NAME": vault.name, "AZFOB_CA": ca_file, "CA": ca_file, "REQUESTS_CA_BUNDLE": ca_file, "LC_ALL": "C.UTF-8"}
