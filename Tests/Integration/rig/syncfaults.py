"""What must be so whatever happens: crashes, partitions, lost events, folders that vanish, full disks.

Every content proves itself, so that half a file is seen in any folder and at any moment.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rig.process import RigError
from rig.syncfigures import fill, spread
from rig.synctandem import Tandem
from rig.syncways import Way
from rig.syncworld import NAMES, below, difference, remove, sizes, wait_same, wait_until, write


def check(condition: object, message: str) -> None:
    """Fails with a message."""
    if not condition:
        raise AssertionError(message)


def content(generator: random.Random, length: int) -> bytes:
    """Bytes that end with what they are known by."""
    body = generator.randbytes(length)
    return body + hashlib.sha256(body).digest()


def is_whole(data: bytes) -> bool:
    """Whether these are all bytes of a ``content``."""
    return hashlib.sha256(data[:-32]).digest() == data[-32:]


class Writer:
    """Writes new versions of some files; each appears at once, as a whole."""

    def __init__(self, way: Way, files: int) -> None:
        self.way, self.generator = way, way.world.generator
        self.names = [f"kills/{number % 5}/{number:03}" for number in range(files)]
        self.written: dict[str, set[bytes]] = {name: set() for name in self.names}
        self.aside = way.home / "aside"

    def write(self, name: str) -> None:
        """A new version of one."""
        data = content(self.generator, self.generator.choice([200, 5_000, 100_000, 600_000]))
        self.written[name].add(data[-32:])
        write(self.aside, data)
        target = self.way.source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        self.aside.rename(target)

    def judge(self, folder: Path) -> int:
        """Looks at all files of a folder; how many there are."""
        found = 0
        for path, _ in below(folder):
            if not (folder / path).is_file():
                continue
            found += 1
            data = (folder / path).read_bytes()
            check(path in self.written, f"{folder / path} was never written: a file that was left behind")
            check(is_whole(data), f"{folder / path} is not whole: {len(data)} bytes")
            check(data[-32:] in self.written[path], f"{folder / path} is no version of it")
        return found


def kills(way: Way, count: int) -> str:
    """Either side is killed again and again while files change: others have old or new contents, and nothing else."""
    writer = Writer(way, 40)
    for name in writer.names:
        writer.write(name)
    generator = way.world.generator
    ends = dict.fromkeys(way.nodes, 0)
    begin = time.monotonic()
    for _ in range(count):
        for name in generator.sample(writer.names, 8):
            writer.write(name)
        # Some come while a process starts, some while contents are on their way, some while nothing happens.
        time.sleep(generator.choice([generator.uniform(0, 0.1), generator.uniform(0, 0.6)]))
        node = generator.choice(way.nodes)
        ends[node] += 1
        way.kill(node)
        writer.judge(way.folder(way.nodes[1]))
        way.run(node)
    taken = wait_same(way.folders, 60)
    found = writer.judge(way.folder(way.nodes[1]))
    check(found == len(writer.names), f"{found} files of {len(writer.names)}")
    left = []
    if isinstance(way, Tandem):
        try:
            wait_until("work that is done", lambda: not any(way.staged(node) for node in way.nodes), 20, 0.1)
        except RigError:
            left = [str(path) for node in way.nodes for path in way.staged(node)]
        check(not left, f"{len(left)} files of work are left, the first is {left[:1]}")
    return (
        f"{' and '.join(f'{number} of {node}' for node, number in ends.items())} in {time.monotonic() - begin - taken:.0f} s: "
        f"only old or new contents, nothing left behind; the same {taken:.1f} s after the last")


class Island:
    """A part of a network that is cut off, where somebody changes files."""

    def __init__(self, way: Way, node: str) -> None:
        self.folder, self.generator = way.folder(node), way.world.generator
        self.node = node
        self.before = {path for path, _ in below(self.folder) if (self.folder / path).is_file()}
        self.touched: set[str] = set()
        self.gone: set[str] = set()
        self.number = 0

    def change(self) -> None:
        """Does something to one file."""
        files = [path for path, _ in below(self.folder) if (self.folder / path).is_file()]
        path = self.generator.choice(sorted(files))
        what = self.generator.choices(["edit", "append", "remove", "rename", "create"], [5, 2, 2, 2, 2])[0]
        self.number += 1
        fresh = f"{self.node}/new{self.number}" if self.generator.random() < 0.7 else f"shared/same{self.generator.randrange(5)}"
        if what == "edit":
            write(self.folder / path, content(self.generator, self.generator.choice([10, 3_000, 90_000])))
            self.touched.add(path)
        elif what == "append":
            with (self.folder / path).open("ab") as file:
                file.write(self.generator.randbytes(500))
            self.touched.add(path)
        elif what == "remove" and len(self.gone) < 12:
            (self.folder / path).unlink()
            self.gone.add(path)
            self.touched.discard(path)
        elif what == "rename" and len(self.gone) < 12:
            (self.folder / fresh).parent.mkdir(exist_ok=True)
            (self.folder / path).rename(self.folder / fresh)
            self.gone.add(path)
            self.touched.discard(path)
            self.touched.add(fresh)
            self.gone.discard(fresh)
        else:
            write(self.folder / fresh, content(self.generator, 1_000))
            self.touched.add(fresh)
            self.gone.discard(fresh)

    def versions(self) -> dict[str, bytes]:
        """What it has now of what it has changed."""
        return {path: digest(self.folder / path) for path in self.touched}


def digest(path: Path) -> bytes:
    """What a content is known by."""
    return hashlib.sha256(path.read_bytes()).digest()


def partition(way: Way, changes: int) -> str:
    """Data centers and a node are cut off from each other, three nodes change the same files, and the network heals."""
    for number in range(80):
        write(way.source / f"base/{number % 8}/{number}", content(way.world.generator, 2_000))
    way.tell()
    wait_same(way.folders, 120)
    way.world.set_between(loss=100)
    way.world.set_cable("a3", False)
    islands = [Island(way, node) for node in ("a1", "a3", "b1")]
    try:
        for _ in range(changes):
            for island in islands:
                island.change()
        # What is still on its way within a part comes to its other nodes.
        wait_same([way.folder("b1"), way.folder("b2"), way.folder("b3")], 60)
        wait_same([way.folder("a1"), way.folder("a2")], 60)
    finally:
        way.world.set_between(loss=0)
        way.world.set_cable("a3", True)
    versions = [island.versions() for island in islands]
    begin = time.monotonic()
    wait_same(way.folders, 180)
    taken = time.monotonic() - begin
    # And it stays so.
    way.world.settled(way.nodes)
    check(not (wrong := difference(way.folders)), wrong)
    there = {digest(way.source / path) for path in sizes(way.source)}
    lost = [
        f"{path} of {island.node}" for island, found in zip(islands, versions) for path, known in found.items()
        if known not in there
    ]
    risen = sorted(
        path for path in sizes(way.source)
        if any(path in island.gone for island in islands) and not any(path in island.touched for island in islands))
    made = sum(map(len, versions))
    beside = sum(".conflict-" in path or ".sync-conflict-" in path for path in sizes(way.source))
    said = (
        f"{changes} changes on each of three nodes; all six the same {taken:.1f} s after it healed; {made - len(lost)} of {made} "
        f"versions kept, {beside} of them beside; {len(risen)} of {len(set().union(*(island.gone for island in islands)))} that were "
        "removed came back")
    check(not lost, f"{said}; lost: {lost[:5]}")
    check(not risen, f"{said}; came back: {risen[:5]}")
    return said


def overflow(way: Way, files: int) -> str:
    """More happens than the kernel keeps for who does not look."""
    (process,) = [process for what, process in way.processes.items() if what in (
        f"{way.name} {way.nodes[0]}", f"tandem {way.nodes[0]}")]
    process.send_signal(signal.SIGSTOP)
    try:
        for number in range(files):
            path = way.source / f"many/{number % 50}/{number}"
            if number < 50:
                path.parent.mkdir(parents=True)
            path.write_bytes(b"%d" % number)
        # Some of which are gone again, or are others.
        for number in range(0, files, 100):
            (way.source / f"many/{number % 50}/{number}").unlink()
            (way.source / f"many/{(number + 1) % 50}/{number + 1}").write_bytes(b"again")
    finally:
        process.send_signal(signal.SIGCONT)
    begin = time.monotonic()
    wait_until(
        "files that nobody saw", lambda: len(sizes(way.others[0])) == files - len(range(0, files, 100)), 300, 0.5)
    wait_same(way.folders, 60)
    return f"{files} files while nobody looked: the same {time.monotonic() - begin:.1f} s after"


def _in_mounts(process: subprocess.Popen[bytes], *command: str) -> None:
    done = subprocess.run(
        ["nsenter", "-t", str(process.pid), "-m", *command], capture_output=True, text=True, timeout=20, check=False)
    if done.returncode:
        raise RigError(f"{' '.join(command)}: {done.stderr}")


def on_disk_of_its_own(way: Way) -> None:
    """The first node's folder is on another disk, which can be taken out."""
    disk = way.home / "disk"
    disk.mkdir()
    subprocess.run(["mount", "--bind", str(disk), str(way.source)], check=True, timeout=20)


def vanished(way: Way, seconds: int) -> str:
    """A folder's disk is taken out, and then the folder itself is gone: nobody removes anything."""
    for number in range(50):
        write(way.source / f"files/{number}", content(way.world.generator, 3_000))
    wait_same(way.folders, 60)
    process = way.processes[f"{way.name} {way.nodes[0]}"]
    other = way.others[0]
    _in_mounts(process, "umount", "--lazy", str(way.source))
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        check(len(sizes(other)) == 50, f"{50 - len(sizes(other))} of 50 files were removed after the disk was taken out")
        time.sleep(0.1)
    obstacle = way.status(way.nodes[0])["obstacle"] if isinstance(way, Tandem) else "nothing"
    check(not isinstance(way, Tandem) or "root" in (obstacle or ""), f"it says {obstacle!r} of a folder that is gone")
    # Another node changes something meanwhile.
    if way.has_many_writers:
        write(other / "files/0", content(way.world.generator, 500))
    _in_mounts(process, "mount", "--bind", str(way.home / "disk"), str(way.source))
    back = wait_same(way.folders, 60)
    check(len(sizes(other)) == 50, f"{len(sizes(other))} files of 50")
    return f"a disk was out for {seconds} s: nothing was removed, it said {obstacle!r}; the same {back:.1f} s after it was in again"


DISK = 16 << 20


def on_small_disk(way: Way) -> None:
    """The second node's folder is on a small disk."""
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(way.others[0])], check=True, timeout=20)


def full(way: Way, _: int) -> str:
    """A disk is full: others get everything, nothing is half there, and it goes on when there is room."""
    small, other = way.others[0], way.others[1]
    before = content(way.world.generator, 100_000)
    write(way.source / "before", before)
    wait_same(way.folders, 60)
    written = {}
    for number in range(10):
        written[f"{number}.wav"] = content(way.world.generator, 4 << 20)
        write(way.source / f"{number}.wav", written[f"{number}.wav"])
    wait_same([way.source, other], 60)
    said = wait_obstacle(way, way.nodes[1], "disk")
    for path in sizes(small):
        data = (small / path).read_bytes()
        check(data == written.get(path, before), f"{path} is not whole on the full disk: {len(data)} bytes")
    had = len(sizes(small)) - 1
    subprocess.run(["mount", "-o", f"remount,size={8 * DISK}", str(small)], check=True, timeout=20)
    taken = wait_same(way.folders, 120)
    return f"{had} of 10 files of 4 MiB were on a disk of 16 MiB, the others were told ({said!r}); the rest {taken:.1f} s after there was room"


def wait_obstacle(way: Way, node: str, word: str) -> str:
    """Waits until a node says that something is in its way."""
    check(isinstance(way, Tandem), "it says nothing")
    found = ""

    def is_told() -> bool:
        nonlocal found
        found = way.status(node)["obstacle"] or ""
        return word in found
    wait_until(f"{word} in the status of {node}", is_told, 30, 0.1)
    return found


def kinds(way: Way, _: int) -> str:
    """Names, kinds and attributes of all sorts arrive as they are, hard links and holes too."""
    root, other, data = way.source, way.others[0], content(way.world.generator, 300_000)
    (root / "names").mkdir()
    for name in (b"new\nline", b"\xff\xfe invalid", b"n" * 255, " blanks ".encode(), "\u00fc\u4e2d".encode(), b"-rf", b"Case", b"case"):
        Path(os.fsdecode(os.fsencode(root / "names") + b"/" + name)).write_bytes(name)
    (root / "empty").mkdir(mode=0o750)
    (root / "link").symlink_to("names/case")
    (root / "dangling").symlink_to("nowhere")
    write(root / "one", data)
    (root / "one").chmod(0o640)
    os.setxattr(root / "one", "user.caller", b"1000")
    (root / "other").hardlink_to(root / "one")
    with (root / "sparse").open("wb") as file:
        file.write(b"begin")
        file.seek(SPARSE)
        file.write(b"end")
    os.utime(root / "one", ns=(1_700_000_000_123_456_789,) * 2)
    before = way.world.streamed(way.nodes[0])
    wait_same(way.folders, 30)
    for path, status in below(root):
        there = (other / path).lstat()
        if stat.S_ISREG(status.st_mode):
            check(there.st_mtime_ns == status.st_mtime_ns, f"{path!r} is of {there.st_mtime_ns}, not {status.st_mtime_ns}")
    check(os.getxattr(other / "one", "user.caller") == b"1000", "an extended attribute is another")
    check((other / "one").stat().st_ino == (other / "other").stat().st_ino, "a hard link has become a file of its own")
    blocks = (other / "sparse").stat().st_blocks * 512
    check(blocks <= 1 << 20, f"a file with a hole of {SPARSE >> 20} MiB takes {blocks} bytes")
    way.world.settled(way.nodes)
    carried = way.world.streamed(way.nodes[0]) - before
    said = (
        f"{len(list(below(root)))} paths of all sorts; {carried:,} bytes of streams, with {len(data):,} of a file with two names and "
        f"a hole of {SPARSE >> 20} MiB")
    check(carried < SPARSE / 20, said)
    return said


SPARSE = 64 << 20


def overtaking(way: Way, big: int) -> str:
    """Small files do not wait behind a big one on a narrow path."""
    way.world.set_between(rate=20_000, queue=60_000)
    aside = way.home / "aside"
    write(aside, way.world.generator.randbytes(big << 20))
    aside.rename(way.source / "big")
    begin = time.monotonic()
    time.sleep(1)
    times = []
    for number in range(20):
        small, there = content(way.world.generator, 8_000), way.others[0] / f"small{number}"
        closed = write(way.source / there.name, small)
        times.append((wait_until("a small file", there.exists, 60) - closed) * 1000)
        check(not (way.others[0] / "big").exists(), f"the big file was there before small file {number}")
    taken = wait_same(way.folders, 120) + time.monotonic() - begin
    return f"{big} MiB at 20 Mbit/s, meanwhile {len(times)} files of 8 KB: {spread(times)}; the big one was there after {taken:.0f} s"


def memory(way: Way, files: int) -> str:
    """What a process has in memory for each file of a folder in which nothing happens."""
    check(isinstance(way, Tandem), "only its own process is looked at")
    first = way.nodes[0]
    empty = way.memory(first)
    way.kill(first)
    # The same on both nodes, so that nothing has to be copied.
    fill(way, files)
    begin = time.monotonic()
    way.run(first)
    wait_until("an index of all files", lambda: knows(way, files), 60 + files / 500, 0.5)
    taken = time.monotonic() - begin
    at_first = way.memory(first)
    way.kill(first)
    begin = time.monotonic()
    way.run(first)
    wait_until("an index that was stored", lambda: knows(way, files), 60 + files / 1000, 0.1)
    again = time.monotonic() - begin
    used = way.memory(first)
    each = (used - empty) / files
    said = (
        f"{each:.0f} bytes for each of {files:,} files ({used / 1e6:.1f} MB, {empty / 1e6:.1f} MB without files, "
        f"{at_first / 1e6:.1f} MB after they were indexed, which took {taken:.1f} s; {again:.1f} s at the next start)")
    check(files < 100_000 or each <= 200, said)
    return said


def knows(way: Tandem, files: int) -> bool:
    """Whether nodes have all files in their indexes, and the same."""
    return all(way.has_peers(node) and way.status(node)["held"] >= files for node in way.nodes)


@dataclass(frozen=True)
class Fault:
    """Something that may happen to folders, on some nodes."""

    nodes: list[str]
    step: Callable[[Way, int], str]
    short: int                                     # how much of it in the short form
    long: int
    prepare: Callable[[Way], None] | None = None   # what is done with folders before anything starts
    rivals: tuple[str, ...] = ()                   # who of the others can do it


FAULTS = [
    Fault(["a1", "b1"], kills, 100, 1000, rivals=("syncthing",)),
    Fault(NAMES, partition, 40, 200, rivals=("syncthing",)),
    Fault(["a1", "b1"], overflow, 17_000, 50_000, rivals=("lsyncd", "syncthing")),
    Fault(["a1", "b1"], vanished, 4, 20, on_disk_of_its_own, rivals=("lsyncd", "syncthing")),
    Fault(["a1", "b1", "a2"], full, 0, 0, on_small_disk),
    Fault(["a1", "b1"], kinds, 0, 0),
    Fault(["a1", "b1"], overtaking, 24, 64, rivals=("syncthing",)),
    Fault(["a1", "a2"], memory, 20_000, 1_000_000),
]


def suffer(way: Way, fault: Fault, is_long: bool) -> str:
    """Does it; what came of it, in a sentence that begins with ok or FAILED."""
    begin = time.monotonic()
    try:
        way.start(fault.nodes, fault.prepare)
        said = "ok " + fault.step(way, fault.long if is_long else fault.short)
    except (AssertionError, OSError, RigError, LookupError, ValueError, subprocess.TimeoutExpired) as error:
        said = f"FAILED {error}"
    finally:
        way.world.set_between(loss=0, rate=0)
        way.stop()
        for folder in way.folders:
            subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=False, timeout=20)
    if not said.startswith("FAILED"):
        remove(way.home)
    return f"{said} [{time.monotonic() - begin:.0f} s]"
