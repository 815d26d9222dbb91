"""Two clients for the stand-in's own tests: curl, because it is not ours, and a bare socket, because it does as it is told."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import subprocess
from dataclasses import dataclass
from typing import Any

from .lab import Lab

TOKEN_PATH = "/metadata/identity/oauth2/token"
GOOD_TOKEN_QUERY = "api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net"


@dataclass
class Result:
    code: int  # curl's exit status: 0 well, 18 partial, 28 time-out, 35 handshake, 52 empty, 56 receive, 60 certificate
    status: int
    headers: dict[str, str]
    body: bytes
    error: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def curl(*args: str, seconds: float = 60) -> Result:
    done = subprocess.run(["curl", "-sS", "-i", "--path-as-is", "--max-time", str(seconds), *args], capture_output=True)
    out = done.stdout
    head, _, body = out.partition(b"\r\n\r\n")
    while re.match(rb"HTTP/1.1 1\d\d", head):
        head, _, body = body.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    status = re.match(r"HTTP/\d(?:\.\d)? (\d{3})", lines[0])
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return Result(done.returncode, int(status[1]) if status else 0, headers, body, done.stderr.decode(errors="replace"))


def imds(lab: Lab, query: str = GOOD_TOKEN_QUERY, *args: str, path: str = TOKEN_PATH, metadata: str | None = "true") -> Result:
    header = [] if metadata is None else ["-H", f"Metadata: {metadata}"]
    return curl(*header, *args, f"{lab.imds_url}{path}{'?' if query else ''}{query}")


def vault(lab: Lab, target: str = "/secrets/ExamplePassword?api-version=7.4", *args: str, token: str | None = "", host: str = "",
          seconds: float = 60) -> Result:
    """With a good token, with this one, or (None) without."""
    bearer = [] if token is None else ["-H", f"Authorization: Bearer {token or lab.token()}"]
    port = lab.port("vault")
    return curl("--cacert", lab.ca_file, "--connect-to", f"::127.0.0.1:{port}", *bearer, *args, f"https://{host or lab.vault.host}{target}",
                seconds=seconds)


def sealed(lab: Lab, data: bytes) -> tuple[bytes, str]:
    """What comes back through TLS until the end, and how that came: "close_notify", "cut" or "reset"."""
    # Between buffers of ours: what an SSLSocket makes of FIN and RST differs from one version of Python to the next.
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context(cafile=lab.ca_file).wrap_bio(incoming, outgoing, server_hostname=lab.vault.host)
    received, ready = b"", False
    with socket.create_connection(("127.0.0.1", lab.port("vault")), 20) as sock:
        while True:
            try:
                if not ready:
                    tls.do_handshake()
                    ready = bool(tls.write(data))
                if not (more := tls.read(65536)):
                    return received, "close_notify"
                received += more
            except ssl.SSLWantReadError:
                try:
                    if outgoing.pending:  # sending nothing would still take the RST, before what came ahead of it is read
                        sock.sendall(outgoing.read())
                    more = sock.recv(65536)
                except ConnectionResetError:
                    return received, "reset"
                if not more:
                    return received, "cut"
                incoming.write(more)
            except ssl.SSLZeroReturnError:
                return received, "close_notify"


def raw(port: int, data: bytes) -> bytes:
    """What comes back for these bytes, until the other side closes or has answered one request."""
    with socket.create_connection(("127.0.0.1", port), 20) as sock:
        sock.sendall(data)
        with contextlib.suppress(OSError):  # the RST may be here already
            sock.shutdown(socket.SHUT_WR)
        received = b""
        try:
            while more := sock.recv(65536):
                received += more
        except ConnectionResetError:
            received += b"<RST>"
        return received
