"""Where a secret or token never is: in what is said, in the command line, in a core dump, in memory at the end, in a child."""

import json
import os
import resource
import signal
import subprocess
import time
import unittest

from tests.standin import namespace
from tests.standin.dns import Dns, Name

from . import E2E, HANG_SECONDS, says
from .deliver import Delivery
from .trace import Tracee, find_in_memory, trace_me

PIECE = 24
SECRET = "Tr0ub4dor-and-3-horses"
DEADLY = [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGABRT, signal.SIGSEGV,
          signal.SIGBUS, signal.SIGXCPU]


class Base(Delivery):
    def setUp(self):
        super().setUp()
        self.vault.put("Hidden", SECRET)
        self.token = self.lab.token()
        # One that the test knows, whatever the second in which it is asked for.
        self.lab.fail("imds", status=200, times=0, body=json.dumps({"access_token": self.token, "expires_in": "3600"}))
        # A part of a part is too much already. The header tells nobody anything.
        parts = self.token.split(".")[1:]
        self.marks = [SECRET, *(part[at:at + PIECE] for part in parts for at in (0, len(part) // 2, len(part) - PIECE))]
        self.needles = [mark.encode() for mark in self.marks]
        self.nowhere = {needle: [] for needle in self.needles}

    def not_in(self, text, *others):
        for mark in (*self.marks, *others):
            self.assertNotIn(mark, text)

    def stalled(self, *args, **more):
        """A run that has the token, and all of the secret but the last byte of its answer."""
        self.lab.fail("vault", length_off=1, ending="stall", times=0)
        running = self.start("get", "Hidden", *args, **more)
        self.journal.wait_for("answer", "vault")
        self.until_in_memory(running.pid, *self.needles)
        return running

    def until_in_memory(self, pid, *needles):
        until = time.monotonic() + HANG_SECONDS
        while not all(find_in_memory(pid, *needles).values()):
            self.assertLess(time.monotonic(), until, "the test would prove nothing: it never was in memory")
            time.sleep(0.01)


class Said(Base):
    """-vv, in every way that a run can go."""

    def says_nothing(self, *args, **more):
        run = self.run_it(*args, "-vv", **more)
        self.not_in(run.err)
        self.assertIn("> GET http", run.err)
        return run

    def test_when_all_goes_well(self):
        for args in ("get", "Hidden"), ("get", "--challenge", "Hidden"), ("token",), ("get", "--json", "Hidden"), ("get", "--format", "env", "Hidden"):
            with self.subTest(args=args):
                self.assertEqual(self.says_nothing(*args).status, 0)

    def test_that_there_was_a_token_is_told_by_its_length(self):
        run = self.says_nothing("get", "Hidden")
        self.assertIn(f"> Authorization: Bearer ({len(self.token)} bytes, not shown)\n", run.err)

    def test_when_the_answer_is_no_json_behind_the_value(self):
        self.lab.fail("vault", status=200, body='{"value":"%s"' % SECRET)
        self.assertEqual(self.says_nothing("get", "Hidden").status, 76)

    def test_when_the_answer_is_cut(self):
        self.lab.fail("vault", length_off=1, ending="close")
        self.assertEqual(self.says_nothing("get", "Hidden").status, 76)

    def test_when_the_value_cannot_be_what_is_wanted(self):
        for ref in "Hidden?decode=hex", "Hidden?decode=base64url", "Hidden?part=key", "Hidden#/a":
            with self.subTest(ref=ref):
                self.assertEqual(self.says_nothing("get", ref).status, 65)
        self.vault.put("Json", json.dumps({"a": SECRET}))
        self.assertEqual(self.says_nothing("get", "Json#/b").status, 65)
        self.vault.put("Not-text", SECRET + "\0")
        self.assertEqual(self.says_nothing("get", "--format", "env", "Not-text").status, 65)

    def test_when_the_output_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            self.assertEqual(self.says_nothing("get", "Hidden", stdout=full).status, 74)
        self.assertEqual(self.says_nothing("get", "Hidden", "-o", "/nowhere/x").status, 73)

    def test_when_the_service_repeats_the_token(self):
        """In an error's text, where people look first; and in the fields that are shown."""
        later = (("Retry-After", "1000"),)  # so that a 503 is the end
        for status in 401, 403, 400, 503:
            for settings in ({"body": json.dumps({"error": {"code": "X", "message": f"bad token {self.token}, says Azure"}}), "headers": later},
                             {"body": json.dumps({"error": {"code": self.token, "message": "x", "innererror": {"code": self.token}}}), "headers": later},
                             {"headers": (("x-ms-request-id", self.token), ("Location", self.token), ("Server", self.token), *later)},
                             {"reason": self.token, "headers": later}):
                with self.subTest(status=status, told_in=list(settings)):
                    self.lab.fail("vault", status=status, times=0, **settings)
                    try:
                        self.says_nothing("get", "Hidden")
                    finally:
                        self.lab.listeners["vault"].faults.clear()

    def test_when_imds_repeats_what_it_gave(self):
        self.lab.heal()
        self.lab.fail("imds", status=200, body=json.dumps({"token": self.token}))
        self.assertEqual(self.says_nothing("token").status, 76)

    def test_nor_a_byte_of_the_bodies(self):
        self.lab.vault.put("Hidden", SECRET, content_type="text/x-marker", tags={"marker": "x-tag-marker"})
        self.not_in(self.says_nothing("get", "Hidden").err, "x-marker", "x-tag-marker", "recoveryLevel", "access_token")


class Seen(Base):
    def test_the_command_line_and_the_environment_have_neither(self):
        running = self.stalled()
        for file in "cmdline", "environ", "comm", "status":
            with open(f"/proc/{running.pid}/{file}", "rb") as content:
                self.not_in(content.read().decode("latin-1"))

    def test_all_of_them_are_in_locked_memory_that_no_dump_has_and_no_child_gets(self):
        running = self.stalled()
        for lines in find_in_memory(running.pid, *self.needles).values():
            for line in lines:
                with self.subTest(mapping=line):
                    self.assertLessEqual({"lo", "dd", "dc"}, self.flags(running.pid, line))  # locked, not dumped, not copied

    def flags(self, pid, line):
        with open(f"/proc/{pid}/smaps", encoding="ascii", errors="replace") as smaps:
            text = smaps.read()
        return set(text[text.index(line.split()[0]):].partition("VmFlags:")[2].partition("\n")[0].split())

    def test_a_resolver_that_was_started_behind_the_token_does_not_have_it(self):
        namespace.names(nameserver="127.0.0.1")
        with Dns(self.journal, {self.host: Name(fault="servfail")}) as dns:
            running = self.start("get", "Hidden", "--wait", "100s")
            running.until_said("waiting")
            self.until_in_memory(running.pid, self.token.encode())
            dns.names[self.host] = Name(fault="drop")
            self.until_dropped()
            with open(f"/proc/{running.pid}/task/{running.pid}/children", encoding="ascii") as file:
                children = [int(pid) for pid in file.read().split()]
            self.assertEqual(len(children), 2)
            for child in children:
                host = self.host.encode()
                found = find_in_memory(child, host, *self.needles)
                self.assertNotEqual(found.pop(host), [], "it cannot be read, so that nothing is proved")
                self.assertEqual(found, self.nowhere)

    def until_dropped(self):
        until = time.monotonic() + HANG_SECONDS
        while {q.type for q in self.journal.records("dns", "question") if q.fault == "drop"} != {"A", "AAAA"}:
            self.assertLess(time.monotonic(), until)
            time.sleep(0.01)


def no_limit():
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


class Dumped(Base):
    """With `ulimit -c unlimited`, in a folder where a core file could be."""

    def dumped(self, process, number):
        process.send_signal(number)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, -number)
        return os.WCOREDUMP(status)

    def test_here_others_leave_a_core(self):
        """Else the test below would prove nothing."""
        process = subprocess.Popen(["sleep", "1000"], cwd=self.folder, preexec_fn=no_limit)
        self.assertTrue(self.dumped(process, signal.SIGSEGV))

    def test_no_signal_leaves_a_core(self):
        for number in signal.SIGSEGV, signal.SIGQUIT, signal.SIGABRT:
            for raised in False, True:
                with self.subTest(signal=number, raised=raised):
                    running = self.stalled(cwd=self.folder, preexec_fn=no_limit)
                    if raised:  # somebody gives it back its limit
                        resource.prlimit(running.pid, resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
                    self.assertFalse(self.dumped(running.process, number))
                    self.assertEqual(self.names(), [])
                    self.lab.listeners["vault"].settle()
                    self.lab.listeners["vault"].faults.clear()
                    self.journal.clear()

    def test_one_that_root_takes_of_the_running_program_has_none(self):
        running = self.stalled()
        subprocess.run(["gdb", "-batch", "-nx", "-p", str(running.pid), "-ex", f"gcore {self.path('core')}"], capture_output=True, check=True)
        core = self.content("core")
        self.assertIn(b"AZFOB_CA=", core)
        self.assertEqual([needle for needle in self.needles if needle in core], [])


class Wiped(Base):
    """All of its memory, at the moment when it ends."""

    def at_its_end(self, *args, number=None, status=0, **more):
        if number is None:
            running = self.start("get", *args, preexec_fn=trace_me, **more)
            tracee = Tracee(running.process)
        else:
            running = self.stalled(*args, **more)
            tracee = Tracee(running.process, seize=True)
            running.process.send_signal(number)
        tracee.run_to_exit()
        proof = b"AZFOB_CA="  # of the environment: what is no secret is still there
        found = tracee.find(proof, b"Bearer eyJ", *self.needles)
        tracee.finish()
        run = running.end()
        self.assertEqual(run.status, status, run.err)
        self.assertNotEqual(found.pop(proof), [], "nothing at all could be read")
        self.assertEqual(found, self.nowhere | {b"Bearer eyJ": []})
        return run

    def test_after_success(self):
        self.assertEqual(self.at_its_end("Hidden").out, SECRET.encode())
        self.at_its_end("--json", "Hidden")
        self.at_its_end("--format", "dotenv", "Hidden")
        self.at_its_end("Hidden", "-o", self.path("file"))

    def test_after_a_failure(self):
        self.at_its_end("Hidden?decode=hex", status=65)
        self.at_its_end("--format", "null", "Hidden", "Missing", status=66)
        self.at_its_end("Hidden", "-o", "/nowhere/x", status=73)
        self.lab.fail("vault", length_off=1, ending="close")
        self.at_its_end("Hidden", status=76)
        self.lab.fail("vault", length_off=1, ending="stall")
        self.at_its_end("Hidden", "--timeout", "2s", status=75)

    def test_after_each_signal(self):
        for number in DEADLY:
            with self.subTest(signal=number):
                run = self.at_its_end(number=number, status=-number)
                self.assertEqual((run.out, run.err), (b"", ""))
                self.lab.listeners["vault"].settle()
                self.lab.listeners["vault"].faults.clear()
                self.journal.clear()

    def test_where_memory_could_not_be_locked(self):
        def no_lock():
            trace_me()
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))
        running = self.start("get", "Hidden", preexec_fn=no_lock)
        tracee = Tracee(running.process)
        tracee.run_to_exit()
        found = tracee.find(*self.needles)
        tracee.finish()
        self.assertEqual(running.end().out, SECRET.encode())
        self.assertEqual(found, self.nowhere)


class Signals(Delivery):
    def test_a_signal_ends_a_run_by_that_signal_with_nothing_written(self):
        self.put("old", b"old")
        for number in DEADLY:
            for place in "imds", "vault":
                with self.subTest(signal=number, place=place):
                    self.lab.fail(place, after=0, ending="stall")
                    running = self.start("get", "ExamplePassword", "-o", self.path("old"), cwd=self.folder)
                    self.journal.wait_for("answer", place)
                    running.process.send_signal(number)
                    run = running.end()
                    self.assertEqual((run.status, run.out, run.err), (-number, b"", ""))
                    self.assertEqual((self.names(), self.content("old")), (["old"], b"old"))
                    self.lab.reset()

    def test_a_signal_that_was_ignored_at_the_start_stays_so(self):
        self.lab.fail("vault", delay=0.5)
        running = self.start("get", "ExamplePassword", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.journal.wait_for("request", "vault")
        running.process.send_signal(signal.SIGHUP)
        run = running.end()
        self.assertEqual((run.status, run.out), (0, b"abc@123"))

    def test_its_resolvers_go_with_it(self):
        namespace.names(nameserver="127.0.0.1")
        with Dns(self.journal, {self.host: Name(fault="drop")}):
            for number in signal.SIGTERM, signal.SIGKILL:
                with self.subTest(signal=number):
                    running = self.start("get", "ExamplePassword", start_new_session=True)
                    self.journal.wait_for("question", "dns", 2)
                    running.process.send_signal(number)
                    self.assertEqual(running.end().status, -number)  # once nobody holds its pipes any more
                    self.journal.clear()


if __name__ == "__main__":
    unittest.main()
