"""A virtual machine beside the stand-in: qemu without hardware help, its serial console in the hands of the test.

Its network is qemu's own: DHCP, and two addresses that lead out of it. 169.254.169.254 is 127.0.0.1 of the namespace in which
qemu runs, port by port, and questions for names go to the first name server of /etc/resolv.conf there.
"""

from __future__ import annotations

import re
import subprocess
import threading
import time
from pathlib import Path
from typing import Sequence

LIMIT_SECONDS = 300  # ends what hangs; nothing passes or fails by being faster than this


class Machine:
    def __init__(self, name: str, kernel: Path, initrd: Path, disk: Path, *words: str, options: Sequence[str] = (), network: str = "") -> None:
        self.log = Path("build/boot/log", f"{name}.log")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        network = network or "user,id=n,net=169.254.169.0/24,host=169.254.169.254,dns=169.254.169.253,dhcpstart=169.254.169.10"
        self.command = [
            "setpriv", "--pdeathsig", "KILL",  # with us
            "qemu-system-x86_64", "-machine", "q35,accel=tcg", "-cpu", "max", "-smp", "1", "-m", "768", "-nodefaults", "-no-user-config",
            "-display", "none", "-serial", "stdio", "-no-reboot", "-netdev", network, "-device", "virtio-net-pci,netdev=n,romfile=",
            "-drive", f"file={disk},if=virtio,format=raw,snapshot=on", "-kernel", str(kernel), "-initrd", str(initrd), *options,
            "-append", " ".join(("console=ttyS0 quiet panic=-1 root=/dev/mapper/cryptroot ro", *words))]
        self._said = bytearray()
        self._changed = threading.Condition()
        self._ended = False
        self._seen = 0

    def __enter__(self) -> "Machine":
        self._until = time.monotonic() + LIMIT_SECONDS
        self._process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._listener.join()
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        if kind is None:
            self.log.unlink()

    @property
    def said(self) -> bytes:
        with self._changed:
            return bytes(self._said)

    @property
    def text(self) -> str:
        return self.said.decode(errors="replace").replace("\r", "")

    def wait(self, pattern: str) -> re.Match[str]:
        """Until the console shows it, after what was waited for before. AssertionError with the end of the console where it does not."""
        with self._changed:
            while True:
                text = self._said[self._seen:].decode(errors="replace")
                found = re.search(pattern, text)
                if found:
                    self._seen += len(text[:found.end()].encode())
                    return found
                if self._ended or not self._changed.wait(max(0.0, self._until - time.monotonic())):
                    break
        raise AssertionError(f"the console never showed {pattern!r}; all of it is in {self.log}\n" + "\n".join(self.text.splitlines()[-25:]))

    def type(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def end(self) -> str:
        """Until it has powered itself off; all that the console showed."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._ended, max(0.0, self._until - time.monotonic())):
                raise AssertionError(f"the machine does not end; its console is in {self.log}")
        return self.text

    def _listen(self) -> None:
        assert self._process.stdout
        with self.log.open("wb", buffering=0) as log:
            while chunk := self._process.stdout.read1(4096):
                log.write(chunk)
                with self._changed:
                    self._said += chunk
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
