"""A phone and its calls, as those who drive a `PhoneProcess` hold them."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pbx_bridge.sip.events import PhoneEvent

if TYPE_CHECKING:
    from pbx_bridge.sip.process import PhoneProcess

_REFUSED: Final = 300  # SIP answers from here on
_AGAIN_SECONDS: Final = 0.2


class PhoneError(Exception):
    """The phone refused a command, ended, or what was awaited did not come in time."""


class Phone:
    """One account of a process: a desk phone, or a line's provider."""

    def __init__(self, process: "PhoneProcess", account: str) -> None:
        self.process = process
        self.account = account
        self._seen = process.mark()

    async def dial(self, to: str, **fields: Any) -> "PhoneCall":
        """Fields as in `commands.Dial`: caller, withheld, headers, call, behaviour."""
        done = await self.process.tell("dial", to=to, account=self.account, **fields)
        assert done.call is not None
        return PhoneCall(self.process, done.call)

    async def incoming(self, seconds: float = 10.0, **data: Any) -> "PhoneCall":
        """The next call that comes in and was not returned before."""
        event = await self.process.wait(
            "incoming", seconds=seconds, since=self._seen, account=self.account, **data
        )
        self._seen = self.process.position_of(event) + 1
        assert event.call is not None
        return PhoneCall(self.process, event.call, event)

    async def behave(self, **behaviour: Any) -> None:
        """Replaces what it does with calls by itself, from the next call on."""
        await self.process.tell("behave", account=self.account, behaviour=behaviour)

    async def unregister(self, seconds: float = 5.0) -> None:
        since = self.process.mark()
        await self.process.tell("unregister", account=self.account)
        await self.process.wait("unregistered", seconds=seconds, since=since, account=self.account)


class PhoneCall:
    """One call of a phone. The waiting methods also return at once if it has happened already."""

    def __init__(
        self, process: "PhoneProcess", key: str, invitation: PhoneEvent | None = None
    ) -> None:
        self.process = process
        self.key = key
        self.invitation = invitation

    async def tell(self, do: str, /, **fields: Any) -> None:
        await self.process.tell(do, call=self.key, **fields)

    async def wait(
        self, name: str, seconds: float = 10.0, since: int = 0, **data: Any
    ) -> PhoneEvent:
        return await self.process.wait(name, seconds=seconds, since=since, call=self.key, **data)

    async def ringing(self, seconds: float = 10.0) -> PhoneEvent:
        return await self.wait("ringing", seconds)

    async def confirmed(self, seconds: float = 10.0) -> PhoneEvent:
        return await self.wait("confirmed", seconds)

    async def disconnected(self, seconds: float = 10.0) -> PhoneEvent:
        return await self.wait("disconnected", seconds)

    async def answer(self) -> None:
        """Returns when both sides speak."""
        await self.tell("answer")
        await self.confirmed()

    async def reject(self, code: int = 603) -> None:
        await self.tell("reject", code=code)

    async def hang_up(self) -> None:
        """Hangs up, or cancels; returns when the far side knows."""
        await self.tell("hangup")
        await self.disconnected()

    async def hold(self) -> None:
        since = self.process.mark()
        await self.tell("hold")
        await self.wait("held", since=since)

    async def resume(self) -> None:
        since = self.process.mark()
        await self.tell("resume")
        await self.wait("resumed", since=since)

    async def digits(self, digits: str, method: str = "rfc4733") -> None:
        await self.tell("digits", digits=digits, method=method)

    async def transfer(self, to: str, patience: float = 3.0) -> None:
        """Blind, by REFER; returns when the PBX has accepted it.

        A PBX refuses it until it has joined the two sides, which takes a moment after the answer:
        asked again for `patience` seconds, as somebody does who presses the key again. Raises
        PhoneError when it is refused all the same.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        while True:
            since = self.process.mark()
            await self.tell("transfer", to=to)
            code = (await self.wait("transfer", since=since))["code"]
            if code < _REFUSED:
                return
            if loop.time() >= end:
                raise PhoneError(f"the transfer to {to} was refused: {code}")
            await asyncio.sleep(_AGAIN_SECONDS)

    async def transfer_to(self, other: "PhoneCall") -> None:
        """Attended, by REFER with Replaces; returns when the PBX says that it is done."""
        await self.tell("transfer-to", other=other.key)
        await self.wait("transfer", final=True)

    async def record(self, file: Path) -> None:
        await self.tell("record", file=str(file))

    async def stats(self) -> PhoneEvent:
        since = self.process.mark()
        await self.tell("stats")
        return await self.wait("stats", since=since)
