"""Every recorded answer can be served, byte for byte."""

import socket
import unittest

from . import Lab, fixture_bytes
from .client import vault
from .faults import FIXTURES


class Fixtures(unittest.TestCase):
    def test_every_file_is_served_as_it_is_by_plain_http(self) -> None:
        names = sorted(file.name for file in FIXTURES.glob("*.http"))
        self.assertEqual(len(names), 61)
        with Lab(vault=None) as lab:
            for name in names:
                with self.subTest(name):
                    want = fixture_bytes(name)
                    lab.fail("imds", fixture=name)
                    with socket.create_connection(("127.0.0.1", lab.port("imds"))) as sock:
                        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                        got = b""
                        while len(got) < len(want) and (more := sock.recv(65536)):
                            got += more
                        sock.shutdown(socket.SHUT_WR)
                        self.assertEqual(sock.recv(1), b"", "nothing follows")
                    self.assertEqual(got, want)

    def test_a_file_is_served_through_tls(self) -> None:
        with Lab() as lab:
            lab.fail("vault", fixture="kv-200-max-size-value")
            result = vault(lab)
            self.assertEqual(len(result.json["value"]), 25000)
            lab.fail("vault", fixture="odd-http10-close-delimited")
            self.assertEqual(vault(lab).json["value"], "v")

    def test_comments_are_no_part_of_the_answer(self) -> None:
        for file in FIXTURES.glob("*.http"):
            self.assertTrue(fixture_bytes(file.name).startswith(b"HTTP/1."), file.name)


if __name__ == "__main__":
    unittest.main()
