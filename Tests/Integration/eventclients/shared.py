"""What all clients do with their call, and how they tell of it."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass, field

TONE = "tone_stream://%(300,0,440)"


@dataclass
class Job:
    """What the command line asks for."""

    mode: str
    port: int
    password: str
    target: str
    """A dial string that answers and hangs up again."""
    recording: str
    """Where to record; of a client that calls by itself, how many calls it makes."""
    events: Counter[str] = field(default_factory=Counter)

    @classmethod
    def from_arguments(cls) -> Job:
        """Reads the command line."""
        mode, port, password, target, recording = sys.argv[1:]
        return cls(mode, int(port), password, target, recording)

    def applications(self) -> list[tuple[str, str]]:
        """What is done after the digits have been collected."""
        return [("bridge", self.target), ("record", f"{self.recording} 1")]

    def ready(self) -> None:
        """Says that a call may come."""
        print("ready", flush=True)

    def done(self, digits: str | None) -> None:
        """Says what came of it."""
        self.tell(digits=digits)

    def tell(self, **found: object) -> None:
        """Says what else was found, and which events were seen."""
        print("done", json.dumps({**found, "events": self.events}), flush=True)
