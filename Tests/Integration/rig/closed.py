"""The smart DNS in a closed loop, on loopback: phones call where answers send them, and what is known comes from their calls.

    python3 -m rig.closed --binary .build/release/tandem

Nothing else is measured: rows of network conditions are those of calls that there are, and loads are how many each data
center has. Most networks would like the first data center, which has room for half of them. Calls last ten seconds, and
the smart DNS is told so (call-seconds): with calls of three minutes the same takes eighteen times as long.
"""

from __future__ import annotations

import argparse
import heapq
import os
import random
import re
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from collections import deque
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from rig.dns import NAME, Query, check, die_with_parent, first_label, free_port, records, wait
from rig.meter import Relay
from rig.nameservers import smart_dns_tree

CENTERS = {"dc1": "192.0.2.1", "dc2": "192.0.2.2", "dc3": "192.0.2.3"}
# How many calls each has room for, and how many there would be if none were refused.
ROOM = {"dc1": 100, "dc2": 150, "dc3": 150}
CALLS = 240
# How long a call lasts on the average, in seconds.
CALL = 10.0
NETWORKS = 240
# How many seconds it may take until shares are where they belong, and for how many they are looked at then.
SETTLING, LOOKING = 35, 40


@dataclass
class Network:
    """Who calls from somewhere, and what is true of the way to each data center."""

    address: str
    trips: dict[str, float]
    # What calls have told: ms there and back.
    reports: dict[str, deque[float]] = field(default_factory=lambda: {center: deque(maxlen=60) for center in CENTERS})


class Loop:
    """The smart DNS, and the world that it steers."""

    def __init__(self, binary: str, directory: Path, seed: int) -> None:
        self.generator = random.Random(seed)
        self.networks = [self.network(index) for index in range(NETWORKS)]
        self.table, self.conditions, self.socket = directory / "shared.db", directory / "conditions", directory / "dns.sock"
        self.calls = {center: [] for center in CENTERS}
        self.asked = self.refused = self.ident = 0
        port = free_port()
        settings = {
            "listen-port": port, "backend-socket": self.socket, "conditions": self.conditions,
            "conditions-dsn": f"sqlite://{self.table}", "rate-limit": 0, "dwell": 5, "ttl": 1,
            "exploration-percent": 10, "explorations-per-minute": 100_000, "call-seconds": int(CALL),
        }
        (directory / "conf").mkdir(parents=True)
        (directory / "conf" / "freeswitch.xml").write_text(smart_dns_tree(settings, CENTERS, "127.0.0.1"))
        log = (directory / "tandem.log").open("ab")
        self.process = subprocess.Popen(
            [binary, "dns", "run", "--conf", str(directory / "conf")], stdout=log, stderr=log, preexec_fn=die_with_parent)
        self.relay = Relay(self.socket)
        self.asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.asker.settimeout(2)
        self.asker.connect(("127.0.0.1", port))
        wait(lambda: "dc1" in self.relay.say("status"), "the smart DNS")
        wait(self.tell_loads, "the table of loads")

    def network(self, index: int) -> Network:
        """Seven of ten are nearest to dc1."""
        near = "dc1" if index % 10 < 7 else ("dc2" if index % 10 == 7 else "dc3")
        best = self.generator.uniform(10, 40)
        return Network(
            f"11.{index // 16}.{index % 16 * 16}.0",
            {center: best if center == near else best + self.generator.uniform(25, 60) for center in CENTERS})

    def close(self) -> None:
        """Ends it."""
        self.process.kill()
        self.process.wait(10)
        self.asker.close()

    # Calls.

    def call(self, now: float) -> None:
        """Somebody asks where to, and calls: where there is no room, it is the next record's turn (RFC 3263 §4.3)."""
        network = self.generator.choice(self.networks)
        self.asked += 1
        ranked = self.ranked(network)
        center = next((center for center in ranked if len(self.calls[center]) < ROOM[center]), None)
        self.refused += center != ranked[0]
        check(center is not None, "there is room nowhere")
        heapq.heappush(self.calls[center], now + self.generator.expovariate(1 / CALL))
        for _ in range(3):
            network.reports[center].append(network.trips[center] + self.generator.uniform(0, 6))

    def ranked(self, network: Network) -> list[str]:
        """The data centers in the order in which a phone tries them (RFC 2782)."""
        self.ident = (self.ident + 1) & 0xFFFF
        self.asker.send(Query(f"_sip._udp.{NAME}", 33, network.address, self.ident).bytes)
        while (message := self.asker.recv(4096))[:2] != self.ident.to_bytes(2, "big"):
            continue
        located = locations(message)
        check(sorted(center for _, _, center in located) == sorted(CENTERS), f"{network.address} gets {located}")
        # By chance, as often as the weight says.
        return [center for _, _, center in sorted(
            located, key=lambda record: (record[0], self.generator.expovariate(max(record[1], 0.01))))]

    def hang_up(self, now: float) -> None:
        """Calls end that have lasted long enough."""
        for calls in self.calls.values():
            while calls and calls[0] <= now:
                heapq.heappop(calls)

    def load(self, center: str) -> float:
        """How full a data center is."""
        return len(self.calls[center]) / ROOM[center]

    # What the smart DNS is told.

    def tell_loads(self) -> bool:
        """Writes what the switches of each data center would; whether the table is there."""
        try:
            with closing(sqlite3.connect(self.table, timeout=5)) as database, database:
                database.executemany(
                    "INSERT OR REPLACE INTO data_center_loads (data_center, node, sessions, capacity, written) "
                    "VALUES (?, 'one', ?, ?, CAST(strftime('%s', 'now') AS INTEGER))",
                    [(center, len(calls), ROOM[center]) for center, calls in self.calls.items()])
            return True
        except sqlite3.OperationalError:
            return False

    def tell_conditions(self) -> None:
        """Writes what calls have told of networks."""
        new = self.conditions.with_suffix(".new")
        with new.open("w") as file:
            for network in self.networks:
                for center, reports in network.reports.items():
                    if reports:
                        file.write(f"{network.address}/24 {center} {fmean(reports):.1f} 0 2 {len(reports)}\n")
        new.rename(self.conditions)

    def shares(self) -> dict[str, float]:
        """How much of the networks that would like it each data center gets."""
        found = re.findall(r"^  (\w+):.* share ([0-9.]+)", self.relay.say("status"), re.MULTILINE)
        return {center: float(share) for center, share in found}

    def run(self, seconds: float) -> list[tuple[float, float]]:
        """Goes on for some time: share and load of dc1, twice a second."""
        seen = []
        begin = now = time.monotonic()
        due_call = due_look = due_tell = now
        while now < begin + seconds:
            self.hang_up(now)
            while due_call <= now:
                self.call(now)
                due_call += self.generator.expovariate(CALLS / CALL)
            if due_look <= now:
                seen.append((self.shares()["dc1"], self.load("dc1")))
                due_look = now + 0.5
            if due_tell <= now:
                self.tell_loads()
                self.tell_conditions()
                due_tell = now + 1
            time.sleep(max(0.0, min(due_call, due_look, due_tell) - time.monotonic()))
            now = time.monotonic()
        return seen


def locations(message: bytes) -> list[tuple[int, int, str]]:
    """The SRV records of an answer: priority, weight, and the first label of the target."""
    return [(*struct.unpack(">HH", data[:4]), first_label(data[6:])) for kind, data in records(message) if kind == 33]


def swings(values: list[float], least: float) -> int:
    """How often values turn around, where less than so much is none."""
    turns, direction = 0, 0
    highest = lowest = values[0]
    for value in values:
        highest, lowest = max(highest, value), min(lowest, value)
        if direction >= 0 and value <= highest - least:
            turns, direction, lowest = turns + (direction > 0), -1, value
        elif direction <= 0 and value >= lowest + least:
            turns, direction, highest = turns + (direction < 0), 1, value
    return turns


def closed_loop(binary: str, directory: Path, seed: int = 1) -> str:
    """Shares find their place and stay there; the load is where it should be, and few calls are refused."""
    loop = Loop(os.path.abspath(binary), directory, seed)
    try:
        loop.run(SETTLING)
        loop.asked = loop.refused = 0
        seen = loop.run(LOOKING)
        shares, loads = [share for share, _ in seen], [load for _, load in seen]
        nearest = sum(1 for network in loop.networks if min(network.trips, key=network.trips.get) == "dc1")
        said = (
            f"dc1 would have {CALLS * nearest / NETWORKS / ROOM['dc1']:.0%} of its room, and had {fmean(loads):.0%} "
            f"({min(loads):.0%} to {max(loads):.0%}) with a share of {min(shares):.2f} to {max(shares):.2f}, which turned "
            f"{swings(shares, 0.1)} times by 0.1 or more in {LOOKING / CALL:.0f} calls' time; "
            f"{loop.refused} of {loop.asked} calls found no room there, and went on to the next record")
        check(0.25 <= min(shares) and max(shares) < 1, said)
        check(swings(shares, 0.1) <= 2 and 0.7 <= fmean(loads) <= 0.97, said)
        check(loop.refused <= loop.asked * 0.05, said)
        return said
    finally:
        loop.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="the smart DNS in a closed loop")
    parser.add_argument("--binary", default=".build/release/tandem")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tandem-closed-") as directory:
        try:
            print("ok closed loop:", closed_loop(arguments.binary, Path(directory), arguments.seed))
            return 0
        except (AssertionError, OSError) as error:
            print(f"FAILED closed loop: {error}")
            return 1


if __name__ == "__main__":
    sys.exit(main())
