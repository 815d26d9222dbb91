"""Each fault does what it says, at the request or connection that it names, and nothing after it."""

import socket
import time
import unittest
from typing import Any

from . import Fault, Lab, alert, fixture_bytes
from .client import imds, raw, sealed, vault
from .http1 import Answer

OK, NO_CONNECTION, PARTIAL, TIMED_OUT, TLS_FAILED, EMPTY, RECV_FAILED, UNSUPPORTED = 0, 7, 18, 28, 35, 52, 56, 1  # curl's
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Answers(unittest.TestCase):
    def setUp(self) -> None:
        self.lab = self.enterContext(Lab())

    def test_faults_count_requests(self) -> None:
        self.lab.fail("vault", status=503, first=2, times=2)
        self.assertEqual([vault(self.lab).status for _ in range(4)], [200, 503, 503, 200])
        self.lab.fail("vault", status=500, times=0)
        self.assertEqual([vault(self.lab).status for _ in range(3)], [500] * 3)
        self.lab.heal()
        self.assertEqual(vault(self.lab).status, 200)

    def test_faults_of_one_place_leave_the_other_alone(self) -> None:
        self.lab.fail("imds", fixture="imds-410-gone-empty", times=2)
        self.assertEqual(vault(self.lab).status, 200)
        self.assertEqual([imds(self.lab).status for _ in range(3)], [410, 410, 200])

    def test_faults_can_wait_for_a_path(self) -> None:
        self.lab.fail("vault", status=503, path="/secrets/Other")
        self.assertEqual(vault(self.lab).status, 200)
        self.assertEqual(vault(self.lab, "/secrets/Other?api-version=7.4").status, 503)

    def test_a_made_up_answer_has_its_headers_and_body(self) -> None:
        self.lab.fail("vault", status=429, headers=(("Retry-After", "7"),), body="<html>", reason="")
        result = vault(self.lab)
        self.assertEqual((result.status, result.headers, result.body), (429, {"retry-after": "7", "content-length": "6"}, b"<html>"))

    def test_headers_are_added_and_taken_away(self) -> None:
        self.lab.fail("vault", headers=(("X-Long", "x" * 9000),), without=("www-authenticate", "Date"))
        headers = vault(self.lab, token=None).headers
        self.assertEqual(len(headers["x-long"]), 9000)
        self.assertNotIn("www-authenticate", headers)
        self.assertIn("expires", headers)

    def test_the_service_words_its_own_errors(self) -> None:
        for error, status in {"AKV10046": 401, "AKV10022": 401, "AKV10032": 401, "ForbiddenByRbac": 403, "ForbiddenByPolicy": 403, "AccessDenied": 403,
                              "ForbiddenByFirewall": 403, "ForbiddenByConnection": 403, "Throttled": 429}.items():
            self.lab.fail("vault", error=error)
            result = vault(self.lab)
            self.assertEqual(result.status, status)
            self.assertIn(error, result.body.decode())
        for error, status in {"updating": 404, "gone": 410, "throttled": 429, "unknown": 500, "identity-not-found": 400, "unknown-source": 401}.items():
            self.lab.fail("imds", error=error)
            self.assertEqual(imds(self.lab).status, status)

    def framed(self, seconds: float = 60, **settings: Any) -> tuple[int, bytes]:
        self.lab.fail("vault", **settings)
        result = vault(self.lab, seconds=seconds)
        return result.code, result.body

    def test_framings(self) -> None:
        whole = vault(self.lab).body
        self.assertEqual(self.framed(framing="chunked"), (OK, whole))
        code, body = self.framed(framing="chunked-rich")
        self.assertEqual((code, body[:len(whole)]), (OK, whole), "curl -i shows the trailers after it")
        self.assertEqual(self.framed(framing="close"), (OK, whole))
        self.assertEqual(self.framed(version="HTTP/1.0"), (OK, whole))
        self.assertEqual(self.framed(length_off=1, seconds=1)[0], TIMED_OUT)
        self.assertEqual(self.framed(length_off=1, ending="close")[0], PARTIAL)
        self.assertEqual(self.framed(length_off=-1)[1], whole[:-1])
        self.assertEqual(self.framed(interim=b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"), (OK, whole))
        for framing in ("both", "two-lengths"):
            self.framed(framing=framing, seconds=1)
            head = self.lab.journal.answers("vault")[-1].sent.partition(b"\r\n\r\n")[0].lower()
            self.assertEqual(head.count(b"content-length") + head.count(b"transfer-encoding"), 2)

    def test_no_answer_at_all(self) -> None:
        for ending, code in {"close": EMPTY, "reset": RECV_FAILED}.items():
            self.assertEqual(self.framed(after=0, ending=ending)[0], code, ending)
        self.assertEqual(self.framed(after=0, ending="stall", seconds=1)[0], TIMED_OUT)

    def test_cut_after_any_number_of_bytes_only_so_many_arrive(self) -> None:
        whole = fixture_bytes("odd-chunked-uppercase-hex")
        for count in (0, 1, 40, len(whole) - 1):
            for ending, told in {"close": "close_notify", "cut": "cut", "reset": "reset"}.items():
                self.lab.fail("imds", fixture="odd-chunked-uppercase-hex", after=count, ending=ending)
                self.assertEqual(raw(self.lab.port("imds"), REQUEST), whole[:count] + b"<RST>" * (ending == "reset"))
                self.lab.fail("vault", fixture="odd-chunked-uppercase-hex", after=count, ending=ending)
                self.assertEqual(sealed(self.lab, REQUEST), (whole[:count], told))

    def test_pieces_arrive_as_pieces(self) -> None:
        self.lab.fail("imds", status=200, body="0123456789", piece=1, gap=0.002)
        with socket.create_connection(("127.0.0.1", self.lab.port("imds"))) as sock:
            sock.sendall(REQUEST)
            sizes = []
            while sum(sizes) < len(Answer(200, [], b"0123456789").to_bytes()):
                sizes.append(len(sock.recv(65536)))
        self.assertGreater(len(sizes), 10)

    def test_split_at_every_offset_gives_the_same_answer(self) -> None:
        whole = vault(self.lab).body
        for at in (1, 5, 100, 600):
            for sealed in (False, True):
                self.lab.fail("vault", split=(at,), sealed=sealed, gap=0.001)
                self.assertEqual(vault(self.lab).body, whole)

    def test_delays_delay(self) -> None:
        for settings in ({"delay": 0.3}, {"body_delay": 0.3}, {"accept_delay": 0.3}):
            self.lab.fail("vault", **settings)
            began = time.monotonic()
            self.assertEqual(vault(self.lab).status, 200)
            self.assertGreaterEqual(time.monotonic() - began, 0.3)

    def test_a_tls_record_can_be_cut_in_its_middle(self) -> None:
        self.lab.fail("vault", sealed=True, after=20, ending="cut")
        self.assertEqual(sealed(self.lab, REQUEST), (b"", "cut"))

    def test_the_end_without_close_notify_is_seen(self) -> None:
        for ending, told in {"cut": "cut", "close": "close_notify", "": "close_notify"}.items():
            self.lab.fail("vault", framing="close", ending=ending)
            self.assertEqual(sealed(self.lab, REQUEST)[1], told)

    def test_one_wrong_bit_of_an_answer_is_seen_and_one_of_a_record_ends_the_connection(self) -> None:
        whole = vault(self.lab, "/healthstatus").body
        self.assertEqual(whole, b'"OK"')
        self.lab.fail("vault", flip=-2)
        self.assertEqual(vault(self.lab, "/healthstatus").body, b'"OJ"')
        for flip in (0, 5, -1):  # the type of the record, its content, its tag
            self.lab.fail("vault", flip=flip, sealed=True)
            self.assertEqual((self.code_of_health(), self.code_of_health()), (RECV_FAILED, OK), flip)

    def code_of_health(self) -> int:
        return vault(self.lab, "/healthstatus").code

    def test_garbage_is_no_answer(self) -> None:
        for garbage in (b"\0" * 50, b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/2.0 OK\r\n\r\n", b"\x15\x03\x03\0\x02\x02\x28"):
            self.lab.fail("vault", verbatim=garbage)
            self.assertEqual(vault(self.lab).code, UNSUPPORTED, garbage)

    def test_a_huge_answer_goes_out_whole(self) -> None:
        self.lab.fail("vault", status=200, body=b"x" * (8 << 20))
        self.assertEqual(len(vault(self.lab).body), 8 << 20)
        self.lab.fail("vault", status=200, headers=tuple((f"X-{number}", "x" * 100) for number in range(1000)))
        self.assertEqual(vault(self.lab).code, OK)
        self.assertGreater(len(self.lab.journal.answers("vault")[-1].sent), 100000)

    def test_one_secret_can_be_throttled(self) -> None:
        self.lab.fail("vault", error="Throttled", path="/secrets/ExamplePassword?", times=2)
        self.lab.fail("vault", error="Throttled", path="/secrets/Other", headers=(("Retry-After", "7"),))
        statuses = [(result.status, result.headers.get("retry-after")) for result in [vault(self.lab) for _ in range(3)]]
        self.assertEqual(statuses, [(429, None), (429, None), (200, None)])
        self.assertEqual(vault(self.lab, "/secrets/Other?api-version=7.4").headers["retry-after"], "7")

    def test_trailing_bytes_follow_the_answer(self) -> None:
        self.lab.fail("imds", status=200, trailing=b"HTTP/1.1 200 OK\r\n\r\n")
        imds(self.lab)
        self.assertTrue(self.lab.journal.answers("imds")[0].sent.endswith(b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"))

    def test_a_fault_that_does_not_exist_is_an_error(self) -> None:
        for settings in ({"framing": "x"}, {"ending": "x"}, {"nothing": 1}, {"fixture": "none"}):
            with self.assertRaises((ValueError, TypeError, OSError)):
                self.lab.fail("vault", **settings)  # type: ignore[arg-type]


class Connections(unittest.TestCase):
    def setUp(self) -> None:
        self.lab = self.enterContext(Lab())

    def code(self, place: str = "vault", **settings: Any) -> int:
        """Nobody waits where the other side never stalls, so that a slow machine gives the same code."""
        self.lab.fail(place, **settings)
        seconds = 1 if settings.get("ending") == "stall" else 60
        return (vault(self.lab, seconds=seconds) if place == "vault" else imds(self.lab, "", "--max-time", str(seconds))).code

    def test_instead_of_a_handshake(self) -> None:
        self.assertEqual(self.code(greeting=alert(40)), TLS_FAILED)
        self.assertEqual(self.code(greeting=b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), TLS_FAILED)
        self.assertEqual(self.code(greeting=b"\0" * 100), TLS_FAILED)
        self.assertEqual(self.code(greeting=b"\x16", ending="stall"), TIMED_OUT)
        self.assertEqual(self.code("imds", greeting=b"SSH-2.0-OpenSSH_9.2\r\n", ending="close"), UNSUPPORTED, "curl: HTTP/0.9 not allowed")

    def test_hung_up(self) -> None:
        self.assertEqual(self.code(hangup=True), TLS_FAILED)
        self.assertIn(self.code(hangup=True, ending="reset"), (NO_CONNECTION, TLS_FAILED), "RST may overtake the client's look at its connect")
        self.assertEqual(self.code("imds", hangup=True), EMPTY)
        self.assertEqual(self.code("imds", hangup=True, ending="stall"), TIMED_OUT)

    def test_at_each_flight_of_the_handshake(self) -> None:
        for flight in (1, 2):
            for ending, code in {"stall": TIMED_OUT, "reset": TLS_FAILED, "cut": TLS_FAILED}.items():
                self.assertEqual(self.code(flight=flight, ending=ending, tls="1.2"), code, (flight, ending))
            self.assertEqual(self.code(flight=flight, after=10, ending="cut", tls="1.2"), TLS_FAILED)
            self.lab.fail("vault", flight=flight, greeting=alert(40), tls="1.2")
            self.assertIn("alert handshake failure", vault(self.lab).error)
            self.assertEqual(self.code(flight=flight, flip=-1, tls="1.2"), TLS_FAILED)

    def test_only_the_connection_that_is_named(self) -> None:
        self.lab.fail("vault", greeting=alert(80), first=2)
        self.assertEqual([vault(self.lab).code for _ in range(3)], [OK, TLS_FAILED, OK])

    def test_idle_connections_are_closed(self) -> None:
        self.lab.fail("imds", idle=0.05)
        with socket.create_connection(("127.0.0.1", self.lab.port("imds"))) as sock:
            self.assertEqual(sock.recv(1), b"")

    def test_the_journal_tells_of_the_fault(self) -> None:
        self.code(greeting=alert(40))
        self.assertEqual(self.lab.journal.records("vault", "fault")[0].fault, Fault(greeting=alert(40)))
        self.lab.journal.wait_for("close", "vault")

    def test_a_bug_of_the_stand_in_would_be_seen(self) -> None:
        self.assertEqual([r for r in self.lab.journal.records() if "BUG" in str(r)], [])


class HandMade(unittest.TestCase):
    def test_a_config_may_say_text_and_lists(self) -> None:
        fault = Fault.make(body="x", headers=[["a", "b"]], split=[1, 2])
        self.assertEqual((fault.body, fault.headers, fault.split), (b"x", (("a", "b"),), (1, 2)))
        self.assertEqual(Fault.make(headers={"a": "b"}).headers, (("a", "b"),))
        self.assertIn("status=503", repr(Fault(status=503)))


if __name__ == "__main__":
    unittest.main()
