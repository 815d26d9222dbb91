"""The openssl command as a function: bytes to standard input, bytes from standard output."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass


def openssl(*args: str, data: bytes = b"", **kwargs: object) -> bytes:
    done = subprocess.run(["openssl", *args], input=data, capture_output=True, **kwargs)  # type: ignore[call-overload]
    if done.returncode:
        raise RuntimeError(f"openssl {' '.join(args)}: {done.stderr.decode(errors='replace')}")
    return done.stdout


@dataclass(frozen=True)
class RsaKey:
    """An RSA key as numbers, for what Python can do with pow()."""

    n: int
    e: int
    d: int
    p: int
    q: int

    @classmethod
    def from_pem(cls, pem: bytes) -> "RsaKey":
        der = openssl("rsa", "-traditional", "-outform", "DER", data=pem)
        numbers = re.findall(rb"INTEGER +:([0-9A-F]+)", openssl("asn1parse", "-inform", "DER", data=der))
        n, e, d, p, q = (int(x, 16) for x in numbers[1:6])
        return cls(n, e, d, p, q)

    @property
    def size(self) -> int:
        return (self.n.bit_length() + 7) // 8

    def private(self, m: int) -> int:
        """m^d mod n by the Chinese remainder theorem; test keys only, nothing here is constant-time."""
        a, b = pow(m, self.d % (self.p - 1), self.p), pow(m, self.d % (self.q - 1), self.q)
        return b + self.q * ((a - b) * pow(self.q, -1, self.p) % self.p)
