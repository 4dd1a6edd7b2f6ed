"""The phones on the table, started when a scenario first asks for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .baresip import Baresip
from .linphone import Linphone
from .phone import Account, Phone, PhoneSettings
from .ports import PortBlock

# Two of each kind, each with a pitch of its own that no other's harmonics fall on.
_MODELS: dict[str, tuple[type[Phone], float]] = {
    "1000": (Baresip, 440), "1001": (Linphone, 620), "1002": (Baresip, 530), "1003": (Linphone, 750)}


@dataclass
class Desk:
    """Phones by user. With `account` they register; without it they call each other directly."""

    directory: Path
    ports: PortBlock
    account: Callable[[str], Account] | None = None
    extension: Callable[[str], str] | None = None
    """What to dial for an extension, at the switch."""
    _phones: dict[str, Phone] = field(default_factory=dict)
    _generation: int = 0

    def phone(self, user: str) -> Phone:
        """The phone of a user, registered."""
        if user not in self._phones:
            model, hertz = _MODELS[user]
            self._phones[user] = self.start(model, user, hertz, self.account(user) if self.account else None)
            if self.account:
                self._phones[user].wait_registered()
        return self._phones[user]

    def start(self, model: type[Phone], user: str, hertz: float, account: Account | None,
              codecs: tuple[str, ...] = ("PCMU", "PCMA")) -> Phone:
        """Starts one phone more, which the caller stops."""
        self._generation += 1
        phone = model(PhoneSettings(user, self.directory / f"{user}-{self._generation}", self.ports, hertz,
                                    account=account, codecs=codecs))
        phone.start()
        return phone

    def uri(self, user: str) -> str:
        """What to dial to reach a user's phone."""
        if self.extension:
            return self.extension(user)
        return self.phone(user).settings.address

    def clear(self) -> None:
        """Stops all phones; they unregister."""
        phones, self._phones = self._phones, {}
        for phone in phones.values():
            phone.stop()
