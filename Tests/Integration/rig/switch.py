"""Tandem under test: a copy of our configuration on loopback, its process, and what it says of itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

from .console import Console
from .phone import Account
from .ports import LOOPBACK, PortBlock, has_ipv6
from .probe import answers_options
from .process import Child, RigError, poll, processor_seconds

REPOSITORY = Path(__file__).resolve().parents[3]
# T1 of RFC 3261 instead of 500 ms: all is on this machine, and scenarios wait until nothing is left.
_T1_MILLISECONDS = 100
# Timers H, J and F of RFC 3261 keep a finished transaction for 64 * T1, timer D one that was refused for 32 s.
IDLE_TIMEOUT_SECONDS = 45

# What status.json counts of calls: all of it is zero when no call is left.
_CALLS = ("sessions", "channels", "media_streams", "dialogs", "transactions")


@dataclass(frozen=True)
class Usage:
    """What the process has used."""

    cpu_seconds: float
    rss_kilobytes: int


@dataclass
class Switch:
    """One switch on ports of its own."""

    binary: Path
    directory: Path
    ports: PortBlock
    overlay: Path
    """A tree that is copied over our conf/: extra dialplan for the scenarios."""
    variables: dict[str, str] = field(default_factory=dict)
    """Global variables added to vars.xml, for the overlay."""
    core: dict[str, str] = field(default_factory=dict)
    """Parameters of switch.conf.xml to change."""
    event_address: str = LOOPBACK
    """Where it listens for programs; :: is both families."""
    options: tuple[str, ...] = ()
    """More options for the command line."""
    child: Child | None = None

    def __post_init__(self) -> None:
        self.internal_port = self.ports.take()
        self.external_port = self.ports.take()
        self.ipv6_port = self.ports.take() if has_ipv6() else None
        """The port of the profile on ::1; None on a machine without IPv6."""
        self.event_port = self.ports.take()
        self.metrics_port = self.ports.take()
        self.domain = LOOPBACK
        self._conf = self.directory / "conf"
        self._base = self.directory / "var"

    # Configuration

    def prepare(self) -> None:
        """Copies our configuration, moves it to loopback and lays the overlay over it."""
        # A password that somebody's own first run left in the working tree stays there.
        shutil.copytree(REPOSITORY / "conf", self._conf, ignore=shutil.ignore_patterns("local_password*"))
        shutil.copytree(self.overlay, self._conf, dirs_exist_ok=True)
        if not self.ipv6_port:
            (self._conf / "sip_profiles" / "rig-ipv6.xml").unlink()
        first, last = self.ports.switch_rtp
        self._set_variables({"internal_sip_port": str(self.internal_port),
                             "external_sip_port": str(self.external_port),
                             "event_socket_port": str(self.event_port),
                             "prometheus_port": str(self.metrics_port)},
                            {"rig_ipv6_sip_port": str(self.ipv6_port), **self.variables})
        self._set_parameters("switch.conf.xml", {"rtp-start-port": str(first), "rtp-end-port": str(last), **self.core})
        self._set_parameters("event_socket.conf.xml", {"listen-ip": self.event_address})
        for profile in (self._conf / "sip_profiles").glob("*.xml"):
            text = profile.read_text()
            profile.write_text(text.replace(
                "<settings>", f'<settings>\n    <param name="timer-T1" value="{_T1_MILLISECONDS}"/>', 1))

    def _set_variables(self, changed: dict[str, str], added: dict[str, str]) -> None:
        path = self._conf / "vars.xml"
        text = path.read_text()
        for name, value in changed.items():
            text, count = re.subn(rf'data="{name}=[^"]*"', f'data="{name}={value}"', text)
            if count != 1:
                raise RigError(f"conf/vars.xml sets {name} {count} times instead of once")
        lines = "".join(f'  <X-PRE-PROCESS cmd="set" data="{name}={value}"/>\n' for name, value in added.items())
        path.write_text(text.replace("</include>", f"{lines}</include>"))

    def _set_parameters(self, file: str, changed: dict[str, str]) -> None:
        path = self._conf / "autoload_configs" / file
        text = path.read_text()
        for name, value in changed.items():
            line = f"<param name={quoteattr(name)} value={quoteattr(value)}/>"
            # Some are there as an example only, with the marks of a comment around them.
            text, count = re.subn(rf'(<!-- *)?<param name="{name}" value="[^"]*" */>(?(1) *-->)', lambda _: line, text)
            if count != 1:
                raise RigError(f"conf/autoload_configs/{file} has {name} {count} times instead of once")
        path.write_text(text)

    def load_module(self, name: str) -> None:
        """Takes the marks off the line of a module that our configuration does not load, before the first start."""
        path = self._conf / "autoload_configs" / "modules.conf.xml"
        text, marked = path.read_text(), f'<!-- <load module="{name}"/> -->'
        if marked not in text:
            raise RigError(f"{path} does not have {marked}")
        path.write_text(text.replace(marked, f'<load module="{name}" critical="true"/>'))

    # Life

    def start(self) -> None:
        """Starts it, again perhaps, and waits until both profiles answer."""
        if not self._conf.exists():
            self.prepare()
        self.child = Child("tandem", self.command, log=self.directory / "tandem.log", directory=self.directory)
        for port in (self.internal_port, self.external_port):
            poll(f"the switch answers OPTIONS on port {port}", lambda port=port: self._answers(port), timeout=20)

    @property
    def command(self) -> list[str]:
        """What starts it in the foreground, once its configuration is there."""
        return [str(self.binary), "run", "--conf", str(self._conf), "--base", str(self._base),
                "--sounds", str(REPOSITORY / "sounds"), "--ip", LOOPBACK, *self.options]

    def _answers(self, port: int) -> bool:
        self.check_alive()
        return answers_options(port)

    def check_alive(self) -> None:
        """Raises when the process has ended."""
        assert self.child
        if self.child.status is not None:
            tail = " | ".join(self.child.lines[-5:])
            raise RigError(f"the switch ended with status {self.child.status}; last: {tail}")

    def stop(self) -> None:
        """Ends it; an exit status other than 0 is an error."""
        if not self.child:
            return
        died_early = self.child.status is not None
        status = self.child.stop(grace=10)
        if died_early or status != 0:
            raise RigError(f"the switch ended {'by itself ' if died_early else ''}with status {status}")

    def kill(self) -> None:
        """Ends it as a crash would."""
        assert self.child
        os.kill(self.child.pid, signal.SIGKILL)
        self.child.wait(5)
        self.child = None

    # What it knows

    @property
    def configuration_directory(self) -> Path:
        """Where freeswitch.xml is."""
        return self._conf

    @property
    def database_directory(self) -> Path:
        """Where its files of SQLite are."""
        return self._base / "db"

    @property
    def dialplan_directory(self) -> Path:
        """Where its contexts are."""
        return self._conf / "dialplan"

    @property
    def log_directory(self) -> Path:
        """Where it writes its logs."""
        return self._base / "log"

    @property
    def password(self) -> str:
        """The random password of users 1000 to 1019, which the first start has written."""
        return self._made_at_first_start("default_password")

    @property
    def event_password(self) -> str:
        """The random password of the event socket, which the first start has written."""
        return self._made_at_first_start("event_socket_password")

    def _made_at_first_start(self, variable: str) -> str:
        path = self._conf / "local_password.xml"
        if not path.exists():
            raise RigError(f"the switch wrote no {path.name} beside its vars.xml")
        if found := re.search(rf'data="{variable}=([^"]+)"', path.read_text()):
            return found[1]
        raise RigError(f"no {variable} in {path}")

    def account(self, user: str, password: str | None = None) -> Account:
        """How a phone registers as this user."""
        return Account(user=user, password=self.password if password is None else password,
                       domain=self.domain, proxy_port=self.internal_port)

    def address(self, extension: str) -> str:
        """What a phone dials to reach an extension."""
        return f"sip:{extension}@{self.domain}:{self.internal_port}"

    def console(self, host: str = LOOPBACK) -> Console:
        """A connection for commands."""
        return Console(self.event_port, self.event_password, host=host)

    def status(self) -> dict[str, int]:
        """The switch's own counts, which it writes to `<run>/status.json` on SIGUSR1."""
        assert self.child
        self.check_alive()
        path = self._base / "run" / "status.json"
        path.unlink(missing_ok=True)
        os.kill(self.child.pid, signal.SIGUSR1)
        counts = poll("status.json after SIGUSR1", lambda: _whole_json(path), timeout=5, interval=0.02)
        if missing := [name for name in (*_CALLS, "registrations", "timers") if name not in counts]:
            raise RigError(f"status.json has no {', '.join(missing)}")
        return counts

    def wait_idle(self, *, timers_before: int | None = None) -> dict[str, int]:
        """Waits until no call, media stream, transaction or dialog is left."""
        last: dict[str, int] = {}

        def idle() -> bool:
            last.clear()
            last.update(self.status())
            timers_back = timers_before is None or last["timers"] <= timers_before
            return timers_back and not any(last[name] for name in _CALLS)

        try:
            poll("idle", idle, timeout=IDLE_TIMEOUT_SECONDS, interval=0.5)
        except RigError:
            raise RigError(f"leaked after {IDLE_TIMEOUT_SECONDS} s: {last}, timers before: {timers_before}") from None
        return last

    # What it costs

    def open_sockets(self) -> int:
        """How many sockets the process holds: a leaked RTP port is one of them."""
        assert self.child
        count = 0
        for entry in Path(f"/proc/{self.child.pid}/fd").iterdir():
            try:
                count += os.readlink(entry).startswith("socket:")
            except FileNotFoundError:
                continue
        return count

    def usage(self) -> Usage:
        """CPU and memory so far."""
        assert self.child
        self.check_alive()
        rollup = Path(f"/proc/{self.child.pid}/smaps_rollup").read_text()
        # Not the proportional share: it changes with whoever else runs the same program.
        rss = re.search(r"^Rss:\s+(\d+) kB", rollup, re.MULTILINE)
        return Usage(cpu_seconds=processor_seconds(self.child.pid), rss_kilobytes=int(rss[1]) if rss else 0)


def _whole_json(path: Path) -> dict[str, int] | None:
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
