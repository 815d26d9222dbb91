"""dracut with systemd: it asks for the passphrase, and the vault may answer."""

from .dracut import Dracut
from .lab import PROMPT
from .machine import Machine

HANG_SECONDS = 3600


class Systemd(Dracut):
    kind = "dracut_systemd"

    def socket(self, secret: str) -> Machine:
        return self.boot(f"azfob.secret={secret}", f"rd.luks.key={self.disk.uuid}=/run/azfob/key.socket", "rd.systemd.wants=azfob-key.socket")

    def test_the_key_file_may_be_a_socket(self) -> None:
        with self.azure(), self.socket("disk-key") as machine:
            self.opened_by_the_vault(machine)
            self.assertNotIn("passphrase", machine.text)

    def test_a_socket_that_gives_nothing_leaves_the_prompt(self) -> None:
        with self.azure(), self.socket("theirs/disk-key") as machine:
            machine.wait("azfob: .*Key Vault Secrets User")
            machine.wait(PROMPT)
            self.opened_by_hand(machine)


del Dracut
