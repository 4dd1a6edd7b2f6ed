"""Metrics over HTTP, during a call and after it."""

from __future__ import annotations

from rig.process import RigError, poll
from rig.scraper import get, scrape
from rig.sipp import Sipp
from rig.suite import Context, scenario


def _with_call(port: int) -> dict[str, float] | None:
    samples = scrape(port)
    return samples if samples['tandem_rtp_port_pairs{state="used"}'] else None


@scenario("event-socket")
def metrics_follow_a_call(context: Context) -> str:
    switch = context.tandem()
    port = switch.metrics_port
    switch.wait_idle()
    before = scrape(port)
    # The call lasts until the switch ends it.
    caller = Sipp("external-answered", context.directory, context.ports, target_port=switch.external_port,
                  service="rig-public", keys={"rig_user": "caller"}, timeout_seconds=600, arguments=("-d", "600000"))
    try:
        caller.start()
        during = poll("the call is answered", lambda: _with_call(port), timeout=20)
        switch.console().api("hupall NORMAL_CLEARING")
        switch.wait_idle()
    finally:
        caller.stop()
    after = scrape(port)
    if during['tandem_calls{direction="inbound"}'] != 1:
        raise RigError("the call is not counted as inbound")
    for name in ('tandem_calls_started_total{direction="inbound"}', 'tandem_calls_answered_total{direction="inbound"}',
                 'tandem_sip_calls_started_total{profile="external",direction="inbound"}'):
        if after[name] != before[name] + 1:
            raise RigError(f"{name} went from {before[name]} to {after[name]}")
    if left := [name for name in ("tandem_sessions", 'tandem_rtp_port_pairs{state="used"}') if after[name]]:
        raise RigError(f"{', '.join(left)} did not go back")
    for path, method, wanted in (("/healthz", "GET", 200), ("/", "GET", 404), ("/metrics", "POST", 405)):
        if (status := get(port, path, method)[0]) != wanted:
            raise RigError(f"{method} {path} answers {status}")
    return f"{len(after)} samples"
