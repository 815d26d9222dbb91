"""Server contexts: which certificate, versions, suites and ALPN the vault's front end has, and what a fault makes of it."""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass, replace
from typing import Callable

from .certs import Authority
from .faults import Fault


@dataclass(frozen=True)
class Profile:
    certificate: str = "ecdsa"
    tls: str = ""  # "": 1.2 and 1.3
    ciphers: str = ""
    alpn: tuple[str, ...] = ("http/1.1",)
    tickets: bool = True

    def with_fault(self, fault: Fault) -> "Profile":
        return replace(self, certificate=fault.certificate or self.certificate, tls=fault.tls or self.tls, ciphers=fault.ciphers or self.ciphers,
                       alpn=self.alpn if fault.alpn is None else fault.alpn, tickets=self.tickets if fault.tickets is None else fault.tickets)


class Contexts:
    """`knows` says whether a server name is one of ours: front ends are shared, so a name must be sent and be known."""

    def __init__(self, authority: Authority, profile: Profile, knows: Callable[[str], bool]) -> None:
        self.authority, self.profile, self.knows = authority, profile, knows
        self._lock = threading.Lock()
        self._made: dict[Profile, ssl.SSLContext] = {}

    def context(self, fault: Fault) -> ssl.SSLContext:
        """One context for equal profiles, so that sessions can be resumed; without tickets a new one each time, so that they cannot."""
        profile = self.profile.with_fault(fault)
        with self._lock:
            if not profile.tickets:
                return self._make(profile)
            if profile not in self._made:
                self._made[profile] = self._make(profile)
            return self._made[profile]

    def _make(self, profile: Profile) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3 if profile.tls == "1.3" else ssl.TLSVersion.TLSv1_2
        context.maximum_version = ssl.TLSVersion.TLSv1_2 if profile.tls == "1.2" else ssl.TLSVersion.TLSv1_3
        # Level 0 is only needed to load what is weak on purpose; what clients accept is theirs to refuse.
        context.set_ciphers((profile.ciphers or "ECDHE+AESGCM:ECDHE+CHACHA20") + ":@SECLEVEL=0")
        context.load_cert_chain(self.authority.chain(profile.certificate))
        if profile.alpn:
            context.set_alpn_protocols(list(profile.alpn))
        if not profile.tickets:
            context.options |= ssl.OP_NO_TICKET
            context.num_tickets = 0
        context.sni_callback = self._check_name
        return context

    def _check_name(self, _tls: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int | None:
        return None if name is not None and self.knows(name) else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
