"""An answer is the same however it arrives in pieces, and no answer at all when it is cut short."""

import unittest

from . import E2E, says

FRAMINGS = ("length", "chunked", "chunked-rich", "close")
GAP = 0.001  # seconds, so that pieces are read one by one where the machine lets them
TOKEN = b"eyJ0eXAiOiJKV1QifQ.e30.c2ln"


def answer(body):
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


TOKEN_ANSWER = answer(b'{"access_token": "%s", "expires_on": "99"}\r\n' % TOKEN)
SECRET_ANSWER = answer(b'{"value":"abcd"}')


class Splits(E2E):
    def test_the_vaults_answer_split_at_every_byte(self):
        """One run with as many secrets as the answer has bytes: each is split at another place, over one connection or a few."""
        for framing in "length", "chunked-rich":
            for sealed in False, True:
                with self.subTest(framing=framing, sealed=sealed):
                    self.split_everywhere(framing, sealed)
                    self.lab.reset()

    def split_everywhere(self, framing, sealed):
        self.lab.fail("vault", framing=framing)
        self.gives(b"abc@123", "get", "ExamplePassword")
        bytes_ = len(self.journal.answers("vault")[0].sent) + (29 if sealed else 0)  # what TLS 1.2 with AES-GCM puts around it
        names = [f"ExamplePassword-{at}" for at in range(1, bytes_)]
        for at, name in enumerate(names, 1):
            self.lab.vault.secrets[name] = self.lab.vault.secrets["ExamplePassword"]
            self.lab.fail("vault", path=f"/secrets/{name}?", framing=framing, split=(at,), sealed=sealed, gap=GAP)
        self.gives(b"abc@123\0" * len(names), "get", "--format", "null", *names)

    def test_the_vaults_answer_byte_by_byte(self):
        for framing in FRAMINGS:
            for sealed in False, True:
                with self.subTest(framing=framing, sealed=sealed):
                    self.lab.fail("vault", framing=framing, piece=1, sealed=sealed)
                    self.gives(b"abc@123", "get", "ExamplePassword")
                    self.lab.reset()

    def test_the_servers_flights_of_the_handshake_byte_by_byte(self):
        self.lab.fail("vault", flight=-1, piece=1)
        self.gives(b"abc@123", "get", "ExamplePassword")

    def test_the_answer_of_imds_split_at_every_byte(self):
        for at in range(1, len(TOKEN_ANSWER)):
            with self.subTest(at=at):
                self.lab.fail("imds", verbatim=TOKEN_ANSWER, split=(at,), gap=GAP)
                self.gives(TOKEN, "token")

    def test_the_answer_of_imds_byte_by_byte(self):
        for framing in FRAMINGS:
            with self.subTest(framing=framing):
                self.lab.fail("imds", framing=framing, piece=1)
                self.gives(b"abc@123", "get", "ExamplePassword")
                self.lab.reset()

    def test_head_and_body_apart(self):
        for place in "imds", "vault":
            for framing in FRAMINGS:
                with self.subTest(place=place, framing=framing):
                    self.lab.fail(place, framing=framing, body_delay=0.05)
                    self.gives(b"abc@123", "get", "ExamplePassword")
                    self.lab.reset()

    def test_interim_answers_are_passed_over(self):
        hints = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        for place in "imds", "vault":
            for interim in b"HTTP/1.1 100 Continue\r\n\r\n", hints, hints * 5:
                with self.subTest(place=place, interim=interim):
                    self.lab.fail(place, interim=interim, piece=7)
                    self.gives(b"abc@123", "get", "ExamplePassword")
                    self.lab.reset()

    def test_bytes_behind_the_answer_are_no_part_of_it_and_end_the_connection(self):
        self.lab.vault.put("Other", "x")
        for trailing in b"x", b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"value\":\"evil\"}", b"\r\n":
            with self.subTest(trailing=trailing):
                self.lab.fail("vault", trailing=trailing)
                self.gives(b"abc@123\0x\0", "get", "--format", "null", "ExamplePassword", "Other")
                self.assertEqual(len(self.journal.connections("vault")), 2)
                self.lab.reset()

    def test_values_of_more_than_one_record(self):
        for size in 16000, 16384, 25600:
            for settings in {}, {"piece": 1000}, {"piece": 16385}, {"framing": "chunked-rich"}, {"sealed": True, "piece": 1000}:
                with self.subTest(size=size, **settings):
                    self.lab.vault.put("Large", "x" * size)
                    self.lab.fail("vault", **settings)
                    self.gives(b"x" * size, "get", "Large")
                    self.lab.reset()


class Cuts(E2E):
    """After each number of bytes, each way to end a connection. Nothing was received whole, so nothing comes out."""

    def cut_everywhere(self, place, whole, endings, *args):
        host = {"imds": "169.254.169.254", "vault": self.host}[place]
        cut, gone, broken = says("ANSWER_CUT", host), says("NO_ANSWER", host), says("CONNECTION_BROKEN", host)
        for ending in endings:
            for at in range(len(whole)):
                with self.subTest(ending=ending, at=at):
                    self.lab.fail(place, verbatim=whole, after=at, ending=ending, times=0)
                    message = broken if ending == "reset" else cut if at else gone
                    run = self.run_it(*args)
                    self.lab.heal()
                    self.is_failure(run, 75 if ending == "reset" or not at else 76, message)

    def test_the_answer_of_imds_cut_after_every_byte(self):
        self.cut_everywhere("imds", TOKEN_ANSWER, ("close", "reset"), "token")

    def test_the_vaults_answer_cut_after_every_byte(self):
        self.cut_everywhere("vault", SECRET_ANSWER, ("close", "cut", "reset"), "get", "ExamplePassword")

    def test_a_body_that_ends_with_the_connection_is_whole_only_when_tls_says_so(self):
        self.lab.fail("vault", framing="close", ending="close")
        self.gives(b"abc@123", "get", "ExamplePassword")
        self.lab.fail("vault", framing="close", ending="cut")
        self.fails(76, says("ANSWER_CUT", self.host), "get", "ExamplePassword")

    def test_no_shorter_secret_comes_out_of_a_body_that_ends_with_the_connection(self):
        """Without a length every beginning is a body; that it is no whole JSON is what tells."""
        body = b'{"value":"abcd"}'
        for at in range(len(body)):
            with self.subTest(at=at):
                self.lab.fail("vault", status=200, body=body[:at], framing="close")
                self.fails(76, says("VAULT_NOT_JSON", "ExamplePassword", self.host), "get", "ExamplePassword")
                self.lab.heal()


if __name__ == "__main__":
    unittest.main()
