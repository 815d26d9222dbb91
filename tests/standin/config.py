"""A lab from JSON, for the command line.

    {"identities": [{"name": "vm"}, {"name": "app", "system": false, "form": "wi-proxy"}],
     "vaults": [{"name": "dummy-keyvault", "rbac": true, "rights": {"vm": ["Key Vault Secrets User"]},
                 "secrets": {"ExamplePassword": "abc@123", "old": [{"value": "1"}, {"value": "2", "enabled": false}]},
                 "many": {"prefix": "S", "count": 100},
                 "certificates": {"web": "pem", "old": "pfx"}, "keys": {"disk": "new"}},
                {"name": "hsm", "suffix": "managedhsm.azure.net", "keys": {"kek": "new aes 256"}, "rights": {"vm": ["Managed HSM Crypto User"]}}],
     "profile": {"certificate": "rsa", "tls": "1.2"},
     "faults": [{"place": "imds", "fixture": "imds-410-gone-empty", "times": 3}],
     "dns": {"vault.azure.net": {"addresses": ["127.0.0.1"]}}}

Everything is optional; fields are those of model.Identity, Secret and Vault, tls.Profile, faults.Fault and dns.Name.
"""

from __future__ import annotations

import base64
import os
from typing import Any

from .dns import Name
from .lab import dummy_vault
from .model import PEM, PFX, Identity, Key, Vault, version_id
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
    secrets, certificates, keys, rights, many = (row.pop(name, {}) for name in ("secrets", "certificates", "keys", "rights", "many"))
    vault = Vault(**row)
    for name, versions in secrets.items():
        for version in versions if isinstance(versions, list) else [versions]:
            vault.put(name, **({"value": version} if isinstance(version, str) else version))
    if many:
        vault.put_many(**many)
    for name, form in certificates.items():
        vault.put_certificate(name, *new_certificate(name, form))
    for name, kind in keys.items():
        vault.keys[name] = [new_key(vault, name, kind)]
    for name, held in rights.items():
        vault.assign(known[name], *held)
    return vault


def new_key(vault: Vault, name: str, kind: str = "new") -> Key:
    """`kind` is "new" (RSA), "new aes 128", 192 or 256 (for a managed HSM), or a PEM private key."""
    version = version_id(vault.host, "key", name, str(len(vault.keys.get(name, []))))
    if kind.startswith("new aes "):
        return Key("", version, aes=os.urandom(int(kind.split()[2]) // 8))
    return Key(openssl("genrsa", "2048").decode() if kind == "new" else kind, version)


def new_certificate(name: str, form: str) -> tuple[str, str]:
    """A self-signed one and its key, as the value and the content type of its secret; `form` is "pem" or "pfx"."""
    pem = openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "-", "-subj", f"/CN={name}")
    if form == "pem":
        return pem.decode(), PEM
    return base64.b64encode(openssl("pkcs12", "-export", "-passout", "pass:", data=pem)).decode(), PFX
