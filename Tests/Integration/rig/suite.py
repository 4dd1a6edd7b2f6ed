"""Scenarios, in suites: each suite runs in order against one switch."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .desk import Desk
from .ports import PortBlock
from .process import RigError
from .switch import Switch


@dataclass
class Context:
    """What a scenario works with."""

    directory: Path
    ports: PortBlock
    desk: Desk
    switch: Switch | None

    def tandem(self) -> Switch:
        """The switch, for scenarios that cannot do without."""
        assert self.switch
        return self.switch


@dataclass(frozen=True)
class Scenario:
    """One thing that must work."""

    suite: str
    name: str
    run: Callable[[Context], str | None]
    """Raises RigError; may return a remark for the report."""
    direct: bool
    """Whether it also works between two phones without a switch (self-test)."""


ALL: list[Scenario] = []


def scenario(suite: str, *, direct: bool = False):
    """Registers a function as a scenario; its name becomes the scenario's."""

    def register(function: Callable[[Context], str | None]) -> Callable[[Context], str | None]:
        ALL.append(Scenario(suite, function.__name__.replace("_", "-"), function, direct))
        return function

    return register


def perform(item: Scenario, context: Context) -> bool:
    """Runs one scenario and prints its line."""
    started = time.monotonic()
    try:
        remark = item.run(context)
    except RigError as error:
        return _failed(item, str(error), context)
    except Exception as error:  # A fault of the rig itself: say where.
        traceback.print_exc()
        return _failed(item, f"the rig: {error!r}", context)
    seconds = time.monotonic() - started
    print(f"ok {item.suite} {item.name} ({seconds:.1f} s{'; ' + remark if remark else ''})", flush=True)
    return True


def _failed(item: Scenario, why: str, context: Context) -> bool:
    print(f"FAILED {item.suite} {item.name}: {why}", flush=True)
    # Phones may be left in a call: the next scenario gets new ones.
    context.desk.clear()
    return False
