"""Each complete example of the README does what it says there: the block of commands behind `<!-- run -->`, as it is written."""

import os
import re
import subprocess
import tempfile

from tests.e2e import ROOT, E2E
from tests.e2e.test_key import rsa_key

EXAMPLE = re.compile(r"<!-- run -->\n```sh\n(.*?)```\n```\n(.*?)```\n", re.DOTALL)
README = (ROOT / "README.md").read_text()


class Readme(E2E):
    def make_vaults(self, identities):
        vaults = super().make_vaults(identities)
        vaults[0].assign(identities[0], "Key Vault Secrets User", "Key Vault Crypto User")
        vaults[0].keys["disk"] = [rsa_key(0)]
        return vaults

    def setUp(self):
        super().setUp()
        self.env = {"PATH": f"{ROOT / 'build'}:{os.environ['PATH']}", "AZFOB_CA": str(self.lab.ca_file)}

    def test_each_example_prints_what_stands_below_it(self):
        examples = EXAMPLE.findall(README)
        self.assertEqual(len(examples), README.count("<!-- run -->"))
        self.assertGreaterEqual(len(examples), 4)
        with tempfile.TemporaryDirectory() as folder:
            for commands, printed in examples:
                with self.subTest(commands.splitlines()[0]):
                    run = subprocess.run(["sh", "-eu"], input=commands, cwd=folder, env=self.env, capture_output=True, text=True)
                    self.assertEqual((run.returncode, run.stdout), (0, printed), run.stderr)

    def test_each_command_and_each_exit_status_is_in_it(self):
        text = subprocess.run([str(ROOT / "build/azfob"), "--help"], capture_output=True, text=True, check=True).stdout
        for command in re.findall(r"(?m)^  azfob (\w+)", text):
            self.assertIn(f"`azfob {command}", README)
        header = (ROOT / "src/base/err.h").read_text()
        for status in re.findall(r"EXIT_IS_\w+ = (\d+)", header):
            self.assertRegex(README, rf"\| (\d+, )?{status}(, \d+)? \|")
