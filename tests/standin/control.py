"""A port for those who are not in the same process: JSON over plain HTTP on loopback.

    POST /fail {"place": "vault", "status": 503, "times": 2}      fields of faults.Fault, or "fixture"; text stands for bytes
    POST /heal, /reset, /clear                                    no faults; also an empty journal; only that
    POST /assign {"vault": "dummy-keyvault", "identity": "vm", "rights": ["Reader"]}
    POST /put {"vault": "dummy-keyvault", "name": "n", "value": "v"}
    POST /token {"aud": "https://vault.azure.net"}                a token of the first identity, claims replaced
    GET  /journal, /flow
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .lab import Lab
from .server import Address


def serve(lab: Lab, address: Address) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._run({})

        def do_POST(self) -> None:
            self._run(json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}"))

        def _run(self, given: dict[str, Any]) -> None:
            try:
                status, result = 200, _COMMANDS[self.command + " " + self.path](lab, given)
            except Exception as error:
                status, result = 400, {"error": f"{type(error).__name__}: {error}"}
            body = json.dumps(result, default=_plain).encode() + b"\n"
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(address, Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _plain(value: Any) -> Any:
    return value.decode("latin-1") if isinstance(value, bytes) else getattr(value, "__dict__", repr(value))


def _fail(lab: Lab, given: dict[str, Any]) -> str:
    return repr(lab.fail(given.pop("place"), **given))


def _assign(lab: Lab, given: dict[str, Any]) -> list[str]:
    vault = next(v for v in lab.vaults if v.name == given["vault"])
    identity = next(i for i in lab.identities if i.name == given.get("identity", lab.identity.name))
    vault.assign(identity, *given["rights"])
    return given["rights"]


def _put(lab: Lab, given: dict[str, Any]) -> str:
    vault = next(v for v in lab.vaults if v.name == given.pop("vault"))
    return vault.put(given.pop("name"), given.pop("value"), **given).version


_COMMANDS = {
    "POST /fail": _fail, "POST /assign": _assign, "POST /put": _put,
    "POST /heal": lambda lab, given: lab.heal(), "POST /reset": lambda lab, given: lab.reset(),
    "POST /clear": lambda lab, given: lab.journal.clear(), "POST /token": lambda lab, given: lab.token(**given),
    "GET /journal": lambda lab, given: [
        {"at": r.at, "place": r.place, "connection": r.connection, "event": r.event, **r.facts} for r in lab.journal.records()],
    "GET /flow": lambda lab, given: lab.journal.flow(),
}
