"""The HTTP reader refuses what a strict server refuses, and names it."""

import unittest

from . import Lab
from .client import raw
from .http1 import BadRequest, read_request

GOOD = b"GET /a/b?c=d%20e HTTP/1.1\r\nHost: vault.azure.net\r\nAccept: */*\r\n\r\n"


def replaced(old: bytes, new: bytes) -> bytes:
    assert old in GOOD
    return GOOD.replace(old, new)


REFUSED = {
    "bare LF": GOOD.replace(b"\r\n", b"\n"),
    "bare LF in a header": replaced(b"*/*\r\n", b"*/*\n"),
    "bare CR": replaced(b"*/*", b"*\r*"),
    "NUL": replaced(b"*/*", b"*\0*"),
    "folded header": replaced(b"*/*", b"*/*\r\n more"),
    "no Host": replaced(b"Host: vault.azure.net\r\n", b""),
    "two Hosts": replaced(b"Accept: */*", b"Host: vault.azure.net"),
    "empty Host": replaced(b"vault.azure.net", b""),
    "Host with a path": replaced(b"vault.azure.net", b"vault.azure.net/x"),
    "Host with user": replaced(b"vault.azure.net", b"me@vault.azure.net"),
    "header twice": replaced(b"Accept: */*", b"Accept: */*\r\nACCEPT: */*"),
    "blank before the colon": replaced(b"Accept:", b"Accept :"),
    "header without colon": replaced(b"Accept: */*", b"Accept"),
    "byte above ASCII in a header": replaced(b"*/*", b"\xc3\xa9"),
    "control character in a header": replaced(b"*/*", b"\x1b[0m"),
    "blank in the target": replaced(b"%20", b" "),
    "quote in the target": replaced(b"%20", b'"'),
    "bad percent-encoding": replaced(b"%20", b"%2g"),
    "percent-encoding that is no UTF-8": replaced(b"%20", b"%ff"),
    "fragment": replaced(b"c=d", b"c#d"),
    "absolute-form": replaced(b"/a/b", b"http://vault.azure.net/a/b"),
    "HTTP/1.0": replaced(b"HTTP/1.1", b"HTTP/1.0"),
    "lower-case version": replaced(b"HTTP/1.1", b"http/1.1"),
    "two blanks": replaced(b"GET ", b"GET  "),
    "body with GET": replaced(b"Accept: */*", b"Content-Length: 0"),
    "chunked request": replaced(b"Accept: */*", b"Transfer-Encoding: chunked"),
    "POST without length": replaced(b"GET", b"POST"),
    "POST with two lengths in one": replaced(b"GET", b"POST").replace(b"Accept: */*", b"Content-Length: 1, 1"),
    "POST with signed length": replaced(b"GET", b"POST").replace(b"Accept: */*", b"Content-Length: +1"),
    "pipelined": GOOD + GOOD,
    "Expect": replaced(b"Accept: */*", b"Expect: 100-continue"),
    "odd Connection": replaced(b"Accept: */*", b"Connection: upgrade"),
    "head too large": replaced(b"*/*", b"x" * 20000),
    "TLS on the plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}


class Reader(unittest.TestCase):
    def test_a_good_request_is_read_and_byte_by_byte_never_too_early(self) -> None:
        for end in range(len(GOOD)):
            self.assertIsNone(read_request(GOOD[:end]), GOOD[:end])
        request = read_request(GOOD)
        assert request
        self.assertEqual((request.method, request.path, request.query), ("GET", "/a/b", [("c", "d e")]))
        self.assertEqual(request.headers, [("Host", "vault.azure.net"), ("Accept", "*/*")])

    def test_a_body_is_read_to_its_length(self) -> None:
        request = read_request(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}")
        assert request
        self.assertEqual(request.body, b"{}")

    def test_each_oddity_is_refused(self) -> None:
        for name, data in REFUSED.items():
            with self.subTest(name), self.assertRaises(BadRequest):
                request = read_request(data)
                assert request, "not refused, but waited for more"
                request.query

    def test_a_refusal_is_answered_with_400_and_closed_and_journaled(self) -> None:
        with Lab(vault=None) as lab:
            for name, data in REFUSED.items():
                with self.subTest(name):
                    lab.reset()
                    self.assertRegex(raw(lab.port("imds"), data), rb"^HTTP/1.1 (4|5)\d\d ")
                    self.assertEqual([r.event for r in lab.journal.records()][:3], ["accept", "refused", "answer"])
                    self.assertEqual(lab.journal.requests(), [])

    def test_two_requests_on_one_connection_are_served_one_after_the_other(self) -> None:
        with Lab(vault=None) as lab:
            import socket
            with socket.create_connection(("127.0.0.1", lab.port("imds"))) as sock:
                for _ in range(2):
                    sock.sendall(GOOD)
                    self.assertTrue(sock.recv(65536).startswith(b"HTTP/1.1 400 "))
            self.assertEqual(len(lab.journal.connections("imds")), 1)
            self.assertEqual(len(lab.journal.requests("imds")), 2)


if __name__ == "__main__":
    unittest.main()
