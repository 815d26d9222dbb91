"""What all boots share: the stand-in of Azure as a machine sees it, and the disk that opens with a key from it."""

from __future__ import annotations

import contextlib
import re
import subprocess
import time
import unittest
from pathlib import Path
from typing import Any, Callable, Iterator

from tests.standin import Identity, Lab, Vault, namespace

# Before anything starts a thread; from here on loopback is the whole world.
namespace.enter()
namespace.names(nameserver="127.0.0.1")

from tests.standin.config import new_key  # noqa: E402
from tests.standin.dns import Dns, Name  # noqa: E402
from tests.standin.lab import IMDS_ADDRESS, _host_forms  # noqa: E402

from . import image  # noqa: E402
from .disk import Disk  # noqa: E402
from .machine import LIMIT_SECONDS, Machine  # noqa: E402

BUILD = Path("build/boot")
VAULT_KEY = "rT9x2mQ7vLw4"  # in no image and on no console: tests search for it
PASSPHRASE = "correct horse battery staple"
MOUNTED = r"ROOT-MOUNTED uptime=(\S+) year=(\d+)"
PROMPT = "nlock disk cryptroot[^\n]*: |passphrase for [^\n]*(cryptroot|/dev/vda)[^\n]*[:!]"
AT = "169.254.169.254"  # where the machine finds the vault as well; see machine.py


def make_lab() -> Lab:
    machine, app = Identity("vm"), Identity("app", system=False)
    mine = Vault("dummy-keyvault")
    mine.put("disk-key", VAULT_KEY)
    mine.keys["wrapper"] = [new_key(mine, "wrapper")]
    mine.put("other-key", "not the key of this disk")
    mine.assign(machine, "Key Vault Secrets User", "Key Vault Crypto Service Encryption User")
    theirs = Vault("theirs")
    theirs.put("disk-key", VAULT_KEY)
    theirs.assign(app, "Key Vault Secrets User")
    lab = Lab([mine, theirs], [machine, app], imds=("127.0.0.1", 0), vault=("127.0.0.1", 0))
    lab.imds_service.hosts |= _host_forms(IMDS_ADDRESS)
    return lab


class Boots(unittest.TestCase):
    """A module's tests are methods of a class below it that has `build`."""

    kind = ""
    hands_network_over = False  # to the real root, as it is
    lab: Lab

    @classmethod
    def setUpClass(cls) -> None:
        cls.lab = cls.enterClassContext(make_lab())
        cls.root = BUILD / cls.kind
        cls.disk = Disk(BUILD / f"{cls.kind}.img", PASSPHRASE.encode(), VAULT_KEY.encode())
        image.install(cls.root)
        image.write(cls.root, {
            "etc/crypttab": f"cryptroot UUID={cls.disk.uuid} {cls.crypttab}\n", "etc/fstab": "/dev/mapper/cryptroot / ext4 ro 0 1\n",
            "etc/azfob/boot.conf": "# The root of the stand-in, which no other would trust.\nca=/etc/azfob/ca.pem\nvault=dummy-keyvault\n",
            "etc/azfob/ca.pem": Path(cls.lab.ca_file).read_bytes(), "etc/azfob/disk.wrapped": cls.wrapped()})
        cls.initrd = cls.build(cls.root)

    crypttab = "none luks"

    @classmethod
    def wrapped(cls) -> bytes:
        """The disk's key, as only the vault can read it."""
        command = ["build/azfob", "wrap", "--ca", cls.lab.ca_file, "--resolve", cls.lab.resolve(), "dummy-keyvault/wrapper"]
        with cls.lab.relay("vault", ("127.0.0.1", 443)):
            return subprocess.run(command, env=cls.lab.environment, input=VAULT_KEY.encode(), capture_output=True, check=True).stdout

    @classmethod
    def build(cls, root: Path) -> Path:
        raise NotImplementedError

    def setUp(self) -> None:
        self.lab.reset()

    @contextlib.contextmanager
    def azure(self, imds: bool = True, vault: bool = True, dns: bool = True) -> Iterator[None]:
        """The places that answer."""
        with contextlib.ExitStack() as stack:
            if imds:
                stack.enter_context(self.lab.relay("imds", ("127.0.0.1", 80)))
            if vault:
                stack.enter_context(self.lab.relay("vault", ("127.0.0.1", 443)))
            if dns:
                stack.enter_context(Dns(self.lab.journal, {"vault.azure.net": Name((AT,))}))
            yield

    def boot(self, *words: str, **more: Any) -> Machine:
        name = f"{self.kind}-{self._testMethodName}"
        return Machine(name, image.kernel(self.root), self.initrd, self.disk.image, *words, **more)

    def until(self, true: Callable[[], bool]) -> None:
        limit = time.monotonic() + LIMIT_SECONDS
        while not true():
            self.assertLess(time.monotonic(), limit, "it never happened")
            time.sleep(0.1)

    def statuses(self, place: str) -> list[int]:
        return [answer.status for answer in self.lab.journal.answers(place)]

    def opened_by_the_vault(self, machine: Machine) -> None:
        """The root is mounted, nobody has typed, nothing of ours is left, and nothing secret is on the console."""
        machine.wait(MOUNTED)
        self.clean(machine.end())

    def opened_by_hand(self, machine: Machine) -> None:
        machine.type(PASSPHRASE)
        machine.wait(MOUNTED)
        self.clean(machine.end())

    def clean(self, console: str) -> None:
        self.assertIn("ROOT-DONE", console)
        # udev has been told to go, and takes its time.
        others = ["udevd"] + ["LEFT device"] * self.hands_network_over
        left = [line for line in console.splitlines() if line.startswith("LEFT ") and not any(other in line for other in others)]
        self.assertEqual(left, [])
        self.assertNotIn(VAULT_KEY, console)
        self.assertNotIn(PASSPHRASE, console)
        self.assertNotIn("eyJ", console, "no token, nor a part of one")

    def note(self, machine: Machine) -> None:
        """How long it took, and how much of that was ours: from the first packet that reached Azure to the last answer."""
        uptime = re.search(MOUNTED, machine.text)
        records = self.lab.journal.records()
        ours = max(r.at for r in records if r.event == "answer") - min(r.at for r in records)
        assert uptime
        with (BUILD / "figures").open("a") as file:
            file.write(f"{self.kind}: root mounted {uptime[1]} s after the kernel's start; {ours:.2f} s from the first question to the last answer\n")
