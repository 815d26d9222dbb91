"""dracut with systemd: it asks for the passphrase, and the vault may answer."""

from .dracut import Dracut

HANG_SECONDS = 3600


class Systemd(Dracut):
    kind = "dracut_systemd"


del Dracut
