"""Signalling against sipp: what the phones do not do by themselves."""

from __future__ import annotations

from rig.ports import LOOPBACK_V6
from rig.process import RigError, poll
from rig.sipp import Sipp
from rig.suite import Context, scenario

PARALLEL_CALLS = 200
_TCP = ("-t", "t1")


def _sipp(context: Context, name: str, *, user: str = "1010", password: str | None = None, external: bool = False,
          ipv6: bool = False, contact_port: int = 0, arguments: tuple[str, ...] = ("-d", "500"), **more) -> Sipp:
    """A caller against the switch."""
    switch = context.tandem()
    if ipv6:
        more["address"] = f"[{LOOPBACK_V6}]"
    port = switch.ipv6_port if ipv6 else switch.external_port if external else switch.internal_port
    return Sipp(name, context.directory, context.ports, target_port=port,
                user=user, password=switch.password if password is None else password,
                keys={"rig_user": user, "rig_contact_port": str(contact_port)}, arguments=arguments, **more)


@scenario("sipp")
def register_life(context: Context) -> None:
    _sipp(context, "register-life", contact_port=9).run()


@scenario("sipp")
def register_wrong_password(context: Context) -> None:
    _sipp(context, "register-wrong", password="not-the-password").run()


@scenario("sipp")
def call_without_credentials(context: Context) -> None:
    _sipp(context, "invite-no-credentials", service="9196").run()


@scenario("sipp")
def early_offer(context: Context) -> None:
    _sipp(context, "invite-early-offer", service="9196").run()


@scenario("sipp")
def late_offer(context: Context) -> None:
    _sipp(context, "invite-late-offer", service="9196").run()


@scenario("sipp")
def over_tcp(context: Context) -> None:
    _sipp(context, "register-life", contact_port=9, arguments=_TCP).run()
    _sipp(context, "invite-early-offer", service="9196", arguments=("-d", "500", *_TCP)).run()
    _sipp(context, "invite-late-offer", service="9196", arguments=("-d", "500", *_TCP)).run()


@scenario("sipp")
def over_ipv6(context: Context) -> str | None:
    if not context.tandem().ipv6_port:
        return "this machine has no IPv6"
    for transport in ((), _TCP):
        _sipp(context, "register-life", ipv6=True, contact_port=9, arguments=transport).run()
        _sipp(context, "invite-early-offer", ipv6=True, service="9196", arguments=("-d", "500", *transport)).run()
    return None


@scenario("sipp")
def reinvite(context: Context) -> None:
    _sipp(context, "reinvite-hold", service="9196").run()


@scenario("sipp")
def unknown_number(context: Context) -> None:
    _sipp(context, "invite-unknown", service="4999").run()


@scenario("sipp")
def no_common_codec(context: Context) -> None:
    _sipp(context, "invite-mismatch", service="9196").run()


@scenario("sipp")
def cancel_while_ringing(context: Context) -> None:
    _sipp(context, "cancel-ringing", service="9180").run()


@scenario("sipp")
def cancel_at_once(context: Context) -> None:
    _sipp(context, "cancel-at-once", service="9180", calls=20, rate=20).run()


@scenario("sipp")
def cancel_against_answer(context: Context) -> None:
    _sipp(context, "cancel-race", service="9196", calls=100, rate=40).run()


@scenario("sipp")
def lost_packets(context: Context) -> None:
    # One message in ten is lost, either way: the retransmissions of both sides must carry every call. sipp's come every
    # half second: with the rig's short T1 the switch knows a transaction for 6.4 s alone, and sipp's T2 is longer.
    _sipp(context, "external-answered", external=True, service="rig-public", calls=30, rate=10, timeout_seconds=60,
          arguments=("-d", "500", "-lost", "10", "-T2", "500")).run()


@scenario("sipp")
def outside_reaches_the_public_context(context: Context) -> None:
    _sipp(context, "external-answered", external=True, service="rig-public").run()


@scenario("sipp")
def outside_reaches_nothing_else(context: Context) -> None:
    for number in ("9196", "5000", "rig-short-1001"):
        _sipp(context, "external-refused", external=True, service=number).run()


@scenario("sipp")
def callee_is_called(context: Context) -> None:
    _bridged(context, user="1011", calls=1, rate=1)


@scenario("sipp")
def callee_is_called_over_tcp(context: Context) -> None:
    _bridged(context, user="1013", calls=3, rate=3, transport=_TCP)


@scenario("sipp")
def callee_is_called_over_ipv6(context: Context) -> str | None:
    if not context.tandem().ipv6_port:
        return "this machine has no IPv6"
    _bridged(context, user="1014", calls=3, rate=3, ipv6=True)
    _bridged(context, user="1015", calls=3, rate=3, ipv6=True, transport=_TCP)
    return None


@scenario("sipp")
def many_bridged_calls(context: Context) -> str:
    switch = context.tandem()
    switch.wait_idle()
    sockets = switch.open_sockets()
    most = _bridged(context, user="1012", calls=PARALLEL_CALLS, rate=40)
    if most < 2 * PARALLEL_CALLS:
        raise RigError(f"only {most} legs at a time, expected {2 * PARALLEL_CALLS}")
    idle = switch.wait_idle()
    poll(f"the sockets are back to {sockets}", lambda: switch.open_sockets() <= sockets, timeout=10)
    return f"{most} legs at a time; afterwards {idle}"


def _bridged(context: Context, *, user: str, calls: int, rate: float, ipv6: bool = False,
             transport: tuple[str, ...] = ()) -> int:
    """Calls of user 1010 to a callee that is registered over that transport; the most sessions at a time.

    The switch's timers must be back to what they were once the callee had registered.
    """
    switch = context.tandem()
    more = {"address": f"[{LOOPBACK_V6}]"} if ipv6 else {}
    callee = Sipp("callee", context.directory, context.ports, calls=calls, timeout_seconds=60, arguments=transport,
                  **more).start()
    caller = None
    try:
        _sipp(context, "register", user=user, ipv6=ipv6, contact_port=callee.port, arguments=transport).run()
        timers = switch.wait_idle()["timers"]
        # Every call lasts until the last one has been up for two seconds.
        hold_ms = int((calls / rate + 2) * 1000)
        service = f"rig-ipv6-{user}" if ipv6 else user
        caller = _sipp(context, "invite-early-offer", service=service, calls=calls, rate=rate, timeout_seconds=60,
                       arguments=("-d", str(hold_ms))).start()
        most = 0

        def legs() -> bool:
            nonlocal most
            most = max(most, switch.status()["sessions"])
            return most >= 2 * calls or caller.child.status is not None

        poll(f"{2 * calls} legs", legs, timeout=60, interval=0.2)
        caller.finish()
        callee.finish()
        switch.wait_idle(timers_before=timers)
        return most
    finally:
        callee.stop()
        if caller:
            caller.stop()
