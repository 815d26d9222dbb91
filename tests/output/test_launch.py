"""Becoming CMD: it is as if it had been started without us, but for what was asked for. All of it with and without --init."""

import os
import resource
import signal
import stat
import subprocess
import sys
import unittest

from tests.output.drivers import InFolder, driver, run

WAYS = [], ["-i"]


def launch(*argv, way=(), **more):
    return run([driver("launch"), *way, *map(str, argv)], **more)


class Base(InFolder):
    def file(self, name, content=b"", mode=0o755):
        with open(self.path(name), "wb") as file:
            file.write(content)
        os.chmod(self.path(name), mode)
        return self.path(name)


class Environment(Base):
    def test_cmd_has_the_values_byte_for_byte_and_nothing_of_ours(self):
        env = {"PATH": os.environ["PATH"], "AZFOB_VAULT": "v", "KEPT": "k", "OLD": "old", "AZURE_CLIENT_ID": "c", "GONE": "g"}
        value = bytes(range(1, 256)) * 10
        asked = "-v", "NEW=" + self.file("new", value), "-v", "OLD=" + self.file("old", b"re\nplaced"), "-r", "GONE"
        for way in WAYS:
            answer = launch(*asked, "/usr/bin/env", "-0", way=way, env=env)
            found = sorted(answer.stdout.split(b"\0"))
            self.assertEqual(found, sorted([b"", b"PATH=" + os.fsencode(env["PATH"]), b"KEPT=k", b"AZURE_CLIENT_ID=c", b"NEW=" + value,
                                            b"OLD=re\nplaced"]))
            answer = launch(*asked, "-d", "/usr/bin/env", "-0", way=way, env=env)
            self.assertNotIn(b"AZURE_CLIENT_ID", answer.stdout)
            answer = launch(*asked, "-o", "/usr/bin/env", "-0", way=way, env=env)
            self.assertEqual(sorted(answer.stdout.split(b"\0")), [b"", b"NEW=" + value, b"OLD=re\nplaced"])

    def test_a_nul_is_65_and_cmd_is_not_started(self):
        answer = launch("-v", "BAD=" + self.file("v", b"secret\0secret"), "touch", self.path("started"))
        self.assertEqual((answer.returncode, os.path.exists(self.path("started"))), (65, False))
        self.assertIn(b"BAD", answer.stderr)
        self.assertNotIn(b"secret", answer.stderr)

    def test_a_value_that_the_kernel_does_not_take_is_126_and_says_what_to_do(self):
        big = "-v", "BIG=" + self.file("v", b"x" * 131072)
        for way in WAYS:
            answer = launch(*big, "true", way=way)
            self.assertEqual(answer.returncode, 126)
            self.assertIn(b"memory files", answer.stderr)


SHOW_STATUS = ["grep", "-E", "^(Sig(Ign|Blk|Cgt)|Groups|Uid|Gid|NoNewPrivs|Seccomp|Cap)", "/proc/self/status"]


class AsGiven(Base):
    def test_without_init_cmd_has_our_pid(self):
        with subprocess.Popen([driver("launch"), "sh", "-c", "echo $$"], stdout=subprocess.PIPE) as program:
            self.assertEqual(int(program.stdout.read()), program.pid)

    def test_signals_mask_and_limits_are_those_that_we_were_given(self):
        def odd():
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGTERM])
            resource.setrlimit(resource.RLIMIT_CORE, (4096, resource.getrlimit(resource.RLIMIT_CORE)[1]))

        for given in odd, None:
            alone = run(SHOW_STATUS, preexec_fn=given, restore_signals=given is None)
            for way in WAYS:
                self.assertEqual(launch(*SHOW_STATUS, way=way, preexec_fn=given, restore_signals=given is None).stdout, alone.stdout)
        for way in WAYS:
            self.assertEqual(launch("sh", "-c", "ulimit -c", way=way, preexec_fn=odd).stdout, b"8\n")

    def test_descriptors_are_those_that_we_were_given(self):
        show = [sys.executable, "-c", "import os; print(sorted(fd for fd in map(int, os.listdir('/proc/self/fd')) if fd < 50))"]
        odd = 'exec 7</dev/null 9>/dev/null; exec "$@"'
        closed = 'exec <&- 2>&-; exec "$@"'
        for script in odd, closed:
            alone = run(["sh", "-c", script, "-", *show])
            for way in WAYS:
                answer = run(["sh", "-c", script, "-", driver("launch"), *way, *show])
                self.assertEqual((answer.stdout, answer.returncode), (alone.stdout, 0))

    def test_cmd_can_dump_core_again_and_be_traced(self):
        read = "open('/proc/self/environ').read(); import os; print(os.stat('/proc/self/environ').st_uid)"
        for way in WAYS:
            answer = launch("-u", "65534:65534", sys.executable, "-c", read, way=way)
            self.assertEqual(answer.stdout, b"65534\n")


class User(Base):
    def test_cmd_is_that_user_with_that_group_and_no_other_for_good(self):
        for way in WAYS:
            status = launch("-u", "1000:1001", *SHOW_STATUS, way=way, preexec_fn=lambda: os.setgroups([0, 5, 6])).stdout.decode()
            fields = dict(line.split(":", 1) for line in status.splitlines())
            self.assertEqual(fields["Uid"].split(), ["1000"] * 4)
            self.assertEqual(fields["Gid"].split(), ["1001"] * 4)
            self.assertEqual(fields["Groups"].split(), [])
            self.assertEqual({int(fields[cap], 16) for cap in ("CapPrm", "CapEff", "CapInh", "CapAmb")}, {0})

    def test_who_may_not_change_is_told_and_cmd_is_not_started(self):
        for way in WAYS:
            answer = launch("-u", "1000:1000", "touch", self.path("started"), way=way, user=65534, group=65534, extra_groups=[])
            self.assertEqual((answer.returncode, os.path.exists(self.path("started"))), (71, False))
            self.assertIn(b"user 1000", answer.stderr)


class Finding(Base):
    """126 and 127 as a shell gives them, and the search that a shell makes."""

    def ends(self, status, *argv, says=b"", **more):
        for way in WAYS:
            answer = launch(*argv, way=way, **more)
            self.assertEqual(answer.returncode, status, answer.stderr)
            self.assertIn(says, answer.stderr)

    def path_env(self, *folders):
        return {"PATH": ":".join(folders)}

    def test_what_does_not_exist_is_127(self):
        for name in "azfob-no-such", "/azfob-no-such", "./azfob-no-such", self.file("plain") + "/x", "":
            self.ends(127, name, says=b"no such program")

    def test_what_cannot_be_executed_is_126(self):
        self.ends(126, self.file("not-executable", b"#!/bin/sh\n", 0o644), says=b"permission denied")
        self.ends(126, self.folder, says=b"permission denied")
        self.ends(126, self.file("no-format", b"neither ELF nor script\n"), says=b"not an executable format")

    def test_a_program_without_its_interpreter_is_told_from_one_that_is_not_there(self):
        self.file("azfob-script", b"#!/azfob-no-such\n")
        self.ends(126, self.path("azfob-script"), says=b"interpreter")
        self.ends(126, "azfob-script", says=b"interpreter", env=self.path_env("/usr/bin", self.folder))

    def test_the_first_in_path_that_can_be_run_is_run(self):
        for name in "a", "b", "c":
            os.mkdir(self.path(name))
        self.file("a/tool", b"", 0o644)
        self.file("b/tool", b"#!/bin/sh\nexit 3\n")
        self.file("c/tool", b"#!/bin/sh\nexit 4\n")
        folders = [self.path(name) for name in ("a", "b", "c")]
        self.ends(3, "tool", env=self.path_env("/azfob-no-such", self.file("plain"), *folders))
        self.ends(126, "tool", says=b"permission denied", env=self.path_env(folders[0], "/azfob-no-such"))
        self.ends(127, "tool", env=self.path_env("/azfob-no-such"))
        self.ends(4, "tool", env=self.path_env("/" + "x" * 5000, folders[2]))

    def test_an_empty_part_of_path_is_the_working_folder(self):
        self.file("tool", b"#!/bin/sh\nexit 5\n")
        for path in ":/azfob-no-such", "/azfob-no-such:", "/azfob-no-such::/azfob-no-such":
            self.ends(5, "tool", env=self.path_env(path), cwd=self.folder)

    def test_without_path_the_usual_folders_are_searched(self):
        self.ends(0, "true", env={})
        self.ends(127, "azfob-no-such", env={})


class MemoryFiles(Base):
    def test_the_path_in_the_variable_gives_the_bytes_and_so_does_the_descriptor(self):
        for content in b"", b"abc@123", bytes(range(256)) * 1024:
            value = self.file("v", content)
            for way in WAYS:
                show = 'cat "$KEY" "$KEY" && cat <&"${KEY##*/}"'
                answer = launch("-f", "KEY=" + value, "sh", "-c", show, way=way)
                self.assertEqual((answer.stdout, answer.stderr), (content * 3, b""))

    def test_nobody_can_change_it(self):
        tries = """
import fcntl, os
path = os.environ["KEY"]; fd = int(path.rsplit("/", 1)[1])
for change in (lambda: os.write(fd, b"x"), lambda: os.truncate(path, 0), lambda: os.truncate(path, 9), lambda: open(path, "r+b"),
               lambda: fcntl.fcntl(fd, 1033, 0), lambda: os.pwrite(fd, b"x", 0)):
    try:
        change()
        print("changed")
    except OSError:
        pass
print(fcntl.fcntl(fd, 1034) & 15, oct(os.fstat(fd).st_mode & 0o777))
"""
        for way in WAYS:
            answer = launch("-u", "1000:1000", "-f", "KEY=" + self.file("v", b"abc@123"), sys.executable, "-c", tries, way=way)
            self.assertEqual((answer.stdout, answer.stderr), (b"15 0o400\n", b""))

    def test_the_user_that_we_become_can_open_it_by_its_path(self):
        for way in WAYS:
            answer = launch("-u", "1000:1000", "-f", "KEY=" + self.file("v", b"abc@123"), "sh", "-c", 'cat "$KEY"', way=way)
            self.assertEqual((answer.stdout, answer.stderr), (b"abc@123", b""))

    def test_several_are_several_and_reach_the_children_of_cmd(self):
        wishes = [arg for n in range(5) for arg in ("-f", "K%d=%s" % (n, self.file("v%d" % n, b"<%d>" % n)))]
        for way in WAYS:
            answer = launch(*wishes, "sh", "-c", 'sh -c "cat $K0 $K1 $K2 $K3 $K4"', way=way)
            self.assertEqual(answer.stdout, b"<0><1><2><3><4>")

    def test_a_root_where_nothing_can_be_written_will_do(self):
        root, value = self.path("root"), self.file("v", b"abc@123")
        os.mkdir(root)
        script = ('mount --bind / "$1" && mount -o remount,ro,bind "$1" && mount -t proc none "$1/proc" && shift && exec chroot "$@"')
        check = 'touch /x /tmp/x 2>&- && echo writable; cat "$KEY"'
        for way in WAYS:
            answer = run(["unshare", "--mount", "sh", "-c", script, "-", root, root, driver("launch"), *way, "-f", "KEY=" + value,
                          "sh", "-c", check])
            self.assertEqual((answer.stdout, answer.stderr), (b"abc@123", b""))

    def test_no_descriptor_for_it_is_71_and_names_the_variable(self):
        trace = ["strace", "-f", "-o", "/dev/null", "-e", "inject=memfd_create:error=EMFILE"]
        answer = run([*trace, driver("launch"), "-f", "KEY=" + self.file("v", b"secret"), "true"])
        self.assertEqual(answer.returncode, 71)
        self.assertIn(b"@KEY", answer.stderr)
        self.assertNotIn(b"secret", answer.stderr)

    def test_an_older_kernel_without_noexec_memory_files_will_do(self):
        trace = ["strace", "-f", "-o", "/dev/null", "-e", "inject=memfd_create:error=EINVAL:when=1"]
        answer = run([*trace, driver("launch"), "-f", "KEY=" + self.file("v", b"x"), "sh", "-c", 'cat "$KEY"'])
        self.assertEqual((answer.returncode, answer.stdout), (0, b"x"))


if __name__ == "__main__":
    unittest.main()
