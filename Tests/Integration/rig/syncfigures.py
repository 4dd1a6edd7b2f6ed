"""What is measured of each way of keeping folders the same, by the same steps for everybody."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rig.process import RigError
from rig.syncways import Way
from rig.syncworld import NAMES, remove, sizes, wait_same, wait_until, write

RECORDING = 100_000
LARGE = 10 << 20
APPENDED = 160 << 10


@dataclass
class Form:
    """How much is done."""

    files: int = 20            # that are closed one after another
    deletes: int = 10
    growth: float = 4          # seconds that a recording grows
    kept: int = 2000           # files that are compared again
    copied: int = 500          # files of 30 KB in a first copy
    big: int = 64 << 20        # bytes of one file
    patience: float = 30       # seconds that a change may take


SHORT = Form()
LONG = Form(files=120, deletes=30, growth=20, kept=100_000, copied=10_000, big=1 << 30, patience=120)


@dataclass
class Figure:
    """One thing that was measured."""

    value: float
    unit: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{amount(self.value, self.unit)}{f' ({self.detail})' if self.detail else ''}"


def amount(value: float, unit: str) -> str:
    """A number and what it counts, for people."""
    if unit == "B" and value >= 100_000:
        return f"{value / 1000:,.1f} kB"
    if unit in ("B", "ms"):
        return f"{value:,.0f} {unit}"
    return f"{value:,.2f} {unit}"


@dataclass(frozen=True)
class Aim:
    """What a figure is to be at most, or at least."""

    limit: float
    unit: str
    is_least: bool = False
    # Whether it depends on how fast the machine is: then it is told, and not judged.
    is_of_the_machine: bool = False

    def is_met(self, value: float) -> bool:
        """Whether a value is as good."""
        return value >= self.limit if self.is_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'at least' if self.is_least else 'at most'} {amount(self.limit, self.unit)}"


CLOSED = "closed file of 100 KB on all 5"
AIMS = {
    CLOSED: Aim(300, "ms", is_of_the_machine=True),
    "removal on all 5": Aim(500, "ms", is_of_the_machine=True),
    "growing recording behind": Aim(500, "ms", is_of_the_machine=True),
    "append 160 KiB to 10 MB": Aim((164 << 10) + 2048, "B"),
    "rename 10 MB": Aim(1024, "B"),
    "re-check, bytes": Aim(2048, "B"),
    "re-check, time": Aim(1, "s", is_of_the_machine=True),
}


def percentile(values: list[float], share: float) -> float:
    """The value below which a share of them is."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def spread(values: list[float]) -> Figure:
    """Times in milliseconds: p99, and in words p50 and how many."""
    return Figure(
        percentile(values, 0.99), "ms", f"p99; p50 {percentile(values, 0.5):,.0f} ms of {len(values)}")


def told(way: Way, change: Callable[[], float], arrived: Callable[[], bool], seconds: float) -> float:
    """How long a change takes until it has arrived, in milliseconds; ``change`` says when it was made."""
    with ThreadPoolExecutor(1) as pool:
        begin = change()
        running = pool.submit(way.tell)
        end = wait_until(f"a change by {way.name}", arrived, seconds)
        running.result()
    return (end - begin) * 1000


# Figures among six nodes.


def closed(way: Way, form: Form) -> dict[str, Figure]:
    """From the close of a file of 100 KB until all of it is on all others: in a directory that is there, and in a new one."""
    _write_one(way, "recordings/first.wav", form)
    there = [_write_one(way, f"recordings/{number:04}.wav", form) for number in range(form.files)]
    fresh = [_write_one(way, f"days/{number}/{number + 1}/new.wav", form) for number in range(form.files // 4)]
    return {CLOSED: spread(there), "the same in two new directories": spread(fresh)}


def _write_one(way: Way, path: str, form: Form) -> float:
    content = way.world.generator.randbytes(RECORDING)
    there = [folder / path for folder in way.others]

    def arrived() -> bool:
        try:
            while there and there[-1].stat().st_size == RECORDING:
                there.pop()
        except FileNotFoundError:
            pass
        return not there
    taken = told(way, lambda: write(way.source / path, content), arrived, form.patience)
    for folder in way.others:
        if (folder / path).read_bytes() != content:
            raise RigError(f"{folder / path} is not what was written")
    time.sleep(way.world.generator.uniform(0, 0.05))
    return taken


def deleted(way: Way, form: Form) -> Figure:
    """From the removal of a file until it is gone from all others."""
    names = sorted(path for path in sizes(way.source) if path.startswith("recordings/"))[:form.deletes]
    times = []
    for path in names:
        there = [folder / path for folder in way.others]

        def gone(there: list[Path] = there) -> bool:
            while there and not there[-1].exists():
                there.pop()
            return not there

        def change(path: str = path) -> float:
            (way.source / path).unlink()
            return time.monotonic()
        times.append(told(way, change, gone, form.patience))
        if sum(times) > 1500 * form.patience:
            break
    return spread(times)


def growing(way: Way, form: Form) -> Figure:
    """How far behind others are with a recording while it is written: 8 kHz of 16 bits, every 20 ms."""
    path = "recordings/growing.wav"
    written: list[tuple[float, int]] = []
    behind: list[float] = []
    seen = dict.fromkeys(way.nodes[1:], 0)
    begin = time.monotonic()
    with (way.source / path).open("wb", buffering=0) as file:
        total = 0
        while (now := time.monotonic()) < begin + form.growth:
            if now >= begin + len(written) * 0.02:
                total += file.write(way.world.generator.randbytes(320))
                written.append((time.monotonic(), total))
            for node in seen:
                seen[node] = max(seen[node], way.growing(node, path))
            # The oldest byte that somebody does not have yet: since when it was written.
            least = min(seen.values())
            if least < total:
                behind.append((time.monotonic() - written[least // 320][0]) * 1000)
            else:
                behind.append(0)
            time.sleep(0.002)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(way.tell)
        end = time.monotonic()
        finished = wait_until(
            f"a closed recording by {way.name}",
            lambda: all((folder / path).exists() and (folder / path).stat().st_size == total for folder in way.others),
            form.patience)
        running.result()
    worst = max(behind)
    if worst >= form.growth * 990:
        return Figure(worst, "ms", f"nothing before the close; whole {(finished - end) * 1000:,.0f} ms after it")
    return Figure(worst, "ms", f"most; p50 {percentile(behind, 0.5):,.0f} ms; whole {(finished - end) * 1000:,.0f} ms after the close")


# Figures between two nodes of two data centers: bytes of streams in both directions.


def _streamed(way: Way, change: Callable[[], None], seconds: float) -> float:
    world = way.world
    world.settled(way.nodes)
    before = world.streamed(way.nodes[0])
    change()
    way.tell()
    wait_same(way.folders, seconds, 0.05)
    world.settled(way.nodes)
    return world.streamed(way.nodes[0]) - before


def sized(way: Way, form: Form) -> dict[str, Figure]:
    """Bytes on the wire of some changes among 2,000 small files and a large one."""
    for number in range(200 if form is SHORT else 2000):
        write(way.source / f"small/{number % 20}/{number}", way.world.generator.randbytes(300))
    large = way.source / "large.wav"
    write(large, way.world.generator.randbytes(LARGE))
    way.tell()
    wait_same(way.folders, form.patience)
    figures = {"nothing changed": Figure(_streamed(way, lambda: None, form.patience), "B")}

    def append() -> None:
        with large.open("ab") as file:
            file.write(way.world.generator.randbytes(APPENDED))
    figures["append 160 KiB to 10 MB"] = Figure(_streamed(way, append, form.patience), "B")

    def insert() -> None:
        write(large, way.world.generator.randbytes(100) + large.read_bytes())
    figures["insert 100 B into 10 MB"] = Figure(_streamed(way, insert, form.patience), "B")
    figures["rename 10 MB"] = Figure(
        _streamed(way, lambda: large.rename(way.source / "renamed.wav"), form.patience), "B")
    figures["rename a directory of 10"] = Figure(
        _streamed(way, lambda: (way.source / "small/1").rename(way.source / "other"), form.patience), "B")
    return figures


# Figures between two nodes of one data center, where the kernel's speed is the only limit.


def copied(way: Way, form: Form) -> Figure:
    """The first copy of many files of 30 KB, which are moved into the folder at once."""
    aside = way.home / "aside"
    for number in range(form.copied):
        write(aside / f"{number % 100:02}/{number:05}.wav", way.world.generator.randbytes(30_000))

    def change() -> float:
        begin = time.monotonic()
        aside.rename(way.source / "copied")
        return begin

    def arrived() -> bool:
        time.sleep(0.05)
        try:
            found = sizes(way.others[0] / "copied")
        except FileNotFoundError:
            return False
        return len(found) == form.copied and all(size == 30_000 for size in found.values())
    taken = told(way, change, arrived, max(form.patience, 300)) / 1000
    wait_same(way.folders, form.patience)
    return Figure(taken, "s", f"{form.copied} files, {form.copied * 0.03 / taken:,.1f} MB/s")


def big(way: Way, form: Form) -> Figure:
    """One big file, which is moved into the folder at once."""
    aside = way.home / "big"
    with aside.open("wb") as file:
        for _ in range(form.big >> 20):
            file.write(way.world.generator.randbytes(1 << 20))

    def change() -> float:
        begin = time.monotonic()
        aside.rename(way.source / "big.wav")
        return begin

    def arrived() -> bool:
        time.sleep(0.005)
        try:
            return (way.others[0] / "big.wav").stat().st_size == form.big
        except FileNotFoundError:
            return False
    taken = told(way, change, arrived, max(form.patience, 300)) / 1000
    wait_same(way.folders, form.patience)
    return Figure(form.big / taken / 1e6, "MB/s", f"{form.big >> 20} MiB in {taken:.2f} s")


def fill(way: Way, count: int) -> None:
    """Puts the same small files into all folders, as a copy with times would."""
    now = time.time_ns()
    for folder in way.folders:
        for number in range(count):
            directory = folder / f"kept/{number // 1000:03}"
            if number % 1000 == 0:
                directory.mkdir(parents=True)
            path = directory / f"{number:06}"
            path.write_bytes(b"%d" % number)
            os.utime(path, ns=(now, now))
        for number in range(0, count, 1000):
            os.utime(folder / f"kept/{number // 1000:03}", ns=(now, now))
        os.utime(folder / "kept", ns=(now, now))


def kept(way: Way, form: Form) -> dict[str, Figure]:
    """Comparing folders again that are the same already, and doing so over a connection that is made for it."""
    way.tell()
    way.world.settled(way.nodes, most=form.patience + 300)
    carried, taken = _costs(way, way.compare)
    found = {
        "re-check, bytes": Figure(carried, "B", f"{form.kept:,} files"),
        "re-check, time": Figure(taken, "s"),
    }
    if way.part():
        way.world.settled(way.nodes)
        carried, taken = _costs(way, way.meet)
        found["connecting again, bytes"] = Figure(carried, "B", f"with TLS and the comparison, {taken:.2f} s")
    return found


def _costs(way: Way, step: Callable[[], None]) -> tuple[int, float]:
    """How many bytes of streams something takes, and how long."""
    before, begin = way.world.streamed(way.nodes[0]), time.monotonic()
    step()
    taken = time.monotonic() - begin
    way.world.settled(way.nodes)
    return way.world.streamed(way.nodes[0]) - before, taken


def measure(way: Way, form: Form, only: set[str]) -> Iterator[tuple[str, Figure | str]]:
    """All figures of one way, as they come; a sentence where there is none."""
    for part in PARTS:
        chosen = [
            (name, step) for name, step in part.steps
            if all(not names or step.__name__ in names for names in (only, way.steps))
        ]
        if not chosen:
            continue
        try:
            way.start(part.nodes, (lambda way: fill(way, form.kept)) if part.is_filled else None)
            for name, step in chosen:
                try:
                    got = step(way, form)
                    yield from got.items() if isinstance(got, dict) else [(name, got)]
                except (RigError, OSError, subprocess.TimeoutExpired) as error:
                    yield name, f"none: {error}"
        except (RigError, OSError, subprocess.TimeoutExpired) as error:
            yield chosen[0][0], f"it did not start: {error}"
        finally:
            way.stop()
            remove(way.home)


Step = Callable[[Way, Form], "Figure | dict[str, Figure]"]


@dataclass
class Part:
    """Steps that have folders in common, which are empty at first unless they are filled."""

    nodes: list[str]
    steps: list[tuple[str, Step]]
    is_filled: bool = False


PARTS = [
    Part(NAMES, [
        (CLOSED, closed), ("removal on all 5", deleted), ("growing recording behind", growing),
    ]),
    Part(["a1", "b1"], [("bytes of changes", sized)]),
    Part(["a1", "a2"], [("first copy", copied)]),
    Part(["a1", "a2"], [("one big file", big)]),
    Part(["a1", "b1"], [("re-check", kept)], is_filled=True),
]
