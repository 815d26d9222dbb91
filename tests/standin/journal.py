"""What the clients did, in order: the one thing that tests assert on.

Events of a connection: accept, hello (what the ClientHello offers), handshake, request, refused (bytes that are no
request), answer, fault, close. DNS adds question, the relay adds flights.
"""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Record:
    at: float  # monotonic seconds since the journal began
    place: str  # "imds", "vault", "entra", "dns", "relay"
    connection: int
    event: str
    facts: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        """The facts, and through them those of a request, as attributes."""
        facts = self.__dict__["facts"]
        if name in facts:
            return facts[name]
        if not name.startswith("_") and hasattr(facts.get("request"), name):
            return getattr(facts["request"], name)
        raise AttributeError(f"a {self.event} record has no {name!r}: {sorted(facts)}")

    def __str__(self) -> str:
        if self.event == "request":
            return f"{self.at:.3f} {self.place}#{self.connection} {self.method} {self.target}"
        shown = {name: value for name, value in self.facts.items() if name not in ("sent", "raw")}
        return f"{self.at:.3f} {self.place}#{self.connection} {self.event} {shown}"


class Journal:
    def __init__(self) -> None:
        self._began = time.monotonic()
        self._changed = threading.Condition()
        self._records: list[Record] = []
        self._numbers = itertools.count(1)

    def number(self) -> int:
        """For the next connection; never used twice."""
        return next(self._numbers)

    def note(self, place: str, connection: int, event: str, **facts: Any) -> None:
        with self._changed:
            self._records.append(Record(time.monotonic() - self._began, place, connection, event, facts))
            self._changed.notify_all()

    def clear(self) -> None:
        with self._changed:
            self._records.clear()

    def records(self, place: str | None = None, event: str | None = None) -> list[Record]:
        with self._changed:
            return [r for r in self._records if place in (None, r.place) and event in (None, r.event)]

    def requests(self, place: str | None = None) -> list[Record]:
        """Each has .method .target .path .query .headers .body .raw, and .header(name)."""
        return self.records(place, "request")

    def answers(self, place: str | None = None) -> list[Record]:
        """Each has .status and .sent, the bytes that went out before encryption."""
        return self.records(place, "answer")

    def handshakes(self, place: str | None = None) -> list[Record]:
        """Each has .version .cipher .alpn .sni .resumed."""
        return self.records(place, "handshake")

    def hellos(self, place: str | None = None) -> list[Record]:
        """Each has what the client offered: .suites .groups .signatures .alpn .sni .version .extensions."""
        return self.records(place, "hello")

    def connections(self, place: str | None = None) -> list[int]:
        return [r.connection for r in self.records(place, "accept")]

    def flow(self) -> list[str]:
        """Requests and answers of all places as short lines: ["vault GET /secrets/x", "vault 401", ...]."""
        lines = {"request": lambda r: f"{r.place} {r.method} {r.path}", "answer": lambda r: f"{r.place} {r.status}"}
        return [lines[r.event](r) for r in self.records() if r.event in lines]

    def wait_for(self, event: str, place: str | None = None, count: int = 1, seconds: float = 10.0) -> list[Record]:
        """Blocks until there are `count` such records; for what happens after the client saw its answer (close)."""
        with self._changed:
            ok = self._changed.wait_for(lambda: len(self._matching(place, event)) >= count, seconds)
            found = self._matching(place, event)
        if not ok:
            raise TimeoutError(f"{len(found)} of {count} {event} records of {place} after {seconds} s")
        return found

    def _matching(self, place: str | None, event: str) -> list[Record]:
        return [r for r in self._records if place in (None, r.place) and r.event == event]
