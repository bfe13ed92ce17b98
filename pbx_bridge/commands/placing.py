"""Calls that are placed, ended and picked up for somebody."""

from typing import Final, Protocol

from pbx_bridge.ami.errors import AmiError
from pbx_bridge.asterisk import dialplan
from pbx_bridge.commands.asking import EXTENSION, LINE, NUMBER, ROOT, Asking, Device

_ACCEPT_SECONDS: Final = 5.0
_REFUSAL_SECONDS: Final = 1.0  # in which a phone that cannot be called is told of


class Placing(Protocol):
    """As `crm.telephony.ports.Placing`."""

    @property
    def key(self) -> str: ...
    @property
    def extension(self) -> str: ...
    @property
    def to(self) -> str: ...
    @property
    def line(self) -> str | None: ...
    @property
    def device(self) -> Device | None: ...


class PlacingCalls(Asking):
    async def place(self, placing: Placing) -> None:
        """Ring the device, which answers by itself (on a mobile, a key must be pressed), then dial.
        Returns when it rings.
        """
        root = placing.key.removeprefix(f"{self._exchange.pbx_id}-")
        self._valid(ROOT, root, "call's key")
        extension = self._valid(EXTENSION, placing.extension, "extension")
        to = self._valid(NUMBER, placing.to, "number")
        variables = [f"{dialplan.TO_VARIABLE}={to}"]
        if placing.line is not None:
            line = self._valid(LINE, placing.line, "line")
            variables.append(f"{dialplan.LINE_VARIABLE}={line}")
        # What the phone shows is `to`; the dialplan sets the employee's own before it dials.
        way = self._once_answered(dialplan.CLICK_CONTEXT, variables, placing.device, to)
        headers = (*way, ("ChannelId", root))
        endpoints = self._endpoints(extension, placing.device)
        told = await self._ring(endpoints, placing.key, _ACCEPT_SECONDS, root, *headers)
        if not told:
            raise self._refused(f"the PBX does not say whether {extension} rings")

    async def hang_up(self, call: str) -> None:
        """End every phone's part in the call."""
        failed: AmiError | None = None
        ended = 0
        for phone in self._phones(call):
            try:
                await self._exchange.action("Hangup", self._channel(phone.name), ("Cause", "16"))
                ended += 1
            except AmiError as error:  # it may have ended with another
                failed = error
        if not ended and failed is not None:
            raise self._refused(str(failed)) from failed

    async def pick_up(self, call: str, extension: str, device: Device | None = None) -> None:
        taker = self._valid(EXTENSION, extension, "extension")
        names = self._exchange.ringing(call)
        if not names:
            raise self._refused("nothing rings in this call any more")
        _, there = self._channel(names[0])
        variables = [f"{dialplan.PICKUP_VARIABLE}={there}"]
        # Asterisk names this channel itself, so that its beginning is not told from others'.
        headers = self._once_answered(dialplan.PICKUP_CONTEXT, variables, device, None)
        await self._ring(self._endpoints(taker, device), call, _REFUSAL_SECONDS, None, *headers)
