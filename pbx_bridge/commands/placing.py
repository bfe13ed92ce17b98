"""Calls that are placed, ended and picked up for somebody."""

from collections.abc import Sequence
from typing import Final, Protocol

from pbx_bridge.ami.errors import AmiError
from pbx_bridge.asterisk import dialplan
from pbx_bridge.commands.asking import EXTENSION, LINE, NUMBER, ROOT
from pbx_bridge.commands.ringing import Device, Ringing
from pbx_bridge.directory import endpoint_of, extension_of

_ACCEPT_SECONDS: Final = 5.0
_GONE_SECONDS: Final = 1.0
_TAKEN_SECONDS: Final = 2.0  # in which a phone that answers by itself has what rings
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


class PlacingCalls(Ringing):
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
        """End every phone's part in the call: the employees' first, and the others' when who spoke
        is gone, for it is the company that ends it.
        """
        phones = self._phones(call)
        ours = [it.name for it in phones if it.extension is not None]
        others = [it.name for it in phones if it.extension is None]
        failed = [await self._hung_up(name) for name in ours]
        spoke = [it.name for it in phones if it.name in ours and it.talks]
        if spoke and others:
            await self._exchange.until(lambda: not self._any_of(call, spoke), _GONE_SECONDS)
        failed += [await self._hung_up(name) for name in others]
        if all(failed):
            raise self._refused(str(failed[-1])) from failed[-1]

    async def _hung_up(self, name: str) -> AmiError | None:
        """Or why not: it may have ended with another."""
        try:
            await self._exchange.action("Hangup", self._channel(name), ("Cause", "16"))
        except AmiError as error:
            return error
        return None

    def _any_of(self, call: str, names: Sequence[str]) -> bool:
        return any(it.name in names for it in self._exchange.phones(call))

    async def pick_up(
        self, call: str, extension: str, device: Device | None = None, at: str | None = None
    ) -> None:
        """What rings in `call`, and `at` this extension if one is given. Who wants it at the same
        time as somebody else is told that it does not ring any more.
        """
        taker = self._valid(EXTENSION, extension, "extension")
        async with self._turn(call):
            names = self._exchange.ringing(call)
            if at is not None:
                names = [it for it in names if extension_of(endpoint_of(it)) == at]
            if not names:
                raise self._refused("nothing rings in this call any more")
            _, there = self._channel(names[0])
            variables = [f"{dialplan.PICKUP_VARIABLE}={there}"]
            # Asterisk names this channel itself, so that its beginning is not told from others'.
            headers = self._once_answered(dialplan.PICKUP_CONTEXT, variables, device, None)
            await self._ring(self._endpoints(taker, device), call, _REFUSAL_SECONDS, None, *headers)
            if device is None or device.mobile is None:  # these answer by themselves
                await self._exchange.until(lambda: not self._exchange.ringing(call), _TAKEN_SECONDS)
