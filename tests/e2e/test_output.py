"""get and token, where the output goes: whole or not at all, and what is said when it cannot be written."""

import os
import pty
import resource
import stat
import subprocess
import unittest

from . import says
from .deliver import Delivery


class StandardOutput(Delivery):
    def sh(self, script, **more):
        """`script` runs it as "$@"."""
        return self.run_it("get", "ExamplePassword", before=["sh", "-c", script, "sh"], **more)

    def test_the_value_is_its_bytes_and_nothing_else(self):
        for value in "", "x", "line\n", "\n", " a b ", "caf\u00e9 \U0001f600", "\0", "a\0b\r\n\t", "%s%n\\n":
            with self.subTest(value=value):
                self.vault.put("Odd", value)
                self.gives(value.encode(), "get", "Odd")

    def test_a_terminal_gets_a_line_end_behind_it(self):
        for command, *args in ("get", "ExamplePassword"), ("token",):
            with self.subTest(command=command):
                ours, theirs = pty.openpty()
                run = self.run_it(command, *args, stdout=theirs)
                os.close(theirs)
                self.assertEqual(run.status, 0)
                seen = b""
                while not seen.endswith(b"\n"):
                    seen += os.read(ours, 65536)
                os.close(ours)
                self.assertTrue(seen == b"abc@123\r\n" if args else seen.count(b".") == 2, len(seen))

    def test_closed_is_74(self):
        self.is_failure(self.sh('exec "$@" >&-'), 74, says("PRINT_FAILED"))

    def test_all_three_closed_is_74_and_no_socket_takes_their_place(self):
        """Else what is said with -vv would be sent to a server."""
        run = self.run_it("get", "-vv", "ExamplePassword", before=["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"])
        self.assertEqual((run.status, run.out, run.err), (74, b"", ""))
        self.assertEqual([answer.status for answer in self.journal.answers()], [200, 200])
        self.assertEqual(self.journal.records(event="refused"), [])
        self.journal.wait_for("close", "vault")
        self.assertEqual([record.how for record in self.journal.records("vault", "close")], ["by the client"])

    def test_a_full_device_is_74(self):
        self.is_failure(self.sh('exec "$@" >/dev/full'), 74, says("PRINT_FAILED", "no space left"))

    def test_a_reader_that_has_gone_is_74_and_no_signal(self):
        reader, writer = os.pipe()
        os.close(reader)
        run = self.run_it("get", "ExamplePassword", stdout=writer)
        os.close(writer)
        self.is_failure(run, 74, says("PRINT_FAILED"))

    def test_a_reader_that_is_slow_gets_all_of_it(self):
        self.vault.put("Large", "x" * 25000)
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        running = self.start("get", "Large", stdout=writer)
        os.close(writer)
        with os.fdopen(reader, "rb") as file:
            self.assertEqual(file.read(), b"x" * 25000)
        self.assertEqual(running.end().status, 0)

    def test_a_limit_on_file_sizes_is_74_and_no_signal(self):
        self.vault.put("Large", "x" * 25000)
        with open(self.path("out"), "wb") as file:
            run = self.run_it("get", "Large", stdout=file, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)))
        self.is_failure(run, 74, says("PRINT_FAILED"))

    def test_what_cannot_be_read_is_not_begun_to_be_written(self):
        """Two of three are there: nothing of them comes out."""
        self.vault.put("Other", "x")
        for form in "json", "env", "dotenv", "null":
            with self.subTest(format=form):
                run = self.run_it("get", "--format", form, "ExamplePassword", "Missing", "Other")
                self.is_failure(run, 66, says("VAULT_MISSING", "Missing", self.host))


class Files(Delivery):
    def gets(self, name, *args, **more):
        self.gives(b"", "get", "ExamplePassword", "-o", self.path(name), *args, **more)

    def refused(self, status, message, name, *args, value="ExamplePassword", **more):
        """And no other file is there than before."""
        before = {file: self.content(file) for file in self.names() if os.path.isfile(self.path(file))}
        self.fails(status, message, "get", value, "-o", self.path(name), *args, **more)
        self.assertEqual({file: self.content(file) for file in self.names() if os.path.isfile(self.path(file))}, before)

    def test_a_new_file_has_the_value_and_only_we_can_read_it(self):
        self.gets("new", umask=0)
        self.assertEqual(self.content("new"), b"abc@123")
        self.assertEqual(self.looks("new"), (0o400, os.geteuid(), os.getegid()))
        self.assertEqual(self.names(), ["new"])

    def test_mode_and_owner_as_they_are_asked_for(self):
        """The owner is one that nobody needs a right for: test_write has others."""
        self.gets("new", "--mode", "0640", "--owner", f"{os.geteuid()}:{os.getegid()}")
        self.assertEqual(self.looks("new"), (0o640, os.geteuid(), os.getegid()))

    def test_an_old_file_is_replaced_and_a_link_is_not_followed(self):
        self.put("old", b"old")
        self.put("far", b"far")
        os.symlink("far", self.path("link"))
        os.link(self.path("old"), self.path("second name"))
        self.gets("old")
        self.gets("link")
        self.assertEqual([self.content(name) for name in ("old", "link", "far", "second name")], [b"abc@123", b"abc@123", b"far", b"old"])
        self.assertFalse(stat.S_ISLNK(os.lstat(self.path("link")).st_mode))

    def test_a_bundle_and_a_format_go_into_a_file_too(self):
        self.gets("bundle", "--json")
        self.assertIn(b'"value":"abc@123"', self.content("bundle"))
        self.gets("env", "--format", "env")
        self.assertEqual(self.content("env"), b"ExamplePassword='abc@123'\n")

    def test_a_failure_leaves_the_old_file_and_no_other(self):
        self.put("old", b"old")
        self.refused(66, says("VAULT_MISSING"), "old", value="Missing")
        self.lab.fail("vault", length_off=1, ending="close")
        self.refused(76, says("ANSWER_CUT"), "old")

    def test_a_folder_that_is_not_there_is_73_unless_it_may_be_made(self):
        self.refused(73, says("FILE_CREATE", self.path("a", "b", "new"), "no such file or folder"), "a/b/new")
        self.gets("a/b/new", "--mkdir")
        self.assertEqual(self.content("a/b/new"), b"abc@123")

    def test_a_folder_in_its_place_is_73(self):
        os.mkdir(self.path("folder"))
        self.refused(73, says("FILE_FOLDER", self.path("folder")), "folder")

    def mount(self, *options):
        """A file system of its own over the folder."""
        subprocess.run(["mount", *options, self.folder], check=True)
        self.addCleanup(subprocess.run, ["umount", self.folder], check=True)

    def test_a_full_disk_is_74_and_leaves_the_old_file_and_no_other(self):
        self.mount("-t", "tmpfs", "-o", "size=64k", "tmpfs")
        self.put("old", b"old")
        with open(self.path("filler"), "wb", buffering=0) as file:
            self.assertRaises(OSError, lambda: [file.write(b"x" * 4096) for _ in range(64)])
        self.refused(74, says("FILE_WRITE", self.path("old"), "no space left"), "old")
        self.refused(74, says("FILE_WRITE", self.path("new"), "no space left"), "new")

    def test_a_disk_that_becomes_full_in_the_middle_is_74(self):
        self.vault.put("Large", "x" * 25000)
        self.mount("-t", "tmpfs", "-o", "size=64k", "tmpfs")
        with open(self.path("filler"), "wb") as file:
            file.write(b"x" * 48 * 1024)
        self.put("old", b"old")
        self.refused(74, says("FILE_WRITE", self.path("old"), "no space left"), "old", value="Large")

    def test_a_disk_without_room_for_one_more_file_is_73(self):
        self.mount("-t", "tmpfs", "-o", "nr_inodes=2", "tmpfs")
        self.put("old", b"old")
        self.refused(73, says("FILE_CREATE", self.path("old"), "no space left"), "old")

    def test_a_folder_that_can_only_be_read_is_73(self):
        self.put("old", b"old")
        self.mount("--bind", "-o", "ro", self.folder)
        self.refused(73, says("FILE_CREATE", self.path("old"), "read-only file system"), "old")
        self.refused(73, says("FILE_CREATE", self.path("new"), "read-only file system"), "new")

    def test_a_limit_on_file_sizes_is_74(self):
        self.vault.put("Large", "x" * 25000)
        self.put("old", b"old")
        self.refused(74, says("FILE_WRITE", self.path("old")), "old", value="Large",
                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)))

    def test_an_optional_secret_that_is_missing_makes_no_file(self):
        self.put("old", b"old")
        for name in "new", "old":
            self.gives(b"", "get", "Missing?optional", "-o", self.path(name))
        self.assertEqual((self.names(), self.content("old")), (["old"], b"old"))


if __name__ == "__main__":
    unittest.main()
