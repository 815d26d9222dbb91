"""One accepted connection as bytes in and bytes out, plain or TLS, with the faults that live below HTTP.

TLS runs between two memory buffers, so that this side decides what becomes of each byte of each flight.
"""

from __future__ import annotations

import socket
import ssl
import struct
import time
from typing import Callable

from .faults import Fault
from .hello import client_hello

NO_FAULT = Fault()


class Gone(Exception):
    """The connection is over; the text says how."""


class Channel:
    """A plain TCP connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(self, timeout: float | None = None) -> bytes:
        """Some bytes; none at the end of the connection, or when `timeout` seconds have passed."""
        self.sock.settimeout(timeout)
        try:
            return self.sock.recv(65536)
        except TimeoutError:
            return b""
        except OSError as error:
            raise Gone(str(error)) from None
        finally:
            self._blocking()

    def send(self, data: bytes, fault: Fault = NO_FAULT) -> None:
        """All of it as `fault` wants it to go out. Raises Gone when nothing more may follow."""
        _in_pieces(self._send, data, fault)
        if fault.after is not None or fault.ending:
            self.end(fault.ending)

    def end(self, ending: str) -> None:
        """stall, reset, close or cut; then the connection is over."""
        if ending == "stall":
            self._until_peer_leaves()
        elif ending == "reset":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.sock.close()
        else:
            self.close(orderly=ending != "cut")
        raise Gone(ending or "cut short")

    def close(self, orderly: bool = True) -> None:
        """FIN, and the socket goes only when the peer has gone too: closing with unread bytes would send RST."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
            self._until_peer_leaves(seconds=2.0)
        except (OSError, Gone):
            pass
        self.sock.close()

    def _send(self, data: bytes) -> None:
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise Gone(str(error)) from None

    def _until_peer_leaves(self, seconds: float | None = None) -> None:
        try:
            self.sock.settimeout(seconds)
            while self.sock.recv(65536):
                pass
        except OSError:
            pass

    def _blocking(self) -> None:
        try:
            self.sock.settimeout(None)
        except OSError:
            pass


class TlsChannel(Channel):
    """The server's side of TLS. `handshake` must come first."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        super().__init__(sock)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out, server_side=True)
        self.hello: dict[str, object] = {}  # what the client offers, known after its first flight
        self.flights = 0  # handshake flights of ours

    def handshake(self, fault: Fault = NO_FAULT, on_hello: Callable[[dict[str, object]], None] | None = None) -> None:
        first = b""
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._flight(fault)
                data = super().read()
                if not data:
                    raise Gone("closed during the handshake") from None
                if not self.hello:
                    first += data
                    self.hello = client_hello(first)
                    if self.hello and on_hello:
                        on_hello(self.hello)
                self._in.write(data)
            except ssl.SSLError as error:
                super()._send(self._out.read())
                super().close()
                raise Gone(f"TLS: {error.reason or error}") from None
        self._flight(fault)

    def _flight(self, fault: Fault) -> None:
        data = self._out.read()
        if not data:
            return
        self.flights += 1
        if fault.flight == self.flights and fault.flip is None:
            self._raw(fault.greeting or data[:fault.after or 0])
            Channel.end(self, fault.ending or "cut")
        if fault.flight == self.flights:
            data = _flipped(data, fault)
        _in_pieces(self._raw, data, Fault(piece=fault.piece, gap=fault.gap) if fault.flight < 0 else NO_FAULT)

    def read(self, timeout: float | None = None) -> bytes:
        while True:
            try:
                return self.tls.read(65536)
            except ssl.SSLWantReadError:
                data = super().read(timeout)
                if not data:
                    return b""
                self._in.write(data)
            except ssl.SSLError as error:
                if isinstance(error, (ssl.SSLZeroReturnError, ssl.SSLEOFError)):
                    return b""
                raise Gone(f"TLS: {error.reason or error}") from None

    def send(self, data: bytes, fault: Fault = NO_FAULT) -> None:
        if fault.sealed:
            self.tls.write(data)
            _in_pieces(self._raw, self._out.read(), fault)
        else:
            _in_pieces(self._send, data, fault)
        if fault.after is not None or fault.ending:
            self.end(fault.ending)

    def close(self, orderly: bool = True) -> None:
        if orderly:
            try:
                self.tls.unwrap()
            except (ssl.SSLError, OSError):
                pass  # close_notify is in the buffer all the same; the peer's own is not waited for
            try:
                self._raw(self._out.read())
            except Gone:
                pass
        super().close(orderly)

    def _send(self, data: bytes) -> None:
        self.tls.write(data)
        self._raw(self._out.read())

    def _raw(self, data: bytes) -> None:
        super()._send(data)


def _flipped(data: bytes, fault: Fault) -> bytes:
    if fault.flip is None:
        return data
    return data[:fault.flip] + bytes([data[fault.flip] ^ 1]) + data[fault.flip + 1:]


def _in_pieces(send: Callable[[bytes], None], data: bytes, fault: Fault) -> None:
    data = _flipped(data, fault)[:fault.after]
    cuts = sorted({0, len(data), *(s for s in fault.split if 0 < s < len(data)), *(range(0, len(data), fault.piece) if fault.piece else ())})
    for index, (begin, end) in enumerate(zip(cuts, cuts[1:])):
        if index and fault.gap:
            time.sleep(fault.gap)
        send(data[begin:end])
