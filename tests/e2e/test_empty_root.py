"""In a root with nothing but the one file: no /proc, no /dev, no /etc, no shell, no libc."""

import os
import shutil
import tempfile
import unittest
from pathlib import Path

from . import AZFOB, E2E, says

CHROOT = shutil.which("chroot", path="/usr/sbin:/usr/bin:/sbin:/bin")


class EmptyRoot(E2E):
    def setUp(self):
        super().setUp()
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory()))
        os.chmod(self.root, 0o755)
        shutil.copy(AZFOB, self.root / "azfob")
        self.there = {"before": [CHROOT, str(self.root)], "program": "/azfob", "env": {"AZFOB_CA": "-"},
                      "stdin": Path(self.lab.ca_file).read_bytes()}
        self.resolve = ("--resolve", self.lab.resolve())

    def tearDown(self):
        self.assertEqual(sorted(os.listdir(self.root)), ["azfob"])

    def test_get_works(self):
        self.gives(b"abc@123", "get", "ExamplePassword", *self.resolve, **self.there)

    def test_get_works_with_challenge_and_as_json(self):
        run = self.run_it("get", "--challenge", "--json", "-vv", "ExamplePassword", *self.resolve, **self.there)
        self.assertEqual(run.status, 0)
        self.assertIn(b'"value":"abc@123"', run.out)

    def test_token_works(self):
        run = self.run_it("token", **self.there)
        self.assertEqual((run.status, run.err), (0, ""))
        self.lab.entra.verify(run.out.decode())

    def test_help_and_version_work(self):
        for option in "--help", "--version":
            run = self.run_it(option, **self.there)
            self.assertEqual((run.status, run.err), (0, ""))
            self.assertIn(b"azfob", run.out)

    def test_a_file_can_be_written_there_and_no_other_is_left(self):
        """There is no /proc through which a nameless file could get its name."""
        for old in None, b"old":
            if old:
                (self.root / "out").write_bytes(old)
            self.gives(b"", "get", "ExamplePassword", "-o", "/out", *self.resolve, **self.there)
            self.assertEqual((self.root / "out").read_bytes(), b"abc@123")
            self.assertEqual(sorted(os.listdir(self.root)), ["azfob", "out"])
            (self.root / "out").unlink()

    def test_without_a_name_server_it_asks_on_this_machine_and_says_so(self):
        """As every resolver does where there is no resolv.conf."""
        self.fails(69, says("NO_NAME_SERVER", self.host), "get", "ExamplePassword", "--timeout", "60s", **self.there)

    def test_only_the_built_in_roots_are_trusted_where_no_file_is_given(self):
        self.fails(76, says("TLS_NOT_TRUSTED", self.host), "get", "ExamplePassword", *self.resolve, **self.there | {"env": {"AZFOB_CA": None}})

    def test_as_a_user_without_any_right(self):
        """65532 is the one of distroless images. Who is not root has no other user than himself, and no right anyway."""
        if os.getuid() == 0 and len(Path("/proc/self/uid_map").read_text().split()[2]) > 1:
            self.there["before"] = [CHROOT, "--userspec=65532:65532", "--groups=", str(self.root)]
        self.gives(b"abc@123", "get", "ExamplePassword", *self.resolve, **self.there)


if __name__ == "__main__":
    unittest.main()
