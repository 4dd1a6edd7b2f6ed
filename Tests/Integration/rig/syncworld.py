"""Six nodes in two data centers, 40 ms of round trip apart, each with a folder; and what is in folders.

Nodes of one data center are joined by a switch of the kernel's, the two by the emulator wanem.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rig.process import RigError
from rig.wan import WideAreaNetwork

ADDRESSES = {
    "a1": "10.1.0.1", "a2": "10.1.0.2", "a3": "10.1.0.3", "b1": "10.2.0.1", "b2": "10.2.0.2", "b3": "10.2.0.3",
}
NAMES = list(ADDRESSES)
# Of one direction between the data centers, in milliseconds.
DELAY = 20
# Of a packet's bytes at a device, those that are not of a stream: Ethernet, IP, TCP with its timestamp.
_HEADERS = 66
# What ways of syncing keep in a folder for themselves.
OWN_NAMES = {".tandem-sync", ".stfolder", ".stversions"}


class World:
    """The network and the folders."""

    def __init__(self, wanem: str, directory: Path, seed: int) -> None:
        self.directory = directory
        self.generator = random.Random(seed)
        self.wan = WideAreaNetwork(os.path.abspath(wanem), directory, seed)
        self.routers = {
            center: self.wan.router(center, f"192.0.2.{number}", f"10.{number}.0.0/24", f"10.{number}.0.254")
            for number, center in enumerate("ab", 1)
        }
        self.nodes = {
            name: self.wan.behind(self.routers[name[0]], name, address) for name, address in ADDRESSES.items()
        }
        self.wan.link("a", "b", delay=DELAY)
        self._number = 0

    def close(self) -> None:
        """Takes the network away."""
        self.wan.close()

    def home(self, what: str) -> Path:
        """A new directory of its own for one way of syncing; folders and settings are below it."""
        self._number += 1
        made = self.directory / f"{self._number:02}-{what}"
        made.mkdir()
        return made

    def start(self, node: str, log: Path, *command: str) -> subprocess.Popen[bytes]:
        """Starts a process on a node."""
        return self.nodes[node].start(list(command), log)

    # The network.

    def set_between(self, **conditions: float) -> None:
        """What happens to packets between the data centers."""
        self.wan.link("a", "b", **conditions)

    def set_cable(self, name: str, is_in: bool) -> None:
        """Takes the cable of a node out, or puts it back."""
        self.wan.set_cable(self.routers[name[0]], name, is_in)

    def streamed(self, name: str) -> int:
        """How many bytes of TCP streams a node has sent and received, both together: all that is in segments."""
        carried, packets = self.nodes[name].carried()
        return max(0, carried - _HEADERS * packets)

    def settled(self, names: list[str], quiet: float = 0.6, most: float = 60) -> None:
        """Waits until some nodes are nearly silent."""
        deadline = time.monotonic() + most
        while True:
            before = sum(map(self.streamed, names))
            time.sleep(quiet)
            if sum(map(self.streamed, names)) - before < 400 * len(names):
                return
            if time.monotonic() > deadline:
                raise RigError(f"{' '.join(names)} are not silent after {most:g} s")


# Folders.


def below(root: Path) -> Iterator[tuple[str, os.stat_result]]:
    """All that is below a folder, without what ways of syncing keep there for themselves."""
    pending = [""]
    while pending:
        where = pending.pop()
        try:
            entries = list(os.scandir(root / where))
        except FileNotFoundError:
            if not where:
                raise
            continue
        for entry in entries:
            is_own = entry.name.startswith(".syncthing.") and entry.name.endswith(".tmp")
            if is_own or (not where and entry.name in OWN_NAMES):
                continue
            path = f"{where}/{entry.name}" if where else entry.name
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                # It is gone, or has another name since.
                continue
            yield path, status
            if stat.S_ISDIR(status.st_mode):
                pending.append(path)


def tree(root: Path) -> dict[str, tuple[object, ...]]:
    """What is at each path of a folder: its kind and mode, and the content's hash."""
    found: dict[str, tuple[object, ...]] = {}
    for path, status in below(root):
        what: object = ""
        if stat.S_ISREG(status.st_mode):
            what = hashlib.sha256((root / path).read_bytes()).hexdigest()
        elif stat.S_ISLNK(status.st_mode):
            what = os.readlink(root / path)
        found[path] = (stat.filemode(status.st_mode), what)
    return found


def sizes(root: Path) -> dict[str, int]:
    """The size of each file of a folder; it is quicker than ``tree``."""
    return {path: status.st_size for path, status in below(root) if stat.S_ISREG(status.st_mode)}


def difference(roots: list[Path]) -> str:
    """Where folders differ from the first one; nothing when they are the same."""
    first = tree(roots[0])
    for root in roots[1:]:
        other = tree(root)
        wrong = sorted(path for path in {*first, *other} if first.get(path) != other.get(path))
        if wrong:
            path = wrong[0]
            return (
                f"{len(wrong)} paths differ, the first is {path!r}: {roots[0].name} has {first.get(path)}, "
                f"{root.name} has {other.get(path)}")
    return ""


def wait_until(what: str, question: Callable[[], object], seconds: float, interval: float = 0.001) -> float:
    """Waits until something is so; when it was, on the clock time.monotonic()."""
    deadline = time.monotonic() + seconds
    while not question():
        if time.monotonic() > deadline:
            raise RigError(f"{what}: not within {seconds:g} s")
        time.sleep(interval)
    return time.monotonic()


def wait_same(roots: list[Path], seconds: float, interval: float = 0.2) -> float:
    """Waits until folders are the same; how long it took."""
    begin = time.monotonic()
    while True:
        try:
            wrong = difference(roots)
        except FileNotFoundError:
            # Something was replaced while it was looked at.
            wrong = "something changes"
        if not wrong:
            return time.monotonic() - begin
        if time.monotonic() - begin > seconds:
            raise RigError(f"folders are not the same after {seconds:g} s: {wrong}")
        time.sleep(interval)


def write(path: Path, content: bytes) -> float:
    """Writes and closes a file; when it was closed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return time.monotonic()


def remove(path: Path) -> None:
    """Removes a directory and what is in it, if it is there."""
    shutil.rmtree(path, ignore_errors=True)
