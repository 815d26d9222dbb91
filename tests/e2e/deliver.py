"""For tests of write, exec, list and check: a folder of the test's own, and a vault with what they deliver."""

import os
import stat
import tempfile

from tests.e2e import E2E


class Delivery(E2E):
    def setUp(self):
        super().setUp()
        self.vault = self.lab.vault
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        os.chmod(self.folder, 0o755)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def put(self, name, content, mode=0o400):
        """A file."""
        with open(self.path(name), "wb") as file:
            file.write(content)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def content(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def names(self, *folder):
        return sorted(os.listdir(self.path(*folder)))

    def looks(self, name):
        """(mode, user, group)"""
        is_now = os.lstat(self.path(name))
        return stat.S_IMODE(is_now.st_mode), is_now.st_uid, is_now.st_gid

    def asked_for(self):
        """The vault's paths in the order of the requests."""
        return [request.path for request in self.journal.requests("vault")]
