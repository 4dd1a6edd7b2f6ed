"""`tandem db-balancer` beside HAProxy (mysql-check) in the same minutes, before the same three nodes of Galera.

    Tests/Integration/cluster python3 -m rig.proxies PROGRAM     (with PYTHONPATH=Tests/Integration)

Needs Debian's haproxy. Both get the same load at the same time, first in peace, then while a node is killed, while one is
frozen and thawed, and while one is cut off from the others alone. A row is counted up on a node that nothing happens to,
and read through both. Printed are statements, errors, answers that are older than a second, lost connections, the longest
wait, and the CPU time of each proxy for a statement.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .ports import LOOPBACK
from .process import Child

_THREADS = 4
_OLD_SECONDS = 1.0
"""How much later than it was acknowledged a change has to be seen."""


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
                    f'<param name="listen-reader" value="{LOOPBACK}:{port}"/>{nodes}</balancer></balancers></configuration>')
    child = Child("tandem", [program, "db-balancer", str(path), "--control-port", str(port + 1)],
                  log=directory / "tandem.log")
    child.wait_for("reading at", timeout=20)
    return child


class Client:
    """As much of MariaDB's protocol as a SELECT needs; its user has no password."""

    def __init__(self, port: int, user: bytes = b"check") -> None:
        self._socket = socket.create_connection((LOOPBACK, port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")
        if self._packet()[0] == 0xFF:
            raise OSError("refused")
        # CLIENT_PROTOCOL_41, CLIENT_SECURE_CONNECTION, CLIENT_CONNECT_WITH_DB
        hello = struct.pack("<IIB23x", 0x8208, 1 << 24, 33) + user + b"\0\0tandem\0"
        self._send(1, hello)
        if self._packet()[0] != 0:
            raise OSError("not let in")

    def _send(self, number: int, payload: bytes) -> None:
        self._socket.sendall(struct.pack("<I", len(payload))[:3] + bytes([number]) + payload)

    def _packet(self) -> bytes:
        head = self._file.read(4)
        if len(head) < 4:
            raise OSError("closed")
        return self._file.read(int.from_bytes(head[:3], "little"))

    def ask(self, text: bytes) -> bytes:
        """Carries a statement out, and gives the one value that it gives; an error of the server's is raised."""
        self._send(0, b"\3" + text)
        if (first := self._packet())[0] == 0xFF:
            raise ValueError(first[9:].decode("utf-8", "replace"))
        if first[0] == 0:
            return b""
        ends, value = 0, b""
        while ends < 2:
            packet = self._packet()
            if packet[0] == 0xFE and len(packet) < 9:
                ends += 1
            elif ends == 1:
                value = packet[1:1 + packet[0]]
        return value

    def close(self) -> None:
        """Ends the connection."""
        self._socket.close()


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


def _load(port: int, end: float, seen: Seen, beat: Beat) -> None:
    client: Client | None = None
    while (begun := time.monotonic()) < end:
        try:
            expected = beat.expected()
            client = client or Client(port)
            seen.old += int(client.ask(b"SELECT n FROM beat")) < expected
            seen.statements += 1
        except ValueError:
            seen.errors += 1
        except OSError:
            seen.lost += 1
            client = None
            time.sleep(0.01)
        seen.longest = max(seen.longest, time.monotonic() - begun)
    if client:
        client.close()


def main() -> int:
    """Runs both, and prints what they did."""
    program = sys.argv[1]
    ports = [int(port) for port in os.environ["TANDEM_TEST_CLUSTER_PORTS"].split()]
    dsns = os.environ["TANDEM_TEST_CLUSTER"].split("\n")
    cluster = Path(os.environ["TANDEM_TEST_CLUSTER_DIRECTORY"])
    base = ports[-1] + 50
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        proxies = {"haproxy": (_haproxy(directory, ports, base), base),
                   "tandem": (_tandem(directory, program, dsns, base + 4), base + 4)}
        time.sleep(2)

        beat = Beat(ports[2])

        def strike(node: int, number: int) -> Callable[[], None]:
            return lambda: os.kill(int((cluster / f"node{node + 1}.pid").read_text()), number)

        def isolate(node: int, is_isolated: bool) -> Callable[[], None]:
            statement = b"SET GLOBAL wsrep_provider_options = 'gmcast.isolate=%d'" % is_isolated
            return lambda: _tell(ports[node], statement)

        def measure(title: str, seconds: int, fault: list[tuple[float, Callable[[], None]]]) -> None:
            before = {proxy: _cpu_seconds(child.pid) for proxy, (child, _) in proxies.items()}
            seen = {proxy: [Seen() for _ in range(_THREADS)] for proxy in proxies}
            begun = time.monotonic()
            threads = [threading.Thread(target=_load, args=(port, begun + seconds, one, beat))
                       for proxy, (_, port) in proxies.items() for one in seen[proxy]]
            for thread in threads:
                thread.start()
            for at, action in fault:
                time.sleep(max(0, at - (time.monotonic() - begun)))
                action()
            for thread in threads:
                thread.join()
            for proxy, ones in seen.items():
                statements = sum(one.statements for one in ones)
                cpu = (_cpu_seconds(proxies[proxy][0].pid) - before[proxy]) * 1e6 / max(statements, 1)
                print(f"{title:12} {proxy:8} {statements:7} statements {sum(one.errors for one in ones):6} errors "
                      f"{sum(one.old for one in ones):6} old {sum(one.lost for one in ones):5} lost "
                      f"{max(one.longest for one in ones):6.2f} s the longest {cpu:6.1f} µs CPU each", flush=True)

        measure("peace", 8, [])
        measure("killed", 12, [(3, strike(0, signal.SIGKILL))])
        time.sleep(12)
        measure("frozen", 20, [(3, strike(1, signal.SIGSTOP)), (13, strike(1, signal.SIGCONT))])
        time.sleep(12)
        measure("partitioned", 20, [(3, isolate(0, True)), (13, isolate(0, False))])
        beat.stop()
        for child, _ in proxies.values():
            child.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
