"""What the switch answers over HTTP: metrics and health."""

from __future__ import annotations

import re
import urllib.error
import urllib.request

from .ports import LOOPBACK
from .process import RigError

_SAMPLE = re.compile(r"^([a-z_]+(?:\{[^}]*\})?) (\S+)$")


def get(port: int, path: str, method: str = "GET") -> tuple[int, str]:
    """The status and the text of a page."""
    request = urllib.request.Request(f"http://{LOOPBACK}:{port}{path}", method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def scrape(port: int) -> dict[str, float]:
    """The samples of /metrics, by name and labels as they are written."""
    status, text = get(port, "/metrics")
    if status != 200:
        raise RigError(f"/metrics answers {status}: {text}")
    samples = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        if not (found := _SAMPLE.match(line)):
            raise RigError(f"/metrics has the line {line!r}")
        samples[found[1]] = float(found[2])
    return samples
