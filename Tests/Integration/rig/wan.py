"""Machines of a wide area network on one: namespaces, and the emulator wanem between them.

    Tests/Integration/wan python3 -m rig.wan .build/release/wanem      measures what the emulator does to packets

It makes networks and devices, so it runs under Tests/Integration/wan, which takes all of it away again.
"""

from __future__ import annotations

import ctypes
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from rig.process import RigError, die_with_parent

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _ip(*words: str) -> None:
    """Runs ip(8)."""
    done = subprocess.run(["ip", *words], capture_output=True, text=True, timeout=20, check=False)
    if done.returncode:
        raise RigError(f"ip {' '.join(words)}: {done.stderr.strip()}")


class Node:
    """A machine: a namespace with one device, behind which is the rest of the world."""

    def __init__(self, name: str, address: str, networks: tuple[str, ...], device: str = "eth0") -> None:
        self.name, self.address, self.networks, self.device = name, address, networks, device
        # The address of a router towards its own network.
        self.inside = address

    def carried(self) -> tuple[int, int]:
        """How many bytes and packets its device has sent and received, both together, with the headers of the device."""
        with self.entered(), open("/proc/thread-self/net/dev") as file:
            words = next(line for line in file if line.strip().startswith(f"{self.device}:")).split(":")[1].split()
        return int(words[0]) + int(words[8]), int(words[1]) + int(words[9])

    @contextmanager
    def entered(self):
        """This thread is in the namespace for a while; sockets made meanwhile stay there."""
        with open("/proc/thread-self/ns/net") as before, open(f"/run/netns/{self.name}") as own:
            if _libc.setns(own.fileno(), _CLONE_NEWNET):
                raise RigError(f"cannot enter {self.name}: {os.strerror(ctypes.get_errno())}")
            try:
                yield
            finally:
                _libc.setns(before.fileno(), _CLONE_NEWNET)

    def datagrams(self, port: int = 0, address: str | None = None) -> socket.socket:
        """A socket for datagrams, on an address of the machine's."""
        with self.entered():
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((address or self.address, port))
        return made

    @property
    def command(self) -> list[str]:
        """What stands before a command that is run on the machine."""
        return ["ip", "netns", "exec", self.name]

    def start(self, command: list[str], log: Path) -> subprocess.Popen[bytes]:
        """Starts a process on the machine, which ends with the rig."""
        with log.open("ab") as output:
            return subprocess.Popen(
                [*self.command, *command], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                preexec_fn=die_with_parent)

    def run(self, *command: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Runs a command on the machine."""
        return subprocess.run(
            [*self.command, *command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=seconds, check=False)


class WideAreaNetwork:
    """The emulator, and the machines that it joins."""

    def __init__(self, program: str, directory: Path, seed: int = 1) -> None:
        if "IN_NAMESPACES_OF_ITS_OWN" not in os.environ:
            raise RigError("networks are made under Tests/Integration/wan only, which takes them away again")
        self.nodes: dict[str, Node] = {}
        path = directory / "wanem.sock"
        with (directory / "wanem.log").open("ab") as log:
            self._process = subprocess.Popen(
                [program, str(path), str(seed)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
        self._control = socket.socket(socket.AF_UNIX)
        self._control.settimeout(10)
        deadline = time.monotonic() + 20
        while True:
            try:
                self._control.connect(str(path))
                break
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RigError(f"{program} does not run; see {directory / 'wanem.log'}") from None
                time.sleep(0.02)

    def __enter__(self) -> WideAreaNetwork:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the emulator, with which the devices go, and takes the namespaces away."""
        self._control.close()
        self._process.kill()
        self._process.wait(10)
        for name in self.nodes:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, timeout=20, check=False)
        self.nodes.clear()

    def say(self, line: str) -> list[str]:
        """Says something to the emulator; what it shows, line by line."""
        self._control.sendall(line.encode() + b"\n")
        answer = b""
        while True:
            answer += self._control.recv(65536)
            lines = answer.decode().split("\n")
            if answer.endswith(b"\n") and lines[-2].startswith(("+OK", "-ERR")):
                break
        if lines[-2].startswith("-ERR"):
            raise RigError(f"{line}: {lines[-2]}")
        return lines[:-2]

    def add(self, name: str, address: str, *networks: str) -> Node:
        """A machine with an address; all addresses of its networks are its own, too."""
        node = self._join(name, address, networks)
        for network in networks:
            _ip("-n", name, "route", "add", "local", network, "dev", "lo")
        return node

    def router(self, name: str, address: str, network: str, inside: str) -> Node:
        """A machine that passes packets on to others of its network, whose gateway has the address `inside`."""
        node = self._join(name, address, (network,))
        _ip("-n", name, "link", "add", "inside", "type", "bridge")
        _ip("-n", name, "address", "add", f"{inside}/{network.partition('/')[2]}", "dev", "inside")
        _ip("-n", name, "link", "set", "inside", "up")
        node.run("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
        node.inside = inside
        return node

    def behind(self, router: Node, name: str, address: str) -> Node:
        """A machine of a router's network: between those of one network there is no emulator."""
        length = router.networks[0].partition("/")[2]
        node = Node(name, address, ())
        _ip("netns", "add", name)
        self.nodes[name] = node
        _ip("-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", name, "netns", router.name)
        _ip("-n", router.name, "link", "set", name, "master", "inside", "up")
        _ip("-n", name, "link", "set", "lo", "up")
        node.run("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6")
        _ip("-n", name, "address", "add", f"{address}/{length}", "dev", "eth0")
        _ip("-n", name, "link", "set", "eth0", "up")
        _ip("-n", name, "route", "add", "default", "via", router.inside)
        return node

    def set_cable(self, router: Node, name: str, is_in: bool) -> None:
        """Takes the cable of a machine out of its router, or puts it back."""
        _ip("-n", router.name, "link", "set", name, "up" if is_in else "down")

    def _join(self, name: str, address: str, networks: tuple[str, ...]) -> Node:
        """A machine at the emulator."""
        device = f"wan{sum(1 for node in self.nodes.values() if node.device.startswith('wan'))}"
        node = Node(name, address, networks, device)
        _ip("netns", "add", name)
        self.nodes[name] = node
        self.say(f"node {name} {device} {' '.join([address, *networks])}")
        _ip("link", "set", device, "netns", name)
        _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", name, "address", "add", f"{address}/32", "dev", device)
        _ip("-n", name, "link", "set", device, "mtu", "1500", "up")
        _ip("-n", name, "route", "add", "default", "dev", device, "src", address)
        return node

    def path(self, sender: str, receiver: str, **conditions: float) -> None:
        """What happens to packets in one direction; `*` is everybody."""
        self.say(f"path {sender} {receiver} {_text(conditions)}")

    def link(self, one: str, other: str, **conditions: float) -> None:
        """What happens to packets in both directions."""
        self.say(f"link {one} {other} {_text(conditions)}")

    def figures(self, sender: str, receiver: str) -> dict[str, float]:
        """What is in force in one direction, and what became of packets."""
        words = self.say(f"show {sender} {receiver}")[0].split()[2:]
        return {key: float(value) for key, _, value in (word.partition("=") for word in words)}


def _text(conditions: dict[str, float]) -> str:
    return " ".join(f"{key}={value:g}" for key, value in conditions.items())


# What the emulator does, measured with packets.


class Echo:
    """Two machines, one of which sends everything back."""

    def __init__(self, network: WideAreaNetwork) -> None:
        self.network = network
        self.near, self.far = network.add("near", "10.0.0.1"), network.add("far", "10.0.0.2")
        self.asker, self.answerer = self.near.datagrams(), self.far.datagrams(7)
        self.asker.connect((self.far.address, 7))

    def trips(self, count: int, interval: float, length: int = 100, rest: float = 0.3) -> dict[int, float]:
        """Sends packets at an interval; how long each one that came back was on its way, in milliseconds."""
        begin = time.monotonic()
        sent = 0
        trips: dict[int, float] = {}
        while (now := time.monotonic()) < begin + count * interval + rest:
            while sent < count and now >= begin + sent * interval:
                self.asker.send(struct.pack(">Id", sent, time.monotonic()).ljust(length, b"\0"))
                sent += 1
            ready, _, _ = select.select([self.asker, self.answerer], [], [], min(interval, 0.002) or 0.002)
            if self.answerer in ready:
                packet, sender = self.answerer.recvfrom(2048)
                self.answerer.sendto(packet, sender)
            if self.asker in ready:
                number, when = struct.unpack(">Id", self.asker.recv(2048)[:12])
                trips[number] = (time.monotonic() - when) * 1000
        return trips


def _measure(program: str) -> list[str]:
    """Sentences of what was measured; those that are wrong begin with FAILED."""
    said = []

    def judge(what: str, is_right: bool) -> None:
        said.append(f"{'ok' if is_right else 'FAILED'} wan {what}")

    with tempfile.TemporaryDirectory(prefix="tandem-wan-") as directory, \
            WideAreaNetwork(program, Path(directory)) as network:
        echo = Echo(network)
        network.link("near", "far", delay=40, jitter=5)
        trips = sorted(echo.trips(200, 0.005).values())
        middle = trips[len(trips) // 2]
        # The machine adds to the delay and takes nothing from it.
        judge(f"delay: {len(trips)} of 200 came back, {trips[0]:.1f} to {trips[-1]:.1f} ms, {middle:.1f} in the middle, "
              "80 expected", len(trips) == 200 and trips[0] >= 70 and 78 <= middle <= 120)
        network.link("near", "far", delay=5, jitter=0, loss=10)
        lost = 1000 - len(echo.trips(1000, 0.001))
        counted = sum(network.figures(*ends)["lost"] for ends in (("near", "far"), ("far", "near")))
        judge(f"loss: {lost} of 1000 did not come back, 190 expected; the emulator lost {counted:.0f}",
              140 <= lost <= 240 and lost == counted)
        network.link("near", "far", loss=0)
        network.path("near", "far", rate=1000, queue=20000)
        # 19 packets of 1028 bytes may wait, and take 8.2 ms each at a megabit.
        found = echo.trips(100, 0, length=1000, rest=0.6)
        slowest = max(found.values())
        judge(f"rate: {len(found)} of 100 came through the queue, the last after {slowest:.0f} ms, 166 expected",
              19 <= len(found) <= 30 and slowest >= 156)
        network.path("near", "far", rate=0, reorder=20, hold=30)
        order = list(echo.trips(200, 0.005))
        overtaken = sum(1 for one, other in zip(order, order[1:]) if other < one)
        judge(f"order: {overtaken} times one came after a later one", len(order) == 200 and overtaken >= 15)
        network.link("*", "*", loss=100)
        judge("a cut: nothing comes back", not echo.trips(20, 0.005))
        network.link("*", "*", loss=0)
        judge("and healed", len(echo.trips(20, 0.005)) == 20)
    return said


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    try:
        said = _measure(os.path.abspath(sys.argv[1]))
    except RigError as error:
        said = [f"FAILED wan: {error}"]
    for sentence in said:
        print(sentence)
    failed = sum(1 for sentence in said if sentence.startswith("FAILED"))
    print(f"{len(said) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
