"""From the vault's name to a connection: what name servers do, and which address is tried when."""

import os
import re
import tempfile
import unittest
from pathlib import Path

from tests.standin import namespace
from tests.standin.dns import Dns, Name

from . import E2E, says

HERE = "127.0.0.1"


class Base(E2E):
    """With a name server in place of /etc/hosts, which asks twice, a second apart (see namespace.names)."""

    def set_names(self):
        namespace.names(nameserver=HERE)

    def name(self, *addresses, **row):
        """What the name server says of the vault."""
        self.dns = self.enterContext(Dns(self.journal, {self.host: Name(addresses, **row)} if addresses or row else {}))
        return self.dns

    def questions(self):
        return {(question.name, question.type) for question in self.journal.records("dns", "question")}


class NameServers(Base):
    def test_both_families_are_asked_for(self):
        self.name(HERE)
        self.gives(b"abc@123", "get", "ExamplePassword")
        self.assertEqual(self.questions(), {(self.host, "A"), (self.host, "AAAA")})

    def test_a_server_that_has_trouble_with_ipv6_does_not_hide_the_ipv4_address(self):
        """In musl, one look-up for both would fail."""
        for fault in "refused", "servfail", "formerr", "nxdomain", "garbage", "wrong-id", "drop", "empty":
            with self.subTest(fault=fault), Dns(self.journal, {self.host: Name((HERE,), fault=fault, only="AAAA")}):
                self.gives(b"abc@123", "get", "ExamplePassword")

    def test_a_chain_of_aliases_as_a_private_endpoint_has_it(self):
        self.name(HERE, aliases=("dummy-keyvault.privatelink.vaultcore.azure.net", "data-prod-weu.vaultcore.azure.net", "x.trafficmanager.net"))
        self.gives(b"abc@123", "get", "ExamplePassword")

    def test_an_answer_too_long_for_udp_is_asked_for_by_tcp(self):
        self.name(HERE, fault="truncated", aliases=tuple(f"alias-{n}-{'x' * 50}.azure.net" for n in range(8)))
        self.gives(b"abc@123", "get", "ExamplePassword")
        self.assertIn("tcp", {question.transport for question in self.journal.records("dns", "question")})

    def test_a_lost_answer_is_asked_for_again(self):
        self.name(HERE, fault="drop", times=2)
        self.gives(b"abc@123", "get", "ExamplePassword")

    def test_a_name_that_nobody_has_is_69(self):
        self.name()
        self.fails(69, says("HOST_UNKNOWN", self.host), "get", "ExamplePassword")
        self.fails(69, says("HOST_UNKNOWN", "no-such-vault.vault.azure.net"), "get", "no-such-vault/ExamplePassword")

    def test_a_name_without_addresses_is_69(self):
        self.name(aliases=("elsewhere.azure.net",))
        self.fails(69, says("HOST_UNKNOWN", self.host), "get", "ExamplePassword")

    def test_servers_without_an_answer_are_69(self):
        for fault in "servfail", "refused":
            with self.subTest(fault=fault), Dns(self.journal, {self.host: Name((HERE,), fault=fault)}):
                self.fails(69, says("NO_NAME_SERVER", self.host), "get", "ExamplePassword")

    def test_no_server_at_all_is_69(self):
        self.fails(69, says("NO_NAME_SERVER", self.host), "get", "ExamplePassword")

    def test_a_silent_server_is_69_when_it_has_been_asked_often_enough(self):
        self.name(fault="drop")
        self.fails(69, says("NO_NAME_SERVER", self.host), "get", "ExamplePassword")

    def test_a_silent_server_costs_no_more_than_the_deadline_and_leaves_no_resolver_behind(self):
        self.name(fault="drop")
        # Well before musl gives up, which is after the second that namespace.names() allows it.
        running = self.start("get", "ExamplePassword", "--timeout", "300ms", start_new_session=True)
        self.is_failure(running.end(), 75, says("DEADLINE", self.host, "no name server gave an address", a=300))
        self.assertRaises(ProcessLookupError, os.killpg, running.pid, 0)

    def test_a_slow_server_keeps_nobody_from_asking_for_the_token(self):
        self.name(fault="drop")
        running = self.start("get", "ExamplePassword")
        self.journal.wait_for("answer", "imds")
        self.assertIsNone(running.process.poll())

    def test_with_wait_the_name_may_come_up_later(self):
        for fault, message in ("nxdomain", "HOST_UNKNOWN"), ("servfail", "NO_NAME_SERVER"):
            with self.subTest(fault=fault), Dns(self.journal, {self.host: Name((HERE,), fault=fault)}) as dns:
                running = self.start("get", "ExamplePassword", "--wait", "100s")
                running.until_said("waiting")
                dns.names[self.host] = Name((HERE,))
                run = running.end()
                self.assertEqual((run.status, run.out), (0, b"abc@123"))
                self.assertIn(says(message, self.host).pattern.partition(r":\ ")[2].partition(r";\ ")[0].replace("\\", ""), run.err)

    def test_resolve_and_hosts_ask_no_server(self):
        self.name("10.9.8.7")
        self.gives(b"abc@123", "get", "ExamplePassword", "--resolve", f"{self.host}:443:{HERE}")
        namespace.names({self.host: HERE}, nameserver=HERE)
        self.gives(b"abc@123", "get", "ExamplePassword")
        self.assertEqual(self.questions(), set())

    def test_hosts_are_found_behind_lines_too_long_and_many(self):
        long = "x" * 5000
        self.name("10.9.8.7")
        namespace.replace("/etc/hosts", f"127.0.0.1 localhost\n# {long}\n10.1.1.1 {long}\n" + "10.1.1.2 other.example\n" * 200 + f"{HERE} {self.host}\n")
        self.gives(b"abc@123", "get", "ExamplePassword")
        self.assertEqual(self.questions(), set())

    def test_settings_are_read_behind_lines_too_long_and_without_a_last_line_end(self):
        self.name(HERE)
        # What is behind the 255th byte of a line is part of it, and no setting of its own.
        namespace.replace("/etc/resolv.conf", "# " + "x" * 253 + "nameserver 10.9.8.7\n" + "search example\n" * 100 + f"nameserver 127.0.0.9\noptions timeout:1 attempts:2\nnameserver {HERE}")
        self.gives(b"abc@123", "get", "ExamplePassword")
        self.assertIn((self.host, "A"), {(name, str(kind).rpartition(".")[2]) for name, kind in self.questions()})

    def test_resolve_of_another_host_or_port_changes_nothing(self):
        self.name(HERE)
        self.gives(b"abc@123", "get", "ExamplePassword", "--resolve", f"{self.host}:444:10.9.8.7", "--resolve", "other.vault.azure.net:443:10.9.8.7")

    def test_no_name_server_is_asked_for_imds(self):
        self.name(HERE)
        self.run_it("token")
        self.assertEqual(self.questions(), set())


class Addresses(Base):
    """Who was connected to, in order, is read from the system calls."""

    # On a network of its own on loopback: packets to the first of each family are lost, the second has nobody at port 443.
    SILENT, REFUSING, VAULT = "10.254.0.1", "10.254.0.2", "10.254.0.3"
    SILENT_6, REFUSING_6, VAULT_6 = "fd00:254::1", "fd00:254::2", "fd00:254::3"

    vault_address = ("127.0.0.1", 0)

    def setUp(self):
        super().setUp()
        for network in "10.254.0.0/16", "fd00:254::/64":
            self.silence(network)
        for address in self.REFUSING, self.VAULT, self.REFUSING_6, self.VAULT_6:
            namespace.add_address(address)
            self.addCleanup(namespace.remove_address, address)
        for address in self.VAULT, self.VAULT_6:
            self.enterContext(self.lab.relay("vault", (address, 443)))
        self.log = Path(self.enterContext(tempfile.TemporaryDirectory())) / "log"

    def tries(self, *args, status=0):
        """The addresses that were connected to at port 443, by their first try."""
        run = self.run_it("get", "ExamplePassword", *args, before=["strace", "-f", "-qq", "-e", "trace=connect", "-e", "signal=none", "-o", self.log])
        self.assertEqual(run.status, status, run.err)
        self.said = run.err
        return list(dict.fromkeys(re.findall(r'htons\(443\).*?"([0-9a-f.:]+)"', self.log.read_text())))

    def test_ipv6_only(self):
        self.name(self.VAULT_6)
        self.assertEqual(self.tries(), [self.VAULT_6])

    def test_ipv6_comes_first_and_one_connection_is_enough(self):
        self.name(self.VAULT, self.VAULT_6)
        self.assertEqual(self.tries(), [self.VAULT_6])
        self.assertEqual(len(self.journal.connections("vault")), 1)

    def test_an_address_that_refuses_is_followed_by_the_next(self):
        for first, second in (self.REFUSING, self.VAULT), (self.REFUSING_6, self.VAULT_6), (self.REFUSING_6, self.VAULT):
            with self.subTest(first=first), Dns(self.journal, {self.host: Name((first, second))}):
                self.assertEqual(self.tries("--timeout", "60s"), [first, second])

    def test_an_address_that_is_silent_is_followed_by_the_next(self):
        # Two of IPv6 would be sorted by musl (RFC 6724), an address of this machine first.
        for first, second in (self.SILENT, self.VAULT), (self.SILENT_6, self.VAULT):
            with self.subTest(first=first), Dns(self.journal, {self.host: Name((first, second))}):
                self.assertEqual(self.tries("--timeout", "60s"), [first, second])

    def test_families_take_turns(self):
        self.name(self.REFUSING_6, self.SILENT_6, self.REFUSING, self.VAULT)
        tries = self.tries()
        self.assertEqual([":" in address for address in tries], [True, False, True, False])
        self.assertEqual(tries[-1], self.VAULT)

    def test_all_are_tried_and_the_last_reason_is_told(self):
        refusing = [f"10.254.1.{n}" for n in range(1, 5)]
        for address in refusing:
            namespace.add_address(address)
            self.addCleanup(namespace.remove_address, address)
        self.name(*refusing, self.REFUSING_6)
        self.assertEqual(sorted(self.tries(status=69)), sorted([*refusing, self.REFUSING_6]))
        self.assertRegex(self.said, says("NO_CONNECTION", self.host, "connection refused", a=443).pattern)

    def test_all_silent_ends_with_the_deadline(self):
        self.name(self.SILENT, self.SILENT_6)
        self.assertEqual(self.tries("--timeout", "2s", status=75), [self.SILENT_6, self.SILENT])
        self.assertRegex(self.said, says("DEADLINE", self.host, "no connection", a=2000).pattern)

    def test_resolve_takes_an_ipv6_address_with_and_without_brackets(self):
        for address in self.VAULT_6, f"[{self.VAULT_6}]":
            self.assertEqual(self.tries("--resolve", f"{self.host}:443:{address}"), [self.VAULT_6])


if __name__ == "__main__":
    unittest.main()
