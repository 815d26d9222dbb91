"""The flow: who is asked what, in which order, how often; and who is never given the token."""

import unittest

from tests.standin.lab import dummy_vault
from tests.standin.model import Vault

from . import E2E, IMDS_ADDRESS, VAULT_ADDRESS, says

TOKEN_PATH = "/metadata/identity/oauth2/token"
SECRET_PATH = "/secrets/ExamplePassword"
TOKEN = [f"imds GET {TOKEN_PATH}", "imds 200"]
SECRET = [f"vault GET {SECRET_PATH}", "vault 200"]
CHALLENGE = [f"vault GET {SECRET_PATH}", "vault 401"]


class Flow(E2E):
    def authorized(self):
        """Of each request to the vault, whether it had a token."""
        return [request.header("Authorization") is not None for request in self.journal.requests("vault")]

    def test_on_a_known_cloud_the_token_is_asked_for_at_once_and_sent_with_the_first_request(self):
        self.gives(b"abc@123", "get", "ExamplePassword")
        self.assertEqual(self.flow(), TOKEN + SECRET)
        self.assertEqual(self.authorized(), [True])

    def test_challenge_asks_the_vault_first_and_shows_the_three_exchanges(self):
        self.gives(b"abc@123", "get", "--challenge", "ExamplePassword")
        self.assertEqual(self.flow(), CHALLENGE + TOKEN + SECRET)
        self.assertEqual(self.authorized(), [False, True])

    def test_both_requests_of_a_challenge_go_over_one_connection(self):
        self.gives(b"abc@123", "get", "--challenge", "ExamplePassword")
        self.assertEqual(len(self.journal.connections("vault")), 1)
        self.assertEqual(len(self.journal.connections("imds")), 1)

    def test_the_requests_are_as_the_services_want_them(self):
        self.gives(b"abc@123", "get", "ExamplePassword")
        token, = self.journal.requests("imds")
        self.assertEqual(token.target, f"{TOKEN_PATH}?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net")
        self.assertEqual([(name.lower(), value) for name, value in token.headers], [("host", "169.254.169.254"), ("metadata", "true")])
        secret, = self.journal.requests("vault")
        self.assertEqual(secret.target, f"{SECRET_PATH}?api-version=7.4")
        self.assertEqual([name.lower() for name, _ in secret.headers], ["host", "accept", "authorization"])
        self.assertEqual(secret.header("Host"), self.host)

    def test_the_handshake_names_the_vault_and_http_1_1(self):
        self.gives(b"abc@123", "get", "ExamplePassword")
        handshake, = self.journal.handshakes("vault")
        self.assertEqual((handshake.version, handshake.alpn, handshake.sni), ("TLSv1.2", "http/1.1", self.host))

    def test_a_401_for_a_token_is_obeyed_once_with_a_new_token(self):
        self.lab.identity.token_seconds = -60
        run = self.run_it("get", "ExamplePassword")
        self.is_failure(run, 77, says("VAULT_TOKEN_REFUSED", "ExamplePassword", self.host))
        self.assertEqual(self.flow(), (TOKEN + CHALLENGE) * 2)

    def test_token_gives_a_token_for_the_vaults_and_asks_no_vault(self):
        run = self.run_it("token")
        self.assertEqual((run.status, run.err), (0, ""))
        claims = self.lab.entra.verify(run.out.decode())
        self.assertEqual((claims["aud"], claims["oid"]), ("https://vault.azure.net", self.lab.identity.object_id))
        self.assertEqual(self.flow(), TOKEN)
        self.assertEqual(self.journal.connections("vault"), [])

    def test_token_asks_for_exactly_the_resource_that_is_named(self):
        run = self.run_it("token", "https://management.azure.com/")
        self.assertEqual(self.lab.entra.verify(run.out.decode())["aud"], "https://management.azure.com/")

    def test_a_resource_has_a_largest_length(self):
        self.fails(77, says("IMDS_RESOURCE"), "token", "/" * 512)
        self.assertEqual(len(self.journal.requests("imds")), 1)
        for resource, message in (("/" * 513, says("RESOURCE_LONG", a=512)), ("", says("NO_RESOURCE"))):
            self.fails(64, message, "token", resource)
        self.assertEqual(len(self.journal.requests("imds")), 1)

    def test_get_of_what_is_only_on_the_challenge_path_needs_no_second_token(self):
        """One token a run: the second secret is asked for with the first one's token."""
        self.lab.vault.put("Other", "x")
        self.gives(b"abc@123\0x\0", "get", "--challenge", "--format", "null", "ExamplePassword", "Other")
        self.assertEqual(len(self.journal.requests("imds")), 1)


class ManySecrets(E2E):
    def make_vaults(self, identities):
        first, second = dummy_vault(identities[0]), Vault("other-keyvault")
        for n in range(40):
            first.put(f"s{n}", f"value {n}")
        second.put("there", "far")
        second.assign(identities[0], "Key Vault Secrets User")
        return [first, second]

    def test_many_secrets_need_one_token_and_few_connections(self):
        names = [f"s{n}" for n in range(40)]
        self.gives(b"".join(b"value %d\0" % n for n in range(40)), "get", "--format", "null", *names)
        self.assertEqual(len(self.journal.requests("imds")), 1)
        self.assertEqual(len(self.journal.requests("vault")), 40)
        self.assertLessEqual(len(self.journal.connections("vault")), 8)

    def test_a_secret_that_is_named_twice_is_fetched_once(self):
        self.gives(b"value 1\0value 1\0value 1\0", "get", "--format", "null", "s1", "akv://dummy-keyvault/s1", f"https://{self.host}/secrets/s1")
        self.assertEqual([request.path for request in self.journal.requests("vault")], ["/secrets/s1"])

    def test_two_vaults_of_a_cloud_are_served_with_one_token(self):
        self.gives(b"value 1\0far\0", "get", "--format", "null", "s1", "other-keyvault/there")
        self.assertEqual(len(self.journal.requests("imds")), 1)
        self.assertEqual({request.header("Host") for request in self.journal.requests("vault")}, {vault.host for vault in self.lab.vaults})

    def test_a_later_connection_to_the_same_vault_resumes_the_tls_session(self):
        """The server closes after each answer, so that every secret needs a connection."""
        self.lab.fail("vault", times=0, headers=(("Connection", "close"),), framing="close")
        names = [f"s{n}" for n in range(3)]
        self.gives(b"value 0\0value 1\0value 2\0", "get", "--format", "null", *names)
        self.assertEqual([shake.resumed for shake in self.journal.handshakes("vault")], [False, True, True])


class Overlap(E2E):
    """Each of two places answers only when the other has been reached: one after the other would never end."""

    def test_the_token_is_asked_for_while_the_vault_has_not_yet_answered_the_handshake(self):
        with self.lab.relay("vault", VAULT_ADDRESS, gated=True) as relay:
            running = self.start("get", "ExamplePassword")
            self.journal.wait_for("hello", "vault")
            self.journal.wait_for("answer", "imds")
            self.assertEqual(self.journal.handshakes("vault"), [])
            relay.open()
            run = running.end()
        self.assertEqual((run.status, run.out), (0, b"abc@123"))

    vault_address = ("127.0.0.1", 0)


class OverlapOfTheOther(E2E):
    imds_address = ("127.0.0.1", 0)

    def test_the_handshake_with_the_vault_runs_while_the_token_has_not_yet_come(self):
        with self.lab.relay("imds", IMDS_ADDRESS, gated=True) as relay:
            running = self.start("get", "ExamplePassword")
            self.journal.wait_for("answer", "imds")
            self.journal.wait_for("handshake", "vault")
            self.assertEqual(self.journal.requests("vault"), [])
            relay.open()
            run = running.end()
        self.assertEqual((run.status, run.out), (0, b"abc@123"))

    def test_with_challenge_nobody_asks_for_a_token_before_the_vault_did(self):
        with self.lab.relay("imds", IMDS_ADDRESS, gated=True) as relay:
            running = self.start("get", "--challenge", "ExamplePassword")
            self.journal.wait_for("request", "imds")
            relay.open()
            running.end()
        self.assertEqual(self.flow(), CHALLENGE + TOKEN + SECRET)


class WhoMayHaveTheToken(E2E):
    def make_vaults(self, identities):
        far = Vault("vault", suffix="example.net")
        far.put("ExamplePassword", "far away")
        far.assign(identities[0], "Key Vault Secrets User")
        return [dummy_vault(identities[0]), far]

    def no_token_left(self):
        """Whatever was said, no request to the vault carried a token."""
        self.assertEqual([request for request in self.journal.requests("vault") if request.header("Authorization")], [])

    def test_a_host_outside_the_known_clouds_is_not_even_connected_to(self):
        for ref in "vault.example.net/ExamplePassword", "https://vault.azure.net.evil.example/secrets/x", "https://evilvault.azure.net/secrets/x":
            with self.subTest(ref=ref):
                host = ref.removeprefix("https://").partition("/")[0]
                self.fails(64, says("VAULT_FAR_HOST", host), "get", ref)
        self.nobody_was_asked()

    def test_such_a_host_is_asked_first_and_only_for_a_resource_above_it(self):
        self.lab.imds_service.resources.add("https://example.net")
        self.lab.fail("vault", certificate="wrong-name", times=0)
        self.gives(b"far away", "get", "--allow-host", "vault.example.net", "vault.example.net/ExamplePassword")
        self.assertEqual(self.flow(), CHALLENGE + TOKEN + SECRET)
        self.assertEqual(dict(self.journal.requests("imds")[0].query)["resource"], "https://example.net")

    def test_allow_host_allows_that_host_only(self):
        self.fails(64, says("VAULT_FAR_HOST", "vault.example.net"), "get", "--allow-host", "example.net", "vault.example.net/ExamplePassword")
        self.nobody_was_asked()

    def test_a_challenge_for_a_foreign_resource_gets_no_token(self):
        for resource in ("https://vault.azure.cn", "https://management.azure.com", "https://azure.net.evil.example", "https://net", "http://vault.azure.net",
                         "https://vault.azure.net:444", "https://vault.azure.net/x", "https://x@vault.azure.net", "https://dummy-keyvault.vault.azure.net.",
                         "vault.azure.net", "https://ault.azure.net"):
            with self.subTest(resource=resource):
                header = f'Bearer authorization="https://login.windows.net/{self.lab.vault.tenant}", resource="{resource}"'
                self.lab.fail("vault", status=401, headers=(("WWW-Authenticate", header),))
                self.fails(76, says("VAULT_FOREIGN_CHALLENGE", self.host, resource.replace("//x@", "//...@")), "get", "--challenge", "ExamplePassword")
                self.no_token_left()
                self.assertEqual(self.journal.requests("imds"), [])
                self.lab.reset()

    def test_a_vault_that_asks_for_no_token_gets_none(self):
        for settings in ({"fixture": "kv-401-no-challenge"}, {"status": 401, "headers": (("WWW-Authenticate", "Basic realm=\"x\""),)},
                         {"status": 401, "headers": (("WWW-Authenticate", "Bearer realm=\"x\""),)}):
            with self.subTest(**settings):
                self.lab.fail("vault", **settings)
                self.fails(76, says("VAULT_NO_CHALLENGE", self.host), "get", "--challenge", "ExamplePassword")
                self.assertEqual(self.journal.requests("imds"), [])
                self.lab.reset()

    def test_a_200_before_the_token_was_asked_for_is_not_believed(self):
        """Somebody else than the vault answers: the identity that was asked for was not used."""
        self.lab.fail("vault", fixture="kv-200-secret-tags")
        self.fails(76, says("VAULT_NO_CHALLENGE", self.host), "get", "--challenge", "ExamplePassword")

    def test_redirects_are_not_followed(self):
        for status in 301, 302, 303, 307, 308:
            with self.subTest(status=status):
                self.lab.fail("vault", status=status, headers=(("Location", "https://vault.example.net/secrets/ExamplePassword"),))
                self.fails(76, says("VAULT_REDIRECT", "ExamplePassword", self.host, a=status), "get", "ExamplePassword")
                self.assertEqual([request.header("Host") for request in self.journal.requests("vault")], [self.host])
                self.lab.reset()

    def test_a_redirect_of_imds_is_not_followed(self):
        self.lab.fail("imds", status=302, headers=(("Location", "https://vault.example.net/"),))
        self.fails(78, says("IMDS_NOT_IMDS", None, None, None, "169.254.169.254", a=302), "token")
        self.assertEqual(len(self.journal.requests("imds")), 1)
        self.assertEqual(self.journal.connections("vault"), [])

    def test_a_proxy_that_is_set_is_not_used_for_imds(self):
        proxy = "http://127.0.0.1:9"
        run = self.run_it("token", env={name: proxy for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")})
        self.assertEqual((run.status, run.err), (0, ""))


if __name__ == "__main__":
    unittest.main()
