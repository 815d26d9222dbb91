"""--init: each promise of tini and dumb-init, as PID 1 of a namespace and as a process among others."""

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import time
import unittest

from tests.output.drivers import InFolder, driver, run

IN_NAMESPACE = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
WAYS = {"as PID 1": IN_NAMESPACE, "among others": []}

# Tells what it is sent. Python's own start has no say: it blocks nothing and ignores only SIGPIPE and SIGXFSZ.
LISTENER = """
import os, signal, sys
todo = set(range(1, signal.NSIG)) - {signal.SIGKILL, signal.SIGSTOP, 32, 33}
signal.pthread_sigmask(signal.SIG_BLOCK, todo)
print("ready", os.getpid(), os.getpgrp(), flush=True)
while True:
    print("got", int(signal.sigwait(todo)), flush=True)
"""


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def descendants(pid):
    return [below for child in children(pid) for below in (*descendants(child), child)]


def status_of(pid):
    """The fields of /proc/PID/status; None when there is no such process."""
    try:
        with open("/proc/%d/status" % pid, encoding="ascii", errors="replace") as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    except (FileNotFoundError, ProcessLookupError):
        return None


def wait_until(true):
    """Slow machines are not wrong: there is no limit but that of the whole run of tests."""
    while not true():
        time.sleep(0.005)


class Base(InFolder):
    @contextlib.contextmanager
    def started(self, way, *argv, options=(), **more):
        """CMD, its output, and the PID of init as seen from here."""
        with subprocess.Popen([*WAYS[way], driver("launch"), "-i", *options, *argv], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, **more) as program:
            try:
                if WAYS[way]:
                    wait_until(lambda: children(program.pid))
                yield program, children(program.pid)[0] if WAYS[way] else program.pid
            finally:
                # What init started would outlive it.
                for pid in descendants(program.pid) if program.poll() is None else ():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                program.kill()


class Status(Base):
    def test_cmd_s_status_is_ours(self):
        for way in WAYS.values():
            for status in 0, 1, 42, 127, 128, 255:
                answer = run([*way, driver("launch"), "-i", "sh", "-c", "exit %d" % status])
                self.assertEqual((answer.returncode, answer.stdout, answer.stderr), (status, b"", b""))

    def test_a_signal_that_killed_cmd_is_128_and_its_number(self):
        for way in WAYS.values():
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGTERM, signal.SIGPIPE,
                           signal.SIGUSR1, signal.SIGRTMIN + 3, signal.SIGRTMAX):
                kill = "import os; os.kill(os.getpid(), %d)" % number
                answer = run([*way, driver("launch"), "-i", sys.executable, "-I", "-c",
                              "import signal; signal.signal(%d, 0) if %d != 9 else 0; " % (number, number) + kill])
                self.assertEqual(answer.returncode, 128 + number)

    def test_cmd_that_cannot_be_run_is_126_or_127(self):
        for way in WAYS.values():
            self.assertEqual(run([*way, driver("launch"), "-i", "/azfob-no-such"]).returncode, 127)
            self.assertEqual(run([*way, driver("launch"), "-i", self.folder]).returncode, 126)

    def test_sigchld_that_was_ignored_does_not_lose_the_status(self):
        for way in WAYS.values():
            answer = run([*way, driver("launch"), "-i", "sh", "-c", "exit 9"],
                         preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN), restore_signals=False)
            self.assertEqual(answer.returncode, 9 if not way else answer.returncode)


class Signals(Base):
    def test_every_signal_that_can_be_caught_reaches_cmd(self):
        numbers = set(range(1, signal.NSIG)) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, 32, 33, 34}
        for way in WAYS:
            with self.started(way, sys.executable, "-I", "-c", LISTENER) as (program, init):
                self.assertTrue(program.stdout.readline().startswith(b"ready"))
                for number in sorted(numbers):
                    os.kill(init, number)
                    self.assertEqual(program.stdout.readline(), b"got %d\n" % number)

    def test_the_whole_group_is_sent_a_signal(self):
        # The parent's trap first: "ready" is said by the child, whenever that comes to it.
        script = 'trap "echo parent" TERM; sh -c \'trap "echo child; exit" TERM; echo ready; while :; do sleep 0.01; done\' & wait; wait'
        for way in WAYS:
            with self.started(way, "sh", "-c", script) as (program, init):
                self.assertEqual(program.stdout.readline(), b"ready\n")
                os.kill(init, signal.SIGTERM)
                self.assertEqual(sorted([program.stdout.readline(), program.stdout.readline()]), [b"child\n", b"parent\n"])

    def test_a_container_stops_at_once_when_it_is_told(self):
        for way in WAYS:
            with self.started(way, "sh", "-c", "echo ready; exec sleep 1000") as (program, init):
                program.stdout.readline()
                os.kill(init, signal.SIGTERM)
                self.assertEqual(program.wait(timeout=60), 143)

    def test_who_does_not_end_is_killed_after_the_time_given(self):
        for way in WAYS:
            for number in signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP:
                stubborn = "trap '' TERM INT QUIT HUP; echo ready; while :; do sleep 1000; done"
                with self.started(way, "sh", "-c", stubborn, options=["-k", "50"]) as (program, init):
                    program.stdout.readline()
                    os.kill(init, number)
                    self.assertEqual(program.wait(timeout=60), 137)

    def test_a_signal_that_does_not_ask_to_end_starts_no_clock(self):
        with self.started("among others", sys.executable, "-I", "-c", LISTENER, options=["-k", "1"]) as (program, init):
            program.stdout.readline()
            for number in [signal.SIGUSR1] * 20:
                os.kill(init, number)
                time.sleep(0.002)
                self.assertEqual(program.stdout.readline(), b"got %d\n" % number)


class Orphans(Base):
    # Each orphan ends when its standard input does; so the order is ours.
    SCRIPT = """
import os, sys
reading, writing = os.pipe()
for n in range(20):
    if os.fork() == 0:
        if os.fork() == 0:
            os.close(writing)
            os.read(reading, 1)
            os._exit(n)
        os._exit(0)
    os.wait()
print("ready", flush=True)
sys.stdin.readline()
os.close(writing)
sys.stdin.readline()
os._exit(7)
"""

    def test_orphans_are_ours_and_are_reaped(self):
        for way in WAYS:
            with subprocess.Popen([*WAYS[way], driver("launch"), "-i", sys.executable, "-I", "-c", self.SCRIPT],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
                self.assertEqual(program.stdout.readline(), b"ready\n")
                init = children(program.pid)[0] if WAYS[way] else program.pid
                wait_until(lambda: len(children(init)) == 21)
                program.stdin.write(b"go\n")
                program.stdin.flush()
                wait_until(lambda: len(children(init)) == 1)
                program.stdin.write(b"end\n")
                program.stdin.flush()
                self.assertEqual(program.wait(timeout=60), 7)

    def test_what_is_left_of_the_group_is_told_to_end_with_cmd(self):
        with self.started("among others", "sh", "-c", "sleep 1000 & echo $!; exit 3") as (program, _):
            left = int(program.stdout.readline())
            self.assertEqual(program.wait(timeout=60), 3)
            self.assertEqual(program.stdout.read(), b"")  # it has the same pipe: its end is the end of all
            wait_until(lambda: status_of(left) is None or status_of(left)["State"].startswith("Z"))

    def test_we_do_not_wait_for_orphans_of_other_groups(self):
        # The substitution ends when the orphan closes its output, and then it has its own group.
        script = 'echo $(setsid -f sh -c "echo \\$\\$; exec sleep 1000 >/dev/null")'
        with self.started("among others", "sh", "-c", script) as (program, _):
            left = int(program.stdout.readline())
            self.assertEqual(program.wait(timeout=60), 0)
            self.assertNotEqual(status_of(left), None)
            os.kill(left, signal.SIGKILL)


class Resident(Base):
    def test_it_keeps_no_secret_and_no_descriptor(self):
        secret = b"azfob-planted-" + os.urandom(8).hex().encode()
        with open(self.path("v"), "wb") as file:
            file.write(secret)
        for way in WAYS:
            options = ["-v", "KEY=" + self.path("v"), "-f", "FILE=" + self.path("v")]
            with self.started(way, sys.executable, "-I", "-c", LISTENER, options=options) as (program, init):
                program.stdout.readline()
                # Its first act in this role, so that all before it is done.
                os.kill(init, signal.SIGUSR1)
                program.stdout.readline()
                self.assertEqual(self.found(children(init)[0], secret), True)  # CMD has it: so we would find it
                self.assertEqual(self.found(init, secret), False)
                self.assertEqual(sorted(os.listdir("/proc/%d/fd" % init)), ["0", "1", "2"])

    @staticmethod
    def found(pid, secret):
        with open("/proc/%d/maps" % pid, encoding="ascii") as maps, open("/proc/%d/mem" % pid, "rb", 0) as memory:
            for line in maps:
                low, high, rights = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()
                if not rights.startswith("r") or "[v" in line:
                    continue
                memory.seek(int(low, 16))
                if secret in memory.read(int(high, 16) - int(low, 16)):
                    return True
        return False

    def test_it_cannot_be_dumped(self):
        with self.started("among others", sys.executable, "-I", "-c", LISTENER) as (program, init):
            program.stdout.readline()
            with open("/proc/%d/limits" % init, encoding="ascii") as limits:
                self.assertRegex(limits.read(), r"Max core file size +0 ")
            # What is not dumpable belongs to root in /proc, whoever runs it.
            self.assertEqual(os.stat("/proc/%d/environ" % init).st_uid, 0)


ASK_TERMINAL = "import os; print('foreground', os.tcgetpgrp(0) == os.getpgrp(), os.getpgrp() == os.getpid(), flush=True); "


class Terminal(Base):
    def setUp(self):
        super().setUp()
        self.text = b""

    def session(self, argv):
        """argv in a session of its own with a terminal; the other end of it."""
        pid, terminal = os.forkpty()
        if pid == 0:
            os.execvp(argv[0], argv)
        self.addCleanup(os.close, terminal)
        return pid, terminal

    def until(self, terminal, text):
        while text not in self.text:
            self.assertTrue(select.select([terminal], [], [], 60)[0], self.text)
            try:
                self.text += os.read(terminal, 4096)
            except OSError:  # EIO: nobody has the other end
                break
        self.assertIn(text, self.text)

    def test_cmd_is_in_the_foreground_and_gives_the_terminal_back(self):
        cmd = "%s -i %s -I -c \"%s\"" % (driver("launch"), sys.executable, ASK_TERMINAL)
        pid, terminal = self.session(["sh", "-c", cmd + "; read line; echo got $line"])
        self.until(terminal, b"foreground True True")
        os.write(terminal, b"typed\n")
        # The shell reads only when the terminal is its own again: else it would be stopped or get an error.
        self.until(terminal, b"got typed")
        self.assertEqual(os.waitpid(pid, 0)[1], 0)

    def test_what_is_typed_to_interrupt_goes_to_cmd_once(self):
        _, terminal = self.session([driver("launch"), "-i", sys.executable, "-I", "-c", LISTENER])
        self.until(terminal, b"ready")
        os.write(terminal, b"\x03")
        self.until(terminal, b"got 2")
        os.write(terminal, b"\x1c")
        self.until(terminal, b"got 3")
        self.assertEqual(self.text.count(b"got 2"), 1)

    def test_a_shell_with_job_control_can_stop_us_and_go_on(self):
        _, terminal = self.session(["bash", "--norc", "-i"])
        os.write(terminal, b"PS1=; %s -i sh -c 'echo up-$((1+1)); read x; echo after-$x'\n" % driver("launch").encode())
        self.until(terminal, b"up-2")
        os.write(terminal, b"\x1a")
        self.until(terminal, b"Stopped")
        os.write(terminal, b"echo shell-$((2+3))\n")
        self.until(terminal, b"shell-5")
        os.write(terminal, b"fg\n")
        os.write(terminal, b"word\n")
        self.until(terminal, b"after-word")
        os.write(terminal, b"exit\n")

    def test_a_job_in_the_background_does_not_take_the_terminal(self):
        _, terminal = self.session(["bash", "--norc", "-i"])
        command = "PS1=; %s -i %s -I -c \"%s\" & wait\n" % (driver("launch"), sys.executable, ASK_TERMINAL)
        os.write(terminal, command.encode())
        self.until(terminal, b"foreground False True")
        os.write(terminal, b"echo shell-$((2+3))\n")
        self.until(terminal, b"shell-5")
        os.write(terminal, b"exit\n")


if __name__ == "__main__":
    unittest.main()
