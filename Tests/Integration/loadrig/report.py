"""The table and the JSON of a load run: medians, and how far the runs were apart."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from statistics import median

from .loads import Measurement

# FreeSWITCH 1.11.1 under the same loads on a 2-core machine: CPU-ms per unit, medians of three runs. Absolute times are
# that machine's; bridged G.711 is per call and second.
FREESWITCH_CPU_MS = {
    "registration with digest": 2.9,
    "answered call": 9.7,
    "bridged call, no RTP": 27.0,
    "bridged call, G.711 both ways": 7.5,
}


def print_table(measurements: list[Measurement]) -> None:
    """One line for each load, one more for what is special to calls with media."""
    print(f"{'load':36} {'runs':>4} {'units':>6} {'CPU-ms/unit':>12} {'least–most':>15} {'FreeSWITCH':>11}"
          f" {'failed':>7} {'retrans.':>8}")
    for name in dict.fromkeys(item.load for item in measurements):
        runs = [item for item in measurements if item.load == name]
        costs = [item.cpu_ms_per_unit for item in runs]
        known = FREESWITCH_CPU_MS.get(name.rpartition(", ")[0] if name.endswith("/s") else name)
        print(f"{name:36} {len(runs):>4} {runs[0].units:>6} {median(costs):>12.3f}"
              f" {min(costs):>7.3f}–{max(costs):<7.3f} {known if known is not None else '':>11} {sum(item.failed for item in runs):>7}"
              f" {sum(item.retransmissions for item in runs):>8}")
        middle = {key: median(item.more[key] for item in runs) for key in runs[0].more}
        if middle:
            print("    " + ", ".join(f"{key} {value:.3g}" for key, value in middle.items()))
    print("CPU-ms/unit of calls with media: per call and second. FreeSWITCH: measured on another day, compare ratios.")


def write_json(measurements: list[Measurement], path: Path) -> None:
    """Everything measured, with the machine it was measured on."""
    machine = {"cores": os.cpu_count(), "kernel": platform.release(), "machine": platform.machine(),
               "load_average": os.getloadavg()}
    path.write_text(json.dumps({"machine": machine, "runs": [vars(item) for item in measurements]}, indent=2) + "\n")
