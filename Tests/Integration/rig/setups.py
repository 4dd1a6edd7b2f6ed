"""How long calls take to be set up, from the INVITE to the 200: before something happens, and after it."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from .process import RigError

_COST = 0.005
"""What a server that is gone may cost a call, in seconds."""
_MEDIAN_ALLOWANCE, _WORST_ALLOWANCE = 0.02, 0.1
"""What the rig may take beside that, and not the switch: sipp, servers and whatever else the machine does share its
processors. Of the median, and of the slowest but one; or as much as that took before, where it is more."""
_HELD_UP = 0.1
"""How long after the fault a call may begin that is held up by it."""
_FEWEST = 4

# A line of sipp's -trace_shortmsg; versions write the date in two ways, one of them with the seconds since 1970 after it.
_LINE = re.compile(r"(\d{4}-\d\d-\d\d)\s(\d\d:\d\d:\d\d\.\d{6})\s(?:.*\t)?([SR])\t(\S+)\tCSeq:\s*\d+ INVITE\b[^\t]*\t(.*)")


@dataclass(frozen=True)
class SetUp:
    """One call that was answered: when it began, by the clock of the machine, and how long it took."""

    begun: float
    seconds: float


def read_set_ups(trace: bytes) -> list[SetUp]:
    """The calls that were answered, in what sipp has written of its messages so far."""
    begun: dict[str, float] = {}
    found = []
    for line in trace.decode("utf-8", "replace").split("\n"):
        if not (fields := _LINE.match(line)):
            continue
        date, time, direction, call, message = fields.groups()
        at = datetime.fromisoformat(f"{date} {time}").timestamp()
        if direction == "S":
            # The first INVITE is challenged, and others may be repeated.
            begun.setdefault(call, at)
        elif message.startswith("SIP/2.0 200") and call in begun:
            found.append(SetUp(begun[call], at - begun[call]))
            del begun[call]
    return found


@dataclass(frozen=True)
class Figures:
    """The median of some calls and the slowest but one, in seconds: of few calls, what is between them is chance."""

    median: float
    worst: float

    @classmethod
    def of(cls, calls: Iterable[SetUp]) -> Figures:
        """Those of some calls."""
        times = sorted(call.seconds for call in calls)
        if len(times) < _FEWEST:
            raise RigError(f"{len(times)} calls are too few to say how long they take")
        return cls(statistics.median(times), times[-2])

    def __str__(self) -> str:
        return f"{self.median * 1000:.0f}/{self.worst * 1000:.0f} ms"


@dataclass(frozen=True)
class SetUps:
    """How long calls took that were answered before something happened, and those that began after it."""

    before: Figures
    after: Figures

    @classmethod
    def around(cls, moment: float, calls: list[SetUp]) -> SetUps:
        """Those before and after a moment, by the clock of the machine."""
        return cls(Figures.of(call for call in calls if call.begun + call.seconds <= moment),
                   Figures.of(call for call in calls if call.begun >= moment + _HELD_UP))

    def __str__(self) -> str:
        return f"{self.before} before, {self.after} after"

    def expect_the_same(self, what: str) -> SetUps:
        """Checks that calls take no longer than before, but for what the rig may take."""
        for name, before, after, allowance in (
                ("half of the calls", self.before.median, self.after.median, _MEDIAN_ALLOWANCE),
                ("all calls but one", self.before.worst, self.after.worst, _WORST_ALLOWANCE)):
            if after > before + _COST + max(allowance, before):
                raise RigError(f"{what}: {name} were set up within {before * 1000:.0f} ms before it, and within "
                               f"{after * 1000:.0f} ms after it")
        return self
