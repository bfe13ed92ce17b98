"""More than two in a talk: called in, muted, sent out, left to the others."""

import secrets
from typing import Final

from pbx_bridge.asterisk import dialplan
from pbx_bridge.calls.callbook import Phone
from pbx_bridge.calls.keys import joining_root
from pbx_bridge.commands.asking import E164, EXTENSION, LINE, UNIQUEID, Asking, ringing

_ACCEPT_SECONDS: Final = 5.0
_FEWEST: Final = 3


class Conferencing(Asking):
    async def invite(
        self, call: str, extension: str, to: str, line: str | None = None, shown: str | None = None
    ) -> None:
        """Call `to` into the talk of `extension`: a colleague, or E.164 on `line` with the caller
        ID `shown`. Returns when that phone is being called.
        """
        async with self._turn(call):
            phone = self._speaking(call, extension)
            if self._consulting(call, phone):
                raise self._refused(f"{extension} speaks with a colleague; that comes first")
            if any(to in (it.extension, it.number) for it in self._phones(call)):
                raise self._refused(f"{to} is in this call already")
            if line is None:
                endpoints = self._endpoints(self._valid(EXTENSION, to, "extension"), None)
                number, caller = None, extension
            else:
                number = self._valid(E164, to, "number")
                endpoints = (f"{number}@{self._valid(LINE, line, 'line')}",)
                caller = self._valid(E164, shown or "", "number")
            root = joining_root(secrets.token_hex(6), phone.root, number)
            variables = [f"{dialplan.JOIN_VARIABLE}={self._channel(phone.name)[1]}"]
            headers = (
                *ringing(dialplan.JOIN_CONTEXT, variables),
                ("ChannelId", self._valid(UNIQUEID, root, "channel's id")),
                ("CallerID", f'"{caller}" <{caller}>'),
            )
            if not await self._ring(endpoints, call, _ACCEPT_SECONDS, root, *headers):
                raise self._refused(f"the PBX does not say whether {to} rings")

    async def drop(self, call: str, who: str) -> None:
        """`who`: an extension, or an outside number."""
        async with self._turn(call):
            phone = self._member(call, who)
            if not phone.rings and len(self._talking(call)) < _FEWEST:
                raise self._refused("only two are in this call: hang up instead")
            await self._act("Hangup", self._channel(phone.name), ("Cause", "16"))

    async def mute(self, call: str, who: str, *, muted: bool) -> None:
        """Whether the others hear `who`."""
        async with self._turn(call):
            phone = self._member(call, who)
            await self._silence(phone.name, muted=muted)
            await self._set(phone.name, dialplan.MUTED_VARIABLE, "1" if muted else "")

    async def muted(self, call: str) -> list[str]:
        """Extensions and numbers whom the others do not hear, as the PBX has kept it."""
        phones = [it for it in self._exchange.phones(call) if not it.rings]
        return [
            it.extension or it.number or ""
            for it in phones
            if await self._value(it.name, dialplan.MUTED_VARIABLE) == "1"
        ]

    def _member(self, call: str, who: str) -> Phone:
        for phone in self._phones(call):
            if who in (phone.extension, phone.number):
                return phone
        outside = [it for it in self._phones(call) if it.extension is None]
        # The network may have written the client's number otherwise than the card does.
        if len(outside) == 1 and E164.fullmatch(who):
            return outside[0]
        raise self._refused(f"{who} is not in this call")

    def _talking(self, call: str) -> list[Phone]:
        return [it for it in self._phones(call) if it.talks]
