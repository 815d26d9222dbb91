"""What linters and the formatter have to say: nothing."""

import os
import subprocess
import unittest


def make(*targets):
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    return subprocess.run(["make", "--keep-going", *targets], capture_output=True, text=True, env=environment, check=False)


class Style(unittest.TestCase):
    def test_clang_and_clang_tidy_and_cppcheck_find_nothing(self):
        answer = make("lint")
        self.assertEqual(answer.returncode, 0, "\n".join(line for line in (answer.stdout + answer.stderr).splitlines() if "  LINT " not in line))

    def test_clang_format_would_change_nothing(self):
        answer = make("format-check")
        self.assertEqual(answer.returncode, 0, answer.stderr)


if __name__ == "__main__":
    unittest.main()
