"""Round trips, counted on the wire: a flight is what goes one way until something comes the other way.

The gate of the relay holds the vault's first flight back until the request with the token waits to be sent, so that the count does
not depend on who is faster, IMDS or the handshake.
"""

import json
import re
import socket
import tempfile
import threading
import unittest
from pathlib import Path

from . import E2E, VAULT_ADDRESS, says

UP, DOWN = "up", "down"
FALSE_START = [UP, DOWN] * 2  # ClientHello, ServerHello .. Done, Finished and request, Finished and answer
FULL = [UP, DOWN] * 3
CLOSE_BYTES = 64  # an alert, sealed: close_notify


def ways(flights):
    """Without the last words, close_notify of both sides, which nobody waits for."""
    while flights and flights[-1].bytes < CLOSE_BYTES:
        flights = flights[:-1]
    return [flight.way for flight in flights]


class Base(E2E):
    vault_address = ("127.0.0.1", 0)

    def through_relay(self, *args, status=0, value=b"abc@123"):
        """The relay of a run whose token was there before the handshake went on."""
        with self.lab.relay("vault", VAULT_ADDRESS, gated=True) as relay:
            running = self.start("get", "-v", *(args or ("ExamplePassword",)))
            running.until_said(f"> GET https://{self.host}/")
            relay.open()
            run = running.end()
            self.assertEqual((run.status, run.out), (status, value), run.err)
            self.journal.wait_for("close", "vault", relay.connections)
            return relay


class FalseStart(Base):
    def test_a_cold_get_costs_one_round_trip_of_tls_and_one_of_http(self):
        relay = self.through_relay()
        self.assertEqual(ways(relay.flights()), FALSE_START)
        self.assertEqual(self.journal.handshakes("vault")[0].version, "TLSv1.2")

    def test_so_it_does_with_every_suite_and_key(self):
        for ciphers, certificate in ("ECDHE-ECDSA-AES128-GCM-SHA256", ""), ("ECDHE-ECDSA-AES256-GCM-SHA384", "p384"), \
                ("ECDHE-RSA-AES128-GCM-SHA256", "rsa"), ("ECDHE-RSA-AES256-GCM-SHA384", "rsa-4096"):
            with self.subTest(ciphers=ciphers):
                self.lab.fail("vault", tls="1.2", ciphers=ciphers, certificate=certificate)
                relay = self.through_relay()
                self.assertEqual(ways(relay.flights()), FALSE_START)
                self.assertEqual(self.journal.handshakes("vault")[0].cipher, ciphers)
                self.lab.reset()

    def test_each_flight_of_ours_is_one_packet(self):
        relay = self.through_relay()
        self.assertEqual([flight.segments for flight in relay.flights() if flight.way == UP and flight.bytes >= CLOSE_BYTES], [1, 1])

    def test_further_secrets_cost_one_round_trip_each(self):
        for name in "One", "Two":
            self.lab.vault.put(name, "x")
        relay = self.through_relay("--format", "null", "ExamplePassword", "One", "Two", value=b"abc@123\0x\0x\0")
        self.assertEqual(relay.connections, 1)
        self.assertEqual(ways(relay.flights()), FALSE_START + [UP, DOWN] * 2)

    def test_a_challenge_costs_one_round_trip_more(self):
        relay = self.through_relay("--challenge", "ExamplePassword")
        self.assertEqual(ways(relay.flights()), FALSE_START + [UP, DOWN])

    def test_a_server_that_chooses_no_alpn_name_gets_none(self):
        self.lab.fail("vault", alpn=(), times=0)
        relay = self.through_relay()
        self.assertEqual(ways(relay.flights()), FULL)
        self.assertIsNone(self.journal.handshakes("vault")[0].alpn)

    def test_a_resumed_session_needs_none(self):
        """An abbreviated handshake costs one round trip by itself, with and without ALPN."""
        for name in "One", "Two":
            self.lab.vault.put(name, "x")
        for alpn in ("http/1.1",), ():
            with self.subTest(alpn=alpn):
                self.lab.fail("vault", alpn=alpn, times=0)
                self.lab.fail("vault", times=0, framing="close", headers=(("Connection", "close"),))
                relay = self.through_relay("--format", "null", "ExamplePassword", "One", value=b"abc@123\0x\0")
                self.assertEqual([shake.resumed for shake in self.journal.handshakes("vault")], [False, True])
                self.assertEqual(ways(relay.flights(2)), FALSE_START)
                self.lab.reset()

    def test_a_server_that_resets_on_it_is_asked_once_more_without(self):
        for ending in "reset", "cut":
            with self.subTest(ending=ending):
                self.lab.fail("vault", flight=2, ending=ending)
                relay = self.through_relay()
                self.assertEqual(relay.connections, 2)
                self.assertEqual(ways(relay.flights(2)), FULL)
                self.assertEqual(len(self.journal.requests("vault")), 1)
                self.lab.reset()

    def test_once_more_and_not_again(self):
        self.lab.fail("vault", flight=2, ending="reset", times=0)
        self.assertEqual(self.through_relay(status=75, value=b"").connections, 2)


class Writes(E2E):
    """What a relay cannot tell apart: two calls whose bytes happen to travel together."""

    def sent(self, *args, **more):
        """{port: [bytes of each call that sends]} of the sockets of a run."""
        log = Path(self.enterContext(tempfile.TemporaryDirectory())) / "log"
        calls = "connect,write,writev,sendto,sendmsg,sendmmsg,close"
        run = self.run_it(*args, before=["strace", "-qq", "-e", f"trace={calls}", "-e", "signal=none", "-o", log], **more)
        self.assertEqual(run.status, 0, run.err)
        port_of, sent = {}, {}
        for call, fd, rest in re.findall(r"(?m)^(\w+)\((\d+)(.*)$", log.read_text()):
            if call == "connect":
                port_of[fd] = int(re.search(r"htons\((\d+)\)", rest)[1])
            elif call == "close":
                port_of.pop(fd, None)
            elif fd in port_of:
                sent.setdefault(port_of[fd], []).append(int(rest.rpartition("= ")[2]))
        return sent

    def test_each_flight_is_one_call(self):
        for args in ("ExamplePassword",), ("--challenge", "ExamplePassword"):
            with self.subTest(args=args):
                sent = self.sent("get", *args)
                self.assertEqual(len(sent[80]), 1)
                flights = [bytes_ for bytes_ in sent[443] if bytes_ >= CLOSE_BYTES]
                # The handshake may have been faster than IMDS: then its end could not wait for the request.
                requests = len(self.journal.requests("vault"))
                self.assertIn(len(flights), (1 + requests, 2 + requests) if len(args) == 1 else (1 + requests,))
                self.assertLessEqual(len(sent[443]) - len(flights), 1, "close_notify")
                self.lab.reset()

    def test_a_large_token_goes_out_with_one_call(self):
        token = self.lab.token(groups=[f"{n:036}" for n in range(250)])
        self.assertGreater(len(token), 12000)
        self.lab.fail("imds", status=200, body=json.dumps({"access_token": token, "expires_in": "3600"}))
        sent = self.sent("get", "--challenge", "ExamplePassword")
        flights = [bytes_ for bytes_ in sent[443] if bytes_ >= CLOSE_BYTES]
        self.assertEqual(len(flights), 3)
        self.assertGreater(flights[2], len(token))


class Injector:
    """Between a client and the vault: when the client has changed its cipher, these bytes go down before what the server has to say."""

    def __init__(self, target, injected, address=VAULT_ADDRESS):
        self.target, self.injected = target, injected
        self._listener = socket.create_server(address)
        self._changed = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._changed.clear()
            server = socket.create_connection(self.target)
            threading.Thread(target=self._up, args=(client, server), daemon=True).start()
            threading.Thread(target=self._down, args=(client, server), daemon=True).start()

    def _up(self, client, server):
        try:
            while data := client.recv(65536):
                if b"\x14\x03\x03\0\1\1" in data:
                    self._changed.set()
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def _down(self, client, server):
        injected = self.injected
        try:
            while data := server.recv(65536):
                if self._changed.is_set():
                    data, injected = injected + data, b""
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Injected(Base):
    """Who sits on the wire cannot answer in the vault's place, though the request has gone before the server's Finished came."""

    EVIL = b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"value":"evil"}'

    def refused(self, injected, message):
        with Injector(self.lab.listeners["vault"].address, injected):
            self.fails(76, message, "get", "ExamplePassword")

    def test_the_injector_alone_changes_nothing(self):
        with Injector(self.lab.listeners["vault"].address, b""):
            self.gives(b"abc@123", "get", "ExamplePassword")

    def test_application_data_before_the_servers_finished_is_refused(self):
        plain = b"\x17\x03\x03" + len(self.EVIL).to_bytes(2, "big") + self.EVIL
        for alpn in ("http/1.1",), ():
            with self.subTest(alpn=alpn):
                self.lab.fail("vault", alpn=alpn, times=0)
                self.refused(plain, says("TLS_BROKEN", self.host))
                self.lab.reset()

    def test_application_data_behind_a_false_change_of_cipher_is_refused(self):
        self.refused(b"\x14\x03\x03\0\1\1\x17\x03\x03" + len(self.EVIL).to_bytes(2, "big") + self.EVIL, says("TLS_BROKEN", self.host))

    def test_a_handshake_message_too_many_is_refused(self):
        self.refused(b"\x16\x03\x03\0\4\x0e\0\0\0", says("TLS_BROKEN", self.host))

    def test_an_alert_in_plaintext_is_an_end_and_no_answer(self):
        self.refused(b"\x15\x03\x03\0\2\2\x28", says("TLS_ALERT", self.host, "handshake failure", a=40))


if __name__ == "__main__":
    unittest.main()
