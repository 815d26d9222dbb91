"""The field where all compete: a client's network and Azure's, joined by a cable with a delay that counts what passes.

    with Field([vault], [vm]) as field:
        field.delay(20)                         # ms, the round trip to the vault; IMDS is on the host, as in Azure
        run = field.run(["azfob", ...], environment)

This process is Azure's side. The programs run in a process of their own (runner.py), whose only way out is the cable
(wire_driver.c); the two are joined by TUN devices.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence

from tests.standin import Identity, Lab, Vault, namespace
from tests.standin.lab import IMDS_ADDRESS

SERVER, CLIENT = "10.89.0.1", "10.89.0.2"
DRIVERS = Path(os.environ.get("AZFOB_DRIVERS", "build/tests/drivers")).resolve()
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


@dataclass(frozen=True)
class Traffic:
    connections: int
    round_trips: int
    packets: int
    bytes_up: int
    bytes_down: int
    requests: int


@dataclass(frozen=True)
class Run:
    status: int
    out: bytes
    err: bytes
    wall: float  # seconds
    cpu: float
    traffic: Traffic


def open_tun(address: str, peer: str, *routes: str) -> int:
    """The descriptor of a device `wire0` in the network of this process."""
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    fcntl.ioctl(fd, _TUNSETIFF, struct.pack("16sH14x", b"wire0", _IFF_TUN | _IFF_NO_PI))
    for command in (["addr", "add", address, "peer", peer, "dev", "wire0"], ["link", "set", "wire0", "up"], ["link", "set", "lo", "up"],
                    *(["route", "add", route, "dev", "wire0"] for route in routes)):
        subprocess.run(["ip", *command], check=True)
    return fd


class Field:
    def __init__(self, vaults: Sequence[Vault], identities: Sequence[Identity]) -> None:
        """Raises namespace.Refused or OSError where the kernel gives us no networks."""
        namespace.enter()
        namespace.names({vault.host: SERVER for vault in vaults})
        ours, theirs = socket.socketpair()
        runner = Path(__file__).with_name("runner.py")
        self._runner = subprocess.Popen([sys.executable, runner, str(theirs.fileno())], pass_fds=[theirs.fileno()])
        theirs.close()
        self._socket, self._lines = ours, ours.makefile("r")
        far = socket.recv_fds(ours, 1, 1)[1]
        if not far:
            raise OSError("the runner could not make its network: see above")
        near = open_tun(SERVER, CLIENT)
        self._wire = subprocess.Popen([DRIVERS / "wire_driver", str(far[0]), str(near)], pass_fds=[far[0], near],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for fd in (far[0], near):
            os.close(fd)
        self.lab = Lab(vaults, identities, imds=IMDS_ADDRESS, vault=(SERVER, 443))
        self._round_trips = (0.0, 0.0)

    def __enter__(self) -> "Field":
        self.lab.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.lab.__exit__()
        self._socket.close()
        self._lines.close()
        self._runner.wait()
        assert self._wire.stdin and self._wire.stdout
        self._wire.stdin.close()
        self._wire.stdout.close()
        self._wire.wait()

    def delay(self, vault_ms: float, imds_ms: float = 0.0) -> None:
        self._round_trips = (vault_ms, imds_ms)
        self._count()

    def run(self, argv: Sequence[str], environment: dict[str, str], how: str = "time") -> Run:
        """`argv` from the first byte to the last, with what it cost and what passed the cable."""
        self._clear()
        done = self.ask(how=how, argv=list(argv), environment=environment)
        return Run(done["status"], done["out"].encode("latin-1"), done["err"].encode("latin-1"), done["wall"], done["cpu"], self._clear())

    def ask(self, **given: Any) -> dict[str, Any]:
        self._socket.sendall(json.dumps(given).encode() + b"\n")
        answer = self._lines.readline()
        if not answer:
            raise OSError("the runner has ended: see above")
        return json.loads(answer)

    def _clear(self) -> Traffic:
        """What passed since the last time, all of it: connections are closed first, and what is on its way has arrived."""
        for listener in self.lab.listeners.values():
            listener.settle()
        time.sleep(2 * max(self._round_trips) / 1000)
        traffic = Traffic(*self._count(), requests=len(self.lab.journal.requests()))
        self.lab.journal.clear()
        return traffic

    def _count(self) -> list[int]:
        assert self._wire.stdin and self._wire.stdout
        self._wire.stdin.write(" ".join(str(int(1000 * ms)) for ms in self._round_trips) + "\n")
        self._wire.stdin.flush()
        return [int(word) for word in self._wire.stdout.readline().split()]
