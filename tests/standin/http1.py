"""HTTP/1.1 as a strict server reads and writes it; bytes in, values out, no I/O.

What RFC 9112 leaves to a server's kindness is refused here, so that a client which passes these rules passes anywhere:
one Host, token characters, CRLF line ends, correct percent-encoding, no header twice, no body where none belongs, and
never a second request before the first is answered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

HEAD_BYTES_MAX = 16384  # http.sys, which is in front of these services, takes no larger head
BODY_BYTES_MAX = 1 << 20

_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(rb"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?")
_VALUE = re.compile(rb"[\x20-\x7e\t]*")
_HOST = re.compile(r"(?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?")
_BODILESS = ("GET", "HEAD", "DELETE")


class BadRequest(Exception):
    """The bytes are no request that this server takes. `status` is what it answers; the text says why."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status


@dataclass
class Request:
    method: str
    target: str
    headers: list[tuple[str, str]]
    raw: bytes
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> list[tuple[str, str]]:
        """Names and values, percent-decoded, in order; "+" stays a plus."""
        text = self.target.partition("?")[2]
        pairs = (part.partition("=") for part in text.split("&")) if text else ()
        return [(_decode(name), _decode(value)) for name, _, value in pairs]

    def header(self, name: str) -> str | None:
        return next((value for n, value in self.headers if n.lower() == name.lower()), None)


@dataclass
class Answer:
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    reason: str | None = None
    version: str = "HTTP/1.1"

    def head(self, framing: list[tuple[str, str]]) -> bytes:
        reason = REASONS.get(self.status, "") if self.reason is None else self.reason
        lines = [f"{self.version} {self.status} {reason}"] + [f"{n}: {v}" for n, v in self.headers + framing]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"

    def to_bytes(self) -> bytes:
        bodiless = self.status in (204, 304)
        return self.head([] if bodiless else [("Content-Length", str(len(self.body)))]) + (b"" if bodiless else self.body)


def _decode(text: str) -> str:
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("percent-encoded bytes are not UTF-8") from None


def read_request(data: bytes) -> Request | None:
    """The request that `data` is, None while bytes are missing. BadRequest as soon as it cannot become one."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        if len(data) > HEAD_BYTES_MAX:
            raise BadRequest("head too large", 431)
        if re.search(rb"(?<!\r)\n|\x00|\r[^\n]", data):
            raise BadRequest("bare CR, bare LF or NUL in the head")
        return None
    request = _read_head(data[:end])
    want = _body_length(request)
    rest = data[end + 4:]
    if len(rest) > want:
        raise BadRequest("bytes after the request: this server takes no pipelining and no unannounced body")
    if len(rest) < want:
        return None
    request.raw, request.body = data, rest
    return request


def _read_head(head: bytes) -> Request:
    if len(head) > HEAD_BYTES_MAX:
        raise BadRequest("head too large", 431)
    lines = head.split(b"\r\n")
    if any(byte in line for line in lines for byte in (b"\r", b"\n", b"\0")):
        raise BadRequest("bare CR, bare LF or NUL in the head")
    parts = lines[0].split(b" ")
    if len(parts) != 3:
        raise BadRequest("request line is not METHOD SP TARGET SP VERSION")
    method, target, version = parts
    if not _TOKEN.fullmatch(method):
        raise BadRequest("method is no token")
    if version != b"HTTP/1.1":
        raise BadRequest("not HTTP/1.1", 505)
    if not _TARGET.fullmatch(target):
        raise BadRequest("target is not in origin-form, or has characters that must be percent-encoded")
    request = Request(method.decode(), target.decode(), [_read_field(line) for line in lines[1:]], head)
    names = [name.lower() for name, _ in request.headers]
    for name in names:
        if names.count(name) > 1:
            raise BadRequest(f"header {name} twice")
    host = request.header("Host")
    if host is None or not _HOST.fullmatch(host):
        raise BadRequest("Host is missing or malformed")
    if request.header("Connection") not in (None, "close", "keep-alive"):
        raise BadRequest("Connection is neither close nor keep-alive")
    if request.header("Expect") is not None:
        raise BadRequest("Expect is not met here", 417)
    return request


def _read_field(line: bytes) -> tuple[str, str]:
    name, colon, value = line.partition(b":")
    if not colon or not _TOKEN.fullmatch(name):
        raise BadRequest("header line is not NAME: VALUE")
    if not _VALUE.fullmatch(value):
        raise BadRequest("header value has bytes outside printable ASCII")
    return name.decode(), value.strip(b" \t").decode()


def _body_length(request: Request) -> int:
    length = request.header("Content-Length")
    if request.header("Transfer-Encoding") is not None:
        raise BadRequest("Transfer-Encoding in a request", 501)
    if request.method in _BODILESS:
        if length is not None:
            raise BadRequest(f"Content-Length in a {request.method}")
        return 0
    if length is None:
        raise BadRequest("no Content-Length", 411)
    if not re.fullmatch("0|[1-9][0-9]{0,7}", length):
        raise BadRequest("Content-Length is no number")
    if int(length) > BODY_BYTES_MAX:
        raise BadRequest("body too large", 413)
    return int(length)


REASONS = {
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 304: "Not Modified", 307: "Temporary Redirect",
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    408: "Request Timeout", 409: "Conflict", 410: "Gone", 411: "Length Required", 413: "Payload Too Large",
    415: "Unsupported Media Type", 417: "Expectation Failed", 421: "Misdirected Request", 429: "Too Many Requests",
    431: "Request Header Fields Too Large", 500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported",
}
