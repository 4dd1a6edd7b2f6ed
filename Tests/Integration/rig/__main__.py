"""Command line of the integration rig; see README.md."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import scenarios  # noqa: F401  (registers them)

from .desk import Desk
from .ports import PortBlock
from .process import RigError
from .suite import ALL, Context, Scenario, perform
from .switch import REPOSITORY, Switch

_OVERLAY = Path(__file__).resolve().parent.parent / "conf"
_PEERS = {"baresip": "baresip-core", "linphonec": "linphone-cli", "sipp": "sip-tester"}


def main() -> int:
    options = _options()
    chosen = [
        item for item in ALL if (not options.only or _names(item, options.only)) and not _names(item, options.without)]
    if options.self_test:
        chosen = [item for item in chosen if item.direct]
    if options.list:
        for item in chosen:
            print(item.suite, item.name)
        return 0
    if not chosen:
        print(f"no scenario is called {','.join(options.only)}", file=sys.stderr)
        return 2
    if missing := [package for program, package in _PEERS.items() if not shutil.which(program)]:
        print(f"missing: apt-get install {' '.join(missing)}", file=sys.stderr)
        return 2
    directory = Path(tempfile.mkdtemp(prefix="tandem-integration-"))
    passed = failed = 0
    try:
        for suite in dict.fromkeys(item.suite for item in chosen):
            good, bad = _run_suite(suite, [item for item in chosen if item.suite == suite], directory / suite, options)
            passed += good
            failed += bad
    finally:
        if options.keep or failed:
            print(f"logs and recordings: {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="Tests/Integration/run",
                                     description="Real peers against Tandem, on loopback.")
    parser.add_argument("--binary", type=Path, default=REPOSITORY / ".build/release/tandem", help="the program to test")
    parser.add_argument("--only", metavar="NAME", type=_list, default=[], help="these suites or scenarios, by a comma between")
    parser.add_argument("--without", metavar="NAME", type=_list, default=[], help="all but these")
    parser.add_argument("--list", action="store_true", help="list the scenarios")
    parser.add_argument("--keep", action="store_true", help="keep logs and recordings")
    parser.add_argument("--self-test", action="store_true",
                        help="phones call each other directly, without the switch: tests the rig itself")
    return parser.parse_args()


def _list(text: str) -> list[str]:
    return text.split(",")


def _names(item: Scenario, names: list[str]) -> bool:
    return item.suite in names or item.name in names


def _run_suite(suite: str, items: list[Scenario], directory: Path, options: argparse.Namespace) -> tuple[int, int]:
    """Runs a suite against a switch of its own (or none); how many passed and failed."""
    directory.mkdir(parents=True)
    ports = PortBlock()
    switch = None
    if not options.self_test and suite != "rig":
        switch = Switch(options.binary.resolve(), directory / "switch", ports, _OVERLAY)
    desk = Desk(directory, ports, account=switch.account if switch else None,
                extension=switch.address if switch else None)
    results = []
    try:
        if switch:
            switch.start()
        context = Context(directory, ports, desk, switch)
        results = [perform(item, context) for item in items]
    except (RigError, OSError) as error:
        print(f"FAILED {suite}: {error}", flush=True)
        results += [False] * (len(items) - len(results))
    finally:
        desk.clear()
        try:
            if switch:
                switch.stop()
        except RigError as error:
            print(f"FAILED {suite} switch-ends-cleanly: {error}", flush=True)
            results.append(False)
    return results.count(True), results.count(False)


if __name__ == "__main__":
    sys.exit(main())
