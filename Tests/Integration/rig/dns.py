"""The smart DNS with PowerDNS, unbound, dig and delv from Debian, on loopback and in a temporary directory.

    Tests/Integration/dns --binary .build/release/tandem [--queries N] [--kills N]
"""

import argparse
import ctypes
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rig.meter import Relay
from rig.nameservers import PACKAGING, passing_subnets_on, powerdns_settings, smart_dns_tree, unbound_settings

NETWORKS = 999
CENTERS = ("dc1", "dc2", "dc3")
ADDRESSES = ("192.0.2.1", "192.0.2.2", "192.0.2.3")
NAME = "sip.voice.example"
# How many threads of PowerDNS answer over UDP (distributor-threads), each with a connection to the back end.
THREADS = 4


def network(index: int) -> str:
    """One of the networks of which something is known: /24 each, three in a /20 at most."""
    return f"11.{index // 16}.{index % 16 * 16}.0"


def best(index: int) -> str:
    """The address of the data center that is best for a network."""
    return ADDRESSES[index % 3]


def free_port() -> int:
    """A port that nobody uses for UDP nor for TCP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            try:
                other.bind(("127.0.0.1", one.getsockname()[1]))
            except OSError:
                continue
            return one.getsockname()[1]


def die_with_parent() -> None:
    """In a child: the kernel ends it when the rig ends."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Query:
    """A question as bytes."""

    def __init__(self, name: str, kind: int = 1, subnet: str | None = None, ident: int = 1) -> None:
        labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
        ident &= 0xFFFF
        option = b""
        if subnet:
            option = struct.pack(">HHHBB", 8, 7, 1, 24, 0) + socket.inet_aton(subnet)[:3]
        opt = b"\0" + struct.pack(">HHIH", 41, 1232, 0, len(option)) + option
        self.bytes = struct.pack(">6H", ident, 0x0100, 1, 0, 0, 1) + labels + b"\0" + struct.pack(">HH", kind, 1) + opt


def answer(
    port: int, query: Query, wait: float = 2.0, over_tcp: bool = False, address: str = "127.0.0.1"
) -> tuple[int, list[str]]:
    """The response code and the addresses of an answer; code -1 when there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if over_tcp else socket.SOCK_DGRAM) as asker:
        asker.settimeout(wait)
        asker.bind((address, 0))
        try:
            asker.connect(("127.0.0.1", port))
            if not over_tcp:
                asker.send(query.bytes)
                return parse(asker.recv(4096))
            asker.sendall(struct.pack(">H", len(query.bytes)) + query.bytes)
            with asker.makefile("rb") as stream:
                return parse(stream.read(struct.unpack(">H", stream.read(2))[0]))
        except (OSError, struct.error):
            return -1, []


def parse(message: bytes) -> tuple[int, list[str]]:
    """The response code, and what a message answers: addresses (A), and hosts that are to be tried first (SRV).

    All of its records have to point to the question's name.
    """
    (flags,) = struct.unpack(">H", message[2:4])
    found = []
    for kind, data in records(message):
        if kind == 1:
            found.append(socket.inet_ntoa(data[:4]))
        elif kind == 33 and data[:2] == b"\0\x0a":
            found.append(first_label(data[6:]))
    return flags & 15, found


def records(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The type and the data of each record of an answer."""
    (count,) = struct.unpack(">H", message[6:8])
    place = 12
    while message[place]:
        place += message[place] + 1
    place += 5
    for _ in range(count):
        kind, length = struct.unpack(">H6xH", message[place + 2 : place + 12])
        yield kind, message[place + 12 : place + 12 + length]
        place += 12 + length


def first_label(name: bytes) -> str:
    """What a name begins with."""
    return name[1 : 1 + name[0]].decode()


class Rig:
    """The servers, and what is asked of them."""

    def __init__(self, binary: str, directory: Path) -> None:
        self.binary, self.directory = binary, directory
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.own, self.pdns, self.http, self.resolver = free_port(), free_port(), free_port(), 0
        self.socket, self.zones = directory / "backend.sock", directory / "zones.db"
        # Where the smart DNS says that it answers, as to systemd.
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notices.bind(str(directory / "notify.sock"))
        self.notices.settimeout(20)
        run(binary, "migrate", "init", f"sqlite://{self.zones}")
        self.write_configuration()
        self.write_conditions()

    def write_configuration(self) -> None:
        """A tree for the smart DNS, and the files of PowerDNS and of the resolver."""
        conf = self.directory / "conf"
        conf.mkdir()
        settings = {
            "listen-port": self.own, "backend-socket": self.socket, "snapshot": self.directory / "snapshot",
            "keys": self.directory / "keys", "conditions": self.directory / "conditions", "ttl": 30,
            "rate-limit": 0, "exploration-percent": 0, "backend-http-port": self.http,
            "backend-http-secret": "only-for-powerdns", "zones-dsn": f"sqlite://{self.zones}",
            "zones-copy": self.directory / "zones.copy",
        }
        (conf / "freeswitch.xml").write_text(smart_dns_tree(settings, dict(zip(CENTERS, ADDRESSES)), "127.0.0.1"))
        (self.directory / "pdns.conf").write_text(
            powerdns_settings(self.directory, f"unix:path={self.socket},timeout=300", "127.0.0.1", self.pdns)
        )

    def write_conditions(self) -> None:
        """For each network one data center is better by far."""
        with (self.directory / "conditions.new").open("w") as file:
            for index in range(NETWORKS):
                for place, center in enumerate(CENTERS):
                    trip = 20 if place == index % 3 else 120
                    file.write(f"{network(index)}/24 {center} {trip} 0.1 2 100\n")
        (self.directory / "conditions.new").rename(self.directory / "conditions")

    def start(self, name: str, *command: str, **variables: str) -> subprocess.Popen[bytes]:
        """Starts a process that ends with the rig; what it says is kept in a file."""
        log = (self.directory / f"{name}.log").open("ab")
        process = subprocess.Popen(
            command, stdout=log, stderr=log, preexec_fn=die_with_parent, env=os.environ | variables
        )
        self.processes[name] = process
        return process

    def start_tandem(self) -> None:
        """The smart DNS."""
        notices = str(self.directory / "notify.sock")
        self.start("tandem", self.binary, "dns", "run", "--conf", str(self.directory / "conf"), NOTIFY_SOCKET=notices)

    def start_pdns(self) -> None:
        """PowerDNS, when the back end is there."""
        wait(self.listens, "the back end's socket")
        self.start("pdns", "pdns_server", f"--config-dir={self.directory}", "--daemon=no", "--guardian=no")
        wait(lambda: answer(self.pdns, Query("fixed.voice.example"), 0.2)[1] == ["192.0.2.99"], "PowerDNS")

    def start_resolver(self, port: int, modules: str = "iterator", extra: str = "") -> None:
        """unbound, which asks a server of ours."""
        # Just before it is used: those who ask take ports, too.
        self.resolver = free_port()
        (self.directory / "unbound.conf").write_text(
            unbound_settings(
                self.directory, "127.0.0.1", self.resolver, [f"127.0.0.1@{port}"], modules=modules, extra=extra
            )
        )
        self.start("unbound", "unbound", "-d", "-c", str(self.directory / "unbound.conf"))
        wait(lambda: answer(self.resolver, Query("fixed.voice.example"), 0.5)[1] == ["192.0.2.99"], "the resolver")

    def listens(self) -> bool:
        """Whether somebody accepts at the back end's socket."""
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.socket))
                return True
            except OSError:
                return False

    def stop(self, name: str, how: int = signal.SIGTERM) -> None:
        """Ends one process."""
        process = self.processes.pop(name, None)
        if process and process.poll() is None:
            process.send_signal(how)
            process.wait(10)

    def stop_all(self) -> None:
        """Ends all of them."""
        for name in list(self.processes):
            self.stop(name, signal.SIGKILL)
        self.notices.close()


def wait(condition, what: str, seconds: float = 20) -> None:
    """Waits for something, for some time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come")
        time.sleep(0.02)


def check(condition: bool, what: str) -> None:
    """Something that has to be."""
    if not condition:
        raise AssertionError(what)


# What must work, one function each.


def own_listener(rig: Rig, _: argparse.Namespace) -> str:
    """Each network gets its data center, by its subnet; dig agrees, over UDP and TCP."""
    wait(lambda: answer(rig.own, Query(NAME, subnet=network(1)))[1] == [best(1)], "the conditions")
    for index in range(NETWORKS):
        code, found = answer(rig.own, Query(NAME, subnet=network(index)))
        check((code, found) == (0, [best(index)]), f"{network(index)}: {code} {found}")
    for extra in ([], ["+tcp"]):
        text = dig(rig.own, NAME, f"+subnet={network(5)}/24", *extra)
        check(best(5) in text and f"CLIENT-SUBNET: {network(5)}/24/24" in text, text)
    text = dig(rig.own, f"_sip._udp.{NAME}", "SRV", f"+subnet={network(1)}/24", "+short")
    check(text.split("\n")[0] == "10 100 5060 dc2.voice.example.", text)
    check("REFUSED" in dig(rig.own, "version.bind", "TXT", "CH"), "the version is told")
    check("RFC8482" in dig(rig.own, NAME, "ANY", "+notcp"), "a list of all types")
    return f"{NETWORKS} networks"


def powerdns(rig: Rig, arguments: argparse.Namespace) -> str:
    """Through PowerDNS with the settings that we advise, each network gets its data center."""
    return ask_for_all(rig.pdns, arguments.queries // 10)


def powerdns_with_caches(rig: Rig, arguments: argparse.Namespace) -> str:
    """Through PowerDNS with all of its caches, nobody ever gets the answer of another network."""
    port = free_port()
    control = rig.directory / "caches"
    control.mkdir(exist_ok=True)
    rig.start(
        "pdns-caches", "pdns_server", f"--config-dir={rig.directory}", "--daemon=no", "--guardian=no",
        f"--local-port={port}", f"--socket-dir={control}", "--cache-ttl=20", "--query-cache-ttl=20",
        "--negquery-cache-ttl=60",
    )
    try:
        wait(lambda: answer(port, Query("fixed.voice.example"), 0.2)[1] == ["192.0.2.99"], "PowerDNS")
        if arguments.load:
            for index in range(3):
                start_load(rig, port, index)
        said = ask_for_all(port, arguments.queries)
        ended = [name for name, process in rig.processes.items() if process.poll() is not None]
        check(not ended, f"{ended} did not last")
        return said + (", beside three dnsperf" if arguments.load else "")
    finally:
        for index in range(3):
            rig.stop(f"dnsperf-{index}", signal.SIGKILL)
        rig.stop("pdns-caches", signal.SIGKILL)


def start_load(rig: Rig, port: int, index: int) -> None:
    """Others who ask the same all the time: for a network, and the first of them for none."""
    names = rig.directory / f"names-{index}"
    names.write_text(f"{NAME} A\n_sip._udp.{NAME} SRV\nnothing.voice.example A\n")
    option = ["-E", f"8:00011800{socket.inet_aton(network(index))[:3].hex()}"] if index else ["-e"]
    rig.start(
        f"dnsperf-{index}", "dnsperf", "-s", "127.0.0.1", "-p", str(port), "-d", str(names), "-Q", "200", "-l", "3600",
        "-c", "1", "-T", "1", *option,
    )


def ask_for_all(port: int, queries: int) -> str:
    """Asks for networks by chance, and for nobody; all answers have to be right."""
    generator = random.Random(1)
    leaks = wrong = failures = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(3)
        asker.connect(("127.0.0.1", port))
        for number in range(queries):
            index = generator.randrange(NETWORKS)
            # One of ten asks without a network, as resolvers do that send none: what is configured is right for them.
            subnet = network(index) if number % 10 else None
            place = index % 3 if subnet else 0
            is_service = number % 5 == 1
            query = Query(f"_sip._udp.{NAME}", 33, subnet, number) if is_service else Query(NAME, 1, subnet, number)
            expected = (CENTERS if is_service else ADDRESSES)[place]
            asker.send(query.bytes)
            code, found = receive(asker, number & 0xFFFF)
            if code in (-1, 2):
                failures += 1
            elif code != 0 or len(found) != 1:
                wrong += 1
            elif found[0] != expected:
                leaks += 1
    check(leaks == 0 and wrong == 0, f"{leaks} leaks, {wrong} wrong answers")
    # PowerDNS gives up after 300 ms, which happens on a machine that does too much else.
    check(failures * 10_000 <= max(queries, 10_000), f"{failures} failures of {queries}")
    return f"{queries} questions, 0 leaks, {failures} failures"


def receive(asker: socket.socket, ident: int) -> tuple[int, list[str]]:
    """The answer to one question, not a late one to another; code -1 when none comes."""
    while True:
        try:
            message = asker.recv(4096)
        except TimeoutError:
            return -1, []
        if struct.unpack(">H", message[:2])[0] == ident:
            return parse(message)


def resolver_with_subnet(rig: Rig, _: argparse.Namespace) -> str:
    """A resolver that passes networks on caches for them only."""
    rig.start_resolver(rig.own, "subnetcache iterator", passing_subnets_on(["127.0.0.1"]))
    try:
        for turn in range(2):
            for index in range(0, NETWORKS, 37):
                code, found = answer(rig.resolver, Query(NAME, subnet=network(index)))
                check((code, found) == (0, [best(index)]), f"{network(index)}, turn {turn}: {code} {found}")
    finally:
        rig.stop("unbound")
    return "twice each"


def resolver_without_subnet(rig: Rig, _: argparse.Namespace) -> str:
    """A resolver that passes none on gets what is right for its own address."""
    rig.start_resolver(rig.pdns)
    try:
        code, found = answer(rig.resolver, Query(NAME))
        check((code, found) == (0, [ADDRESSES[0]]), f"{code} {found}")
    finally:
        rig.stop("unbound")
    return "as configured"


def aliases(rig: Rig, _: argparse.Namespace) -> str:
    """Aliases lead to their targets at PowerDNS and at the own listener, also where the target is the zone."""
    for port in (rig.own, rig.pdns):
        text = dig(port, "alias.voice.example", "A", "+short").split()
        check(text == ["fixed.voice.example.", "192.0.2.99"], f"{port}: {text}")
        text = dig(port, "top.voice.example", "NS")
        check("status: NOERROR" in text and " aa " in text.replace(";", " ") and "CNAME" in text, f"{port}: {text}")
    return "addresses and name servers"


def explanation(rig: Rig, _: argparse.Namespace) -> str:
    """The command line, pdnsutil and HTTP say why."""
    tandem = run(rig.binary, "dns", "explain", "--conf", str(rig.directory / "conf"), NAME, f"{network(4)}/24")
    check("decided by 11.0.64.0/24" in tandem and "answer: dc2" in tandem, tandem)
    pdnsutil = run(
        "pdnsutil", f"--config-dir={rig.directory}", "backend-cmd", "remote", f"explain {NAME} {network(4)}/24"
    )
    check("decided by 11.0.64.0/24" in pdnsutil, pdnsutil)
    query = f"directBackendCmd?query=explain+{NAME}+{network(4)}/24"
    http = run("curl", "-s", f"http://127.0.0.1:{rig.http}/only-for-powerdns/dns/{query}")
    check("decided by 11.0.64.0/24" in http, http)
    # What operators copy is safe, and so is what we run.
    for settings in (PACKAGING / "pdns.conf", rig.directory / "pdns.conf"):
        run(rig.binary, "dns", "check", "--conf", str(rig.directory / "conf"), "--pdns", str(settings))
    return "all of them"


def secure(rig: Rig) -> list[str]:
    """Has the zone signed; the words of its DNSKEY record."""
    util = ["pdnsutil", f"--config-dir={rig.directory}"]
    if "KSK" not in run(*util, "list-keys", "voice.example", fails=True) and "CSK" not in run(
        *util, "list-keys", "voice.example", fails=True
    ):
        run(*util, "secure-zone", "voice.example")
        run("pdns_control", f"--config-dir={rig.directory}", "purge")
    key = next(
        line for line in run(*util, "export-zone-dnskey", "voice.example", "1").splitlines() if "DNSKEY" in line
    )
    return key.split("DNSKEY")[1].split()


def signatures(rig: Rig, _: argparse.Namespace) -> str:
    """With keys that we keep, PowerDNS signs what depends on who asks, and delv believes it."""
    parts = secure(rig)
    anchors = rig.directory / "anchors"
    anchors.write_text(
        f'trust-anchors {{ voice.example. static-key {parts[0]} {parts[1]} {parts[2]} "{"".join(parts[3:])}"; }};\n'
    )
    wait(lambda: "RRSIG" in dig(rig.pdns, NAME, "+dnssec"), "signatures", 40)
    for name, kind, expected in [
        (f"_sip._udp.{NAME}", "SRV", "; fully validated"), (NAME, "A", "; fully validated"),
        (NAME, "NAPTR", "; fully validated"), ("nothing.voice.example", "A", "negative response, fully validated"),
        (NAME, "TXT", "negative response, fully validated"),
    ]:
        text = run(
            "delv", "@127.0.0.1", "-p", str(rig.pdns), "-a", str(anchors), "+root=voice.example", name, kind, fails=True
        )
        check(expected in text, f"{name} {kind}: {text}")
    for name in (f"_udp.{NAME}", f"_tcp.{NAME}"):
        # There only because of what is below: it exists, or resolvers that ask label by label never find the SRV records.
        check("status: NOERROR" in dig(rig.pdns, name, "TXT"), f"{name} does not exist for PowerDNS")
        text = run("delv", "@127.0.0.1", "-p", str(rig.pdns), "-a", str(anchors), "+root=voice.example", name, "A", fails=True)
        check("negative response, fully validated" in text, f"{name}: {text}")
    return "SRV, A, NAPTR, denials, names without records"


def validating_resolver(rig: Rig, _: argparse.Namespace) -> str:
    """A resolver that validates, and that asks label by label, believes what is steered: with nothing in its caches."""
    anchor = f' trust-anchor: "voice.example. DNSKEY {" ".join(secure(rig))}"\n'
    wait(lambda: "RRSIG" in dig(rig.pdns, NAME, "+dnssec"), "signatures", 40)
    passing = passing_subnets_on(["127.0.0.1"])
    kinds = {
        "as Debian has it": ("validator iterator", anchor),
        "strict": ("validator iterator", anchor + " qname-minimisation-strict: yes\n"),
        "strict, with networks": ("subnetcache validator iterator", anchor + passing + " qname-minimisation-strict: yes\n"),
    }
    for kind, (modules, extra) in kinds.items():
        for name, record in [(f"_sip._udp.{NAME}", "SRV"), (NAME, "NAPTR"), (NAME, "A")]:
            # Each begins anew: what is asked first is the question that fails where names between are missing.
            rig.start_resolver(rig.pdns, modules, extra)
            try:
                for index in (1, 5) if "networks" in kind else (0,):
                    subnet = [f"+subnet={network(index)}/24"] if "networks" in kind else []
                    text = dig(rig.resolver, name, record, "+dnssec", *subnet)
                    flags = next(iter(re.findall(r";; flags: ([a-z ]+);", text)), "").split()
                    check("status: NOERROR" in text and "ad" in flags and "RRSIG" in text, f"{kind}, {record}: {text}")
                    check(record != "A" or not subnet or best(index) in text, f"{kind}: {network(index)}: {text}")
            finally:
                rig.stop("unbound")
    return ", ".join(kinds)


def kills(rig: Rig, arguments: argparse.Namespace) -> str:
    """kill -9 of the smart DNS: PowerDNS lives and fails for a second at most, and what was known is there at once.

    Each thread of PowerDNS learns from a failed question that its connection has gone, so the last failure counts: it is
    asked until all threads have had their turn, over UDP and over TCP.
    """
    longest = 0.0
    failures = wrong = questions = late = 0
    # What is known goes to the disk every minute, and at an orderly end.
    rig.stop("tandem")
    rig.start_tandem()
    wait(rig.listens, "the back end's socket")
    for number in range(arguments.kills):
        rig.stop("tandem", signal.SIGKILL)
        killed = last = time.monotonic()
        rig.start_tandem()
        successes = 0
        while successes < THREADS * 4:
            index = (number * 7 + questions) % NETWORKS
            # Every fourth question comes over TCP, for which PowerDNS has a thread of its own.
            code, found = answer(rig.pdns, Query(NAME, subnet=network(index)), 1, over_tcp=successes % 4 == 3)
            questions += 1
            if code == 0:
                successes += 1
                wrong += found != [best(index)]
            else:
                failures += rig.listens()
                (successes, last) = (0, time.monotonic())
                time.sleep(0.005)
            check(time.monotonic() - killed < 20, "PowerDNS fails for 20 s")
        longest = max(longest, last - killed)
        late += Relay(rig.socket).late()
        check(rig.processes["pdns"].poll() is None, "PowerDNS is gone")
    check(longest <= 1.0, f"PowerDNS failed until {longest:.2f} s after a kill")
    # Whoever gets no decision within two milliseconds is sent to the first data center, and the smart DNS counts that.
    check(wrong <= late, f"{wrong} answers were not those of before, {late} were given without a decision")
    return (
        f"{arguments.kills} times, the last failure {longest * 1000:.0f} ms after the kill at most, "
        f"{failures} of {questions} questions failed while the smart DNS was there, {late} answers without a decision"
    )


def run(*command: str, fails: bool = False) -> str:
    """What a command says; it has to succeed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    check(fails or done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout + (done.stderr if fails else "")


def dig(port: int, *words: str) -> str:
    """What dig says."""
    return run("dig", "@127.0.0.1", "-p", str(port), "+tries=1", "+time=2", *words, fails=True)


SCENARIOS = [
    own_listener, powerdns, powerdns_with_caches, resolver_with_subnet, resolver_without_subnet, aliases,
    explanation, signatures, validating_resolver, kills,
]


def main() -> int:
    parser = argparse.ArgumentParser(description="the smart DNS with real servers")
    parser.add_argument("--binary", default=".build/release/tandem")
    parser.add_argument("--queries", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--restarts", type=int, default=5)
    parser.add_argument("--load", action="store_true", help="dnsperf asks meanwhile")
    parser.add_argument("--only")
    arguments = parser.parse_args()
    for program in ["pdns_server", "pdnsutil", "unbound", "dig", "delv"]:
        if not shutil.which(program):
            print(f"{program} is missing: install pdns-server pdns-backend-remote pdns-tools unbound bind9-dnsutils")
            return 1
    # It has functions of this module itself.
    from rig import dns_backends  # pylint: disable=import-outside-toplevel

    directory = Path(tempfile.mkdtemp(prefix="tandem-dns-"))
    rig = Rig(os.path.abspath(arguments.binary), directory)
    passed = failed = 0
    try:
        rig.start_tandem()
        check(rig.notices.recv(64) == b"READY=1" and rig.listens(), "it does not say when it answers")
        rig.start_pdns()
        for scenario in SCENARIOS + dns_backends.SCENARIOS:
            if arguments.only and scenario.__name__ != arguments.only:
                continue
            try:
                print(f"ok dns {scenario.__name__}: {scenario(rig, arguments)}", flush=True)
                passed += 1
            except (AssertionError, OSError, subprocess.TimeoutExpired, StopIteration) as error:
                print(f"FAILED dns {scenario.__name__}: {error}", flush=True)
                failed += 1
    except AssertionError as error:
        print(f"FAILED dns start: {error}")
        failed += 1
    finally:
        rig.stop_all()
    print(f"{passed} passed, {failed} failed")
    if failed:
        print(f"logs are in {directory}")
    else:
        shutil.rmtree(directory)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
