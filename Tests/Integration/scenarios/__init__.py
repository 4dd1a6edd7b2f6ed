"""All scenarios; importing this registers them in their order."""

from . import console, databases, event_socket, files, gateways, keys, logs, measuring, metrics, nodes, phones, records
from . import signalling, soak, takeovers, web

__all__ = ["console", "databases", "event_socket", "files", "gateways", "keys", "logs", "measuring", "metrics", "nodes",
           "phones", "records", "signalling", "soak", "takeovers", "web"]
