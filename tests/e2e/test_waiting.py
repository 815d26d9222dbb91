"""Places that nobody listens at, or not yet: what --wait and --timeout make of them."""

import unittest

from tests.standin import namespace

from . import E2E, IMDS_ADDRESS, MESSAGES, VAULT_ADDRESS, says

IMDS = "169.254.169.254"


class ComingUp(E2E):
    """Nothing listens at first. The stand-in opens its port when azfob has said that it waits for it."""

    imds_address = ("127.0.0.1", 0)
    vault_address = ("127.0.0.1", 0)

    def waiting(self, name, *args):
        """The line without WHAT TO DO."""
        return says(name, *args).pattern.replace("azfob:", "azfob: waiting:", 1).partition(r";\ ")[0]

    def test_nobody_there_is_69_at_once(self):
        self.fails(69, says("IMDS_ABSENT", IMDS, "connection refused"), "token")
        with self.lab.relay("imds", IMDS_ADDRESS):
            self.fails(69, says("NO_CONNECTION", self.host, "connection refused", a=443), "get", "ExamplePassword")

    def test_without_a_route_it_is_69_at_once(self):
        namespace.remove_address(IMDS)
        self.addCleanup(namespace.add_address, IMDS)
        self.fails(69, says("IMDS_ABSENT", IMDS, "no route to the network"), "token")
        with self.lab.relay("imds", ("127.0.0.5", 80)):
            self.fails(69, says("NO_CONNECTION", self.host, "no route to the network", a=443), "get", "ExamplePassword", "--resolve", f"{self.host}:443:10.9.8.7",
                       env={"AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.5"})

    def test_with_wait_imds_may_come_up_later(self):
        with self.lab.relay("vault", VAULT_ADDRESS):
            running = self.start("get", "ExamplePassword", "--wait", "100s")
            running.until_said("waiting")
            with self.lab.relay("imds", IMDS_ADDRESS):
                run = running.end()
        self.assertEqual((run.status, run.out), (0, b"abc@123"))
        self.assertRegex(run.err, rf"\A{self.waiting('IMDS_ABSENT', IMDS)}\n\Z")

    def test_with_wait_the_vault_may_come_up_later(self):
        with self.lab.relay("imds", IMDS_ADDRESS):
            running = self.start("get", "ExamplePassword", "--wait", "100s")
            running.until_said("waiting")
            with self.lab.relay("vault", VAULT_ADDRESS):
                run = running.end()
        self.assertEqual((run.status, run.out), (0, b"abc@123"))
        self.assertRegex(run.err, rf"\A{self.waiting('NO_CONNECTION', self.host, None)}\n\Z")

    def test_with_wait_the_route_may_come_up_later(self):
        namespace.remove_address(IMDS)
        with self.lab.relay("vault", VAULT_ADDRESS):
            running = self.start("get", "ExamplePassword", "--wait", "100s")
            running.until_said("waiting")
            namespace.add_address(IMDS)
            with self.lab.relay("imds", IMDS_ADDRESS):
                run = running.end()
        self.assertEqual((run.status, run.out), (0, b"abc@123"))

    def test_wait_ends_with_what_it_waited_for(self):
        run = self.run_it("token", "--wait", "1s")
        self.assertEqual((run.status, run.out), (69, b""))
        first, second = run.err.splitlines()
        self.assertRegex(first, rf"\A{self.waiting('IMDS_ABSENT', IMDS)}\Z")
        self.assertRegex(second, rf"\A{says('IMDS_ABSENT', IMDS, 'connection refused').pattern}\Z")

    def test_timeout_ends_wait(self):
        run = self.run_it("token", "--wait", "1h", "--timeout", "1s")
        self.assertEqual((run.status, run.out), (MESSAGES["IMDS_ABSENT"][0], b""))

    def test_quiet_does_not_tell_that_it_waits(self):
        self.fails(69, says("IMDS_ABSENT"), "token", "-q", "--wait", "1s")


class Swallowed(E2E):
    """A link-local address without a listener usually swallows packets."""

    imds_address = None

    def setUp(self):
        super().setUp()
        namespace.remove_address(IMDS)
        self.addCleanup(namespace.add_address, IMDS)
        self.silence("169.254.0.0/16")

    def test_no_answer_to_the_first_packet_is_not_waited_for_until_the_deadline(self):
        """Ten seconds, or the deadline when that is sooner."""
        silent = self.start("token", "--timeout", "10m")
        self.fails(75, says("DEADLINE", IMDS, "no connection", a=1000), "token", "--timeout", "1s")
        self.is_failure(silent.end(), 75, says("IMDS_SILENT", IMDS))


if __name__ == "__main__":
    unittest.main()
