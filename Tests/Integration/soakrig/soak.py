"""Many calls through many applications: memory stays flat and nothing is left."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rig.ports import PortBlock
from rig.process import RigError, poll
from rig.scraper import scrape
from rig.sipp import Sipp
from rig.switch import Switch

_OVERLAY = Path(__file__).resolve().parent / "conf"
# A call brings two more channels with it, the ends of a loopback; this counts the calls alone.
_STARTED = 'tandem_sip_calls_started_total{profile="external",direction="inbound"}'
_PORTS = 'tandem_rtp_port_pairs{state="used"}'
_PARTS = 20
# What has to be 0 when no call is left.
_EMPTY = ("tandem_sessions", 'tandem_calls{direction="inbound"}', 'tandem_calls{direction="outbound"}',
          _PORTS, 'tandem_sip_calls{profile="external"}',
          'tandem_sip_dialogs{profile="external"}', 'tandem_sip_transactions{profile="external"}')
# What has to be what it was before.
_SAME = ('tandem_registrations{profile="internal"}', 'tandem_registrations{profile="external"}',
         'tandem_sip_timers{profile="external"}', "process_open_fds")
_MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Course:
    """How many calls, and what they may leave behind."""

    calls: int
    rate: float
    """Calls a second."""
    growth: float
    """By which fraction the memory may grow after the first quarter of the calls."""
    bound: int
    """For how many seconds at most it runs."""


@dataclass(frozen=True)
class Outcome:
    """What a soak measured."""

    calls: int
    seconds: float
    cpu_ms_per_call: float
    after_quarter: float
    """Resident memory in bytes."""
    highest: float
    end: float

    def __str__(self) -> str:
        return (f"{self.calls} calls in {self.seconds:.0f} s, {self.cpu_ms_per_call:.1f} CPU-ms each; memory "
                f"{self.after_quarter / _MEGABYTE:.1f} MB after a quarter, {self.highest / _MEGABYTE:.1f} MB at most "
                f"later, {self.end / _MEGABYTE:.1f} MB at the end")


def make_switch(binary: Path, directory: Path, ports: PortBlock) -> Switch:
    """A switch that lets all of it in, with the extensions that the calls go through."""
    return Switch(binary, directory, ports, _OVERLAY,
                  core={"max-sessions": "20000", "sessions-per-second": "10000", "loglevel": "err",
                        "core-db-dsn": ""})


def run(switch: Switch, directory: Path, course: Course, tell: Callable[[str], None]) -> Outcome:
    """Sends the calls, and raises when something of them is left."""
    # The first calls fill caches and open what stays open: they are not part of the comparison.
    _calls(switch, directory, 20, 10)
    switch.wait_idle()
    before = scrape(switch.metrics_port)
    began, cpu = time.monotonic(), switch.usage().cpu_seconds
    samples = _watched(switch, directory, course, before[_STARTED], began, tell)
    seconds = time.monotonic() - began
    switch.wait_idle(timers_before=int(before['tandem_sip_timers{profile="external"}']))
    after = poll("ports and files are given back", lambda: _settled(switch, before), timeout=30)
    cpu = switch.usage().cpu_seconds - cpu
    _judge(switch, before, after, course)
    first, highest = samples[_PARTS // 4 - 1], max(samples[_PARTS // 4:])
    outcome = Outcome(course.calls, seconds, 1000 * cpu / course.calls, first, highest,
                      after["process_resident_memory_bytes"])
    if highest > first * (1 + course.growth):
        raise RigError(f"memory grew by more than {course.growth:.0%}: {outcome}")
    return outcome


def _calls(switch: Switch, directory: Path, calls: int, rate: float, bound: int = 60) -> None:
    _caller(switch, directory, calls, rate, bound).run()


def _caller(switch: Switch, directory: Path, calls: int, rate: float, bound: int) -> Sipp:
    # As many at a time as begin in five seconds: a machine that is too slow for the rate takes longer, and fails none.
    return Sipp("soak-caller", directory, switch.ports, target_port=switch.external_port, service="soak", calls=calls,
                rate=rate, parallel=max(int(rate * 5), 1), timeout_seconds=bound)


def _watched(switch: Switch, directory: Path, course: Course, base: float, began: float,
             tell: Callable[[str], None]) -> list[float]:
    """The calls, with the memory after each twentieth of them."""
    caller = _caller(switch, directory, course.calls, course.rate, course.bound)
    samples = []
    try:
        caller.start()
        for part in range(1, _PARTS + 1):
            wanted = base + course.calls * part // _PARTS
            now = poll(f"call {wanted:.0f} begins", lambda: _reached(switch, caller, wanted), timeout=course.bound,
                       interval=0.2)
            samples.append(now["process_resident_memory_bytes"])
            tell(f"{now[_STARTED] - base:8.0f} calls {time.monotonic() - began:6.1f} s "
                 f"{samples[-1] / _MEGABYTE:8.1f} MB {now['tandem_sessions']:6.0f} channels "
                 f"{now[_PORTS]:5.0f} port pairs")
        caller.finish()
    finally:
        caller.stop()
    return samples


def _reached(switch: Switch, caller: Sipp, wanted: float) -> dict[str, float] | None:
    switch.check_alive()
    now = scrape(switch.metrics_port)
    if now[_STARTED] >= wanted:
        return now
    if caller.child and caller.child.status not in (None, 0):
        caller.finish()
    return None


def _settled(switch: Switch, before: dict[str, float]) -> dict[str, float] | None:
    now = scrape(switch.metrics_port)
    is_same = all(now[name] <= before[name] for name in _SAME)
    return now if is_same and not any(now[name] for name in _EMPTY) else None


def _judge(switch: Switch, before: dict[str, float], after: dict[str, float], course: Course) -> None:
    """Every call went through to its end, and nobody complained."""
    began = after[_STARTED] - before[_STARTED]
    if began != course.calls:
        raise RigError(f"{began:.0f} calls began instead of {course.calls}")
    ended = {name: after[name] - before.get(name, 0) for name in after if name.startswith("tandem_calls_ended_total")}
    # A call and the two ends of its loopback.
    wanted = {'tandem_calls_ended_total{cause="NORMAL_CLEARING"}': 3 * course.calls}
    if {name: count for name, count in ended.items() if count} != wanted:
        raise RigError(f"calls ended otherwise: {ended}")
    dropped = [name for name in after if re.search(r"(dropped|lost)_total", name) and after[name] > 0
               and not name.startswith("tandem_rtp_")]
    if dropped:
        raise RigError(f"something was dropped: {', '.join(dropped)}")
    assert switch.child
    if complaints := [line for line in switch.child.lines if "[ERR]" in line or "[CRIT]" in line]:
        raise RigError(f"{len(complaints)} complaints in the log, such as: {complaints[0]}")
    with switch.console() as console:
        for line, idle in (("limit_usage hash soak calls", "0"), ("show tasks count", "0 total"),
                           ("show channels count", "0 total")):
            if not (answer := console.api(line).strip()).startswith(idle):
                raise RigError(f"{line}: {answer}")
