"""What the CRM asks of the telephone. The real one is wired in `hovorna`; tests pass a fake."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from pbx_bridge.calls.events import Loss
from pbx_bridge.lost_talks import LostTalk
from pbx_bridge.supervisions import Supervision

DeviceKind = Literal["desk", "browser", "mobile"]


@dataclass(frozen=True, slots=True)
class Mobile:
    """An employee's mobile telephone: its E.164 number, the line by which it is called, and the
    E.164 number that it shows.
    """

    number: str
    line: str
    shown: str


@dataclass(frozen=True, slots=True)
class Device:
    """What rings at an extension. `port`: of one browser's connection to the PBX; None: any of the
    extension's browsers. `mobile`: filled in by who asks the telephone.
    """

    kind: DeviceKind
    port: int | None = None
    mobile: Mobile | None = None


@dataclass(frozen=True, slots=True)
class Placing:
    """A call to place. `to` is E.164 or an extension; `key` is the call's, chosen before.

    `device`: what rings at the extension; None: the desk phone, else the
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
        """Ring the device (auto-answer; a mobile asks for a key), then dial. Returns when the PBX
        accepted.
        """
        ...

    async def hang_up(self, call: str) -> None: ...

    async def blind_transfer(
        self, call: str, extension: str, to: str, line: str | None = None
    ) -> None:
        """Hand the outside party of `call`, now with `extension`, to `to`.

        `line`: on which a number outside is called; None: the employee's own.
        """
        ...

    async def consult(self, call: str, extension: str, to: str, line: str | None = None) -> None:
        """The client waits while `extension` calls `to`. Returns when that phone is called."""
        ...

    async def complete_consult(self, call: str, extension: str) -> None:
        """Whom `extension` consults has the client, who comes back if that one never answers."""
        ...

    async def cancel_consult(self, call: str, extension: str) -> None: ...

    async def swap_consult(self, call: str, extension: str) -> None:
        """From the colleague to the client, who wait in turns, and back."""
        ...

    def is_back_meanwhile(self, call: str, extension: str) -> bool:
        """Whether `extension`, who consults somebody, is with the client now."""
        ...

    async def join_consult(self, call: str, extension: str) -> None:
        """All three speak together."""
        ...

    async def hold(self, call: str, extension: str) -> None:
        """The other side of `extension` hears music; nothing if it does already."""
        ...

    async def resume(self, call: str, extension: str) -> None: ...

    async def invite(
        self, call: str, extension: str, to: str, line: str | None = None, shown: str | None = None
    ) -> None:
        """Call `to` into the talk of `extension`: E.164 on `line` with the caller ID `shown`, or a
        colleague. Returns when that phone is called.
        """
        ...

    async def drop(self, call: str, who: str) -> None:
        """Hang up one of at least three; `who` is an extension or a number, as are others'."""
        ...

    async def mute(self, call: str, who: str, *, muted: bool) -> None:
        """Whether the others hear `who`."""
        ...

    async def start_recording(self, call: str) -> None: ...

    async def stop_recording(self, call: str) -> None:
        """For good: the rest of the call is not recorded."""
        ...

    async def pause_recording(self, call: str) -> None:
        """The recording goes on in silence."""
        ...

    async def resume_recording(self, call: str) -> None: ...

    async def pick_up(
        self, call: str, extension: str, device: Device | None = None, at: str | None = None
    ) -> None:
        """Connect what rings in `call`, and `at` this extension if one is given, to `extension`, at
        the `device` as in `Placing`.
        """
        ...

    async def supervise(
        self, call: str, extension: str, supervisor: str, mode: str, device: Device | None = None
    ) -> None:
        """`supervisor`'s device listens to `extension`, or changes how: listen, whisper, barge."""
        ...

    async def stop_supervising(self, supervisor: str) -> None: ...

    async def take_over(
        self, call: str, extension: str, taker: str, device: Device | None = None
    ) -> None:
        """Hand the outside party of `call`, now with `extension`, to `taker`, whose device answers
        by itself.
        """
        ...

    def supervisions(self) -> Sequence[Supervision]:
        """Who listens to whom now."""
        ...

    async def lose_browser(self, extension: str, port: int, loss: Loss) -> Sequence[LostTalk]:
        """The extension's browser behind this port is gone, and why: whoever speaks with it hears
        music, the others in a conference go on. What `give_back` is told when it is back.
        """
        ...

    async def give_back(self, talks: Sequence[LostTalk], port: int) -> None:
        """That browser is there again, behind another port."""
        ...

    async def reload(self) -> None:
        """Extensions, lines or groups changed: render the PBX's configuration and reload it."""
        ...
