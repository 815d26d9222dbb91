"""A relay that stands between a client and a place of the lab: counts flights, holds bytes back, cuts.

A flight is what goes one way until something goes the other way; the number of flights up is the number of round trips.
`hold` seconds each way make a line with that latency, TCP's own handshake included (the first bytes up wait for it).
Segments are the kernel's count (TCP_INFO), so that a flight sent in two packets where one would do is seen.
"""

from __future__ import annotations

import selectors
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from .journal import Journal
from .server import Address

_LINGER_RESET = struct.pack("ii", 1, 0)


@dataclass
class Flight:
    way: str  # "up": from the client; "down": to it
    bytes: int = 0
    segments: int = 0
    chunks: list[int] = field(default_factory=list)  # what each read gave
    began: float = 0.0


@dataclass(frozen=True)
class Cut:
    """After so many bytes one way, that connection ends so: "stall", "reset" or "close"."""

    way: str
    after: int
    ending: str = "reset"


class Relay:
    """`cut` strikes connection number `cut_at` (0: every one). Flights of connection n (from 1): relay.flights(n). One that is
    `gated` lets nothing down to the client before open()."""

    def __init__(self, target: Address, address: Address = ("127.0.0.1", 0), *, hold: float = 0.0, piece: int = 0, cut: Cut | None = None,
                 cut_at: int = 0, gated: bool = False, journal: Journal | None = None) -> None:
        self.target, self.hold, self.piece, self.cut, self.cut_at, self.journal = target, hold, piece, cut, cut_at, journal
        self._gate = threading.Event()
        if not gated:
            self._gate.set()
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._sock = socket.create_server(address, family=family, backlog=128)
        self.address: Address = self._sock.getsockname()[:2]
        self._flights: list[list[Flight]] = []
        self._lines: list["_Line"] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "Relay":
        return self

    def __exit__(self, *_: object) -> None:
        self.open()
        for sock in [self._sock] + [s for line in self._lines for s in (line.client, line.server)]:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._sock.close()

    def open(self) -> None:
        self._gate.set()

    @property
    def port(self) -> int:
        return self.address[1]

    @property
    def connections(self) -> int:
        return len(self._flights)

    def flights(self, connection: int = 1) -> list[Flight]:
        return self._flights[connection - 1]

    def round_trips(self, connection: int = 1) -> int:
        return sum(flight.way == "up" for flight in self.flights(connection))

    def bytes(self, way: str) -> int:
        return sum(f.bytes for flights in self._flights for f in flights if f.way == way)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._sock.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self.target)
            except OSError:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
                client.close()
                continue
            flights: list[Flight] = []
            self._flights.append(flights)
            cut = self.cut if self.cut_at in (0, len(self._flights)) else None
            line = _Line(self, client, server, flights, cut)
            self._lines.append(line)
            threading.Thread(target=line.run, daemon=True).start()


class _Line:
    def __init__(self, relay: Relay, client: socket.socket, server: socket.socket, flights: list[Flight], cut: Cut | None) -> None:
        self.relay, self.client, self.server, self.flights, self.cut = relay, client, server, flights, cut
        self.began = time.monotonic()
        self.number = relay.journal.number() if relay.journal else 0
        self._segments = {"up": 0, "down": 0}
        self._passed = {"up": 0, "down": 0}
        for sock in (client, server):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def run(self) -> None:
        try:
            self._forward()
        except OSError:
            pass
        for sock in (self.client, self.server):
            sock.close()
        if self.relay.journal:
            for flight in self.flights:
                self.relay.journal.note("relay", self.number, "flight", way=flight.way, bytes=flight.bytes, segments=flight.segments)

    def _forward(self) -> None:
        """Reads at once, writes when due. A queue holds (due, socket, bytes); empty bytes are the end of that way."""
        ways = {self.client: ("up", self.server), self.server: ("down", self.client)}
        queue: deque[tuple[float, socket.socket, bytes]] = deque()
        with selectors.DefaultSelector() as selector:
            for sock in ways:
                selector.register(sock, selectors.EVENT_READ)
            while selector.get_map() or queue:
                wait = max(0.0, queue[0][0] - time.monotonic()) if queue else None
                for key, _ in selector.select(wait) if selector.get_map() else [time.sleep(wait or 0)] and []:
                    source: socket.socket = key.fileobj  # type: ignore[assignment]
                    way, sink = ways[source]
                    data = source.recv(65536)
                    if not data:
                        selector.unregister(source)
                    first_up = way == "up" and not self.flights
                    self._count(way, source, data)
                    due = time.monotonic() + self.relay.hold * (3 if first_up else 1)
                    queue.append((max(due, queue[-1][0]) if queue and queue[-1][1] is sink else due, sink, data))
                queue = deque(sorted(queue, key=lambda entry: entry[0]))
                while queue and queue[0][0] <= time.monotonic():
                    _, sink, data = queue.popleft()
                    if not self._pass("up" if sink is self.server else "down", sink, data):
                        return

    def _count(self, way: str, source: socket.socket, data: bytes) -> None:
        if not data:
            return
        if not self.flights or self.flights[-1].way != way:
            self.flights.append(Flight(way, began=time.monotonic() - self.began))
        flight, segments = self.flights[-1], _data_segments(source)
        flight.bytes += len(data)
        flight.chunks.append(len(data))
        flight.segments += segments - self._segments[way]
        self._segments[way] = segments

    def _pass(self, way: str, sink: socket.socket, data: bytes) -> bool:
        """False when the connection was cut here."""
        if way == "down":
            self.relay._gate.wait()
        if not data:
            sink.shutdown(socket.SHUT_WR)
            return True
        cut = self.cut if self.cut and self.cut.way == way and self._passed[way] + len(data) >= self.cut.after else None
        if cut:
            data = data[:cut.after - self._passed[way]]
        for at in range(0, len(data), self.relay.piece or len(data) or 1):
            sink.sendall(data[at:at + (self.relay.piece or len(data))])
        self._passed[way] += len(data)
        if not cut:
            return True
        if cut.ending == "stall":
            while self.client.recv(65536):
                pass
        elif cut.ending == "reset":
            self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
        return False


def _data_segments(sock: socket.socket) -> int:
    """tcpi_data_segs_in: segments with data that arrived."""
    return struct.unpack_from("I", sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256), 152)[0]
