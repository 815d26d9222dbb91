"""What goes wrong on purpose. A Fault is data: which connection or request it strikes, and how.

Faults are numbered, never timed: the first one that is due strikes, and everything it does is told by its fields. A fault
that names nothing below "the connection" strikes requests, each counted by itself; else it strikes connections.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
FRAMINGS = ("length", "chunked", "chunked-rich", "close", "both", "two-lengths")
ENDINGS = ("", "stall", "reset", "close", "cut")


def alert(code: int) -> bytes:
    """A fatal TLS alert as it stands on the wire instead of a ServerHello: 40 handshake_failure, 70 protocol_version,
    80 internal_error, 112 unrecognized_name, 120 no_application_protocol."""
    return bytes((21, 3, 3, 0, 2, 2, code))


@dataclass(frozen=True, repr=False)
class Fault:
    # which: strikes number `first`, `first`+1, ... `times` of them (0: for ever), counted from when the fault was set
    first: int = 1
    times: int = 1
    path: str = ""  # only requests whose target contains this; others are not counted

    # the answer, instead of the service's own
    status: int = 0
    reason: str | None = None
    headers: tuple[tuple[str, str], ...] = ()  # with status: all of them; else added to the service's
    without: tuple[str, ...] = ()  # header names taken away
    body: bytes | None = None
    error: str = ""  # the service is asked for this error of its own, e.g. "AKV10046" or "ForbiddenByFirewall"
    verbatim: bytes | None = None  # these bytes and no others

    # how it is framed
    framing: str = "length"  # one of FRAMINGS
    length_off: int = 0  # Content-Length is wrong by this
    version: str = "HTTP/1.1"
    interim: bytes = b""  # before the answer, e.g. b"HTTP/1.1 100 Continue\r\n\r\n"
    trailing: bytes = b""  # after it, unasked

    # how it goes out
    delay: float = 0.0  # seconds before the first byte
    body_delay: float = 0.0  # between head and body
    piece: int = 0  # bytes in one send; 1 is every byte alone
    gap: float = 0.0  # seconds between pieces
    split: tuple[int, ...] = ()  # sent in pieces that end at these offsets
    sealed: bool = False  # with TLS: piece, split and after count bytes of TLS records, not of the answer
    after: int | None = None  # that many bytes go out, then `ending`; None: all of them
    flip: int | None = None  # the lowest bit of the byte at this offset is wrong; with `sealed` or `flight`, of TLS records
    ending: str = ""  # "stall": silence; "reset": RST; "close": orderly; "cut": FIN without close_notify

    # the connection
    accept_delay: float = 0.0
    greeting: bytes = b""  # without `flight`: sent instead of the handshake (instead of reading a request), then `ending`
    flight: int = 0  # `greeting`, then `ending`, come in place of the server's handshake flight of this number, or it is flipped
    certificate: str = ""  # a row of certs.KINDS
    tls: str = ""  # "1.2" or "1.3": only this version
    ciphers: str = ""  # OpenSSL's names, TLS 1.2
    alpn: tuple[str, ...] | None = None  # what the server speaks
    tickets: bool | None = None
    hangup: bool = False  # accepted, then `ending` at once
    idle: float | None = None  # seconds without a request after which the connection is closed

    _CONNECTION = ("accept_delay", "greeting", "flight", "certificate", "tls", "ciphers", "alpn", "tickets", "hangup", "idle")

    def __post_init__(self) -> None:
        if self.framing not in FRAMINGS or self.ending not in ENDINGS:
            raise ValueError(f"framing is one of {FRAMINGS}, ending one of {ENDINGS}")

    def __repr__(self) -> str:
        told = [f"{f.name}={value!r}"[:60] for f in fields(self) if (value := getattr(self, f.name)) != f.default]
        return f"Fault({', '.join(told)})"

    @property
    def on_connection(self) -> bool:
        return any(getattr(self, name) not in (None, "", b"", 0, 0.0, False) or (name == "alpn" and self.alpn is not None)
                   for name in self._CONNECTION)

    @classmethod
    def make(cls, fixture: str = "", **settings: Any) -> "Fault":
        """From keywords, or from JSON: text may stand for bytes, lists for tuples. `fixture` is served as it is."""
        if fixture:
            settings["verbatim"] = fixture_bytes(fixture)
        kinds = {f.name: str(f.type) for f in fields(cls)}
        for name, value in settings.items():
            if "bytes" in kinds.get(name, "") and isinstance(value, str):
                settings[name] = value.encode()
            elif isinstance(value, list):
                settings[name] = tuple(tuple(v) if isinstance(v, list) else v for v in value)
            elif isinstance(value, dict):
                settings[name] = tuple(value.items())
        return cls(**settings)


def fixture_bytes(name: str) -> bytes:
    """The raw answer of a file of tests/fixtures, without its leading comment lines."""
    data = (FIXTURES / (name if name.endswith(".http") else f"{name}.http")).read_bytes()
    while data.startswith(b"#"):
        data = data.partition(b"\n")[2]
    return data


class Faults:
    """The faults set for one place, and what of each is used up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set: list[tuple[Fault, list[int]]] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._set.append((fault, [0]))

    def clear(self) -> None:
        with self._lock:
            self._set.clear()

    def for_connection(self) -> Fault | None:
        return self._next(lambda fault: fault.on_connection)

    def for_request(self, target: str) -> Fault | None:
        return self._next(lambda fault: not fault.on_connection and fault.path in target)

    def _next(self, matches: Any) -> Fault | None:
        """Every matching fault counts this one; the first that is due strikes."""
        with self._lock:
            struck = None
            for fault, seen in self._set:
                if not matches(fault):
                    continue
                seen[0] += 1
                due = seen[0] >= fault.first and (not fault.times or seen[0] < fault.first + fault.times)
                struck = fault if due and struck is None else struck
            return struck
