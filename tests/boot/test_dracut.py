"""dracut without systemd: its shell prompts, and the vault may be first."""

from .dracut import Dracut

HANG_SECONDS = 3600


class Plain(Dracut):
    kind = "dracut"


del Dracut
