"""How it is made: the same bytes anywhere, within the budget, and it says what it was made of."""

import datetime
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from tests.build import AZFOB, BUILD, DEBUG, output

SIZE_MAX = 208 * 1024


def content(path):
    with open(path, "rb") as file:
        return file.read()


class Made(unittest.TestCase):
    def test_it_is_within_the_budget(self):
        self.assertLessEqual(os.path.getsize(AZFOB), SIZE_MAX)
        with open("Makefile", encoding="utf-8") as file:
            self.assertIn(f"SIZE_MAX = {SIZE_MAX}\n", file.read())

    def test_another_folder_language_and_hour_make_the_same_bytes(self):
        """Of our own files and the link; others' archives are taken as they were built here."""
        with tempfile.TemporaryDirectory(prefix="elsewhere-") as top:
            other = os.path.join(top, "folder-of-another-length")
            os.makedirs(f"{other}/build/product")
            os.makedirs(f"{other}/tests")
            for part in "src", "vendor", "Makefile", "tests/need", f"{BUILD}/sources", f"{BUILD}/musl", f"{BUILD}/product/bearssl.a":
                subprocess.run(["cp", "-a", part, os.path.join(other, part)], check=True)
            environment = {"PATH": os.environ["PATH"], "SOURCE_DATE_EPOCH": output("vendor/date").strip(), "TZ": "Asia/Kathmandu", "LC_ALL": "C"}
            made = subprocess.run(["make", "-j1", "CC=gcc"], cwd=other, env=environment, capture_output=True, text=True, umask=0o077, check=False)
            self.assertEqual(made.returncode, 0, made.stdout + made.stderr)
            self.assertNotIn("BUILD", made.stdout)
            self.assertEqual(content(f"{other}/{AZFOB}"), content(AZFOB))
            self.assertEqual(content(f"{other}/{DEBUG}"), content(DEBUG))

    def test_it_says_its_version_its_date_and_what_it_is_made_of(self):
        date = datetime.datetime.fromtimestamp(int(output("vendor/date")), datetime.timezone.utc)
        said = output(AZFOB, "--version")
        for part in ("azfob 0.1", date.strftime("%Y-%m-%d"), "musl 1.2.6", "BearSSL 0.6"):
            self.assertIn(part, said)

    def test_the_date_is_that_of_the_commit_and_an_order_beats_it(self):
        if os.path.exists(".git"):
            self.assertEqual(output("vendor/date"), output("git", "-c", "safe.directory=*", "log", "-1", "--format=%ct"))
        self.assertEqual(output("vendor/date", env={**os.environ, "SOURCE_DATE_EPOCH": "86400"}), "86400\n")
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(f"{folder}/vendor")
            shutil.copy("vendor/date", f"{folder}/vendor")
            answer = subprocess.run([f"{folder}/vendor/date"], capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, check=False)
            self.assertEqual((answer.returncode, answer.stdout), (1, ""))
            self.assertIn("SOURCE_DATE_EPOCH", answer.stderr)
            # As `git archive` leaves it.
            exported = content("vendor/date").decode().replace("$Format:%ct$", "1700000000")
            with open(f"{folder}/vendor/date", "w", encoding="ascii") as file:
                file.write(exported)
            self.assertEqual(output(f"{folder}/vendor/date", env={"PATH": os.environ["PATH"]}), "1700000000\n")

    def test_the_sizes_by_module_add_up(self):
        table = output("/usr/bin/python3", "tests/build/size.py", BUILD, str(SIZE_MAX))
        rows = dict(re.findall(r"(?m)^ +(\S+) +(\d+)\b", table.split(" bytes in the file")[0]))
        self.assertTrue({"base", "wire", "net", "BearSSL", "musl"} <= set(rows), table)
        total = int(re.search(r"(\d+) bytes in the file", table)[1])
        self.assertEqual(total, os.path.getsize(AZFOB))
        self.assertEqual(sum(map(int, rows.values())), total)


if __name__ == "__main__":
    unittest.main()
