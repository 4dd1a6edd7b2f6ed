"""A carrier with an account: registration, calls both ways, and a registrar that is lost and comes back."""

from __future__ import annotations

import json
import ssl
import time
from dataclasses import replace
from pathlib import Path

from rig.baresip import Baresip
from rig.console import Console
from rig.kamailio import REALM, Kamailio, make_certificate
from rig.phone import PhoneSettings
from rig.ports import LOOPBACK
from rig.process import RigError, poll
from rig.sipp import Sipp
from rig.suite import Context, scenario
from rig.switch import Switch

_USER, _PASSWORD = "account", "kV3qz-carrier"
# The account that is reached by proxies only.
_PROXIED = "proxied"
_EXPIRES = 10
# Seconds that a subscription is asked for.
_SUBSCRIBED = 5

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
    <subscriptions>
      <subscription event="message-summary">
        <param name="expire-seconds" value="{subscribed}"/>
        <param name="retry-seconds" value="10"/>
        <param name="username-in-request" value="true"/>
        <param name="content-type" value="application/simple-message-summary"/>
      </subscription>
    </subscriptions>
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
  <gateway name="secured">
    <param name="username" value="secured"/>
    <param name="password" value="{password}"/>
    <param name="realm" value="{realm}"/>
    <param name="proxy" value="sips:localhost:{secured_port}"/>
    <param name="extension" value="rig-public"/>
    <param name="context" value="public"/>
    <variables><variable name="from_carrier" value="secretly" direction="inbound"/></variables>
  </gateway>
  <gateway name="impostor">
    <param name="username" value="impostor"/>
    <param name="password" value="{password}"/>
    <param name="proxy" value="sips:127.0.0.1:{other_secured_port}"/>
  </gateway>
  <gateway name="plain">
    <param name="register" value="false"/>
    <param name="proxy" value="127.0.0.1:{port}"/>
    <param name="ping" value="5"/>
  </gateway>
  <gateway name="dead">
    <param name="register" value="false"/>
    <param name="proxy" value="127.0.0.1:{dead_port};transport=tcp"/>
  </gateway>
</include>
"""

# The carrier's domain leads nowhere.
_PROXIED_GATEWAY = """<include>
  <gateway name="{user}">
    <param name="username" value="{user}"/>
    <param name="password" value="{password}"/>
    <param name="proxy" value="{realm}"/>
    <param name="register-proxy" value="127.0.0.1:{port}"/>
    <param name="outbound-proxy" value="127.0.0.1:{port};transport=tcp"/>
    <param name="register" value="{registers}"/>
    <param name="extension" value="rig-public"/>
    <param name="context" value="public"/>
    <variables><variable name="from_carrier" value="by proxies" direction="inbound"/></variables>
  </gateway>
</include>
"""


class _CarrierSwitch(Switch):
    """A switch that registers with a carrier on a port of loopback."""

    carrier_port = 0
    dead_port = 0
    """Where nobody is."""
    carrier_secured_ports = (0, 0)
    """Where gateways register by name, and where one knows nothing but the address."""
    certificates = Path()
    secured_port = 0
    phones_port = 0

    def prepare(self) -> None:
        super().prepare()
        (self._conf / "sip_profiles" / "external" / "carrier.xml").write_text(_GATEWAY.format(
            user=_USER, password=_PASSWORD, realm=REALM, port=self.carrier_port, expires=_EXPIRES, subscribed=_SUBSCRIBED,
            secured_port=self.carrier_secured_ports[0], other_secured_port=self.carrier_secured_ports[1],
            dead_port=self.dead_port))
        self.secured_port, self.phones_port = self.ports.take(), self.ports.take()
        for name, port in (("external", self.secured_port), ("internal", self.phones_port)):
            profile = self._conf / "sip_profiles" / f"{name}.xml"
            parameters = {"tls": "true", "tls-sip-port": str(port), "tls-cert-dir": str(self.certificates)}
            # What stands last counts.
            lines = "".join(f'<param name="{key}" value="{value}"/>' for key, value in parameters.items())
            profile.write_text(profile.read_text().replace("</settings>", f"{lines}</settings>", 1))

    def add_proxied(self, *, registers: bool) -> None:
        """Adds a gateway that is reached by proxies, or changes it, and has the profile look for it."""
        (self._conf / "sip_profiles" / "external" / "proxied.xml").write_text(_PROXIED_GATEWAY.format(
            user=_PROXIED, password=_PASSWORD, realm=REALM, port=self.carrier_port, registers=str(registers).lower()))
        with self.console() as console:
            if not (answer := console.api("sofia profile external rescan")).endswith("+OK scan complete\n"):
                raise RigError(f"rescan says {answer!r}")


def _facts(console: Console, gateway: str) -> dict[str, str]:
    """What `sofia status gateway` says; nothing where there is no such gateway."""
    lines = [line.split("\t", 1) for line in console.api(f"sofia status gateway {gateway}").splitlines()]
    return {words[0].strip(): words[1] for words in lines if len(words) > 1}


def _wait_for(switch: Switch, state: str, status: str, *, gateway: str = "carrier", timeout: float = 20) -> None:
    with switch.console() as console:
        def reached() -> bool:
            facts = _facts(console, gateway)
            # The profile answers before it has its gateways.
            return facts.get("State") == state and facts.get("Status") == status

        poll(f"gateway {gateway} {state} {status}", reached, timeout=timeout)


def _call_out(switch: Switch, callee: Sipp, *, by: str = "sofia/gateway/carrier/4930123", gateway: str = "carrier") -> None:
    """Calls somebody behind the carrier, which asks for the password, and hangs up."""
    callee.start()
    try:
        with switch.console() as console:
            answer = console.api(f"originate {{ignore_early_media=true}}{by} &park()")
            if not answer.startswith("+OK "):
                raise RigError(f"originate says {answer!r}")
            channel = answer.split()[1]
            if (name := console.api(f"uuid_getvar {channel} sip_gateway_name")) != gateway:
                raise RigError(f"sip_gateway_name is {name!r}")
            console.api(f"uuid_kill {channel}")
        callee.finish()
    finally:
        callee.stop()


def _fall_over(switch: Switch, callee: Sipp) -> None:
    """Calls by gateways of which one is down, one cannot be reached and the last can."""
    gateways = ("stranger", "dead", "carrier")
    with switch.console() as console:
        def counts() -> list[tuple[int, int]]:
            facts = [_facts(console, gateway) for gateway in gateways]
            return [(int(fact["CallsOUT"]), int(fact["FailedCallsOUT"])) for fact in facts]

        before = counts()
        _call_out(switch, callee, by="|".join(f"sofia/gateway/{gateway}/4930123" for gateway in gateways))
        made = [(calls - old, failed - failed_old) for (calls, failed), (old, failed_old) in zip(counts(), before)]
    # The first is not even tried.
    if made != [(0, 1), (1, 1), (1, 0)]:
        raise RigError(f"calls and failures of {', '.join(gateways)} are {made}")


def _rescan(context: Context, switch: _CarrierSwitch, callee: Sipp) -> None:
    """A gateway that is new, and then another one, is there after a rescan, and the others go on.

    It is reached by proxies only: register-proxy, and outbound-proxy over TCP.
    """
    with switch.console() as console:
        made = _facts(console, "carrier")["CallsOUT"]
        switch.add_proxied(registers=False)
        _wait_for(switch, "NOREG", "UP", gateway=_PROXIED)
        switch.add_proxied(registers=True)
        _wait_for(switch, "REGED", "UP", gateway=_PROXIED)
        after = _facts(console, "carrier")["CallsOUT"]
    if made == "0" or after != made:
        raise RigError(f"{made} calls have gone to the carrier, and {after} after a rescan")
    _call_out(switch, callee, by=f"sofia/gateway/{_PROXIED}/4930123", gateway=_PROXIED)
    _call_in(context, switch, switch.carrier_port, account=_PROXIED, gateway=_PROXIED, said="by proxies")


def _call_in(context: Context, switch: Switch, carrier_port: int, *, account: str = _USER, gateway: str = "carrier",
             said: str = "yes") -> None:
    """Somebody calls the account at the carrier, and so the gateway's extension."""
    caller = Sipp("external-answered", context.directory, context.ports, target_port=carrier_port, service=account,
                  keys={"rig_user": "somebody"}, arguments=("-d", "1500"))
    caller.start()
    try:
        with switch.console() as console:
            def channel() -> str | None:
                rows = console.api("show channels as delim |").splitlines()
                return next((row.split("|")[0] for row in rows if "|inbound|" in row), None)

            found = poll("a call from the carrier", channel, timeout=10)
            for name, value in (("sip_gateway", gateway), ("from_carrier", said)):
                if (known := console.api(f"uuid_getvar {found} {name}")) != value:
                    raise RigError(f"{name} is {known!r}, expected {value!r}")
        caller.finish()
    finally:
        caller.stop()


def _hear_of_messages(switch: Switch, kamailio: Kamailio, text: str) -> None:
    """What waits for the account at the carrier is an event here."""
    with switch.console() as console:
        console.send("event json NOTIFY_IN")
        console.answer()
        kamailio.publish_waiting(_USER, text)
        # The first words after a SUBSCRIBE may be about what was before.
        for _ in range(10):
            event = json.loads(console.answer())
            if event["pl_data"].splitlines() == text.splitlines():
                break
        else:
            raise RigError(f"no word of {text!r}")
        if (event["gateway_name"], event["event"]) != ("carrier", "message-summary"):
            raise RigError(f"the event says {event}")


def _call_secured_phone(context: Context, switch: _CarrierSwitch) -> None:
    """A phone that has registered over TLS is called over its connection."""
    account = replace(switch.account("1000"), proxy_port=switch.phones_port, transport="tls")
    settings = PhoneSettings("secured", context.directory / "secured-phone", context.ports, 440, account=account)
    with Baresip(settings) as phone, switch.console() as console:
        phone.wait_registered()
        console.api(f"bgapi originate user/1000@{switch.domain} &park()")
        phone.wait_incoming()
        phone.answer()
        phone.wait_established()
        if (count := console.api("show channels count").split()[0]) != "1":
            raise RigError(f"{count} channels")
        phone.hang_up()
        phone.wait_ended()


def _renew_certificate(switch: _CarrierSwitch) -> None:
    """A new certificate is shown to whoever connects then, and nothing is started anew."""
    place = (LOOPBACK, switch.secured_port)
    before = ssl.get_server_certificate(place)
    make_certificate(switch.certificates)
    with switch.console() as console:
        if (answer := console.api("reloadcert")) != "+OK cert reload event sent\n":
            raise RigError(f"reloadcert says {answer!r}")
    poll("the new certificate", lambda: ssl.get_server_certificate(place) != before, timeout=5)


@scenario("gateways")
def carrier_with_an_account(context: Context) -> str:
    model = context.tandem()
    switch = _CarrierSwitch(model.binary, context.directory / "carrier", context.ports, model.overlay)
    switch.carrier_port, callee_port = context.ports.take(), context.ports.take()
    switch.carrier_secured_ports = (context.ports.take(), context.ports.take())
    switch.dead_port = context.ports.take()
    kamailio = Kamailio(context.directory / "kamailio", port=switch.carrier_port,
                        secured_ports=switch.carrier_secured_ports, callee=callee_port,
                        callers=(_USER, _PROXIED), password=_PASSWORD, expires=_EXPIRES)
    switch.certificates = kamailio.certificates
    try:
        kamailio.start()
        switch.start()
        _wait_for(switch, "REGED", "UP")
        _wait_for(switch, "REGED", "UP", gateway="stream")
        _wait_for(switch, "REGED", "UP", gateway="secured")
        _wait_for(switch, "FAIL_WAIT", "DOWN", gateway="stranger")
        # Its certificate is for localhost, not for this address; where others have come by that name, it would do.
        _wait_for(switch, "FAIL_WAIT", "DOWN", gateway="impostor")
        begun = time.monotonic()
        _hear_of_messages(switch, kamailio, "Messages-Waiting: yes\r\nVoice-Message: 2/8\r\n")
        callees = [Sipp("callee", context.directory, context.ports, port=callee_port, timeout_seconds=30) for _ in range(3)]
        _call_out(switch, callees[0])
        _fall_over(switch, callees[1])
        _rescan(context, switch, callees[2])
        _call_in(context, switch, switch.carrier_port)
        _call_in(context, switch, switch.carrier_port, account="secured", gateway="secured", said="secretly")
        _call_secured_phone(context, switch)
        _renew_certificate(switch)
        # What was asked for at first is over: it has been asked for again.
        poll("the time of a subscription", lambda: time.monotonic() > begun + _SUBSCRIBED + 2, timeout=10)
        _hear_of_messages(switch, kamailio, "Messages-Waiting: no\r\nVoice-Message: 0/8\r\n")
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
        _hear_of_messages(switch, kamailio, "Messages-Waiting: yes\r\nVoice-Message: 1/0\r\n")
        with switch.console() as console:
            console.api("sofia profile external killgw _all_")
            if (answer := console.api("sofia status gateway carrier")) != "Invalid Gateway!\n":
                raise RigError(f"still there: {answer}")
        switch.wait_idle()
        return "registered, called, was called, over TLS and by proxies too, told of messages, lost and found again"
    finally:
        switch.stop()
        kamailio.stop()
