"""Keys wrap and unwrap, in a vault and in a managed HSM, and certificates are what their secrets hold."""

import json
import subprocess
import tempfile
import time
import unittest

from . import Key, Lab, Vault
from .client import Result, vault
from .config import new_certificate, new_key
from .entra import b64url
from .faults import fixture_bytes

DATA = b"\0a key with a NUL and a high byte \xff"


class Wrapping(unittest.TestCase):
    def setUp(self) -> None:
        self.lab = self.enterContext(Lab())
        self.lab.vault.assign(self.lab.identity, "Key Vault Crypto User")
        self.lab.vault.keys["disk"] = [new_key(self.lab.vault, "disk")]

    def call(self, operation: str, version: str = "", **body: object) -> Result:
        return vault(self.lab, f"/keys/disk/{version}/{operation}?api-version=7.4", "-H", "Content-Type: application/json", "-d", json.dumps(body))

    def refused(self, result: Result, status: int, code: str) -> None:
        error = result.json["error"]
        self.assertEqual((result.status, error.get("innererror", error)["code"]), (status, code))

    def test_what_was_wrapped_is_unwrapped_by_the_same_version_and_algorithm_only(self) -> None:
        keys, data = self.lab.vault.keys["disk"], b64url(DATA)
        for algorithm, other in (("RSA-OAEP-256", "RSA-OAEP"), ("RSA-OAEP", "RSA-OAEP-256")):
            wrapped = self.call("wrapkey", alg=algorithm, value=data).json
            self.assertEqual(wrapped["kid"], f"https://dummy-keyvault.vault.azure.net/keys/disk/{keys[-1].version}")
            self.assertEqual(len(wrapped["value"]), 342)
            self.assertEqual(self.call("unwrapkey", keys[-1].version, alg=algorithm, value=wrapped["value"]).json["value"], data)
            self.refused(self.call("unwrapkey", keys[-1].version, alg=other, value=wrapped["value"]), 400, "BadParameter")
        keys.append(new_key(self.lab.vault, "disk"))
        self.refused(self.call("unwrapkey", keys[1].version, alg="RSA-OAEP", value=wrapped["value"]), 400, "BadParameter")
        self.refused(self.call("unwrapkey", alg="RSA-OAEP", value=wrapped["value"]), 400, "BadParameter")
        self.assertEqual(self.call("unwrapkey", keys[0].version, alg="RSA-OAEP", value=wrapped["value"]).json["value"], data)

    def test_openssl_unwraps_it_too(self) -> None:
        wrapped = self.call("wrapkey", alg="RSA-OAEP-256", value=b64url(DATA)).json["value"]
        with tempfile.NamedTemporaryFile() as file:
            file.write(self.lab.vault.keys["disk"][0].pem.encode())
            file.flush()
            found = subprocess.run(["sh", "-c", f"tr -- -_ +/ | openssl base64 -d -A | openssl pkeyutl -decrypt -inkey {file.name} "
                                    "-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256"], input=wrapped.encode() + b"==", capture_output=True)
        self.assertEqual(found.stdout, DATA)

    def test_bodies_are_checked(self) -> None:
        data = b64url(DATA)
        self.assertEqual(self.call("wrapkey", alg="RSA-OAEP-256", value=b64url(b"x" * 190)).status, 200)
        for body in ({"alg": "RSA-OAEP-256", "value": b64url(b"x" * 191)}, {"alg": "A128KW", "value": data},
                     {"alg": "RSA-OAEP-256", "value": data + "="}, {"alg": "RSA-OAEP-256", "value": "+/+/"}, {"alg": "RSA-OAEP-256", "value": "AB"}, {"alg": "RSA-OAEP-256"}, {"value": data}, {},
                     {"alg": "RSA-OAEP-256", "value": data, "aad": data}, {"alg": ["RSA-OAEP-256"], "value": data}, {"alg": "RSA-OAEP-256", "value": 1}):
            self.refused(self.call("wrapkey", **body), 400, "BadParameter")

    def test_keys_are_refused_outside_their_use_and_unwrap_at_any_time(self) -> None:
        key, data, now = self.lab.vault.keys["disk"][0], b64url(DATA), int(time.time())
        wrapped = self.call("wrapkey", alg="RSA-OAEP-256", value=data).json["value"]
        for changes, code in (({"exp": now - 1}, "KeyExpired"), ({"nbf": now + 1000}, "KeyNotYetValid"), ({"operations": ("unwrapKey",)}, "KeyOperationForbidden")):
            self.lab.vault.keys["disk"] = [Key(key.pem, key.version, **changes)]
            self.refused(self.call("wrapkey", alg="RSA-OAEP-256", value=data), 403, code)
            self.assertEqual(self.call("unwrapkey", alg="RSA-OAEP-256", value=wrapped).json["value"], data)
        self.lab.vault.keys["disk"] = [Key(key.pem, key.version, enabled=False)]
        self.refused(self.call("unwrapkey", alg="RSA-OAEP-256", value=wrapped), 403, "KeyDisabled")
        self.lab.vault.assign(self.lab.identity, "Key Vault Secrets Officer")
        self.refused(self.call("unwrapkey", alg="RSA-OAEP-256", value=wrapped), 403, "ForbiddenByRbac")


class Hsm(unittest.TestCase):
    def setUp(self) -> None:
        hsm = Vault("dummy-hsm", "managedhsm.azure.net")
        self.lab = self.enterContext(Lab([hsm]))
        hsm.assign(self.lab.identity, "Managed HSM Crypto User")
        for bits in (128, 192, 256):
            hsm.keys[f"k{bits}"] = [Key("", aes=bytes(range(bits // 8)), version=f"{bits:032}")]

    def call(self, key: str, operation: str, algorithm: str, value: str) -> Result:
        body = json.dumps({"alg": algorithm, "value": value})
        return vault(self.lab, f"/keys/{key}//{operation}?api-version=7.4", "-H", "Content-Type: application/json", "-d", body)

    def test_the_challenge_is_the_recorded_one(self) -> None:
        result = vault(self.lab, "/keys/k128?api-version=7.4", token=None)
        head = fixture_bytes("mhsm-401-empty-body").partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        self.assertEqual((result.status, result.body), (401, b""))
        self.assertEqual(set(result.headers) - {"x-ms-keyvault-network-info"}, {line.partition(":")[0] for line in head})
        recorded = next(line for line in head if line.startswith("www-")).partition(": ")[2]
        self.assertEqual(result.headers["www-authenticate"], recorded.replace("12345678-1234-1234-1234-123456789012", self.lab.vault.tenant))

    def test_the_resource_is_its_own(self) -> None:
        self.assertEqual(vault(self.lab, "/keys/k128?api-version=7.4", token=self.lab.token(aud="https://vault.azure.net")).status, 401)
        self.assertEqual(vault(self.lab, "/keys/k128?api-version=7.4").json["key"]["kty"], "oct-HSM")

    def test_it_wraps_as_rfc_3394_says(self) -> None:
        data = bytes.fromhex("00112233445566778899AABBCCDDEEFF")  # RFC 3394 sections 4.1 to 4.3
        for bits, wanted in {128: "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5", 192: "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D",
                             256: "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7"}.items():
            wrapped = self.call(f"k{bits}", "wrapkey", f"A{bits}KW", b64url(data)).json["value"]
            self.assertEqual(wrapped, b64url(bytes.fromhex(wanted)))
            self.assertEqual(self.call(f"k{bits}", "unwrapkey", f"A{bits}KW", wrapped).json["value"], b64url(data))
            self.assertEqual(self.call(f"k{bits}", "unwrapkey", f"A{bits}KW", b64url(bytes.fromhex(wanted[:-2] + "00"))).status, 400, "tampered")
        for algorithm, value in (("RSA-OAEP-256", data), ("A256KW", data), ("A128KW", data[:-1]), ("A128KW", data[:8])):
            self.assertEqual(self.call("k128", "wrapkey", algorithm, b64url(value)).status, 400)

    def test_it_has_no_secrets(self) -> None:
        self.lab.vault.put("n", "v")
        self.lab.vault.assign(self.lab.identity, "Key Vault Administrator")
        for path in ("/secrets/n", "/secrets", "/certificates/n"):
            self.assertEqual(vault(self.lab, path + "?api-version=7.4").status, 404)


class Certificates(unittest.TestCase):
    def setUp(self) -> None:
        self.lab = self.enterContext(Lab())
        self.lab.vault.assign(self.lab.identity, "Key Vault Certificate User")

    def get(self, path: str, query: str = "api-version=7.4") -> Result:
        return vault(self.lab, f"{path}?{query}")

    def test_a_certificate_points_to_its_secret(self) -> None:
        pem = self.lab.authority.chain("ecdsa").read_text()
        secret = self.lab.vault.put_certificate("cert", pem)
        body = self.get("/certificates/cert").json
        self.assertEqual(body["sid"], f"https://dummy-keyvault.vault.azure.net/secrets/cert/{secret.version}")
        bundle = self.get("/secrets/cert").json
        self.assertEqual((bundle["managed"], bundle["kid"], bundle["value"]), (True, body["kid"], pem))
        self.assertEqual(self.get("/certificates/ExamplePassword").status, 404)
        self.assertEqual(self.get("/certificates/none").json["error"]["code"], "CertificateNotFound")

    def test_a_pfx_is_given_as_pem_when_asked_for_since_2025(self) -> None:
        self.lab.vault.put_certificate("web", *new_certificate("web", "pfx"))
        self.lab.vault.put_certificate("new", *new_certificate("new", "pem"))
        as_pem = "outContentType=application/x-pem-file"
        self.assertRegex(self.get("/secrets/web").json["value"], "^[0-9A-Za-z+/]+=*$")
        self.assertEqual(self.get("/secrets/web").json["contentType"], "application/x-pkcs12")
        for name in ("web", "new"):
            bundle = self.get(f"/secrets/{name}", f"api-version=2025-07-01&{as_pem}").json
            self.assertIn("-----BEGIN PRIVATE KEY-----", bundle["value"])
            self.assertEqual(bundle["contentType"], "application/x-pem-file")
        self.assertTrue(self.get("/secrets/web", f"api-version=2025-07-01&{as_pem}").json["value"].startswith("-----BEGIN CERTIFICATE-----"))
        for path, query in (("/secrets/web", f"api-version=7.6&{as_pem}"), ("/secrets/web", "api-version=2025-07-01&outContentType=text/plain"),
                            ("/secrets/ExamplePassword", f"api-version=2025-07-01&{as_pem}")):
            self.assertEqual(self.get(path, query).status, 400, query)
        self.assertEqual(self.get("/certificates/web").json["policy"]["secret_props"]["contentType"], "application/x-pkcs12")


if __name__ == "__main__":
    unittest.main()
