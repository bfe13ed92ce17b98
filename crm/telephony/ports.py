"""What the CRM asks of the telephone. The real one is wired in `hovorna`; tests pass a fake."""

from dataclasses import dataclass
from typing import Literal, Protocol

Device = Literal["desk", "browser"]


@dataclass(frozen=True, slots=True)
class Placing:
    """A call to place. `to` is E.164 or an extension; `key` is the call's, chosen before.

    `device`: what rings at the extension, "desk" or "browser"; None: the desk phone, else the
    browser.
    """

    key: str
    extension: str
    to: str
    line: str | None
    device: Device | None = None


class TelephonyError(Exception):
    """The PBX refused or did not answer. The message is for the user."""


class Telephony(Protocol):
    """Every method raises TelephonyError when the PBX refuses, or is not connected."""

    def new_call_key(self) -> str:
        """A key that no call has, to be given to `place`."""
        ...

    async def place(self, placing: Placing) -> None:
        """Ring the device (auto-answer), then dial. Returns when the PBX accepted."""
        ...

    async def hang_up(self, call: str) -> None: ...

    async def blind_transfer(self, call: str, extension: str, to: str) -> None:
        """Hand the outside party of `call`, now with `extension`, to `to`."""
        ...

    async def pick_up(self, call: str, extension: str, device: Device | None = None) -> None:
        """Connect what rings in `call` to `extension`, at the `device` as in `Placing`."""
        ...

    async def reload(self) -> None:
        """Extensions, lines or groups changed: render the PBX's configuration and reload it."""
        ...
