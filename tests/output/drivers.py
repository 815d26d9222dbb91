"""Where the drivers are (tests/output/*_driver.c, built against the musl of the product), and how to call them."""

import os
import subprocess
import tempfile
import unittest

FOLDER = os.path.abspath(os.environ.get("AZFOB_DRIVERS", "build/tests/drivers"))


def driver(name):
    return os.path.join(FOLDER, name + "_driver")


def fields(*parts):
    """Standard input of a driver: each part as DIGITS ":" bytes."""
    return b"".join(b"%d:%s" % (len(p), p) for p in (os.fsencode(str(p)) if not isinstance(p, bytes) else p for p in parts))


def run(argv, stdin=b"", **more):
    """Both outputs and the status; 60 s are only there to end a test that hangs."""
    return subprocess.run(argv, input=stdin, capture_output=True, timeout=60, check=False, **more)


class InFolder(unittest.TestCase):
    """A test with an empty folder of its own, which any user may enter."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name
        os.chmod(self.folder, 0o755)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)
