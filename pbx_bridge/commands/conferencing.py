"""More than two in a talk: called in, muted, sent out, left to the others."""

import secrets
from typing import Final

from pbx_bridge.ami.options import Header
from pbx_bridge.asterisk import dialplan
from pbx_bridge.calls.callbook import Phone
from pbx_bridge.calls.keys import joined_root, joining_root
from pbx_bridge.commands.asking import E164, EXTENSION, LINE
from pbx_bridge.commands.ringing import Ringing, ringing

_ACCEPT_SECONDS: Final = 5.0
_FEWEST: Final = 3
_ELSEWHERE: Final = ("Cause", "26")  # answered elsewhere: no telephone counts it as missed


class Conferencing(Ringing):
    async def invite(
        self, call: str, extension: str, to: str, line: str | None = None, shown: str | None = None
    ) -> None:
        """Call `to` into the talk of `extension`: a colleague at every device, of which the first
        that answers comes in, or E.164 on `line` with the caller ID `shown`. Returns when it rings.
        """
        async with self._turn(call):
            phone = self._speaking(call, extension)
            if self._consulting(call, phone):
                raise self._refused(f"{extension} speaks with a colleague; that comes first")
            if any(to in (it.extension, it.number) for it in self._phones(call)):
                raise self._refused(f"{to} is in this call already")
            if line is None:
                devices = await self._devices(self._valid(EXTENSION, to, "extension"))
                number, caller = None, extension
            else:
                number = self._valid(E164, to, "number")
                devices = (f"{number}@{self._valid(LINE, line, 'line')}",)
                caller = self._valid(E164, shown or "", "number")
            roots = {it: joining_root(secrets.token_hex(6), phone.root, number) for it in devices}
            headers = self._invitation(phone, caller)
            if not await self._ring_all(to, roots, call, _ACCEPT_SECONDS, *headers):
                raise self._refused(f"the PBX does not say whether {to} rings")

    def _invitation(self, phone: Phone, caller: str) -> tuple[Header, ...]:
        """Of Originate: into the talk of `phone`, whose user is shown as `caller`."""
        variables = [
            f"{dialplan.JOIN_VARIABLE}={self._channel(phone.name)[1]}",
            f"{dialplan.INVITATION_VARIABLE}={secrets.token_hex(6)}",
        ]
        shown = ("CallerID", f'"{caller}" <{caller}>')
        return (*ringing(dialplan.JOIN_CONTEXT, variables), shown)

    async def came_in(self, channel: str) -> None:
        """Who was called into a talk has answered on this channel: the others of the same
        extension that were called for it stop.
        """
        call = self._exchange.key_of(channel)
        phones = () if call is None else self._exchange.phones(call)
        who = next((it.extension for it in phones if it.name == channel), None)
        for phone in phones:
            if who is not None and phone.extension == who and _is_called_in(phone):
                await self._act("Hangup", self._channel(phone.name), _ELSEWHERE)

    async def drop(self, call: str, who: str) -> None:
        """`who`: an extension, or an outside number."""
        async with self._turn(call):
            phone = self._member(call, who)
            if not phone.rings and len(self._talking(call)) < _FEWEST:
                raise self._refused("only two are in this call: hang up instead")
            for one in self._wherever_it_rings(call, phone):
                await self._act("Hangup", self._channel(one.name), ("Cause", "16"))

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

    def _wherever_it_rings(self, call: str, phone: Phone) -> list[Phone]:
        """Every device of the user of `phone` that is being called; `phone` alone if it is up."""
        if not phone.rings or phone.extension is None:
            return [phone]
        return [it for it in self._phones(call) if it.rings and it.extension == phone.extension]

    def _talking(self, call: str) -> list[Phone]:
        return [it for it in self._phones(call) if it.talks]


def _is_called_in(phone: Phone) -> bool:
    """It rings because its user was called into a talk."""
    return phone.rings and joined_root(phone.uniqueid) is not None
