"""All scenarios; importing this registers them in their order."""

from . import console, databases, event_socket, gateways, logs, measuring, metrics, nodes, phones, records, signalling
from . import soak, web

__all__ = ["console", "databases", "event_socket", "gateways", "logs", "measuring", "metrics", "nodes", "phones",
           "records", "signalling", "soak", "web"]
