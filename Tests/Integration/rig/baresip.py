"""baresip, steered through its `ctrl_tcp` module (JSON in netstrings)."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from contextlib import nullcontext
from pathlib import Path

import numpy

from . import tones
from .phone import Phone, PhoneSettings
from .ports import LOOPBACK
from .process import Child, RigError, poll

# The tone goes out of a file; what comes in passes the sndfile filter. aubridge is a player that
# needs no sound card; a device name of its own keeps it from looping back.
CONFIG = """\
poll_method             epoll
sip_listen              {address}:{sip_port}
call_local_timeout      120
call_max_calls          4
audio_player            aubridge,{name}
audio_source            aufile,{tone}
audio_alert             aubridge,{name}-alert
ausrc_srate             8000
auplay_srate            8000
audio_level             no
ausrc_format            s16
auplay_format           s16
auenc_format            s16
audec_format            s16
audio_buffer            20-160
rtp_ports               {rtp_first}-{rtp_last}
rtcp_mux                no
jitter_buffer_delay     5-10
rtp_stats               no
module_path             /usr/lib/baresip/modules
module                  g711.so
module                  gsm.so
module                  sndfile.so
module                  aubridge.so
module                  aufile.so
module_tmp              account.so
module_app              menu.so
module_app              ctrl_tcp.so
ctrl_tcp_listen         {address}:{control_port}
snd_path                {recordings}
"""


class Baresip(Phone):
    """A baresip process. Its recording ends at the first re-INVITE (its filter is not set up again)."""

    def __init__(self, settings: PhoneSettings) -> None:
        super().__init__(settings)
        self._events: list[dict] = []
        self._replies: dict[str, dict] = {}
        self._changed = threading.Condition()
        self._consumed = 0
        self._token = 0
        self._control: socket.socket | None = None
        self._child: Child | None = None
        self._recordings = settings.directory / "recordings"

    def start(self) -> None:
        settings = self.settings
        self._recordings.mkdir(exist_ok=True)
        control_port = settings.ports.take()
        text = CONFIG.format(
            address=settings.host, sip_port=settings.sip_port, name=settings.name, tone=settings.tone,
            rtp_first=settings.rtp_port, rtp_last=settings.rtp_port + 18, control_port=control_port,
            recordings=self._recordings)
        if settings.name_server:
            text += f"dns_server {settings.name_server}:53\n"
        (settings.directory / "config").write_text(text)
        (settings.directory / "accounts").write_text("")
        (settings.directory / "contacts").write_text("")
        within = settings.node.command if settings.node else []
        self._child = Child(settings.name, [*within, "baresip", "-4", "-f", str(settings.directory)],
                            log=settings.directory / "baresip.log",
                            environment={"HOME": str(settings.directory)})
        self._child.wait_for("baresip is ready")
        with settings.node.entered() if settings.node else nullcontext():
            self._control = poll("the control port of baresip", lambda: _connect(settings.host, control_port), timeout=5)
        threading.Thread(target=self._listen, daemon=True).start()
        # Only now, so that no event about its registration is missed.
        self._command("uanew", self._account_line())

    def _account_line(self) -> str:
        settings = self.settings
        codecs = ",".join(f"{codec}/8000/1" for codec in settings.codecs)
        common = f"audio_codecs={codecs};ptime=20;dtmfmode=rtpevent;answermode=manual"
        if account := settings.account:
            proxy = f'outbound="sip:{LOOPBACK}:{account.proxy_port};transport={account.transport}";'
            return (f"<sip:{account.user}@{account.domain};transport={account.transport}>;auth_user={account.user};"
                    f"auth_pass={account.password};regint=60;{proxy if account.proxy_port else ''}{common}")
        return f"<sip:{settings.name}@{settings.host};transport=udp>;regint=0;{common}"

    # Control channel

    def _listen(self) -> None:
        buffer = b""
        assert self._control
        try:
            while received := self._control.recv(65536):
                buffer += received
                while b":" in buffer:
                    size, _, rest = buffer.partition(b":")
                    end = int(size)
                    if len(rest) < end + 1:
                        break
                    self._take(json.loads(rest[:end]))
                    buffer = rest[end + 1:]
        except OSError:
            return

    def _take(self, message: dict) -> None:
        with (self.settings.directory / "events.log").open("a") as log:
            log.write(f"{time.monotonic():.3f} {message}\n")
        with self._changed:
            if message.get("event"):
                self._events.append(message)
            else:
                self._replies[message.get("token", "")] = message
            self._changed.notify_all()

    def _command(self, name: str, parameters: str = "") -> None:
        self._token += 1
        token = str(self._token)
        text = json.dumps({"command": name, "params": parameters, "token": token}).encode()
        assert self._control
        self._control.sendall(b"%d:%s," % (len(text), text))
        with self._changed:
            if not self._changed.wait_for(lambda: token in self._replies, 5):
                raise RigError(f"baresip did not answer the command {name}")

    def _wait_event(self, *kinds: str, timeout: float) -> dict:
        """The next event of one of these kinds; events before it are done with."""
        deadline = time.monotonic() + timeout
        with self._changed:
            position = self._consumed
            while True:
                for index in range(position, len(self._events)):
                    if self._events[index].get("type") in kinds:
                        self._consumed = index + 1
                        return self._events[index]
                position = len(self._events)
                left = deadline - time.monotonic()
                if left <= 0:
                    seen = [event.get("type") for event in self._events[self._consumed:]]
                    raise RigError(f"{self.settings.name}: none of {', '.join(kinds)} within {timeout:g} s, saw {seen}")
                self._changed.wait(left)

    # Phone

    def wait_registered(self, timeout: float = 15) -> None:
        event = self._wait_event("REGISTER_OK", "REGISTER_FAIL", timeout=timeout)
        if event["type"] == "REGISTER_FAIL":
            raise RigError(f"{self.settings.name} could not register: {event.get('param')}")

    def wait_refused(self, timeout: float = 15) -> str:
        event = self._wait_event("REGISTER_OK", "REGISTER_FAIL", timeout=timeout)
        if event["type"] == "REGISTER_OK":
            raise RigError(f"{self.settings.name} was registered")
        return event.get("param", "")

    def dial(self, uri: str) -> None:
        for old in self._recordings.glob("*.wav"):
            old.unlink()
        self._command("dial", uri)

    def wait_ringback(self, timeout: float = 10) -> None:
        self._wait_event("CALL_RINGING", "CALL_PROGRESS", timeout=timeout)

    def wait_incoming(self, timeout: float = 10) -> None:
        self._wait_event("CALL_INCOMING", timeout=timeout)
        for old in self._recordings.glob("*.wav"):
            old.unlink()

    def answer(self) -> None:
        self._command("accept")

    def reject(self) -> None:
        self._command("hangup")

    def wait_established(self, timeout: float = 10) -> None:
        event = self._wait_event("CALL_ESTABLISHED", "CALL_CLOSED", timeout=timeout)
        if event["type"] == "CALL_CLOSED":
            raise RigError(f"{self.settings.name}: the call failed: {event.get('param')}")

    def hold(self) -> None:
        self._command("hold")
        self._wait_event("CALL_REMOTE_SDP", timeout=10)

    def resume(self) -> None:
        self._command("resume")
        self._wait_event("CALL_REMOTE_SDP", timeout=10)

    def press(self, keys: str) -> None:
        """Presses keys in the present call, as RTP events."""
        for key in keys:
            self._command("sndcode", key)

    def wait_key(self, timeout: float = 10) -> str:
        """The next key that comes, by whatever way."""
        return self._wait_event("CALL_DTMF_START", timeout=timeout)["param"]

    def keys_by_info(self) -> list[str]:
        """The keys that INFO requests brought so far, and their milliseconds: `1 100`."""
        assert self._child
        found = (re.search(r"received DTMF: '(.)' \(duration=(\d+)\)", line) for line in self._child.lines)
        return [f"{match[1]} {match[2]}" for match in found if match]

    def hang_up(self) -> None:
        self._command("hangup")

    def wait_ended(self, timeout: float = 10) -> str:
        return self._wait_event("CALL_CLOSED", timeout=timeout).get("param", "")

    def heard(self) -> tuple[numpy.ndarray, int]:
        files = sorted(self._recordings.glob("dump-*-dec.wav"))
        if not files:
            raise RigError(f"{self.settings.name} recorded nothing")
        parts = [tones.read_wav(Path(file)) for file in files]
        return numpy.concatenate([samples for samples, _ in parts]), parts[0][1]

    def stop(self) -> None:
        if self._control:
            self._control.close()
        if self._child:
            self._child.stop()


def _connect(host: str, port: int) -> socket.socket | None:
    try:
        return socket.create_connection((host, port), timeout=None)
    except ConnectionRefusedError:
        return None
