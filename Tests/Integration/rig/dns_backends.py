"""The ways by which PowerDNS may ask the smart DNS, and what a restart or another configuration does to each.

They are scenarios of rig/dns.py.
"""

import argparse
import contextlib
import signal
import sqlite3
import time
from collections.abc import Iterator

from rig import dns
from rig.nameservers import center
from rig.dns import NAME, Query, Rig, answer, best, check, dig, free_port, network, run, wait

SECRET = "only-for-powerdns"
THREADS = 4


class Front:
    """A PowerDNS of its own, with one way to ask."""

    def __init__(self, rig: Rig, name: str, connection: str) -> None:
        self.rig, self.name, self.port = rig, name, free_port()
        self.directory = rig.directory / f"pdns-{name}"
        self.directory.mkdir(exist_ok=True)
        text = (rig.directory / "pdns.conf").read_text()
        kept = [
            line for line in text.splitlines()
            if not line.startswith(("remote-connection-string", "local-port", "socket-dir"))
        ]
        kept += [
            f"remote-connection-string={connection}", f"local-port={self.port}", f"socket-dir={self.directory}",
        ]
        (self.directory / "pdns.conf").write_text("\n".join(kept) + "\n")

    def start(self) -> None:
        """Starts it when the back end is there, and waits until it answers."""
        wait(lambda: answer(self.rig.own, Query("fixed.voice.example"), 0.2)[1] == ["192.0.2.99"], "the smart DNS")
        self.rig.start(
            f"pdns-{self.name}", "pdns_server", f"--config-dir={self.directory}", "--daemon=no", "--guardian=no"
        )
        wait(lambda: answer(self.port, Query("fixed.voice.example"), 0.2)[1] == ["192.0.2.99"], f"PowerDNS ({self.name})")

    def stop(self) -> None:
        """Ends it."""
        self.rig.stop(f"pdns-{self.name}", signal.SIGKILL)

    def util(self, *words: str, fails: bool = False) -> str:
        """What pdnsutil says."""
        return run("pdnsutil", f"--config-dir={self.directory}", *words, fails=fails)


def connections(rig: Rig) -> dict[str, str]:
    """What PowerDNS is told, for each way."""
    url = f"http://127.0.0.1:{rig.http}/{SECRET}/dns"
    return {
        "unix": f"unix:path={rig.socket},timeout=300",
        "pipe": f"pipe:command={rig.binary} dns pipe {rig.socket},timeout=1500",
        "http": f"http:url={url},timeout=2000",
        "post": f"http:url={url},post=yes,timeout=2000",
        "json": f"http:url={url},post=yes,post_json=yes,timeout=2000",
    }


@contextlib.contextmanager
def front(rig: Rig, name: str) -> Iterator[Front]:
    """A PowerDNS that asks in one way, for a while."""
    server = Front(rig, name, connections(rig)[name])
    server.start()
    try:
        yield server
    finally:
        server.stop()


def ways(rig: Rig, _: argparse.Namespace) -> str:
    """Look-ups, lists, keys and commands work whichever way PowerDNS asks."""
    for name in connections(rig):
        with front(rig, name) as server:
            look_ups(server)
            check("sip.voice.example" in server.util("list-zone", "voice.example"), f"{name}: list")
            keys(server)
            said = server.util("backend-cmd", "remote", f"explain {NAME} {network(4)}/24")
            check("decided by 11.0.64.0/24" in said, f"{name}: {said}")
    return ", ".join(connections(rig))


def look_ups(server: Front) -> None:
    """What phones ask, over UDP and TCP."""
    for index in range(0, 60, 7):
        code, found = answer(server.port, Query(NAME, subnet=network(index)))
        check((code, found) == (0, [best(index)]), f"{server.name}, {network(index)}: {code} {found}")
    for words, expected in [
        ((f"_sip._udp.{NAME}", "SRV", f"+subnet={network(1)}/24"), "10 100 5060 dc2.voice.example."),
        ((NAME, "NAPTR"), "SIP+D2U"), ((NAME, "A", "+tcp", f"+subnet={network(2)}/24"), best(2)),
        ((f"_udp.{NAME}", "TXT"), "status: NOERROR"), (("nothing.voice.example", "A"), "status: NXDOMAIN"),
        (("x.wild.voice.example", "A"), "192.0.2.98"),
    ]:
        text = dig(server.port, *words)
        check(expected in text, f"{server.name}, {words}: {text}")


def keys(server: Front) -> None:
    """Keys are added, changed and taken away; denials by hashes only where PowerDNS makes them up."""
    # It may have keys by now.
    server.util("secure-zone", "voice.example", fails=True)
    listed = server.util("list-keys", "voice.example")
    number = next(word for line in listed.splitlines() if "voice.example" in line for word in line.split() if word.isdigit() and int(word) < 200)
    for command in ["deactivate", "activate", "unpublish", "publish"]:
        server.util(f"{command}-zone-key", "voice.example", number)
    refused = server.util("set-nsec3", "voice.example", "1 0 0 -", fails=True)
    check("NSEC3" not in server.util("show-zone", "voice.example") or "fail" in refused.lower(), f"{server.name}: {refused}")
    check("NSEC3PARAM" not in server.util("get-meta", "voice.example", "NSEC3PARAM").split("=")[1:], f"{server.name}: kept")
    server.util("set-nsec3", "voice.example", "1 0 0 -", "narrow")
    check("NARROW" in server.util("show-zone", "voice.example"), f"{server.name}: narrow")
    server.util("unset-nsec3", "voice.example")
    server.util("remove-zone-key", "voice.example", number)


def secrets(rig: Rig, _: argparse.Namespace) -> str:
    """Over HTTP everybody on the machine gets look-ups, and nothing that PowerDNS alone may have."""
    def status(path: str) -> str:
        return run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", f"http://127.0.0.1:{rig.http}{path}")

    for path, expected in [
        ("/dns/lookup/fixed.voice.example./A", "200"), ("/dns/getDomainKeys/voice.example.", "403"),
        (f"/{SECRET}/dns/getDomainKeys/voice.example.", "200"), ("/wrong/dns/getDomainKeys/voice.example.", "403"),
    ]:
        check(status(path) == expected, f"{path}: {status(path)}")
    return "keys are refused"


def restarts(rig: Rig, arguments: argparse.Namespace) -> str:
    """After each restart of the smart DNS as many questions as there are threads, and three times that: what fails.

    With `dns pipe` nothing does, also of what is asked while nobody is there.
    """
    said = []
    for name in ["unix", "pipe", "json"]:
        with front(rig, name) as server:
            failures, asked, longest = count_failures(rig, server, arguments.restarts)
            said.append(f"{name} {failures} of {asked}, {longest * 1000:.0f} ms at most")
            # A restart may take longer than the pipe waits, on a machine that does too much else.
            if name == "pipe":
                check(failures * 50 <= asked, f"pipe: {failures} of {asked} failed")
    return "; ".join(said)


def count_failures(rig: Rig, server: Front, restarts: int) -> tuple[int, int, float]:
    """How many questions fail of those that are asked while the smart DNS is started anew, and after that."""
    failures = asked = 0
    longest = 0.0
    for number in range(restarts):
        # Every thread has its connection.
        for index in range(3 * THREADS):
            answer(server.port, Query(NAME, subnet=network(index)), 2)
        rig.stop("tandem", signal.SIGKILL if number % 2 else signal.SIGTERM)
        rig.start_tandem()
        if server.name != "pipe":
            wait(rig.listens, "the socket")
        for index in range(3 * THREADS):
            begun = time.monotonic()
            code, found = answer(server.port, Query(NAME, subnet=network(index)), 2)
            longest = max(longest, time.monotonic() - begun)
            asked += 1
            failures += (code, found) != (0, [best(index)])
    return failures, asked, longest


def hangs(rig: Rig, _: argparse.Namespace) -> str:
    """A smart DNS that hangs makes questions fail, not names vanish; when it goes on, so does everything."""
    with front(rig, "pipe") as server:
        process = rig.processes["tandem"]
        process.send_signal(signal.SIGSTOP)
        try:
            for _ in range(THREADS + 1):
                code, _found = answer(server.port, Query(NAME, subnet=network(1)), 4)
                check(code in (-1, 2), f"it says {code} while nobody answers")
        finally:
            process.send_signal(signal.SIGCONT)
        # All of its threads.
        wait(lambda: all(
            answer(server.port, Query(NAME, subnet=network(index)), 2) == (0, [best(index)]) for index in range(3 * THREADS)
        ), "answers afterwards")
    return "SERVFAIL, and well again"


def reload(rig: Rig, _: argparse.Namespace) -> str:
    """SIGHUP: another configuration is in force at once, a wrong one changes nothing and is named with its line."""
    tree = rig.directory / "conf" / "freeswitch.xml"
    before = tree.read_text()
    log = rig.directory / "tandem.log"
    process = rig.processes["tandem"]

    def write(text: str) -> None:
        fresh = tree.with_suffix(".new")
        fresh.write_text(text)
        fresh.rename(tree)
        process.send_signal(signal.SIGHUP)

    try:
        length = len(log.read_text())
        write(before.replace('content="192.0.2.99"', 'content="not-an-address"'))
        wait(lambda: "stays as it was" in log.read_text()[length:], "a word about what is wrong")
        check("freeswitch.xml:1" in log.read_text()[length:], log.read_text()[length:])
        check(answer(rig.own, Query("fixed.voice.example"))[1] == ["192.0.2.99"], "what was there is gone")
        write(before.replace('content="192.0.2.99"', 'content="192.0.2.97"'))
        wait(lambda: answer(rig.own, Query("fixed.voice.example"))[1] == ["192.0.2.97"], "the new address")
        # In another order, dc3 has no number but its name: its networks keep it.
        for index in (0, 1, 2):
            code, found = answer(rig.own, Query(NAME, subnet=network(index)))
            check((code, found) == (0, [best(index)]), f"{network(index)}: {code} {found}")
        swapped = before.replace(center("dc1", dns.ADDRESSES[0]), "@1").replace(center("dc3", dns.ADDRESSES[2]), center("dc1", dns.ADDRESSES[0]))
        write(swapped.replace("@1", center("dc3", dns.ADDRESSES[2])))
        wait(lambda: answer(rig.own, Query(NAME))[1] == [dns.ADDRESSES[2]], "another order")
        for index in range(0, 90, 7):
            code, found = answer(rig.own, Query(NAME, subnet=network(index)))
            check((code, found) == (0, [best(index)]), f"{network(index)} in another order: {code} {found}")
        check(process.poll() is None, "it has ended")
    finally:
        write(before)
        wait(lambda: answer(rig.own, Query(NAME))[1] == [dns.ADDRESSES[0]], "what was there before")
    return "wrong, right, another order"


def tables(rig: Rig, _: argparse.Namespace) -> str:
    """Rows of a database are in force soon, wrong ones are named and change nothing, and a start goes without it."""
    log = rig.directory / "tandem.log"

    def change(statement: str) -> None:
        with contextlib.closing(sqlite3.connect(rig.zones, timeout=5)) as database, database:
            database.execute(statement)

    def named(name: str, index: int) -> bool:
        return answer(rig.own, Query(name, subnet=network(index))) == (0, [best(index)])

    with front(rig, "pipe") as server:
        begun = time.monotonic()
        change("INSERT INTO smart_dns_services (zone, name, transports) VALUES ('voice.example', 'tenant7', 'udp,tls')")
        change("INSERT INTO smart_dns_zones (name, name_servers) VALUES ('tenant.example', 'ns1.voice.example.')")
        change("INSERT INTO smart_dns_services (zone, name) VALUES ('tenant.example', '@')")
        wait(lambda: named("tenant7.voice.example", 4) and named("tenant.example", 5), "rows that are new", 30)
        soon = time.monotonic() - begun
        check(answer(server.port, Query("tenant7.voice.example", subnet=network(5)))[1] == [best(5)], "PowerDNS has none of it")
        # It asks for all zones now and then (zone-cache-refresh-interval).
        wait(lambda: answer(server.port, Query("tenant.example", subnet=network(5)))[1] == [best(5)], "a zone that is new to PowerDNS", 20)
        there = time.monotonic() - begun
    change("UPDATE smart_dns_services SET transports = 'smoke' WHERE name = 'tenant7'")
    place = "smart_dns_services, row tenant7 of voice.example: error: transports are"
    wait(lambda: place in log.read_text(), "a word about the row that is wrong", 30)
    check(named("tenant7.voice.example", 1), "what was right is gone")
    said = run(rig.binary, "dns", "check", "--conf", str(rig.directory / "conf"), fails=True)
    check(place in said, f"check says {said}")
    rig.stop("tandem", signal.SIGKILL)
    # The file, with what SQLite keeps beside it.
    away = rig.directory / "away"
    away.mkdir()
    for path in rig.directory.glob("zones.db*"):
        path.rename(away / path.name)
    try:
        rig.start_tandem()
        wait(lambda: named("tenant7.voice.example", 2), "rows that are known from before")
    finally:
        rig.stop("tandem")
        for path in rig.directory.glob("zones.db*"):
            path.unlink()
        for path in away.glob("zones.db*"):
            path.rename(rig.directory / path.name)
        change("DELETE FROM smart_dns_services")
        change("DELETE FROM smart_dns_zones")
        rig.start_tandem()
        wait(rig.listens, "the back end's socket")
    wait(lambda: answer(rig.own, Query("tenant7.voice.example"))[0] == 3, "no rows")
    return f"new ones after {soon:.1f} s, a new zone at PowerDNS after {there:.1f} s, a wrong one named, a start without the database"


SCENARIOS = [ways, secrets, reload, tables, hangs, restarts]
