"""The shipped program against the stand-in of Azure, in a network of the test's own: its real addresses, its own names.

    class Flow(E2E):
        def test_the_value_comes_out(self):
            self.gives(b"abc@123", "get", "ExamplePassword")

        def test_a_vault_that_throttles_for_ever_is_75(self):
            self.lab.fail("vault", error="Throttled", times=0)
            self.fails(75, says("VAULT_LATER", "ExamplePassword"), "get", "ExamplePassword", "--timeout", "1s")

Nothing here passes or fails by how long it takes. A run that does not end by itself is killed after HANG_SECONDS, and has failed.
"""

import os
import re
import subprocess
import threading
import unittest
from dataclasses import dataclass
from pathlib import Path

from tests.standin import namespace

namespace.enter()  # before anything starts a thread

from tests.standin import Lab  # noqa: E402
from tests.standin.lab import IMDS_ADDRESS, dummy_vault  # noqa: E402
from tests.standin.model import Identity  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
AZFOB = str(ROOT / "build/azfob")
VAULT_ADDRESS = ("127.0.0.1", 443)
HANG_SECONDS = 120


# --- what the program says ---


def _read_messages():
    """{name: (status, "WHAT: WHY; WHAT TO DO")}"""
    statuses = dict(re.findall(r"EXIT_IS_(\w+) = (\d+)", (ROOT / "src/base/err.h").read_text()))
    text = r'"((?:[^"\\]|\\.)*)"'
    rows = re.findall(rf"^M\((\w+), (\w+), {text}, {text}, {text}\)", (ROOT / "src/base/messages.h").read_text(), re.MULTILINE)
    return {name: (int(statuses[status]), f"{what}: {why}; {todo}".replace('\\"', '"')) for name, status, what, why, todo in rows}


MESSAGES = _read_messages()
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


@dataclass(frozen=True)
class Says:
    """A row of messages.h, and as much of what fills it as the test knows."""

    name: str
    pattern: str

    @property
    def status(self):
        return MESSAGES[self.name][0]


def says(name, *args, **numbers):
    """The row `name` with these %1, %2 ..; numbers are a and b, times A and B. What is not given, or None, may be anything."""
    pattern = ""
    for part in re.split(r"(%[1-5abAB])", MESSAGES[name][1]):
        mark = part[1:] if re.fullmatch("%[1-5abAB]", part) else ""
        if not mark:
            pattern += re.escape(part)
        elif mark.isdigit():
            value = args[int(mark) - 1] if int(mark) <= len(args) else None
            pattern += ".*" if value is None else re.escape(value)
        else:
            value = numbers.get(mark)
            pattern += re.escape(str(value)) if value is not None else TIME if mark.isupper() else r"-?\d+"
    return Says(name, "azfob: " + pattern)


# --- running it ---


@dataclass
class Run:
    status: int  # negative: the signal that ended it
    out: bytes
    err: str


class Running:
    """One that has been started. `err` grows while it runs; `until_said` waits for a text in it."""

    def __init__(self, args, env, stdin=b"", stdout=subprocess.PIPE, before=(), **more):
        """`before` is a command that runs it: strace, chroot .."""
        self.process = subprocess.Popen([*before, more.pop("program", AZFOB), *map(str, args)], env=env, stdin=subprocess.PIPE, stdout=stdout,
                                        stderr=subprocess.PIPE, **more)
        self._changed = threading.Condition()
        self._err, self._out = b"", b""
        self._readers = [threading.Thread(target=self._read, daemon=True)]
        if self.process.stdout:
            self._readers.append(threading.Thread(target=self._read_out, daemon=True))
        for reader in self._readers:
            reader.start()
        try:
            self.process.stdin.write(stdin)
            self.process.stdin.close()
        except BrokenPipeError:
            pass  # it ended without reading

    @property
    def pid(self):
        return self.process.pid

    @property
    def err(self):
        with self._changed:
            return self._err.decode("utf-8", "replace")

    def _read(self):
        while data := os.read(self.process.stderr.fileno(), 65536):
            with self._changed:
                self._err += data
                self._changed.notify_all()

    def _read_out(self):
        while data := os.read(self.process.stdout.fileno(), 65536):
            self._out += data

    def until_said(self, text):
        with self._changed:
            if not self._changed.wait_for(lambda: text.encode() in self._err, HANG_SECONDS):
                raise TimeoutError(f"never said {text!r}: {self._err!r}")

    def end(self):
        try:
            self.process.wait(HANG_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"it did not end; said {self.err!r}") from None
        for reader in self._readers:
            reader.join()
        for pipe in (self.process.stderr, self.process.stdout):
            if pipe:
                pipe.close()
        return Run(self.process.returncode, self._out, self.err)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.end()


# --- the lab ---

class E2E(unittest.TestCase):
    """A lab for each test: IMDS and vault at their real addresses, the vault's name in /etc/hosts, the test root by AZFOB_CA."""

    _addresses = 0
    vault_address = VAULT_ADDRESS
    imds_address = IMDS_ADDRESS

    def make_vaults(self, identities):
        return [dummy_vault(identities[0])]

    def make_identities(self):
        return [Identity()]

    def setUp(self):
        identities = self.make_identities()
        self.lab = self.enterContext(Lab(self.make_vaults(identities), identities, imds=self.imds_address, vault=self.vault_address))
        self.host = self.lab.vault.host
        self.journal = self.lab.journal
        self.set_names()

    def set_names(self):
        namespace.names({vault.host: "127.0.0.1" for vault in self.lab.vaults})

    def another_lab(self):
        """One more, complete, at an address of its own, so that many runs can wait at once: (lab, what leads a run there)."""
        E2E._addresses += 1
        address = f"127.1.{E2E._addresses // 250}.{E2E._addresses % 250 + 1}"
        identity = Identity()
        lab = self.enterContext(Lab([dummy_vault(identity)], [identity], imds=(address, 80), vault=(address, 443)))
        return lab, lab.environment | {"AZFOB_RESOLVE": lab.resolve()}

    def silence(self, network):
        """Packets to this network are lost: it is routed to loopback, which has no such address."""
        for verb, later in (("add", False), ("del", True)):
            command = ["ip", "route", verb, network, "dev", "lo"]
            if later:
                self.addCleanup(subprocess.run, command, check=True)
            else:
                subprocess.run(command, check=True)

    def start(self, *args, env=None, **more):
        """`env` is added to what every run has; None takes away."""
        variables = {"KEY_VAULT_NAME": self.lab.vault.name, "AZFOB_CA": self.lab.ca_file} | (env or {})
        running = Running(args, {name: value for name, value in variables.items() if value is not None}, **more)
        self.addCleanup(running.kill)
        return running

    def run_it(self, *args, **more):
        return self.start(*args, **more).end()

    def gives(self, value, *args, **more):
        """Status 0, exactly these bytes on standard output, nothing on standard error."""
        run = self.run_it(*args, **more)
        self.assertEqual((run.status, run.out, run.err), (0, value, ""))

    def fails(self, status, message, *args, **more):
        """This status, nothing on standard output, and exactly the line that says so on standard error."""
        run = self.run_it(*args, **more)
        self.is_failure(run, status, message)
        return run

    def is_failure(self, run, status, message):
        self.assertEqual((run.status, run.out), (status, b""), run.err)
        self.assertRegex(run.err, rf"\A{message.pattern}\n\Z")
        self.assertEqual(message.status, status, f"messages.h has another status for {message.name}")

    def flow(self):
        """Requests and answers in order: "imds 200", "vault GET /secrets/ExamplePassword" .."""
        return self.journal.flow()

    def nobody_was_asked(self):
        self.assertEqual([str(record) for record in self.journal.records()], [])
