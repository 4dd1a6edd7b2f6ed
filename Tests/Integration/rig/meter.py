"""What measures paths and watches data centers in the rig of the smart DNS: packets to and fro over the emulator.

Each client network sends a packet to each data center some times a second, as calls do, and the data center sends it back.
Of each second a report is made: round trip, loss, jitter. The last reports become the rows of the file of network conditions.
Data centers and name servers ask each data center whether it is ready; what they see goes to the name servers over the same
network, so that who is cut off is not heard.
"""

from __future__ import annotations

import json
import random
import re
import selectors
import socket
import struct
import threading
import time
from collections import deque
from pathlib import Path
from statistics import fmean

from rig.wan import Node

_ECHO, _HEALTH, _RELAY = 4000, 4001, 4002
# SO_RCVBUFFORCE, which only root may set.
_FORCED_ROOM = 33
# How long a packet may take, in seconds, before it counts as lost.
_PATIENCE = 1.0
# A stream stands for thirty calls, each of which makes a report every five seconds: so many of them come in a second.
_REPORTS = 6
# How many packets a second a call sends, which is what it takes to see soon that one of twenty is lost.
_CALL = 50
# How often data centers are asked whether they are ready, in seconds; an answer has to come before the next question.
_WATCH = 0.25


class Stream:
    """The packets of one client network."""

    def __init__(self, node: Node, network: str, window: int, centers: list[str]) -> None:
        self.node, self.network = node, network
        self.socket = node.datagrams(address=network.rsplit(".", 1)[0] + ".10")
        self.socket.setblocking(False)
        # How many packets go to a data center at a time.
        self.burst = {center: 1 for center in centers}
        self.sent = {center: {} for center in centers}
        self.came: dict[str, dict[int, list[float]]] = {center: {} for center in centers}
        self.reports: dict[str, deque[tuple[float, float, float]]] = {
            center: deque(maxlen=window * _REPORTS) for center in centers
        }

    def close_second(self, center: str, second: int) -> tuple[float, float, float] | None:
        """The report of a second: ms there and back, percent lost, ms of jitter; none when nothing came at all."""
        sent, came = self.sent[center].pop(second, 0), self.came[center].pop(second, [])
        if not sent or not came:
            return None
        jitter = fmean([abs(one - other) for one, other in zip(came, came[1:])] or [0.0])
        return fmean(came), 100 * max(0, sent - len(came)) / sent, jitter


class Relay:
    """Takes observations at a name server, and says them at the back end's socket."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection: socket.socket | None = None

    def late(self) -> int:
        """How many answers the smart DNS gave without a decision, because none could be had in time."""
        found = re.search(r"late decisions (\d+)", self.say("status"))
        return int(found[1]) if found else 0

    def say(self, command: str) -> str:
        """What the smart DNS answers; nothing when it is not there."""
        question = json.dumps({"method": "directBackendCmd", "parameters": {"query": command}}) + "\n"
        try:
            if not self.connection:
                self.connection = socket.socket(socket.AF_UNIX)
                self.connection.settimeout(2)
                self.connection.connect(str(self.path))
            self.connection.sendall(question.encode())
            answer = b""
            while not answer.endswith(b"\n"):
                part = self.connection.recv(65536)
                if not part:
                    raise OSError("closed")
                answer += part
            return json.loads(answer)["result"]
        except OSError:
            if self.connection:
                self.connection.close()
            self.connection = None
            return ""


class Meter(threading.Thread):
    """Measures and watches, in a thread of its own, until it is told to end."""

    def __init__(self, centers: dict[str, Node], servers: dict[str, tuple[Node, Path]], conditions: Path, *,
                 rate: int, window: int, noise: float, seed: int = 1) -> None:
        super().__init__(daemon=True)
        self.centers, self.servers, self.conditions = centers, servers, conditions
        self.rate, self.window, self.noise = rate, window, noise
        self.states = {center: "ready" for center in centers}
        self.fault: BaseException | None = None
        self.streams: list[Stream] = []
        # When the first report of a lost packet was written, by network, of the paths that are looked at closely.
        self.first_bad: dict[str, float] = {}
        self._close: dict[str, str] = {}
        self._is_held = False
        self._generator = random.Random(seed)
        self._selector = selectors.DefaultSelector()
        self._ended = threading.Event()
        self._asked: dict[tuple[str, str], bytes | None] = {}
        self._seen: dict[tuple[str, str], str] = {}
        for center, node in centers.items():
            self._listen(node.datagrams(_ECHO), self._echo)
            self._listen(node.datagrams(_HEALTH), lambda it, center=center: self._tell(it, center))
        for node, path in servers.values():
            self._listen(node.datagrams(_RELAY), lambda it, relay=Relay(path): relay.say(it.recv(2048).decode()))
        self._watchers = {}
        for name, node in [*centers.items(), *((name, node) for name, (node, _) in servers.items())]:
            self._watchers[name] = node.datagrams()
            self._listen(self._watchers[name], lambda it, name=name: self._hear(it, name))

    def add(self, node: Node, network: str) -> None:
        """Has a client network measured."""
        stream = Stream(node, network, self.window, list(self.centers))
        self.streams.append(stream)
        self._listen(stream.socket, lambda it, stream=stream: self._receive(it, stream))

    def hold(self, is_held: bool) -> None:
        """Lets the rows stay as they are, until they need not any more."""
        self._is_held = is_held

    def look_closely(self, networks: list[str], center: str) -> None:
        """Sends as many packets on some paths as a call does, and notes when the first one is told to be lost."""
        for stream in self.streams:
            if stream.network in networks:
                stream.burst[center] = max(1, round(_CALL / self.rate))
        self.first_bad = {}
        self._close = {network: center for network in networks}

    def set_ready(self, center: str, is_ready: bool) -> None:
        """What a data center says of itself from now on."""
        self.states[center] = "ready" if is_ready else "unready"

    def end(self) -> None:
        """Ends it, and says what went wrong if something did."""
        self._ended.set()
        self.join(10)
        if self.fault:
            raise self.fault

    def _listen(self, listener: socket.socket, handler) -> None:
        listener.setblocking(False)
        # What has no room here, while others have the machine, would be taken for lost on the way.
        listener.setsockopt(socket.SOL_SOCKET, _FORCED_ROOM, 8 << 20)
        self._selector.register(listener, selectors.EVENT_READ, handler)

    def run(self) -> None:
        try:
            begin = time.monotonic()
            due = {self._send: begin, self._watch: begin, self._write: begin + 1}
            every = {self._send: 1 / self.rate, self._watch: _WATCH, self._write: 1.0}
            while not self._ended.is_set():
                now = time.monotonic()
                for work in due:
                    if now >= due[work]:
                        work(now)
                        # What was missed is not made up for.
                        due[work] = max(due[work] + every[work], now)
                for key, _ in self._selector.select(max(0.0, min(due.values()) - time.monotonic())):
                    try:
                        key.data(key.fileobj)
                    except (BlockingIOError, ConnectionError):
                        continue
        except BaseException as error:  # pylint: disable=broad-except
            self.fault = error

    # Calls.

    def _send(self, now: float) -> None:
        packet = struct.pack(">d", now).ljust(172, b"\0")
        for stream in self.streams:
            for center, node in self.centers.items():
                stream.sent[center][int(now)] = stream.sent[center].get(int(now), 0) + stream.burst[center]
                for _ in range(stream.burst[center]):
                    stream.socket.sendto(packet, (node.address, _ECHO))

    def _echo(self, listener: socket.socket) -> None:
        while True:
            listener.sendto(*listener.recvfrom(2048))

    def _receive(self, listener: socket.socket, stream: Stream) -> None:
        names = {node.address: center for center, node in self.centers.items()}
        while True:
            packet, sender = listener.recvfrom(2048)
            (when,) = struct.unpack(">d", packet[:8])
            trip = time.monotonic() - when
            if trip <= _PATIENCE:
                stream.came[names[sender[0]]].setdefault(int(when), []).append(trip * 1000)

    def _write(self, now: float) -> None:
        """Makes reports of the second that nothing comes from any more, and rows of the reports."""
        second = int(now - _PATIENCE) - 1
        fresh = []
        for stream in self.streams:
            for center in self.centers:
                report = stream.close_second(center, second)
                if report:
                    fresh.append((stream.reports[center], report))
                    if report[1] > 0 and self._close.get(stream.network) == center:
                        self.first_bad.setdefault(stream.network, now)
        for reports, report in fresh:
            for _ in range(_REPORTS):
                # Some send somebody else's report, as phones do that move from network to network.
                is_noise = self._generator.random() < self.noise
                reports.append(self._generator.choice(fresh)[1] if is_noise else report)
        if self._is_held:
            return
        new = self.conditions.with_suffix(".new")
        with new.open("w") as file:
            for stream in self.streams:
                for center, reports in stream.reports.items():
                    if reports:
                        trip, lost, jitter = (fmean(values) for values in zip(*reports))
                        file.write(f"{stream.network}/24 {center} {trip:.2f} {lost:.3f} {jitter:.2f} {len(reports)}\n")
        new.rename(self.conditions)

    # Liveness.

    def _tell(self, listener: socket.socket, center: str) -> None:
        question, sender = listener.recvfrom(2048)
        listener.sendto(question + self.states[center].encode(), sender)

    def _hear(self, listener: socket.socket, observer: str) -> None:
        answer, sender = listener.recvfrom(2048)
        for center, node in self.centers.items():
            if node.address == sender[0] and answer[:8] == self._asked.get((observer, center)):
                self._seen[observer, center] = answer[8:].decode()

    def _watch(self, _: float) -> None:
        for observer, asker in self._watchers.items():
            for center, node in self.centers.items():
                if center == observer:
                    continue
                if self._asked.get((observer, center)):
                    state = self._seen.pop((observer, center), "silent")
                    for server, _ in self.servers.values():
                        asker.sendto(f"observe {center} {observer} {state}".encode(), (server.address, _RELAY))
                question = self._generator.randbytes(8)
                self._asked[observer, center] = question
                asker.sendto(question, (node.address, _HEALTH))
