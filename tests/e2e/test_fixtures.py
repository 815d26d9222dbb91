"""Each recorded answer, served as it is by the vault and by IMDS: the value or token comes out, or a status of the contract."""

import json
import unittest

from tests.standin import fixture_bytes
from tests.standin.faults import FIXTURES

from . import E2E, says

TOKEN = "token"  # the status is 0 and the token of the body comes out
VALUE = "value"  # the same with the value

# What each gives as the answer of (IMDS, vault).
EXPECTED = {
    "appservice-200-2017-linux": (TOKEN, 76),
    "appservice-200-2019": (TOKEN, 76),
    "appservice-200-iso8601": (TOKEN, 76),
    "appservice-400-no-identity": (77, 70),
    "appservice-500": (75, 75),
    "arc-200": (TOKEN, 76),
    "arc-401-bad-suffix": (77, 77),
    "arc-401-path-outside-tokens-dir": (77, 77),
    "arc-404-identity-not-found": (75, 66),
    "entra-200-federated": (TOKEN, 76),
    "entra-400-aadsts70021": (78, 70),
    "entra-429-retry-after": (75, 75),
    "imds-200-doc-form": (TOKEN, 76),
    "imds-200-expires-float": (TOKEN, 76),
    "imds-200-system-assigned": (TOKEN, 76),
    "imds-400-aadsts500011": (77, 70),
    "imds-400-api-version-missing": (77, 70),
    "imds-400-identity-not-found": (78, 70),
    "imds-400-no-metadata-header": (77, 70),
    "imds-410-gone-empty": (75, 76),
    "imds-429": (75, 75),
    "kv-200-certificate": (76, 76),
    "kv-200-healthstatus": (76, 76),
    "kv-200-list-last": (76, 76),
    "kv-200-list-page1": (76, 76),
    "kv-200-max-size-value": (76, VALUE),
    "kv-200-missing-value": (76, 76),
    "kv-200-pem-conversion": (76, VALUE),
    "kv-200-secret-tags": (76, VALUE),
    "kv-200-set-secret-2018": (76, VALUE),
    "kv-200-unicode": (76, VALUE),
    "kv-200-wrapkey": (76, VALUE),
    "kv-204-purge": (78, 76),
    "kv-400-invalid-name": (77, 70),
    "kv-401-cae-insufficient-claims": (77, 77),
    "kv-401-challenge-2020": (77, 77),
    "kv-401-challenge-2023": (77, 77),
    "kv-401-foreign-resource": (77, 76),
    "kv-401-invalid-audience": (77, 77),
    "kv-401-no-challenge": (77, 76),
    "kv-401-scope-form": (77, 77),
    "kv-403-access-denied": (78, 77),
    "kv-403-forbidden-by-firewall": (78, 77),
    "kv-403-forbidden-by-policy": (78, 77),
    "kv-403-forbidden-by-rbac": (78, 77),
    "kv-403-secret-disabled": (78, 77),
    "kv-404-key-not-found": (75, 66),
    "kv-404-secret-not-found": (75, 66),
    "kv-429-no-retry-after": (75, 75),
    "mhsm-401-empty-body": (77, 76),
    "odd-307-other-host": (78, 76),
    "odd-502-html": (75, 75),
    "odd-bom-json": (76, VALUE),
    "odd-chunked-uppercase-hex": (76, VALUE),
    "odd-deep-nesting": (76, 76),
    "odd-http10-close-delimited": (76, VALUE),
    "odd-lf-only": (76, VALUE),
    "odd-truncated-body": (75, 75),  # the rest does not come: the deadline
    "sf-200-chunked": (TOKEN, 76),
    "sf-400-secret-header": (77, 70),
    "wi-proxy-200": (TOKEN, 76),
}


def member(fixture, name):
    """Read by another parser than ours: Python's, from the first brace to the last."""
    data = fixture_bytes(fixture)
    return json.loads(data[data.index(b"{"):data.rindex(b"}") + 1])[name]


class Fixtures(E2E):
    def test_no_fixture_is_left_out(self):
        self.assertEqual(sorted(EXPECTED), sorted(file.stem for file in FIXTURES.glob("*.http")))

    def check(self, place, fixture, expected, *args):
        with self.subTest(fixture=fixture):
            self.lab.fail(place, fixture=fixture, times=0)
            # What is tried again ends with the deadline, whichever try that is.
            run = self.run_it(*args, *(("--timeout", "300ms") if expected == 75 else ()))
            self.lab.reset()
            if isinstance(expected, int):
                self.assertEqual((run.status, run.out), (expected, b""), run.err)
                self.assertRegex(run.err, r"\Aazfob: [^\n]+: [^\n]+; [^\n]+\n\Z")
            else:
                name = {TOKEN: "access_token", VALUE: "value"}[expected]
                self.assertEqual((run.status, run.out, run.err), (0, member(fixture, name).encode(), ""))

    def test_each_as_the_answer_of_imds(self):
        for fixture, (expected, _) in EXPECTED.items():
            self.check("imds", fixture, expected, "token")

    def test_each_as_the_answer_of_the_vault(self):
        for fixture, (_, expected) in EXPECTED.items():
            self.check("vault", fixture, expected, "get", "ExamplePassword")

    def test_each_recorded_challenge_of_a_vault_leads_to_the_token(self):
        for fixture in EXPECTED:
            if fixture.startswith("kv-401-") and EXPECTED[fixture][1] == 77 and fixture != "kv-401-invalid-audience":
                with self.subTest(fixture=fixture):
                    self.lab.fail("vault", fixture=fixture)
                    self.gives(b"abc@123", "get", "--challenge", "ExamplePassword")
                    self.assertEqual([dict(request.query)["resource"] for request in self.journal.requests("imds")], ["https://vault.azure.net"])
                    self.lab.reset()

    def test_a_body_that_ends_early_is_76_when_the_connection_ends_too(self):
        for place, host, args in ("imds", "169.254.169.254", ("token",)), ("vault", self.host, ("get", "ExamplePassword")):
            self.lab.fail(place, fixture="odd-truncated-body", ending="close")
            self.fails(76, says("ANSWER_CUT", host), *args)
            self.lab.reset()


class Forms(E2E):
    def test_each_form_of_a_token_answer_is_understood(self):
        from tests.standin.imds import FORMS
        for form in FORMS:
            with self.subTest(form=form):
                self.lab.identity.form = form
                self.gives(b"abc@123", "get", "ExamplePassword")


if __name__ == "__main__":
    unittest.main()
