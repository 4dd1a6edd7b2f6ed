"""Keys that the switch sends: what a telephone hears of them, and another end of ours."""

from __future__ import annotations

import uuid

from rig.baresip import Baresip
from rig.process import RigError, poll
from rig.suite import Context, scenario
from rig.switch import Switch

# Samples of 8 kHz, as the event says it.
_LENGTHS = {"1": 800, "2": 800, "3": 800, "#": 1600}


def _told(context: Context, variables: str) -> tuple[list[str], list[str]]:
    """Sends keys to a telephone, by the command and by the application: which it heard, and which of them by INFO."""
    switch, channel = context.tandem(), str(uuid.uuid4())
    phone = context.desk.phone("1000")
    assert isinstance(phone, Baresip)
    before = len(phone.keys_by_info())
    with switch.console() as console:
        console.send(f"bgapi originate {{origination_uuid={channel}{variables}}}user/1000@{switch.domain} &park()")
        console.answer()
        phone.wait_incoming()
        phone.answer()
        phone.wait_established()
        for line in (f"uuid_send_dtmf {channel} 12w3@100", f"uuid_broadcast {channel} send_dtmf::#@200 aleg"):
            if not (answer := console.api(line)).startswith("+OK"):
                raise RigError(f"{line} says {answer!r}")
        heard = [phone.wait_key() for _ in _LENGTHS]
        console.api(f"uuid_kill {channel}")
        phone.wait_ended()
    return heard, phone.keys_by_info()[before:]


@scenario("keys")
def phone_hears_events(context: Context) -> None:
    heard, by_info = _told(context, "")
    if heard != list(_LENGTHS) or by_info:
        raise RigError(f"the phone heard {heard}, by INFO {by_info}")


@scenario("keys")
def phone_hears_info(context: Context) -> None:
    heard, by_info = _told(context, ",dtmf_type=info")
    if heard != list(_LENGTHS) or by_info != ["1 100", "2 100", "3 100", "# 200"]:
        raise RigError(f"the phone heard {heard}, by INFO {by_info}")


def _lengths(switch: Switch, variables: str) -> str:
    """Calls an extension of our own, and has keys sent to it: each is as long as was said, and the pause is there."""
    channel = str(uuid.uuid4())
    with switch.console() as console, switch.console() as events:
        events.send("event plain DTMF")
        events.answer()
        target = f"sofia/external/sip:rig-public@{switch.domain}:{switch.external_port}"
        answer = console.api(f"originate {{origination_uuid={channel}{variables}}}{target} &park()")
        if not answer.startswith("+OK"):
            raise RigError(f"originate says {answer!r}")
        console.api(f"uuid_send_dtmf {channel} 12w3@100+#@200")
        heard = []
        for _ in _LENGTHS:
            event = dict(line.split(": ", 1) for line in events.answer().splitlines() if ": " in line)
            key = event["DTMF-Digit"].replace("%23", "#")
            heard.append((key, int(event["DTMF-Duration"]), int(event["Event-Date-Timestamp"])))
        console.api(f"uuid_kill {channel}")
        poll("both ends are gone", lambda: "0 total." in console.api("show channels"), timeout=10)
    if [(key, length) for key, length, _ in heard] != list(_LENGTHS.items()):
        raise RigError(f"the far end heard {heard}")
    # The key, the silence after it, and the half second that w asks for.
    waited = (heard[2][2] - heard[1][2]) / 1e6
    if waited < 0.6:
        raise RigError(f"between the second key and the third were {waited} s")
    return f"{waited:.2f} s with the pause"


@scenario("keys")
def events_have_their_lengths(context: Context) -> str:
    return _lengths(context.tandem(), "")


@scenario("keys")
def info_has_its_lengths(context: Context) -> str:
    return _lengths(context.tandem(), ",dtmf_type=info")


@scenario("keys")
def nothing_left_of_keys(context: Context) -> str:
    context.desk.clear()
    return f"idle: {context.tandem().wait_idle()}"
