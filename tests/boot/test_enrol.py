"""azfob-enrol: a slot more that the vault opens, no other touched, and nothing left where it fails."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from tests.standin import Identity, Lab, Vault, namespace

namespace.enter()
namespace.names(hosts={"dummy-keyvault.vault.azure.net": "127.0.0.1"})

from tests.standin.config import new_key  # noqa: E402

from .disk import Disk  # noqa: E402

ENROL = Path("src/boot/azfob-enrol").resolve()
READER, OFFICER = "Key Vault Secrets User", "Key Vault Secrets Officer"
WRAPPER = "Key Vault Crypto Service Encryption User"


class Enrol(unittest.TestCase):
    def setUp(self) -> None:
        self.identity, self.vault = Identity(), Vault("dummy-keyvault")
        self.vault.keys["wrapper"] = [new_key(self.vault, "wrapper")]
        self.lab = self.enterContext(Lab([self.vault], [self.identity], imds=("169.254.169.254", 80), vault=("127.0.0.1", 443)))
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.disk = Disk(self.folder / "disk.img", b"first", b"second")
        (self.folder / "old").write_bytes(b"first")
        os.symlink(Path("build/azfob").resolve(), self.folder / "azfob")
        self.before = self.slots()

    def slots(self) -> dict:
        said = subprocess.run(["cryptsetup", "luksDump", "--dump-json-metadata", self.disk.image], capture_output=True, check=True)
        return json.loads(said.stdout)["keyslots"]

    def enrol(self, *arguments: str, key: str = "old") -> subprocess.CompletedProcess:
        environment = {"PATH": f"{self.folder}:{os.environ['PATH']}", "AZFOB_CA": self.lab.ca_file}
        return subprocess.run(["sh", ENROL, *arguments, "-f", self.folder / key, self.disk.image], env=environment, capture_output=True, text=True)

    def opens(self, key: bytes, slot: str) -> bool:
        command = ["cryptsetup", "open", "--test-passphrase", "--key-slot", slot, "--key-file", "-", self.disk.image]
        return subprocess.run(command, input=key, capture_output=True).returncode == 0

    def nothing_was_changed(self) -> None:
        self.assertEqual(self.slots(), self.before)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["azfob", "disk.img", "old"])

    def one_slot_more(self) -> str:
        after = self.slots()
        self.assertEqual({slot: row for slot, row in after.items() if slot in self.before}, self.before)
        (new,) = set(after) - set(self.before)
        return new

    def test_a_secret_becomes_the_key_of_a_slot_of_its_own(self) -> None:
        self.vault.assign(self.identity, OFFICER)
        done = self.enrol("-s", "dummy-keyvault/disk")
        self.assertEqual(done.returncode, 0, done.stderr)
        slot, key = self.one_slot_more(), self.vault.secrets["disk"][-1].value or ""
        self.assertRegex(key, "^[A-Za-z0-9_-]{43}$")
        self.assertTrue(self.opens(key.encode(), slot))
        self.assertNotIn(key, done.stdout + done.stderr)
        self.assertIn(f"cryptsetup luksKillSlot {self.disk.image} {slot}", done.stdout)
        subprocess.run(["cryptsetup", "luksKillSlot", "--batch-mode", self.disk.image, slot], check=True)
        self.assertEqual(self.slots(), self.before, "what it says undoes it")

    def test_a_wrapped_key_is_what_the_vault_unwraps(self) -> None:
        self.vault.assign(self.identity, WRAPPER)
        file = self.folder / "disk.wrapped"
        done = self.enrol("-k", "akv://dummy-keyvault/keys/wrapper", "-o", str(file))
        self.assertEqual(done.returncode, 0, done.stderr)
        environment = {"AZFOB_CA": self.lab.ca_file}
        key = subprocess.run(["build/azfob", "unwrap", "-i", file], env=environment, capture_output=True, check=True).stdout
        self.assertEqual(len(key), 43)
        self.assertTrue(self.opens(key, self.one_slot_more()))
        self.assertEqual(file.stat().st_mode & 0o777, 0o644)
        self.assertNotIn(key, file.read_bytes())

    def test_a_role_that_is_missing_leaves_all_as_it_was(self) -> None:
        self.vault.assign(self.identity, READER)
        for arguments in (("-s", "dummy-keyvault/disk"), ("-k", "dummy-keyvault/wrapper", "-o", str(self.folder / "disk.wrapped"))):
            done = self.enrol(*arguments)
            self.assertEqual(done.returncode, 77, done.stderr)
            self.nothing_was_changed()

    def test_a_passphrase_that_is_wrong_leaves_all_as_it_was(self) -> None:
        self.vault.assign(self.identity, OFFICER)
        (self.folder / "old").write_bytes(b"third")
        self.assertEqual(self.enrol("-s", "dummy-keyvault/disk").returncode, 77)
        self.nothing_was_changed()

    def test_a_vault_that_gives_back_another_key_is_not_believed(self) -> None:
        self.vault.assign(self.identity, OFFICER)
        self.lab.fail("vault", first=2, path="/secrets/disk", body=json.dumps({
            "value": "x" * 43, "id": "https://dummy-keyvault.vault.azure.net/secrets/disk/" + "0" * 32, "attributes": {"enabled": True}}).encode())
        done = self.enrol("-s", "dummy-keyvault/disk")
        self.assertEqual(done.returncode, 65, done.stderr)
        self.assertIn("another key", done.stderr)
        self.nothing_was_changed()

    def test_a_slot_that_does_not_open_is_removed_again(self) -> None:
        self.vault.assign(self.identity, OFFICER)
        real = subprocess.run(["sh", "-c", "command -v cryptsetup"], capture_output=True, text=True, check=True).stdout.strip()
        fake = self.folder / "cryptsetup"
        fake.write_text(f'#!/bin/sh\n[ "$1" = open ] && exit 2\nexec {real} "$@"\n')
        fake.chmod(0o755)
        done = self.enrol("-s", "dummy-keyvault/disk")
        fake.unlink()
        self.assertEqual(done.returncode, 65, done.stderr)
        self.nothing_was_changed()

    def test_what_is_no_luks_volume_is_refused_before_the_vault_is_asked(self) -> None:
        done = subprocess.run(["sh", ENROL, "-s", "dummy-keyvault/disk", self.folder / "old"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 65)
        self.assertEqual(self.lab.journal.requests("vault"), [])

    def test_one_place_for_the_key_has_to_be_named(self) -> None:
        for arguments in ((), ("-s", "a/b", "-k", "a/b", "-o", "x"), ("-k", "a/b"), ("-s", "a/b", "-o", "x")):
            self.assertEqual(self.enrol(*arguments).returncode, 64)
        self.nothing_was_changed()
