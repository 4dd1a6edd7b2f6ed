"""Calls between real phones: baresip (1000, 1002) and linphone (1001, 1003)."""

from __future__ import annotations

import re
import time

from rig import tones
from rig.baresip import Baresip
from rig.linphone import Linphone
from rig.phone import Phone, expect_tone
from rig.process import RigError, poll
from rig.suite import Context, scenario

TALK_SECONDS = 20
# How long a menu is listened to before a key is pressed.
MENU_SECONDS = 4
# Of a conversation, what set-up and the phones' own jitter buffers may take.
_LOST_AT_ENDS_SECONDS = 1.0


def establish(context: Context, caller: Phone, callee: Phone) -> None:
    """Makes a call and answers it."""
    ring(context, caller, callee)
    callee.answer()
    caller.wait_established()
    callee.wait_established()


def ring(context: Context, caller: Phone, callee: Phone, extension: str | None = None) -> None:
    """Makes a call and lets it ring."""
    caller.dial(context.desk.uri(extension or callee.settings.name))
    callee.wait_incoming()
    caller.wait_ringback()


def talk(seconds: float) -> None:
    """The conversation itself: the phones' tones run by themselves."""
    time.sleep(seconds)


def expect_reason(reason: str, wanted: str) -> str:
    """Checks why a call or registration failed."""
    if not re.search(wanted, reason):
        raise RigError(f"expected {wanted}, the phone says: {reason}")
    return reason


@scenario("phones")
def register(context: Context) -> str:
    for user in ("1000", "1001", "1002", "1003"):
        context.desk.phone(user)
    registrations = context.tandem().status()["registrations"]
    if registrations != 4:
        raise RigError(f"the switch counts {registrations} registrations instead of 4")
    return "two baresip, two linphone"


@scenario("phones", direct=True)
def tones_both_ways(context: Context) -> str:
    caller, callee = context.desk.phone("1000"), context.desk.phone("1001")
    establish(context, caller, callee)
    talk(TALK_SECONDS)
    caller.hang_up()
    caller.wait_ended()
    callee.wait_ended()
    least = TALK_SECONDS - _LOST_AT_ENDS_SECONDS
    down = expect_tone(caller, callee.settings.tone_hertz, at_least_seconds=least)
    up = expect_tone(callee, caller.settings.tone_hertz, at_least_seconds=least)
    return f"baresip heard {down}; linphone heard {up}"


@scenario("phones", direct=True)
def tones_linphone_calls(context: Context) -> str:
    caller, callee = context.desk.phone("1001"), context.desk.phone("1000")
    establish(context, caller, callee)
    talk(3)
    caller.hang_up()
    caller.wait_ended()
    callee.wait_ended()
    down = expect_tone(caller, callee.settings.tone_hertz, at_least_seconds=2)
    up = expect_tone(callee, caller.settings.tone_hertz, at_least_seconds=2)
    return f"linphone heard {down}; baresip heard {up}"


@scenario("phones", direct=True)
def caller_hangs_up(context: Context) -> None:
    caller, callee = context.desk.phone("1000"), context.desk.phone("1001")
    establish(context, caller, callee)
    caller.hang_up()
    callee.wait_ended()
    caller.wait_ended()


@scenario("phones", direct=True)
def callee_hangs_up(context: Context) -> None:
    caller, callee = context.desk.phone("1000"), context.desk.phone("1001")
    establish(context, caller, callee)
    callee.hang_up()
    caller.wait_ended()
    callee.wait_ended()


@scenario("phones", direct=True)
def busy(context: Context) -> str:
    caller, callee = context.desk.phone("1002"), context.desk.phone("1000")
    ring(context, caller, callee)
    callee.reject()
    callee.wait_ended()
    return expect_reason(caller.wait_ended(), "^486")


@scenario("phones", direct=True)
def declined(context: Context) -> str:
    caller, callee = context.desk.phone("1000"), context.desk.phone("1001")
    ring(context, caller, callee)
    callee.reject()
    callee.wait_ended()
    return expect_reason(caller.wait_ended(), "^603")


@scenario("phones", direct=True)
def cancelled_while_ringing(context: Context) -> None:
    caller, callee = context.desk.phone("1000"), context.desk.phone("1001")
    ring(context, caller, callee)
    caller.hang_up()
    callee.wait_ended()
    caller.wait_ended()


@scenario("phones")
def no_answer(context: Context) -> str:
    caller, callee = context.desk.phone("1000"), context.desk.phone("1001")
    ring(context, caller, callee, extension="rig-short-1001")
    callee.wait_ended(timeout=8)
    return expect_reason(caller.wait_ended(), "^480")


@scenario("phones")
def taken_by_another_phone(context: Context) -> str:
    caller, callee, taker = (context.desk.phone(user) for user in ("1000", "1001", "1002"))
    ring(context, caller, callee)
    taker.dial(context.desk.uri("**1001"))
    callee.wait_ended()
    taker.wait_established()
    caller.wait_established()
    talk(3)
    taker.hang_up()
    taker.wait_ended()
    caller.wait_ended()
    down = expect_tone(caller, taker.settings.tone_hertz, at_least_seconds=2)
    up = expect_tone(taker, caller.settings.tone_hertz, at_least_seconds=2)
    return f"the caller heard {down}; who took the call heard {up}"


@scenario("phones")
def called_back_and_called_again(context: Context) -> None:
    first, second = context.desk.phone("1000"), context.desk.phone("1002")
    for caller, callee, number in [(first, second, "1002"), (second, first, "*69"), (first, second, "870")]:
        caller.dial(context.desk.uri(number))
        callee.wait_incoming()
        callee.reject()
        callee.wait_ended()
        caller.wait_ended()


@scenario("phones")
def callee_not_registered(context: Context) -> str:
    caller = context.desk.phone("1000")
    caller.dial(context.desk.uri("1017"))
    return expect_reason(caller.wait_ended(), "^480")


@scenario("phones")
def unknown_extension(context: Context) -> str:
    caller = context.desk.phone("1000")
    caller.dial(context.desk.uri("4999"))
    return expect_reason(caller.wait_ended(), "^404")


@scenario("phones", direct=True)
def hold_and_resume(context: Context) -> str:
    caller, callee = context.desk.phone("1001"), context.desk.phone("1003")
    establish(context, caller, callee)
    talk(2)
    caller.hold()
    talk(2)
    caller.resume()
    talk(5)
    callee.hang_up()
    caller.wait_ended()
    callee.wait_ended()
    holder = expect_tone(caller, callee.settings.tone_hertz, at_least_seconds=3.8, last_seconds=4)
    held = expect_tone(callee, caller.settings.tone_hertz, at_least_seconds=3.8, last_seconds=4)
    music = expect_hold_music(context, callee, caller.settings.tone_hertz)
    return f"after it the holder heard {holder}; the held one {held}, and {music} before"


@scenario("phones", direct=True)
def held_by_baresip(context: Context) -> str:
    caller, callee = context.desk.phone("1000"), context.desk.phone("1001")
    establish(context, caller, callee)
    talk(2)
    caller.hold()
    talk(2)
    caller.resume()
    talk(5)
    caller.hang_up()
    caller.wait_ended()
    callee.wait_ended()
    after = expect_tone(callee, 440, at_least_seconds=3.8, last_seconds=4)
    return f"after it linphone heard {after}, and {expect_hold_music(context, callee, 440)} before"


def expect_hold_music(context: Context, held: Phone, hertz: float) -> str:
    """Checks that a phone that was held for two seconds heard music meanwhile, and not the other one's tone."""
    if not context.switch:
        return "nobody's music"
    samples, rate = held.heard()
    report = tones.analyse(samples, rate, hertz)
    silent = len(samples) / rate - tones.loud_seconds(samples, rate)
    if not report or report.longest_gap_ms < 1500:
        raise RigError(f"{held.settings.name} heard the holder all the time ({report})")
    if silent > 1:
        raise RigError(f"{held.settings.name} heard nothing for {silent:.1f} s while it was held")
    return f"{report.longest_gap_ms / 1000:.1f} s of hold music"


def expect_streams(context: Context, count: int) -> None:
    """Waits until so many streams go through the switch."""
    poll(f"{count} media streams", lambda: context.tandem().status()["media_streams"] == count, timeout=10)


@scenario("phones")
def media_past_the_switch(context: Context) -> str:
    caller, callee = context.desk.phone("1000"), context.desk.phone("1001")
    ring(context, caller, callee, extension="rig-bypass-1001")
    callee.answer()
    caller.wait_established()
    expect_streams(context, 0)
    talk(4)
    caller.hang_up()
    caller.wait_ended()
    callee.wait_ended()
    down = expect_tone(caller, callee.settings.tone_hertz, at_least_seconds=3)
    up = expect_tone(callee, caller.settings.tone_hertz, at_least_seconds=3)
    return f"baresip heard {down}; linphone heard {up}"


@scenario("phones")
def media_past_the_switch_and_back(context: Context) -> str:
    caller, callee = context.desk.phone("1001"), context.desk.phone("1003")
    ring(context, caller, callee, extension="rig-bypass-later-1003")
    callee.answer()
    caller.wait_established()
    expect_streams(context, 0)
    talk(3)
    with context.tandem().console() as console:
        uuid = console.api("show channels").splitlines()[1].split(",")[0]
        for line, streams in [("uuid_media", 2), ("uuid_media off", 0), ("uuid_media", 2)]:
            if (reply := console.api(f"{line} {uuid}")) != "+OK Success\n":
                raise RigError(f"{line}: {reply}")
            expect_streams(context, streams)
            talk(2)
    talk(5)
    callee.hang_up()
    caller.wait_ended()
    callee.wait_ended()
    down = expect_tone(caller, callee.settings.tone_hertz, at_least_seconds=3.8, last_seconds=4)
    up = expect_tone(callee, caller.settings.tone_hertz, at_least_seconds=3.8, last_seconds=4)
    return f"in the end the caller heard {down}; who was called {up}"


@scenario("phones")
def echo(context: Context) -> str:
    caller = context.desk.phone("1000")
    caller.dial(context.desk.uri("9196"))
    caller.wait_established()
    talk(4)
    caller.hang_up()
    caller.wait_ended()
    return f"heard itself: {expect_tone(caller, caller.settings.tone_hertz, at_least_seconds=3)}"


@scenario("phones")
def menu(context: Context) -> str:
    caller = context.desk.phone("1000")
    assert isinstance(caller, Baresip)
    caller.dial(context.desk.uri("5000"))
    caller.wait_established()
    talk(MENU_SECONDS)
    # The echo test: from then on the caller hears its own tone. The menu waits two seconds for another key.
    caller.press("1")
    talk(MENU_SECONDS + 2)
    caller.hang_up()
    caller.wait_ended()
    samples, rate = caller.heard()
    # The phone records what arrives, so the greeting is at the beginning, whenever it came.
    greeting = samples[:2 * rate]
    speech = tones.loud_seconds(greeting, rate)
    if speech < 1:
        raise RigError(f"{speech:.1f} s of the greeting's first two are loud: are there prompts (scripts/make-sounds)?")
    echoed_early = tones.analyse(greeting, rate, caller.settings.tone_hertz)
    # Speech has something of every pitch, but it is no tone.
    if echoed_early and echoed_early.purity > 0.5:
        raise RigError("the menu gave back what the caller said")
    echoed = expect_tone(caller, caller.settings.tone_hertz, at_least_seconds=1.8, last_seconds=2)
    return f"{speech:.1f} s of speech in two; then itself: {echoed}"


@scenario("phones")
def wrong_password(context: Context) -> str:
    refusals = []
    for model in (Baresip, Linphone):
        phone = context.desk.start(model, "1004", 440, context.tandem().account("1004", password="not-the-password"))
        try:
            refusals.append(phone.wait_refused())
        finally:
            phone.stop()
    expect_reason(refusals[0], "^40[13]")
    # linphone tells no status.
    expect_reason(refusals[1], "^Failed$")
    return "; ".join(refusals)


@scenario("phones")
def unknown_user(context: Context) -> str:
    phone = context.desk.start(Baresip, "1999", 440, context.tandem().account("1999"))
    try:
        return expect_reason(phone.wait_refused(), "^40[34]")
    finally:
        phone.stop()


@scenario("phones", direct=True)
def callee_without_common_codec(context: Context) -> str:
    account = context.desk.account("1005") if context.desk.account else None
    callee = context.desk.start(Baresip, "1005", 440, account, codecs=("GSM",))
    try:
        if account:
            callee.wait_registered()
        caller = context.desk.phone("1000")
        caller.dial(context.desk.uri("1005") if account else callee.settings.address)
        return expect_reason(caller.wait_ended(), "^488")
    finally:
        callee.stop()


@scenario("phones")
def caller_without_common_codec(context: Context) -> str:
    caller = context.desk.start(Baresip, "1006", 440, context.tandem().account("1006"), codecs=("GSM",))
    try:
        caller.wait_registered()
        caller.dial(context.desk.uri("9196"))
        return expect_reason(caller.wait_ended(), "^488")
    finally:
        caller.stop()


@scenario("phones")
def nothing_left_behind(context: Context) -> str:
    context.desk.clear()
    return f"idle: {context.tandem().wait_idle()}"
