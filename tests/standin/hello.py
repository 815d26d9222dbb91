"""What a ClientHello offers (RFC 8446 section 4.1.2), for tests that judge a client by its offer."""

from __future__ import annotations

from typing import Any, Iterator

_EXTENSIONS = {0: "server_name", 10: "groups", 13: "signatures", 16: "alpn", 43: "versions"}


def client_hello(data: bytes) -> dict[str, Any]:
    """{} while bytes are missing or when they are no ClientHello. Numbers as in the RFC: suites [0xC02B, ...]."""
    message = b"".join(_records(data))
    if len(message) < 4 or message[0] != 1 or len(message) < 4 + int.from_bytes(message[1:4], "big"):
        return {}
    take = _Reader(message[4:])
    facts: dict[str, Any] = {"version": take.number(2), "sni": None, "alpn": [], "groups": [], "signatures": [], "versions": []}
    take.bytes(32)
    facts["session_id"] = take.vector(1)
    facts["suites"] = _numbers(take.vector(2), 2)
    take.vector(1)  # compression
    facts["extensions"] = []
    rest = _Reader(take.vector(2) if take.left() else b"")
    while rest.left():
        kind, body = rest.number(2), rest.vector(2)
        facts["extensions"].append(kind)
        if kind == 0:
            facts["sni"] = _Reader(body[5:]).bytes(len(body) - 5).decode("ascii", "replace")
        elif kind == 16:
            names = _Reader(_Reader(body).vector(2))
            while names.left():
                facts["alpn"].append(names.vector(1).decode("ascii", "replace"))
        elif kind in (10, 13):
            facts[_EXTENSIONS[kind]] = _numbers(_Reader(body).vector(2), 2)
        elif kind == 43:
            facts["versions"] = _numbers(_Reader(body).vector(1), 2)
    return facts


def _records(data: bytes) -> Iterator[bytes]:
    while len(data) >= 5 and data[0] == 22:
        length = int.from_bytes(data[3:5], "big")
        yield data[5:5 + length]
        data = data[5 + length:]


def _numbers(data: bytes, width: int) -> list[int]:
    return [int.from_bytes(data[i:i + width], "big") for i in range(0, len(data), width)]


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def left(self) -> int:
        return len(self._data) - self._at

    def bytes(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count:self._at]

    def number(self, width: int) -> int:
        return int.from_bytes(self.bytes(width), "big")

    def vector(self, width: int) -> bytes:
        return self.bytes(self.number(width))
