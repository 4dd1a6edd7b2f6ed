"""All scenarios; importing this registers them in their order."""

from . import event_socket, logs, measuring, phones, records, signalling

__all__ = ["event_socket", "logs", "measuring", "phones", "records", "signalling"]
