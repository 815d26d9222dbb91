"""A lab from JSON, for the command line.

    {"identities": [{"name": "vm"}, {"name": "app", "system": false, "form": "wi-proxy"}],
     "vaults": [{"name": "dummy-keyvault", "rbac": true, "rights": {"vm": ["Key Vault Secrets User"]},
                 "secrets": {"ExamplePassword": "abc@123", "old": [{"value": "1"}, {"value": "2", "enabled": false}]},
                 "many": {"prefix": "s-", "count": 100},
                 "keys": {"disk": "new"}}],
     "profile": {"certificate": "rsa", "tls": "1.2"},
     "faults": [{"place": "imds", "fixture": "imds-410-gone-empty", "times": 3}],
     "dns": {"vault.azure.net": {"addresses": ["127.0.0.1"]}}}

Everything is optional; fields are those of model.Identity, Secret and Vault, tls.Profile, faults.Fault and dns.Name.
"""

from __future__ import annotations

from typing import Any

from .dns import Name
from .lab import dummy_vault
from .model import Identity, Key, Vault, version_id
from .openssl import openssl
from .tls import Profile


def identities(config: dict[str, Any]) -> list[Identity]:
    return [Identity(**row) for row in config.get("identities", [{}])]


def vaults(config: dict[str, Any], known: list[Identity]) -> list[Vault]:
    if "vaults" not in config:
        return [dummy_vault(known[0])]
    return [_vault(dict(row), {identity.name: identity for identity in known}) for row in config["vaults"]]


def profile(config: dict[str, Any]) -> Profile:
    row = dict(config.get("profile", {}))
    return Profile(**row | ({"alpn": tuple(row["alpn"])} if "alpn" in row else {}))


def names(config: dict[str, Any]) -> dict[str, Name]:
    return {name: Name(**{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}) for name, row in config.get("dns", {}).items()}


def _vault(row: dict[str, Any], known: dict[str, Identity]) -> Vault:
    secrets, keys, rights, many = (row.pop(name, {}) for name in ("secrets", "keys", "rights", "many"))
    vault = Vault(**row)
    for name, versions in secrets.items():
        for version in versions if isinstance(versions, list) else [versions]:
            vault.put(name, **({"value": version} if isinstance(version, str) else version))
    for number in range(many.get("count", 0)):
        vault.put(f"{many.get('prefix', 'secret-')}{number:03}", f"value of {number}")
    for name, pem in keys.items():
        vault.keys[name] = [new_key(vault, name) if pem == "new" else Key(pem, version_id(vault.host, name))]
    for name, held in rights.items():
        vault.assign(known[name], *held)
    return vault


def new_key(vault: Vault, name: str) -> Key:
    return Key(openssl("genrsa", "2048").decode(), version_id(vault.host, "key", name, str(len(vault.keys.get(name, [])))))
