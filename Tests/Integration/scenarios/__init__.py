"""All scenarios; importing this registers them in their order."""

from . import phones, signalling

__all__ = ["phones", "signalling"]
