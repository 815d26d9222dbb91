"""A test root and, below it, good and bad server certificates, made by the openssl command when first asked for.

A kind is a row of KINDS. `Authority.chain(kind)` is the file that a server loads: private key, leaf, what is sent with it.
"""

from __future__ import annotations

import ipaddress
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Sequence

from .openssl import openssl

NAMES = tuple(
    [f"*.{service}.{cloud}" for service in ("vault", "managedhsm") for cloud in ("azure.net", "usgovcloudapi.net", "azure.cn")]
    + ["*.vault.microsoftazure.de", "login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn", "login.windows.net"]
)
DAY = 86400


@dataclass(frozen=True)
class Kind:
    """One certificate. `issuer` is another kind, "root", "other-root" or "self"; `sends` are kinds sent after the leaf."""

    key: str = "ec"  # a row of _KEYS
    names: Sequence[str] = NAMES
    subject: str = "/C=US/O=azfob test/CN=*.vault.azure.net"
    begins: int = -30 * DAY  # seconds from now
    ends: int = 90 * DAY
    digest: str = "sha256"
    purpose: str | None = "serverAuth,clientAuth"
    usage: str | None = "critical,digitalSignature"
    basic: str | None = "critical,CA:FALSE"
    issuer: str = "issuing"
    sends: Sequence[str] = ("issuing",)
    extra: Sequence[str] = ()  # further lines of an openssl extension section


def _ca(name: str, issuer: str = "root", **more: object) -> Kind:
    usage = "critical,keyCertSign,cRLSign,digitalSignature"
    return replace(Kind(subject=f"/C=US/O=azfob test/CN=azfob test {name}", names=(), purpose=None, usage=usage,
                        basic="critical,CA:TRUE", issuer=issuer, sends=()), **more)  # type: ignore[arg-type]


_DEEP = [f"deep-{n}" for n in range(1, 9)]
_RSA = {"key": "rsa2048", "usage": "critical,digitalSignature,keyEncipherment"}

KINDS: dict[str, Kind] = {
    # authorities
    "root": _ca("root", "self"),
    "other-root": _ca("other root", "self"),
    "issuing": _ca("issuing", extra=("authorityKeyIdentifier=keyid",)),
    "issuing-rsa": _ca("issuing RSA", **_RSA | {"usage": "critical,keyCertSign,cRLSign"}),
    "issuing-rsa-1024": _ca("issuing RSA 1024", key="rsa1024"),
    "issuing-expired": _ca("issuing expired", begins=-60 * DAY, ends=-DAY),
    "issuing-sha1": _ca("issuing SHA-1", digest="sha1"),
    "issuing-no-ca": _ca("issuing that is no CA", basic="critical,CA:FALSE"),
    "issuing-constrained": _ca("issuing with constraints", extra=("nameConstraints=critical,permitted;DNS:vault.azure.net",)),
    "issuing-pathlen": _ca("issuing with path length 0", basic="critical,CA:TRUE,pathlen:0"),
    "issuing-below-pathlen": _ca("issuing below path length 0", "issuing-pathlen"),
    "issuing-other": _ca("issuing of another root", "other-root"),
    **{name: _ca(name, above) for name, above in zip(_DEEP, ["root"] + _DEEP)},
    # good
    "ecdsa": Kind(),
    "rsa": Kind(**_RSA, issuer="issuing-rsa", sends=("issuing-rsa",)),
    "rsa-4096": Kind(**_RSA | {"key": "rsa4096"}, issuer="issuing-rsa", sends=("issuing-rsa",)),
    "p384": Kind(key="p384", digest="sha384"),
    "no-eku": Kind(purpose=None),
    "no-key-usage": Kind(usage=None),
    "exact-name": Kind(names=("dummy-keyvault.vault.azure.net",)),
    "upper-case-name": Kind(names=("*.VAULT.Azure.NET",)),
    "below-root": Kind(issuer="root", sends=()),
    "root-sent": Kind(sends=("issuing", "root")),
    "extra-chain": Kind(sends=("issuing", "issuing-other", "other-root")),
    # bad
    "expired": Kind(begins=-90 * DAY, ends=-DAY),
    "not-yet-valid": Kind(begins=DAY),
    "wrong-name": Kind(names=("vault.example.net",), subject="/CN=vault.example.net"),
    "cn-only": Kind(names=()),
    "other-name-with-cn": Kind(names=("vault.example.net",)),
    "ip-only": Kind(names=("127.0.0.1", "169.254.169.254"), subject="/CN=127.0.0.1"),
    "wildcard-two-labels": Kind(names=("*.azure.net",)),
    "wildcard-inside": Kind(names=("dummy-*.vault.azure.net",)),
    "wildcard-alone": Kind(names=("*",)),
    "apex-only": Kind(names=("vault.azure.net",)),
    "self-signed": Kind(issuer="self", sends=()),
    "unknown-root": Kind(issuer="issuing-other", sends=("issuing-other",)),
    "unknown-root-sent": Kind(issuer="issuing-other", sends=("issuing-other", "other-root")),
    "client-auth-only": Kind(purpose="clientAuth"),
    "code-signing-only": Kind(purpose="codeSigning"),
    "rsa-1024": Kind(**_RSA | {"key": "rsa1024"}),
    "rsa-1024-issuer": Kind(issuer="issuing-rsa-1024", sends=("issuing-rsa-1024",)),
    "sha1": Kind(digest="sha1"),
    "sha1-issuer": Kind(issuer="issuing-sha1", sends=("issuing-sha1",)),
    "md5": Kind(**_RSA, digest="md5", issuer="issuing-rsa", sends=("issuing-rsa",)),
    "no-intermediate": Kind(sends=()),
    "wrong-intermediate": Kind(sends=("issuing-rsa",)),
    "expired-intermediate": Kind(issuer="issuing-expired", sends=("issuing-expired",)),
    "intermediate-no-ca": Kind(issuer="issuing-no-ca", sends=("issuing-no-ca",)),
    "path-length": Kind(issuer="issuing-below-pathlen", sends=("issuing-below-pathlen", "issuing-pathlen")),
    "name-constraints": Kind(names=("*.vault.azure.net",), issuer="issuing-constrained", sends=("issuing-constrained",)),
    "critical-unknown": Kind(extra=("1.3.6.1.4.1.55555.1=critical,ASN1:UTF8String:unknown",)),
    "long-chain": Kind(issuer=_DEEP[-1], sends=tuple(reversed(_DEEP))),
}

_KEYS = {
    "ec": ("ecparam", "-name", "prime256v1", "-genkey", "-noout"), "p384": ("ecparam", "-name", "secp384r1", "-genkey", "-noout"),
    "rsa1024": ("genrsa", "1024"), "rsa2048": ("genrsa", "2048"), "rsa4096": ("genrsa", "4096"),
}
_CONFIG = """
[ca]
default_ca = lab
[lab]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
unique_subject = no
policy = any
email_in_dn = no
[any]
countryName = optional
organizationName = optional
commonName = optional
[req]
distinguished_name = dn
[dn]
"""


class Authority:
    def __init__(self, folder: Path | None = None) -> None:
        self._own = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="azfob-pki-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._config = self.folder / "openssl.cnf"
        self._config.write_text(_CONFIG.format(folder=self.folder))
        (self.folder / "index.txt").write_text("")

    def remove(self) -> None:
        if self._own:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def ca_file(self) -> Path:
        """The test root, PEM: what a client is told to trust."""
        return self.certificate("root")

    def chain(self, kind: str) -> Path:
        """Private key, leaf and the other certificates sent, in one PEM file."""
        with self._lock:
            file = self.folder / f"{kind}.chain.pem"
            if not file.exists():
                parts = [self._key(kind)] + [self.certificate(k) for k in (kind, *KINDS[kind].sends)]
                file.write_bytes(b"".join(part.read_bytes() for part in parts))
            return file

    def certificate(self, kind: str) -> Path:
        with self._lock:
            file = self.folder / f"{kind}.pem"
            if not file.exists():
                self._issue(kind, file)
            return file

    def _key(self, kind: str) -> Path:
        """Leaves share one key of a sort, which saves time; each authority has its own."""
        row = KINDS[kind]
        file = self.folder / (f"{kind}.key" if row.basic and "TRUE" in row.basic else f"leaf-{row.key}.key")
        if not file.exists():
            file.write_bytes(openssl(*_KEYS[row.key]))
        return file

    def _issue(self, kind: str, file: Path) -> None:
        row = KINDS[kind]
        request, extensions = self.folder / f"{kind}.csr", self.folder / f"{kind}.ext"
        request.write_bytes(openssl("req", "-new", "-config", str(self._config), "-key", str(self._key(kind)), "-subj", row.subject))
        extensions.write_text(_extensions(row))
        signer = kind if row.issuer == "self" else row.issuer
        with_ca = ["-selfsign"] if row.issuer == "self" else ["-cert", str(self.certificate(signer))]
        openssl("ca", "-batch", "-notext", "-config", str(self._config), "-keyfile", str(self._key(signer)), *with_ca, "-md", row.digest,
                "-startdate", _stamp(row.begins), "-enddate", _stamp(row.ends), "-extfile", str(extensions), "-in", str(request), "-out", str(file))


def _stamp(seconds: int) -> str:
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + seconds))


def _extensions(row: Kind) -> str:
    lines = ["subjectKeyIdentifier=hash", *row.extra]
    for name, value in (("basicConstraints", row.basic), ("keyUsage", row.usage), ("extendedKeyUsage", row.purpose)):
        if value is not None:
            lines.append(f"{name}={value}")
    if row.names:
        lines.append("subjectAltName=" + ",".join(f"{'IP' if _is_address(n) else 'DNS'}:{n}" for n in row.names))
    return "\n".join(lines) + "\n"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
        return True
    except ValueError:
        return False
