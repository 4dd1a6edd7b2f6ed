"""The file sync between six nodes of two data centers, and its rivals: what each is able to do, by the same steps.

    Tests/Integration/sync --binary .build/release/tandem --wanem .build/release/wanem [--long]

The short form judges only what does not depend on the speed of the machine. The long form has all rivals of Debian, and a
table at the end.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from rig.process import RigError
from rig.syncfaults import FAULTS, suffer
from rig.syncfigures import AIMS, LONG, SHORT, Figure, measure
from rig.synctandem import Tandem
from rig.syncways import RIVALS, Way
from rig.syncworld import World


class Run:
    """All figures of all ways, and what went wrong."""

    def __init__(self, world: World, arguments: argparse.Namespace) -> None:
        self.world, self.arguments = world, arguments
        self.only = set(filter(None, arguments.only.split(",")))
        self.found: dict[str, dict[str, Figure | str]] = {}
        self.passed = self.failed = 0

    def tell(self, way: Way, name: str, said: str, is_right: bool) -> None:
        """Prints one line. What a rival is not able to do is no failure."""
        if way.name == Tandem.name:
            self.passed += is_right
            self.failed += not is_right
            word = "ok" if is_right else "FAILED"
        else:
            word = "  "
        print(f"{word} sync {way.name}: {name}: {said}", flush=True)

    def measure(self, way: Way) -> None:
        """Figures of one way."""
        found = self.found[way.name] = {}
        for name, figure in measure(way, LONG if self.arguments.long else SHORT, self.only):
            found[name] = figure
            aim = AIMS.get(name)
            is_right = isinstance(figure, Figure)
            said = str(figure)
            if aim and isinstance(figure, Figure):
                is_met = aim.is_met(figure.value)
                said += f"; aim {aim}{'' if is_met else ', NOT met'}"
                is_right = is_met or aim.is_of_the_machine
            self.tell(way, name, said, is_right)

    def suffer(self, way: Way) -> None:
        """What may happen to one way."""
        for fault in FAULTS:
            name = fault.step.__name__
            if (self.only and name not in self.only) or (way.name != Tandem.name and way.name not in fault.rivals):
                continue
            word, _, said = suffer(way, fault, self.arguments.long and not self.arguments.few).partition(" ")
            self.found[way.name][name] = said if word == "ok" else f"FAILED: {said}"
            self.tell(way, name, said if word == "ok" else f"it failed: {said}", word == "ok")

    def table(self) -> None:
        """All figures: a row for each, with a column for each way."""
        names = list(dict.fromkeys(name for found in self.found.values() for name in found))
        ways = list(self.found)
        print(f"\n| | {' | '.join(ways)} | aim |\n|---|{'---|' * (len(ways) + 1)}")
        for name in names:
            cells = [str(self.found[way].get(name, "-")) for way in ways]
            print(f"| {name} | {' | '.join(cells)} | {AIMS.get(name, '')} |")
        print()


def main() -> int:
    parser = argparse.ArgumentParser(description="the file sync between six nodes of two data centers")
    parser.add_argument("--binary", default=".build/release/tandem")
    parser.add_argument("--wanem", default=".build/release/wanem")
    parser.add_argument("--long", action="store_true", help="everything as long as operators have it, with all rivals")
    parser.add_argument("--few", action="store_true", help="with --long: crashes and the like as often as in the short form")
    parser.add_argument("--ways", default="", help="only these ways, by a comma between")
    parser.add_argument("--only", default="", help="only these steps, by a comma between")
    parser.add_argument("--keep", action="store_true", help="what was made stays")
    parser.add_argument("--directory", help="where folders are made; a temporary directory if none is named")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    Tandem.binary = arguments.binary
    names = set(filter(None, arguments.ways.split(",")))
    ways: list[type[Way]] = [Tandem, *RIVALS] if arguments.long or names else [Tandem]
    ways = [way for way in ways if not names or way.name in names]
    for way in ways:
        if not way.is_installed():
            print(f"{way.name} is missing: install {way.packages}")
            return 1
    directory = Path(tempfile.mkdtemp(prefix="tandem-sync-", dir=arguments.directory))
    world = None
    begin = time.monotonic()
    try:
        world = World(arguments.wanem, directory, arguments.seed)
        run = Run(world, arguments)
        for kind in ways:
            run.measure(kind(world))
            run.suffer(kind(world))
        if arguments.long:
            run.table()
        failed, passed = run.failed, run.passed
    except RigError as error:
        print(f"FAILED sync start: {error}")
        failed, passed = 1, 0
    finally:
        if world:
            world.close()
    print(f"seed {arguments.seed}, {time.monotonic() - begin:.0f} s")
    print(f"{passed} passed, {failed} failed", flush=True)
    if failed or arguments.keep:
        print(f"what was made is in {directory}")
    else:
        shutil.rmtree(directory, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
