"""A program at a terminal, typed at and read as an operator does."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import time
from pathlib import Path

from .process import RigError, die_with_parent

# Colours and movements of the cursor: what is read is the text between them.
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")
_ROWS, _COLUMNS = 50, 200


def _take_terminal() -> None:
    die_with_parent()
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """One program whose controlling terminal is ours."""

    def __init__(self, name: str, command: list[str], *, directory: Path) -> None:
        self.name = name
        self._text = ""
        self._grown = threading.Condition()
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
        self._modes = termios.tcgetattr(self._slave)
        # The history of whoever runs the rig is not for us.
        environment = {**os.environ, "TERM": "xterm", "HOME": str(directory)}
        self._process = subprocess.Popen(command, cwd=directory, env=environment, stdin=self._slave,
                                         stdout=self._slave, stderr=self._slave, preexec_fn=_take_terminal)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                raw = os.read(self._master, 65536)
            except OSError:
                return
            with self._grown:
                self._text += raw.decode("utf-8", "replace")
                self._grown.notify_all()

    def type(self, text: str) -> int:
        """Types something; gives the place in the output where its echo begins."""
        place = self.mark()
        os.write(self._master, text.encode())
        return place

    def mark(self) -> int:
        """A place in the output, to look only at what comes after it."""
        with self._grown:
            return len(self._text)

    def wait_for(self, pattern: str, *, since: int = 0, timeout: float = 20, raw: bool = False) -> re.Match[str]:
        """The first match in what was shown after `since`, without colours and movements unless it is `raw`."""
        deadline = time.monotonic() + timeout
        with self._grown:
            while True:
                shown = self._text[since:] if raw else _CONTROLS.sub("", self._text[since:])
                if found := re.search(pattern, shown):
                    return found
                if (left := deadline - time.monotonic()) <= 0:
                    raise RigError(f"{self.name} did not show /{pattern}/ in {timeout:g} s; it shows {shown[-300:]!r}")
                self._grown.wait(left)

    @property
    def open_files(self) -> int:
        """How many descriptors the program has."""
        return len(os.listdir(f"/proc/{self._process.pid}/fd"))

    def end(self, timeout: float = 20) -> None:
        """Waits for its end with status 0, and looks whether it leaves the terminal as it found it."""
        try:
            status = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise RigError(f"{self.name} did not end within {timeout:g} s") from None
        if status != 0:
            raise RigError(f"{self.name} ended with status {status}")
        if termios.tcgetattr(self._slave) != self._modes:
            raise RigError(f"{self.name} left the terminal in another mode than it found it in")

    def kill(self) -> None:
        """Ends it in the middle of what it does, as a crash would."""
        if self._process.poll() is not None:
            raise RigError(f"{self.name} has ended before, with status {self._process.returncode}")
        self._process.kill()
        self._process.wait(10)

    def close(self) -> None:
        """Ends it, whatever it does."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)
        for descriptor in (self._slave, self._master):
            os.close(descriptor)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
