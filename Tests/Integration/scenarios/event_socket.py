"""Programs that others wrote, at the event socket: they answer, play, collect digits, bridge and record."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rig.process import Child, RigError
from rig.sipp import Sipp
from rig.suite import Context, scenario

_EVENTS = ("CHANNEL_ANSWER", "CHANNEL_EXECUTE", "CHANNEL_EXECUTE_COMPLETE", "PLAYBACK_START", "PLAYBACK_STOP", "DTMF",
           "CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE", "RECORD_START", "RECORD_STOP")
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


@scenario("event-socket")
def nothing_left_of_events(context: Context) -> str:
    return f"idle: {context.tandem().wait_idle()}"
