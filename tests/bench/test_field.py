"""What the bench counts is what was there to count, and a wrong value ends it."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from tests.bench.field import SERVER, Field, Run
from tests.standin import Identity
from tests.standin.lab import dummy_vault


class Fields(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        vm = Identity("vm")
        cls.field = cls.enterClassContext(Field([dummy_vault(vm)], [vm]))

    def run_there(self, *argv: str) -> Run:
        return self.field.run(argv, {"PATH": os.environ["PATH"]})

    def ask(self, how: str, *argv: str) -> dict[str, object]:
        return self.field.ask(how=how, argv=argv, environment={"PATH": os.environ["PATH"]})

    def test_an_exchange_without_tls_is_one_connection_two_flights_and_its_bytes(self) -> None:
        self.field.delay(0)
        for _ in range(2):  # nothing of the first is left for the second
            self.field.lab.fail("imds", status=200, body=b"x" * 20000)
            run = self.run_there("curl", "-sS", "-H", "Metadata: true", "http://169.254.169.254/metadata/versions")
            self.assertEqual((run.status, run.err, len(run.out)), (0, b"", 20000))
            self.assertEqual((run.traffic.connections, run.traffic.round_trips, run.traffic.requests), (1, 2, 1))
            self.assertGreater(run.traffic.bytes_down, 20000 + 40 * 14)
            self.assertLess(run.traffic.bytes_down, 25000)

    def test_the_flights_of_a_handshake_are_those_of_its_version(self) -> None:
        self.field.delay(0)
        for version, trips in (("1.2", 4), ("1.3", 3)):
            run = self.run_there("curl", "-sS", "--tls-max", version, "--cacert", self.field.lab.ca_file, f"https://{self.field.lab.vault.host}/healthstatus")
            self.assertEqual((run.status, run.err, run.traffic.connections), (0, b"", 1))
            # TCP, TLS, and the request; tickets and the ends of both may each come between, when one of them is slow.
            self.assertIn(run.traffic.round_trips, range(trips, trips + 3))

    def test_each_way_of_the_cable_takes_half_a_round_trip(self) -> None:
        program = "import socket, time; t = time.monotonic(); socket.create_connection((%r, %d)); print(time.monotonic() - t)"
        for address, delays in ((SERVER, (300, 0)), ("169.254.169.254", (0, 300))):
            self.field.delay(*delays)
            self.assertGreaterEqual(float(self.run_there("/usr/bin/python3", "-c", program % (address, 443 if delays[0] else 80)).out), 0.3)

    def test_there_is_no_other_way_out(self) -> None:
        self.assertEqual(self.run_there("curl", "-sS", "http://127.0.0.1/").status, 7)

    def test_time_and_status_are_those_of_the_program_and_its_children(self) -> None:
        run = self.run_there("sh", "-c", "sh -c 'i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done'; sleep 0.2; echo out; echo err >&2; exit 7")
        self.assertEqual((run.status, run.out, run.err), (7, b"out\n", b"err\n"))
        self.assertGreaterEqual(run.wall, 0.2)
        self.assertGreater(run.cpu, 0.005)

    def test_memory_is_the_peak_of_the_largest_process_and_not_ours(self) -> None:
        self.assertLess(self.ask("memory", "true")["peak"], 4096)
        eat = "import sys; x = bytearray(40 << 20); del x"
        done = self.ask("memory", "sh", "-c", f"/usr/bin/python3 -c '{eat}'; exit 3")
        self.assertGreater(done["peak"], 40 * 1024)
        self.assertLess(done["peak"], 80 * 1024)
        self.assertEqual(done["status"], 3)

    def test_files_are_those_that_were_opened(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            there = Path(folder, "there")
            there.write_bytes(b"x" * 1000)
            files = self.ask("files", "sh", "-c", f"cat {there}; cat {folder}/not-there")["files"]
        self.assertEqual(files[str(there)], 1000)
        self.assertIn(os.path.realpath("/bin/cat"), files)
        self.assertFalse([name for name in files if "not-there" in name])


class Bench(unittest.TestCase):
    def bench(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "tests/bench/bench.py", "--secrets", "1,3", "--round-trips", "0", "--lanes", "", "--runs", "1"],
                              env=os.environ | environment, capture_output=True, text=True)

    def test_it_prints_every_row_for_everybody(self) -> None:
        done = self.bench()
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        rows = {line[:18].strip(): line[18:].split() for line in done.stdout.splitlines()}
        self.assertEqual(rows["requests"][0], "4", "three secrets and a token")
        for title in ("wall", "CPU", "peak memory", "connections", "flights", "bytes on the wire", "bytes on disk"):
            self.assertGreater(float(rows[title][0].replace(",", "")), 0, title)

    def test_a_wrong_value_ends_it(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder, "azfob")
            program.write_text("#!/bin/sh\nprintf 'value of 2'\n")
            program.chmod(0o755)
            done = self.bench(AZFOB_BUILD=folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn("bench: azfob: exit status 0, 10 bytes", done.stderr)


if __name__ == "__main__":
    unittest.main()
