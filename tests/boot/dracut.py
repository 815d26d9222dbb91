"""What is true of images made by dracut, with systemd and without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import image
from .lab import PROMPT, Boots
from .machine import Machine


class Dracut(Boots):
    crypttab = "none luks"
    hands_network_over = True

    @classmethod
    def build(cls, root: Path) -> Path:
        return image.dracut(root)

    def boot(self, *words: str, **more: Any) -> Machine:
        return super().boot(f"rd.luks.uuid={self.disk.uuid}", f"rd.luks.name={self.disk.uuid}=cryptroot", "rd.shell=0", "rd.emergency=poweroff", *words, **more)

    def test_a_secret_opens_the_disk(self) -> None:
        with self.azure(), self.boot("azfob.secret=disk-key") as machine:
            self.opened_by_the_vault(machine)
            self.note(machine)
        self.assertEqual((self.statuses("imds"), self.statuses("vault")), ([200], [200]))

    def test_a_wrapped_key_opens_the_disk(self) -> None:
        with self.azure(), self.boot("azfob.secret=/etc/azfob/disk.wrapped") as machine:
            self.opened_by_the_vault(machine)
        self.assertEqual([r.method for r in self.lab.journal.requests("vault")], ["POST"])

    def test_a_missing_role_is_told_and_the_prompt_stays(self) -> None:
        with self.azure(), self.boot("azfob.secret=theirs/disk-key") as machine:
            machine.wait(PROMPT)
            machine.wait("azfob: .*Key Vault Secrets User")
            self.opened_by_hand(machine)

    def test_the_prompt_is_there_while_nothing_answers(self) -> None:
        with self.azure(imds=False, vault=False, dns=False), self.boot("azfob.secret=disk-key") as machine:
            machine.wait(PROMPT)
            machine.wait("azfob: ")
            self.opened_by_hand(machine)

    def test_a_key_that_does_not_fit_leaves_the_prompt(self) -> None:
        with self.azure(), self.boot("azfob.secret=other-key") as machine:
            machine.wait(PROMPT)
            self.until(lambda: self.statuses("vault") == [200])
            self.opened_by_hand(machine)
        self.assertEqual(self.statuses("vault"), [200])

    def test_410_of_the_instance_metadata_service_is_waited_out(self) -> None:
        self.lab.fail("imds", error="gone", times=1)
        with self.azure(), self.boot("azfob.secret=disk-key") as machine:
            self.opened_by_the_vault(machine)
        self.assertEqual(self.statuses("imds"), [410, 200])
