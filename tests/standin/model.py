"""The world that the stand-in plays: identities, vaults, secrets, keys, and who may do what."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field

TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
SUBSCRIPTION = "44444444-4444-4444-4444-444444444444"
PEM, PFX = "application/x-pem-file", "application/x-pkcs12"

# What each built-in role allows, as data actions below Microsoft.KeyVault/vaults/. "Reader" allows none: it is a role of
# the control plane, and the reason why the first attempt of so many people is refused.
ROLES: dict[str, frozenset[str]] = {
    "Reader": frozenset(),
    "Key Vault Reader": frozenset({"secrets/readMetadata/action", "keys/read", "certificates/read"}),
    "Key Vault Secrets User": frozenset({"secrets/getSecret/action", "secrets/readMetadata/action"}),
    "Key Vault Secrets Officer": frozenset({"secrets/getSecret/action", "secrets/readMetadata/action", "secrets/setSecret/action"}),
    "Key Vault Certificate User": frozenset({"certificates/read", "secrets/getSecret/action", "secrets/readMetadata/action", "keys/read"}),
    "Key Vault Crypto Service Encryption User": frozenset({"keys/read", "keys/wrap/action", "keys/unwrap/action"}),
    "Key Vault Crypto User": frozenset({"keys/read", "keys/wrap/action", "keys/unwrap/action"}),
}
ROLES["Managed HSM Crypto User"] = ROLES["Managed HSM Crypto Service Encryption User"] = ROLES["Key Vault Crypto User"]
ROLES["Key Vault Administrator"] = frozenset().union(*ROLES.values())

# The same permissions as access policies spell them: "secrets get".
POLICY_OF_ACTION = {
    "secrets/getSecret/action": "secrets get", "secrets/readMetadata/action": "secrets list", "secrets/setSecret/action": "secrets set",
    "keys/read": "keys get", "keys/wrap/action": "keys wrapKey", "keys/unwrap/action": "keys unwrapKey", "certificates/read": "certificates get",
}


def guid(*parts: str) -> str:
    """The same names give the same GUID in every run, so that expected texts can be written down."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(("azfob-standin",) + parts)))


def version_id(*parts: str) -> str:
    return guid(*parts).replace("-", "")


@dataclass
class Identity:
    """`system` marks the system-assigned one. `form` is a row of imds.FORMS: how the token answer is spelled."""

    name: str = "vm"
    system: bool = True
    tenant: str = TENANT
    form: str = "recorded"
    token_seconds: int = 28800  # how long its tokens live; negative: expired when they are handed out
    not_before: int = -300  # seconds from now
    client_id: str = ""
    object_id: str = ""

    def __post_init__(self) -> None:
        self.client_id = self.client_id or guid(self.name, "client")
        self.object_id = self.object_id or guid(self.name, "object")

    @property
    def resource_id(self) -> str:
        group = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg/providers"
        if self.system:
            return f"{group}/Microsoft.Compute/virtualMachines/{self.name}"
        return f"{group}/Microsoft.ManagedIdentity/userAssignedIdentities/{self.name}"


@dataclass
class Secret:
    """One version of a secret."""

    value: str | None
    version: str = ""
    content_type: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    enabled: bool = True
    nbf: int | None = None
    exp: int | None = None
    created: int = field(default_factory=lambda: int(time.time()) - 86400)
    kid: str | None = None  # of the key behind a certificate; makes it "managed"


@dataclass
class Key:
    """One version of an RSA key, a PEM private key, or of an AES key, which only a managed HSM has."""

    pem: str
    version: str = ""
    enabled: bool = True
    aes: bytes = b""
    operations: tuple[str, ...] = ("wrapKey", "unwrapKey")
    nbf: int | None = None
    exp: int | None = None


@dataclass
class Vault:
    name: str
    suffix: str = "vault.azure.net"
    tenant: str = TENANT
    location: str = "westus2"
    rbac: bool = True  # else access policies
    assignments: dict[str, set[str]] = field(default_factory=dict)  # object id -> roles, or permissions such as "secrets get"
    secrets: dict[str, list[Secret]] = field(default_factory=dict)  # name -> versions, the last is current
    keys: dict[str, list[Key]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)  # names of soft-deleted secrets
    firewall: str = ""  # an error code: ForbiddenByFirewall or ForbiddenByConnection
    page: int = 25

    @property
    def host(self) -> str:
        return f"{self.name}.{self.suffix}"

    @property
    def resource(self) -> str:
        return f"https://{self.suffix}"

    @property
    def is_hsm(self) -> bool:
        """A managed HSM: keys only, and a front end of its own."""
        return self.suffix.startswith("managedhsm.")

    def put(self, name: str, value: str | None, **more: object) -> Secret:
        """A new version of a secret, which becomes the current one."""
        versions = self.secrets.setdefault(name, [])
        secret = Secret(value, **more)  # type: ignore[arg-type]
        secret.version = secret.version or version_id(self.host, name, str(len(versions)))
        versions.append(secret)
        return secret

    def put_many(self, count: int, prefix: str = "S") -> dict[str, str]:
        """Secrets S1, S2 .. with values to tell them by; gives the values by name."""
        values = {f"{prefix}{number}": f"value of {number}" for number in range(1, count + 1)}
        for name, value in values.items():
            self.put(name, value)
        return values

    def put_certificate(self, name: str, value: str, content_type: str = PEM, **more: object) -> Secret:
        """The secret behind a certificate with an exportable key: PEM blocks in any order, or a PFX in base64."""
        secret = self.put(name, value, content_type=content_type, **more)
        secret.kid = f"https://{self.host}/keys/{name}/{secret.version}"
        return secret

    def assign(self, identity: Identity, *rights: str) -> None:
        """Exactly these roles (or, with access policies, permissions) from now on."""
        unknown = [r for r in rights if self.rbac and r not in ROLES]
        if unknown:
            raise ValueError(f"no such role: {unknown}")
        self.assignments[identity.object_id] = set(rights)

    def allows(self, object_id: str, action: str) -> bool:
        held = self.assignments.get(object_id, set())
        if self.rbac:
            return any(action in ROLES[role] for role in held)
        return POLICY_OF_ACTION[action] in held

    def find(self, name: str) -> tuple[str, list[Secret]] | None:
        """By name in any case, as the service compares; gives the name as it was stored."""
        stored = next((n for n in self.secrets if n.lower() == name.lower()), None)
        return None if stored is None or stored in self.deleted else (stored, self.secrets[stored])
