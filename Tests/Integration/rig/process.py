"""Child processes whose output can be waited for, and which never outlive the rig."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class RigError(Exception):
    """Something that the rig expected did not happen; the text says what."""


def die_with_parent() -> None:
    """For a child: the kernel ends it with us."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def processor_seconds(pid: int) -> float:
    """What a process has used of processors."""
    fields = _fields(pid)
    return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS


def freeze(pid: int) -> None:
    """Stops a process as it is, and waits until it is stopped; one that has ended, and waits for its parent, stays so."""
    os.kill(pid, signal.SIGSTOP)
    poll(f"process {pid} is frozen", lambda: _fields(pid)[0] in "TZ", timeout=5)


def children(pid: int) -> list[int]:
    """The processes that a process has started, and that have not ended."""
    found = []
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and int(_fields(int(name))[1]) == pid:
                found.append(int(name))
        except OSError:
            # It has ended meanwhile.
            continue
    return found


def _fields(pid: int) -> list[str]:
    """What the kernel says of a process after its command's name: its state, its parent, and more."""
    # The name may contain spaces and ends with the last parenthesis.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


class Child:
    """One child process with its output in a log file and in memory, line by line."""

    def __init__(self, name: str, command: list[str], *, log: Path, directory: Path | None = None,
                 environment: dict[str, str] | None = None, listens: bool = True) -> None:
        self.name = name
        self.log = log
        self.lines: list[str] = []
        self._grown = threading.Condition()
        self._finished_reading = False
        log.parent.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            command, cwd=directory, env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE if listens else subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=die_with_parent)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """The exit status, or None while it runs."""
        return self._process.poll()

    def _read(self) -> None:
        assert self._process.stdout
        with self.log.open("ab", buffering=0) as log:
            for raw in self._process.stdout:
                log.write(raw)
                with self._grown:
                    self.lines.append(raw.decode("utf-8", "replace").rstrip())
                    self._grown.notify_all()
        with self._grown:
            self._finished_reading = True
            self._grown.notify_all()

    def send(self, line: str) -> None:
        """Writes one line to its standard input."""
        assert self._process.stdin
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise RigError(f"{self.name} has gone; see {self.log}") from None

    def mark(self) -> int:
        """A position in the output, to look only at what comes after it."""
        with self._grown:
            return len(self.lines)

    def wait_for(self, pattern: str, *, since: int = 0, timeout: float = 10) -> re.Match[str]:
        """The first match of the pattern in a line of output after `since`."""
        expression = re.compile(pattern)
        deadline = time.monotonic() + timeout
        position = since
        with self._grown:
            while True:
                while position < len(self.lines):
                    if found := expression.search(self.lines[position]):
                        return found
                    position += 1
                left = deadline - time.monotonic()
                if left <= 0 or self._finished_reading:
                    tail = " | ".join(self.lines[-3:])
                    why = "ended" if self._finished_reading else f"was silent for {timeout:g} s"
                    raise RigError(f"{self.name} {why} without /{pattern}/; last: {tail}")
                self._grown.wait(left)

    def wait(self, timeout: float) -> int:
        """Waits for it to end by itself; its exit status."""
        try:
            status = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise RigError(f"{self.name} did not end within {timeout:g} s") from None
        self._reader.join(5)
        return status

    def stop(self, grace: float = 5) -> int | None:
        """Asks it to end, then insists."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(grace)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(grace)
        self._reader.join(5)
        for stream in (self._process.stdin, self._process.stdout):
            if stream and not self._reader.is_alive():
                try:
                    stream.close()
                except BrokenPipeError:
                    pass
        return self._process.returncode


def poll(what: str, question, *, timeout: float, interval: float = 0.05):
    """Asks again and again until the answer is true, and returns that answer."""
    deadline = time.monotonic() + timeout
    while True:
        if answer := question():
            return answer
        if time.monotonic() >= deadline:
            raise RigError(f"{what}: not within {timeout:g} s")
        time.sleep(interval)
