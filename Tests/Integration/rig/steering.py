"""The smart DNS over a wide area network: three data centers, two name servers, a resolver's site, eight client networks.

    Tests/Integration/steering --binary .build/release/tandem --wanem .build/release/wanem [--long]

What is true is the emulator's table. What the name servers know are rows that rig/meter.py makes of packets over the same
paths, with a share of reports that belong to others. dns1 is PowerDNS with our back end, dns2 our own listener.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rig.dns import NAME, Query, check, receive, wait
from rig.meter import Meter, Relay
from rig.nameservers import passing_subnets_on, powerdns_settings, smart_dns_tree, unbound_settings
from rig.process import RigError
from rig.wan import Node, WideAreaNetwork

CENTERS = {"dc1": "192.0.2.1", "dc2": "192.0.2.2", "dc3": "192.0.2.3"}
SERVERS = {"dns1": "198.51.100.1", "dns2": "198.51.100.2"}
RESOLVER = "12.0.0.53"
CLIENTS = [f"net{number}" for number in range(1, 9)]
# Where the resolver that passes nobody's network on listens, beside the one that does.
PLAIN_PORT = 5353
NOISE = 0.1


@dataclass(frozen=True)
class Form:
    """How long everything takes."""

    networks: int          # of each client site
    gap: float             # by how many ms of round trip the best data center is better, at least
    rate: int              # packets a second, of each network to each data center
    window: int            # seconds of reports that make a row
    learning: float        # seconds until answers have to be right
    dwell: int             # the setting
    flaps: int             # how many times a data center goes and comes
    flap: float            # for how many seconds each
    unready: float         # how long a data center that is back is not ready
    questions: int         # through the resolvers


SHORT = Form(networks=4, gap=30, rate=20, window=12, learning=15, dwell=5, flaps=3, flap=2, unready=3,
             questions=500)
LONG = Form(networks=16, gap=20, rate=10, window=60, learning=300, dwell=60, flaps=60, flap=5, unready=15,
            questions=20_000)


class World:
    """The machines, what runs on them, and what is true of the paths."""

    def __init__(self, arguments: argparse.Namespace, directory: Path, form: Form) -> None:
        self.directory, self.form, self.binary = directory, form, os.path.abspath(arguments.binary)
        self.generator = random.Random(arguments.seed)
        self.wan = WideAreaNetwork(os.path.abspath(arguments.wanem), directory, arguments.seed)
        self.processes: list[subprocess.Popen[bytes]] = []
        self.conditions = directory / "conditions"
        self.conditions.touch()
        self.centers = {name: self.wan.add(name, address) for name, address in CENTERS.items()}
        self.servers = {name: self.wan.add(name, address) for name, address in SERVERS.items()}
        self.resolver = self.wan.add("resolver", RESOLVER, "12.0.0.0/24")
        self.clients = {
            name: self.wan.add(name, f"11.{number}.255.1", f"11.{number}.0.0/16")
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
        self.start_servers()
        self.start_resolvers()
        self.meter = Meter(
            self.centers, {name: (node, self.socket_of(name)) for name, node in self.servers.items()}, self.conditions,
            rate=form.rate, window=form.window, noise=NOISE, seed=arguments.seed)
        for network, site in self.sites.items():
            self.meter.add(self.wan.nodes[site], network)
        self.asker = self.resolver.datagrams()
        self.ident = 0

    def lay_paths(self) -> None:
        """The best data center of each site is better by a gap; sites take turns in which it is."""
        self.wan.link("*", "*", delay=5, jitter=1)
        for number, site in enumerate([*CLIENTS, "resolver"]):
            best = self.generator.uniform(5, 25)
            for place, center in enumerate(CENTERS):
                delay = best if place == number % 3 else best + self.form.gap / 2 + self.generator.uniform(0, 35)
                self.trips[site, center] = 2 * delay
                self.wan.link(site, center, delay=delay, jitter=2)

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
                "snapshot": home / "snapshot", "keys": home / "keys", "conditions": self.conditions, "ttl": 30,
                "rate-limit": 0, "exploration-percent": 0, "dwell": self.form.dwell,
            }
            (home / "conf" / "freeswitch.xml").write_text(smart_dns_tree(settings, CENTERS, node.address))
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

    def status(self, server: str, center: str) -> str:
        """What a name server says of a data center."""
        text = Relay(self.socket_of(server)).say("status")
        return next((line for line in text.split("\n") if line.strip().startswith(f"{center}:")), text)

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


# What must be so, one function each, in this order.


def learning(world: World) -> str:
    """After a while nearly all networks get the data center that is best by the emulator's table."""
    networks = list(world.sites)
    truth = {network: world.best(network) for network in networks}
    begin = time.monotonic()

    def share() -> float:
        found = world.answers(networks)
        return sum(1 for (_, network), center in found.items() if center == truth[network]) / len(found)
    first = share()
    check(first < 0.7, f"{first:.0%} were right before anything was known")
    while (right := share()) < 0.99 and time.monotonic() < begin + world.form.learning:
        time.sleep(0.5)
    reached = time.monotonic() - begin
    # It has to be so at the end, too.
    time.sleep(max(0.0, begin + world.form.learning - time.monotonic()))
    right = share()
    world.explain_wrong(world.answers(networks), truth)
    check(right >= 0.99, f"{right:.1%} of {len(networks)} networks right after {world.form.learning:.0f} s")
    return (
        f"{right:.1%} of {len(networks)} networks right after {world.form.learning:.0f} s with {NOISE:.0%} noise "
        f"(99 % after {reached:.0f} s; {first:.0%} at first), at PowerDNS and at the listener")


def resolvers(world: World) -> str:
    """Behind a resolver that passes networks on each gets its own; behind one that does not, all get the resolver's."""
    names = {address: name for name, address in CENTERS.items()}
    ident = leaks = failures = 0
    askers: dict[str, socket.socket] = {}
    own = world.best("12.0.0.0")
    check(own != next(iter(CENTERS)), "the resolver's best data center is the first one, which shows nothing")
    truth = {network: world.best(network) for network, site in world.sites.items() if site != "resolver"}
    begin = {address: 0 for address in (53, PLAIN_PORT)}
    for number in range(world.form.questions):
        network = world.generator.choice(list(truth))
        asker = askers.get(network)
        if not asker:
            address = network.rsplit(".", 1)[0] + ".20"
            asker = askers[network] = world.wan.nodes[world.sites[network]].datagrams(address=address)
            asker.settimeout(5)
        port = PLAIN_PORT if number % 10 == 0 else 53
        ident = (ident + 1) & 0xFFFF
        asker.sendto(Query(NAME, ident=ident, subnet=None).bytes, (RESOLVER, port))
        code, found = receive(asker, ident)
        begin[port] += 1
        if code != 0 or not found:
            failures += 1
        elif names.get(found[0]) != (own if port == PLAIN_PORT else truth[network]):
            leaks += 1
    check(leaks == 0, f"{leaks} of {world.form.questions} answers were those of others")
    check(failures <= world.form.questions // 1000, f"{failures} of {world.form.questions} questions failed")
    return (
        f"{leaks} answers of others in {begin[53]} questions through unbound with client subnets and {begin[PLAIN_PORT]} "
        f"without, {failures} failures")


def loss(world: World) -> str:
    """A path that begins to lose 5 % at the same round trip is left."""
    site = CLIENTS[0]
    networks = [network for network, where in world.sites.items() if where == site]
    others = [network for network in world.sites if network not in networks]
    center = world.best(networks[0])
    world.wan.path(center, site, loss=5)
    truth = {network: world.best(network) for network in world.sites}
    check(truth[networks[0]] != center, "the lossy path is still the best")
    begin = time.monotonic()
    first = None
    while True:
        found = world.answers(networks)
        changed = sum(1 for named in found.values() if named != center)
        elapsed = time.monotonic() - begin
        if changed and first is None:
            first = elapsed
        if changed == len(found):
            break
        check(elapsed <= 15, f"{changed} of {len(found)} answers changed after {elapsed:.1f} s")
        time.sleep(0.1)
    found = world.answers(others)
    right = sum(1 for (_, network), named in found.items() if named == truth[network]) / len(found)
    check(right >= 0.99, f"{right:.1%} of the other networks are right")
    world.wan.path(center, site, loss=0)
    return f"answers changed after {first:.1f} to {elapsed:.1f} s; {right:.1%} of the other networks kept theirs"


def one_way(world: World) -> str:
    """A data center that one of the others does not hear stays."""
    before = world.changes("dc2")
    world.wan.path("dc2", "dc1", loss=100)
    time.sleep(3)
    after = world.changes("dc2")
    world.wan.path("dc2", "dc1", loss=0)
    check(before == after, f"it was taken out: {world.status('dns1', 'dc2')}")
    return "3 s, no change"


def power(world: World) -> str:
    """A data center without power is out at once, and back when it is ready, not before."""
    network = next(network for network in world.sites if world.best(network) == "dc2")

    def named(server: str) -> bool:
        return world.names(server, network, "dc2")
    wait(lambda: all(named(server) for server in SERVERS), "dc2 in answers")
    world.wan.link("dc2", "*", loss=100)
    begin = time.monotonic()
    out: dict[str, float] = {}
    while len(out) < len(SERVERS):
        for server in SERVERS:
            if server not in out and not named(server):
                out[server] = time.monotonic() - begin
        check(time.monotonic() - begin < 10, f"after 10 s out of the answers of {list(out)} only")
    check(max(out.values()) <= 1.5, f"out after {out}")
    # It has power again, and answers that it is not ready.
    world.meter.states["dc2"] = "unready"
    world.wan.link("dc2", "*", loss=0)
    early = questions = 0
    until = time.monotonic() + world.form.unready
    while time.monotonic() < until:
        early += sum(named(server) for server in SERVERS)
        questions += len(SERVERS)
        time.sleep(0.02)
    world.meter.states["dc2"] = "ready"
    ready = time.monotonic()
    back: dict[str, float] = {}
    while len(back) < len(SERVERS):
        for server in SERVERS:
            if server not in back and named(server):
                back[server] = time.monotonic() - ready
        check(time.monotonic() - ready <= 30, "not back 30 s after it was ready")
        time.sleep(0.02)
    check(early == 0, f"named {early} times before it was ready")
    return (
        f"out after {max(out.values()):.2f} s; named in {early} of {questions} answers before it was ready; back "
        f"{max(back.values()):.1f} s after")


def flapping(world: World) -> str:
    """A data center that goes and comes is not taken out and back each time."""
    before = world.changes("dc3")
    for _ in range(world.form.flaps):
        world.wan.link("dc3", "*", loss=100)
        time.sleep(world.form.flap)
        world.wan.link("dc3", "*", loss=0)
        time.sleep(world.form.flap)
    after = world.changes("dc3")
    changes = max(after[server] - before[server] for server in SERVERS)
    check(1 <= changes <= 3, f"{changes} changes")
    return f"{world.form.flaps} times {world.form.flap:g} s down and up: {changes} changes"


def signatures(world: World) -> str:
    """Steered SRV records validate over the network, at a resolver that asks label by label."""
    util = ["pdnsutil", f"--config-dir={world.directory / 'dns1'}"]
    for command in (["secure-zone", "voice.example"], ["export-zone-dnskey", "voice.example", "1"]):
        done = subprocess.run([*util, *command], capture_output=True, text=True, timeout=30, check=False)
        check(done.returncode == 0, done.stdout + done.stderr)
    key = next(line for line in done.stdout.splitlines() if "DNSKEY" in line).split("DNSKEY")[1].strip()
    home = world.directory / "unbound-validating"
    home.mkdir()
    (home / "unbound.conf").write_text(
        unbound_settings(
            home, RESOLVER, 5354, [f"{SERVERS['dns1']}@53"], modules="subnetcache validator iterator",
            extra=f' trust-anchor: "voice.example. DNSKEY {key}"\n qname-minimisation-strict: yes\n'
            + passing_subnets_on([SERVERS["dns1"]])))
    # PowerDNS keeps for a while that the zone is not signed.
    subprocess.run(
        ["pdns_control", f"--config-dir={world.directory / 'dns1'}", "purge"], capture_output=True, timeout=30, check=False)

    def dig(node: Node, *words: str) -> str:
        return node.run("dig", "+tries=1", "+time=3", *words).stdout
    wait(lambda: "RRSIG" in dig(world.resolver, f"@{SERVERS['dns1']}", NAME, "+dnssec"), "signatures", 40)
    world.start(world.resolver, "unbound-validating", "unbound", "-d", "-c", str(home / "unbound.conf"))
    wait(lambda: "NOERROR" in dig(world.resolver, f"@{RESOLVER}", "-p", "5354", "fixed.voice.example"), "the resolver")
    for site in ("net1", "net2", "net3"):
        network = next(network for network, where in world.sites.items() if where == site)
        source = network.rsplit(".", 1)[0] + ".30"
        text = dig(
            world.clients[site], "-b", source, f"@{RESOLVER}", "-p", "5354", f"_sip._udp.{NAME}", "SRV", "+dnssec")
        flags = re.findall(r";; flags: ([a-z ]+);", text)
        best = re.findall(r"SRV\s+10 \d+ \d+ (dc\d)\.", text)
        named = world.answers([network])["dns1", network]
        check(flags and "ad" in flags[0].split() and best == [named], f"{site}, {named}: {text}")
    return "SRV with the asker's best data center first, authenticated at three sites"


SCENARIOS = [learning, resolvers, loss, one_way, signatures, power, flapping]


def main() -> int:
    parser = argparse.ArgumentParser(description="the smart DNS over a wide area network")
    parser.add_argument("--binary", default=".build/release/tandem")
    parser.add_argument("--wanem", default=".build/release/wanem")
    parser.add_argument("--long", action="store_true", help="everything as long as operators have it")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    for program in ["pdns_server", "pdnsutil", "unbound", "dig", "delv", *(["dnsperf"] if arguments.long else [])]:
        if not shutil.which(program):
            print(f"{program} is missing: install pdns-server pdns-backend-remote pdns-tools unbound bind9-dnsutils dnsperf")
            return 1
    directory = Path(tempfile.mkdtemp(prefix="tandem-steering-"))
    passed = failed = 0
    world = None
    try:
        world = World(arguments, directory, LONG if arguments.long else SHORT)
        world.meter.start()
        for scenario in SCENARIOS:
            begin = time.monotonic()
            try:
                said = scenario(world)
                check(world.meter.is_alive(), f"nothing is measured any more: {world.meter.fault!r}")
                print(f"ok steering {scenario.__name__}: {said} [{time.monotonic() - begin:.0f} s]", flush=True)
                passed += 1
            except (AssertionError, OSError, RigError, StopIteration, subprocess.TimeoutExpired) as error:
                print(f"FAILED steering {scenario.__name__}: {error}", flush=True)
                failed += 1
    except (AssertionError, OSError, RigError) as error:
        print(f"FAILED steering start: {error}")
        failed += 1
    finally:
        if world:
            world.close()
    print(f"{passed} passed, {failed} failed", flush=True)
    if failed:
        print(f"logs are in {directory}")
    else:
        shutil.rmtree(directory)
    if arguments.long:
        # What needs no distance: PowerDNS's caches, DNSSEC, and kill -9.
        failed += subprocess.run(
            [sys.executable, "-m", "rig.dns", "--binary", arguments.binary, "--queries", "100000", "--kills", "100", "--load"],
            check=False).returncode
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
