"""The smart DNS over a wide area network: who is sent where, and how soon.

    Tests/Integration/steering --binary .build/release/tandem --wanem .build/release/wanem [--long | --calls | --probes]

With --calls, switches measure calls of real telephones, and name servers and switches ask each data center whether it is
ready; with --probes they do that, and nobody calls. Otherwise the rig does both, with a share of reports that belong to
others.
"""

from __future__ import annotations

import argparse
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from rig import closed, failover
from rig.dns import NAME, Query, check, receive, wait
from rig.nameservers import passing_subnets_on, unbound_settings
from rig.process import RigError
from rig.wan import Node
from rig.world import (
    CALLS, CENTERS, CLIENTS, DISTANCE, FAR, LONG, PLAIN_PORT, PROBES, RESOLVER, SERVERS, SHORT, World)

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
        f"{right:.1%} of {len(networks)} networks right after {world.form.learning:.0f} s with {world.form.noise:.0%} noise "
        f"(99 % after {reached:.0f} s; {first:.0%} at first), at PowerDNS and at the listener")


def resolvers(world: World) -> str:
    """Behind a resolver that passes networks on each gets its own; behind one that does not, all get the resolver's.

    Nothing new is learned meanwhile: an answer that no name server gives for a network is somebody else's.
    """
    world.meter.hold(True)
    try:
        # What was written before is read every two seconds.
        time.sleep(5)
        late = world.late()
        before = world.answers(list(world.sites))
        check(before["dns1", "12.0.0.0"] != next(iter(CENTERS)), "the resolver's best data center is the first one, which shows nothing")
        found, failures = ask_through(world)
        after = world.answers(list(world.sites))
        late = world.late() - late
    finally:
        world.meter.hold(False)
    leaks = [
        f"{network} was sent to {center} through port {port}, and by name servers to "
        f"{[known[server, network] for known in (before, after) for server in SERVERS]}"
        for (port, network, center) in found
        if center not in {known[server, network] for known in (before, after) for server in SERVERS}
    ]
    check(
        not leaks, f"{len(leaks)} of {world.form.questions} answers were those of others, {late} without a decision: "
        + "; ".join(leaks[:5]))
    check(failures <= world.form.questions // 1000, f"{failures} of {world.form.questions} questions failed")
    changed = sum(1 for key in before if before[key] != after[key])
    return (
        f"no answer of others in {world.form.questions} questions through unbound, one of ten without client subnets; "
        f"{failures} failures, {late} answers without a decision, {changed} decisions of {len(before)} changed meanwhile")


def ask_through(world: World) -> tuple[set[tuple[int, str, str]], int]:
    """Asks the resolvers for networks by chance: who got what through which port, and how many got nothing."""
    names = {address: name for name, address in CENTERS.items()}
    askers: dict[str, socket.socket] = {}
    networks = [network for network, site in world.sites.items() if site != "resolver"]
    found, failures, ident = set(), 0, 0
    for number in range(world.form.questions):
        network = world.generator.choice(networks)
        asker = askers.get(network)
        if not asker:
            address = network.rsplit(".", 1)[0] + ".20"
            asker = askers[network] = world.wan.nodes[world.sites[network]].datagrams(address=address)
            asker.settimeout(5)
        port = PLAIN_PORT if number % 10 == 0 else 53
        ident = (ident + 1) & 0xFFFF
        asker.sendto(Query(NAME, ident=ident, subnet=None).bytes, (RESOLVER, port))
        code, addresses = receive(asker, ident)
        if code != 0 or not addresses:
            failures += 1
        else:
            # Without client subnets, all of them are the resolver's.
            found.add((port, "12.0.0.0" if port == PLAIN_PORT else network, names.get(addresses[0], addresses[0])))
    return found, failures


def loss(world: World) -> str:
    """A path that begins to lose 5 % at the same round trip is left."""
    site = CLIENTS[0]
    networks = [network for network, where in world.sites.items() if where == site]
    others = [network for network in world.sites if network not in networks]
    center = world.best(networks[0])
    world.meter.look_closely(networks, center)
    world.wan.path(center, site, loss=5)
    try:
        return left(world, networks, others, center)
    finally:
        world.wan.path(center, site, loss=0)


def left(world: World, networks: list[str], others: list[str], center: str) -> str:
    """Waits until nobody in some networks is sent to a data center any more, while others keep theirs.

    The time counts from the first report of a lost packet that the name servers can have read: how soon a packet of some is
    lost is chance. Where switches measure calls, it counts from the loss itself.
    """
    truth = {network: world.best(network) for network in world.sites}
    check(truth[networks[0]] != center, "the lossy path is still the best")
    begin = time.monotonic()
    changed: dict[tuple[str, str], float] = {}
    while len(changed) < len(networks) * len(SERVERS):
        for key, named in world.answers(networks).items():
            if named != center:
                changed.setdefault(key, time.monotonic())
        elapsed = time.monotonic() - begin
        rest = [network for network in networks if ("dns1", network) not in changed or ("dns2", network) not in changed]
        check(elapsed <= 60, f"{len(changed)} answers changed after {elapsed:.1f} s; {world.explained(rest)}")
        time.sleep(0.1)
    known = {network: world.meter.first_bad.get(network, begin) for network in networks}
    slowest = max(when - known[network] for (_, network), when in changed.items())
    said = (
        f"answers changed {min(changed.values()) - begin:.1f} to {max(changed.values()) - begin:.1f} s after packets were lost, "
        f"{slowest:.1f} s after the first of them was told at most")
    check(slowest <= 15, said)
    found = world.answers(others)
    wrong = Counter(
        (server, truth[network], named) for (server, network), named in found.items() if named != truth[network])
    right = 1 - sum(wrong.values()) / len(found)
    check(
        right >= 0.99,
        f"{right:.1%} of the other networks are right, wrong are (server, best, named) {dict(wrong)}; "
        + "; ".join(world.status(server, center) for server in SERVERS for center in CENTERS))
    return f"{said}; {right:.1%} of the other networks kept theirs"


def one_way(world: World) -> str:
    """A data center that one of the others does not hear stays."""
    before = world.changes("dc2")
    world.wan.path("dc2", "dc1", loss=100)
    time.sleep(3)
    after = world.changes("dc2")
    world.wan.path("dc2", "dc1", loss=0)
    check(before == after, f"it was taken out: {world.status('dns1', 'dc2')}")
    return "3 s, no change"


def far(world: World) -> str:
    """A name server on the other side of the earth sees data centers as they are, and not as silent."""
    ready = {center: (2, 0) for center in CENTERS}
    wait(lambda: world.seen(FAR) == ready, f"what {FAR} sees", 20)
    looks = 0
    until = time.monotonic() + 6
    while time.monotonic() < until:
        found = world.seen(FAR)
        # One question may be lost, or be late on a busy machine.
        check(all(state == 2 or misses < 3 for state, misses in found.values()), f"it sees {found}")
        looks += found == ready
        time.sleep(0.25)
    check(looks >= 12, f"it saw all of them ready {looks} times of 24")
    return f"{FAR}, {2 * DISTANCE} ms away, saw all data centers ready in {looks} of 24 looks"


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
    # It has power again, and answers that it is not ready.
    world.meter.set_ready("dc2", False)
    world.wan.link("dc2", "*", loss=0)
    early = questions = 0
    until = time.monotonic() + world.form.unready
    while time.monotonic() < until:
        early += sum(named(server) for server in SERVERS)
        questions += len(SERVERS)
        time.sleep(0.02)
    world.meter.set_ready("dc2", True)
    ready = time.monotonic()
    back: dict[str, float] = {}
    while len(back) < len(SERVERS):
        for server in SERVERS:
            if server not in back and named(server):
                back[server] = time.monotonic() - ready
        check(time.monotonic() - ready <= 90, f"not back 90 s after it was ready: {world.status('dns1', 'dc2')}")
        time.sleep(0.02)
    said = (
        f"out after {max(out.values()):.2f} s; named in {early} of {questions} answers before it was ready; back "
        f"{max(back.values()):.1f} s after")
    check(max(out.values()) <= 1.5 and early == 0 and max(back.values()) <= 30, said)
    return said


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


def closed_loop(world: World) -> str:
    """Where calls follow answers, and what is known comes from calls, shares of a full data center do not swing."""
    return closed.closed_loop(world.binary, world.directory / "closed", world.seed)


SCENARIOS = [learning, resolvers, loss, one_way, signatures, power, flapping, closed_loop]
FORMS = {
    "": (SHORT, SCENARIOS), "long": (LONG, SCENARIOS), "calls": (CALLS, [far, *SCENARIOS]),
    "probes": (PROBES, [far, one_way, power, failover.telephone]),
}


def main() -> int:
    parser = argparse.ArgumentParser(description="the smart DNS over a wide area network")
    parser.add_argument("--binary", default=".build/release/tandem")
    parser.add_argument("--wanem", default=".build/release/wanem")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--long", action="store_true", help="everything as long as operators have it")
    kinds.add_argument("--calls", action="store_true", help="switches measure the calls of telephones")
    kinds.add_argument("--probes", action="store_true", help="switches and name servers ask each other, and nobody calls")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", help="the names of scenarios, instead of all")
    arguments = parser.parse_args()
    for program in ["pdns_server", "pdnsutil", "unbound", "dig", "delv", *(["dnsperf"] if arguments.long else [])]:
        if not shutil.which(program):
            print(f"{program} is missing: install pdns-server pdns-backend-remote pdns-tools unbound bind9-dnsutils dnsperf")
            return 1
    directory = Path(tempfile.mkdtemp(prefix="tandem-steering-"))
    passed = failed = 0
    world = None
    try:
        form, scenarios = FORMS[next((name for name in FORMS if name and getattr(arguments, name)), "")]
        world = World(arguments, directory, form)
        for scenario in scenarios:
            if arguments.only and scenario.__name__ not in arguments.only:
                continue
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
    if arguments.long and not arguments.only:
        # What needs no distance: PowerDNS's caches, DNSSEC, and kill -9.
        failed += subprocess.run(
            [sys.executable, "-m", "rig.dns", "--binary", arguments.binary, "--queries", "100000", "--kills", "100", "--load"],
            check=False).returncode
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
