"""A carrier with an account: registration, calls both ways, and a registrar that is lost and comes back."""

from __future__ import annotations

from rig.kamailio import REALM, Kamailio
from rig.process import RigError, poll
from rig.sipp import Sipp
from rig.suite import Context, scenario
from rig.switch import Switch

_USER, _PASSWORD = "account", "kV3qz-carrier"
_EXPIRES = 10

_GATEWAY = """<include>
  <gateway name="carrier">
    <param name="username" value="{user}"/>
    <param name="password" value="{password}"/>
    <param name="realm" value="{realm}"/>
    <param name="proxy" value="127.0.0.1:{port}"/>
    <param name="expire-seconds" value="{expires}"/>
    <param name="retry-seconds" value="5"/>
    <param name="extension" value="rig-public"/>
    <param name="context" value="public"/>
    <variables><variable name="from_carrier" value="yes" direction="inbound"/></variables>
  </gateway>
  <gateway name="stranger">
    <param name="username" value="{user}"/>
    <param name="password" value="wrong"/>
    <param name="proxy" value="127.0.0.1:{port}"/>
  </gateway>
  <gateway name="stream">
    <param name="username" value="stream"/>
    <param name="password" value="{password}"/>
    <param name="proxy" value="127.0.0.1:{port}"/>
    <param name="register-transport" value="tcp"/>
  </gateway>
  <gateway name="plain">
    <param name="register" value="false"/>
    <param name="proxy" value="127.0.0.1:{port}"/>
    <param name="ping" value="5"/>
  </gateway>
</include>
"""


class _CarrierSwitch(Switch):
    """A switch that registers with a carrier on a port of loopback."""

    carrier_port = 0

    def prepare(self) -> None:
        super().prepare()
        (self._conf / "sip_profiles" / "external" / "carrier.xml").write_text(_GATEWAY.format(
            user=_USER, password=_PASSWORD, realm=REALM, port=self.carrier_port, expires=_EXPIRES))


def _wait_for(switch: Switch, state: str, status: str, *, gateway: str = "carrier", timeout: float = 20) -> None:
    with switch.console() as console:
        def reached() -> bool:
            facts = dict(line.split("\t", 1) for line in console.api(f"sofia status gateway {gateway}").splitlines()
                         if "\t" in line)
            return facts["State   "] == state and facts["Status  "] == status

        poll(f"gateway {gateway} {state} {status}", reached, timeout=timeout)


def _call_out(switch: Switch, callee: Sipp) -> None:
    """Calls somebody behind the carrier, which asks for the password, and hangs up."""
    callee.start()
    try:
        with switch.console() as console:
            answer = console.api("originate {ignore_early_media=true}sofia/gateway/carrier/4930123 &park()")
            if not answer.startswith("+OK "):
                raise RigError(f"originate says {answer!r}")
            channel = answer.split()[1]
            if (name := console.api(f"uuid_getvar {channel} sip_gateway_name")) != "carrier":
                raise RigError(f"sip_gateway_name is {name!r}")
            console.api(f"uuid_kill {channel}")
        callee.finish()
    finally:
        callee.stop()


def _call_in(context: Context, switch: Switch, carrier_port: int) -> None:
    """Somebody calls the account at the carrier, and so the gateway's extension."""
    caller = Sipp("external-answered", context.directory, context.ports, target_port=carrier_port, service=_USER,
                  keys={"rig_user": "somebody"}, arguments=("-d", "1500"))
    caller.start()
    try:
        with switch.console() as console:
            def channel() -> str | None:
                rows = console.api("show channels as delim |").splitlines()
                return next((row.split("|")[0] for row in rows if "|inbound|" in row), None)

            found = poll("a call from the carrier", channel, timeout=10)
            for name, value in (("sip_gateway", "carrier"), ("from_carrier", "yes")):
                if (said := console.api(f"uuid_getvar {found} {name}")) != value:
                    raise RigError(f"{name} is {said!r}, expected {value!r}")
        caller.finish()
    finally:
        caller.stop()


@scenario("gateways")
def carrier_with_an_account(context: Context) -> str:
    model = context.tandem()
    switch = _CarrierSwitch(model.binary, context.directory / "carrier", context.ports, model.overlay)
    switch.carrier_port, callee_port = context.ports.take(), context.ports.take()
    kamailio = Kamailio(context.directory / "kamailio", port=switch.carrier_port, callee=callee_port, user=_USER,
                        password=_PASSWORD, expires=_EXPIRES)
    try:
        kamailio.start()
        switch.start()
        _wait_for(switch, "REGED", "UP")
        _wait_for(switch, "REGED", "UP", gateway="stream")
        _wait_for(switch, "FAIL_WAIT", "DOWN", gateway="stranger")
        _call_out(switch, Sipp("callee", context.directory, context.ports, port=callee_port, timeout_seconds=30))
        _call_in(context, switch, switch.carrier_port)
        # The carrier is gone: the registration cannot be refreshed, and calls have another way to go.
        kamailio.stop()
        _wait_for(switch, "FAIL_WAIT", "DOWN", timeout=60)
        _wait_for(switch, "NOREG", "DOWN", gateway="plain", timeout=60)
        with switch.console() as console:
            if (answer := console.api("originate sofia/gateway/carrier/1 &park()")) != "-ERR GATEWAY_DOWN\n":
                raise RigError(f"originate says {answer!r}")
        # And it is back, and knows nobody.
        kamailio.start()
        _wait_for(switch, "REGED", "UP", timeout=60)
        _wait_for(switch, "NOREG", "UP", gateway="plain", timeout=60)
        _call_in(context, switch, switch.carrier_port)
        with switch.console() as console:
            console.api("sofia profile external killgw _all_")
            if (answer := console.api("sofia status gateway carrier")) != "Invalid Gateway!\n":
                raise RigError(f"still there: {answer}")
        switch.wait_idle()
        return "registered, called, was called, lost and found again"
    finally:
        switch.stop()
        kamailio.stop()
