"""Running sipp with scenarios of our own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .ports import LOOPBACK, PortBlock
from .process import Child, RigError
from .setups import SetUp, read_set_ups

SCENARIOS = Path(__file__).resolve().parent.parent / "sipp"


@dataclass
class Sipp:
    """One sipp process: a caller against `target_port`, or (without) a callee."""

    scenario: str
    directory: Path
    ports: PortBlock
    target_port: int | None = None
    user: str = ""
    password: str = ""
    service: str = ""
    """The user part that is called: [service] in the scenario."""
    keys: dict[str, str] = field(default_factory=dict)
    calls: int = 1
    rate: float = 10
    parallel: int | None = None
    timeout_seconds: int = 20
    port: int = 0
    address: str = LOOPBACK
    """Of both ends; an IPv6 address in brackets."""
    arguments: tuple[str, ...] = ()
    is_timed: bool = False
    """Whether it takes down how long its calls take to be set up."""
    child: Child | None = None

    def __post_init__(self) -> None:
        self.port = self.port or self.ports.take()

    def start(self) -> Sipp:
        """Starts it and returns; `finish` waits for its end."""
        self.directory.mkdir(parents=True, exist_ok=True)
        errors = self.directory / f"{self.scenario}-{self.port}-errors.log"
        command = ["sipp", "-sf", str(SCENARIOS / f"{self.scenario}.xml"), "-i", self.address, "-p", str(self.port),
                   "-mi", self.address, "-mp", str(self.ports.take_rtp(8)), "-m", str(self.calls), "-nostdin",
                   "-timeout", f"{self.timeout_seconds}s", "-timeout_error", "-trace_err", "-error_file", str(errors),
                   "-r", f"{self.rate:g}", "-l", str(self.parallel or self.calls), *self.arguments]
        if self.is_timed:
            # Another one may have had the same name.
            self._trace.unlink(missing_ok=True)
            command += ["-trace_shortmsg", "-shortmessage_file", str(self._trace)]
        for name, value in self.keys.items():
            command += ["-key", name, value]
        if self.user:
            command += ["-au", self.user, "-ap", self.password]
        if self.service:
            command += ["-s", self.service]
        if self.target_port:
            command.append(f"{self.address}:{self.target_port}")
        self._errors = errors
        self.child = Child(f"sipp {self.scenario}", command, directory=self.directory,
                           log=self.directory / f"{self.scenario}-{self.port}.log",
                           environment={"TERM": "dumb"})
        return self

    @property
    def _trace(self) -> Path:
        return self.directory / f"{self.scenario}-{self.port}-messages.log"

    def set_ups(self) -> list[SetUp]:
        """How long those of its calls took that have been answered so far; it has to be timed."""
        return read_set_ups(self._trace.read_bytes()) if self._trace.exists() else []

    def finish(self) -> None:
        """Waits for its end; every call must have gone as the scenario says."""
        assert self.child
        status = self.child.wait(self.timeout_seconds + 10)
        if status != 0:
            raise RigError(f"sipp {self.scenario}: status {status}: {self._first_error()}")

    def run(self) -> None:
        """Starts it and waits for its end."""
        try:
            self.start().finish()
        finally:
            self.stop()

    def stop(self) -> None:
        """Ends it if it still runs."""
        if self.child:
            self.child.stop(grace=2)

    def _first_error(self) -> str:
        if not self._errors.exists():
            return f"no error written; see {self.child.log if self.child else self.directory}"
        lines = [line.strip() for line in self._errors.read_text(errors="replace").splitlines() if line.strip()]
        wanted = [line for line in lines if any(word in line for word in ("SIP/2.0", "rror", "nexpected", "imeout"))]
        return " ".join((wanted or lines)[:3])[:400]
