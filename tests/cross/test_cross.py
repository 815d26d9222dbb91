"""The program for another processor: what it is, and one secret from end to end. AZFOB_BUILD and AZFOB_UNDER say which."""

import os
import struct
import subprocess
import unittest
from pathlib import Path

from tests.standin import Lab, namespace

AZFOB = Path(os.environ["AZFOB_BUILD"], "azfob")
UNDER = os.environ["AZFOB_UNDER"]
# e_machine of an ELF file, by the name of its emulator.
MACHINES = {"qemu-aarch64-static": 183, "qemu-arm-static": 40, "qemu-riscv64-static": 243, "qemu-i386-static": 3, "qemu-s390x-static": 22}


class Cross(unittest.TestCase):
    def test_it_is_for_that_processor(self) -> None:
        head = AZFOB.read_bytes()[:64]
        (machine,) = struct.unpack_from(">H" if head[5] == 2 else "<H", head, 18)
        self.assertEqual((head[:4], machine), (b"\x7fELF", MACHINES[UNDER]))

    def test_it_gets_a_secret(self) -> None:
        namespace.enter()
        namespace.names(hosts={"dummy-keyvault.vault.azure.net": "127.0.0.1"})
        with Lab(imds=("169.254.169.254", 80), vault=("127.0.0.1", 443)) as lab:
            done = subprocess.run([UNDER, AZFOB, "get", "--ca", lab.ca_file, "dummy-keyvault/ExamplePassword"], capture_output=True, text=True,
                                  env={})
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "abc@123", ""))
            self.assertEqual([answer.status for answer in lab.journal.answers("vault")], [200])


if __name__ == "__main__":
    unittest.main()
