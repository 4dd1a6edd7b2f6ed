"""All scenarios; importing this registers them in their order."""

from . import console, databases, event_socket, files, gateways, handler, keys, logs, measuring, metrics, migration, nodes
from . import phones, records, signalling, soak, takeovers, texts, web

__all__ = ["console", "databases", "event_socket", "files", "gateways", "handler", "keys", "logs", "measuring", "metrics",
           "migration", "nodes", "phones", "records", "signalling", "soak", "takeovers", "texts", "web"]
