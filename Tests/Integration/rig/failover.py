"""A telephone that follows RFC 3263, while a data center dies: it goes on to the next SRV record inside the TTL.

It is a scenario of rig/steering.py.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rig.baresip import Baresip
from rig.dns import NAME, check
from rig.phone import Account, PhoneSettings, expect_tone
from rig.ports import PortBlock
from rig.process import poll
from rig.world import CENTERS, CLIENTS, RESOLVER, World

_USER, _ECHO = "1000", "9196"
# Where nobody listens, a machine says so at once; over UDP nobody hears that, and phones wait for 32 s (RFC 3261 §17.1.1.2).
_TRANSPORT = "tcp"
# How long the echo is listened to, and how much of it has to be heard.
_TALK, _HEARD = 3.0, 2.0


@contextmanager
def _phone(world: World) -> Iterator[Baresip]:
    """A telephone at the first site that knows the resolver, the name and its password, and nothing else."""
    account = Account(_USER, world.meter.password, NAME, None, _TRANSPORT)
    settings = PhoneSettings(
        _USER, world.directory / "phone", PortBlock(), 440, account, node=world.clients[CLIENTS[0]], name_server=RESOLVER)
    with Baresip(settings) as phone:
        phone.wait_registered()
        yield phone


def _first(world: World) -> tuple[str, int]:
    """The data center that the resolver names first, and for how many seconds it keeps that."""
    name = f"_sip._{_TRANSPORT}.{NAME}"
    text = world.clients[CLIENTS[0]].run("dig", f"@{RESOLVER}", name, "SRV", "+noall", "+answer").stdout
    found = re.search(r"\s(\d+)\s+IN\s+SRV\s+10 \d+ \d+ (dc\d)\.", text)
    check(found is not None, f"the resolver says {text}")
    return found[2], int(found[1])


def _call(world: World, phone: Baresip) -> tuple[str, float]:
    """Calls the echo by name, and hears itself; the data center that the call was at, and the seconds that it took to get there."""
    begin = time.monotonic()
    phone.dial(f"sip:{_ECHO}@{NAME};transport={_TRANSPORT}")
    phone.wait_established(15)
    elapsed = time.monotonic() - begin
    at = [center for center in CENTERS if re.match(r"\s*1 total", world.meter.answer(center, "show calls count"))]
    check(len(at) == 1, f"the call is at {at}")
    time.sleep(_TALK)
    phone.hang_up()
    phone.wait_ended()
    expect_tone(phone, 440, at_least_seconds=_HEARD)
    return at[0], elapsed


def telephone(world: World) -> str:
    """A telephone calls through the best data center; when that dies, its next call goes to another, by the same answer."""
    with _phone(world) as phone:
        first, _ = _first(world)
        at, usual = _call(world, phone)
        check(at == first, f"the call was at {at}, and {first} is the best")
        world.meter.kill_switch(first)
        try:
            second, elapsed = _call(world, phone)
            named, left = _first(world)
            check(named == first, f"the resolver names {named}: it has asked again, and nothing is shown")
            check(second != first, f"the call was at {second}")
        finally:
            world.meter.start_switch(first)
            world.meter.wait_for_switch(first)
    return (
        f"{first} died, {second} had the next call after {elapsed * 1000:.0f} ms ({usual * 1000:.0f} ms before), while the "
        f"resolver named {first} for {left} s more")
