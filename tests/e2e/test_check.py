"""check: says what works, what does not and what to do; never a value."""

import json
import os
import re
import time

from tests.e2e import says
from tests.e2e.deliver import Delivery

SECRETS = {"plain": "S3cret-plain", "pem": "-----BEGIN KEY-----\nS3cret\n-----END KEY-----\n"}


class Check(Delivery):
    def setUp(self):
        super().setUp()
        for name, value in SECRETS.items():
            self.vault.put(name, value)

    def lines(self, *args, status=0, err=None, **more):
        """[(state, text)] of what it says."""
        run = self.run_it("check", *args, **more)
        self.assertEqual(run.status, status, (run.out, run.err))
        self.assertNotIn(b"S3cret", run.out)
        self.assertNotIn("S3cret", run.err)
        if err:
            self.is_failure(type(run)(run.status, b"", run.err), status, err)
        else:
            self.assertEqual(run.err, "")
        return [(line[:4].strip(), line[6:]) for line in run.out.decode().splitlines()]

    def of(self, lines, state):
        return [text for is_state, text in lines if is_state == state]


class Online(Check):
    def test_it_says_who_we_are_where_the_vault_is_and_how_long_each_value_is(self):
        version = self.vault.secrets["plain"][-1].version
        lines = self.lines("plain", env={"A": "akv://dummy-keyvault/pem", "B": "x${akv://dummy-keyvault/plain}"})
        identity = self.lab.identity
        self.assertEqual(self.of(lines, "warn") + self.of(lines, "FAIL"), [])
        texts = self.of(lines, "ok")
        self.assertEqual(texts[0], "identity: imds at http://169.254.169.254")
        self.assertRegex(texts[1], rf'\A{self.host}: 127\.0\.0\.1, certificate "\*\.vault\.azure\.net" issued by "azfob test issuing", valid until 20\d\d-')
        self.assertRegex(texts[2], rf"\Aclock: (right by|\d+ s (behind|ahead of)) {self.host}\Z")
        self.assertTrue(texts[3].startswith(f"token: object id {identity.object_id}, client id {identity.client_id}, tenant {identity.tenant}, "
                                            "for https://vault.azure.net, until 20"), texts[3])
        self.assertEqual(texts[4], f"akv://{self.host}/secrets/plain: 12 bytes, version {version}")
        self.assertRegex(texts[5], rf"\AA=akv://{self.host}/secrets/pem: 45 bytes, version [0-9a-f]{{32}}\Z")
        self.assertTrue(texts[6].startswith("B=akv://"))
        self.assertEqual(len(texts), 7)

    def test_every_reference_is_read_whatever_the_others_are_and_the_first_failure_is_the_status(self):
        self.vault.put("off", "S3cret").enabled = False
        lines = self.lines("nope", "off", "plain", "plain?decode=hex", "gone?optional", status=66, err=says("VAULT_MISSING", "nope", self.host))
        fails = self.of(lines, "FAIL")
        self.assertEqual([re.match(r"[\w?=]+", text)[0] for text in fails], ["nope", "off", "plain?decode=hex"])
        for text in fails:
            self.assertRegex(text, "; .")
        self.assertIn(f"akv://{self.host}/secrets/gone?optional: there is none, and it is optional", self.of(lines, "ok"))
        self.assertTrue(any(text.startswith(f"akv://{self.host}/secrets/plain: 12 bytes") for text in self.of(lines, "ok")))

    def test_values_that_a_tool_has_mishandled_are_warned_of(self):
        now = int(time.time())
        self.vault.put("newline", "S3cret\n")
        self.vault.put("escaped", "-----BEGIN KEY-----\\nS3cret\\n-----END KEY-----\\n")
        self.vault.put("old", "S3cret", exp=now - 1000)
        self.vault.put("soon", "S3cret", nbf=now + 100000, exp=now + 200000)
        self.vault.put("encoded", "UzNjcmV0", tags={"file-encoding": "base64"})
        lines = self.lines("newline", "escaped", "old", "soon", "encoded", "encoded?decode=base64", "pem")
        warned = {re.search(r"secrets/(\S+): ", text)[1]: text for text in self.of(lines, "warn")}
        for name, words in {"newline": "line end", "escaped": r'"\n" written out', "old": "expired at 20", "soon": "not to be used before 20",
                            "encoded": "add ?decode=base64"}.items():
            self.assertIn(words, warned.pop(name))
        self.assertEqual(warned, {})

    def test_a_clock_that_is_wrong_is_warned_of(self):
        challenge = f'Bearer authorization="https://login.windows.net/{self.vault.tenant}", resource="https://vault.azure.net"'
        for date, words in {"Sun, 06 Nov 2094 08:49:37 GMT": "behind", "Sun, 06 Nov 1994 08:49:37 GMT": "ahead of"}.items():
            self.lab.fail("vault", status=401, headers=(("WWW-Authenticate", challenge), ("Date", date)))
            clock, = [text for text in self.of(self.lines("plain"), "warn") if text.startswith("clock")]
            self.assertRegex(clock, rf"\Aclock: \d+ s {words} {self.host}; set it right")

    def test_without_references_the_default_vault_is_tried(self):
        self.assertTrue(any("3 secrets can be listed" in text for text in self.of(self.lines(), "ok")))
        self.vault.assign(self.lab.identity, "Reader")
        warned, = self.of(self.lines(), "warn")
        self.assertIn("may not list", warned)
        self.assertEqual(self.lines(env={"KEY_VAULT_NAME": None}, status=64, err=says("NO_VAULT", "check")), [])

    def test_a_refusal_says_which_role_is_needed_and_whose(self):
        self.vault.assign(self.lab.identity, "Reader")
        fail, = self.of(self.lines("plain", status=77, err=says("VAULT_ROLE_MISSING", "plain", self.host)), "FAIL")
        self.assertIn("Key Vault Secrets User", fail)
        self.assertIn(self.lab.identity.object_id, fail)

    def test_without_an_identity_the_vault_is_looked_at_all_the_same(self):
        self.lab.identities.clear()
        lines = self.lines("plain", "pem", status=78, err=says("IMDS_NO_IDENTITY"))
        self.assertTrue(any(text.startswith(f"{self.host}: 127.0.0.1") for text in self.of(lines, "ok")))
        self.assertEqual(len(self.of(lines, "FAIL")), 1)
        self.assertEqual([text.partition(": ")[2] for text in self.of(lines, "warn")], ["not read: see above"] * 2)

    def test_without_the_vault_the_token_is_looked_at_all_the_same(self):
        self.lab.listeners["vault"].stop()
        lines = self.lines("plain", "pem", status=69, err=says("NO_CONNECTION", self.host, "connection refused"))
        self.assertTrue(any(text.startswith("token: object id") for text in self.of(lines, "ok")))
        self.assertEqual(len(self.of(lines, "FAIL")), 1)

    def test_a_certificate_that_is_not_trusted_is_told_once(self):
        lines = self.lines("plain", "pem", env={"AZFOB_CA": None}, status=76, err=says("TLS_NOT_TRUSTED", self.host))
        self.assertEqual(len(self.of(lines, "FAIL")), 1)

    def test_json_is_an_array_of_what_the_lines_say(self):
        run = self.run_it("check", "--json", "plain", "nope")
        said = json.loads(run.out)
        self.assertEqual(run.status, 66)
        self.assertEqual([entry["state"] for entry in said], ["ok"] * 5 + ["fail"])
        self.assertEqual([entry["what"] for entry in said][:4], ["identity", self.host, "clock", "token"])
        self.assertEqual([set(entry) for entry in said], [{"state", "what", "text"}] * 6)

    def test_quiet_says_failures_only(self):
        self.assertEqual(self.lines("-q", "plain"), [])
        self.assertEqual([state for state, _ in self.lines("-q", "plain", "nope", status=66, err=says("VAULT_MISSING", "nope"))], ["FAIL"])

    def test_no_token_is_sent_to_a_vault_that_has_not_asked(self):
        self.lines("plain")
        self.assertEqual([request.header("Authorization") is None for request in self.journal.requests("vault")], [True, False])


class Offline(Check):
    def test_it_judges_manifest_and_environment_and_asks_nobody(self):
        manifest = self.put("m", b"/run/a=plain mode=0440\n@B=other-vault/x?part=key # comment\n")
        lines = self.lines("--offline", "-f", manifest, "pem", env={"C": "akv://dummy-keyvault/y?decode=hex#/z"})
        self.assertEqual(self.of(lines, "ok"), [
            "identity: imds at http://169.254.169.254", f"akv://{self.host}/secrets/pem", f"/run/a=akv://{self.host}/secrets/plain",
            "@B=akv://other-vault.vault.azure.net/secrets/x?part=key", f"C=akv://{self.host}/secrets/y?decode=hex#/z"])
        self.nobody_was_asked()

    def test_it_makes_no_socket_and_reads_no_roots(self):
        log = self.path("strace")
        self.lines("--offline", "plain", before=["strace", "-f", "-o", log])
        with open(log, encoding="utf-8", errors="replace") as file:
            calls = file.read()
        made = set(re.findall(r"^\d+ +(\w+)\(", calls, re.M))
        self.assertIn("write", made)
        self.assertEqual(made & {"socket", "connect", "fork", "clone", "vfork"}, set())
        self.assertEqual([path for path in re.findall(r'open(?:at)?\([^"]*"([^"]*)"', calls) if path != "/"], [])

    def test_all_mistakes_are_named_and_a_half_set_identity_is_a_failure(self):
        manifest = self.put("m", b"/run/a=my_secret\nA=x/y/z/w\n")
        run = self.run_it("check", "--offline", "-f", manifest)
        self.assertEqual((run.status, run.out, run.err.count("\n")), (64, b"", 2))
        self.lines("--offline", "plain", env={"IDENTITY_ENDPOINT": "http://127.0.0.1/"}, status=78, err=says("IDENTITY_HALF_SET", "IDENTITY_ENDPOINT", "IDENTITY_HEADER"))
        self.assertEqual(os.listdir(self.folder), ["m"])
        self.nobody_was_asked()
