"""What the user wrote: every mistake is found before anybody is asked, named with its place, and 64 or 78; and which identity it chooses."""

import unittest

from tests.standin.lab import dummy_vault
from tests.standin.model import Identity

from . import E2E, says

GUID = "01234567-89ab-cdef-0123-456789abcdef"


class Mistakes(E2E):
    def tearDown(self):
        self.nobody_was_asked()

    def all_fail(self, status, rows):
        for args, message in rows:
            with self.subTest(args=args):
                self.fails(status, message, *args)

    def test_references(self):
        get = "get"
        self.all_fail(64, [
            ((get, "my_secret"), says("REF_UNDERSCORE", "my_secret", a=3)),
            ((get, "x" * 128), says("REF_NAME_LONG")),
            ((get, "a.b"), says("REF_NAME_BYTE")),
            ((get, "caf\u00e9"), says("REF_NAME_BYTE")),
            ((get, "a b"), says("REF_NAME_BYTE", "a b", " ", a=2)),
            ((get, ""), says("REF_NO_NAME", "")),
            ((get, "akv://v1x/"), says("REF_NO_NAME")),
            ((get, "/S/123"), says("REF_VERSION", "/S/123", a=4)),
            ((get, "/S/" + "g" * 32), says("REF_VERSION")),
            ((get, "a-/S"), says("REF_VAULT")),
            ((get, "http://dummy-keyvault.vault.azure.net/secrets/S"), says("REF_PLAIN_HTTP")),
            ((get, "ftp://dummy-keyvault.vault.azure.net/secrets/S"), says("REF_SCHEME", None, "ftp://")),
            ((get, "https://me@dummy-keyvault.vault.azure.net/secrets/S"), says("REF_USER_INFO")),
            ((get, "https://dummy-keyvault.vault.azure.net:0/secrets/S"), says("REF_URL")),
            ((get, "dummy-keyvault.vault.azure.net:x/S"), says("REF_PORT")),
            ((get, "https://dummy-keyvault.vault.azure.net/nothing/S"), says("REF_COLLECTION")),
            ((get, "https://dummy-keyvault.vault.azure.net/keys/S"), says("REF_IS_KEY")),
            ((get, "akvs://not-a-guid/v1x/S"), says("REF_SUBSCRIPTION")),
            ((get, "@Microsoft.KeyVault(SecretUri=x"), says("REF_UNCLOSED")),
            ((get, "@Microsoft.KeyVault(Nothing=x)"), says("REF_APP_SERVICE")),
            ((get, "S?nothing"), says("REF_OPTION")),
            ((get, "S?decode=rot13"), says("REF_OPTION")),
            ((get, "S?optional&optional"), says("REF_OPTION_TWICE")),
            ((get, "S?decode=hex&decode=base64"), says("REF_OPTION_TWICE")),
            ((get, "S#pointer"), says("REF_POINTER")),
            ((get, "S#/a~2"), says("REF_POINTER")),
            ((get, "S\n"), says("REF_BYTE", a=2)),
        ])

    def test_every_mistake_of_a_run_is_named(self):
        run = self.run_it("get", "--format", "null", "my_secret", "good", "a b", "S?nothing")
        self.assertEqual((run.status, run.out), (64, b""))
        self.assertEqual(sorted(line.partition('"')[2].partition('"')[0] for line in run.err.splitlines()), ["S?nothing", "a b", "my_secret"])

    def test_a_name_without_a_vault(self):
        self.fails(64, says("PLAN_NO_VAULT", "S"), "get", "S", env={"KEY_VAULT_NAME": None})
        self.fails(64, says("PLAN_NO_VAULT", "S"), "get", "S", env={"KEY_VAULT_NAME": ""})

    def test_operands(self):
        self.all_fail(64, [
            ((), says("WHICH_COMMAND")),
            (("gte",), says("NEAREST_COMMAND", "gte", "get")),
            (("frobnicate",), says("NO_COMMAND", "frobnicate")),
            (("get",), says("NO_REFERENCE", "get")),
            (("get", "A", "B"), says("ONE_REFERENCE", "get")),
            (("get", "--json", "A", "B"), says("ONE_REFERENCE", "get --json")),
            (("get", "--format", "env", "A-B", "A-B"), says("PLAN_OUTPUT_TWICE")),
            (("token", ""), says("NO_RESOURCE")),
            (("token", "a", "b"), says("TOO_MANY_OPERANDS", "token", "b")),
        ])

    def test_options(self):
        g = ("get", "S")
        self.all_fail(64, [
            ((*g, "--nothing-like-it"), says("OPTION_UNKNOWN", "--nothing-like-it")),
            ((*g, "--timeot", "1s"), says("OPTION_NEAR", "--timeot", "--", "timeout")),
            ((*g, "-x"), says("OPTION_UNKNOWN", "-x")),
            ((*g, "--timeout"), says("OPTION_NO_VALUE", "--timeout", "DUR")),
            ((*g, "--timeout", "abc"), says("OPTION_VALUE", "--timeout", "abc")),
            ((*g, "--timeout=-1s"), says("OPTION_VALUE", "--timeout", "-1s")),
            ((*g, "--timeout", "25h"), says("OPTION_VALUE", "--timeout", "25h")),
            ((*g, "--timeout", "10"), says("OPTION_VALUE", "--timeout", "10")),
            ((*g, "--challenge=yes"), says("OPTION_TAKES_NONE", "--challenge")),
            ((*g, "--format", "xml"), says("OPTION_VALUE", "--format", "xml")),
            ((*g, "--mode", "999"), says("OPTION_VALUE", "--mode", "999")),
            ((*g, "--client-id", "me"), says("OPTION_VALUE", "--client-id", "me")),
            ((*g, "--resource-id", "me"), says("OPTION_VALUE", "--resource-id", "me")),
            ((*g, "--client-id", GUID, "--object-id", GUID), says("OPTION_BOTH", "--object-id")),
            ((*g, "-v", "-q"), says("OPTION_BOTH", "-q")),
            ((*g, "--json", "--format", "json"), says("OPTION_BOTH", "--format")),
            ((*g, "--identity", "magic"), says("OPTION_VALUE", "--identity", "magic")),
            ((*g, "--resolve", "host:443"), says("OPTION_VALUE", "--resolve", "host:443")),
            ((*g, "--resolve", "host:443:name"), says("OPTION_VALUE", "--resolve", "host:443:name")),
            ((*g, "--allow-host", "a b"), says("OPTION_VALUE", "--allow-host", "a b")),
            ((*g, "--ca", ""), says("OPTION_VALUE", "--ca", "")),
            ((*g, "-o"), says("OPTION_NO_VALUE", "-o", "FILE")),
            (("token", "-o", "x"), says("OPTION_ELSEWHERE", "-o")),
            (("token", "--format", "json"), says("OPTION_ELSEWHERE", "--format")),
        ])

    def test_variables_are_named_as_the_user_wrote_them(self):
        for variable, value, message in (
                ("AZFOB_TIMEOUT", "soon", says("OPTION_VALUE", "AZFOB_TIMEOUT", "soon")),
                ("AZFOB_CHALLENGE", "maybe", says("OPTION_VALUE", "AZFOB_CHALLENGE", "maybe")),
                ("AZFOB_CLIENT_ID", "me", says("OPTION_VALUE", "AZFOB_CLIENT_ID", "me")),
                ("AZURE_CLIENT_ID", "me", says("OPTION_VALUE", "AZURE_CLIENT_ID", "me")),
                ("AZFOB_TIMEOT", "1s", says("OPTION_NEAR", "AZFOB_TIMEOT", "AZFOB_", "TIMEOUT")),
                ("AZFOB_FROBNICATE", "1", says("OPTION_VARIABLE", "AZFOB_FROBNICATE")),
                ("KEY_VAULT_NAME", "my_vault", says("REF_VAULT", "my_vault")),
                ("AZURE_KEYVAULT_URL", "http://dummy-keyvault.vault.azure.net", says("REF_PLAIN_HTTP"))):
            with self.subTest(variable=variable):
                env = {"KEY_VAULT_NAME": None} | {variable: value}
                run = self.run_it("get", "S", env=env)
                self.is_failure(run, 64, message)
                self.assertIn(variable, run.err)

    def test_the_configuration_of_the_identity(self):
        half = {
            "IDENTITY_ENDPOINT": ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"),
            "IDENTITY_HEADER": ("IDENTITY_HEADER", "IDENTITY_ENDPOINT"),
            "MSI_SECRET": ("MSI_SECRET", "MSI_ENDPOINT"),
            "AZURE_FEDERATED_TOKEN_FILE": ("AZURE_FEDERATED_TOKEN_FILE", "AZURE_TENANT_ID"),
        }
        for variable, (there, missing) in half.items():
            for args in ("get", "ExamplePassword"), ("token",):
                with self.subTest(variable=variable, args=args):
                    run = self.run_it(*args, env={variable: "http://127.0.0.1/"})
                    self.is_failure(run, 78, says("IDENTITY_HALF_SET", there, missing))

    def test_other_settings_that_are_wrong(self):
        for variable, value, name in (
                ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "https://127.0.0.1", "BAD_AUTHORITY_HOST"),
                ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "127.0.0.1", "BAD_AUTHORITY_HOST"),
                ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1/path", "BAD_AUTHORITY_HOST"),
                ("AZURE_AUTHORITY_HOST", "login.example.com", "UNKNOWN_CLOUD")):
            with self.subTest(value=value):
                self.fails(78, says(name, value), "token", env={variable: value})

    def test_nothing_of_a_line_can_write_to_a_terminal(self):
        run = self.run_it("get", "\x1b[2J\x9b\u202e")
        self.assertEqual(run.status, 64)
        self.assertEqual([byte for byte in run.err.encode() if byte != 10 and not 32 <= byte < 127], [])

    def test_texts_that_are_far_too_long_are_mistakes_too_and_the_line_that_says_so_is_not_long(self):
        long = "x" * 100_000
        for args in ("get", long), ("get", "S", "--vault", long), ("get", "S", "--" + long), ("get", "S", "--resource-id", "/subscriptions/" + long), \
                ("get", f"https://{self.host}/secrets/{long}"), ("get", "S#/" + long, "--vault", long), ("token", "https://" + long), (long,):
            with self.subTest(args=[arg[:20] for arg in args]):
                run = self.run_it(*args)
                self.assertEqual((run.status, run.out), (64, b""), run.err[-200:])
                self.assertTrue(run.err.startswith("azfob: ") and run.err.endswith("\n"))
                self.assertLess(len(run.err), 4096)


class Options(E2E):
    def test_each_long_option_is_a_variable_too(self):
        self.gives(b"abc@123", "get", "ExamplePassword", env={"AZFOB_CHALLENGE": "1"})
        self.assertEqual(len(self.journal.requests("vault")), 2)
        self.gives(b'{"ExamplePassword": "abc@123"}\n', "get", "ExamplePassword", env={"AZFOB_FORMAT": "json"})
        run = self.run_it("get", "ExamplePassword", env={"AZFOB_VERBOSE": "1"})
        self.assertIn("> GET https://", run.err)

    def test_a_variable_that_is_off_is_as_if_it_were_not_there(self):
        for value in "0", "false", "no", "off", "":
            self.gives(b"abc@123", "get", "ExamplePassword", env={"AZFOB_CHALLENGE": value, "AZFOB_VERBOSE": "", "AZFOB_TIMEOUT": ""})
        self.assertEqual({request.header("Authorization") is None for request in self.journal.requests("vault")}, {False})

    def test_options_may_stand_anywhere(self):
        self.gives(b"abc@123", "get", "--timeout=30s", "ExamplePassword", "--challenge")
        self.gives(b"abc@123", "get", "-q", "--", "ExamplePassword")

    def test_what_kubernetes_sets_for_a_service_of_our_name_is_no_option(self):
        self.gives(b"abc@123", "get", "ExamplePassword", env={"AZFOB_SERVICE_HOST": "10.0.0.1", "AZFOB_PORT": "tcp://10.0.0.1:80", "AZFOB_PORT_80_TCP": "x"})

    def test_help_and_version_ask_nobody(self):
        for args in ("--help",), ("-h",), ("help",), ("get", "--help"), ("token", "--help"), ("get", "--version"), ("--version",):
            run = self.run_it(*args, env={"KEY_VAULT_NAME": None})
            self.assertEqual((run.status, run.err), (0, ""))
            self.assertIn(b"azfob", run.out)
        self.nobody_was_asked()

    def test_help_of_a_command_may_be_asked_for_in_either_order(self):
        for command in "get", "exec":
            asked = self.run_it(command, "--help")
            self.assertEqual(self.run_it("help", command), asked)
            self.assertEqual(self.run_it("--help", command), asked)
        self.assertEqual(self.run_it("help", "frobnicate"), self.run_it("help"))

    def test_help_of_a_command_names_each_of_its_options(self):
        run = self.run_it("get", "--help")
        for option in "--json", "--format", "--output", "--vault", "--client-id", "--timeout", "--wait", "--ca", "--resolve", "--allow-host", "--challenge":
            self.assertIn(f" {option} ".encode(), run.out)


class Identities(E2E):
    """A machine with one system-assigned and two user-assigned identities. Each may read its own secret's vault only by its role."""

    def make_identities(self):
        return [Identity(), Identity("app", system=False), Identity("job", system=False)]

    def make_vaults(self, identities):
        return [dummy_vault(identities[1])]

    def asked(self):
        """The selector of the last request for a token."""
        return {name: value for name, value in self.journal.requests("imds")[-1].query if name not in ("api-version", "resource")}

    def test_each_selector_as_option_and_variable(self):
        app = self.lab.identities[1]
        for option, parameter, value in ("client-id", "client_id", app.client_id), ("object-id", "object_id", app.object_id), \
                ("resource-id", "msi_res_id", app.resource_id):
            with self.subTest(option=option):
                self.gives(b"abc@123", "get", "ExamplePassword", f"--{option}", value)
                self.assertEqual(self.asked(), {parameter: value})
                self.gives(b"abc@123", "get", "ExamplePassword", env={"AZFOB_" + option.upper().replace("-", "_"): value})
                self.assertEqual(self.asked(), {parameter: value})

    def test_azure_client_id_is_what_it_is_to_the_sdks(self):
        self.gives(b"abc@123", "get", "ExamplePassword", env={"AZURE_CLIENT_ID": self.lab.identities[1].client_id})
        self.assertEqual(self.asked(), {"client_id": self.lab.identities[1].client_id})

    def test_a_selector_of_the_command_line_hides_all_of_the_environment(self):
        app, job = self.lab.identities[1:]
        self.gives(b"abc@123", "get", "ExamplePassword", "--object-id", app.object_id, env={"AZURE_CLIENT_ID": job.client_id, "AZFOB_CLIENT_ID": job.client_id})
        self.assertEqual(self.asked(), {"object_id": app.object_id})

    def test_without_one_it_is_the_systems_and_who_was_refused_is_told(self):
        system = self.lab.identities[0]
        self.fails(77, says("VAULT_ROLE_MISSING", "ExamplePassword", self.host, "ForbiddenByRbac", None,
                            f"client id {system.client_id}, object id {system.object_id}"), "get", "ExamplePassword")
        self.assertEqual(self.asked(), {})

    def test_with_several_and_no_system_assigned_one_a_choice_is_asked_for(self):
        self.lab.identities[0].system = False
        run = self.fails(78, says("IMDS_NO_IDENTITY", "of this machine", "invalid_request"), "get", "ExamplePassword")
        self.assertIn("--client-id", run.err)

    def test_a_machine_without_any_is_78(self):
        self.lab.identities.clear()
        self.lab.imds_service.identities = []
        self.fails(78, says("IMDS_NO_IDENTITY", "of this machine", "invalid_request", "Identity not found"), "token")

    def test_identity_imds_is_what_auto_finds_here(self):
        app = self.lab.identities[1]
        self.gives(b"abc@123", "get", "ExamplePassword", "--identity", "imds", "--client-id", app.client_id)

    def test_reader_is_told_what_is_missing(self):
        app = self.lab.identities[1]
        self.lab.vault.assign(app, "Reader")
        run = self.fails(77, says("VAULT_ROLE_MISSING", "ExamplePassword", self.host), "get", "ExamplePassword", "--client-id", app.client_id)
        self.assertIn('grant it the role "Key Vault Secrets User"', run.err)
        self.assertIn('"Reader" does not allow', run.err)
        self.assertIn(app.object_id, run.err)


if __name__ == "__main__":
    unittest.main()
