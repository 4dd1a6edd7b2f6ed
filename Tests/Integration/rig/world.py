"""Three data centers, two name servers, a resolver's site and eight client networks, as machines of a wide area network.

What is true of the paths is the emulator's table. What the name servers know comes from whoever measures: rig/meter.py sends
packets over the same paths, rig/calls.py has switches and telephones. dns1 is PowerDNS with our back end, dns2 our listener.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rig.calls import Calls, probe, shared_table
from rig.dns import NAME, Query, receive, wait
from rig.meter import Meter, Relay
from rig.nameservers import passing_subnets_on, powerdns_settings, smart_dns_tree, unbound_settings
from rig.wan import Node, WideAreaNetwork

CENTERS = {"dc1": "192.0.2.1", "dc2": "192.0.2.2", "dc3": "192.0.2.3"}
SERVERS = {"dns1": "198.51.100.1", "dns2": "198.51.100.2"}
RESOLVER = "12.0.0.53"
CLIENTS = [f"net{number}" for number in range(1, 9)]
# Where the resolver that passes nobody's network on listens, beside the one that does.
PLAIN_PORT = 5353


@dataclass(frozen=True)
class Form:
    """How long everything takes."""

    networks: int          # of each client site
    gap: float             # by how many ms of round trip the best data center is better, at least
    learning: float        # seconds until answers have to be right
    dwell: int             # the setting
    flaps: int             # how many times a data center goes and comes
    flap: float            # for how many seconds each
    unready: float         # how long a data center that is back is not ready
    questions: int         # through the resolvers
    rate: int = 0          # packets a second of each network to each data center; none where there are calls
    window: int = 0        # seconds of reports that make a row
    noise: float = 0.0     # the share of reports that belong to others

    @property
    def has_calls(self) -> bool:
        """Whether switches measure, and not the rig."""
        return not self.rate


SHORT = Form(networks=4, gap=30, learning=15, dwell=5, flaps=3, flap=2, unready=3, questions=500, rate=20, window=12,
             noise=0.1)
LONG = Form(networks=16, gap=20, learning=300, dwell=60, flaps=60, flap=5, unready=15, questions=20_000, rate=10,
            window=60, noise=0.1)
CALLS = Form(networks=1, gap=40, learning=180, dwell=60, flaps=12, flap=5, unready=5, questions=500)
# Switches and name servers that ask each other, and nobody who calls.
PROBES = Form(networks=1, gap=40, learning=0, dwell=5, flaps=0, flap=0, unready=3, questions=0)
# The name server that is far away from all data centers, and how many ms each way.
FAR, DISTANCE = "dns2", 150


class World:
    """The machines, what runs on them, and what is true of the paths."""

    def __init__(self, arguments: argparse.Namespace, directory: Path, form: Form) -> None:
        self.directory, self.form, self.binary = directory, form, os.path.abspath(arguments.binary)
        self.seed, self.generator = arguments.seed, random.Random(arguments.seed)
        self.wan = WideAreaNetwork(os.path.abspath(arguments.wanem), directory, arguments.seed)
        self.processes: list[subprocess.Popen[bytes]] = []
        self.conditions = directory / "conditions"
        self.conditions.touch()
        self.centers = {name: self.wan.add(name, address) for name, address in CENTERS.items()}
        self.servers = {name: self.wan.add(name, address) for name, address in SERVERS.items()}
        self.resolver = self.wan.add("resolver", RESOLVER, "12.0.0.0/24")
        self.clients = {
            name: self.wan.add(name, f"11.{number}.0.1", f"11.{number}.0.0/16")
            for number, name in enumerate(CLIENTS, 1)
        }
        # The networks of which something is known, and the site that each is at.
        self.sites = {
            f"11.{number}.{16 * part}.0": name
            for number, name in enumerate(CLIENTS, 1) for part in range(form.networks)
        }
        self.sites["12.0.0.0"] = "resolver"
        self.trips: dict[tuple[str, str], float] = {}
        self.lay_paths()
        self.meter = self.measuring(arguments.seed)
        if form.has_calls:
            self.meter.start()
        self.start_servers()
        self.start_resolvers()
        if not form.has_calls:
            self.meter.start()
        self.asker = self.resolver.datagrams()
        self.ident = 0

    def measuring(self, seed: int) -> Meter | Calls:
        """What tells the name servers of paths and of data centers."""
        if self.form.has_calls:
            # Of the site whose path gets worse more than a report in five seconds has to come.
            sites = {self.wan.nodes[site]: 5 if site == CLIENTS[0] else 1 for site in self.sites.values()}
            if not self.form.learning:
                sites = {}
            return Calls(self.binary, self.directory, self.centers, sites)
        meter = Meter(
            self.centers, {name: (node, self.socket_of(name)) for name, node in self.servers.items()}, self.conditions,
            rate=self.form.rate, window=self.form.window, noise=self.form.noise, seed=seed)
        for network, site in self.sites.items():
            meter.add(self.wan.nodes[site], network)
        return meter

    def lay_paths(self) -> None:
        """The best data center of each site is better by a gap; sites take turns in which it is."""
        self.wan.link("*", "*", delay=5, jitter=1)
        for number, site in enumerate([*CLIENTS, "resolver"]):
            best = self.generator.uniform(5, 25)
            for place, center in enumerate(CENTERS):
                delay = best if place == number % 3 else best + self.form.gap / 2 + self.generator.uniform(0, 35)
                self.trips[site, center] = 2 * delay
                self.wan.link(site, center, delay=delay, jitter=2)
        if self.form.has_calls:
            for center in CENTERS:
                self.wan.link(FAR, center, delay=DISTANCE, jitter=2)

    def socket_of(self, server: str) -> Path:
        """Where the back end of a name server is asked."""
        return self.directory / f"{server}.sock"

    def start(self, node: Node, name: str, *command: str) -> subprocess.Popen[bytes]:
        """Starts a process on a machine."""
        process = node.start(list(command), self.directory / f"{name}.log")
        self.processes.append(process)
        return process

    def start_servers(self) -> None:
        """dns1 is PowerDNS, which asks us; dns2 listens itself."""
        for name, node in self.servers.items():
            home = self.directory / name
            (home / "conf").mkdir(parents=True)
            settings = {
                "listen-ip": node.address, "listen-port": 53 if name == "dns2" else 0, "backend-socket": self.socket_of(name),
                "snapshot": home / "snapshot", "keys": home / "keys", "conditions": "" if self.form.has_calls else self.conditions, "ttl": 30,
                "rate-limit": 0, "exploration-percent": 0, "dwell": self.form.dwell,
            }
            if self.form.has_calls:
                settings |= {"conditions-dsn": shared_table(self.directory), "node": name}
            probes = {center: probe(address) for center, address in CENTERS.items()} if self.form.has_calls else {}
            (home / "conf" / "freeswitch.xml").write_text(smart_dns_tree(settings, CENTERS, node.address, probes))
            self.start(node, name, self.binary, "dns", "run", "--conf", str(home / "conf"))
            wait(lambda name=name: Relay(self.socket_of(name)).say("status") != "", f"the smart DNS of {name}")
        home = self.directory / "dns1"
        (home / "pdns.conf").write_text(
            powerdns_settings(home, f"unix:path={self.socket_of('dns1')},timeout=300", SERVERS["dns1"], 53))
        self.start(self.servers["dns1"], "pdns", "pdns_server", f"--config-dir={home}", "--daemon=no", "--guardian=no")

    def start_resolvers(self) -> None:
        """Two at the resolver's site: one says whom it asks for, one does not."""
        servers = [f"{address}@53" for address in SERVERS.values()]
        kinds = {
            53: ("subnetcache iterator", passing_subnets_on(list(SERVERS.values()))), PLAIN_PORT: ("iterator", ""),
        }
        for port, (modules, extra) in kinds.items():
            home = self.directory / f"unbound-{port}"
            home.mkdir()
            (home / "unbound.conf").write_text(
                unbound_settings(home, RESOLVER, port, servers, modules=modules, extra=extra))
            self.start(self.resolver, f"unbound-{port}", "unbound", "-d", "-c", str(home / "unbound.conf"))

    # Questions.

    def ask(self, server: str, network: str, name: str = NAME) -> tuple[int, list[str]]:
        """What a name server answers a resolver that asks for somebody in a network."""
        self.ident = (self.ident + 1) & 0xFFFF
        self.asker.settimeout(0.5)
        self.asker.sendto(Query(name, subnet=network, ident=self.ident).bytes, (SERVERS[server], 53))
        return receive(self.asker, self.ident)

    def names(self, server: str, network: str, center: str) -> bool:
        """Whether an answer about SRV names a data center, first or as one to fall back to."""
        self.ident = (self.ident + 1) & 0xFFFF
        self.asker.sendto(
            Query(f"_sip._udp.{NAME}", kind=33, subnet=network, ident=self.ident).bytes, (SERVERS[server], 53))
        while (message := self.asker.recv(4096))[:2] != self.ident.to_bytes(2, "big"):
            continue
        return bytes([len(center)]) + center.encode() in message

    def best(self, network: str) -> str:
        """The data center that is best for a network, by the emulator's table."""
        def badness(center: str) -> float:
            lost = max(self.wan.figures(*ends)["loss"] for ends in ((site, center), (center, site)))
            # A percent of loss is as bad as 300 ms, by the E-model.
            return self.trips[site, center] + 300 * lost
        site = self.sites[network]
        return min(CENTERS, key=badness)

    def answers(self, networks: list[str]) -> dict[tuple[str, str], str]:
        """The data center that each name server names to each network."""
        names = {address: name for name, address in CENTERS.items()}
        found = {}
        for network in networks:
            for server in SERVERS:
                code, addresses = self.ask(server, network)
                found[server, network] = names.get(addresses[0], "?") if code == 0 and addresses else f"code {code}"
        return found

    def explain_wrong(self, found: dict[tuple[str, str], str], truth: dict[str, str]) -> None:
        """Keeps beside the logs why answers are what they are."""
        with (self.directory / "explanations.log").open("a") as file:
            for (server, network), center in found.items():
                if center != truth[network]:
                    why = Relay(self.socket_of(server)).say(f"explain {NAME} {network}/24")
                    file.write(f"{server} names {center} to {network}, {truth[network]} is best\n{why}\n")

    def explained(self, networks: list[str]) -> str:
        """Why the first of some networks gets what it gets."""
        return "".join(Relay(self.socket_of(server)).say(f"explain {NAME} {networks[0]}/24") for server in SERVERS if networks)

    def late(self) -> int:
        """How many answers name servers gave without a decision."""
        return sum(Relay(self.socket_of(server)).late() for server in SERVERS)

    def status(self, server: str, center: str) -> str:
        """What a name server says of a data center."""
        text = Relay(self.socket_of(server)).say("status")
        return next((line for line in text.split("\n") if line.strip().startswith(f"{center}:")), text)

    def seen(self, server: str) -> dict[str, tuple[int, int]]:
        """What a name server tells others of each data center: how it is, and how often in a row it was silent."""
        with closing(sqlite3.connect(self.directory / "shared.db", timeout=10)) as database:
            rows = database.execute(
                "SELECT data_center, state, misses FROM data_center_observations WHERE observer = ?", (f"dns/{server}",))
            return {center: (state, misses) for center, state, misses in rows}

    def changes(self, center: str) -> dict[str, int]:
        """How often each name server has taken a data center out or back."""
        return {
            server: int(match[1]) if (match := re.search(r"changes (\d+)", self.status(server, center))) else -1
            for server in SERVERS
        }

    def close(self) -> None:
        """Ends everything."""
        try:
            self.meter.end()
        finally:
            for process in self.processes:
                process.kill()
            for process in self.processes:
                process.wait(10)
            self.wan.close()
