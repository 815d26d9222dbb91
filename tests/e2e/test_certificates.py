"""Whose certificate is believed, and what is said of one that is not: which one, by whom, when, and by which clock."""

import re
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from tests.standin.certs import KINDS

from . import AZFOB, E2E, ROOT as REPOSITORY, TIME, says
from .trace import Tracee, trace_me

LEAF, ISSUING, ROOT = "*.vault.azure.net", "azfob test issuing", "azfob test root"

GOOD = ("ecdsa", "rsa", "rsa-4096", "p384", "no-eku", "no-key-usage", "exact-name", "upper-case-name", "below-root", "root-sent", "extra-chain",
        "long-chain")

# kind: message, subject and issuer of the certificate that is told of
BAD = {
    "expired": ("TLS_EXPIRED", LEAF, ISSUING),
    "not-yet-valid": ("TLS_NOT_YET", LEAF, ISSUING),
    "expired-intermediate": ("TLS_EXPIRED", "azfob test issuing expired", ROOT),
    "self-signed": ("TLS_NOT_TRUSTED", LEAF, LEAF),
    "unknown-root": ("TLS_NOT_TRUSTED", "azfob test issuing of another root", "azfob test other root"),
    "unknown-root-sent": ("TLS_NOT_TRUSTED", "azfob test other root", "azfob test other root"),
    "no-intermediate": ("TLS_NOT_TRUSTED", LEAF, ISSUING),
    "wrong-intermediate": ("TLS_NOT_TRUSTED", "azfob test issuing RSA", ROOT),
    "wrong-name": ("TLS_OTHER_HOST", "vault.example.net", ISSUING),
    "other-name-with-cn": ("TLS_OTHER_HOST", LEAF, ISSUING),
    "wildcard-two-labels": ("TLS_OTHER_HOST", LEAF, ISSUING),
    "wildcard-inside": ("TLS_OTHER_HOST", LEAF, ISSUING),
    "wildcard-alone": ("TLS_OTHER_HOST", LEAF, ISSUING),
    "apex-only": ("TLS_OTHER_HOST", LEAF, ISSUING),
    "cn-only": ("TLS_NO_NAMES", LEAF, ISSUING),
    "ip-only": ("TLS_NO_NAMES", "127.0.0.1", ISSUING),
    "client-auth-only": ("TLS_PURPOSE", LEAF, ISSUING),
    "code-signing-only": ("TLS_PURPOSE", LEAF, ISSUING),
    "rsa-1024": ("TLS_WEAK", LEAF, ISSUING),
    "rsa-1024-issuer": ("TLS_WEAK", "azfob test issuing RSA 1024", ROOT),
    "sha1": ("TLS_WEAK", LEAF, ISSUING),
    "sha1-issuer": ("TLS_WEAK", "azfob test issuing SHA-1", ROOT),
    "md5": ("TLS_WEAK", LEAF, "azfob test issuing RSA"),
    "intermediate-no-ca": ("TLS_NOT_CA", "azfob test issuing that is no CA", ROOT),
    "path-length": ("TLS_NOT_CA", "azfob test issuing with path length 0", ROOT),
    "name-constraints": ("TLS_CERTIFICATE", "azfob test issuing with constraints", ROOT),
    "critical-unknown": ("TLS_CERTIFICATE", LEAF, ISSUING),
}


class Certificates(E2E):
    def date(self, kind, which):
        """As the openssl command reads it: "-startdate" or "-enddate"."""
        file = self.lab.authority.certificate(kind)
        answer = subprocess.run(["openssl", "x509", "-noout", which, "-dateopt", "iso_8601", "-in", file], capture_output=True, text=True, check=True)
        return answer.stdout.partition("=")[2].strip().replace(" ", "T")

    def test_every_leaf_of_the_stand_in_is_good_or_bad_here(self):
        leaves = {kind for kind, row in KINDS.items() if not row.basic or "TRUE" not in row.basic} - {"issuing-no-ca"}
        self.assertEqual(set(GOOD) | set(BAD), leaves)

    def test_good_chains_are_believed(self):
        for kind in GOOD:
            with self.subTest(kind=kind):
                self.lab.fail("vault", certificate=kind)
                self.gives(b"abc@123", "get", "ExamplePassword")

    def test_bad_ones_are_refused_and_no_request_is_sent(self):
        for kind, (name, subject, issuer) in BAD.items():
            with self.subTest(kind=kind):
                self.lab.fail("vault", certificate=kind, times=0)
                self.fails(76, says(name, self.host, subject, issuer), "get", "ExamplePassword")
                self.assertEqual(self.journal.requests("vault"), [])
                self.assertEqual(len(self.journal.connections("vault")), 1)
                self.lab.reset()

    def test_dates_are_those_of_the_certificate_and_of_the_clock(self):
        rows = {"expired": ("A", "-enddate", "TLS_EXPIRED"), "not-yet-valid": ("A", "-startdate", "TLS_NOT_YET"),
                "expired-intermediate": ("A", "-enddate", "TLS_EXPIRED")}
        for kind, (number, which, name) in rows.items():
            with self.subTest(kind=kind):
                self.lab.fail("vault", certificate=kind)
                before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
                of = "issuing-expired" if kind == "expired-intermediate" else kind
                run = self.fails(76, says(name, self.host, **{number: self.date(of, which)}), "get", "ExamplePassword")
                clock = re.search(rf"this machine's clock says ({TIME})", run.err)[1]
                self.assertLessEqual(before, clock)
                self.assertLessEqual(clock, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))

    def test_an_address_is_no_host_that_a_certificate_can_vouch_for(self):
        run = self.run_it("get", "https://127.0.0.1/secrets/ExamplePassword", "--allow-host", "127.0.0.1")
        self.assertEqual((run.status, run.out), (64, b""), run.err)
        self.nobody_was_asked()


class Roots(E2E):
    def setUp(self):
        super().setUp()
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def pem(self, *kinds):
        return b"".join(self.lab.authority.certificate(kind).read_bytes() for kind in kinds)

    def refused(self, *args, **more):
        self.fails(76, says("TLS_NOT_TRUSTED", self.host, "azfob test issuing", ROOT), "get", "ExamplePassword", *args, **more)

    def test_without_ca_only_the_built_in_roots_are_believed(self):
        self.refused(env={"AZFOB_CA": None})

    def test_ca_as_option_and_as_each_variable(self):
        none = {"AZFOB_CA": None}
        self.gives(b"abc@123", "get", "ExamplePassword", "--ca", self.lab.ca_file, env=none)
        self.gives(b"abc@123", "get", "ExamplePassword", env={"AZFOB_CA": self.lab.ca_file})
        self.gives(b"abc@123", "get", "ExamplePassword", env=none | {"SSL_CERT_FILE": self.lab.ca_file})

    def test_the_option_counts_before_azfob_ca_and_that_before_ssl_cert_file(self):
        other = self.file("other.pem", self.pem("other-root"))
        self.refused("--ca", other)
        self.gives(b"abc@123", "get", "ExamplePassword", env={"SSL_CERT_FILE": other})
        self.gives(b"abc@123", "get", "ExamplePassword", "--ca", self.lab.ca_file, env={"AZFOB_CA": other})

    def test_a_file_of_many_roots_with_text_between_them(self):
        many = b"# roots\n\n" + self.pem("other-root") + b"Subject: x\r\n" + self.pem("root").replace(b"\n", b"\r\n") + b"-----BEGIN X-----\nAAAA\n-----END X-----\n"
        self.gives(b"abc@123", "get", "ExamplePassword", "--ca", self.file("many.pem", many))

    def test_as_many_roots_as_a_distribution_has_all_fit(self):
        bundle = b"".join(file.read_bytes() for file in sorted((REPOSITORY / "vendor/roots").glob("*.pem"))) * 25
        self.assertGreater(bundle.count(b"BEGIN CERTIFICATE"), 150)
        self.gives(b"abc@123", "get", "ExamplePassword", "--ca", self.file("all.pem", bundle + self.pem("root")))

    def test_ca_from_standard_input(self):
        self.gives(b"abc@123", "get", "ExamplePassword", "--ca", "-", stdin=self.pem("root"))

    def test_an_issuer_or_the_leaf_itself_may_be_trusted(self):
        self.gives(b"abc@123", "get", "ExamplePassword", "--ca", self.file("issuing.pem", self.pem("issuing")))
        self.lab.fail("vault", certificate="self-signed")
        self.gives(b"abc@123", "get", "ExamplePassword", "--ca", self.file("leaf.pem", self.pem("self-signed")))

    def test_a_file_that_is_no_list_of_roots_is_found_before_anybody_is_asked(self):
        pem = self.pem("root")
        rows = [
            (65, says("FILE_READ", str(self.folder / "none"), "no such file or folder"), str(self.folder / "none")),
            (65, says("FILE_READ", str(self.folder)), str(self.folder)),
            (78, says("CA_NONE"), self.file("empty", b"")),
            (78, says("CA_NONE"), self.file("text", b"hello\n")),
            (78, says("CA_NONE"), self.file("key", b"-----BEGIN X-----\nAAAA\n-----END X-----\n")),
            (78, says("CA_BAD", a=1), self.file("cut", pem[:-40])),
            (78, says("CA_BAD", a=1), self.file("garbage", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")),
            (78, says("CA_BAD", a=2), self.file("second", pem + b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n")),
            (78, says("CA_BAD", a=1), self.file("weak", self.pem("issuing-rsa-1024"))),
            (65, says("FILE_TOO_BIG"), self.file("big", pem * 3000)),
        ]
        for status, message, file in rows:
            with self.subTest(file=file):
                self.fails(status, message, "get", "ExamplePassword", "--ca", file)
        self.nobody_was_asked()


class Clock(E2E):
    """A machine without a clock of its own boots in 1970. What is known is that this program had been built."""

    def built(self):
        answer = subprocess.run([AZFOB, "--version"], capture_output=True, text=True, check=True)
        return re.search(rf"built ({TIME})", answer.stdout)[1]

    def at(self, seconds):
        running = self.start("get", "ExamplePassword", preexec_fn=trace_me)
        tracee = Tracee(running.process)
        tracee.set_clock(seconds)
        tracee.run_to_exit()
        tracee.finish()
        return running.end()

    def test_a_clock_in_1970_is_not_believed_and_the_value_comes_out(self):
        run = self.at(0)
        self.assertEqual((run.status, run.out, run.err), (0, b"abc@123", ""))

    def test_both_clocks_are_told_where_the_date_of_building_was_used(self):
        self.lab.fail("vault", certificate="not-yet-valid")
        run = self.at(1_000_000_000)
        self.is_failure(run, 76, says("TLS_NOT_YET", self.host, LEAF, ISSUING))
        self.assertIn("clock says 2001-09-09T01:46:40Z", run.err)
        self.assertIn(self.built(), run.err)

    def test_a_clock_in_the_future_is_believed(self):
        run = self.at(4_000_000_000)
        self.is_failure(run, 76, says("TLS_EXPIRED", self.host))
        self.assertIn("clock says 2096-10-02T07:06:40Z", run.err)


if __name__ == "__main__":
    unittest.main()
