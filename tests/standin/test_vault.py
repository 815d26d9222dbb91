"""Key Vault refuses what the service refuses, in the service's words, and gives what it gives."""

import re
import unittest
from typing import Any

from . import Identity, Lab, Vault
from .client import Result, raw, vault
from .entra import b64url
from .faults import fixture_bytes

GET = "/secrets/ExamplePassword?api-version=7.4"


class Tokens(unittest.TestCase):
    def setUp(self) -> None:
        self.lab = self.enterContext(Lab())

    def refused(self, message: str, token: str | None, *args: str) -> None:
        result = vault(self.lab, GET, *args, token=token)
        self.assertEqual((result.status, result.json["error"]["code"]), (401, "Unauthorized"))
        self.assertIn(message, result.json["error"]["message"])
        self.assertEqual(result.headers["www-authenticate"],
                         f'Bearer authorization="https://login.windows.net/{self.lab.vault.tenant}", resource="https://vault.azure.net"')

    def test_without_a_token_there_is_the_challenge(self) -> None:
        self.refused("AKV10000: Request is missing a Bearer or PoP token.", None)
        self.refused("AKV10000", None, "-H", "Authorization: Basic eDp5")
        self.refused("AKV10000", None, "-H", "Authorization: Bearer")
        self.refused("AKV10000", None, "-H", "Authorization: bearer " + self.lab.token())

    def test_audience_issuer_times_and_signature_are_checked(self) -> None:
        token = self.lab.token
        self.refused("AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://vault.azure.net/.", token(aud="https://vault.azure.net/"))
        self.refused("AKV10022", token(aud="https://management.azure.com"))
        self.refused("AKV10032: Invalid issuer.", token(iss="https://sts.windows.net/11111111-1111-1111-1111-111111111111/"))
        self.refused("[TokenExpired] Error validating token", token(exp=1))
        self.refused("Token not yet valid", token(nbf=4102444800))

    def test_a_forged_token_is_refused(self) -> None:
        head, body, signature = self.lab.token().split(".")
        other = Lab(identities=[Identity("other")]).token().split(".")
        self.refused("Error validating token", f"{head}.{other[1]}.{signature}")
        self.refused("Error validating token", f"{head}.{body}")
        self.refused("Error validating token", f"{head}.{body}.{signature}=")
        self.refused("Error validating token", f"{head}.{body}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}")
        self.refused("AKV10046: Unable to resolve the key", b64url(b'{"alg":"none"}') + f".{body}.")
        self.refused("AKV10046", b64url(b'{"typ":"JWT","alg":"RS256","kid":"x"}') + f".{body}.{signature}")

    def test_any_claim_missing_is_refused(self) -> None:
        for claim in ("iss", "exp", "nbf"):
            result = vault(self.lab, GET, token=self.lab.token(**{claim: None}))
            self.assertEqual(result.status, 401, claim)


class Rights(unittest.TestCase):
    def outcome(self, lab: Lab, target: str = GET) -> tuple[int, str]:
        result = vault(lab, target)
        return result.status, result.json.get("error", {}).get("innererror", {}).get("code", "")

    def test_reader_is_refused_and_secrets_user_is_allowed(self) -> None:
        with Lab() as lab:
            for role, wanted in {"Reader": (403, "ForbiddenByRbac"), "Key Vault Reader": (403, "ForbiddenByRbac"), "Key Vault Secrets User": (200, ""),
                                 "Key Vault Secrets Officer": (200, ""), "Key Vault Crypto User": (403, "ForbiddenByRbac")}.items():
                lab.vault.assign(lab.identity, role)
                self.assertEqual(self.outcome(lab), wanted, role)

    def test_the_refusal_has_the_recorded_lines(self) -> None:
        with Lab() as lab:
            lab.vault.assign(lab.identity, "Reader")
            message = vault(lab, GET).json["error"]["message"]
            recorded = fixture_bytes("kv-403-forbidden-by-rbac").decode().partition('"message":"')[2].partition('","innererror')[0]
            names = [re.split("[:=]", line)[0] for line in recorded.split("\\r\\n")]
            self.assertEqual([re.split("[:=]", line)[0] for line in message.split("\r\n")], names)
            self.assertIn(f"appid={lab.identity.client_id};oid={lab.identity.object_id};", message)

    def test_access_policies_and_networks(self) -> None:
        with Lab() as lab:
            lab.vault.rbac = False
            lab.vault.assign(lab.identity, "secrets list")
            self.assertEqual(self.outcome(lab), (403, "ForbiddenByPolicy"))
            self.assertEqual(self.outcome(lab, "/secrets?api-version=7.4"), (200, ""))
            lab.vault.assign(lab.identity, "secrets get")
            self.assertEqual(self.outcome(lab), (200, ""))
            for code in ("ForbiddenByFirewall", "ForbiddenByConnection"):
                lab.vault.firewall = code
                self.assertEqual(self.outcome(lab), (403, code))


class Requests(unittest.TestCase):
    def setUp(self) -> None:
        self.lab = self.enterContext(Lab())

    def error(self, result: Result) -> tuple[int, str]:
        return result.status, result.json["error"]["code"]

    def test_the_api_version_must_be_there_and_known(self) -> None:
        for query in ("", "?api-version=", "?api-version=2023-07-01", "?api-version=7.04", "?api-version=2018-02-01"):
            self.assertEqual(self.error(vault(self.lab, "/secrets/ExamplePassword" + query)), (400, "BadParameter"), query)
        for version in ("2016-10-01", "7.0", "7.4", "7.6", "2025-07-01", "7.4-preview.1"):
            self.assertEqual(vault(self.lab, "/secrets/ExamplePassword?api-version=" + version).status, 200, version)
        self.assertEqual(self.error(vault(self.lab, GET + "&api-version=7.4")), (400, "BadParameter"))
        self.assertEqual(self.error(vault(self.lab, GET + "&resource=x")), (400, "BadParameter"))

    def test_names_versions_and_paths_are_checked(self) -> None:
        for path, wanted in {
            "/secrets/my_secret": (400, "BadParameter"), "/secrets/my.secret": (400, "BadParameter"), "/secrets/" + "x" * 128: (400, "BadParameter"),
            "/secrets/a%2Db": (400, "BadParameter"), "//secrets/ExamplePassword": (400, "BadParameter"), "/secrets/ExamplePassword/latest": (400, "BadParameter"),
            "/secrets/Nope": (404, "SecretNotFound"), "/secrets/ExamplePassword/" + "0" * 32: (404, "SecretNotFound"), "/secret/ExamplePassword": (404, "NotFound"),
            "/": (404, "NotFound"), "/secrets/ExamplePassword/" + "0" * 32 + "/x": (404, "NotFound"), "/keys/Nope": (403, "Forbidden"),
        }.items():
            self.assertEqual(self.error(vault(self.lab, path + "?api-version=7.4")), wanted, path)
        self.assertEqual(vault(self.lab, "/secrets/" + "x" * 127 + "?api-version=7.4").status, 404)
        self.assertEqual(vault(self.lab, "/secrets/examplepassword/?api-version=7.4").status, 200)

    def test_methods_and_accept_are_checked(self) -> None:
        self.assertEqual(self.error(vault(self.lab, GET, "-X", "DELETE")), (405, "MethodNotAllowed"))
        self.assertEqual(self.error(vault(self.lab, GET, "-H", "Accept: text/plain")), (406, "NotAcceptable"))
        self.assertEqual(vault(self.lab, GET, "-H", "Accept: application/json").status, 200)

    def test_host_and_sni_must_name_the_same_existing_vault(self) -> None:
        self.lab.vaults.append(Vault("second"))
        self.assertEqual(vault(self.lab, GET, host="second.vault.azure.net").status, 403)
        self.assertEqual(vault(self.lab, GET, "-H", "Host: second.vault.azure.net").status, 400)
        self.assertEqual(vault(self.lab, GET, "-H", "Host: 127.0.0.1").status, 400)
        self.assertEqual(vault(self.lab, GET, host="third.vault.azure.net").code, 35, "unrecognized_name")
        for port, status in ((443, 200), (self.lab.port("vault"), 200), (80, 400), ("0443", 400)):
            self.assertEqual(vault(self.lab, GET, "-H", f"Host: DUMMY-keyvault.vault.azure.net:{port}").status, status, port)
        self.assertEqual(vault(self.lab, GET, host="dummy-keyvault.vault.azure.net:444").status, 400)

    def test_plain_http_on_the_tls_port_gets_no_answer_of_a_vault(self) -> None:
        self.assertNotIn(b"HTTP", raw(self.lab.port("vault"), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"))

    def test_the_request_id_is_echoed_when_asked_for(self) -> None:
        result = vault(self.lab, GET, "-H", "x-ms-client-request-id: abc", "-H", "x-ms-return-client-request-id: true")
        self.assertEqual(result.headers["x-ms-client-request-id"], "abc")
        self.assertNotIn("x-ms-client-request-id", vault(self.lab, GET, "-H", "x-ms-client-request-id: abc").headers)

    def test_the_headers_are_those_of_the_recordings(self) -> None:
        recorded = fixture_bytes("kv-401-challenge-2023").partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        wanted = [line.partition(":")[0].lower() for line in recorded if "client-request-id" not in line]
        self.assertEqual(list(vault(self.lab, GET, token=None).headers), wanted)


class Objects(unittest.TestCase):
    def setUp(self) -> None:
        self.lab = self.enterContext(Lab())
        self.vault = self.lab.vault
        self.vault.assign(self.lab.identity, "Key Vault Administrator")

    def get(self, path: str, *args: str) -> Result:
        return vault(self.lab, path + ("&" if "?" in path else "?") + "api-version=7.4", *args)

    def test_a_bundle_has_value_id_and_attributes(self) -> None:
        self.vault.put("n", 'é\n"\\😀', content_type="text/plain", tags={"value": "no", "id": "no"}, nbf=1, exp=2)
        body = self.get("/secrets/n").json
        self.assertEqual(body["value"], 'é\n"\\😀')
        self.assertEqual(body["tags"], {"value": "no", "id": "no"})
        self.assertRegex(body["id"], r"^https://dummy-keyvault.vault.azure.net/secrets/n/[0-9a-f]{32}$")
        self.assertEqual((body["attributes"]["nbf"], body["attributes"]["exp"]), (1, 2), "an expired secret is given out all the same")

    def test_versions_and_disabled_and_deleted_secrets(self) -> None:
        old, new = self.vault.put("n", "old"), self.vault.put("n", "new")
        self.assertEqual(self.get("/secrets/n").json["value"], "new")
        self.assertEqual(self.get(f"/secrets/n/{old.version}").json["value"], "old")
        new.enabled = False
        disabled = self.get("/secrets/n")
        recorded = fixture_bytes("kv-403-secret-disabled").partition(b"\r\n\r\n")[2]
        self.assertEqual((disabled.status, disabled.body), (403, recorded))
        self.assertEqual(self.get(f"/secrets/n/{old.version}").status, 200)
        self.vault.deleted.add("n")
        self.assertEqual(self.get("/secrets/n").status, 404)

    def test_not_found_is_worded_as_recorded(self) -> None:
        recorded = fixture_bytes("kv-404-secret-not-found").partition(b"\r\n\r\n")[2]
        self.assertEqual(self.get("/secrets/ShouldNotExist").body, recorded)

    def pages(self, path: str) -> list[list[str]]:
        found: list[list[str]] = []
        link: str | None = path
        while link:
            self.assertIn("api-version=7.4", link)
            page: Any = vault(self.lab, link.removeprefix("https://dummy-keyvault.vault.azure.net:443")).json
            found.append([item["id"] for item in page["value"]])
            self.assertFalse([item for item in page["value"] if "value" in item])
            self.assertIn("nextLink", page)
            link = page["nextLink"]
        return found

    def test_lists_come_in_pages_with_absolute_links_and_explicit_port(self) -> None:
        self.vault.put_many(60)
        pages = self.pages("/secrets?api-version=7.4")
        self.assertEqual([len(page) for page in pages], [25, 25, 11])
        self.assertEqual(len({name for page in pages for name in page}), 61)
        self.assertEqual([len(page) for page in self.pages("/secrets?api-version=7.4&maxresults=20")], [20, 20, 20, 1])
        own = f"dummy-keyvault.vault.azure.net:{self.lab.port('vault')}"
        self.assertTrue(self.get("/secrets", "-H", f"Host: {own}").json["nextLink"].startswith(f"https://{own}/secrets?"), "where the client found it")
        for wrong in ("0", "26", "-1", "x"):
            self.assertEqual(self.get(f"/secrets?maxresults={wrong}").status, 400)
        self.assertEqual(self.get("/secrets?$skiptoken=x").status, 400)

    def test_versions_are_listed(self) -> None:
        versions = {self.vault.put("n", str(i)).version for i in range(3)}
        self.assertEqual({name[-32:] for name in self.pages("/secrets/n/versions?api-version=7.4")[0]}, versions)
        self.assertEqual(self.get("/secrets/none/versions").status, 404)

    def test_set_makes_a_new_version(self) -> None:
        put = ("-X", "PUT", "-H", "Content-Type: application/json", "-d")
        made = self.get("/secrets/ExamplePassword", *put, '{"value":"Pa$$w0rd","tags":{"a":"b"}}')
        self.assertEqual((made.status, made.json["value"]), (200, "Pa$$w0rd"))
        self.assertEqual(self.get("/secrets/ExamplePassword").json["id"], made.json["id"])
        for body in ("{}", '{"value":1}', '{"value":"x","valu":1}', "x", "[]", '{"value":"' + "x" * 25601 + '"}', '{"value":"x","value":"y"}',
                     '{"value":"x","attributes":{"exp":NaN}}', '{"value":"x","contentType":"' + "x" * 256 + '"}', '{"value":"x","tags":{"a":1}}',
                     '{"value":"x","tags":{' + ",".join(f'"{n}":""' for n in range(16)) + "}}"):
            self.assertEqual(self.get("/secrets/n", *put, body).status, 400, body[:20])
        self.assertEqual(self.get("/secrets/n", "-X", "PUT", "-d", '{"value":"x"}').status, 415)
        self.vault.deleted.add("gone")
        self.assertEqual(self.get("/secrets/gone", *put, '{"value":"x"}').status, 409)
        self.vault.assign(self.lab.identity, "Key Vault Secrets User")
        self.assertEqual(self.get("/secrets/n", *put, '{"value":"x"}').status, 403)

    def test_health_needs_neither_token_nor_version(self) -> None:
        result = vault(self.lab, "/healthstatus", token=None)
        self.assertEqual((result.status, result.body), (200, b'"OK"'))
        self.assertIn("addr=127.0.0.1", result.headers["x-ms-keyvault-network-info"])


if __name__ == "__main__":
    unittest.main()
