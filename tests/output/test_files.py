"""Files, all or nothing: what is written, what is left alone, what is refused, and what a fault or a kill leaves behind."""

import fcntl
import os
import re
import resource
import socket
import stat
import subprocess
import threading
import unittest

from tests.output.drivers import InFolder, driver, fields, run

SPARE = re.compile(r"\.azfob-[0-9a-f]{16}")


def wishes(*files):
    """(path, content[, mode[, user[, group]]]) for each."""
    rest = "0400", "", ""
    return fields(*(part for wish in files for part in (*wish, *rest[len(wish) - 2:])))


def write(*files, options=(), **more):
    return run([driver("files"), *options], wishes(*files), **more)


class Base(InFolder):
    def put(self, name, content, mode=0o400):
        with open(self.path(name), "wb") as file:
            file.write(content)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def content(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def good(self, *files, **more):
        answer = write(*files, **more)
        self.assertEqual((answer.returncode, answer.stdout, answer.stderr), (0, b"", b""))

    def refused(self, status, *files, says=b"", **more):
        answer = write(*files, **more)
        self.assertEqual((answer.returncode, answer.stdout), (status, b""), answer.stderr)
        self.assertIn(says, answer.stderr)
        self.assertNotIn(b"secret", answer.stderr)

    def names(self, *folder):
        return sorted(os.listdir(self.path(*folder)))


class Writing(Base):
    def test_a_new_file_has_its_bytes_and_0400_and_is_ours(self):
        for content in b"", b"abc@123", bytes(range(256)) * 1000:
            with self.subTest(bytes=len(content)):
                self.good((self.path("new"), content), umask=0o077)
                is_now = os.lstat(self.path("new"))
                self.assertEqual((self.content("new"), stat.S_IMODE(is_now.st_mode), is_now.st_uid), (content, 0o400, os.geteuid()))
                self.assertEqual(self.names(), ["new"])

    def test_mode_and_owner_are_as_told_whatever_the_umask(self):
        self.good((self.path("a"), b"x", "0440", "1000", "1001"), (self.path("b"), b"x", "0666", "", "7"), umask=0o777)
        a, b = os.lstat(self.path("a")), os.lstat(self.path("b"))
        self.assertEqual((stat.S_IMODE(a.st_mode), a.st_uid, a.st_gid), (0o440, 1000, 1001))
        self.assertEqual((stat.S_IMODE(b.st_mode), b.st_uid, b.st_gid), (0o666, os.geteuid(), 7))

    def test_an_old_file_is_replaced_and_not_written_into(self):
        old = self.put("f", b"old", 0o644)
        os.chown(old, 1000, 1000)
        with open(old, "rb") as open_before:
            self.good((old, b"secret"))
            self.assertEqual(open_before.read(), b"old")
        is_now = os.lstat(old)
        self.assertEqual((self.content("f"), stat.S_IMODE(is_now.st_mode)), (b"secret", 0o400))
        # A stranger who was first to make the target is not given the secret.
        self.assertEqual(is_now.st_uid, os.geteuid())
        self.assertEqual(self.names(), ["f"])

    def test_folders_are_made_only_when_told(self):
        self.refused(73, (self.path("a/b/c"), b"secret"), says=b"--mkdir")
        self.assertEqual(self.names(), [])
        self.good((self.path("a/b/c"), b"x"), (self.path("a/d"), b"y"), options=["-m"])
        self.assertEqual((self.content("a/b/c"), self.content("a/d")), (b"x", b"y"))

    def test_a_path_without_a_folder_is_in_the_working_one(self):
        self.good(("plain", b"x"), ("./dot", b"y"), cwd=self.folder)
        self.assertEqual(self.names(), ["dot", "plain"])

    def test_a_symbolic_link_is_replaced_and_what_it_points_to_is_untouched(self):
        self.put("victim", b"old")
        os.symlink("victim", self.path("link"))
        os.symlink("nowhere", self.path("dangling"))
        self.good((self.path("link"), b"new"), (self.path("dangling"), b"new"))
        self.assertEqual((self.content("victim"), self.content("link"), self.content("dangling")), (b"old", b"new", b"new"))
        self.assertFalse(os.path.islink(self.path("link")) or os.path.islink(self.path("dangling")))
        self.assertEqual(self.names(), ["dangling", "link", "victim"])

    def test_many_files_in_several_folders(self):
        os.mkdir(self.path("x"))
        files = [(self.path("x" if n % 2 else ".", "f%d" % n), b"%d" % n) for n in range(200)]
        self.good(*files)
        for path, content in files:
            self.assertEqual(self.content(path), content)

    def test_without_proc_files_are_written_all_the_same(self):
        self.put("old", b"old")
        files = wishes((self.path("old"), b"new"), (self.path("new"), b"x"))
        answer = run(["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$0"', driver("files")], files)
        self.assertEqual((answer.returncode, answer.stderr), (0, b""))
        self.assertEqual((self.content("old"), self.content("new"), self.names()), (b"new", b"x", ["new", "old"]))

    def test_a_user_who_is_not_root_can_write_too(self):
        os.chown(self.folder, 65534, 65534)
        self.good((self.path("f"), b"one"), user=65534, group=65534)
        self.good((self.path("f"), b"two"), user=65534, group=65534)
        self.assertEqual((self.content("f"), os.lstat(self.path("f")).st_uid, self.names()), (b"two", 65534, ["f"]))


class NoChangeNoTouch(Base):
    def seen(self, name):
        is_now = os.lstat(self.path(name))
        return is_now.st_ino, is_now.st_mtime_ns, is_now.st_ctime_ns, is_now.st_atime_ns

    def test_what_is_right_keeps_its_inode_and_its_times(self):
        for content in b"", b"same", b"x" * 4096, b"y" * 10000:
            with self.subTest(bytes=len(content)):
                self.good((self.path("f"), content))
                os.utime(self.path("f"), ns=(1, 2))
                before = self.seen("f")
                self.good((self.path("f"), content))
                self.assertEqual(self.seen("f"), before)
                self.good((self.path("f"), content), options=["-a"])
                self.assertNotEqual(self.seen("f"), before)

    def test_any_difference_is_a_change(self):
        self.put("f", b"same")
        for wish in (b"Same",), (b"same ",), (b"sam",), (b"same", "0440"), (b"same", "0400", "1000"), (b"same", "0400", "", "7"):
            with self.subTest(wish=wish):
                self.good((self.path("f"), b"same", "0400", "0", "0"))
                before = self.seen("f")
                self.good((self.path("f"), *wish))
                self.assertNotEqual(self.seen("f")[0], before[0])

    def test_right_but_a_stranger_s_is_a_change(self):
        os.chown(self.put("f", b"same"), 1000, 0)
        self.good((self.path("f"), b"same"))
        self.assertEqual(os.lstat(self.path("f")).st_uid, os.geteuid())

    def test_a_file_in_the_set_that_is_right_is_left_alone_when_another_changes(self):
        self.good((self.path("a"), b"a"), (self.path("b"), b"b"))
        before = self.seen("a")
        self.good((self.path("a"), b"a"), (self.path("b"), b"new"))
        self.assertEqual((self.seen("a"), self.content("b")), (before, b"new"))


class Refusing(Base):
    def test_a_folder_is_no_file(self):
        os.mkdir(self.path("d"))
        self.put("old", b"old")
        for path in self.path("d"), self.path("d/"), self.path("."), self.folder + "/d/..", "/":
            with self.subTest(path=path):
                self.refused(73, (self.path("old"), b"secret"), (path, b"secret"), says=b"folder")
                self.assertEqual((self.content("old"), self.names(), self.names("d")), (b"old", ["d", "old"], []))

    def test_what_cannot_be_created_is_73_and_all_old_files_stay(self):
        self.put("old", b"old")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self.path("socket"))
            bad = {
                self.path("n" * 256): b"too long", self.path("n" * 3000): b"too long", self.path("old/x"): b"not a folder", self.path("none/x"): b"no such",
                self.path("socket"): b"socket", "/" + "x/" * 2500 + "x": b"too long", "/proc/azfob": b"", "/dev/azfob-none": b"no such",
                self.path("nul\0here"): b"invalid",
            }
            for path, says in bad.items():
                with self.subTest(path=path[:40]):
                    self.refused(73, (self.path("old"), b"secret"), (path, b"secret"), says=says)
                    self.assertEqual((self.content("old"), self.names()), (b"old", ["old", "socket"]))

    def test_no_permission_is_73(self):
        self.put("old", b"old")
        self.refused(73, (self.path("old"), b"secret"), (self.path("f"), b"secret"), says=b"permission denied", user=65534,
                     group=65534)
        os.chown(self.folder, 65534, 65534)
        self.refused(73, (self.path("f"), b"secret", "0400", "0"), says=b"not permitted", user=65534, group=65534)
        self.assertEqual(self.names(), ["old"])

    def mounted(self, options, files, then):
        """In a mount namespace of its own with a tmpfs on "m"; `then` is a script whose output tells what is there."""
        os.makedirs(self.path("m"), exist_ok=True)
        script = 'mount -t tmpfs -o "$1" none "$2" && mkdir -p "$2/d" && printf old > "$2/d/old" && "$0"; echo $?; cd "$2"; ' + then
        answer = run(["unshare", "--mount", "sh", "-c", script, driver("files"), options, self.path("m")], wishes(*files))
        return answer.stdout.decode().split("\n")[:-1], answer.stderr

    def test_a_full_disk_is_74_and_nothing_has_changed(self):
        for options in "size=64k", "size=64k,huge=never":
            lines, stderr = self.mounted(options, [(self.path("m/d/old"), b"secret" * 1000), (self.path("m/d/big"), b"x" * 70000),
                                                   (self.path("m/d/new"), b"secret")], "ls -A d; cat d/old; echo")
            self.assertEqual(lines, ["74", "old", "old"])
            self.assertIn(b"no space left", stderr)

    def test_no_more_inodes_is_an_error_and_nothing_has_changed(self):
        lines, _ = self.mounted("nr_inodes=5", [(self.path("m/d/f%d" % n), b"secret") for n in range(9)], "ls -A d")
        self.assertEqual(lines, ["73", "old"])

    def test_a_read_only_folder_is_73(self):
        lines, stderr = self.mounted("size=64k", [(self.path("outside"), b"secret"), (self.path("ro/f"), b"secret")], "true")
        self.assertEqual(lines, ["73"])
        script = 'mkdir "$1/ro"; mount -t tmpfs -o ro none "$1/ro" && exec "$0"'
        answer = run(["unshare", "--mount", "sh", "-c", script, driver("files"), self.folder],
                     wishes((self.path("outside"), b"secret"), (self.path("ro/f"), b"secret")))
        self.assertEqual(answer.returncode, 73)
        self.assertIn(b"read-only", answer.stderr)
        self.assertNotIn("outside", self.names())

    def test_files_on_several_file_systems_are_one_set(self):
        lines, _ = self.mounted("size=64k", [(self.path("here"), b"h"), (self.path("m/d/old"), b"new")], "ls -A d; cat d/old; echo")
        self.assertEqual((lines, self.content("here")), (["0", "old", "new"], b"h"))
        lines, _ = self.mounted("size=64k", [(self.path("here"), b"secret"), (self.path("m/d/big"), b"x" * 70000)], "ls -A d")
        self.assertEqual((lines, self.content("here")), (["74", "old"], b"h"))

    def test_the_limit_on_file_size_is_74_and_no_signal(self):
        self.put("old", b"old")
        self.refused(74, (self.path("old"), b"secret" * 10000), says=b"file too large",
                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
        self.assertEqual((self.content("old"), self.names()), (b"old", ["old"]))

    def test_the_limit_on_descriptors_is_an_error_and_nothing_is_written(self):
        self.refused(73, *((self.path("f%d" % n), b"secret") for n in range(40)), says=b"too many open files",
                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32)))
        self.assertEqual(self.names(), [])


def has_nameless_file(pid):
    fds = "/proc/%d/fd" % pid
    for fd in os.listdir(fds):
        try:
            if os.readlink(os.path.join(fds, fd)).endswith("(deleted)"):
                return True
        except FileNotFoundError:
            pass  # closed meanwhile
    return False


class Direct(Base):
    def test_a_fifo_is_written_to_and_waits_for_its_reader(self):
        os.mkfifo(self.path("fifo"))
        self.put("old", b"old")
        got = []
        reader = threading.Thread(target=lambda: got.append(self.content("fifo")))
        with subprocess.Popen([driver("files")], stdin=subprocess.PIPE) as program:
            program.stdin.write(wishes((self.path("fifo"), b"abc@123" * 20000), (self.path("old"), b"new")))
            program.stdin.close()
            self.assertIsNone(program.poll())
            reader.start()
            self.assertEqual(program.wait(timeout=60), 0)
        reader.join()
        self.assertEqual((got, self.content("old"), self.names()), ([b"abc@123" * 20000], b"new", ["fifo", "old"]))

    def test_a_signal_ends_the_wait_for_a_reader_and_nothing_has_changed(self):
        os.mkfifo(self.path("fifo"))
        self.put("old", b"old")
        with subprocess.Popen([driver("files")], stdin=subprocess.PIPE) as program:
            program.stdin.write(wishes((self.path("fifo"), b"secret"), (self.path("old"), b"secret")))
            program.stdin.close()
            # When the nameless file is there, what is still to come is the wait, and a signal before it counts as well.
            while not has_nameless_file(program.pid):
                self.assertIsNone(program.poll())
            program.terminate()
            self.assertEqual(program.wait(timeout=60), -15)
        self.assertEqual((self.content("old"), self.names()), (b"old", ["fifo", "old"]))

    def test_devices_are_written_to_and_stay_devices(self):
        self.good(("/dev/null", b"x"))
        self.assertTrue(stat.S_ISCHR(os.lstat("/dev/null").st_mode))
        self.put("old", b"old")
        self.refused(74, (self.path("old"), b"secret"), ("/dev/full", b"secret"), says=b"no space left")
        self.assertEqual((self.content("old"), self.names()), (b"old", ["old"]))

    def test_standard_output_has_its_name(self):
        answer = write(("/dev/stdout", b"abc@123"))
        self.assertEqual((answer.returncode, answer.stdout), (0, b"abc@123"))

    def test_a_link_to_a_fifo_is_not_followed(self):
        os.mkfifo(self.path("fifo"))
        os.symlink("fifo", self.path("link"))
        self.good((self.path("link"), b"x"))
        self.assertTrue(stat.S_ISREG(os.lstat(self.path("link")).st_mode))

    def test_shared_memory_has_files_like_any_other(self):
        path = "/dev/shm/azfob-test-%d" % os.getpid()
        self.addCleanup(os.unlink, path)
        self.good((path, b"x"))
        self.assertEqual((self.content(path), stat.S_IMODE(os.lstat(path).st_mode)), (b"x", 0o400))


class LeftFiles(Base):
    def test_the_next_run_removes_what_a_killed_one_left(self):
        self.put(".azfob-0123456789abcdef", b"left")
        for stays in ".azfob-0123", "x.azfob-0123456789abcdef", ".azfob-0123456789abcdef0":
            self.put(stays, b"")
        self.good((self.path("f"), b"x"))
        self.assertEqual(self.names(), [".azfob-0123", ".azfob-0123456789abcdef0", "f", "x.azfob-0123456789abcdef"])

    def test_the_files_of_a_run_that_still_works_there_are_not_removed(self):
        self.put(".azfob-0123456789abcdef", b"at work")
        folder = os.open(self.folder, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        fcntl.flock(folder, fcntl.LOCK_SH)
        self.good((self.path("f"), b"x"))
        self.assertEqual(self.names(), [".azfob-0123456789abcdef", "f"])

    def test_runs_at_once_leave_one_of_them_whole(self):
        programs = []
        for n in range(12):
            program = subprocess.Popen([driver("files")], stdin=subprocess.PIPE)
            program.stdin.write(wishes((self.path("a"), b"%d" % n * 5000), (self.path("b"), b"%d" % n)))
            programs.append(program)
        for program in programs:
            program.stdin.close()
        self.assertEqual([program.wait(timeout=60) for program in programs], [0] * 12)
        self.assertIn(self.content("a"), [b"%d" % n * 5000 for n in range(12)])
        self.assertEqual(self.names(), ["a", "b"])


CALLS = ("openat open newfstatat fstat fchown fchmod write fsync linkat renameat renameat2 unlinkat read lseek close flock "
         "getdents64 mkdir stat getrandom rt_sigprocmask").split()


class Faults(Base):
    """The 1st system call fails, then the 2nd, ... until a run is no longer touched by it; and the same with a kill."""

    OLD = {"a": b"old a" * 2000, "b": b"old b", "d/c": b"old c"}
    NEW = {"a": b"new a" * 2000, "b": b"new b", "d/c": b"new c", "d/e": b"new e"}

    NAMELESS = ((), ())
    NAMED = (("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "-"), ())
    LINKED = ((), ("-e", "inject=renameat2:error=EINVAL"))

    def setUp(self):
        super().setUp()
        self.log = self.folder + ".strace"
        self.addCleanup(lambda: os.path.exists(self.log) and os.unlink(self.log))

    def reset(self):
        for folder, _, names in os.walk(self.folder):
            for name in names:
                os.unlink(os.path.join(folder, name))
        os.makedirs(self.path("d"), exist_ok=True)
        for name, content in self.OLD.items():
            self.put(name, content)

    def state(self):
        """name -> content of all there is."""
        return {os.path.relpath(os.path.join(folder, name), self.folder): self.content(os.path.join(folder, name))
                for folder, _, names in os.walk(self.folder) for name in names}

    def files(self):
        return {name: content for name, content in self.state().items() if not SPARE.search(name)}

    def traced(self, variant, *options):
        around, always = variant
        command = [*around, "strace", "-f", "-o", self.log, *always, *options, driver("files")]
        return run(command, wishes(*((self.path(name), content) for name, content in self.NEW.items())))

    def calls_made(self, variant):
        """How often each call is made in a run that nothing else disturbs."""
        self.reset()
        answer = self.traced(variant)
        self.assertEqual((answer.returncode, self.state()), (0, self.NEW), answer.stderr)
        with open(self.log, encoding="utf-8") as log:
            made = re.findall(r"^\d+ +(\w+)\(", log.read(), re.M)
        self.assertGreater(len(made), 40)
        return {call: made.count(call) for call in CALLS if call in made}

    def each_fault(self, variant, kind, check):
        for call, times in self.calls_made(variant).items():
            if variant is self.LINKED and call == "renameat2":
                continue
            for when in range(1, times + 1):
                self.reset()
                with self.subTest(call=call, when=when, kind=kind, variant=variant):
                    check(self.traced(variant, "-e", "inject=%s:%s:when=%d" % (call, kind, when)))

    def test_owner_and_mode_come_before_the_content_and_the_disk_before_the_name(self):
        self.reset()
        files = wishes((self.path("a"), b"x", "0440", "1", "2"), (self.path("d/e"), b"y"))
        for variant, places in (self.NAMELESS, "linkat renameat2 linkat"), (self.NAMED, "renameat2 renameat"):
            self.reset()
            run([*variant[0], "strace", "-f", "-o", self.log, driver("files")], files)
            with open(self.log, encoding="utf-8") as log:
                made = re.findall(r"^\d+ +(fchown|fchmod|write|fsync|linkat|renameat2?|unlinkat)\(", log.read(), re.M)
            self.assertEqual(" ".join(made), "fchown fchmod write fsync fchmod write fsync " + places + " fsync fsync unlinkat")

    def old_or_new(self, answer):
        self.assertIn(answer.returncode, (0, 71, 73, 74))
        self.assertEqual(self.files(), self.OLD if answer.returncode else self.NEW, answer.stderr)
        # One that could not be unlinked, when just this was what failed.
        self.assertLessEqual(len(self.state()), len(self.files()) + 1)

    def test_whatever_call_fails_the_set_is_old_or_new_and_nothing_is_left(self):
        for error in "EIO", "ENOSPC", "EACCES":
            self.each_fault(self.NAMELESS, "error=" + error, self.old_or_new)

    def test_the_same_where_files_need_names(self):
        self.each_fault(self.NAMED, "error=EIO", self.old_or_new)

    def test_the_same_where_two_files_cannot_change_places(self):
        self.each_fault(self.LINKED, "error=EIO", self.old_or_new)

    def mended_by_the_next(self):
        for name, content in self.NEW.items():
            self.assertIn(self.files().get(name), (content, self.OLD.get(name)))
        self.good(*((self.path(name), content) for name, content in self.NEW.items()))
        self.assertEqual(self.state(), self.NEW)

    def test_wherever_a_run_is_killed_each_file_is_old_or_new_and_the_next_run_mends_all(self):
        def check(_):
            for name, content in self.state().items():
                if SPARE.search(name):
                    # Between the two steps of one commit there may be one: complete, and no more open than its target.
                    self.assertIn(content, (*self.OLD.values(), *self.NEW.values()))
                    self.assertEqual(stat.S_IMODE(os.lstat(self.path(name)).st_mode), 0o400)
            self.mended_by_the_next()

        self.each_fault(self.NAMELESS, "signal=KILL", check)
        self.each_fault(self.LINKED, "signal=KILL", check)

    def test_the_same_where_files_need_names_but_for_what_they_hold(self):
        self.each_fault(self.NAMED, "signal=KILL", lambda _: self.mended_by_the_next())

    def test_a_signal_that_can_be_caught_comes_before_or_behind_the_set_never_between(self):
        def check(answer):
            state = self.state()
            self.assertIn((answer.returncode, state), ((-15, self.OLD), (-15, self.NEW)))

        for variant in self.NAMELESS, self.NAMED, self.LINKED:
            self.each_fault(variant, "signal=TERM", check)


if __name__ == "__main__":
    unittest.main()
