"""A name server for a network of the test's own: UDP and TCP, with each answer that real ones give and clients trip over.

    Dns(journal, {"vault.azure.net": Name(("127.0.0.1",)), "slow.test": Name(("127.0.0.1",), fault="drop", times=1)})

A name stands for itself and all below it, the longest match counts. An unknown name is NXDOMAIN; a known one without an
address of the wanted family is an empty answer.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import threading
import time
from dataclasses import dataclass
from typing import Any, Mapping

from .journal import Journal
from .server import Address

_TYPES = {"A": 1, "AAAA": 28}
_CODES = {"formerr": 1, "servfail": 2, "nxdomain": 3, "refused": 5}
FAULTS = ("", *_CODES, "drop", "garbage", "wrong-id", "truncated", "empty")


@dataclass(frozen=True)
class Name:
    """`fault` strikes the first `times` questions (0: all) of the type `only` ("": both)."""

    addresses: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()  # a chain of CNAMEs between the name and its addresses
    fault: str = ""  # one of FAULTS; "truncated": nothing over UDP, all over TCP
    only: str = ""
    times: int = 0
    delay: float = 0.0


class Dns:
    def __init__(self, journal: Journal, names: Mapping[str, Name], address: Address = ("127.0.0.1", 53)) -> None:
        self.journal = journal
        self.names = {name.lower().rstrip("."): row for name, row in names.items()}
        self._asked: dict[str, int] = {}
        self._lock = threading.Lock()
        self._udp, self._tcp = _same_port(address)
        self.address: Address = self._udp.getsockname()[:2]
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._serve_udp, self._serve_tcp)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> "Dns":
        return self

    def __exit__(self, *_: object) -> None:
        for sock in (self._udp, self._tcp):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # an unconnected UDP socket says so, and wakes all the same
            sock.close()
        for thread in self._threads:  # who waits in the kernel keeps the port
            thread.join()

    def _serve_udp(self) -> None:
        while True:
            try:
                message, peer = self._udp.recvfrom(4096)
            except OSError:
                return
            if message:
                threading.Thread(target=self._reply, args=(message, "udp", lambda data, peer=peer: self._udp.sendto(data, peer)), daemon=True).start()

    def _serve_tcp(self) -> None:
        while True:
            try:
                sock, _ = self._tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_stream, args=(sock,), daemon=True).start()

    def _serve_stream(self, sock: socket.socket) -> None:
        with sock, sock.makefile("rb") as reader:
            while len(head := reader.read(2)) == 2:
                message = reader.read(struct.unpack("!H", head)[0])
                self._reply(message, "tcp", lambda data: sock.sendall(struct.pack("!H", len(data)) + data))

    def _reply(self, message: bytes, transport: str, send: Any) -> None:
        name, kind, section = _question(message)
        row, fault = self._look_up(name, kind)
        self.journal.note("dns", 0, "question", name=name, type=kind, transport=transport, fault=fault)
        if row is not None:
            time.sleep(row.delay)
        if fault == "drop":
            return
        try:
            send(_answer(message, section, kind, row, fault, transport))
        except OSError:
            pass  # the client has gone

    def _look_up(self, name: str, kind: str) -> tuple[Name | None, str]:
        known = next((tail for tail in _tails(name) if tail in self.names), None)
        if known is None:
            return None, "nxdomain"
        row = self.names[known]
        if not row.fault or row.only not in ("", kind):
            return row, ""
        with self._lock:
            count = self._asked[known] = self._asked.get(known, 0) + 1
        return row, row.fault if not row.times or count <= row.times else ""


def _same_port(address: Address) -> tuple[socket.socket, socket.socket]:
    """UDP and TCP. Of port 0 the kernel knows only that it is free for UDP; somebody may be connected from it by TCP."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    for left in range(50 if address[1] == 0 else 1, 0, -1):
        udp = socket.socket(family, socket.SOCK_DGRAM)
        try:
            udp.bind(address)
            return udp, socket.create_server(udp.getsockname()[:2], family=family)
        except OSError:
            udp.close()
            if left == 1:
                raise
    raise AssertionError("not reached")


def _tails(name: str) -> list[str]:
    labels = name.split(".")
    return [".".join(labels[i:]) for i in range(len(labels))]


def _question(message: bytes) -> tuple[str, str, bytes]:
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode("ascii", "replace").lower())
        at += 1 + message[at]
    number = struct.unpack("!H", message[at + 1:at + 3])[0]
    return ".".join(labels), next((t for t, n in _TYPES.items() if n == number), str(number)), message[12:at + 5]


def _answer(message: bytes, section: bytes, kind: str, row: Name | None, fault: str, transport: str) -> bytes:
    if fault == "garbage":
        return message[:2] + b"\xff" * 20
    records: list[bytes] = []
    flags = 0x8180 | _CODES.get(fault, 0)
    if fault == "truncated" and transport == "udp":
        flags |= 0x0200
    elif row is not None and fault not in _CODES and fault != "empty":
        records = _records(row, kind)
    ident = message[:2] if fault != "wrong-id" else bytes(b ^ 0xFF for b in message[:2])
    return ident + struct.pack("!HHHHH", flags, 1, len(records), 0, 0) + section + b"".join(records)


def _records(row: Name, kind: str) -> list[bytes]:
    records, owner = [], b"\xc0\x0c"  # a pointer to the name in the question
    for alias in row.aliases:
        target = b"".join(bytes([len(label)]) + label.encode() for label in alias.split(".")) + b"\0"
        records.append(owner + struct.pack("!HHIH", 5, 1, 60, len(target)) + target)
        owner = target
    for text in row.addresses:
        ip = ipaddress.ip_address(text)
        if _TYPES.get(kind) == (1 if ip.version == 4 else 28):
            records.append(owner + struct.pack("!HHIH", _TYPES[kind], 1, 60, len(ip.packed)) + ip.packed)
    return records
