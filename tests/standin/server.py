"""Listens, and leads each connection through its life: accept, handshake, requests, answers, close.

This is the one place where faults meet a service. Services know HTTP and nothing of sockets.
"""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass, replace
from typing import Protocol

from .channel import NO_FAULT, Channel, Gone, TlsChannel
from .faults import Fault, Faults
from .http1 import Answer, BadRequest, Request, read_request
from .journal import Journal
from .tls import Contexts

Address = tuple[str, int]


@dataclass(frozen=True)
class Caller:
    """What a service may know of who asks: the address, and the name that TLS was asked for (None: plain HTTP)."""

    address: str
    port: int
    sni: str | None = None


class Service(Protocol):
    place: str

    def answer(self, request: Request, caller: Caller) -> Answer: ...

    def malformed(self, error: BadRequest) -> Answer:
        """The answer to bytes that are no request; the connection is closed after it."""

    def error(self, name: str, request: Request, caller: Caller) -> Answer:
        """The error of this name, as this service words it."""


class Listener:
    """A service on one address. `contexts` makes it TLS."""

    def __init__(self, service: Service, address: Address, journal: Journal, contexts: Contexts | None = None) -> None:
        self.service, self.journal, self.contexts = service, journal, contexts
        self.faults = Faults()
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._sock = socket.create_server(address, family=family, backlog=128)
        self.address: Address = self._sock.getsockname()[:2]
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._settled = threading.Condition(self._lock)
        self._stopped = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return self.address[1]

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            sockets = [self._sock, *self._open]
        for sock in sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._sock.close()

    def settle(self, seconds: float = 5.0) -> bool:
        """Waits until no connection is open; False if one stays."""
        with self._lock:
            return self._settled.wait_for(lambda: not self._open, seconds)

    def _accept(self) -> None:
        while True:
            try:
                sock, peer = self._sock.accept()
            except OSError:
                return
            with self._lock:
                if self._stopped:
                    sock.close()
                    return
                self._open.add(sock)
            threading.Thread(target=self._serve, args=(sock, peer), daemon=True).start()

    def _serve(self, sock: socket.socket, peer: Address) -> None:
        number = self.journal.number()
        place = self.service.place
        self.journal.note(place, number, "accept", peer=peer[:2])
        try:
            how = Connection(self, sock, number, peer).run()
        except Gone as gone:
            how = str(gone)
        except Exception as error:  # a bug of the stand-in must be seen by the test that met it
            how = f"BUG {type(error).__name__}: {error}"
            sock.close()
            raise
        finally:
            self.journal.note(place, number, "close", how=how)
            sock.close()
            with self._lock:
                self._open.discard(sock)
                self._settled.notify_all()


class Connection:
    def __init__(self, listener: Listener, sock: socket.socket, number: int, peer: Address) -> None:
        self.listener, self.service, self.journal = listener, listener.service, listener.journal
        self.sock, self.number = sock, number
        self.caller = Caller(peer[0], peer[1])
        self.fault = listener.faults.for_connection() or NO_FAULT

    def run(self) -> None:
        channel = self._open_channel()
        while True:
            request = self._read_request(channel)
            if request is None:
                channel.close()
                return "idle" if self.fault.idle is not None else "by the client"
            self._answer(channel, request)
            if request.header("Connection") == "close":
                channel.close()
                return "as asked"

    def _note(self, event: str, **facts: object) -> None:
        self.journal.note(self.service.place, self.number, event, **facts)

    def _open_channel(self) -> Channel:
        fault = self.fault
        if fault is not NO_FAULT:
            self._note("fault", fault=fault)
        plain = Channel(self.sock)
        time.sleep(fault.accept_delay)
        if fault.hangup:
            plain.end(fault.ending or "cut")
        if fault.greeting and not fault.flight:
            plain.read()
            plain.send(fault.greeting, replace(fault, ending=fault.ending or "cut"))
        if self.listener.contexts is None:
            return plain
        channel = TlsChannel(self.sock, self.listener.contexts.context(fault))
        channel.handshake(fault, on_hello=lambda hello: self._note("hello", **hello))
        tls = channel.tls
        self.caller = replace(self.caller, sni=channel.hello.get("sni"))
        cipher = tls.cipher()
        self._note("handshake", version=tls.version(), cipher=cipher[0] if cipher else None, alpn=tls.selected_alpn_protocol(),
                   sni=self.caller.sni, resumed=tls.session_reused, flights=channel.flights)
        return channel

    def _read_request(self, channel: Channel) -> Request | None:
        data = b""
        while True:
            more = channel.read(self.fault.idle if not data else None)
            if not more:
                if data:
                    self._refuse(channel, BadRequest("request cut short"), data)
                return None
            data += more
            try:
                request = read_request(data)
                if request is not None:
                    request.query  # an undecodable query is a malformed request, here and not later
                    return request
            except BadRequest as error:
                self._refuse(channel, error, data)

    def _refuse(self, channel: Channel, error: BadRequest, data: bytes) -> None:
        self._note("refused", why=str(error), status=error.status, raw=data)
        answer = self.service.malformed(error)
        self._note("answer", status=answer.status, sent=answer.to_bytes())
        channel.send(answer.to_bytes())
        channel.close()
        raise Gone(f"refused: {error}")

    def _answer(self, channel: Channel, request: Request) -> None:
        self._note("request", request=request)
        fault = self.listener.faults.for_request(request.target)
        if fault is None:
            answer = self.service.answer(request, self.caller)
            self._note("answer", status=answer.status, sent=answer.to_bytes())
            channel.send(answer.to_bytes())
            return
        self._note("fault", fault=fault)
        answer = self._altered(fault, request)
        head, body, ends = _framed(answer, fault)
        sent = fault.verbatim if fault.verbatim is not None else fault.interim + head + body + fault.trailing
        self._note("answer", status=answer.status, sent=sent)
        time.sleep(fault.delay)
        if fault.body_delay:
            channel.send(sent[:len(fault.interim) + len(head)])
            time.sleep(fault.body_delay)
            sent = sent[len(fault.interim) + len(head):]
        channel.send(sent, fault)
        if ends:
            channel.close()
            raise Gone("the end of the answer")

    def _altered(self, fault: Fault, request: Request) -> Answer:
        if fault.verbatim is not None:
            status = fault.verbatim.partition(b" ")[2][:3]
            return Answer(int(status) if status.isdigit() else 0, version=fault.verbatim[:8].decode("latin-1"))
        if fault.status:
            answer = Answer(fault.status, list(fault.headers), fault.body or b"", fault.reason)
        else:
            service = self.service
            answer = service.error(fault.error, request, self.caller) if fault.error else service.answer(request, self.caller)
            answer.headers += fault.headers
            answer.body = answer.body if fault.body is None else fault.body
            answer.reason = fault.reason
        answer.headers = [(n, v) for n, v in answer.headers if n.lower() not in {w.lower() for w in fault.without}]
        answer.version = fault.version
        return answer


def _framed(answer: Answer, fault: Fault) -> tuple[bytes, bytes, bool]:
    """Head and body on the wire, and whether the end of the connection ends the answer."""
    length = ("Content-Length", str(len(answer.body) + fault.length_off))
    coding = ("Transfer-Encoding", "chunked")
    if fault.verbatim is not None:
        keeps = b"\r\ncontent-length:" in fault.verbatim.lower() or b"\r\ntransfer-encoding:" in fault.verbatim.lower()
        return b"", b"", answer.version != "HTTP/1.1" or not keeps and answer.status != 204
    if fault.framing == "close":
        return answer.head([]), answer.body, True
    if fault.framing == "two-lengths":
        return answer.head([length, ("Content-Length", str(len(answer.body) + 1))]), answer.body, False
    if fault.framing == "both":
        return answer.head([length, coding]), _chunked(answer.body, rich=False), False
    if fault.framing.startswith("chunked"):
        return answer.head([coding]), _chunked(answer.body, rich=fault.framing == "chunked-rich"), False
    return answer.head([] if answer.status == 204 else [length]), answer.body, answer.version == "HTTP/1.0"


def _chunked(body: bytes, rich: bool) -> bytes:
    """In chunks; `rich` has many sizes, extensions, leading zeros and trailers."""
    if not rich:
        return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    out, at, size = b"", 0, 1
    while at < len(body):
        part = body[at:at + size]
        out += b"00%X;name=value;quoted=\"a;\\\"b\"\r\n%s\r\n" % (len(part), part)
        at, size = at + size, size * 2 + 1
    return out + b"0;last\r\nX-Trailer: one\r\nx-ms-trailer: two\r\n\r\n"
