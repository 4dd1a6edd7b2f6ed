"""Texts that the chatplan answers."""

from __future__ import annotations

import secrets
import socket

from rig.ports import LOOPBACK
from rig.process import RigError
from rig.suite import Context, scenario
from rig.switch import Switch

_ECHO = "9196"
_TIMEOUT_SECONDS = 10


class _TextSwitch(Switch):
    """A switch with mod_sms, whose outer profile takes texts of anybody."""

    def prepare(self) -> None:
        super().prepare()
        modules = self._conf / "autoload_configs" / "modules.conf.xml"
        self._change(modules, '<!-- <load module="mod_sms"/> -->', '<load module="mod_sms" critical="true"/>')
        self._change(self._conf / "sip_profiles" / "external.xml", "<settings>",
                     '<settings>\n    <param name="auth-messages" value="false"/>')

    @staticmethod
    def _change(path, old: str, new: str) -> None:
        text = path.read_text()
        if old not in text:
            raise RigError(f"{path} does not have {old}")
        path.write_text(text.replace(old, new, 1))


def _message(port: int, own: int, body: str) -> bytes:
    token = secrets.token_hex(8)
    target = f"sip:{_ECHO}@{LOOPBACK}:{port}"
    return "\r\n".join([
        f"MESSAGE {target} SIP/2.0",
        f"Via: SIP/2.0/UDP {LOOPBACK}:{own};branch=z9hG4bK{token};rport",
        f"From: <sip:rig@{LOOPBACK}>;tag={token}",
        f"To: <{target}>",
        f"Call-ID: {token}@{LOOPBACK}",
        "CSeq: 1 MESSAGE",
        "Max-Forwards: 70",
        "Content-Type: text/plain",
        f"Content-Length: {len(body.encode())}", "", body]).encode()


def _ok(request: str) -> bytes:
    kept = [line for line in request.split("\r\n\r\n", 1)[0].split("\r\n")[1:]
            if line.split(":", 1)[0].lower() in ("via", "from", "to", "call-id", "cseq")]
    kept = [line + ";tag=rig" if line.lower().startswith("to:") else line for line in kept]
    return "\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""]).encode()


def _answer(port: int, body: str) -> str:
    """What comes back as a text; the switch has to take ours first, or has taken it by then."""
    statuses: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.settimeout(_TIMEOUT_SECONDS)
        phone.connect((LOOPBACK, port))
        phone.send(_message(port, phone.getsockname()[1], body))
        try:
            while True:
                text = phone.recv(65536).decode()
                if text.startswith("MESSAGE "):
                    phone.send(_ok(text))
                    break
                statuses.append(text.split(" ", 2)[1])
        except TimeoutError:
            raise RigError(f"no text came back; the switch said {', '.join(statuses) or 'nothing'}") from None
    if statuses != ["202"]:
        raise RigError(f"the switch said {statuses}, expected 202")
    return text.split("\r\n\r\n", 1)[1]


@scenario("texts")
def chatplan_answers(context: Context) -> str:
    model = context.tandem()
    switch = _TextSwitch(model.binary, context.directory / "texts", context.ports, model.overlay)
    try:
        switch.start()
        answer = _answer(switch.external_port, "grüße ${domain}")
        # What a peer writes is no expression.
        if answer != "You said: grüße %{domain}":
            raise RigError(f"the answer is {answer!r}")
        switch.wait_idle()
        return answer
    finally:
        switch.stop()
