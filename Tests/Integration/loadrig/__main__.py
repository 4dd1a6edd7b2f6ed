"""Command line of the load rig; see README.md."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from rig.ports import PortBlock
from rig.process import RigError, poll
from rig.scraper import scrape
from rig.switch import REPOSITORY, Switch

from . import loads
from .report import print_table, write_json

_OVERLAY = Path(__file__).resolve().parent / "conf"
# Two streams of two ports for each call, and ports of ended calls rest: more than a block of the rig holds.
_RTP_RANGE = (33000, 60998)
_CORE_DATABASE = "tandem_core_database_up"
_LOADS = ("registrations", "answered", "bridged", "events", "media")


def main() -> int:
    options = _options()
    directory = Path(tempfile.mkdtemp(prefix="tandem-load-"))
    measurements: list[loads.Measurement] = []
    status = 0
    ports = PortBlock()
    ports.switch_rtp = _RTP_RANGE
    for run in range(options.runs):
        print(f"run {run + 1} of {options.runs}", file=sys.stderr, flush=True)
        try:
            measurements += _one_run(ports, directory / f"run-{run + 1}", options)
        except (RigError, OSError) as error:
            print(f"FAILED load: {error}", file=sys.stderr)
            status = 1
            break
    if measurements:
        print_table(measurements)
        write_json(measurements, options.json)
    if status or options.keep or any(item.failed for item in measurements):
        print(f"logs: {directory}", file=sys.stderr)
    else:
        shutil.rmtree(directory, ignore_errors=True)
    return status or int(any(item.failed for item in measurements))


def _one_run(ports: PortBlock, directory: Path, options: argparse.Namespace) -> list[loads.Measurement]:
    """All loads on a switch of their own: memory is what a process takes that has not carried anything before."""
    directory.mkdir()
    callee_port, media_port = ports.take(), ports.take()
    switch = Switch(options.binary.resolve(), directory / "switch", ports, _OVERLAY,
                    variables={"load_callee_port": str(callee_port), "load_media_port": str(media_port)},
                    core={"max-sessions": "20000", "sessions-per-second": "10000", "loglevel": "err",
                          "core-db-dsn": options.core_db or ""})
    bench = loads.Bench(switch, ports, directory, callee_port, media_port)
    if options.direct:
        return [loads.media(bench, options.calls, options.seconds, direct=True)]
    switch.start()
    try:
        if options.core_db:
            poll("the core database is kept", lambda: scrape(switch.metrics_port).get(_CORE_DATABASE), timeout=20)
        results = _loads(bench, options)
    finally:
        switch.stop()
    return results


def _loads(bench: loads.Bench, options: argparse.Namespace) -> list[loads.Measurement]:
    results = []
    if "media" in options.only:
        results.append(loads.media(bench, options.calls, options.seconds, direct=True))
        results.append(loads.media(bench, options.calls, options.seconds))
    for name, load in (("registrations", loads.registrations), ("answered", loads.answered),
                       ("bridged", loads.bridged)):
        if name in options.only:
            rates = getattr(options, f"{name}_rates")
            results += [load(bench, round(rate * options.seconds), rate) for rate in rates]
    if "events" in options.only:
        results.append(loads.events(bench, options.watched, options.watched_rate, options.clients))
    return results


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="Tests/Integration/load",
                                     formatter_class=argparse.ArgumentDefaultsHelpFormatter,
                                     description="What each unit of work costs the switch, on loopback.")
    add = parser.add_argument
    add("--binary", type=Path, default=REPOSITORY / ".build/release/tandem", help="the program to measure")
    add("--only", nargs="+", choices=_LOADS, default=_LOADS, help="which loads")
    add("--runs", type=int, choices=range(1, 11), default=3, metavar="N", help="how often each load is run")
    # The first rate is the one that FreeSWITCH was measured at, the second what it cannot carry any more.
    add("--registrations-rates", type=float, nargs="+", default=(400, 1600), metavar="N", help="per second")
    add("--answered-rates", type=float, nargs="+", default=(100, 500), metavar="N", help="calls per second")
    add("--bridged-rates", type=float, nargs="+", default=(50, 250), metavar="N", help="calls per second")
    add("--watched", type=int, default=2000, help="answered calls, without and with event clients")
    add("--watched-rate", type=float, default=200, help="per second")
    add("--clients", type=int, default=50, help="event clients that want every event, 1000 at most")
    add("--calls", type=int, default=150, help="calls with media at a time, 5000 at most")
    add("--seconds", type=int, default=10, help="how long each load lasts")
    add("--core-db", metavar="DSN", help="keep the core database there; none is kept otherwise")
    add("--direct", action="store_true", help="only the RTP generator against itself, without the switch")
    add("--json", type=Path, default=Path("load.json"), help="where the figures are written")
    add("--keep", action="store_true", help="keep the logs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
