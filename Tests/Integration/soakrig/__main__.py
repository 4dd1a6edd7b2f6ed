"""Command line of the soak; see README.md."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from rig.ports import PortBlock
from rig.process import RigError
from rig.switch import REPOSITORY

from . import soak

# Ports of ended calls rest: more than a block of the rig holds.
_RTP_RANGE = (33000, 60998)


def main() -> int:
    options = _options()
    directory = Path(tempfile.mkdtemp(prefix="tandem-soak-"))
    ports = PortBlock()
    ports.switch_rtp = _RTP_RANGE
    switch = soak.make_switch(options.binary.resolve(), directory / "switch", ports)
    course = soak.Course(options.calls, options.rate, options.growth, options.bound)
    status = 1
    try:
        switch.start()
        print(soak.run(switch, directory, course, lambda line: print(line, flush=True)))
        status = 0
    except (RigError, OSError) as error:
        print(f"FAILED soak: {error}")
    finally:
        try:
            switch.stop()
        except RigError as error:
            print(f"FAILED soak: {error}")
            status = 1
    if status or options.keep:
        print(f"logs: {directory}", file=sys.stderr)
    else:
        shutil.rmtree(directory, ignore_errors=True)
    return status


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="Tests/Integration/soak",
                                     formatter_class=argparse.ArgumentDefaultsHelpFormatter,
                                     description="Many calls through many applications, and nothing left of them.")
    add = parser.add_argument
    add("--binary", type=Path, default=REPOSITORY / ".build/release/tandem", help="the program to test")
    add("--calls", type=int, default=20_000)
    add("--rate", type=float, default=80, help="calls a second, as far as the machine can")
    add("--growth", type=float, default=0.1, help="by which fraction memory may grow after the first quarter")
    add("--bound", type=int, default=900, help="for how many seconds at most")
    add("--keep", action="store_true", help="keep the logs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
