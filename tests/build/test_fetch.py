"""What is built from others' source is what vendor/lock says, or nothing is built."""

import os
import shutil
import subprocess
import tempfile
import unittest

from tests.build import BUILD, output

NAMES = "musl", "bearssl"


def fetch(name, folder, *sources):
    # Without a PATH there is no apt: nothing can come from a network.
    return subprocess.run(["/usr/bin/python3", "vendor/fetch", name, folder, *sources], capture_output=True, text=True, env={"PATH": "/nowhere"}, check=False)


class Fetch(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.sources = self.enterContext(tempfile.TemporaryDirectory())
        for file in os.listdir(f"{BUILD}/sources"):
            if ".tar." in file:
                shutil.copy(f"{BUILD}/sources/{file}", self.sources)

    def damage(self, folder, name):
        (archive,) = [file for file in os.listdir(folder) if file.startswith(name)]
        with open(os.path.join(folder, archive), "r+b") as file:
            file.seek(1000)
            file.write(b"x")
        return os.path.join(folder, archive)

    def test_a_folder_of_archives_is_enough(self):
        for name in NAMES:
            self.assertEqual(fetch(name, self.folder, self.sources).returncode, 0)
            self.assertEqual(output("diff", "-r", f"{BUILD}/sources/{name}", f"{self.folder}/{name}"), "")

    def test_a_verified_archive_is_not_fetched_again(self):
        for name in NAMES:
            self.assertEqual(fetch(name, self.sources).returncode, 0)

    def test_a_wrong_archive_is_named_and_nothing_is_unpacked(self):
        for name in NAMES:
            wrong = self.damage(self.sources, name)
            for answer in fetch(name, self.folder, self.sources), fetch(name, self.sources):
                self.assertEqual(answer.returncode, 1)
                self.assertIn(wrong, answer.stderr)
                self.assertIn("SHA-256", answer.stderr)
                self.assertIn("remove the file", answer.stderr)
            self.assertFalse(os.path.exists(f"{self.folder}/{name}") or os.path.exists(f"{self.sources}/{name}"))

    def test_a_missing_archive_is_named_with_what_to_do(self):
        empty = self.enterContext(tempfile.TemporaryDirectory())
        for name in NAMES:
            answer = fetch(name, self.folder, empty)
            self.assertEqual(answer.returncode, 1)
            self.assertRegex(answer.stderr, rf"{empty} has no {name}.*; put it there .*vendor/lock")

    def test_no_way_to_the_archive_is_said_with_what_to_do(self):
        for name in NAMES:
            answer = fetch(name, self.folder)
            self.assertEqual(answer.returncode, 1)
            self.assertRegex(answer.stderr, rf"{name}.*SOURCES=.*vendor/lock")


if __name__ == "__main__":
    unittest.main()
