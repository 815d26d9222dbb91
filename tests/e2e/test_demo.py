"""`make demo` shows what it promises, with and without a network of its own, and tells when the program does not; and the
stand-in can be used by hand."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

DEMO = ("/usr/bin/python3", "tests/standin/demo.py")


def demo(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*DEMO, *options], env=os.environ | environment, capture_output=True, text=True)


class Demo(unittest.TestCase):
    def test_it_goes_from_the_refusal_to_the_secret(self) -> None:
        for options in ((), ("--no-namespace",)):
            with self.subTest(options):
                done = demo(*options)
                self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
                lines = done.stdout.splitlines()
                self.assertIn("$ export KEY_VAULT_NAME=dummy-keyvault", lines)
                self.assertIn("abc@123", lines)
                typed = [line for line in lines if line.startswith("$ azfob")]
                self.assertEqual(["--resolve" in line for line in typed], [bool(options)] * 2)
                statuses = [line for line in lines if line.startswith("# exit status")]
                self.assertEqual(statuses, ["# exit status 77", "# exit status 0"])

    def test_a_program_that_does_not_do_so_is_told(self) -> None:
        wrong = {
            "echo x >&2; exit 0": "exit status is 0, not 77",
            "echo abc@123; echo 'azfob: x' >&2; exit 77": "standard output",
            "echo 'azfob: x' >&2; echo >&2; exit 77": "not one line",
            "echo 'azfob: ForbiddenByRbac' >&2; exit 77": "does not say '403'",
        }
        for script, told in wrong.items():
            with self.subTest(script), tempfile.TemporaryDirectory() as folder:
                program = Path(folder, "azfob")
                program.write_text(f"#!/bin/sh\n{script}\n")
                program.chmod(0o755)
                done = demo(AZFOB_BUILD=folder)
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn(told, done.stderr)


class ByHand(unittest.TestCase):
    def test_what_the_stand_in_tells_people_to_type_works(self) -> None:
        lab = subprocess.Popen(["/usr/bin/python3", "tests/standin/standin.py", "--secret", "one=first value"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lab.communicate)
        self.addCleanup(lab.terminate)
        assert lab.stderr
        script = "".join(lab.stderr.readline().removeprefix("# ") for _ in range(2))
        build = Path(os.environ.get("AZFOB_BUILD", "build")).resolve()
        done = subprocess.run(["sh", "-ec", script], env={"PATH": f"{build}:{os.defpath}"}, capture_output=True, text=True)
        self.assertEqual((done.stdout, done.stderr), ("first value", ""), script)


if __name__ == "__main__":
    unittest.main()
