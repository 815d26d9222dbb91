"""What comes out: every spelling of a reference, every form of output, every part of a value, and the largest one."""

import base64
import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from tests.standin.lab import dummy_vault
from tests.standin.model import Vault

from . import E2E, says
from .trace import Tracee, trace_me

VALUE_BYTES_MAX = 25600  # Key Vault's limit
TOKEN_BYTES_MAX = 48 * 1024
ANSWER_BYTES_MAX = 256 * 1024  # ours: that value with every byte escaped, its tags and more


class References(E2E):
    def make_vaults(self, identities):
        other = Vault("other-keyvault")
        other.put("ExamplePassword", "of the other vault")
        other.assign(identities[0], "Key Vault Secrets User")
        return [dummy_vault(identities[0]), other]

    def test_every_spelling_leads_to_the_same_secret(self):
        new = self.lab.vault.put("ExamplePassword", "new").version
        old = self.lab.vault.secrets["ExamplePassword"][0].version
        host = self.host
        for ref, value in {
            "ExamplePassword": "new",
            f"/ExamplePassword/{old}": "abc@123",
            f"/ExamplePassword/{new}": "new",
            "dummy-keyvault/ExamplePassword": "new",
            f"dummy-keyvault/ExamplePassword/{old}": "abc@123",
            f"{host}/ExamplePassword": "new",
            "other-keyvault/ExamplePassword": "of the other vault",
            "akv://dummy-keyvault/ExamplePassword": "new",
            f"akv://dummy-keyvault/ExamplePassword/{old}": "abc@123",
            f"akv://{host}/ExamplePassword": "new",
            f"https://{host}/secrets/ExamplePassword": "new",
            f"https://{host}/secrets/ExamplePassword/": "new",
            f"https://{host}/secrets/ExamplePassword/{old}": "abc@123",
            f"https://{host}:443/secrets/ExamplePassword": "new",
            f"@Microsoft.KeyVault(SecretUri=https://{host}/secrets/ExamplePassword/)": "new",
            f"@Microsoft.KeyVault(SecretUri=https://{host}/secrets/ExamplePassword/{old})": "abc@123",
            "@Microsoft.KeyVault(VaultName=other-keyvault;SecretName=ExamplePassword)": "of the other vault",
            f"@Microsoft.KeyVault(VaultName=dummy-keyvault;SecretName=ExamplePassword;SecretVersion={old})": "abc@123",
            "akvs://44444444-4444-4444-4444-444444444444/other-keyvault/ExamplePassword": "of the other vault",
            "ref+azurekeyvault://dummy-keyvault/ExamplePassword": "new",
            f"ref+azurekeyvault://dummy-keyvault/ExamplePassword/{old}": "abc@123",
        }.items():
            with self.subTest(ref=ref):
                self.gives(value.encode(), "get", ref)

    def test_the_default_vault_as_option_and_as_each_variable(self):
        none = {"KEY_VAULT_NAME": None}
        other = self.lab.vaults[1].host
        for spelling in "other-keyvault", other, f"https://{other}", f"https://{other}/":
            with self.subTest(spelling=spelling):
                self.gives(b"of the other vault", "get", "--vault", spelling, "ExamplePassword")
                for variable in "AZFOB_VAULT", "KEY_VAULT_NAME", "AZURE_KEYVAULT_URL", "AZURE_KEY_VAULT_URL":
                    self.gives(b"of the other vault", "get", "ExamplePassword", env=none | {variable: spelling})

    def test_of_several_the_first_counts(self):
        names = "AZFOB_VAULT", "KEY_VAULT_NAME", "AZURE_KEYVAULT_URL", "AZURE_KEY_VAULT_URL"
        for first in range(len(names)):
            env = {"KEY_VAULT_NAME": None} | {name: "other-keyvault" if n == first else "no-such-vault" for n, name in enumerate(names) if n >= first}
            self.gives(b"of the other vault", "get", "ExamplePassword", env=env)
        self.gives(b"abc@123", "get", "--vault", "dummy-keyvault", "ExamplePassword", env=dict.fromkeys(names, "other-keyvault"))

    def test_a_certificate_is_its_secret(self):
        self.lab.vault.put("Web", "pem", kid=f"https://{self.host}/keys/Web/1")
        self.gives(b"pem", "get", f"https://{self.host}/certificates/Web")
        self.assertEqual([request.path for request in self.journal.requests("vault")], ["/secrets/Web"])

    def test_versions_that_are_not_there_are_66(self):
        self.fails(66, says("VAULT_MISSING", "ExamplePassword", self.host), "get", f"/ExamplePassword/{'0' * 32}")

    def test_a_vault_of_each_cloud(self):
        for name, suffix in ("AZURE_AUTHORITY_HOST", "vault.azure.net"), ("login.microsoftonline.us", "vault.usgovcloudapi.net"), \
                ("https://login.chinacloudapi.cn/", "vault.azure.cn"):
            with self.subTest(suffix=suffix):
                vault = Vault("far-away", suffix=suffix)
                vault.put("s", suffix)
                vault.assign(self.lab.identity, "Key Vault Secrets User")
                self.lab.vaults.append(vault)
                self.lab.vault_service.vaults = self.lab.vaults
                self.set_names()
                env = {} if name == "AZURE_AUTHORITY_HOST" else {"AZURE_AUTHORITY_HOST": name}
                self.gives(suffix.encode(), "get", "far-away/s", env=env)
                self.assertEqual(dict(self.journal.requests("imds")[-1].query)["resource"], f"https://{suffix}")
                self.gives(suffix.encode(), "get", f"https://{vault.host}/secrets/s")


class Parts(E2E):
    def stored(self, value):
        self.lab.vault.put("S", value)

    def test_decode(self):
        data = bytes(range(256))
        for name, text in ("base64", base64.b64encode(data).decode()), ("base64url", base64.urlsafe_b64encode(data).decode().rstrip("=")), ("hex", data.hex()):
            with self.subTest(name=name):
                self.stored(text)
                self.gives(data, "get", f"S?decode={name}")
                self.gives(text.encode(), "get", "S")

    def test_what_is_not_encoded_so_is_65(self):
        for name, text in ("base64", "a"), ("base64url", "a+b/"), ("hex", "abc"):
            with self.subTest(name=name):
                self.stored(text)
                self.fails(65, says("SELECT_NOT_ENCODED", f"S?decode={name}", name), "get", f"S?decode={name}")

    def test_pointers_into_json(self):
        self.stored(json.dumps({"user": "me", "a/b": {"~": ["x", 1.50, None, {"k": "\u00e9"}]}}))
        for pointer, value in {"/user": "me", "/a~1b/~0/0": "x", "/a~1b/~0/1": "1.5", "/a~1b/~0/2": "null", "/a~1b/~0/3": '{"k": "\\u00e9"}',
                               "/a~1b/~0/3/k": "\u00e9"}.items():
            with self.subTest(pointer=pointer):
                self.gives(value.encode(), "get", f"S#{pointer}")

    def test_pointers_that_lead_nowhere_are_65(self):
        self.stored('{"a":{"b":1},"a2":1,"a2":2}')
        for pointer in "/b", "/a/c", "/a/b/c", "/a/0":
            with self.subTest(pointer=pointer):
                self.fails(65, says("SELECT_NO_MEMBER", f"S#{pointer}", pointer), "get", f"S#{pointer}")
        self.fails(65, says("SELECT_TWICE"), "get", "S#/a2")
        self.stored("no json")
        self.fails(65, says("SELECT_NOT_JSON", "S#/a"), "get", "S#/a")

    def test_first_the_pointer_then_decode_then_part(self):
        pem = self.lab.authority.certificate("ecdsa").read_text()
        self.stored(json.dumps({"pem": base64.b64encode(pem.encode()).decode()}))
        self.gives(pem.encode(), "get", "S?decode=base64&part=cert#/pem")

    def pem(self):
        """As Key Vault gives it: key, then leaf and chain, here in a wrong order and with text between."""
        authority = self.lab.authority
        key = (authority.folder / "leaf-ec.key").read_text() if authority.chain("ecdsa") else ""
        leaf, issuing, root = (authority.certificate(kind).read_text() for kind in ("ecdsa", "issuing", "root"))
        self.stored(f"Bag Attributes\n{key}{root}Bag Attributes\n{issuing}{leaf}")
        return key, leaf, issuing, root

    def test_parts_of_a_certificate(self):
        key, leaf, issuing, root = self.pem()
        self.gives(key.encode(), "get", "S?part=key")
        self.gives(leaf.encode(), "get", "S?part=cert")
        self.gives((leaf + issuing + root).encode(), "get", "S?part=chain")

    def test_the_parts_are_what_openssl_takes(self):
        self.pem()
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for part in "key", "cert", "chain":
            self.gives(b"", "get", f"S?part={part}", "-o", folder / part)
        answer = subprocess.run(["openssl", "verify", "-CAfile", self.lab.ca_file, "-untrusted", folder / "chain", folder / "cert"], capture_output=True)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        public = [subprocess.run(["openssl", *args], capture_output=True, check=True).stdout
                  for args in (["pkey", "-pubout", "-in", folder / "key"], ["x509", "-pubkey", "-noout", "-in", folder / "cert"])]
        self.assertEqual(public[0], public[1])

    def test_parts_that_are_not_there_are_65(self):
        self.stored(self.lab.authority.certificate("ecdsa").read_text())
        self.fails(65, says("SELECT_NO_PART", "S?part=key"), "get", "S?part=key")
        self.stored("no pem")
        self.fails(65, says("SELECT_NOT_PEM", "S?part=cert"), "get", "S?part=cert")

    def test_optional(self):
        self.stored("x")
        self.gives(b"x", "get", "S?optional")
        self.gives(b"", "get", "Missing?optional")
        self.fails(66, says("VAULT_MISSING", "Missing", self.host), "get", "Missing")
        self.gives(b'{"S": "x"}\n', "get", "--format", "json", "Missing?optional", "S")
        self.gives(b"x\0", "get", "--format", "null", "Missing?optional", "S")

    def test_optional_excuses_nothing_but_that(self):
        self.stored("x")
        self.fails(65, says("SELECT_NOT_ENCODED"), "get", "S?optional&decode=hex")
        self.lab.vault.secrets["S"][-1].enabled = False
        self.fails(77, says("VAULT_DISABLED", "S", self.host), "get", "S?optional")
        self.lab.vault.assign(self.lab.identity, "Reader")
        self.fails(77, says("VAULT_ROLE_MISSING", "S", self.host), "get", "S?optional")

    def test_a_vault_that_does_not_exist_is_no_missing_secret(self):
        self.fails(69, says("NO_NAME_SERVER"), "get", "no-such-vault/S?optional")


class Bundle(E2E):
    def test_json_on_one_reference_gives_all_that_is_known(self):
        secret = self.lab.vault.put("S", "v\u00e9\"\n", content_type="text/plain", tags={"a": "b"}, nbf=1, exp=2_000_000_000)
        run = self.run_it("get", "--json", "S")
        self.assertEqual((run.status, run.err, run.out.count(b"\n")), (0, "", 1))
        got = json.loads(run.out)
        self.assertEqual({name: got[name] for name in ("value", "id", "version", "contentType", "tags")}, {
            "value": "v\u00e9\"\n", "id": f"https://{self.host}/secrets/S/{secret.version}", "version": secret.version, "contentType": "text/plain",
            "tags": {"a": "b"}})
        self.assertEqual((got["attributes"]["enabled"], got["attributes"]["nbf"], got["attributes"]["exp"]), (True, 1, 2_000_000_000))

    def test_it_is_json_that_jq_reads(self):
        run = self.run_it("get", "--json", "ExamplePassword")
        answer = subprocess.run(["jq", "-r", ".value, .version"], input=run.out, capture_output=True, check=True)
        self.assertEqual(answer.stdout.split(), [b"abc@123", self.lab.vault.secrets["ExamplePassword"][0].version.encode()])

    def test_only_members_that_are_known_come_out(self):
        self.lab.fail("vault", status=200, body='{"value":"v","kid":"k","evil":"x","id":"https://h/secrets/n/0123"}')
        run = self.run_it("get", "--json", "ExamplePassword")
        self.assertEqual(json.loads(run.out), {"value": "v", "id": "https://h/secrets/n/0123", "version": "0123"})

    def test_token_as_json(self):
        run = self.run_it("token", "--json")
        self.assertEqual((run.status, run.err, run.out.count(b"\n")), (0, "", 1))
        got = json.loads(run.out)
        claims = self.lab.entra.verify(got.pop("access_token"))
        who = self.lab.identity
        self.assertEqual(got, {"expires_on": claims["exp"], "resource": "https://vault.azure.net", "client_id": who.client_id, "object_id": who.object_id,
                               "tenant_id": who.tenant})

    def test_what_a_token_does_not_say_is_left_out(self):
        self.lab.fail("imds", status=200, body='{"access_token":"opaque"}')
        self.gives(b'{"access_token":"opaque","resource":"https://vault.azure.net","expires_on":0}\n', "token", "--json")


class Formats(E2E):
    VALUES = {"Plain": "abc@123", "Empty": "", "Quotes": "a'b\"c\\d", "Lines": "a\nb\r\nc\n", "Dollar": "$HOME `id` $(id) !x #y", "Unicode": "caf\u00e9 \U0001f600",
              "Blanks": "  a  ", "My-Secret-2": "x"}

    def setUp(self):
        super().setUp()
        for name, value in self.VALUES.items():
            self.lab.vault.put(name, value)

    def test_json(self):
        run = self.run_it("get", "--format", "json", *self.VALUES)
        self.assertEqual((run.status, run.err), (0, ""))
        self.assertEqual(json.loads(run.out), self.VALUES)

    def test_null(self):
        self.gives("".join(value + "\0" for value in self.VALUES.values()).encode(), "get", "--format", "null", *self.VALUES)

    def test_env_is_read_by_sh(self):
        run = self.run_it("get", "--format", "env", *self.VALUES)
        self.assertEqual((run.status, run.err), (0, ""))
        show = "; ".join(f"printf '%s\\0' \"${name.replace('-', '_')}\"" for name in self.VALUES)
        answer = subprocess.run(["sh", "-uc", f"{run.out.decode()}\n{show}"], capture_output=True, check=True)
        self.assertEqual(answer.stdout.decode(), "".join(value + "\0" for value in self.VALUES.values()))

    def test_dotenv(self):
        run = self.run_it("get", "--format", "dotenv", "Plain", "My-Secret-2", "Lines")
        self.assertEqual((run.status, run.out, run.err), (0, b"Plain='abc@123'\nMy_Secret_2='x'\nLines=\"a\nb\\r\nc\n\"\n", ""))

    def test_one_reference_may_have_a_format_too(self):
        self.gives(b'{"Plain": "abc@123"}\n', "get", "--format", "json", "Plain")

    def test_the_order_is_that_of_the_command_line_whoever_answers_first(self):
        self.lab.fail("vault", path="/secrets/Plain", delay=0.3)
        self.gives(b"abc@123\0x\0\0", "get", "--format", "null", "Plain", "My-Secret-2", "Empty")

    def test_what_a_format_cannot_say_is_65(self):
        self.lab.vault.put("Nul", "a\0b")
        self.lab.vault.put("9lives", "x")
        self.lab.vault.put("Expands", "${HOME}")
        for form in "env", "dotenv", "null":
            self.fails(65, says("PRINT_TEXT", "Nul", form), "get", "--format", form, "Plain", "Nul")
        for form in "env", "dotenv":
            self.fails(65, says("PRINT_NAME", "9lives"), "get", "--format", form, "Plain", "9lives")
        self.fails(65, says("PRINT_TEXT", "Expands", "dotenv"), "get", "--format", "dotenv", "Expands")

    def test_bytes_that_are_no_text(self):
        self.lab.vault.put("Bytes", base64.b64encode(b"\xff\xfe").decode())
        self.gives(b"\xff\xfe\0", "get", "--format", "null", "Bytes?decode=base64")
        self.gives(b"Bytes='\xff\xfe'\n", "get", "--format", "env", "Bytes?decode=base64")
        self.fails(65, says("PRINT_TEXT", "Bytes", "json"), "get", "--format", "json", "Bytes?decode=base64")


class Limits(E2E):
    def body(self, value, **more):
        return json.dumps({"value": value, "id": f"https://{self.host}/secrets/Large/{'0' * 32}", **more}).encode()

    def test_the_largest_value_with_every_byte_escaped(self):
        """153,600 bytes of JSON."""
        self.lab.vault.put("Large", "\x01" * VALUE_BYTES_MAX)
        self.gives(b"\x01" * VALUE_BYTES_MAX, "get", "Large")
        self.assertGreater(len(self.journal.answers("vault")[0].sent), 6 * VALUE_BYTES_MAX)

    def test_it_comes_out_in_every_form(self):
        value = "\x01" * VALUE_BYTES_MAX
        self.lab.vault.put("Large", value)
        for form in "json", "env", "dotenv", "null":
            run = self.run_it("get", "--format", form, "Large")
            self.assertEqual((run.status, run.err), (0, ""))
            self.assertGreaterEqual(len(run.out), VALUE_BYTES_MAX)
        self.assertEqual(json.loads(self.run_it("get", "--json", "Large").out)["value"], value)

    def test_the_longest_answer_and_one_byte_more(self):
        for framing in "length", "chunked", "close":
            for more in 0, 1:
                with self.subTest(framing=framing, more=more):
                    body = self.body("v")
                    body += b" " * (ANSWER_BYTES_MAX - len(body) + more)
                    self.lab.fail("vault", status=200, body=body, framing=framing)
                    if more:
                        self.fails(76, says("ANSWER_TOO_BIG", self.host, a=ANSWER_BYTES_MAX), "get", "ExamplePassword")
                    else:
                        self.gives(b"v", "get", "ExamplePassword")

    def test_the_longest_token_and_one_byte_more(self):
        for size in TOKEN_BYTES_MAX, TOKEN_BYTES_MAX + 1:
            with self.subTest(size=size):
                self.lab.fail("imds", status=200, body=json.dumps({"access_token": "a" * size}))
                if size == TOKEN_BYTES_MAX:
                    self.gives(b"a" * size, "token")
                else:
                    self.fails(76, says("IMDS_GARBLED"), "token")

    def test_many_large_ones_in_one_run(self):
        value = "x" * VALUE_BYTES_MAX
        names = [f"s{n}" for n in range(100)]
        for name in names:
            self.lab.vault.put(name, value)
        self.gives((value + "\0").encode() * 100, "get", "--format", "null", *names)

    def test_more_than_one_run_may_hold_is_71_and_nothing_comes_out(self):
        """The arena has 64 MiB: each use of a decoded value takes room of its own."""
        self.lab.vault.put("Large", "00" * (VALUE_BYTES_MAX // 2))
        self.fails(71, says("NO_MEMORY"), "get", "--format", "null", *["Large?decode=hex"] * 6000)


class Memory(E2E):
    """What is resident at the end is counted page by page: nothing is given back before."""

    def resident_kib(self, *args):
        running = self.start(*args, preexec_fn=trace_me)
        tracee = Tracee(running.process)
        tracee.run_to_exit()
        peak, now = tracee.peak_kib()
        tracee.finish()
        run = running.end()
        self.assertEqual((run.status, run.err), (0, ""))
        print(f"# {' '.join(args)}: {now} KiB resident at its end (VmHWM {peak} KiB)")
        return now

    def test_get_takes_at_most_512_kib(self):
        self.assertLessEqual(self.resident_kib("get", "ExamplePassword"), 512)

    def test_token_takes_at_most_512_kib(self):
        self.assertLessEqual(self.resident_kib("token"), 512)


if __name__ == "__main__":
    unittest.main()
