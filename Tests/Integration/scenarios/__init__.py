"""All scenarios; importing this registers them in their order."""

from . import console, event_socket, gateways, logs, measuring, metrics, nodes, phones, records, signalling, soak, web

__all__ = ["console", "event_socket", "gateways", "logs", "measuring", "metrics", "nodes", "phones", "records",
           "signalling", "soak", "web"]
