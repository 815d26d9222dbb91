#!/usr/bin/env python3
"""azfob beside curl and jq, and beside the Azure SDK: the same secrets over the same network, in one run.

    wall, CPU           from start to exit, all processes; the median of the runs
    peak memory         of the largest process
    connections, requests, bytes on the wire      what passed the cable, IP headers included
    flights             how often a client waited for an answer, over all its connections; some at the same time
    bytes on disk       programs, libraries and modules that a run opens, without what is in /etc

and how long azfob takes with how many connections. The stand-in plays Azure; IMDS is on the host, so its round trip is 0.
Nothing passes or fails by time: the status is 1 only when a value is wrong, or where there can be no network of our own.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Sequence

sys.path[0] = str(Path(__file__).resolve().parent.parent.parent)

from tests.bench.contestants import AZFOB, CURL_EACH, CURL_ONCE, SDK, Contestant, azfob_with_lanes, environment  # noqa: E402
from tests.bench.field import Field, Run  # noqa: E402
from tests.standin import Identity, Vault, namespace  # noqa: E402

PATH = f"{Path(os.environ.get('AZFOB_BUILD', 'build')).resolve()}:{os.environ.get('PATH', os.defpath)}"
FOR_ONE, FOR_MANY = (AZFOB, CURL_EACH, SDK), (AZFOB, CURL_EACH, CURL_ONCE, SDK)
ENOUGH_SECONDS = 5.0  # of runs of one contestant; the first is always whole


class WrongValue(Exception):
    """What a program wrote is not what the vault holds."""


@dataclass
class Result:
    peak_kib: float = 0
    disk_bytes: float = 0
    runs: list[Run] = field(default_factory=list)

    def median(self, of: Callable[[Run], float]) -> float:
        return statistics.median(of(run) for run in self.runs)


# What a row is called, how it is had, and how it is written.
ROWS: tuple[tuple[str, Callable[[Result], float], str], ...] = (
    ("wall", lambda r: r.median(lambda run: run.wall * 1000), "{:,.1f} ms"),
    ("CPU", lambda r: r.median(lambda run: run.cpu * 1000), "{:,.1f} ms"),
    ("peak memory", lambda r: r.peak_kib, "{:,.0f} KiB"),
    ("connections", lambda r: r.median(lambda run: run.traffic.connections), "{:,.0f}"),
    ("requests", lambda r: r.median(lambda run: run.traffic.requests), "{:,.0f}"),
    ("flights", lambda r: r.median(lambda run: run.traffic.round_trips), "{:,.0f}"),
    ("bytes on the wire", lambda r: r.median(lambda run: run.traffic.bytes_up + run.traffic.bytes_down), "{:,.0f}"),
    ("bytes on disk", lambda r: r.disk_bytes, "{:,.0f}"),
)


class Bench:
    def __init__(self, net: Field, runs_max: int) -> None:
        self.net, self.vault, self.runs_max = net, net.lab.vault, runs_max
        self.variables = environment(PATH, self.vault, net.lab.ca_file)

    def values(self, count: int) -> dict[str, str]:
        names = [f"S{number}" for number in range(1, count + 1)]
        return {name: self.vault.secrets[name][-1].value or "" for name in names}

    def size(self, who: Contestant, values: dict[str, str]) -> Result:
        """Memory and disk, which do not depend on the network; and all caches are warm after it."""
        self.net.delay(0)
        argv = who.argv(self.vault, list(values))
        peak = self.net.ask(how="memory", argv=argv, environment=self.variables)["peak"]
        files = self.net.ask(how="files", argv=argv, environment=self.variables)["files"]
        mine = (size for name, size in files.items() if not name.startswith("/etc/") and name != self.net.lab.ca_file)
        return Result(peak, sum(mine))

    def time(self, contestants: Sequence[Contestant], values: dict[str, str], results: dict[str, Result]) -> None:
        """In turn, so that what else this machine does strikes all of them."""
        for result in results.values():
            result.runs.clear()
        for _ in range(self.runs_max):
            for who in contestants:
                runs = results[who.name].runs
                if sum(run.wall for run in runs) < ENOUGH_SECONDS:
                    runs.append(self.run(who, values))

    def run(self, who: Contestant, values: dict[str, str]) -> Run:
        run = self.net.run(who.argv(self.vault, list(values)), self.variables)
        if run.status != 0 or not who.is_right(run.out, values):
            raise WrongValue(f"{who.name}: exit status {run.status}, {len(run.out)} bytes; {run.err.decode(errors='replace').strip()}")
        return run

    def compete(self, secrets: int, round_trips: Sequence[float]) -> None:
        values = self.values(secrets)
        contestants = list(FOR_MANY if secrets > 1 else FOR_ONE)
        absent = {who: why for who in contestants if (why := who.missing())}
        contestants = [who for who in contestants if who not in absent]
        results = {who.name: self.size(who, values) for who in contestants}
        for round_trip in round_trips:
            self.net.delay(round_trip)
            self.time(contestants, values, results)
            print(f"{secrets} secret{'s' if secrets > 1 else ''}, {round_trip:g} ms a round trip")
            print_results(results)
            for who, why in absent.items():
                print(f"{who.name}: {why}")
            print(flush=True)

    def try_lanes(self, secrets: int, lanes: Sequence[int], round_trips: Sequence[float]) -> None:
        values = self.values(secrets)
        contestants = [azfob_with_lanes(count) for count in lanes]
        print(f"azfob, {secrets} secrets: wall by the most connections to a vault, and by round trip")
        print(" " * 11 + "".join(f"{count:>12}" for count in lanes))
        for round_trip in round_trips:
            results = {who.name: Result() for who in contestants}
            self.net.delay(round_trip)
            self.time(contestants, values, results)
            walls = (result.median(lambda run: run.wall * 1000) for result in results.values())
            print(f"{round_trip:>8g} ms" + "".join(f"{wall:>9,.1f} ms" for wall in walls), flush=True)


def print_results(results: dict[str, Result]) -> None:
    """Of each row what azfob takes, and what the others take, as a multiple of it too."""
    first, *others = results.values()
    print(" " * 18 + "".join(f"{name:>{15 if index == 0 else 26}}" for index, name in enumerate(results)))
    for title, value, text in ROWS:
        line = f"{title:18}{text.format(value(first)):>15}"
        for other in others:
            line += f"{text.format(value(other)):>17}{value(other) / value(first):>7.1f} x"
        print(line)


def numbers(text: str) -> list[float]:
    return [float(word) for word in text.split(",") if word]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--secrets", type=numbers, default=[1, 20, 100], help="how many; 1,20,100")
    parser.add_argument("--round-trips", type=numbers, default=[0, 20], help="to the vault, in ms; 0,20")
    parser.add_argument("--lanes", type=numbers, default=[1, 2, 3, 4, 6, 8], help="connections to try with 100 secrets, at 0, 20, 80 ms; 1,2,3,4,6,8")
    parser.add_argument("--runs", type=int, default=15, help="at most so many of each (15)")
    options = parser.parse_args(arguments)
    vm, vault = Identity("vm"), Vault("dummy-keyvault")
    vault.assign(vm, "Key Vault Secrets User")
    vault.put_many(int(max(options.secrets + [100])))
    try:
        with Field([vault], [vm]) as net:
            bench = Bench(net, options.runs)
            for secrets in options.secrets:
                bench.compete(int(secrets), options.round_trips)
            if options.lanes:
                bench.try_lanes(100, [int(count) for count in options.lanes], (0, 20, 80))
    except (namespace.Refused, OSError) as error:
        print(f"bench: there can be no network of our own here: {error}; it needs root, network namespaces and /dev/net/tun", file=sys.stderr)
        return 1
    except WrongValue as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
