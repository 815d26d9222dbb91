"""Connections that fare badly before anything is asked over them, or while nothing is."""

import unittest

from tests.standin.dns import Dns, Name

from . import E2E, IMDS_ADDRESS, VAULT_ADDRESS, namespace, says

NOWHERE = "fd00::1"  # there is no route to it


class Names(E2E):
    def serve(self, server, **row):
        """A name server at an address of its own, since the last one may not have left its place yet."""
        namespace.names(nameserver=server)
        self.enterContext(Dns(self.journal, {self.host: Name(**row)}, (server, 53)))

    def test_the_addresses_of_the_slower_family_are_tried_too(self):
        """The question for IPv4 is lost once, while IPv6 is known and leads nowhere."""
        self.serve("127.0.0.53", addresses=(NOWHERE, "127.0.0.1"), fault="drop", only="A", times=1)
        self.gives(b"abc@123", "get", "ExamplePassword")
        self.assertEqual([r.type for r in self.journal.records("dns", "question")].count("A"), 2)

    def test_no_address_that_leads_anywhere_is_69_whatever_family_is_silent(self):
        for server, silent in ("127.0.0.54", "A"), ("127.0.0.55", "AAAA"):
            with self.subTest(silent=silent):
                self.serve(server, addresses=(NOWHERE, "127.0.0.9"), fault="drop", only=silent)
                self.fails(69, says("NO_CONNECTION", self.host, None, a=443), "get", "ExamplePassword")


class Idle(E2E):
    """The vault's connection stands long before the token comes."""

    def slow_token(self):
        self.lab.fail("imds", delay=2.0)

    def test_one_that_ends_while_nothing_is_asked_is_made_anew(self):
        for resolve in ((), ("--resolve", self.lab.resolve())):
            self.lab.reset()
            self.slow_token()
            self.lab.fail("vault", idle=0.3)
            self.gives(b"abc@123", "get", "ExamplePassword", *resolve)
            self.assertEqual(len(self.journal.connections("vault")), 2)
            self.assertEqual(len(self.journal.requests("vault")), 1, "nothing was asked over the one that had ended")

    def test_the_second_try_is_still_there_afterwards(self):
        self.slow_token()
        self.lab.fail("vault", idle=0.3)
        self.lab.fail("vault", after=0, ending="close")
        self.gives(b"abc@123", "get", "ExamplePassword")
        self.assertEqual(len(self.journal.requests("vault")), 2)

    def test_waiting_is_no_work(self):
        """A connection that is broken, or on which something unasked has come, must not wake it again and again."""
        for unasked in ({"idle": 0.3}, {"hangup": True, "ending": "reset"}, {"flight": 2, "ending": "reset"}):
            self.lab.reset()
            self.slow_token()
            self.lab.fail("vault", **unasked)
            run = self.run_it("get", "ExamplePassword", before=("strace", "-qq", "-c", "-U", "calls,name", "-e", "trace=poll"))
            self.assertEqual((run.status, run.out), (0, b"abc@123"), run.err)
            calls = {line.split()[1]: int(line.split()[0]) for line in run.err.splitlines()[2:-2]}
            self.assertLess(calls["poll"], 200, unasked)


class Reasons(E2E):
    imds_address = vault_address = ("127.0.0.1", 0)

    def test_two_reasons_in_turn_are_two_lines(self):
        """Neither the identity nor the vault is there; each is tried several times."""
        run = self.run_it("get", "ExamplePassword", "--wait", "3s")
        self.assertEqual((run.status, run.out), (69, b""))
        waiting = [line for line in run.err.splitlines() if "waiting" in line]
        self.assertEqual(len(waiting), len(set(waiting)), run.err)
        self.assertEqual(len(waiting), 2, run.err)

    def test_an_identity_endpoint_that_hangs_up_is_not_there_yet(self):
        self.lab.fail("imds", hangup=True, times=3)
        with self.lab.relay("imds", IMDS_ADDRESS), self.lab.relay("vault", VAULT_ADDRESS):
            run = self.run_it("get", "ExamplePassword", "--wait", "100s")
            self.assertEqual((run.status, run.out), (0, b"abc@123"), run.err)
            self.lab.reset()
            self.lab.fail("imds", hangup=True, times=2)
            self.assertEqual(self.run_it("get", "ExamplePassword").status, 75, "without --wait it is tried once more")

    def test_an_identity_endpoint_that_is_silent_is_asked_once_more(self):
        self.lab.fail("imds", after=0, ending="stall")
        with self.lab.relay("imds", IMDS_ADDRESS), self.lab.relay("vault", VAULT_ADDRESS):
            self.gives(b"abc@123", "get", "ExamplePassword")
        self.assertEqual(len(self.journal.requests("imds")), 2)


if __name__ == "__main__":
    unittest.main()
