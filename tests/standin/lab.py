"""The whole stand-in: one machine's IMDS, Entra, and the vaults, with a journal and faults.

    with Lab() as lab:                                   # vault "dummy-keyvault", secret "ExamplePassword"
        lab.fail("vault", status=503, times=2)           # the next two requests
        run([..., "--ca", lab.ca_file, "--resolve", lab.resolve()], env=lab.environment)
        assert [r.method for r in lab.journal.requests("vault")] == ["GET"]
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Callable, Sequence

from .certs import Authority
from .entra import Entra
from .faults import Fault
from .imds import Imds
from .journal import Journal
from .model import Identity, Vault
from .relay import Relay
from .server import Address, Listener
from .tls import Contexts, Profile
from .vault import KeyVault

IMDS_ADDRESS: Address = ("169.254.169.254", 80)
_authority: Authority | None = None


def authority() -> Authority:
    """The test root of this process: made once, since certificates cost time."""
    global _authority
    if _authority is None:
        import atexit
        _authority = Authority()
        atexit.register(_authority.remove)
    return _authority


def _host_forms(address: Address) -> set[str]:
    """How a client may spell this address in Host."""
    names = {"localhost", f"[{address[0]}]" if ":" in address[0] else address[0]}
    return {f"{name}:{address[1]}" for name in names} | (names if address[1] == 80 else set())


def dummy_vault(identity: Identity | None = None, role: str = "Key Vault Secrets User") -> Vault:
    """The lab of the text that started the project."""
    vault = Vault("dummy-keyvault")
    vault.put("ExamplePassword", "abc@123")
    if identity:
        vault.assign(identity, role)
    return vault


class Lab:
    """`imds` and `vault` are the addresses to listen on; port 0 takes a free one, None leaves that place out."""

    def __init__(self, vaults: Sequence[Vault] | None = None, identities: Sequence[Identity] | None = None, *,
                 imds: Address | None = ("127.0.0.1", 0), vault: Address | None = ("127.0.0.1", 0), profile: Profile = Profile(),
                 imds_limits: bool = False, clock: Callable[[], float] = time.time, pki: Authority | None = None) -> None:
        self.identities = [Identity()] if identities is None else list(identities)
        self.vaults = [dummy_vault(*self.identities[:1])] if vaults is None else list(vaults)
        self.authority = pki or authority()
        self.journal = Journal()
        self.entra = Entra({v.tenant for v in self.vaults}, clock)
        self.imds_service = Imds(self.entra, self.identities, set(), imds_limits, clock)
        self.vault_service = KeyVault(self.entra, self.vaults, clock)
        self._addresses, self._profile = (imds, vault), profile
        self.listeners: dict[str, Listener] = {}

    def __enter__(self) -> "Lab":
        imds, vault = self._addresses
        if imds is not None:
            listener = self.listeners["imds"] = Listener(self.imds_service, imds, self.journal)
            self.imds_service.hosts |= _host_forms(listener.address)
        if vault is not None:
            contexts = Contexts(self.authority, self._profile, lambda name: self.vault_service.find(name) is not None)
            contexts.context(Fault())  # before the first client, whose time it would be
            self.listeners["vault"] = Listener(self.vault_service, vault, self.journal, contexts)
            self.vault_service.ports.add(self.port("vault"))
        return self

    def __exit__(self, *_: object) -> None:
        for listener in self.listeners.values():
            listener.stop()

    @property
    def ca_file(self) -> str:
        return str(self.authority.ca_file)

    @property
    def identity(self) -> Identity:
        return self.identities[0]

    @property
    def vault(self) -> Vault:
        return self.vaults[0]

    def port(self, place: str) -> int:
        return self.listeners[place].port

    @property
    def imds_url(self) -> str:
        host, port = self.listeners["imds"].address
        return f"http://{host}" if port == 80 else f"http://{host}:{port}"

    @property
    def environment(self) -> dict[str, str]:
        """For a client that cannot reach 169.254.169.254; nothing where it can."""
        if "imds" not in self.listeners or self.listeners["imds"].address == IMDS_ADDRESS:
            return {}
        return {"AZURE_POD_IDENTITY_AUTHORITY_HOST": self.imds_url}

    def resolve(self, vault: Vault | None = None, port: int = 443) -> str:
        """The value of --resolve that leads to this lab: HOST:PORT:ADDRESS."""
        return f"{(vault or self.vault).host}:{port}:{self.listeners['vault'].address[0]}"

    def relay(self, place: str, address: Address = ("127.0.0.1", 0), **settings: Any) -> Relay:
        """A relay in front of a place: `with lab.relay("vault", ("127.0.0.1", 443), hold=0.01) as relay`."""
        relay = Relay(self.listeners[place].address, address, journal=self.journal, **settings)
        if place == "imds":
            self.imds_service.hosts |= _host_forms(relay.address)
        else:
            self.vault_service.ports.add(relay.port)
        return relay

    def fail(self, place: str, fixture: str = "", **settings: Any) -> Fault:
        """Sets a fault: fields of faults.Fault as keywords, or the name of a fixture to serve as it is."""
        fault = Fault.make(fixture, **settings)
        self.listeners[place].faults.add(fault)
        return fault

    def heal(self) -> None:
        """No faults any more."""
        for listener in self.listeners.values():
            listener.faults.clear()

    def reset(self) -> None:
        """No faults, empty journal, and the connections of clients that have gone are closed: for the next case of a test."""
        self.heal()
        for listener in self.listeners.values():
            listener.settle()
        self.journal.clear()

    def token(self, **claims: Any) -> str:
        """A good token of the first identity for the first vault, with claims replaced."""
        resource = claims.pop("aud", self.vault.resource)
        return self.entra.token(self.identity, resource, **claims)

    def trust(self, folder: Path) -> Path:
        """A copy of the CA file in `folder`, for a client that sees nothing else."""
        target = folder / "ca.pem"
        target.write_bytes(Path(self.ca_file).read_bytes())
        return target
