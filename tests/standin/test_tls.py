"""The vault's TLS: good certificates are accepted by a client that is not ours, bad ones are not; what was offered is written down."""

import unittest

from . import Lab, Profile
from .certs import KINDS
from .client import vault

# What curl with OpenSSL makes of each kind. It falls back to the Common Name (cn-only) and knows name constraints: a
# stricter client refuses those two as well.
ACCEPTED = {"ecdsa", "rsa", "p384", "no-eku", "no-key-usage", "exact-name", "upper-case-name", "below-root", "root-sent", "extra-chain", "cn-only",
            "name-constraints", "long-chain"}
SLOW = {"rsa-4096"}


class Certificates(unittest.TestCase):
    def test_each_kind_is_what_it_is_called(self) -> None:
        with Lab() as lab:
            for kind, row in KINDS.items():
                if row.basic and "CA:TRUE" in row.basic or kind in SLOW:
                    continue
                with self.subTest(kind):
                    lab.fail("vault", certificate=kind)
                    result = vault(lab)
                    self.assertEqual(result.code, 0 if kind in ACCEPTED else 60, result.error)

    def test_the_right_reason_is_given(self) -> None:
        reasons = {"expired": "certificate has expired", "not-yet-valid": "not yet valid", "wrong-name": "no alternative certificate subject name matches",
                   "self-signed": "self-signed certificate", "unknown-root": "unable to get", "client-auth-only": "unsuitable certificate purpose",
                   "rsa-1024": "too weak", "sha1": "too weak", "md5": "too weak", "no-intermediate": "unable to get local issuer",
                   "critical-unknown": "unhandled critical extension", "path-length": "path length constraint exceeded", "intermediate-no-ca": "invalid CA"}
        with Lab() as lab:
            for kind, reason in reasons.items():
                with self.subTest(kind):
                    lab.fail("vault", certificate=kind)
                    self.assertIn(reason, vault(lab).error.replace("key too small", "too weak"))


class Handshakes(unittest.TestCase):
    def test_versions_can_be_forced(self) -> None:
        for version in ("1.2", "1.3"):
            with Lab(profile=Profile(tls=version)) as lab:
                vault(lab)
                self.assertEqual(lab.journal.handshakes("vault")[0].version, f"TLSv{version}")
        with Lab(profile=Profile(tls="1.3")) as lab:
            self.assertEqual(vault(lab, "/", "--tls-max", "1.2").code, 35)
        with Lab() as lab:
            self.assertEqual(vault(lab, "/", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0").code, 35)

    def test_suites_are_ecdhe_with_aead_unless_told_otherwise(self) -> None:
        with Lab(profile=Profile(certificate="rsa")) as lab:
            only = ("--tls-max", "1.2", "--ciphers")
            self.assertEqual(vault(lab, "/healthstatus", *only, "ECDHE-RSA-AES128-GCM-SHA256").status, 200)
            for weak in ("AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256"):
                self.assertEqual(vault(lab, "/", *only, weak).code, 35, weak)
            lab.fail("vault", ciphers="AES128-SHA", tls="1.2")
            self.assertEqual(vault(lab, "/", *only, "ECDHE-RSA-AES128-GCM-SHA256").code, 35)
            lab.fail("vault", ciphers="AES128-SHA", tls="1.2")
            self.assertEqual(vault(lab, "/healthstatus", *only, "AES128-SHA").status, 200)

    def test_what_the_client_offers_is_written_down(self) -> None:
        with Lab() as lab:
            vault(lab, "/", "--tls-max", "1.2", "--ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256", "--http1.1", "--curves", "P-256")
            hello = lab.journal.hellos("vault")[0]
            self.assertEqual((hello.suites, hello.alpn, hello.groups), ([0xC02B, 0x00FF], ["http/1.1"], [23]))
            self.assertEqual((hello.sni, hello.versions), (lab.vault.host, []))
            handshake = lab.journal.handshakes("vault")[0]
            self.assertEqual((handshake.cipher, handshake.alpn, handshake.sni), ("ECDHE-ECDSA-AES128-GCM-SHA256", "http/1.1", lab.vault.host))

    def test_a_server_name_is_needed(self) -> None:
        import socket
        import ssl
        with Lab() as lab:
            context = ssl.create_default_context(cafile=lab.ca_file)
            context.check_hostname = False
            with socket.create_connection(("127.0.0.1", lab.port("vault"))) as sock, self.assertRaisesRegex(ssl.SSLError, "unrecognized name|UNRECOGNIZED_NAME"):
                context.wrap_socket(sock)

    def test_sessions_are_resumed_unless_forbidden(self) -> None:
        import socket
        import ssl
        for tickets in (True, False):
            with Lab(profile=Profile(tls="1.2", tickets=tickets)) as lab:
                context = ssl.create_default_context(cafile=lab.ca_file)
                session = None
                for _ in range(2):
                    with context.wrap_socket(socket.create_connection(("127.0.0.1", lab.port("vault"))), server_hostname=lab.vault.host, session=session) as sock:
                        session = sock.session
                self.assertEqual([h.resumed for h in lab.journal.wait_for("handshake", "vault", 2)], [False, tickets])


if __name__ == "__main__":
    unittest.main()
