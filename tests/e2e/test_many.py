"""Many secrets at once: few connections, one token, each secret once; a vault that throttles is left alone; an error ends it."""

from tests.e2e import says
from tests.e2e.deliver import Delivery
from tests.standin import Vault
from tests.standin.lab import dummy_vault

LANES_MAX = 8
# A connection may have an answer read, and a request sent, before the one that was refused is looked at.
UNDER_WAY = 2 * LANES_MAX


class Many(Delivery):
    def setUp(self):
        super().setUp()
        self.all = [f"s-{number:03}" for number in range(100)]
        for name in self.all:
            self.vault.put(name, f"value of {name}")

    def make_vaults(self, identities):
        others = [Vault("second"), Vault("third")]
        for vault in others:
            vault.put("x", f"of {vault.name}")
            vault.assign(identities[0], "Key Vault Secrets User")
        return [dummy_vault(identities[0]), *others]

    def get(self, *references, status=0, **more):
        run = self.run_it("get", "--format", "null", *references, **more)
        self.assertEqual(run.status, status, run.err)
        return run

    def values(self, *references, **more):
        return self.get(*references, **more).out.decode().split("\0")[:-1]


class Connections(Many):
    def test_a_hundred_secrets_take_at_most_eight_connections_one_token_and_each_one_request(self):
        self.assertEqual(self.values(*self.all), [f"value of {name}" for name in self.all])
        self.assertEqual(sorted(self.asked_for()), [f"/secrets/{name}" for name in self.all])
        self.assertEqual(len(self.journal.requests("imds")), 1)
        self.assertLessEqual(len(self.journal.connections("vault")), LANES_MAX)
        self.assertGreater(len(self.journal.connections("vault")), 1)

    def test_few_secrets_take_one_connection(self):
        self.assertEqual(len(self.values(*self.all[:3])), 3)
        self.assertEqual(len(self.journal.connections("vault")), 1)

    def test_the_same_secret_is_asked_for_once_and_given_as_often_as_it_was_named(self):
        references = [f"akv://dummy-keyvault/{name.upper()}" for name in self.all[:50]] + self.all[:50]
        self.assertEqual(self.values(*references), [f"value of {name}" for name in self.all[:50]] * 2)
        self.assertEqual(len(self.asked_for()), 50)

    def test_several_vaults_share_a_token_and_each_value_is_of_its_own_vault(self):
        references = ["ExamplePassword", "second/x", "third/x"] + [f"dummy-keyvault/{name}" for name in self.all[:20]]
        self.assertEqual(self.values(*references), ["abc@123", "of second", "of third"] + [f"value of {name}" for name in self.all[:20]])
        self.assertEqual(len(self.journal.requests("imds")), 1)
        self.assertEqual({hello.sni for hello in self.journal.hellos("vault")}, {vault.host for vault in self.lab.vaults})
        for request in self.journal.requests("vault"):
            sni = {hello.connection: hello.sni for hello in self.journal.hellos("vault")}[request.connection]
            self.assertEqual(request.header("Host"), sni)

    def test_with_challenge_each_connection_asks_first_and_there_is_still_one_token(self):
        self.assertEqual(len(self.values(*self.all, "--challenge")), 100)
        self.assertEqual(len(self.journal.requests("imds")), 1)

    def test_a_connection_that_dies_gives_its_secret_to_another_one(self):
        for first in 1, 5, 50:
            self.journal.clear()
            self.lab.fail("vault", first=first, after=0, ending="reset")
            self.assertEqual(self.values(*self.all), [f"value of {name}" for name in self.all])
            self.lab.heal()

    def test_the_same_where_the_address_is_known(self):
        self.lab.fail("vault", first=2, after=0, ending="reset")
        self.assertEqual(len(self.values(*self.all[:3], "--resolve", self.lab.resolve())), 3)

    def test_a_server_that_closes_after_each_answer_is_asked_all_the_same(self):
        self.lab.fail("vault", times=0, headers=(("Connection", "close"),))
        self.assertEqual(self.values(*self.all[:20]), [f"value of {name}" for name in self.all[:20]])
        self.assertEqual(len(self.asked_for()), 20)

    def test_values_that_come_in_the_wrong_order_stand_in_the_right_one(self):
        self.lab.fail("vault", path="/secrets/s-000", delay=0.3)
        self.assertEqual(self.values(*self.all), [f"value of {name}" for name in self.all])


class Throttling(Many):
    def test_429_slows_all_connections_and_then_all_secrets_come(self):
        self.lab.fail("vault", first=20, status=429, headers=(("Retry-After", "2"),), body=b'{"error":{"code":"Throttled"}}')
        self.lab.fail("vault", times=0, delay=0.05)  # so that what is asked for meanwhile, on a busy machine, is not all there is
        self.assertEqual(self.values(*self.all), [f"value of {name}" for name in self.all])
        at = [request.at for request in self.journal.requests("vault")]
        pause, rest = max((later - sooner, len(at) - number) for number, (sooner, later) in enumerate(zip(at, at[1:]), 1))
        self.assertGreater(pause, 1)
        # When only the one that was refused waits, nothing but its own second request comes behind the pause.
        self.assertGreater(rest, UNDER_WAY)

    def test_a_vault_that_throttles_for_ever_is_75_and_hears_little_of_us(self):
        self.lab.fail("vault", times=0, error="Throttled")
        run = self.run_it("get", "--format", "null", *self.all, "--timeout", "3s")
        self.assertEqual((run.status, run.out), (75, b""))
        # Each connection once at first, then in growing pauses of half a second and more.
        self.assertLessEqual(len(self.asked_for()), LANES_MAX * 7)

    def test_503_of_one_secret_does_not_hold_up_the_others(self):
        self.lab.fail("vault", path="/secrets/s-050", status=503, headers=(("Retry-After", "1"),))
        self.assertEqual(self.values(*self.all), [f"value of {name}" for name in self.all])
        first, second = [number for number, path in enumerate(self.asked_for()) if path == "/secrets/s-050"]
        self.assertGreater(second - first, UNDER_WAY)


class Failing(Many):
    def test_an_error_ends_the_run_before_much_more_is_asked_for(self):
        self.all[10] = "nope"
        self.lab.fail("vault", times=0, delay=0.05)
        run = self.run_it("get", "--format", "null", *self.all)
        self.is_failure(run, 66, says("VAULT_MISSING", "nope", self.host))
        self.assertLess(len(self.asked_for()), 60)

    def test_who_is_refused_says_so_once_for_all(self):
        self.vault.assign(self.lab.identity, "Reader")
        run = self.run_it("get", "--format", "null", *self.all)
        self.assertEqual((run.status, run.out), (77, b""))
        self.assertLessEqual(run.err.count("\n"), UNDER_WAY)

    def test_a_lost_vault_among_several_ends_the_run(self):
        run = self.run_it("get", "--format", "null", "ExamplePassword", "second/x", "fourth/x")
        self.is_failure(run, 69, says("NO_NAME_SERVER", "fourth.vault.azure.net"))

    def test_the_deadline_is_one_for_all_and_tells_what_was_waited_for(self):
        self.lab.fail("vault", first=5, times=0, after=0, ending="stall")
        run = self.run_it("get", "--format", "null", *self.all, "--timeout", "2s")
        self.is_failure(run, 75, says("DEADLINE", self.host, a=2000))
