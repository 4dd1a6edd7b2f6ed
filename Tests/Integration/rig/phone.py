"""What the scenarios know of a telephone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path

import numpy

from . import tones
from .ports import LOOPBACK, PortBlock
from .process import RigError
from .wan import Node


@dataclass(frozen=True)
class Account:
    """How a phone registers."""

    user: str
    password: str
    domain: str
    proxy_port: int | None
    """Where it registers on this machine; None has the phone look up its domain (RFC 3263)."""
    transport: str = "udp"


@dataclass
class PhoneSettings:
    """Everything that a phone needs before it starts."""

    name: str
    directory: Path
    ports: PortBlock
    tone_hertz: float
    account: Account | None = None
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    tone_seconds: float = 60
    node: Node | None = None
    """The machine of a wide area network that it is; None for this one."""
    name_server: str | None = None
    """Whom it asks for names."""
    sip_port: int = field(init=False)
    rtp_port: int = field(init=False)

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.sip_port = self.ports.take()
        self.rtp_port = self.ports.take_rtp(20)
        self.tone = tones.write_tone(self.directory / "tone.wav", self.tone_hertz, self.tone_seconds)

    @property
    def host(self) -> str:
        """The address that it has."""
        return self.node.address if self.node else LOOPBACK

    @property
    def address(self) -> str:
        """The URI at which the phone answers without any registrar."""
        return f"sip:{self.name}@{self.host}:{self.sip_port}"


class Phone(ABC):
    """A softphone under remote control. Every wait is bounded and raises RigError."""

    def __init__(self, settings: PhoneSettings) -> None:
        self.settings = settings

    def __enter__(self) -> Phone:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @abstractmethod
    def start(self) -> None:
        """Starts it; with an account it begins to register."""

    @abstractmethod
    def wait_registered(self, timeout: float = 15) -> None:
        """Waits for the registrar's 200."""

    @abstractmethod
    def wait_refused(self, timeout: float = 15) -> str:
        """Waits for the registration to fail; what the phone says of the reason."""

    @abstractmethod
    def dial(self, uri: str) -> None:
        """Begins a call."""

    @abstractmethod
    def wait_ringback(self, timeout: float = 10) -> None:
        """Waits until the far end rings."""

    @abstractmethod
    def wait_incoming(self, timeout: float = 10) -> None:
        """Waits for a call to come in."""

    @abstractmethod
    def answer(self) -> None:
        """Answers the incoming call."""

    @abstractmethod
    def reject(self) -> None:
        """Refuses the incoming call."""

    @abstractmethod
    def wait_established(self, timeout: float = 10) -> None:
        """Waits until the present call is answered."""

    @abstractmethod
    def hold(self) -> None:
        """Puts the call on hold and waits until the far end agreed."""

    @abstractmethod
    def resume(self) -> None:
        """Takes the call back and waits until the far end agreed."""

    @abstractmethod
    def hang_up(self) -> None:
        """Ends the present call, or the attempt."""

    @abstractmethod
    def wait_ended(self, timeout: float = 10) -> str:
        """Waits until the call is over; the reason in the phone's words."""

    @abstractmethod
    def heard(self) -> tuple[numpy.ndarray, int]:
        """What the phone recorded of its last call, and the sampling rate."""

    @abstractmethod
    def stop(self) -> None:
        """Ends the phone."""


def expect_tone(listener: Phone, hertz: float, *, at_least_seconds: float,
                last_seconds: float | None = None) -> tones.ToneReport:
    """Checks that the listener recorded the tone (in its last seconds); raises RigError with all that is wrong."""
    samples, rate = listener.heard()
    if last_seconds:
        samples = samples[-int(last_seconds * rate):]
    report = tones.analyse(samples, rate, hertz)
    if wrong := tones.problems(report, hertz, at_least_seconds=at_least_seconds):
        raise RigError(f"{listener.settings.name} heard: {'; '.join(wrong)} ({report})")
    assert report
    return report
