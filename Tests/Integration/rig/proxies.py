"""`tandem db-balancer` beside HAProxy (mysql-check) in the same minutes, before the same three nodes of Galera.

    Tests/Integration/proxies [--short | --writes] PROGRAM

Needs Debian's haproxy, but for --writes. First each gets the load alone, in turns, for their throughput. Then both get the
same load at the same time: in peace, while a node is killed, while one is frozen and thawed, and while one is cut off from
the others alone. A row is counted up on a node that nothing happens to, and read through both. Printed are statements,
errors, answers that are older than a second, lost connections, the longest wait, how long after the fault a statement was
still begun that came to nothing or had to wait at that node, and the CPU time of each proxy for a statement. Throughput and
CPU time are checked beside HAProxy, and what clients notice of a fault by limits of its own: HAProxy's may be anything.

In the end, and with --writes alone, rows are put in through tandem while the node that they go to is killed
(rig/writing.py).
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .mariadbclient import Client
from .ports import LOOPBACK
from .process import Child
from .writing import Writing

_THREADS = 4
_OLD_SECONDS = 1.0
"""How much later than it was acknowledged a change has to be seen."""
_SLOW_SECONDS = 0.2
"""A statement that takes longer has met a node that does not answer."""
_HUNG_SECONDS = 1.0
"""One that takes longer has done so on a machine that is busy, too."""
_MOST_WRONG, _MOST_LOST = 3 * _THREADS, 4 * _THREADS
"""How many statements of all clients may be wrong after a fault, and how many connections lost: 5 and 8 have been seen, since
the nodes that stay come to another view of the cluster, too, and a client may meet each of them meanwhile."""
_LAST_SECONDS = {"killed": 3.0, "frozen": 3.0, "partitioned": 8.0}
"""How long after a fault the last statement may be begun that comes to nothing, or hangs, at that node: docs/balancer.md has
0 seconds, 0, and the 3 until Galera notices, for which it may take 6 on a busy machine (rig/cluster.py)."""
_CONTROL, _WRITER = 1, 2
"""Ports of tandem's, counted from the one of readers."""


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _haproxy(directory: Path, ports: list[int], port: int) -> Child:
    servers = "\n".join(f"  server node{number} {LOOPBACK}:{node} check" for number, node in enumerate(ports))
    (directory / "haproxy.cfg").write_text(f"""
global
  maxconn 500
defaults
  mode tcp
  timeout connect 1s
  timeout client 1m
  timeout server 1m
listen mysql
  bind {LOOPBACK}:{port}
  balance leastconn
  option mysql-check user check
{servers}
""")
    return Child("haproxy", ["haproxy", "-db", "-f", str(directory / "haproxy.cfg")], log=directory / "haproxy.log")


def _tandem(directory: Path, program: str, dsns: list[str], port: int) -> Child:
    nodes = "\n".join(
        f'<node name="n{number}"><param name="dsn" value="{dsn.replace(chr(38), "&amp;")}"/>'
        '<param name="connections" value="200"/></node>' for number, dsn in enumerate(dsns))
    path = directory / "balancer.conf.xml"
    path.write_text(f'<configuration name="balancer.conf"><balancers><balancer name="main">'
                    f'<param name="listen-reader" value="{LOOPBACK}:{port}"/>'
                    f'<param name="listen-writer" value="{LOOPBACK}:{port + _WRITER}"/>'
                    f"{nodes}</balancer></balancers></configuration>")
    child = Child("tandem", [program, "db-balancer", str(path), "--control-port", str(port + _CONTROL)],
                  log=directory / "tandem.log")
    child.wait_for("reading at", timeout=20)
    return child


@dataclass
class Seen:
    """What the clients of one proxy have seen."""

    statements: int = 0
    errors: int = 0
    """Statements that the server refused."""
    lost: int = 0
    """Connections that were lost, or not to be had."""
    old: int = 0
    """Answers that were not true any more for a second."""
    longest: float = 0
    latest: float = 0
    """How long after the fault the last statement was begun that failed, or had to wait."""
    last: float = 0
    """The same of those that failed, or hung."""

    def __add__(self, other: Seen) -> Seen:
        return Seen(self.statements + other.statements, self.errors + other.errors, self.lost + other.lost,
                    self.old + other.old, max(self.longest, other.longest), max(self.latest, other.latest),
                    max(self.last, other.last))

    @property
    def wrong(self) -> int:
        """Statements that a client has to tell its users about."""
        return self.errors + self.old


class Fault:
    """Something that happens to a node, which has a port, and when it did."""

    def __init__(self, port: int | None = None) -> None:
        self.at: float | None = None
        self._port = port

    def note(self, seen: Seen, begun: float, port: int | None, *, is_bad: bool) -> None:
        """A statement that was begun then has failed or hung (bad), or had to wait, at the node with a port; None where none
        was reached."""
        if self.at is not None and begun > self.at and port in (None, self._port):
            seen.latest = max(seen.latest, begun - self.at)
            if is_bad:
                seen.last = max(seen.last, begun - self.at)


def _tell(port: int, statement: bytes) -> None:
    client = Client(port, b"operator")
    client.ask(statement)
    client.close()


class Beat:
    """A row that is counted up on one node, and when that was acknowledged."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._acknowledged: list[tuple[float, int]] = [(0.0, 0)]
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        count = 0
        client: Client | None = None
        while not self._ends.wait(0.02):
            try:
                client = client or Client(self._port, b"operator")
                client.ask(b"UPDATE beat SET n = %d" % (count + 1))
                count += 1
                self._acknowledged.append((time.monotonic(), count))
            except ValueError:
                pass
            except OSError:
                client = None
        if client:
            client.close()

    def expected(self) -> int:
        """What has to be seen now at least."""
        limit = time.monotonic() - _OLD_SECONDS
        return next(count for at, count in reversed(self._acknowledged) if at <= limit or count == 0)

    def stop(self) -> None:
        """Ends it."""
        self._ends.set()
        self._thread.join()


def _load(port: int, end: float, seen: Seen, beat: Beat, fault: Fault) -> None:
    client: Client | None = None
    node: int | None = None
    while (begun := time.monotonic()) < end:
        fails = True
        try:
            expected = beat.expected()
            if client is None:
                node = None
                client = Client(port)
                node = int(client.ask(b"SELECT @@port"))
            seen.old += int(client.ask(b"SELECT n FROM beat")) < expected
            seen.statements += 1
            fails = False
        except ValueError:
            seen.errors += 1
        except OSError:
            seen.lost += 1
            client = None
            time.sleep(0.01)
        took = time.monotonic() - begun
        seen.longest = max(seen.longest, took)
        if fails or took > _SLOW_SECONDS:
            fault.note(seen, begun, node, is_bad=fails or took > _HUNG_SECONDS)
    if client:
        client.close()


@dataclass
class Proxy:
    """One of the two, at work."""

    child: Child
    port: int


class Nodes:
    """The nodes that there are (rig/cluster.py), and what happens to them."""

    def __init__(self) -> None:
        self.ports = [int(port) for port in os.environ["TANDEM_TEST_CLUSTER_PORTS"].split()]
        self.dsns = os.environ["TANDEM_TEST_CLUSTER"].split("\n")
        self._directory = Path(os.environ["TANDEM_TEST_CLUSTER_DIRECTORY"])

    @property
    def free_port(self) -> int:
        """The first of a few ports for who stands before them."""
        return self.ports[-1] + 50

    def signal(self, node: int, number: int) -> Callable[[], None]:
        """Sends a signal to a node."""
        return lambda: os.kill(int((self._directory / f"node{node + 1}.pid").read_text()), number)

    def isolate(self, node: int, is_isolated: bool) -> Callable[[], None]:
        """Cuts a node off from the others, which clients do not notice."""
        statement = b"SET GLOBAL wsrep_provider_options = 'gmcast.isolate=%d'" % is_isolated
        return lambda: _tell(self.ports[node], statement)

    def writing(self, port: int) -> Writing:
        """Clients who write, through tandem with its readers at a port."""
        return Writing(self.ports, port + _WRITER, port + _CONTROL, lambda node: self.signal(node, signal.SIGKILL)())


class Comparison:
    """Both before the same nodes, and what they do."""

    def __init__(self, program: str, directory: Path, nodes: Nodes) -> None:
        self._ports = nodes.ports
        base = nodes.free_port
        self.proxies = {"haproxy": Proxy(_haproxy(directory, self._ports, base), base),
                        "tandem": Proxy(_tandem(directory, program, nodes.dsns, base + 4), base + 4)}
        time.sleep(2)
        self._beat = Beat(self._ports[2])

    def stop(self) -> None:
        """Ends everything."""
        self._beat.stop()
        for proxy in self.proxies.values():
            proxy.child.stop()

    # What clients see.

    def _run(self, names: list[str], seconds: float, node: int = 0,
             actions: Sequence[tuple[float, Callable[[], None]]] = ()) -> dict[str, Seen]:
        fault, begun = Fault(self._ports[node]), time.monotonic()
        seen = {name: [Seen() for _ in range(_THREADS)] for name in names}
        threads = [threading.Thread(target=_load, args=(self.proxies[name].port, begun + seconds, one, self._beat, fault))
                   for name in names for one in seen[name]]
        for thread in threads:
            thread.start()
        for at, action in actions:
            time.sleep(max(0, at - (time.monotonic() - begun)))
            fault.at = fault.at or time.monotonic()
            action()
        for thread in threads:
            thread.join()
        return {name: sum(ones, Seen()) for name, ones in seen.items()}

    def throughput(self, turns: int, seconds: float) -> None:
        """Prints how many statements a second go through each of them without the other, the median of some turns."""
        rates: dict[str, list[float]] = {name: [] for name in self.proxies}
        for _ in range(turns):
            for name, found in rates.items():
                found.append(self._run([name], seconds)[name].statements / seconds)
        medians = {name: statistics.median(found) for name, found in rates.items()}
        print("in turns     " + ", ".join(f"{name} {rate:.0f}/s" for name, rate in medians.items())
              + f": tandem does {medians['tandem'] / max(medians['haproxy'], 1):.2f} of what haproxy does", flush=True)

    def measure(self, title: str, seconds: float, node: int = 0,
                actions: Sequence[tuple[float, Callable[[], None]]] = ()) -> tuple[dict[str, Seen], dict[str, float]]:
        """Gives both the same load while something happens to a node; what their clients have seen, and the µs of CPU each."""
        before = {name: _cpu_seconds(proxy.child.pid) for name, proxy in self.proxies.items()}
        seen = self._run(list(self.proxies), seconds, node, actions)
        costs = {}
        for name, one in seen.items():
            spent = _cpu_seconds(self.proxies[name].child.pid) - before[name]
            costs[name] = spent * 1e6 / max(one.statements, 1)
            until = f"{one.latest * 1000:5.0f} ms after it the last that met it" if actions else ""
            print(f"{title:12} {name:8} {one.statements:7} statements {one.errors:6} errors {one.old:6} old "
                  f"{one.lost:5} lost {one.longest:6.2f} s the longest {costs[name]:6.1f} µs CPU each {until}", flush=True)
        return seen, costs


class Checks:
    """What has to hold."""

    def __init__(self) -> None:
        self.passed, self.failed = 0, 0

    def check(self, what: str, holds: bool) -> None:
        """Notes whether something holds."""
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {what}", flush=True)

    def judge(self, title: str, seen: dict[str, Seen]) -> None:
        """What clients of tandem's see of a fault, and that their statements go through beside those of HAProxy's."""
        ours, others = seen["tandem"], seen["haproxy"]
        latest = _LAST_SECONDS[title]
        self.check(f"{title}: at most {_MOST_WRONG} errors and old answers: {ours.wrong}, of HAProxy {others.wrong}",
                   ours.wrong <= _MOST_WRONG)
        self.check(f"{title}: at most {_MOST_LOST} connections lost: {ours.lost}, of HAProxy {others.lost}",
                   ours.lost <= _MOST_LOST)
        self.check(f"{title}: nothing fails or hangs at that node {latest:g} s after it: {ours.last:.1f} s, with HAProxy "
                   f"{others.last:.1f} s", ours.last <= latest)
        self.check(f"{title}: statements go through", ours.statements > others.statements // 2)


def run(program: str, is_short: bool) -> Checks:
    """Runs both, and prints what they did."""
    checks, nodes = Checks(), Nodes()
    (turns, lull, fault) = (5, 8, 4.0) if is_short else (15, 12, 10.0)
    with tempfile.TemporaryDirectory() as name:
        comparison = Comparison(program, Path(name), nodes)
        try:
            # Other work on the machine meets one of the two: nothing is checked here.
            comparison.throughput(turns, 1)
            seen, costs = comparison.measure("peace", 4 if is_short else 8)
            checks.check("at least half of HAProxy's throughput",
                         seen["tandem"].statements > seen["haproxy"].statements / 2)
            checks.check("no error and nothing old in peace", seen["tandem"].wrong == 0)
            checks.check("at most twice HAProxy's CPU", costs["tandem"] < 2 * costs["haproxy"])
            seen, _ = comparison.measure("killed", 3 + fault, 0, [(2, nodes.signal(0, signal.SIGKILL))])
            checks.judge("killed", seen)
            time.sleep(lull)
            seen, _ = comparison.measure("frozen", 5 + 1.5 * fault, 1, [
                (2, nodes.signal(1, signal.SIGSTOP)), (2 + fault, nodes.signal(1, signal.SIGCONT))])
            checks.judge("frozen", seen)
            time.sleep(lull)
            seen, _ = comparison.measure("partitioned", 5 + 1.5 * fault, 0, [
                (2, nodes.isolate(0, True)), (2 + fault, nodes.isolate(0, False))])
            checks.judge("partitioned", seen)
            nodes.writing(comparison.proxies["tandem"].port).run(checks.check)
        finally:
            comparison.stop()
    return checks


def run_writes(program: str) -> Checks:
    """Puts rows in through tandem while the node that they go to is killed, and nothing else."""
    checks, nodes = Checks(), Nodes()
    with tempfile.TemporaryDirectory() as name:
        child = _tandem(Path(name), program, nodes.dsns, nodes.free_port)
        try:
            nodes.writing(nodes.free_port).run(checks.check)
        finally:
            child.stop()
    return checks


def main() -> int:
    """Compares both; 1 when something does not hold."""
    parser = argparse.ArgumentParser(description="tandem db-balancer beside HAProxy")
    parser.add_argument("--short", action="store_true", help="a minute and a half, in the place of three")
    parser.add_argument("--writes", action="store_true", help="only the rows that are put in while a node is killed")
    parser.add_argument("program", help="the built program")
    arguments = parser.parse_args()
    checks = run_writes(arguments.program) if arguments.writes else run(arguments.program, arguments.short)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
