"""What is tried again, how often and after which pause, and what is not."""

import unittest

from . import E2E, says

IMDS = "169.254.169.254"


def requests(lab, place):
    return len(lab.journal.requests(place))


class TriedAgain(E2E):
    """Each in a lab of its own and all at once, because to try again takes a pause."""

    def all_give_the_value(self, place, rows):
        """A row: the fault, and how many requests reach the place until the value is there."""
        labs = [self.another_lab() for _ in rows]
        for (lab, _), (settings, _) in zip(labs, rows, strict=True):
            lab.fail(place, **settings)
        runs = [self.start("get", "ExamplePassword", env=env) for _, env in labs]
        for (lab, _), (settings, count), running in zip(labs, rows, runs, strict=True):
            with self.subTest(**settings):
                run = running.end()
                self.assertEqual((run.status, run.out, run.err), (0, b"abc@123", ""))
                self.assertEqual(requests(lab, place), count)
                self.assertEqual(requests(lab, "imds" if place == "vault" else "vault"), 1)

    def test_imds_is_asked_again_where_its_answer_may_pass(self):
        self.all_give_the_value("imds", [
            ({"error": "updating"}, 2),
            ({"error": "updating", "times": 2}, 3),
            ({"fixture": "imds-410-gone-empty"}, 2),
            ({"fixture": "imds-429"}, 2),
            ({"error": "throttled", "headers": (("Retry-After", "1"),)}, 2),
            ({"error": "unknown"}, 2),
            ({"status": 408}, 2),
            ({"fixture": "odd-502-html"}, 2),
            ({"status": 503, "framing": "close"}, 2),
            ({"status": 599}, 2),
        ])

    def test_the_vault_is_asked_again_where_its_answer_may_pass(self):
        self.all_give_the_value("vault", [
            ({"error": "AKV10046"}, 2),
            ({"error": "AKV10046", "times": 2}, 3),
            ({"fixture": "kv-429-no-retry-after"}, 2),
            ({"error": "Throttled", "headers": (("Retry-After", "1"),)}, 2),
            ({"error": "Throttled", "headers": (("retry-after-ms", "50"),)}, 2),
            ({"status": 500}, 2),
            ({"fixture": "odd-502-html"}, 2),
            ({"status": 503, "times": 2}, 3),
            ({"status": 503, "framing": "close"}, 2),
            ({"status": 408}, 2),
        ])

    def test_a_connection_that_ends_without_an_answer_is_made_once_more(self):
        for place in "imds", "vault":
            self.all_give_the_value(place, [
                ({"after": 0, "ending": "close"}, 2),
                ({"after": 0, "ending": "reset"}, 2),
                ({"sealed": True, "after": 0, "ending": "cut"}, 2),
                ({"hangup": True}, 1),
            ])

    def test_a_handshake_that_breaks_is_made_once_more(self):
        self.all_give_the_value("vault", [({"flight": flight, "after": after, "ending": ending}, 1)
                                          for flight in (1, 2) for after in (None, 10) for ending in ("cut", "reset")])


class Pauses(E2E):
    def gap(self, place):
        """Seconds from an answer to the next request."""
        answer, request = self.journal.answers(place)[0], self.journal.requests(place)[1]
        return request.at - answer.at

    def test_retry_after_is_waited_for(self):
        for place in "imds", "vault":
            with self.subTest(place=place):
                self.lab.fail(place, status=429, headers=(("Retry-After", "1"),))
                self.gives(b"abc@123", "get", "ExamplePassword")
                self.assertGreaterEqual(self.gap(place), 1)
                self.lab.reset()

    def test_a_retry_after_date_is_counted_from_the_date_of_the_answer(self):
        """A wrong clock here does not matter: both are three years old."""
        self.lab.fail("vault", status=503, headers=(("Date", "Thu, 02 Nov 2023 10:00:00 GMT"), ("Retry-After", "Thu, 02 Nov 2023 10:00:01 GMT")))
        self.gives(b"abc@123", "get", "ExamplePassword")
        self.assertGreaterEqual(self.gap("vault"), 1)

    def test_imds_that_fails_is_left_alone_for_a_second(self):
        self.lab.fail("imds", error="unknown")
        self.gives(b"abc@123", "get", "ExamplePassword")
        self.assertGreaterEqual(self.gap("imds"), 1)

    def test_a_vault_that_throttles_one_secret_is_asked_for_no_other_meanwhile(self):
        """Eight connections share 200 secrets; the answer for the first one says to wait."""
        names = [f"s{n}" for n in range(200)]
        for name in names:
            self.lab.vault.put(name, "x")
        self.lab.fail("vault", path="/secrets/s0?", status=429, headers=(("Retry-After", "1"),))
        self.gives(b"x\0" * 200, "get", "--format", "null", *names)
        asked = [request.path for request in self.journal.requests("vault")]
        first = asked.index("/secrets/s0")
        self.assertLess(asked.index("/secrets/s0", first + 1) - first, 60, "the other connections went on meanwhile")

    def test_why_it_waits_is_told_with_v_and_not_without(self):
        self.lab.fail("vault", status=503)
        run = self.run_it("get", "-v", "ExamplePassword")
        self.assertIn("azfob: waiting: ExamplePassword in dummy-keyvault.vault.azure.net: HTTP 503", run.err)


class AnsweredInPart(E2E):
    def test_what_was_answered_in_part_is_not_asked_again(self):
        for place, host in ("imds", IMDS), ("vault", self.host):
            with self.subTest(place=place):
                self.lab.fail(place, length_off=1, ending="close")
                self.fails(76, says("ANSWER_CUT", host), "get", "ExamplePassword")
                self.assertEqual(requests(self.lab, place), 1)
                self.lab.reset()

    def test_a_tls_failure_is_not_tried_again(self):
        self.lab.fail("vault", certificate="expired")
        self.fails(76, says("TLS_EXPIRED", self.host), "get", "ExamplePassword")
        self.assertEqual(len(self.journal.connections("vault")), 1)


if __name__ == "__main__":
    unittest.main()
