"""linphonec, steered through its standard input."""

from __future__ import annotations

import os
import re

import numpy

from . import tones
from .phone import Phone, PhoneSettings
from .ports import LOOPBACK
from .process import Child, RigError, poll

_CONFIG = """\
[sip]
sip_port={sip_port}
sip_tcp_port=0
sip_tls_port=0
bind_address={address}
contact=sip:{name}@{address}
guess_hostname=0
use_ipv6=0
media_encryption=none
register_only_when_network_is_up=0
inc_timeout=120
default_proxy={default_proxy}

[net]
mtu=1300
dns_srv_enabled=0

[rtp]
audio_rtp_port={rtp_port}
bind_address={address}
audio_jitt_comp=60
audio_adaptive_jitt_comp_enabled=0
nortp_timeout=60

[sound]
echocancellation=0
echolimiter=0
agc=0
noisegate=0
tone_enabled=0

[video]
display=0
capture=0
enabled=0

[misc]
# An empty one asks it to make its own.
uuid=
"""

_AUDIO_CODECS = ("PCMU", "PCMA", "GSM", "opus", "speex", "G722", "G729")


class Linphone(Phone):
    """A linphonec process; its sound card is a pair of WAV files."""

    def __init__(self, settings: PhoneSettings) -> None:
        super().__init__(settings)
        self._child: Child | None = None
        self._since = 0
        self._recording = settings.directory / "heard.wav"
        self._trace = settings.directory / "trace.log"

    def start(self) -> None:
        settings = self.settings
        # Without this folder for its database the core never starts to listen.
        (settings.directory / ".local" / "share" / "linphone").mkdir(parents=True, exist_ok=True)
        configuration = settings.directory / "linphonerc"
        configuration.write_text(self._configuration())
        home = str(settings.directory)
        self._child = Child(settings.name, ["linphonec", "-d", "5", "-l", str(self._trace), "-c", str(configuration)],
                            log=settings.directory / "linphone.log", directory=settings.directory,
                            environment={"HOME": home, "XDG_DATA_HOME": f"{home}/.local/share",
                                         "XDG_CONFIG_HOME": f"{home}/.config"})
        # linphonec says nothing before its first command; the answer shows that it is ready.
        self._command("soundcard use files", "Using wav files")
        self._command(f"play {settings.tone}")
        self._command(f"record {self._recording}")

    def _configuration(self) -> str:
        settings = self.settings
        text = _CONFIG.format(address=LOOPBACK, sip_port=settings.sip_port, name=settings.name,
                              rtp_port=settings.rtp_port, default_proxy=0 if settings.account else -1)
        for index, codec in enumerate(settings.codecs):
            text += f"\n[audio_codec_{index}]\nmime={codec}\nrate=8000\nchannels=1\nenabled=1\n"
        others = [codec for codec in _AUDIO_CODECS if codec not in settings.codecs]
        index = len(settings.codecs)
        for codec in others:
            rates = {"opus": (48000,), "speex": (8000, 16000, 32000)}.get(codec, (8000,))
            for rate in rates:
                channels = 2 if codec == "opus" else 1
                text += f"\n[audio_codec_{index}]\nmime={codec}\nrate={rate}\nchannels={channels}\nenabled=0\n"
                index += 1
        if account := settings.account:
            text += (f"\n[proxy_0]\nreg_proxy=<sip:{LOOPBACK}:{account.proxy_port};transport=udp>\n"
                     f"reg_route=<sip:{LOOPBACK}:{account.proxy_port};transport=udp;lr>\n"
                     f"reg_identity=sip:{account.user}@{account.domain}\n"
                     f"reg_expires=60\nreg_sendregister=1\npublish=0\ndial_escape_plus=0\n"
                     f"\n[auth_info_0]\nusername={account.user}\npasswd={account.password}\n")
        return text

    def _command(self, text: str, expected: str | None = None, timeout: float = 10) -> None:
        assert self._child
        mark = self._child.mark()
        self._child.send(text)
        if expected:
            self._child.wait_for(expected, since=mark, timeout=timeout)

    def _wait(self, pattern: str, timeout: float) -> str:
        """The next line with the pattern; lines up to it are done with."""
        assert self._child
        line = self._child.wait_for(pattern, since=self._since, timeout=timeout).string
        self._since = self._child.lines.index(line, self._since) + 1
        return line

    # Phone

    def wait_registered(self, timeout: float = 15) -> None:
        if (outcome := self._registration(timeout)) != "Ok":
            raise RigError(f"{self.settings.name} could not register: {outcome}")

    def wait_refused(self, timeout: float = 15) -> str:
        if (outcome := self._registration(timeout)) == "Ok":
            raise RigError(f"{self.settings.name} was registered")
        return outcome

    def _registration(self, timeout: float) -> str:
        # linphonec tells nobody but its trace how a registration went.
        def outcome() -> re.Match[str] | None:
            text = self._trace.read_text(errors="replace") if self._trace.exists() else ""
            return re.search(r"moving from state \[\w+\] to \[LinphoneRegistration(Ok|Failed)\]", text)

        return poll(f"{self.settings.name} registers", outcome, timeout=timeout)[1]

    def dial(self, uri: str) -> None:
        self._begin()
        self._command(f"call {uri}")

    def _begin(self) -> None:
        # The recorder appends to a file that exists.
        if self._recording.exists():
            os.unlink(self._recording)

    def wait_ringback(self, timeout: float = 10) -> None:
        self._wait(r"Call \d+ (to .* ringing|with .* early media)", timeout)

    def wait_incoming(self, timeout: float = 10) -> None:
        self._wait(r"incoming call from|Receiving new incoming call", timeout)
        self._begin()

    def answer(self) -> None:
        self._command("answer")

    def reject(self) -> None:
        self._command("terminate")

    def wait_established(self, timeout: float = 10) -> None:
        line = self._wait(r"Call \d+ with .* (connected|ended|error)|Media streams established", timeout)
        if " ended" in line or " error" in line:
            raise RigError(f"{self.settings.name}: the call failed: {line}")

    def hold(self) -> None:
        self._command("pause")
        self._wait(r"Call \d+ with .* (is now paused|paused)", 10)

    def resume(self) -> None:
        self._command("resume")
        self._wait(r"Media streams established|Call \d+ with .* resumed", 10)

    def hang_up(self) -> None:
        self._command("terminate")

    def wait_ended(self, timeout: float = 10) -> str:
        return self._wait(r"Call \d+ with .* (ended|error)", timeout)

    def heard(self) -> tuple[numpy.ndarray, int]:
        if not self._recording.exists():
            raise RigError(f"{self.settings.name} recorded nothing")
        return tones.read_wav(self._recording)

    def stop(self) -> None:
        if self._child:
            if self._child.status is None:
                try:
                    self._child.send("quit")
                    self._child.wait(3)
                except RigError:
                    pass
            self._child.stop()
