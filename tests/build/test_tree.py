"""The tree: what lies at its top, a test for each parser, and no source of others."""

import glob
import hashlib
import os
import re
import unittest

from tests.build import BUILD, tracked

TOP = {"src", "vendor", "tests", "Makefile", "Dockerfile", "README.md"}

# Modules of wire/ and azure/ without a test or a fuzz target at their path, and why.
WITHOUT = {}


class Tree(unittest.TestCase):
    def test_the_top_has_these_and_dot_files(self):
        self.assertEqual({name.split("/")[0] for name in tracked() if not name.startswith(".")}, TOP)

    def test_each_module_of_wire_and_azure_has_its_test_and_its_fuzz_target(self):
        missing = []
        for path in glob.glob("src/wire/**/*.c", recursive=True) + glob.glob("src/azure/**/*.c", recursive=True):
            stem = "tests" + path.removeprefix("src").removesuffix(".c")
            missing += [want for want in (stem + "_test.c", stem + "_fuzz.c") if not os.path.exists(want)]
        self.assertEqual(sorted(missing), sorted(WITHOUT))

    def test_each_fuzz_target_has_seeds(self):
        targets = {os.path.basename(path).removesuffix("_fuzz.c") for path in glob.glob("tests/**/*_fuzz.c", recursive=True)}
        self.assertEqual(sorted(name for name in targets if not glob.glob(f"tests/corpus/{name}/*")), [])

    def test_no_source_of_others_is_here(self):
        def digests(paths):
            for path in paths:
                with open(path, "rb") as file:
                    content = file.read()
                if len(content) > 64:
                    yield hashlib.sha256(content).hexdigest(), path

        theirs = dict(digests(path for path in glob.glob(f"{BUILD}/sources/*/**", recursive=True) if os.path.isfile(path)))
        self.assertGreater(len(theirs), 1000)
        self.assertEqual([(path, theirs[digest]) for digest, path in digests(tracked()) if digest in theirs], [])
        self.assertEqual([path for path in tracked() if re.search(r"\.(a|o|so|tar|tgz|gz|xz|zip|whl|patch|diff)$", path)], [])
        in_vendor = [path for path in tracked() if path.startswith("vendor/") and not path.startswith("vendor/roots/")]
        self.assertEqual(in_vendor, ["vendor/" + name for name in ("anchors", "bearssl.mk", "date", "fetch", "lock", "musl.mk")])


if __name__ == "__main__":
    unittest.main()
