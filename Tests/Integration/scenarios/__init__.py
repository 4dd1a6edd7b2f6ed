"""All scenarios; importing this registers them in their order."""

from . import measuring, phones, signalling

__all__ = ["measuring", "phones", "signalling"]
