"""Each fault at each place: its exit status, its one line, nothing on standard output, and an end before any hang.

A row is a fault of the stand-in, the status of the contract, and the message. Faults strike every time (`times=0`), so that
what is tried again fails again; what a second try mends is in test_retries.
"""

import json
import unittest

from tests.standin import alert

from . import E2E, says

IMDS = "169.254.169.254"
LATER = (("Retry-After", "3600"),)  # an hour, which no run here has:
PATIENCE = ("--timeout", "30m")  # to sleep until a deadline that is certain to be missed would only keep the user waiting


class Faults(E2E):
    def strike(self, place, settings, status, message, *args):
        with self.subTest(place=place, **settings):
            self.lab.fail(place, **settings, times=0)
            try:
                self.fails(status, message, *args)
            finally:
                self.lab.reset()


class OfImds(Faults):
    def check(self, rows):
        for settings, status, message in rows:
            self.strike("imds", settings, status, message, "token", *PATIENCE)

    def test_connections(self):
        self.check([
            ({"hangup": True}, 75, says("NO_ANSWER", IMDS)),
            ({"after": 0, "ending": "close"}, 75, says("NO_ANSWER", IMDS)),
            ({"after": 0, "ending": "reset"}, 75, says("CONNECTION_BROKEN", IMDS, a=80)),
            ({"after": 100, "ending": "close"}, 76, says("ANSWER_CUT", IMDS)),
            ({"after": 100, "ending": "reset"}, 75, says("CONNECTION_BROKEN", IMDS, a=80)),
            ({"after": 400, "ending": "close"}, 76, says("ANSWER_CUT", IMDS)),
            ({"length_off": 1, "ending": "close"}, 76, says("ANSWER_CUT", IMDS)),
        ])

    def test_answers_that_are_not_http(self):
        self.check([
            ({"greeting": b"SSH-2.0-OpenSSH_9.2\r\n"}, 76, says("ANSWER_MALFORMED", IMDS)),
            ({"greeting": alert(40)}, 76, says("ANSWER_MALFORMED", IMDS)),
            ({"verbatim": b"HTTP/2 200 OK\r\n\r\n"}, 76, says("ANSWER_MALFORMED", IMDS)),
            ({"verbatim": b"HTTP/1.1 101 Switching Protocols\r\n\r\n"}, 76, says("ANSWER_MALFORMED", IMDS)),
            ({"framing": "both"}, 76, says("ANSWER_MALFORMED", IMDS)),
            ({"framing": "two-lengths"}, 76, says("ANSWER_MALFORMED", IMDS)),
            ({"headers": (("X Y", "z"),)}, 76, says("ANSWER_MALFORMED", IMDS)),
            ({"headers": (("X", "a\0b"),)}, 76, says("ANSWER_MALFORMED", IMDS)),
            ({"headers": (("X", "a\rb"),)}, 76, says("ANSWER_MALFORMED", IMDS)),
            ({"headers": (("Content-Length", "+7"),)}, 76, says("ANSWER_MALFORMED", IMDS)),
            ({"headers": (("Transfer-Encoding", "gzip"),), "framing": "close"}, 76, says("ANSWER_MALFORMED", IMDS)),
            ({"headers": tuple((f"X-{n}", "y") for n in range(500))}, 76, says("ANSWER_MALFORMED", IMDS)),
            ({"headers": (("X", "y" * 100000),)}, 76, says("ANSWER_MALFORMED", IMDS)),
        ])

    def test_answers_without_a_token(self):
        garbled = says("IMDS_GARBLED", IMDS)
        token = self.lab.token()
        for body in (b"", b"<html>login</html>", b"{", b"{}", b"[]", b"null", b'"x"', b'{"access_token":1}', b'{"access_token":null}',
                     b'{"access_token":""}', b'{"access_token":"a b"}', b'{"access_token":"a\\r\\nX: y"}', b'{"access_token":"\\ud800"}', b'{"access_token":"\xff"}',
                     b'{"access_token":"' + token.encode() + b'"} x', b'{"x":{"access_token":"a"}}', b'{"access_token":"a","access_token":"b"}',
                     b"[" * 10000, b'{"access_token":"' + b"a" * 100000 + b'"}'):
            self.strike("imds", {"status": 200, "body": body}, 76, garbled, "token")

    def test_refusals_are_final(self):
        rows = [
            ({"fixture": "imds-400-identity-not-found"}, 78, says("IMDS_NO_IDENTITY", "of this machine", "invalid_request", "Identity not found", IMDS, a=400)),
            ({"error": "identity-not-found"}, 78, says("IMDS_NO_IDENTITY", "of this machine", "invalid_request", "Identity not found", IMDS, a=400)),
            ({"fixture": "imds-400-aadsts500011"}, 77, says("IMDS_RESOURCE", "of this machine", "invalid_resource", None, IMDS, a=400)),
            ({"fixture": "imds-400-no-metadata-header"}, 77, says("IMDS_REFUSED", "of this machine", "bad_request_102", None, IMDS, a=400)),
            ({"fixture": "imds-400-api-version-missing"}, 77, says("IMDS_REFUSED", "of this machine", None, None, IMDS, a=400)),
            ({"error": "unknown-source"}, 77, says("IMDS_REFUSED", "of this machine", "unknown_source", "Unknown Source", IMDS, a=401)),
            ({"status": 403, "body": b"connecting: unreachable"}, 78, says("IMDS_NOT_IMDS", None, None, None, IMDS, a=403)),
            ({"status": 405}, 78, says("IMDS_NOT_IMDS", None, None, None, IMDS, a=405)),
            ({"status": 204}, 78, says("IMDS_NOT_IMDS", None, None, None, IMDS, a=204)),
            ({"fixture": "odd-307-other-host"}, 78, says("IMDS_NOT_IMDS", None, None, None, IMDS, a=307)),
        ]
        for settings, status, message in rows:
            self.strike("imds", settings, status, message, "token")
        for settings, *_ in rows:
            with self.subTest(**settings):
                self.lab.fail("imds", **settings, times=0)
                self.run_it("token")
                self.assertEqual(len(self.journal.requests("imds")), 1)
                self.lab.reset()

    def test_a_selector_that_is_not_assigned_is_refused_and_named(self):
        other = "01234567-89ab-cdef-0123-456789abcdef"
        message = says("IMDS_NOT_ASSIGNED", other, "invalid_request", "Identity not found", IMDS, a=400)
        for option in "--client-id", "--object-id":
            self.fails(77, message, "token", option, other)

    def test_what_may_pass_is_75_when_the_deadline_is_nearer_than_the_next_try(self):
        self.check([
            ({"error": "updating", "headers": LATER}, 75, says("IMDS_LATER", IMDS, "not_found", "The endpoint is being updated", a=404)),
            ({"error": "throttled", "headers": LATER}, 75, says("IMDS_LATER", IMDS, "too_many_requests", None, a=429)),
            ({"error": "unknown", "headers": LATER}, 75, says("IMDS_LATER", IMDS, "unknown", None, a=500)),
            ({"status": 408, "headers": LATER}, 75, says("IMDS_LATER", IMDS, "no code", "no message", a=408)),
            ({"status": 502, "headers": LATER, "body": b"<html>"}, 75, says("IMDS_LATER", IMDS, "no code", "no message", a=502)),
            ({"status": 599, "headers": LATER}, 75, says("IMDS_LATER", IMDS, None, None, a=599)),
        ])
        self.strike("imds", {"fixture": "imds-410-gone-empty"}, 75, says("IMDS_LATER", IMDS, None, None, a=410), "token", "--timeout", "4s")

    def test_get_says_the_same_as_token_does(self):
        self.strike("imds", {"error": "identity-not-found"}, 78, says("IMDS_NO_IDENTITY"), "get", "ExamplePassword")
        self.strike("imds", {"framing": "both"}, 76, says("ANSWER_MALFORMED", IMDS), "get", "ExamplePassword")


class OfTheVault(Faults):
    def check(self, rows):
        for settings, status, message in rows:
            self.strike("vault", settings, status, message, "get", "ExamplePassword", *PATIENCE)

    def test_connections(self):
        self.check([
            ({"hangup": True}, 75, says("CONNECTION_BROKEN", self.host, a=443)),
            ({"after": 0, "ending": "close"}, 75, says("NO_ANSWER", self.host)),
            ({"after": 0, "ending": "cut"}, 75, says("NO_ANSWER", self.host)),
            ({"after": 0, "ending": "reset"}, 75, says("CONNECTION_BROKEN", self.host, a=443)),
            ({"after": 100, "ending": "close"}, 76, says("ANSWER_CUT", self.host)),
            ({"after": 100, "ending": "cut"}, 76, says("ANSWER_CUT", self.host)),
            ({"after": 700, "ending": "cut"}, 76, says("ANSWER_CUT", self.host)),
            ({"after": 700, "ending": "reset"}, 75, says("CONNECTION_BROKEN", self.host, a=443)),
            ({"sealed": True, "after": 20, "ending": "cut"}, 75, says("NO_ANSWER", self.host)),
        ])

    def test_handshakes(self):
        broken = says("CONNECTION_BROKEN", self.host, a=443)
        for flight in 1, 2:
            for after in None, 1, 10:
                self.check([
                    ({"flight": flight, "after": after, "ending": "cut"}, 75, broken),
                    ({"flight": flight, "after": after, "ending": "reset"}, 75, broken),
                        ])

    def test_alerts_are_told_by_number_and_name(self):
        for number, name in {40: "handshake failure", 70: "protocol version", 80: "internal error", 112: "unrecognized name",
                             120: "no application protocol", 255: "unknown"}.items():
            self.check([({"greeting": alert(number)}, 76, says("TLS_ALERT", self.host, name, a=number))])

    def test_what_is_not_tls_1_2_with_good_suites_is_not_spoken_with(self):
        self.check([
            ({"greeting": b"HTTP/1.1 400 Bad Request\r\n\r\n"}, 76, says("TLS_NOTHING_COMMON", self.host)),
            ({"greeting": b"\0" * 100}, 76, says("TLS_NOTHING_COMMON", self.host)),
            ({"greeting": b"\x16\x03\x03\x40\x01" + b"\0" * 20000}, 76, says("TLS_BROKEN", self.host)),
            ({"greeting": b"\x17\x03\x03\x00\x05hello"}, 76, says("TLS_BROKEN", self.host)),
            ({"tls": "1.3"}, 76, says("TLS_ALERT", self.host, "protocol version", a=70)),
            ({"tls": "1.2", "ciphers": "AES128-GCM-SHA256", "certificate": "rsa"}, 76, says("TLS_ALERT", self.host, "handshake failure", a=40)),
            ({"tls": "1.2", "ciphers": "DHE-RSA-AES128-GCM-SHA256", "certificate": "rsa"}, 76, says("TLS_ALERT", self.host, "handshake failure", a=40)),
            ({"tls": "1.2", "ciphers": "ECDHE-ECDSA-AES128-SHA"}, 76, says("TLS_ALERT", self.host, "handshake failure", a=40)),
        ])

    def test_a_server_that_does_not_know_the_name_says_so(self):
        self.check([({"greeting": alert(112)}, 76, says("TLS_ALERT", self.host, "unrecognized name"))])

    def test_answers_that_are_not_http(self):
        malformed = says("ANSWER_MALFORMED", self.host)
        self.check([
            ({"verbatim": b"SSH-2.0-OpenSSH_9.2\r\n"}, 76, malformed),
            ({"verbatim": b"HTTP/1.1 2000 OK\r\n\r\n"}, 76, malformed),
            ({"framing": "both"}, 76, malformed),
            ({"framing": "two-lengths"}, 76, malformed),
            ({"headers": (("X", "a\0b"),)}, 76, malformed),
            ({"headers": ((" X", "y"), ("Content-Length", "1"))}, 76, malformed),
            ({"verbatim": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"}, 76, malformed),
            ({"verbatim": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcdeXX"}, 76, malformed),
            ({"verbatim": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"}, 76, malformed),
            ({"headers": (("X", "y" * 100000),)}, 76, malformed),
            ({"body": b"{" + b" " * 262144 + b"}"}, 76, says("ANSWER_TOO_BIG", self.host, a=262144)),
            ({"body": b"{" + b" " * 262144 + b"}", "framing": "chunked"}, 76, says("ANSWER_TOO_BIG", self.host, a=262144)),
            ({"body": b"{" + b" " * 262144 + b"}", "framing": "close"}, 76, says("ANSWER_TOO_BIG", self.host, a=262144)),
        ])

    def test_bodies_that_are_no_secret(self):
        name = "ExamplePassword"
        for body in b"", b"<html>", b"{", b'{"value":"a"} x', b'{"value":"a",}', b'{"value":"a\nb"}', b'{"value":"\xff"}', b'{"value":"\\x41"}', b"[" * 50000:
            self.strike("vault", {"status": 200, "body": body}, 76, says("VAULT_NOT_JSON", name, self.host), "get", name)
        no_value = says("VAULT_NO_VALUE", name, self.host)
        for body in b"{}", b"[]", b'"a"', b'{"value":null}', b'{"value":1}', b'{"value":{}}', b'{"x":{"value":"a"}}', b'{"value":"a","value":"b"}', b'{"Value":"a"}':
            self.strike("vault", {"status": 200, "body": body}, 76, no_value, "get", name)

    def test_refusals_are_final_and_name_who_was_refused(self):
        name, host, who = "ExamplePassword", self.host, self.lab.identity
        identity = f"client id {who.client_id}, object id {who.object_id}"
        rows = [
            ({"error": "ForbiddenByRbac"}, 77, says("VAULT_ROLE_MISSING", name, host, "ForbiddenByRbac", None, identity)),
            ({"error": "ForbiddenByPolicy"}, 77, says("VAULT_POLICY_MISSING", name, host, "ForbiddenByPolicy", None, identity)),
            ({"error": "AccessDenied"}, 77, says("VAULT_POLICY_MISSING", name, host, "AccessDenied", None, identity)),
            ({"error": "ForbiddenByFirewall"}, 77, says("VAULT_FIREWALL", name, host, "ForbiddenByFirewall")),
            ({"error": "ForbiddenByConnection"}, 77, says("VAULT_PRIVATE_ONLY", name, host, "ForbiddenByConnection")),
            ({"fixture": "kv-403-secret-disabled"}, 77, says("VAULT_DISABLED", name, host, "SecretDisabled")),
            ({"fixture": "kv-404-secret-not-found"}, 66, says("VAULT_MISSING", name, host, "SecretNotFound")),
            ({"fixture": "kv-400-invalid-name"}, 70, says("VAULT_BAD_REQUEST", name, host, "BadParameter")),
            ({"status": 403}, 77, says("VAULT_FORBIDDEN", name, host, "no code", "none", "no message")),
            ({"status": 409}, 77, says("VAULT_CONFLICT", name, host)),
            ({"status": 204}, 76, says("VAULT_ODD_STATUS", name, host, a=204)),
            ({"status": 404, "body": b"<html>"}, 76, says("VAULT_ODD_STATUS", name, host, "no code", "none", "no message", a=404)),
            ({"status": 418, "body": b"{\"error\":"}, 76, says("VAULT_ODD_STATUS", name, host, "no code", "none", "no message", a=418)),
        ]
        for settings, status, message in rows:
            self.strike("vault", settings, status, message, "get", name)
        for settings, *_ in rows:
            with self.subTest(**settings):
                self.lab.fail("vault", **settings, times=0)
                self.run_it("get", name)
                self.assertEqual(len(self.journal.requests("vault")), 1)
                self.lab.reset()

    def test_a_token_that_is_refused_is_fetched_anew_once(self):
        for error in "AKV10022", "AKV10032":
            self.lab.fail("vault", error=error, times=0)
            run = self.fails(77, says("VAULT_TOKEN_REFUSED", "ExamplePassword", self.host, "Unauthorized"), "get", "ExamplePassword")
            self.assertIn(error, run.err)
            self.assertEqual(len(self.journal.requests("imds")), 2)
            self.assertEqual(len(self.journal.requests("vault")), 2)
            self.lab.reset()

    def test_a_claims_challenge_is_tried_once_and_said_plainly(self):
        self.lab.fail("vault", fixture="kv-401-cae-insufficient-claims", times=0)
        self.fails(77, says("VAULT_CLAIMS", "ExamplePassword", self.host, "insufficient_claims"), "get", "ExamplePassword")
        self.assertEqual(len(self.journal.requests("imds")), 2)
        self.assertEqual(len(self.journal.requests("vault")), 2)

    def test_the_request_id_of_the_service_is_told(self):
        self.lab.fail("vault", status=403, headers=(("x-ms-request-id", "abc-123"),))
        run = self.run_it("get", "ExamplePassword")
        self.assertIn("(request id abc-123)", run.err)

    def test_what_may_pass_is_75_when_the_deadline_is_nearer_than_the_next_try(self):
        name = "ExamplePassword"
        self.check([
            ({"status": 429, "headers": LATER}, 75, says("VAULT_LATER", name, self.host, a=429)),
            ({"error": "Throttled", "headers": LATER}, 75, says("VAULT_LATER", name, self.host, "Throttled", a=429)),
            ({"status": 503, "headers": LATER}, 75, says("VAULT_LATER", name, self.host, a=503)),
            ({"status": 500, "headers": LATER, "body": json.dumps({"error": {"code": "InternalError", "message": "x"}})}, 75,
             says("VAULT_LATER", name, self.host, "InternalError", None, "x", a=500)),
            ({"status": 408, "headers": LATER}, 75, says("VAULT_LATER", name, self.host, a=408)),
        ])

    def test_what_a_server_says_cannot_write_to_a_terminal(self):
        evil = json.dumps({"error": {"code": "Forbidden\u001b[2J", "message": "a\u001b]0;x\u0007\u009b\r\nb", "innererror": {"code": "\u001b[31mX"}}})
        self.lab.fail("vault", status=403, body=evil)
        run = self.run_it("get", "-vv", "ExamplePassword")
        self.assertEqual(run.status, 77)
        self.assertEqual([byte for byte in run.err.encode() if byte != 10 and not 32 <= byte < 127], [])


class Silence(E2E):
    """Whoever falls silent, and where: the end is the deadline's, with what was waited for. All at once, each in a lab of its own."""

    rows = [
        ("imds", {"hangup": True}, "no whole answer"),
        ("imds", {"after": 0}, "no whole answer"),
        ("imds", {"after": 100}, "no whole answer"),
        ("imds", {"after": 400}, "no whole answer"),
        ("imds", {"length_off": 1}, "no whole answer"),
        ("vault", {"hangup": True}, "no end of the TLS handshake"),
        ("vault", {"flight": 1}, "no end of the TLS handshake"),
        ("vault", {"flight": 1, "after": 10}, "no end of the TLS handshake"),
        ("vault", {"flight": 2}, "no end of the TLS handshake"),
        ("vault", {"flight": 2, "after": 10}, "no end of the TLS handshake"),
        ("vault", {"greeting": b"\x16"}, "no end of the TLS handshake"),
        ("vault", {"after": 0}, "no whole answer"),
        ("vault", {"after": 100}, "no whole answer"),
        ("vault", {"after": 700}, "no whole answer"),
        ("vault", {"sealed": True, "after": 20}, "no whole answer"),
        ("vault", {"length_off": 1}, "no whole answer"),
        ("vault", {"framing": "chunked", "after": 720}, "no whole answer"),
    ]

    def begin(self, place, settings):
        lab, env = self.another_lab()
        lab.fail(place, **settings, ending="stall", times=0)
        return lab.listeners["imds"].address[0] if place == "imds" else self.host, self.start("get", "ExamplePassword", "--timeout", "3s", env=env)

    def test_a_silent_place_costs_no_more_than_the_deadline(self):
        runs = [self.begin(place, settings) for place, settings, _ in self.rows]
        for (host, running), (place, settings, phase) in zip(runs, self.rows, strict=True):
            with self.subTest(place=place, **settings):
                self.is_failure(running.end(), 75, says("DEADLINE", host, phase, a=3000))


if __name__ == "__main__":
    unittest.main()
