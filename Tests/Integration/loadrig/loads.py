"""The loads: each drives the switch with one kind of work and measures the switch's own CPU and memory."""

from __future__ import annotations

import csv
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from rig.ports import PortBlock
from rig.process import Child, RigError
from rig.sipp import Sipp
from rig.switch import Switch

_SOURCES = Path(__file__).parent
USERS = [str(1000 + number) for number in range(20)]


@dataclass
class Bench:
    """Everything that a load needs."""

    switch: Switch
    ports: PortBlock
    directory: Path
    callee_port: int
    media_port: int


@dataclass
class Measurement:
    """One run of one load."""

    load: str
    units: int
    cpu_ms_per_unit: float
    failed: int
    retransmissions: int
    more: dict[str, float] = field(default_factory=dict)


def _compiled(name: str, directory: Path) -> Path:
    """One of the programs in C beside this file, compiled when it is first needed."""
    program = directory / name
    if not program.exists():
        subprocess.run(["cc", "-O2", "-Wall", "-o", str(program), str(_SOURCES / f"{name}.c")], check=True)
    return program


def registrations(bench: Bench, count: int, rate: float) -> Measurement:
    """REGISTER with digest: the challenge and the request that answers it, by 20 users."""
    users = bench.directory / "users.csv"
    password = bench.switch.password
    rows = "".join(f"{user};[authentication username={user} password={password}]\n" for user in USERS)
    users.write_text("SEQUENTIAL\n" + rows)
    return _signalling(bench, "registration with digest", "load-register", count, rate, internal=True,
                       arguments=("-inf", str(users)))


def answered(bench: Bench, count: int, rate: float) -> Measurement:
    """INVITE, answer, park, BYE after a second; no RTP."""
    return _signalling(bench, "answered call", "external-answered", count, rate, service="load-answer",
                       arguments=("-d", "1000"))


def bridged(bench: Bench, count: int, rate: float) -> Measurement:
    """INVITE, bridge to a SIP callee, BYE after a second; media anchored but no RTP."""
    callee = Sipp("callee", bench.directory, bench.ports, port=bench.callee_port, calls=count,
                  timeout_seconds=_bound(count, rate)).start()
    try:
        return _signalling(bench, "bridged call, no RTP", "external-answered", count, rate, service="load-bridge",
                           arguments=("-d", "1000"))
    finally:
        callee.stop()


def events(bench: Bench, count: int, rate: float, clients: int) -> Measurement:
    """Answered calls while event clients watch everything; what they cost is the difference to calls without them."""
    alone = answered(bench, count, rate)
    command = [str(_compiled("eventload", bench.directory)), str(bench.switch.event_port), str(clients)]
    child = Child("eventload", command, log=bench.directory / f"eventload-{bench.ports.take()}.log",
                  environment={"EVENT_PASSWORD": bench.switch.event_password})
    dropped_before = bench.switch.status()["events_dropped"]
    try:
        child.wait_for("READY", timeout=20)
        watched = answered(bench, count, rate)
        dropped = bench.switch.status()["events_dropped"] - dropped_before
    finally:
        child.stop()
    result = json.loads(next((line for line in child.lines if line.startswith("{")), "null"))
    if not result:
        raise RigError(f"the event clients ended early; see {child.log}")
    cost_ms = watched.cpu_ms_per_unit - alone.cpu_ms_per_unit
    more = {
        "rate_per_second": rate,
        "clients": clients,
        # A core is 1000 CPU-ms per second.
        "clients_core_percent": cost_ms * rate / 10,
        "without_clients_ms": alone.cpu_ms_per_unit,
        "events_per_call": result["events"] / count,
        "kilobytes_per_call_and_client": result["bytes_most"] / count / 1000,
        "events_lost": dropped,
        "plain_writes_core_percent": _plain_writes(bench, clients, result["bytes_most"] * rate / count),
    }
    return Measurement(f"answered call, {clients} event clients", count, watched.cpu_ms_per_unit,
                       alone.failed + watched.failed, alone.retransmissions + watched.retransmissions, more)


_WRITES_PER_SECOND = 50
"""How often the switch writes to each of many clients that all get the same."""
_FLOOR_SECONDS = 5


def _plain_writes(bench: Bench, clients: int, bytes_per_second: float) -> float:
    """What it costs a plain program in C, in percent of a core, to write so many bytes to each of the clients."""
    command = [str(_compiled("eventfloor", bench.directory)), str(clients),
               str(max(int(bytes_per_second / _WRITES_PER_SECOND), 1)), str(_WRITES_PER_SECOND), str(_FLOOR_SECONDS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_FLOOR_SECONDS * 10)
    return json.loads(done.stdout)["cpu_seconds"] / _FLOOR_SECONDS * 100


def _bound(count: int, rate: float) -> int:
    """More seconds than any run of a signalling load may last."""
    return int(count / rate) + 40


def _signalling(bench: Bench, load: str, scenario: str, count: int, rate: float, *, internal: bool = False,
                service: str = "", arguments: tuple[str, ...]) -> Measurement:
    switch = bench.switch
    statistics = bench.directory / f"{scenario}-{bench.ports.take()}.csv"
    caller = Sipp(scenario, bench.directory, bench.ports,
                  target_port=switch.internal_port if internal else switch.external_port,
                  keys={"rig_user": "load", "rig_contact_port": "9"}, service=service, calls=count, rate=rate,
                  parallel=count, timeout_seconds=_bound(count, rate),
                  arguments=(*arguments, "-trace_stat", "-stf", str(statistics)))
    before = switch.usage()
    try:
        caller.start()
        assert caller.child
        caller.child.wait(caller.timeout_seconds + 10)
        switch.wait_idle()
    finally:
        caller.stop()
    after = switch.usage()
    totals = _totals(statistics)
    done = int(totals["SuccessfulCall(C)"])
    return Measurement(f"{load}, {rate:g}/s", count, (after.cpu_seconds - before.cpu_seconds) * 1000 / max(done, 1), count - done,
                       int(totals["Retransmissions(C)"]))


def _totals(path: Path) -> dict[str, str]:
    """The last row of sipp's statistics."""
    if not path.exists():
        raise RigError("sipp wrote no statistics")
    rows = list(csv.DictReader(path.read_text().splitlines(), delimiter=";"))
    return rows[-1]


def media(bench: Bench, calls: int, seconds: int, *, direct: bool = False) -> Measurement:
    """Bridged calls with G.711 both ways. With `direct` the same calls without the switch: the generator's floor."""
    rate = 40
    caller_port, rtp_port = bench.ports.take(), bench.ports.take_rtp(4)
    idle = None if direct else bench.switch.usage()
    command = [str(_compiled("rtpload", bench.directory)), "--target", str(bench.switch.external_port), "--caller-port", str(caller_port),
               "--callee-port", str(bench.media_port), "--rtp-port", str(rtp_port), "--calls", str(calls),
               "--rate", str(rate), "--seconds", str(seconds), *(["--direct"] if direct else [])]
    child = Child("rtpload", command, log=bench.directory / f"rtpload-{caller_port}.log")
    try:
        up = int(child.wait_for(r"MEASURE-BEGIN (\d+)", timeout=calls / rate + 40)[1])
        begin = None if direct else bench.switch.usage()
        child.wait_for("MEASURE-END", timeout=seconds + 10)
        end = None if direct else bench.switch.usage()
        child.wait(40)
    finally:
        child.stop()
    if not direct:
        bench.switch.wait_idle()
    result = json.loads(next(line for line in child.lines if line.startswith("{")))
    more = {
        "lost_percent": 100 * (1 - result["received"] / max(result["sent"], 1)),
        "late_percent": 100 * result["late"] / max(result["sent"], 1),
        "delay_median_ms": result["delay_median_ms"],
        "delay_p99_ms": result["delay_p99_ms"],
        "delay_max_ms": result["delay_max_ms"],
    }
    cpu_ms = 0.0
    if idle and begin and end:
        cpu_ms = (end.cpu_seconds - begin.cpu_seconds) * 1000 / seconds / max(up, 1)
        # A core is 1000 CPU-ms per second.
        more["core_percent_per_call"] = cpu_ms / 10
        more["calls_per_core"] = 1000 / cpu_ms if cpu_ms else 0.0
        more["memory_kb_per_call"] = (end.rss_kilobytes - idle.rss_kilobytes) / max(up, 1)
    name = "generator alone, no switch" if direct else "bridged call, G.711 both ways"
    return Measurement(name, calls, cpu_ms, calls - result["ended_well"], result["retransmissions"], more)
