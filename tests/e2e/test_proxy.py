"""Vaults behind a proxy. This machine knows neither name nor address of theirs: what comes out came through the proxy."""

import base64
import contextlib
import re
import socket
import struct
import threading
import time
import unittest

from tests.standin import namespace
from tests.standin.dns import Dns, Name

from . import E2E, says
from .test_flights import FALSE_START, ways

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
PASSWORD = "p@ss:w0rd/%"
USER = "me:p%40ss%3aw0rd%2F%25"
CREDENTIAL = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
GAP = 0.001  # seconds, so that pieces are read one by one where the machine lets them


class Proxy:
    """Takes CONNECT and nothing else. `heads` are the requests, line by line; `errors` what no client may do.

    `answers` is said in turn, the last one for ever; one that opens the way leads to `target`. None: it is silent."""

    def __init__(self, target, *answers, user=None, pieces=(), port=0):
        self.target, self.user, self.pieces = target, user, pieces
        self.heads, self.errors = [], []
        self._answers = list(answers) or [ESTABLISHED]
        self._open, self._lock = [], threading.Lock()
        self._sock = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port = self._sock.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self._lock:
            sockets = [self._sock, *self._open]
        for sock in sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()

    def _accept(self):
        while True:
            try:
                client = self._sock.accept()[0]
            except OSError:
                return
            with self._lock:
                self._open.append(client)
                number = len(self._open) - 1
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(client, number), daemon=True).start()

    def _serve(self, client, number):
        try:
            head = b""
            while b"\r\n\r\n" not in head:
                data = client.recv(65536)
                if not data:
                    return
                head += data
            answer = self._judge(head) or self._answers[min(number, len(self._answers) - 1)]
            if answer is None:
                client.recv(1)  # until it goes
                return
            self._say(client, answer)
            if re.match(rb"HTTP/1\.[01] 2(.*\n)*\r?\n", answer):
                self._lead(client)
        except OSError:
            pass
        finally:
            client.close()

    def _judge(self, head):
        """The refusal; None where there is nothing to refuse."""
        lines = head.decode("latin-1").split("\r\n")
        with self._lock:
            self.heads.append(lines)
        place = re.fullmatch(r"CONNECT ([a-z0-9.-]+:\d+) HTTP/1\.1", lines[0])
        wanted = [] if self.user is None else [f"Proxy-Authorization: Basic {base64.b64encode(self.user.encode()).decode()}"]
        if not place or lines[1] != f"Host: {place[1]}" or not head.endswith(b"\r\n\r\n"):
            self.errors.append(head)
            return b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
        if lines[2:-2] != wanted:
            return b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"
        return None

    def _say(self, client, answer):
        at = 0
        for end in (*self.pieces, len(answer)):
            if at < min(end, len(answer)):
                client.sendall(answer[at:end])
                at = end
                time.sleep(GAP if self.pieces else 0)

    def _lead(self, client):
        host = socket.create_connection(self.target)
        with self._lock:
            self._open.append(host)
        host.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = threading.Thread(target=self._pass, args=(host, client), daemon=True)
        back.start()
        self._pass(client, host)
        back.join()

    def _pass(self, source, sink):
        how = socket.SHUT_WR
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            how = socket.SHUT_RDWR
        with contextlib.suppress(OSError):
            sink.shutdown(how)


class Behind(E2E):
    vault_address = ("127.0.0.7", 443)

    def set_names(self):
        namespace.names({"proxy.example": "127.0.0.1"}, nameserver="127.0.0.1")
        self.enterContext(Dns(self.journal, {}, ("127.0.0.1", 53)))

    def proxy(self, *answers, **more):
        proxy = self.enterContext(Proxy(self.vault_address, *answers, **more))
        self.addCleanup(lambda: self.assertEqual(proxy.errors, []))
        return proxy

    def by(self, proxy, user="", **more):
        return {"HTTPS_PROXY": f"http://{user and user + '@'}proxy.example:{proxy.port}"} | more

    def get(self, proxy, *args, **more):
        return self.run_it("get", "ExamplePassword", *args, env=self.by(proxy, **more))

    def comes_out(self, run):
        self.assertEqual((run.status, run.out, run.err), (0, b"abc@123", ""))


class Way(Behind):
    def test_the_vault_is_asked_through_it_and_imds_is_not(self):
        proxy = self.proxy()
        self.comes_out(self.get(proxy))
        self.assertEqual(proxy.heads, [[f"CONNECT {self.host}:443 HTTP/1.1", f"Host: {self.host}:443", "", ""]])
        self.assertEqual(self.flow(), ["imds GET /metadata/identity/oauth2/token", "imds 200", "vault GET /secrets/ExamplePassword", "vault 200"])
        self.assertEqual({r.name for r in self.journal.records("dns", "question")}, set())

    def test_the_literal_flow_and_many_secrets_go_through_it(self):
        proxy = self.proxy()
        self.comes_out(self.get(proxy, "--challenge"))
        names = [f"n{i}" for i in range(20)]
        for name in names:
            self.lab.vault.put(name, name)
        run = self.run_it("get", "--format", "null", *names, env=self.by(proxy))
        self.assertEqual((run.status, run.out), (0, b"".join(f"{name}\0".encode() for name in names)), run.err)
        self.assertGreater(len(proxy.heads), 2, "each lane has a way of its own")

    def test_behind_it_a_cold_get_costs_no_round_trip_more(self):
        with self.lab.relay("vault", gated=True) as relay:
            self.vault_address = relay.address
            running = self.start("get", "-v", "ExamplePassword", env=self.by(self.proxy()))
            running.until_said(f"> GET https://{self.host}/")
            relay.open()
            self.assertEqual(running.end().out, b"abc@123")
            self.journal.wait_for("close", "vault")
            self.assertEqual(ways(relay.flights()), FALSE_START)

    def test_user_and_password_are_decoded_and_sent_and_never_told(self):
        proxy = self.proxy(user=f"me:{PASSWORD}")
        self.comes_out(self.get(proxy, user=USER))
        self.assertEqual(proxy.heads[0][2], f"Proxy-Authorization: Basic {CREDENTIAL}")
        run = self.get(proxy, "-vv", user=USER)
        self.assertEqual(run.status, 0)
        self.assertIn(f"{self.host} through proxy proxy.example at 127.0.0.1: connected after ", run.err)
        self.tells_nothing(run)

    def tells_nothing(self, run):
        for part in PASSWORD, "p%40ss", "w0rd", CREDENTIAL:
            self.assertNotIn(part, run.err)

    def test_no_failure_tells_the_password(self):
        for answer in b"HTTP/1.1 407 me:p@ss:w0rd\r\n\r\n", b"HTTP/1.1 502 x\r\n\r\n", b"HTTP/1.1 403 x\r\n\r\n", b"nothing\r\n", b"":
            with self.subTest(answer=answer):
                run = self.get(self.proxy(answer, user=f"me:{PASSWORD}"), "-vv", user=USER)
                self.assertIn(run.status, (69, 75, 76, 77))
                self.assertIn("proxy proxy.example port", run.err)
                self.tells_nothing(run)
        for wrong in f"https://{USER}@p:1", f"socks5h://{USER}@p:1", f"http://{USER}@p", f"http://{USER}@p:1/x", f"{USER}@", "me:w0rd/@p:1", f"http://p:{USER}":
            with self.subTest(wrong=wrong):
                run = self.run_it("get", "ExamplePassword", "-vv", env={"HTTPS_PROXY": wrong})
                self.is_failure(run, 78, says("PROXY_FORM", "HTTPS_PROXY"))
                self.tells_nothing(run)

    def test_cmd_has_the_variables_that_we_had(self):
        variables = self.by(self.proxy(), NO_PROXY="localhost", http_proxy="http://other:1")
        run = self.run_it("exec", "X=ExamplePassword", "--drop-identity", "--", "/usr/bin/env", env=variables)
        self.assertEqual(run.status, 0, run.err)
        lines = run.out.decode().splitlines()
        for name, value in variables.items():
            self.assertIn(f"{name}={value}", lines)

    def test_check_says_that_it_goes_through_one(self):
        run = self.run_it("check", "ExamplePassword", env=self.by(self.proxy()))
        self.assertEqual(run.status, 0, run.err)
        self.assertIn(f"{self.host}: through a proxy at 127.0.0.1, certificate", run.out.decode())

    def test_check_offline_says_through_which_and_what_is_wrong_with_it(self):
        run = self.run_it("check", "--offline", "ExamplePassword", env={"HTTPS_PROXY": f"http://{USER}@proxy.example:1"})
        self.assertEqual((run.status, run.out.decode().splitlines()[-1]), (0, f"ok    {self.host}: proxy proxy.example"))
        run = self.run_it("check", "--offline", "ExamplePassword", env={"HTTPS_PROXY": f"socks5://{USER}@proxy.example:1"})
        self.assertEqual((run.status, run.out.decode().splitlines()[-1][:17]), (78, "FAIL  HTTPS_PROXY"))
        self.assertNotIn("w0rd", run.out.decode() + run.err)
        run = self.run_it("check", "--offline", "ExamplePassword", env={"HTTPS_PROXY": "socks5://proxy.example:1", "NO_PROXY": "*"})
        self.assertEqual(run.status, 0)
        self.nobody_was_asked()


class Choice(Behind):
    """Whether there is a proxy, and which. One at port 1 is not there."""

    GONE = "http://127.0.0.1:1"

    def direct(self):
        namespace.names({self.host: self.vault_address[0]}, nameserver="127.0.0.1")

    def test_lower_case_comes_first_and_empty_is_not_set(self):
        good = self.by(self.proxy())["HTTPS_PROXY"]
        for env in {"https_proxy": good, "HTTPS_PROXY": self.GONE}, {"https_proxy": "", "HTTPS_PROXY": good}, {"https_proxy": good}:
            with self.subTest(env=env):
                self.comes_out(self.run_it("get", "ExamplePassword", env=env))
        for env in {"no_proxy": "*", "NO_PROXY": ""}, {"no_proxy": "", "NO_PROXY": "*"}:
            with self.subTest(env=env):
                self.direct()
                self.comes_out(self.run_it("get", "ExamplePassword", env=env | {"HTTPS_PROXY": self.GONE}))

    def test_other_variables_lead_to_no_proxy(self):
        self.direct()
        env = {name: self.GONE for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy")}
        self.comes_out(self.run_it("get", "ExamplePassword", env=env))

    def test_the_hosts_of_no_proxy_are_reached_directly(self):
        self.direct()
        for hosts in self.host, self.host.upper(), ".vault.azure.net", "vault.azure.net", "localhost, azure.net", "*":
            with self.subTest(hosts=hosts):
                self.comes_out(self.run_it("get", "ExamplePassword", env={"HTTPS_PROXY": self.GONE, "NO_PROXY": hosts}))
        for hosts in "localhost", f"x.{self.host}", "ault.azure.net", self.vault_address[0]:
            with self.subTest(hosts=hosts):
                self.fails(69, says("NO_CONNECTION", "proxy 127.0.0.1", "connection refused", a=1), "get", "ExamplePassword",
                           env={"HTTPS_PROXY": self.GONE, "NO_PROXY": hosts})

    def test_a_proxy_that_is_not_served_is_78_before_anybody_is_asked(self):
        for name in "https_proxy", "HTTPS_PROXY":
            for value in "https://127.0.0.1:443", "socks5://127.0.0.1:1080", "proxy.example", "http://", "x":
                with self.subTest(name=name, value=value):
                    self.fails(78, says("PROXY_FORM", name), "get", "ExamplePassword", env={name: value})
        self.nobody_was_asked()

    def test_it_does_not_matter_where_no_vault_is_asked_through_it(self):
        self.direct()
        self.comes_out(self.run_it("get", "ExamplePassword", env={"HTTPS_PROXY": "socks5://127.0.0.1:1080", "NO_PROXY": "azure.net"}))
        run = self.run_it("token", env={"HTTPS_PROXY": "socks5://127.0.0.1:1080"})
        self.assertEqual(run.status, 0, run.err)

    def test_imds_is_never_asked_through_it(self):
        run = self.run_it("token", env={"HTTPS_PROXY": self.GONE, "HTTP_PROXY": self.GONE, "http_proxy": self.GONE})
        self.assertEqual(run.status, 0, run.err)

    def test_resolve_gives_the_proxys_address_and_not_the_vaults(self):
        proxy = self.proxy()
        self.comes_out(self.get(proxy, "--resolve", f"{self.host}:443:127.0.0.99"))
        namespace.names({}, nameserver="127.0.0.1")
        self.comes_out(self.get(proxy, "--resolve", f"proxy.example:{proxy.port}:127.0.0.1"))


class Refused(Behind):
    """It says no, or what is no answer. It is asked once, and nothing goes to the vault."""

    def refuses(self, status, name, answer, **numbers):
        proxy = self.proxy(answer)
        args = [] if name == "PROXY_ODD" else [self.host]
        message = says(name, "proxy proxy.example", *args, a=proxy.port, **numbers)
        run = self.get(proxy)
        self.is_failure(run, status, message)
        self.assertEqual(len(proxy.heads), 1)
        self.assertEqual(self.journal.hellos("vault"), [])

    def test_each_status_is_told_with_what_to_do(self):
        for status, name in {403: "PROXY_REFUSES", 400: "PROXY_REFUSES", 405: "PROXY_REFUSES", 302: "PROXY_REFUSES", 100: "PROXY_REFUSES",
                             500: "PROXY_LOST", 502: "PROXY_LOST", 503: "PROXY_LOST", 504: "PROXY_LOST"}.items():
            with self.subTest(status=status):
                self.refuses(69, name, b"HTTP/1.1 %d No\r\nContent-Length: 6\r\n\r\nsorry\n" % status, b=status)

    def test_one_that_wants_a_user_is_77(self):
        self.refuses(77, "PROXY_USER", b"HTTP/1.1 407 Authenticate\r\nProxy-Authenticate: Negotiate\r\n\r\n")
        proxy = self.proxy(user="me:other")
        self.is_failure(self.get(proxy, user=USER), 77, says("PROXY_USER", "proxy proxy.example", a=proxy.port))

    def test_what_is_not_http_is_76(self):
        for answer in (b"SSH-2.0-x\r\n", b"\x15\x03\x01\x00\x02\x02\x46\r\n", b"HTTP/2 200 OK\r\n\r\n", b"\r\n\r\n", b"HTTP/1.1 200 OK\r\nno field\r\n\r\n",
                       b"HTTP/1.1 200 OK\r\n" + b"X: %s\r\n" % (b"x" * 4000) * 5 + b"\r\n"):
            with self.subTest(answer=answer[:40]):
                self.refuses(76, "PROXY_ODD", answer)


class Answers(Behind):
    """How the answer that opens the way may look and arrive."""

    def test_any_2xx_opens_it_whatever_it_says_of_a_body(self):
        for answer in (b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.1 200\n\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"HTTP/1.1 204 OK\r\n\r\n",
                       b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"):
            with self.subTest(answer=answer):
                self.comes_out(self.get(self.proxy(answer)))

    def test_the_answer_split_at_every_byte(self):
        for at in range(1, len(ESTABLISHED)):
            with self.subTest(at=at):
                self.comes_out(self.get(self.proxy(pieces=(at,))))

    def test_the_answer_byte_by_byte(self):
        self.comes_out(self.get(self.proxy(pieces=range(1, len(ESTABLISHED)))))
        long = b"HTTP/1.1 200 OK\r\nVia: " + b"x" * 3000 + b"\r\n\r\n"
        self.comes_out(self.get(self.proxy(long, pieces=range(1, len(long), 7))))

    def test_the_answer_cut_after_every_byte(self):
        for at in range(len(ESTABLISHED)):
            with self.subTest(at=at):
                proxy = self.proxy(ESTABLISHED[:at])
                self.is_failure(self.get(proxy), 75, says("CONNECTION_BROKEN", "proxy proxy.example", a=proxy.port))
        self.assertEqual(self.journal.hellos("vault"), [])

    def test_bytes_behind_the_answer_are_no_tls(self):
        """They are the host's, who has not been told anything yet: nobody but a forger speaks then."""
        for behind in b"x", b"hello", b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"value\":\"evil\"}", b"\x15\x03\x03\x00\x02\x02\x28":
            for pieces in (), (len(ESTABLISHED),):
                with self.subTest(behind=behind, pieces=pieces):
                    run = self.get(self.proxy(ESTABLISHED + behind, pieces=pieces), "--timeout", "20s")
                    self.assertEqual((run.status, run.out), (76, b""), run.err)
                    self.lab.reset()


class Waiting(Behind):
    def test_one_that_says_nothing_ends_with_the_deadline(self):
        self.is_failure(self.get(self.proxy(None), "--timeout", "2s"), 75, says("DEADLINE", self.host, "no way through the proxy", a=2000))

    def test_one_that_loses_all_packets_ends_with_the_deadline(self):
        self.silence("10.254.0.0/16")
        self.fails(75, says("DEADLINE", self.host, "no way through the proxy", a=2000), "get", "ExamplePassword", "--timeout", "2s",
                   env={"HTTPS_PROXY": "http://10.254.0.1:3128"})

    def test_one_that_has_no_address_is_69(self):
        self.fails(69, says("HOST_UNKNOWN", "proxy nobody.example"), "get", "ExamplePassword", env={"HTTPS_PROXY": "http://nobody.example:3128"})

    def test_with_wait_it_may_come_up_later(self):
        with Proxy(self.vault_address) as proxy:
            port = proxy.port
        running = self.start("get", "ExamplePassword", "--wait", "100s", env=self.by(proxy))
        running.until_said(f"waiting: proxy proxy.example port {port}")
        self.proxy(port=port)
        run = running.end()
        self.assertEqual((run.status, run.out), (0, b"abc@123"), run.err)

    def test_with_wait_it_may_find_the_vault_later(self):
        busy = b"HTTP/1.1 503 No\r\n\r\n"
        proxy = self.proxy(busy, b"HTTP/1.1 502 No\r\n\r\n", busy, ESTABLISHED)
        run = self.get(proxy, "--wait", "100s")
        self.assertEqual((run.status, run.out), (0, b"abc@123"), run.err)
        self.assertEqual(len(proxy.heads), 4)

    def test_with_wait_what_it_refuses_is_refused(self):
        proxy = self.proxy(b"HTTP/1.1 403 No\r\n\r\n")
        self.is_failure(self.get(proxy, "--wait", "100s"), 69, says("PROXY_REFUSES", "proxy proxy.example", self.host, a=proxy.port, b=403))

    def test_a_way_that_dies_is_made_anew(self):
        """After the handshake and before the answer: the request goes out once more, through the proxy too."""
        for ending in "close", "reset":
            with self.subTest(ending=ending):
                proxy = self.proxy()
                self.lab.fail("vault", after=0, ending=ending)
                self.comes_out(self.get(proxy))
                self.assertEqual(len(proxy.heads), 2)
                self.lab.reset()

    def test_waiting_is_no_work(self):
        """The token takes long; meanwhile the way stands, or the proxy ends it again and again."""
        for answer in ESTABLISHED, b"":
            self.lab.fail("imds", delay=2.0)
            run = self.run_it("get", "ExamplePassword", env=self.by(self.proxy(answer)),
                              before=("strace", "-qq", "-c", "-U", "calls,name", "-e", "trace=poll"))
            calls = {line.split()[1]: int(line.split()[0]) for line in run.err.splitlines() if re.fullmatch(r" *\d+ \w+", line)}
            self.assertLess(calls["poll"], 100, run.err)
            self.lab.reset()


class Trust(Behind):
    def test_who_opens_tls_on_the_way_is_not_believed(self):
        self.lab.fail("vault", certificate="unknown-root", times=0)
        proxy = self.proxy()
        self.is_failure(self.get(proxy), 76, says("TLS_NOT_TRUSTED", self.host))
        self.assertEqual(self.journal.requests("vault"), [])


if __name__ == "__main__":
    unittest.main()
