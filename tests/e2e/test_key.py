"""wrap, unwrap and set: keys that never leave the vault, and new secrets."""

import base64
import os
import stat
import tempfile

from tests.e2e import E2E, says
from tests.standin.model import Key, Vault
from tests.standin.openssl import openssl

EVERY_BYTE = bytes(range(190))  # the most that RSA-OAEP-256 takes with 2048 bits
HSM_KEYS = {f"kek{bits}": bytes(range(bits // 8)) for bits in (128, 192, 256)}
PEMS = [openssl("genrsa", "2048").decode() for _ in range(2)]  # once for all tests, since they cost time


def rsa_key(number):
    """A version of a key."""
    return Key(PEMS[number], f"{number + 1:032x}")


def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Keys(E2E):
    def make_vaults(self, identities):
        self.vault, self.hsm = super().make_vaults(identities)[0], Vault("my-hsm", suffix="managedhsm.azure.net")
        for vault in (self.vault, self.hsm):
            vault.assign(identities[0], "Key Vault Crypto User")
        self.vault.keys["disk"] = [rsa_key(0)]
        for number, (name, key) in enumerate(HSM_KEYS.items()):
            self.hsm.keys[name] = [Key("", f"{number:032x}", aes=key)]
        return [self.vault, self.hsm]

    def setUp(self):
        super().setUp()
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    @property
    def identity(self):
        return self.lab.identity

    def path(self, name, content=None):
        path = os.path.join(self.folder, name)
        if content is not None:
            with open(path, "wb") as file:
                file.write(content)
        return path

    def wrap(self, *args, plain=EVERY_BYTE):
        run = self.run_it("wrap", *args, stdin=plain)
        self.assertEqual((run.status, run.err), (0, ""))
        return run.out

    def text(self, key=None, algorithm="RSA-OAEP-256", value="AAAA"):
        """As wrap writes it, but by hand."""
        key = key or f"https://{self.host}/keys/disk/{'0' * 32}"
        return f"azfob-wrapped 1\nkey: {key}\nalgorithm: {algorithm}\nvalue: {value}\n".encode()

    def paths(self):
        return [request.path for request in self.journal.requests("vault")]


class Wrapping(Keys):
    def test_what_was_wrapped_is_unwrapped_byte_for_byte(self):
        for algorithm, plain in {"RSA-OAEP-256": EVERY_BYTE, "RSA-OAEP": EVERY_BYTE + b"\0\n \xff" * 6, "": b"\0"}.items():
            chosen = ["--algorithm", algorithm] if algorithm else []
            wrapped = self.wrap("disk", *chosen, plain=plain)
            self.gives(plain, "unwrap", stdin=wrapped)
            self.gives(plain, "unwrap", *chosen, stdin=wrapped.replace(b"\n", b"\r\n").rstrip())

    def test_the_text_says_which_version_by_which_algorithm_and_nothing_of_the_key(self):
        lines = self.wrap("disk", plain=b"hunter2 hunter2").decode().splitlines()
        version = self.vault.keys["disk"][0].version
        self.assertEqual(lines[:3], ["azfob-wrapped 1", f"key: https://{self.host}/keys/disk/{version}", "algorithm: RSA-OAEP-256"])
        self.assertRegex(lines[3], r"\Avalue: [A-Za-z0-9_-]{342}\Z")
        self.assertEqual(len(lines), 4)
        self.assertEqual(self.paths(), ["/keys/disk//wrapkey"])

    def test_each_way_to_name_a_key_leads_to_it(self):
        version = self.vault.keys["disk"][0].version
        for name in ("disk", "DISK", f"/keys/disk/{version}", "akv://dummy-keyvault/keys/disk", f"akv://{self.host}/disk/{version}",
                     f"https://{self.host}:443/keys/disk/"):
            self.gives(b"x", "unwrap", stdin=self.wrap(name, plain=b"x"))
        self.fails(64, says("REF_KEY_OPTION", "disk?optional", "?optional"), "wrap", "disk?optional", stdin=b"x")
        self.fails(64, says("REF_NOT_KEY", "/secrets/disk"), "wrap", "/secrets/disk", stdin=b"x")
        self.fails(64, says("NO_KEY"), "wrap", stdin=b"x")
        self.fails(64, says("TOO_MANY_OPERANDS", "wrap", "b"), "wrap", "a", "b", stdin=b"x")

    def test_files_are_read_and_written_as_told(self):
        plain, wrapped, again = self.path("plain", EVERY_BYTE), self.path("wrapped"), self.path("again")
        self.gives(b"", "wrap", "disk", "-i", plain, "-o", wrapped)
        self.gives(b"", "unwrap", "-i", wrapped, "-o", again)
        with open(again, "rb") as file:
            self.assertEqual(file.read(), EVERY_BYTE)
        self.assertEqual([stat.S_IMODE(os.stat(path).st_mode) for path in (wrapped, again)], [0o400] * 2)
        self.vault.keys["disk"][0].enabled = False
        self.fails(77, says("VAULT_DISABLED", "disk", self.host), "unwrap", "-i", wrapped, "-o", self.path("none"))
        self.assertEqual(sorted(os.listdir(self.folder)), ["again", "plain", "wrapped"])

    def test_a_value_of_the_wrong_size_is_refused_before_anybody_is_asked(self):
        self.fails(65, says("INPUT_EMPTY", "standard input"), "wrap", "disk", stdin=b"")
        self.fails(65, says("WRAP_TOO_LONG", "standard input", "RSA-OAEP-256", a=446), "wrap", "disk", stdin=b"x" * 447)
        self.fails(65, says("WRAP_TOO_LONG", self.path("p"), "RSA-OAEP", a=470), "wrap", "disk", "--algorithm", "RSA-OAEP", "-i",
                   self.path("p", b"x" * 471))
        for size in (8, 15, 17, 31):
            self.fails(65, says("WRAP_STEPS", "standard input", "A256KW", a=size), "wrap", "disk", "--algorithm", "A256KW", stdin=b"x" * size)
        self.nobody_was_asked()

    def test_what_only_this_key_cannot_take_the_vault_says(self):
        self.fails(65, says("WRAP_REFUSED", "disk", self.host, "BadParameter"), "wrap", "disk", stdin=b"x" * 191)
        self.fails(65, says("WRAP_REFUSED", "disk", self.host, "BadParameter"), "wrap", "disk", "--algorithm", "A128KW", stdin=b"x" * 16)

    def test_rsa1_5_is_refused_with_the_reason(self):
        refusal = says("ALGORITHM_WEAK", "--algorithm")
        self.assertIn("without", refusal.pattern)
        for command in ("wrap", "unwrap"):
            self.fails(64, refusal, command, "disk", "--algorithm", "RSA1_5", stdin=b"x")
        self.fails(64, says("ALGORITHM_WEAK", "AZFOB_ALGORITHM"), "wrap", "disk", stdin=b"x", env={"AZFOB_ALGORITHM": "RSA1_5"})
        self.fails(65, says("WRAPPED_WEAK", "standard input"), "unwrap", stdin=self.text(algorithm="RSA1_5"))
        self.nobody_was_asked()


class ManagedHsm(Keys):
    def test_each_aes_key_wraps_by_its_own_algorithm_and_the_token_is_for_the_hsm(self):
        for name, key in HSM_KEYS.items():
            place, plain = f"akv://{self.hsm.host}/keys/{name}", b"0123456789abcdef" * 2
            wrapped = self.wrap(place, "--algorithm", f"A{len(key) * 8}KW", plain=plain)
            self.assertIn(f"key: https://{self.hsm.host}/keys/{name}/".encode(), wrapped)
            self.gives(plain, "unwrap", stdin=wrapped, env={"KEY_VAULT_NAME": None})
        self.assertEqual({dict(request.query)["resource"] for request in self.journal.requests("imds")}, {"https://managedhsm.azure.net"})

    def test_an_algorithm_for_another_key_is_65(self):
        place = f"akv://{self.hsm.host}/keys/kek256"
        self.fails(65, says("WRAP_REFUSED", "kek256", self.hsm.host), "wrap", place, stdin=b"x" * 16)
        wrapped = self.wrap(place, "--algorithm", "A256KW", plain=b"x" * 16)
        self.fails(65, says("UNWRAP_REFUSED", "kek256", self.hsm.host), "unwrap", stdin=wrapped.replace(b"A256KW", b"A128KW"))


class Unwrapping(Keys):
    def test_the_version_that_wrapped_unwraps_after_the_key_was_rotated(self):
        wrapped, version = self.wrap("disk"), self.vault.keys["disk"][0].version
        self.vault.keys["disk"].append(rsa_key(1))
        self.gives(EVERY_BYTE, "unwrap", stdin=wrapped)
        self.assertEqual(self.paths()[1:], [f"/keys/disk/{version}/unwrapkey"])
        self.assertIn(self.vault.keys["disk"][1].version.encode(), self.wrap("disk"))

    def test_it_needs_nothing_but_the_text(self):
        self.gives(EVERY_BYTE, "unwrap", "-i", self.path("w", self.wrap("disk")), env={"KEY_VAULT_NAME": None})
        self.gives(EVERY_BYTE, "unwrap", "-i", self.path("w"), env={"KEY_VAULT_NAME": "another"})

    def test_a_key_that_was_restored_into_another_vault_is_named(self):
        wrapped, moved = self.wrap("disk"), Vault("moved-keyvault")
        moved.keys["disk-2"] = [*self.vault.keys["disk"], rsa_key(1)]  # and rotated there
        moved.assign(self.identity, "Key Vault Crypto User")
        self.lab.vaults.append(moved)
        self.lab.vault_service.vaults = self.lab.vaults
        self.set_names()
        del self.vault.keys["disk"]
        self.fails(66, says("VAULT_MISSING", "disk", self.host, "KeyNotFound"), "unwrap", stdin=wrapped)
        self.gives(EVERY_BYTE, "unwrap", "akv://moved-keyvault/keys/disk-2", stdin=wrapped)
        self.fails(65, says("UNWRAP_REFUSED", "disk-2", moved.host), "unwrap", f"akv://moved-keyvault/keys/disk-2/{moved.keys['disk-2'][1].version}", stdin=wrapped)

    def test_a_bare_value_is_unwrapped_by_the_key_that_is_named(self):
        wrapped = self.wrap("disk", "--algorithm", "RSA-OAEP").decode().split("value: ")[1]
        value = base64.urlsafe_b64decode(wrapped.strip() + "==")
        for bare in (wrapped, wrapped.strip(), base64.b64encode(value).decode(), base64.encodebytes(value).decode()):
            self.gives(EVERY_BYTE, "unwrap", "disk", "--algorithm", "RSA-OAEP", stdin=bare.encode())
        self.fails(65, says("UNWRAP_REFUSED", "disk", self.host, "BadParameter"), "unwrap", "disk", stdin=wrapped.encode())
        self.fails(65, says("WRAPPED_BARE", "standard input"), "unwrap", "disk", stdin=b"not base64!")

    def test_what_wrap_has_not_written_is_refused_before_anybody_is_asked(self):
        good, url = self.text(), f"https://{self.host}/keys/disk/{'0' * 32}"
        rows = {
            b"": ("INPUT_EMPTY", {}), b"AAAA\n": ("WRAPPED_OTHER", {}), b"\0" * 2048: ("WRAPPED_OTHER", {}), good + b"\n": ("WRAPPED_BAD", {"a": 5}),
            b"azfob-wrapped 2\nkey: x\n": ("WRAPPED_LATER", {}), good[:40]: ("WRAPPED_BAD", {"a": 2}), good.replace(b"AAAA", b"A"): ("WRAPPED_BAD", {"a": 4}),
            good.replace(b"RSA-OAEP-256", b"ROT13"): ("WRAPPED_ALGORITHM", {}), self.text(url.replace("/keys/", "/secrets/")): ("WRAPPED_KEY", {}),
            self.text(url[:-33]): ("WRAPPED_KEY", {}), self.text(url.replace("https://", "https://x@")): ("WRAPPED_KEY", {}),
        }
        for text, (message, numbers) in rows.items():
            self.fails(65, says(message, "standard input", **numbers), "unwrap", stdin=text)
        self.fails(65, says("FILE_TOO_BIG", "standard input", a=2048), "unwrap", stdin=b"\0" * 2049)
        self.fails(65, says("FILE_READ", self.path("none"), "no such file or folder"), "unwrap", "-i", self.path("none"))
        self.fails(64, says("ALGORITHM_OTHER", "standard input", "RSA-OAEP", "RSA-OAEP-256"), "unwrap", "--algorithm", "RSA-OAEP", stdin=good)
        self.fails(64, says("TOO_MANY_OPERANDS", "unwrap", "b"), "unwrap", "a", "b", stdin=good)
        self.nobody_was_asked()

    def test_a_text_cannot_send_the_token_anywhere(self):
        for host in ("evil.example", f"{self.host}.evil.example", "vault.azure.net", "127.0.0.1.nip.example"):
            text = self.text(f"https://{host}/keys/disk/{'0' * 32}")
            self.fails(64, says("VAULT_FAR_HOST", host), "unwrap", stdin=text)
        self.nobody_was_asked()

    def test_a_damaged_value_is_65(self):
        wrapped = bytearray(self.wrap("disk"))
        wrapped[-40] = ord("B" if wrapped[-40] == ord("A") else "A")  # another letter of the alphabet: what it is, only the vault sees
        self.fails(65, says("UNWRAP_REFUSED", "disk", self.host, "BadParameter"), "unwrap", stdin=bytes(wrapped))

    def test_an_answer_of_another_key_is_not_believed(self):
        wrapped = self.wrap("disk")
        for kid in (f"https://{self.host}/keys/disk/{'1' * 32}", f"https://{self.host}/keys/other/{self.vault.keys['disk'][0].version}"):
            self.lab.fail("vault", status=200, body=f'{{"kid":"{kid}","value":"Zm9v"}}'.encode(), path="unwrapkey")
            self.fails(76, says("VAULT_OTHER_OBJECT", "disk", self.host), "unwrap", stdin=wrapped)


class EncryptedDisk(Keys):
    """What Azure Disk Encryption leaves: the passphrase is base64 text of 127 random bytes, and that text is what was wrapped."""

    PASSPHRASE = base64.b64encode(bytes(range(127)))

    def leave(self, name="bek", **tags):
        wrapped = self.wrap("disk", "--algorithm", "RSA-OAEP", plain=self.PASSPHRASE).decode()
        all_tags = {
            "DiskEncryptionKeyEncryptionAlgorithm": "RSA-OAEP", "DiskEncryptionKeyFileName": "LinuxPassPhraseFileName", "MachineName": "vm",
            "DiskEncryptionKeyEncryptionKeyURL": f"https://{self.host}:443/keys/disk/{self.vault.keys['disk'][0].version}",
        } | tags
        self.vault.put(name, wrapped.split("value: ")[1].strip(), content_type="Wrapped BEK", tags={k: v for k, v in all_tags.items() if v is not None})
        self.vault.assign(self.identity, "Key Vault Crypto User", "Key Vault Secrets User")
        self.journal.clear()

    def test_its_secret_gives_the_key_of_the_disk(self):
        self.leave()
        self.vault.keys["disk"].append(rsa_key(1))
        for ref in ("/secrets/bek", "akv://dummy-keyvault/secrets/bek", f"https://{self.host}/secrets/bek/",
                    f"@Microsoft.KeyVault(SecretUri=https://{self.host}/secrets/bek)"):
            self.gives(self.PASSPHRASE, "unwrap", ref)
        version = self.vault.keys["disk"][0].version
        self.assertEqual(self.paths()[:2], ["/secrets/bek", f"/keys/disk/{version}/unwrapkey"])
        self.assertEqual(len(self.journal.connections("vault")), 4, "one connection a run")
        self.assertEqual(len(self.journal.requests("imds")), 4, "one token a run")

    def test_an_algorithm_that_is_not_said_is_rsa_oaep(self):
        self.leave(DiskEncryptionKeyEncryptionAlgorithm=None)
        self.gives(self.PASSPHRASE, "unwrap", "/secrets/bek")

    def test_what_its_tags_cannot_mean_is_65(self):
        rows = {
            "NOT_WRAPPED": {"DiskEncryptionKeyEncryptionKeyURL": None}, "WRAPPED_WEAK": {"DiskEncryptionKeyEncryptionAlgorithm": "RSA1_5"},
            "WRAPPED_ALGORITHM": {"DiskEncryptionKeyEncryptionAlgorithm": "ROT13"}, "WRAPPED_KEY": {"DiskEncryptionKeyEncryptionKeyURL": "disk"},
        }
        for message, tags in rows.items():
            self.leave(message.replace("_", "-"), **tags)
            self.fails(65, says(message, f"/secrets/{message.replace('_', '-')}"), "unwrap", f"/secrets/{message.replace('_', '-')}")
            self.assertEqual(len(self.paths()), 1, "the key was not asked for")
        self.leave("far", DiskEncryptionKeyEncryptionKeyURL=f"https://evil.example/keys/disk/{'0' * 32}")
        self.fails(64, says("VAULT_FAR_HOST", "evil.example"), "unwrap", "/secrets/far")

    def test_what_wrap_wrote_may_lie_in_a_secret_too(self):
        self.vault.put("luks", self.wrap("disk").decode())
        self.vault.assign(self.identity, "Key Vault Crypto User", "Key Vault Secrets User")
        self.gives(EVERY_BYTE, "unwrap", "/secrets/luks")

    def test_a_secret_is_the_whole_input(self):
        self.fails(64, says("INPUT_TOO", "/secrets/x"), "unwrap", "/secrets/x", "-i", self.path("w", b"x"))
        self.fails(64, says("NAME_ALONE", "/secrets/x?decode=hex"), "unwrap", "/secrets/x?decode=hex")
        self.nobody_was_asked()


class Rights(Keys):
    def test_the_refusal_names_the_role_that_keys_take(self):
        wrapped = self.wrap("disk")
        self.vault.assign(self.identity, "Key Vault Secrets User")
        for args in (("wrap", "disk"), ("unwrap",)):
            run = self.fails(77, says("KEY_ROLE_MISSING", "disk", self.host, "ForbiddenByRbac", None, f"client id {self.identity.client_id}, object id "
                                      f"{self.identity.object_id}"), *args, stdin=wrapped[:100] if args[0] == "wrap" else wrapped)
            self.assertIn("Key Vault Crypto Service Encryption User", run.err)
        self.vault.rbac = False
        self.vault.assign(self.identity, "keys get")
        self.fails(77, says("KEY_POLICY_MISSING", "disk", self.host, "ForbiddenByPolicy"), "unwrap", stdin=wrapped)

    def test_nothing_is_told_before_the_vault_has_shown_to_be_one(self):
        self.gives(EVERY_BYTE, "unwrap", "--challenge", stdin=self.wrap("disk", "--challenge"))
        requests = self.journal.requests("vault")
        self.assertEqual([(r.method, bool(r.body), bool(r.header("Authorization"))) for r in requests], [("POST", False, False), ("POST", True, True)] * 2)
        self.assertEqual(requests[0].header("Content-Length"), "0")

    def test_no_line_of_the_trace_has_the_key(self):
        plain = b"hunter2 " * 4
        for args, stdin in ((("wrap", "disk"), plain), (("unwrap",), self.wrap("disk", plain=plain))):
            run = self.run_it(*args, "-vv", "--challenge", stdin=stdin)
            self.assertEqual(run.status, 0)
            self.assertIn("wrapkey?api-version", run.err)
            for secret in ("hunter2", url64(plain)[:24], base64.b64encode(plain).decode()[:24], "eyJ"):
                self.assertNotIn(secret, run.err)

    def test_wrapping_is_asked_for_again_when_the_answer_was_lost(self):
        self.lab.fail("vault", after=0, ending="close", path="wrapkey")
        self.wrap("disk")
        self.assertEqual(len(self.paths()), 2)


class Setting(Keys):
    def setUp(self):
        super().setUp()
        self.vault.assign(self.identity, "Key Vault Secrets Officer")

    def set(self, value, name="new", *args):
        run = self.run_it("set", name, *args, stdin=value)
        self.assertEqual((run.status, run.err), (0, ""))
        return run.out.decode()

    def test_the_value_is_the_secret_s_and_the_new_version_s_id_is_printed(self):
        for value in (b"x", "é€😀\n".encode(), b"\"\\\0\x01\n", b" " * 25600, b"\x01" * 25600):
            told = self.set(value)
            version = self.vault.secrets["new"][-1].version
            self.assertEqual(told, f"https://{self.host}/secrets/new/{version}\n")
            self.gives(value, "get", "new")
        self.assertEqual(len(self.vault.secrets["new"]), 5)

    def test_it_can_come_from_a_file_and_go_to_any_vault(self):
        self.set(b"", f"https://{self.host}/secrets/new", "-i", self.path("v", b"from a file"))
        self.gives(b"from a file", "get", "new")

    def test_what_no_secret_can_be_is_refused_before_anybody_is_asked(self):
        self.fails(65, says("INPUT_EMPTY", "standard input"), "set", "new", stdin=b"")
        self.fails(65, says("SET_TOO_LONG", "standard input", a=25600), "set", "new", stdin=b"x" * 25601)
        for value in (b"\xff", b"\xc3", b"\xed\xa0\x80"):
            self.fails(65, says("SET_NOT_TEXT", "standard input"), "set", "new", stdin=value)
        for ref in (f"/new/{'0' * 32}", "new?optional", "new#/a"):
            self.fails(64, says("NAME_ALONE", ref), "set", ref, stdin=b"x")
        self.fails(64, says("SET_CERTIFICATE", "/certificates/new"), "set", "/certificates/new", stdin=b"x")
        self.fails(64, says("REF_IS_KEY", "/keys/new"), "set", "/keys/new", stdin=b"x")
        self.fails(64, says("NO_SECRET"), "set", stdin=b"x")
        self.fails(64, says("TOO_MANY_OPERANDS", "set", "b"), "set", "a", "b", stdin=b"x")
        self.fails(64, says("PLAN_NO_VAULT", "new"), "set", "new", stdin=b"x", env={"KEY_VAULT_NAME": None})
        self.nobody_was_asked()

    def test_reading_rights_do_not_suffice(self):
        self.vault.assign(self.identity, "Key Vault Secrets User")
        run = self.fails(77, says("SET_ROLE_MISSING", "new", self.host, "ForbiddenByRbac"), "set", "new", stdin=b"hunter2")
        self.assertIn("Key Vault Secrets Officer", run.err)
        self.assertNotIn("hunter2", run.err)

    def test_the_name_of_a_deleted_secret_is_taken(self):
        self.vault.deleted.add("gone")
        self.fails(77, says("VAULT_CONFLICT", "gone", self.host, "ObjectIsDeletedButRecoverable"), "set", "gone", stdin=b"x")

    def test_nothing_is_told_before_the_vault_has_shown_to_be_one(self):
        self.set(b"hunter2", "new", "--challenge")
        self.assertEqual([(r.method, len(r.body)) for r in self.journal.requests("vault")], [("PUT", 0), ("PUT", len('{"value":"hunter2"}'))])

    def test_a_version_that_may_have_been_made_is_not_made_again(self):
        for ending in ("close", "reset", "cut"):
            self.lab.fail("vault", after=0, ending=ending)
            self.fails(75, says("NOBODY_KNOWS", self.host), "set", "new", stdin=b"x")
        self.lab.fail("vault", after=20, ending="close")
        self.fails(75, says("NOBODY_KNOWS", self.host), "set", "new", stdin=b"x")
        self.lab.fail("vault", status=503)
        self.fails(75, says("VAULT_UNSURE", "new", self.host, a=503), "set", "new", stdin=b"x")
        self.assertEqual(len(self.journal.requests("vault")), 5)

    def test_a_version_that_was_not_made_is_asked_for_again(self):
        self.lab.fail("vault", error="Throttled")
        self.lab.fail("vault", error="AKV10046", first=2)
        self.set(b"x")
        self.assertEqual(len(self.vault.secrets["new"]), 1)
        self.assertEqual(len(self.journal.requests("vault")), 3)

    def test_a_connection_that_ended_before_it_was_asked_does_no_harm(self):
        self.lab.fail("vault", flight=1, ending="close")
        self.set(b"x")
        self.assertEqual(len(self.vault.secrets["new"]), 1)

    def test_no_line_of_the_trace_has_the_value(self):
        run = self.run_it("set", "new", "-vv", stdin=b"hunter2")
        self.assertEqual(run.status, 0)
        self.assertIn("> PUT https://", run.err)
        self.assertNotIn("hunter2", run.err)


if __name__ == "__main__":
    import unittest
    unittest.main()
