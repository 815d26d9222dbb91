"""Debian's initramfs-tools: a root on LUKS is opened by a key from the vault, and where it is not, by hand."""

import tempfile
import time
from pathlib import Path

from . import image
from .lab import AT, PASSPHRASE, PROMPT, VAULT_KEY, Boots

HANG_SECONDS = 3600


class InitramfsTools(Boots):
    kind = "initramfs_tools"
    crypttab = "none luks,keyscript=azfob,initramfs"

    @classmethod
    def build(cls, root: Path) -> Path:
        return image.initramfs_tools(root)

    def test_a_secret_opens_the_disk(self) -> None:
        with self.azure(), self.boot("azfob.secret=disk-key") as machine:
            self.opened_by_the_vault(machine)
            self.note(machine)
        self.assertEqual((self.statuses("imds"), self.statuses("vault")), ([200], [200]))

    def test_a_wrapped_key_opens_the_disk(self) -> None:
        with self.azure(), self.boot("azfob.secret=/etc/azfob/disk.wrapped") as machine:
            self.opened_by_the_vault(machine)
        self.assertEqual([(r.method, r.target.split("/")[-1][:9]) for r in self.lab.journal.requests("vault")], [("POST", "unwrapkey")])

    def test_ip_of_the_kernel_command_line_is_honoured(self) -> None:
        with self.azure(), self.boot("azfob.secret=disk-key", "ip=169.254.169.77::169.254.169.254:255.255.255.0::enp0s1:off:169.254.169.253") as machine:
            self.opened_by_the_vault(machine)

    def test_a_user_assigned_identity_is_the_one_that_asks(self) -> None:
        app = self.lab.identities[1]
        with self.azure(), self.boot("azfob.secret=theirs/disk-key", f"azfob.client_id={app.client_id}") as machine:
            self.opened_by_the_vault(machine)
        self.assertIn(app.client_id, self.lab.journal.requests("imds")[0].target)

    def test_a_secret_is_named_for_the_volume(self) -> None:
        with self.azure(), self.boot("azfob.secret=other-key", "azfob.secret.cryptroot=disk-key") as machine:
            self.opened_by_the_vault(machine)

    def test_an_instance_metadata_service_that_is_20_s_late_is_waited_for(self) -> None:
        with self.azure(imds=False), self.boot("azfob.secret=disk-key") as machine:
            machine.wait("azfob: ")
            time.sleep(20)
            self.assertNotIn("ROOT-MOUNTED", machine.text)
            with self.lab.relay("imds", ("127.0.0.1", 80)):
                self.opened_by_the_vault(machine)

    def test_410_of_the_instance_metadata_service_is_waited_out(self) -> None:
        self.lab.fail("imds", error="gone", times=2)
        with self.azure(), self.boot("azfob.secret=disk-key") as machine:
            self.opened_by_the_vault(machine)
        self.assertEqual(self.statuses("imds"), [410, 410, 200])

    def test_a_clock_that_says_1970_does_no_harm(self) -> None:
        with self.azure(), self.boot("azfob.secret=disk-key", options=("-rtc", "base=1970-01-01")) as machine:
            self.assertEqual(machine.wait(r"year=(\d+)")[1], "1970")
            self.clean(machine.end())

    def test_without_a_name_server_an_address_will_do(self) -> None:
        with self.azure(dns=False), self.boot("azfob.secret=disk-key", f"azfob.resolve=dummy-keyvault.vault.azure.net:443:{AT}") as machine:
            self.opened_by_the_vault(machine)

    def test_a_missing_role_is_told_and_the_prompt_stays(self) -> None:
        with self.azure(), self.boot("azfob.secret=theirs/disk-key") as machine:
            machine.wait("azfob: .*Key Vault Secrets User")
            machine.wait(PROMPT)
            self.opened_by_hand(machine)

    def test_the_prompt_is_there_while_nothing_answers(self) -> None:
        with self.azure(imds=False, vault=False, dns=False), self.boot("azfob.secret=disk-key") as machine:
            machine.wait("azfob: ")
            machine.wait(PROMPT)
            self.opened_by_hand(machine)

    def test_the_prompt_is_there_while_the_vault_is_silent(self) -> None:
        self.lab.fail("vault", accept_delay=600, times=0)
        with self.azure(), self.boot("azfob.secret=disk-key") as machine:
            machine.wait(PROMPT)
            self.until(lambda: bool(self.lab.journal.records("vault", "accept")))
            self.opened_by_hand(machine)

    def test_a_vault_that_comes_back_opens_the_disk_though_nobody_is_there(self) -> None:
        self.lab.fail("vault", status=503, times=0)
        with self.azure(), self.boot("azfob.secret=disk-key") as machine:
            machine.wait("azfob: .*503")
            self.lab.heal()
            self.opened_by_the_vault(machine)

    def test_a_key_that_does_not_fit_is_tried_once(self) -> None:
        with self.azure(), self.boot("azfob.secret=other-key") as machine:
            machine.wait("No key available")
            machine.wait(PROMPT)
            self.opened_by_hand(machine)
        self.assertEqual(self.statuses("vault"), [200])

    def test_a_passphrase_that_does_not_fit_is_asked_for_again_and_the_vault_still_welcome(self) -> None:
        with self.azure(imds=False), self.boot("azfob.secret=disk-key") as machine:
            machine.wait("azfob: ")
            machine.wait(PROMPT)
            machine.type("no such passphrase")
            machine.wait("No key available")
            machine.wait(PROMPT)
            with self.lab.relay("imds", ("127.0.0.1", 80)):
                self.opened_by_the_vault(machine)

    def test_tags_name_the_secret_where_they_are_asked(self) -> None:
        self.lab.imds_service.compute["tags"] = "owner:me;azfob.vault:dummy-keyvault;azfob.secret:disk-key"
        with self.azure(), self.boot("azfob.tags=yes") as machine:
            self.opened_by_the_vault(machine)

    def test_tags_are_not_asked_unless_told(self) -> None:
        self.lab.imds_service.compute["tags"] = "azfob.secret:disk-key"
        with self.azure(), self.boot() as machine:
            machine.wait("azfob: cryptroot: no secret is named")
            machine.wait(PROMPT)
            self.opened_by_hand(machine)
        self.assertEqual(self.lab.journal.requests("imds"), [])

    def test_a_tag_cannot_send_the_token_elsewhere(self) -> None:
        for secret in ("akv://vault.example.net/disk-key", "--allow-host=vault.example.net", "https://169.254.169.254/secrets/disk-key"):
            with self.subTest(secret):
                self.lab.reset()
                self.lab.imds_service.compute["tags"] = f"azfob.secret:{secret};azfob.allow_host:vault.example.net;azfob.ca:/x"
                with self.azure(), self.boot("azfob.tags=yes") as machine:
                    machine.wait("azfob: ")
                    machine.wait(PROMPT)
                    self.opened_by_hand(machine)
                self.assertEqual(self.lab.journal.requests("vault"), [])
                asked = [r.target for r in self.lab.journal.requests("imds")]
                self.assertEqual([target for target in asked if "token" in target], [])

    def test_nothing_secret_is_in_the_image(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            image.content(self.root, self.initrd, Path(folder, "image"))
            files = [path for path in Path(folder, "image").rglob("*") if path.is_file() and not path.is_symlink()]
            self.assertTrue({"azfob", "key", "resolver", "boot.conf", "ca.pem"} <= {path.name for path in files})
            for path in files:
                data = path.read_bytes()
                for secret in (VAULT_KEY, PASSPHRASE, "PRIVATE KEY-----", "eyJ0eXAi"):
                    if secret.encode() in data and path.suffix not in (".ko", ".so"):
                        self.assertNotIn(secret.encode(), data, path)
