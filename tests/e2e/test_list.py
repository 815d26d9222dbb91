"""list: all names or versions, never a value; and the token goes where the vault is, wherever a page leads."""

import json

from tests.e2e import says
from tests.e2e.deliver import Delivery


class Listing(Delivery):
    def fill(self, count, page=25):
        self.vault.page = page
        names = [f"s-{number:03}" for number in range(count)]
        for name in names:
            self.vault.put(name, f"value of {name}", tags={"value": "tag", "t": "\u20ac"}, content_type="text/plain")
        return names

    def test_all_pages_are_read_over_one_connection_with_one_token(self):
        names = self.fill(130)
        run = self.run_it("list")
        self.assertEqual((run.status, run.out.decode().split("\n"), run.err), (0, ["ExamplePassword", *names, ""], ""))
        self.assertEqual((len(self.asked_for()), len(self.journal.connections("vault")), len(self.journal.requests("imds"))), (6, 1, 1))

    def test_the_size_of_the_pages_does_not_matter(self):
        for page in 1, 2, 7:
            names = self.fill(20, page)
            self.assertEqual(self.run_it("list").out.decode().split(), ["ExamplePassword", *names])

    def test_more_text_than_one_piece_of_memory_comes_out_whole(self):
        self.vault.secrets.clear()
        names = sorted(f"{number:04}" + "n" * 123 for number in range(700))
        for name in names:
            self.vault.put(name, "v")
        self.assertEqual(self.run_it("list").out.decode().split(), names)
        listed = json.loads(self.run_it("list", "--json").out)
        self.assertEqual([item["name"] for item in listed], names)

    def test_an_empty_vault_has_no_names(self):
        self.vault.secrets.clear()
        self.gives(b"", "list")
        self.gives(b"[]\n", "list", "--json")

    def test_the_vault_is_the_operand_or_the_default_one(self):
        for vault in "dummy-keyvault", "DUMMY-keyvault.vault.azure.net", "https://dummy-keyvault.vault.azure.net/":
            self.gives(b"ExamplePassword\n", "list", vault, env={"KEY_VAULT_NAME": "another"})
            self.gives(b"ExamplePassword\n", "list", "--vault", vault, env={"KEY_VAULT_NAME": "another"})
        self.fails(64, says("NO_VAULT", "list"), "list", env={"KEY_VAULT_NAME": None})

    def test_json_has_the_attributes_and_no_value_even_if_the_vault_gave_one(self):
        self.fill(3, page=2)
        listed = json.loads(self.run_it("list", "--json").out)
        self.assertEqual([item["name"] for item in listed], ["ExamplePassword", "s-000", "s-001", "s-002"])
        self.assertEqual((listed[1]["id"], listed[1]["contentType"], listed[1]["tags"], listed[1]["attributes"]["enabled"]),
                         ("https://dummy-keyvault.vault.azure.net/secrets/s-000", "text/plain", {"value": "tag", "t": "\u20ac"}, True))
        item = {"id": f"https://{self.host}/secrets/a", "value": "abc@123", "attributes": {"enabled": True}, "x": "abc@123"}
        self.lab.fail("vault", status=200, body=json.dumps({"value": [item]}).encode(), headers=(("Content-Type", "application/json"),))
        run = self.run_it("list", "--json")
        self.assertEqual(json.loads(run.out), [{"name": "a", "id": item["id"], "attributes": {"enabled": True}}])

    def test_versions_of_a_secret(self):
        made = {self.vault.put("n", str(number)).version for number in range(30)}
        run = self.run_it("list", "--versions", "n")
        self.assertEqual((run.status, set(run.out.decode().split())), (0, made))
        self.assertEqual(self.run_it("list", "--versions", "akv://dummy-keyvault/N", env={"KEY_VAULT_NAME": None}).out, run.out)
        self.assertEqual(self.run_it("list", "dummy-keyvault", "--versions", "n", env={"KEY_VAULT_NAME": None}).out, run.out)
        listed = json.loads(self.run_it("list", "--versions", "n", "--json").out)
        self.assertEqual(({item["version"] for item in listed}, {item["name"] for item in listed}), (made, {"n"}))
        self.fails(66, says("VAULT_MISSING", "none", self.host), "list", "--versions", "none")

    def test_what_is_no_list_to_ask_for_is_64_and_nobody_is_asked(self):
        self.fails(64, says("TOO_MANY_OPERANDS", "list", "b"), "list", "a", "b")
        for more in "n/0123456789abcdef0123456789abcdef", "n?optional", "n#/x":
            more = f"dummy-keyvault/{more}"
            self.fails(64, says("NOT_ONLY_NAME", more), "list", "--versions", more)
        self.fails(64, says("VAULT_FAR_HOST", "evil.example"), "list", "evil.example")
        self.nobody_was_asked()


class Refusing(Delivery):
    def page(self, link, names=("ExamplePassword",)):
        items = [{"id": f"https://{self.host}/secrets/{name}"} for name in names]
        body = json.dumps({"value": items, "nextLink": link}).encode()
        self.lab.fail("vault", status=200, body=body, headers=(("Content-Type", "application/json"),))

    def test_a_page_that_leads_elsewhere_is_76_and_nothing_is_asked_or_printed(self):
        other = self.lab.vaults
        for link in ("https://evil.example/secrets?x=1", f"https://{self.host}:8443/secrets?x=1", f"http://{self.host}/secrets?x=1",
                     f"https://{self.host}.evil.example/secrets", f"https://evil.example@{self.host}/secrets", "/secrets?x=1"):
            self.journal.clear()
            self.page(link)
            self.fails(76, says("VAULT_FAR_LINK", "secrets", self.host, link.partition("?")[0].replace("evil.example@", "...@")), "list")
            self.assertEqual(len(self.asked_for()), 1)
        self.assertEqual(len(other), 1)

    def test_a_failure_on_a_later_page_prints_no_names(self):
        self.page(f"https://{self.host}:443/secrets?api-version=7.4&$skiptoken=bad")
        self.fails(70, says("VAULT_BAD_REQUEST", "secrets", self.host), "list")

    def test_a_later_page_that_is_throttled_is_asked_for_again(self):
        self.vault.page = 1
        self.vault.put("second", "x")
        self.lab.fail("vault", path="skiptoken", error="Throttled")
        self.gives(b"ExamplePassword\nsecond\n", "list")
        self.assertEqual([request.target.count("skiptoken") for request in self.journal.requests("vault")], [0, 1, 1])

    def test_a_name_that_could_write_to_a_terminal_is_refused(self):
        self.page(None, names=("a\x1b[2J",))
        self.fails(76, says("VAULT_NO_LIST", "secrets", self.host), "list")

    def test_who_may_not_list_is_told_so(self):
        self.vault.assign(self.lab.identity, "Reader")
        self.fails(77, says("VAULT_ROLE_MISSING", "secrets", self.host), "list")

    def test_output_that_cannot_be_written_is_74(self):
        with open("/dev/full", "wb") as full:
            self.fails(74, says("PRINT_FAILED"), "list", stdout=full)
