"""The relay, the name server, the network namespace and the command line."""

import json
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from . import Lab, config
from .client import curl
from .dns import Dns, Name
from .relay import Cut, Relay

HERE = Path(__file__).resolve().parent


class Relays(unittest.TestCase):
    def test_flights_of_a_plain_exchange_are_one_each_way(self) -> None:
        with Lab(vault=None) as lab, lab.relay("imds") as relay:
            result = curl("-H", "Metadata: true", f"http://127.0.0.1:{relay.port}/metadata/versions")
            self.assertEqual(result.status, 200)
            self.assertEqual([f.way for f in relay.flights()], ["up", "down"])
            self.assertEqual(relay.flights()[0].segments, 1)
            self.assertEqual(relay.bytes("up"), len(lab.journal.requests("imds")[0].raw))
            self.assertEqual(relay.bytes("down"), len(lab.journal.answers("imds")[0].sent))

    def test_a_full_handshake_of_tls_1_2_costs_a_round_trip_more(self) -> None:
        with Lab() as lab:
            for maximum, trips in (("1.2", 3), ("1.3", 2)):
                with lab.relay("vault", hold=0.01) as relay:
                    result = curl("--cacert", lab.ca_file, "--tls-max", maximum, "--connect-to", f"::127.0.0.1:{relay.port}",
                                  f"https://{lab.vault.host}/healthstatus")
                    self.assertEqual(result.status, 200)
                    ways = [f.way for f in relay.flights()]
                    if maximum == "1.2":
                        self.assertEqual(ways[:6], ["up", "down"] * 3)
                    self.assertGreaterEqual(relay.round_trips(), trips)

    def test_two_packets_in_one_flight_are_counted_as_two(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server, Relay(server.getsockname()[:2]) as relay:
            with socket.create_connection(relay.address) as client:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                other, _ = server.accept()
                client.send(b"one")
                client.send(b"two")
                self.assertEqual(other.recv(6, socket.MSG_WAITALL), b"onetwo")
                other.send(b"answer")
                self.assertEqual(client.recv(6, socket.MSG_WAITALL), b"answer")
                other.close()
            self.assertEqual([(f.way, f.bytes, f.segments) for f in relay.flights()], [("up", 6, 2), ("down", 6, 1)])

    def test_the_line_has_the_latency_that_it_was_given(self) -> None:
        with Lab(vault=None) as lab, lab.relay("imds", hold=0.1) as relay:
            began = time.monotonic()
            curl("-H", "Metadata: true", f"http://127.0.0.1:{relay.port}/metadata/versions")
            self.assertGreaterEqual(time.monotonic() - began, 0.4, "TCP's round trip and one more")

    def test_a_gate_holds_back_what_goes_down_until_it_is_opened(self) -> None:
        with Lab(vault=None) as lab, lab.relay("imds", gated=True) as relay:
            with socket.create_connection(relay.address) as client:
                client.sendall(b"GET /metadata/versions HTTP/1.1\r\nHost: x\r\n\r\n")
                lab.journal.wait_for("answer", "imds")
                client.settimeout(0.1)
                self.assertRaises(TimeoutError, client.recv, 1)
                relay.open()
                client.settimeout(20)
                self.assertEqual(client.recv(5, socket.MSG_WAITALL), b"HTTP/")

    def test_lines_are_cut(self) -> None:
        with Lab(vault=None) as lab:
            for cut, code in ((Cut("up", 10), 56), (Cut("down", 10, "close"), 52), (Cut("down", 10, "stall"), 28), (Cut("down", 200, "close"), 18)):
                with lab.relay("imds", cut=cut) as relay:
                    seconds = 1 if cut.ending == "stall" else 60
                    result = curl("-H", "Metadata: true", f"http://127.0.0.1:{relay.port}/metadata/versions", seconds=seconds)
                    self.assertEqual(result.code, code, cut)
            with lab.relay("imds", cut=Cut("up", 0), cut_at=2) as relay:
                self.assertEqual([curl(f"http://127.0.0.1:{relay.port}/").status for _ in range(3)], [400, 0, 400])


def ask(port: int, name: str, kind: int, tcp: bool = False, seconds: float = 20) -> tuple[int, list[str]] | None:
    """Return code (with 0x200 for truncation) and addresses."""
    query = b"\x12\x34\x01\x00\0\1\0\0\0\0\0\0" + b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0" + struct.pack("!HH", kind, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as sock:
        sock.settimeout(seconds)
        sock.connect(("127.0.0.1", port))
        sock.send(struct.pack("!H", len(query)) * tcp + query)
        try:
            data = sock.recv(4096)[2 * tcp:]
        except TimeoutError:
            return None
    if data[:2] != query[:2]:
        return -1, []
    flags, _, count = struct.unpack("!HHH", data[2:8])
    at, found = len(query), []
    for _ in range(count):
        at = at + 2 if data[at] >= 0xC0 else data.index(b"\0", at) + 1
        kind_found, _, _, length = struct.unpack("!HHIH", data[at:at + 10])
        body = data[at + 10:at + 10 + length]
        found += ["CNAME"] if kind_found == 5 else [socket.inet_ntop(socket.AF_INET if length == 4 else socket.AF_INET6, body)]
        at += 10 + length
    return flags & 0x20F, found


class Names(unittest.TestCase):
    def test_names_are_answered_as_the_table_says(self) -> None:
        lab = Lab()
        table = {"vault.azure.net": Name(("127.0.0.1", "::1", "127.0.0.2")), "chain.test": Name(("127.0.0.1",), aliases=("a.test", "b.c.test")),
                 "refused.test": Name(("127.0.0.1",), fault="refused", only="AAAA"), "lost.test": Name(("127.0.0.1",), fault="drop", times=1),
                 "big.test": Name(("127.0.0.1",), fault="truncated"), "sick.test": Name(fault="servfail"), "strange.test": Name(fault="wrong-id"),
                 "v6.test": Name(("::1",))}
        with Dns(lab.journal, table, ("127.0.0.1", 0)) as dns:
            port = dns.address[1]
            self.assertEqual(ask(port, "my.vault.azure.net", 1), (0, ["127.0.0.1", "127.0.0.2"]))
            self.assertEqual(ask(port, "my.vault.azure.net", 28), (0, ["::1"]))
            self.assertEqual(ask(port, "unknown.test", 1), (3, []))
            self.assertEqual(ask(port, "chain.test", 1), (0, ["CNAME", "CNAME", "127.0.0.1"]))
            self.assertEqual([ask(port, "refused.test", 1), ask(port, "refused.test", 28)], [(0, ["127.0.0.1"]), (5, [])])
            self.assertEqual([ask(port, "lost.test", 1, seconds=0.2), ask(port, "lost.test", 1)], [None, (0, ["127.0.0.1"])])
            self.assertEqual([ask(port, "big.test", 1), ask(port, "big.test", 1, tcp=True)], [(0x200, []), (0, ["127.0.0.1"])])
            self.assertEqual(ask(port, "sick.test", 1), (2, []))
            self.assertEqual(ask(port, "strange.test", 1), (-1, []))
            self.assertEqual(ask(port, "v6.test", 1), (0, []), "no address of this family: empty, not NXDOMAIN")
        self.assertEqual(lab.journal.records("dns", "question")[0].name, "my.vault.azure.net")


_INSIDE = """
import sys; sys.path.insert(0, {top!r})
from tests.standin import Lab, namespace
from tests.standin.client import curl
from tests.standin.dns import Dns, Name
from tests.standin.lab import IMDS_ADDRESS
namespace.enter(); namespace.enter()
namespace.names(hosts={{"hosts.test": "127.0.0.9"}}, nameserver="127.0.0.1")
import socket
assert socket.gethostbyname("hosts.test") == "127.0.0.9"
namespace.names(hosts={{"hosts.test": "127.0.0.10"}}, nameserver="127.0.0.1")
assert socket.gethostbyname("hosts.test") == "127.0.0.10"
with Lab(imds=IMDS_ADDRESS, vault=("127.0.0.1", 443)) as lab, Dns(lab.journal, {{"vault.azure.net": Name(("127.0.0.1",))}}):
    assert lab.environment == {{}}
    assert curl("-H", "Metadata: true", "http://169.254.169.254/metadata/versions").status == 200
    assert curl("--cacert", lab.ca_file, "https://dummy-keyvault.vault.azure.net/healthstatus").status == 200
    namespace.add_address("fd00::7")
    socket.create_server(("fd00::7", 0), family=socket.AF_INET6).close()
    namespace.remove_address("169.254.169.254")
    assert curl("http://169.254.169.254/").code == 7
print("well")
"""


class Namespaces(unittest.TestCase):
    def run_inside(self, *wrapper: str) -> None:
        done = subprocess.run([*wrapper, "/usr/bin/python3", "-c", _INSIDE.format(top=str(HERE.parent.parent))], capture_output=True, text=True)
        self.assertEqual((done.stdout, done.returncode), ("well\n", 0), done.stderr)

    def test_the_real_addresses_and_names_are_ours_inside(self) -> None:
        self.run_inside()
        self.assertNotIn("hosts.test", Path("/etc/hosts").read_text(), "and nothing of it is seen outside")

    def test_root_without_capabilities_can_enter_too(self) -> None:
        self.run_inside("unshare", "--user", "--map-root-user")

    def test_a_process_with_threads_is_told_so(self) -> None:
        code = _INSIDE.partition("namespace.enter()")[0].format(top=str(HERE.parent.parent)) + (
            "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
            "import os; os.getuid = lambda: 1000\nnamespace.enter()")
        done = subprocess.run(["/usr/bin/python3", "-c", code], capture_output=True, text=True)
        self.assertIn("threads already", done.stderr)


class Program(unittest.TestCase):
    def test_the_configuration_of_the_help_is_one(self) -> None:
        text = (config.__doc__ or "").partition("\n\n")[2].partition("\n\n")[0]
        given = json.loads(text)
        identities = config.identities(given)
        one, hsm = config.vaults(given, identities)
        self.assertEqual(set(one.secrets), {"ExamplePassword", "old", "web", *(f"S{number}" for number in range(1, 101))})
        self.assertEqual([len(key.aes) for key in hsm.keys["kek"]], [32])
        self.assertTrue(hsm.allows(identities[0].object_id, "keys/wrap/action"))
        self.assertEqual(config.profile(given).tls, "1.2")
        self.assertEqual(config.names(given)["vault.azure.net"].addresses, ("127.0.0.1",))
        with Lab(config.vaults(given, identities), identities) as lab:
            for fault in given["faults"]:
                lab.fail(fault.pop("place"), **fault)

    def test_the_command_line_is_a_lab_with_a_control_port(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "lab.json").write_text(json.dumps({
            "identities": [{"name": "vm"}, {"name": "app", "system": False}],
            "vaults": [{"name": "one", "secrets": {"n": "v"}, "rights": {"vm": ["Key Vault Secrets User"]}}, {"name": "two", "many": {"count": 100}}],
            "faults": [{"place": "imds", "fixture": "imds-410-gone-empty"}], "dns": {"vault.azure.net": {"addresses": ["127.0.0.1"]}}}))
        program = subprocess.Popen([sys.executable, HERE / "standin.py", "--state", folder / "state", "--config", folder / "lab.json", "--dns-port", "0"],
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        assert program.stdout
        word, *facts = program.stdout.readline().split()
        self.addCleanup(program.stdout.close)
        self.assertEqual(word, "ready")
        at = dict(fact.split("=", 1) for fact in facts)

        def call(path: str, **given: object) -> object:
            data = json.dumps(given).encode() if given else None
            return json.load(urllib.request.urlopen(urllib.request.Request(at["control"] + path, data)))

        def get(name: str, token: str) -> int:
            return curl("--cacert", at["ca"], "--connect-to", f"::{at['vault']}", "-H", f"Authorization: Bearer {token}",
                        f"https://one.vault.azure.net/secrets/{name}?api-version=7.4").status

        self.assertEqual(curl("-H", "Metadata: true", at["imds"] + "/metadata/versions").status, 410)
        token = str(call("/token", aud="https://vault.azure.net"))
        self.assertEqual(get("n", token), 200)
        call("/fail", place="vault", fixture="odd-502-html")
        self.assertEqual([get("n", token), get("n", token)], [502, 200])
        call("/assign", vault="one", rights=["Reader"])
        self.assertEqual(get("n", token), 403)
        self.assertEqual(call("/flow")[-1], "vault 403")  # type: ignore[index]
        self.assertTrue(call("/journal"))
        with self.assertRaises(urllib.error.HTTPError):
            call("/assign", vault="one", rights=["Nonsense"])
        program.send_signal(signal.SIGTERM)
        self.assertEqual(program.wait(10), 0)


if __name__ == "__main__":
    unittest.main()
