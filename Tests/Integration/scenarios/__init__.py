"""All scenarios; importing this registers them in their order."""

from . import console, databases, event_socket, files, gateways, logs, measuring, metrics, nodes, phones, records
from . import signalling, soak, takeovers, texts, web

__all__ = ["console", "databases", "event_socket", "files", "gateways", "logs", "measuring", "metrics", "nodes", "phones",
           "records", "signalling", "soak", "takeovers", "texts", "web"]
