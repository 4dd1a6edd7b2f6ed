"""Programs that others wrote, at the event socket: they answer, play, collect digits, bridge, record, make calls."""

from __future__ import annotations

import dataclasses
import json
import socket
import subprocess
import sys
from pathlib import Path

from rig.ports import LOOPBACK, LOOPBACK_V6, has_ipv6
from rig.process import Child, RigError
from rig.sipp import Sipp
from rig.suite import Context, scenario
from rig.switch import Switch

_EVENTS = ("CHANNEL_ANSWER", "CHANNEL_EXECUTE", "CHANNEL_EXECUTE_COMPLETE", "PLAYBACK_START", "PLAYBACK_STOP", "DTMF",
           "CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE", "RECORD_START", "RECORD_STOP")
# The life of a channel that is called, in the order of its events.
_LIFE = ("CHANNEL_CREATE", "CHANNEL_PROGRESS", "CHANNEL_ANSWER", "CHANNEL_PARK", "CHANNEL_HANGUP",
         "CHANNEL_HANGUP_COMPLETE")
# The library keeps to itself what ends an application that it waits for.
_WITHOUT_ENDS = tuple(name for name in _EVENTS if name != "CHANNEL_EXECUTE_COMPLETE")
# What `myevents` turns on has neither playbacks nor recordings.
_OF_ONE_CHANNEL = tuple(name for name in _EVENTS if not name.startswith(("PLAYBACK", "RECORD")))


def _run(context: Context, client: str, mode: str, number: str, port: int, wanted: tuple[str, ...]) -> str:
    """One call that a client handles from beginning to end."""
    switch = context.tandem()
    recording = context.directory / f"{client}-{mode}.wav"
    callee = Sipp("brief-callee", context.directory, context.ports).start()
    target = f"sofia/external/sip:callee@127.0.0.1:{callee.port}"
    program = Child(f"{client} {mode}",
                    [sys.executable, "-m", f"eventclients.{client}_client", mode, str(port), switch.event_password,
                     target, str(recording)],
                    log=context.directory / f"{client}-{mode}.log")
    try:
        program.wait_for("^ready$")
        Sipp("event-socket-caller", context.directory, context.ports, target_port=switch.external_port,
             service=number, keys={"rig_user": "caller"}).run()
        callee.finish()
        return _judge(json.loads(program.wait_for("^done (.*)$")[1]), recording, wanted)
    finally:
        callee.stop()
        program.stop()


def _judge(seen: dict, recording: Path, wanted: tuple[str, ...]) -> str:
    if seen["digits"] != "123":
        raise RigError(f"the program collected {seen['digits']} instead of 123")
    if missing := [name for name in wanted if not seen["events"].get(name)]:
        raise RigError(f"the program saw no {', '.join(missing)}; it saw {seen['events']}")
    # One second at 8 kHz and 16 bit.
    size = recording.stat().st_size if recording.exists() else 0
    if not 12_000 <= size <= 20_000:
        raise RigError(f"the recording has {size} bytes")
    return f"{sum(seen['events'].values())} events, {size} bytes recorded"


@scenario("event-socket")
def genesis_inbound(context: Context) -> str:
    return _run(context, "genesis", "inbound", "rig-wait", context.tandem().event_port, _EVENTS)


@scenario("event-socket")
def genesis_outbound(context: Context) -> str:
    port = context.ports.take()
    return _run(context, "genesis", "outbound", f"rig-socket-{port}-async", port, _WITHOUT_ENDS)


@scenario("event-socket")
def greenswitch_inbound(context: Context) -> str:
    return _run(context, "greenswitch", "inbound", "rig-wait", context.tandem().event_port, _EVENTS)


@scenario("event-socket")
def greenswitch_outbound(context: Context) -> str:
    port = context.ports.take()
    return _run(context, "greenswitch", "outbound", f"rig-socket-{port}-async", port, _OF_ONE_CHANNEL)


@scenario("event-socket")
def greenswitch_outbound_in_step(context: Context) -> str:
    port = context.ports.take()
    return _run(context, "greenswitch", "outbound", f"rig-socket-{port}-sync", port, _OF_ONE_CHANNEL)


@scenario("event-socket")
def switchio_inbound(context: Context) -> str:
    return _run(context, "switchio", "inbound", "rig-wait", context.tandem().event_port, _EVENTS)


def _make_calls(context: Context, client: str, calls: int) -> dict:
    """Calls that a client makes: what it has seen of them."""
    switch = context.tandem()
    callee = Sipp("brief-callee", context.directory, context.ports, calls=calls).start()
    program = Child(f"{client} originate",
                    [sys.executable, "-m", f"eventclients.{client}_client", "originate", str(switch.event_port),
                     switch.event_password, f"sofia/external/sip:callee@127.0.0.1:{callee.port}", str(calls)],
                    log=context.directory / f"{client}-originate.log")
    try:
        seen = json.loads(program.wait_for("^done (.*)$", timeout=30)[1])
        callee.finish()
        return seen
    finally:
        callee.stop()
        program.stop()


def _follow_call(context: Context, client: str) -> str:
    """One call that a client makes: the answer names its channel, and its events come in the order of its life."""
    seen = _make_calls(context, client, 1)
    if seen["answer"].strip() != f"+OK {seen['channel']}":
        raise RigError(f"originate says {seen['answer']!r}")
    if seen["cause"] != "NORMAL_CLEARING":
        raise RigError(f"the call ended with {seen['cause']}")
    life = [name for name in seen["names"] if name in _LIFE]
    if life != list(_LIFE):
        raise RigError(f"the program saw {', '.join(life)}")
    return f"{len(seen['names'])} events of the channel"


@scenario("event-socket")
def genesis_originates(context: Context) -> str:
    return _follow_call(context, "genesis")


@scenario("event-socket")
def greenswitch_originates(context: Context) -> str:
    return _follow_call(context, "greenswitch")


@scenario("event-socket")
def switchio_makes_calls(context: Context) -> str:
    calls = 5
    seen = _make_calls(context, "switchio", calls)
    if seen["causes"] != ["NORMAL_CLEARING"] * calls or seen["answered"] != calls or seen["left"]:
        raise RigError(f"of {calls} calls, the program saw {seen}")
    names = ("CHANNEL_CREATE", "CHANNEL_ORIGINATE", "CHANNEL_ANSWER", "CHANNEL_PARK", "CHANNEL_HANGUP")
    if seen["events"] != dict.fromkeys(names, calls):
        raise RigError(f"of {calls} calls, the program saw the events {seen['events']}")
    return f"{calls} calls, {sum(seen['events'].values())} events"


@scenario("event-socket")
def programs_over_ipv6(context: Context) -> str | None:
    """Commands over both families at one socket, and a call that goes to a program on ::1."""
    if not has_ipv6():
        return "this machine has no IPv6"
    switch = dataclasses.replace(context.tandem(), directory=context.directory / "ipv6", child=None, event_address="::")
    switch.start()
    try:
        for host in (LOOPBACK_V6, LOOPBACK):
            with switch.console(host) as console:
                if (answer := console.api(f"echo by {host}")) != f"by {host}":
                    raise RigError(f"echo over {host} says {answer!r}")
        answer = subprocess.run(
            [str(switch.binary), "cli", "-H", LOOPBACK_V6, "-P", str(switch.event_port), "-p", switch.event_password,
             "-x", "echo by tandem cli"], capture_output=True, text=True, timeout=20, check=False)
        if (answer.returncode, answer.stdout) != (0, "by tandem cli\n"):
            raise RigError(f"tandem cli over ::1 says {answer.stdout!r}, {answer.stderr!r}")
        _take_call(switch)
        switch.wait_idle()
    finally:
        switch.stop()
    return None


def _take_call(switch: Switch) -> None:
    """Is the program of a call, on ::1."""
    with socket.create_server((LOOPBACK_V6, 0), family=socket.AF_INET6) as server, \
            switch.console(LOOPBACK_V6) as console:
        server.settimeout(10)
        port = server.getsockname()[1]
        answer = console.api(f"originate null/rig '&socket([::1]:{port} async full)'")
        if not answer.startswith("+OK "):
            raise RigError(f"originate says {answer!r}")
        channel = answer.split()[1]
        program, peer = server.accept()
        with program:
            program.settimeout(10)
            program.sendall(b"connect\n\napi echo from-the-program\n\n")
            heard = b""
            while b"from-the-program" not in heard:
                if not (more := program.recv(65536)):
                    raise RigError(f"the switch closed the connection after {heard[-200:]!r}")
                heard += more
            if f"\nUnique-ID: {channel}\n".encode() not in heard or b"\nControl: full\n" not in heard:
                raise RigError(f"the program at {peer[0]} is not told of its call: {heard[:200]!r}")
            console.api(f"uuid_kill {channel}")


@scenario("event-socket")
def nothing_left_of_events(context: Context) -> str:
    return f"idle: {context.tandem().wait_idle()}"
