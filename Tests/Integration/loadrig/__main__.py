"""Command line of the load rig; see README.md."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from rig.ports import PortBlock
from rig.process import RigError
from rig.switch import REPOSITORY, Switch

from . import loads
from .report import print_table, write_json

_OVERLAY = Path(__file__).resolve().parent / "conf"
# Two streams of two ports for each call, and ports of ended calls rest: more than a block of the rig holds.
_RTP_RANGE = (33000, 60998)
_LOADS = ("registrations", "answered", "bridged", "events", "media")


def main() -> int:
    options = _options()
    directory = Path(tempfile.mkdtemp(prefix="tandem-load-"))
    measurements: list[loads.Measurement] = []
    status = 0
    ports = PortBlock()
    ports.switch_rtp = _RTP_RANGE
    callee_port, media_port = ports.take(), ports.take()
    switch = Switch(options.binary.resolve(), directory / "switch", ports, _OVERLAY,
                    variables={"load_callee_port": str(callee_port), "load_media_port": str(media_port)},
                    core={"max-sessions": "20000", "sessions-per-second": "10000", "loglevel": "err"})
    bench = loads.Bench(switch, ports, directory, callee_port, media_port)
    try:
        if not options.direct:
            switch.start()
        for run in range(options.runs):
            print(f"run {run + 1} of {options.runs}", file=sys.stderr, flush=True)
            measurements += _one_run(bench, options)
    except (RigError, OSError) as error:
        print(f"FAILED load: {error}", file=sys.stderr)
        status = 1
    finally:
        try:
            switch.stop()
        except RigError as error:
            print(f"FAILED load: {error}", file=sys.stderr)
            status = 1
    if measurements:
        print_table(measurements)
        write_json(measurements, options.json)
    if status or options.keep or any(item.failed for item in measurements):
        print(f"logs: {directory}", file=sys.stderr)
    else:
        shutil.rmtree(directory, ignore_errors=True)
    return status or int(any(item.failed for item in measurements))


def _one_run(bench: loads.Bench, options: argparse.Namespace) -> list[loads.Measurement]:
    if options.direct:
        return [loads.media(bench, options.calls, options.seconds, direct=True)]
    results = []
    if "registrations" in options.only:
        results.append(loads.registrations(bench, options.registrations, options.registration_rate))
    if "answered" in options.only:
        results.append(loads.answered(bench, options.answered, options.answered_rate))
    if "bridged" in options.only:
        results.append(loads.bridged(bench, options.bridged, options.bridged_rate))
    if "events" in options.only:
        results.append(loads.events(bench, options.watched, options.watched_rate, options.clients))
    if "media" in options.only:
        results.append(loads.media(bench, options.calls, options.seconds, direct=True))
        results.append(loads.media(bench, options.calls, options.seconds))
    return results


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="Tests/Integration/load",
                                     formatter_class=argparse.ArgumentDefaultsHelpFormatter,
                                     description="What each unit of work costs the switch, on loopback.")
    add = parser.add_argument
    add("--binary", type=Path, default=REPOSITORY / ".build/release/tandem", help="the program to measure")
    add("--only", nargs="+", choices=_LOADS, default=_LOADS, help="which loads")
    add("--runs", type=int, choices=range(1, 11), default=3, metavar="N", help="how often each load is run")
    add("--registrations", type=int, default=4000)
    add("--registration-rate", type=float, default=400, help="per second")
    add("--answered", type=int, default=1000)
    add("--answered-rate", type=float, default=100, help="per second")
    add("--bridged", type=int, default=500)
    add("--bridged-rate", type=float, default=50, help="per second")
    add("--watched", type=int, default=2000, help="answered calls, without and with event clients")
    add("--watched-rate", type=float, default=200, help="per second")
    add("--clients", type=int, default=50, help="event clients that want every event, 1000 at most")
    add("--calls", type=int, default=150, help="calls with media at a time, 5000 at most")
    add("--seconds", type=int, default=20, help="how long media is measured")
    add("--direct", action="store_true", help="only the RTP generator against itself, without the switch")
    add("--json", type=Path, default=Path("load.json"), help="where the figures are written")
    add("--keep", action="store_true", help="keep the logs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
