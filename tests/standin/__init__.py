"""A stand-in of Azure for tests, stricter than Azure: IMDS, Entra, Key Vault, DNS, and a relay that counts."""

from .faults import Fault, alert, fixture_bytes
from .lab import Lab
from .model import Identity, Key, Secret, Vault
from .tls import Profile

__all__ = ["Fault", "Identity", "Key", "Lab", "Profile", "Secret", "Vault", "alert", "fixture_bytes"]
