"""IMDS refuses what the documentation says it refuses; tokens are what they claim to be."""

import json
import unittest

from . import Identity, Lab
from .client import GOOD_TOKEN_QUERY, TOKEN_PATH, curl, imds, vault
from .entra import unb64url
from .imds import FORMS

RESOURCE = "resource=https%3A%2F%2Fvault.azure.net"
VERSION = "api-version=2018-02-01"


class Refusals(unittest.TestCase):
    def setUp(self) -> None:
        self.lab = self.enterContext(Lab())

    def refused(self, status: int, error: str, *args: str, **kwargs: object) -> None:
        result = imds(self.lab, *args, **kwargs)  # type: ignore[arg-type]
        self.assertEqual(result.status, status, result.body)
        self.assertIn(error, result.json["error"] + result.json.get("error_description", ""))
        self.assertNotIn("access_token", result.json)

    def test_the_metadata_header_must_be_exactly_true(self) -> None:
        for value in ("True", "TRUE", "1", "yes", "true, true"):
            self.refused(400, "bad_request_102", GOOD_TOKEN_QUERY, metadata=value)
        self.refused(400, "bad_request_102", GOOD_TOKEN_QUERY, metadata=None)

    def test_only_get_is_served(self) -> None:
        for method in ("PUT", "DELETE"):
            self.refused(405, "method_not_allowed", GOOD_TOKEN_QUERY, "-X", method, *(["-H", "Content-Length: 0"] if method == "PUT" else []))
        self.refused(405, "method_not_allowed", "", "-d", GOOD_TOKEN_QUERY)

    def test_the_api_version_must_exist(self) -> None:
        self.refused(400, "api-version was not specified", RESOURCE)
        for version in ("2018-02-02", "", "7.4", "2018-02-01 "):
            self.refused(400, "Bad request", f"api-version={version.replace(' ', '%20')}&{RESOURCE}")

    def test_the_resource_must_exist(self) -> None:
        self.refused(400, "Required query variable", VERSION)
        for resource in ("https%3A%2F%2Fvault.keyvault.net", "vault.azure.net", "http%3A%2F%2Fvault.azure.net", "https%3A%2F%2Fdummy-keyvault.vault.azure.net"):
            self.refused(400, "AADSTS500011", f"{VERSION}&resource={resource}")

    def test_query_names_must_not_be_doubled(self) -> None:
        self.refused(400, "duplicate", f"{GOOD_TOKEN_QUERY}&{RESOURCE}")
        self.refused(400, "duplicate", f"{VERSION}&{GOOD_TOKEN_QUERY}")

    def test_at_most_one_selector_and_only_known_ones(self) -> None:
        who = self.lab.identity
        self.refused(400, "more than one", f"{GOOD_TOKEN_QUERY}&client_id={who.client_id}&object_id={who.object_id}")
        self.refused(400, "unknown query parameter", f"{GOOD_TOKEN_QUERY}&mi_res_id=x")
        self.refused(400, "unknown query parameter", f"{GOOD_TOKEN_QUERY}&clientid={who.client_id}")

    def test_a_request_that_passed_a_proxy_is_refused(self) -> None:
        self.refused(400, "proxy", GOOD_TOKEN_QUERY, "-H", "X-Forwarded-For: 10.0.0.1")
        self.refused(400, "proxy", GOOD_TOKEN_QUERY, "-H", "Via: 1.1 proxy")

    def test_the_host_must_be_this_endpoint(self) -> None:
        self.refused(400, "Host", GOOD_TOKEN_QUERY, "-H", "Host: dummy-keyvault.vault.azure.net")

    def test_an_authorization_has_no_business_here(self) -> None:
        self.refused(400, "Authorization", GOOD_TOKEN_QUERY, "-H", "Authorization: Bearer x")

    def test_a_path_that_does_not_exist_is_404(self) -> None:
        self.refused(404, "not_found", GOOD_TOKEN_QUERY, path="/metadata/identity/oauth2/token/")


class Identities(unittest.TestCase):
    def oid(self, lab: Lab, selector: str = "") -> str:
        result = imds(lab, GOOD_TOKEN_QUERY + selector)
        if result.status != 200:
            return result.json["error_description"]
        return json.loads(unb64url(result.json["access_token"].split(".")[1]))["oid"]

    def test_the_identity_is_chosen_as_on_azure(self) -> None:
        system, one, two = Identity("vm"), Identity("one", system=False), Identity("two", system=False)
        with Lab(identities=[]) as lab:
            self.assertEqual(self.oid(lab), "Identity not found")
            lab.identities += [one]
            lab.imds_service.identities = lab.identities
            self.assertEqual(self.oid(lab), one.object_id, "a single user-assigned one is taken")
            lab.identities += [two]
            self.assertIn("Multiple user assigned identities exist", self.oid(lab))
            lab.identities += [system]
            self.assertEqual(self.oid(lab), system.object_id)
            for who in (one, two):
                self.assertEqual(self.oid(lab, f"&client_id={who.client_id}"), who.object_id)
                self.assertEqual(self.oid(lab, f"&object_id={who.object_id.upper()}"), who.object_id)
                self.assertEqual(self.oid(lab, f"&msi_res_id={who.resource_id.replace('/', '%2F')}"), who.object_id)
            self.assertEqual(self.oid(lab, "&client_id=00000000-0000-0000-0000-000000000000"), "Identity not found")

    def test_every_form_of_answer_carries_a_token_that_the_vault_takes(self) -> None:
        for form in FORMS:
            with self.subTest(form), Lab(identities=[Identity(form=form)]) as lab:
                answer = imds(lab).json
                self.assertEqual(vault(lab, token=answer["access_token"]).status, 200)
        self.assertIsInstance(answer["expires_in"], int)

    def test_the_claims_are_those_of_a_managed_identity(self) -> None:
        with Lab() as lab:
            answer = imds(lab).json
            claims = json.loads(unb64url(answer["access_token"].split(".")[1]))
            self.assertEqual(claims["aud"], "https://vault.azure.net")
            self.assertEqual((claims["oid"], claims["appid"], claims["tid"]), (lab.identity.object_id, lab.identity.client_id, lab.identity.tenant))
            self.assertEqual(claims["iss"], f"https://sts.windows.net/{lab.identity.tenant}/")
            self.assertEqual(claims["xms_mirid"], lab.identity.resource_id)
            self.assertEqual(int(answer["expires_on"]), claims["exp"])

    def test_a_trailing_slash_gives_a_token_that_the_vault_refuses(self) -> None:
        with Lab() as lab:
            token = imds(lab, GOOD_TOKEN_QUERY + "%2F").json["access_token"]
            refused = vault(lab, token=token)
            self.assertEqual(refused.status, 401)
            self.assertEqual(refused.json["error"]["message"],
                             "AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://vault.azure.net/.")


class Instance(unittest.TestCase):
    def test_the_compute_document_and_its_leaves(self) -> None:
        with Lab() as lab:
            lab.imds_service.compute["tags"] = "azfob:vault"
            path = "/metadata/instance/compute"
            self.assertEqual(imds(lab, "api-version=2021-02-01", path=path).json["azEnvironment"], "AzurePublicCloud")
            self.assertEqual(imds(lab, "api-version=2021-02-01&format=text", path=path + "/tags").body, b"azfob:vault")
            self.assertEqual(imds(lab, "api-version=2021-02-01", path=path + "/tags").status, 400)
            self.assertEqual(imds(lab, "", path=path).status, 400)
            self.assertEqual(imds(lab, "", path="/metadata/versions").status, 200)

    def test_more_than_twenty_token_requests_in_a_second_are_throttled(self) -> None:
        with Lab(imds_limits=True) as lab:
            frozen = iter(range(1000))
            lab.imds_service.monotonic = lambda: next(frozen) / 1000  # 25 requests in 25 ms, however slow this machine is
            curl("-H", "Metadata: true", *[f"{lab.imds_url}{TOKEN_PATH}?{GOOD_TOKEN_QUERY}"] * 25)
            self.assertEqual([r.status for r in lab.journal.answers("imds")], [200] * 20 + [429] * 5)


if __name__ == "__main__":
    unittest.main()
