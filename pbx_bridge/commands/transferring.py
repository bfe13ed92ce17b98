"""Clients who are handed on: at once, or after a word with who shall have them."""

from collections.abc import Set
from typing import Final

from pbx_bridge.ami.options import Header
from pbx_bridge.asterisk import dialplan
from pbx_bridge.calls.callbook import Phone
from pbx_bridge.commands.asking import E164, EXTENSION, LINE, NUMBER
from pbx_bridge.commands.ringing import Device, Ringing

TURN_SECONDS: Final = 2.0
_UNCLEAR = "the PBX does not say what became of it"


class Transferring(Ringing):
    #: Dialled before the digits of an international number.
    international = "00"

    async def blind_transfer(
        self, call: str, extension: str, to: str, line: str | None = None
    ) -> None:
        """`line`: on which a number outside is called; None: the employee's own, and no other if
        there are several to be sent: they go together, on a channel of their own.
        """
        target = self._valid(NUMBER, to, "number")
        async with self._turn(call):
            phone = self._speaking(call, extension)
            if self._consulting(call, phone):
                raise self._refused(f"{extension} speaks with a colleague; that comes first")
            told = None
            if line is not None and len(self._others(call, phone)) > 1:
                raise self._refused("several are sent out only on the default line")
            if line is not None:
                told = (dialplan.LINE_VARIABLE, self._valid(LINE, line, "line"))
            await self._hand(call, phone, dialplan.TRANSFER_CONTEXT, target, told)

    async def take_over(
        self, call: str, extension: str, taker: str, device: Device | None = None
    ) -> None:
        """The client of `extension` goes to `taker`, whose device answers by itself; in a
        conference all devices of `taker` ring, for the talk has no one channel that is told.
        """
        target = self._valid(EXTENSION, taker, "extension")
        told = (dialplan.AT_VARIABLE, self._place(device))
        async with self._turn(call):
            phone = self._speaking(call, extension)
            if self._consulting(call, phone):
                raise self._refused(f"{extension} speaks with a colleague; that comes first")
            await self._hand(call, phone, dialplan.TAKING_CONTEXT, target, told)

    async def _hand(
        self, call: str, phone: Phone, context: str, target: str, told: tuple[str, str] | None
    ) -> None:
        """`told`: a variable of whom is handed on."""
        others = self._others(call, phone)
        if told is not None and len(others) == 1:
            await self._set(others[0].name, *told)
        place: tuple[Header, Header] = ("Context", context), ("Exten", target)
        await self._act("BlindTransfer", self._channel(phone.name), *place)

    def _others(self, call: str, phone: Phone) -> list[Phone]:
        return [it for it in self._phones(call) if it.name != phone.name and not it.rings]

    async def consult(self, call: str, extension: str, to: str, line: str | None = None) -> None:
        """The client waits with music while `extension` calls `to`. Returns when that rings."""
        target = self._dialled(self._valid(NUMBER, to, "number"))
        async with self._turn(call):
            phone = self._speaking(call, extension)
            if self._consulting(call, phone):
                raise self._refused(f"{extension} speaks with a colleague already")
            if line is not None:
                # Two underscores: for the channel that is made to reach the target, too.
                value = self._valid(LINE, line, "line")
                await self._set(phone.name, f"__{dialplan.LINE_VARIABLE}", value)
            await self._release(call, phone)
            known = {it.name for it in self._phones(call)}
            context: Header = ("Context", dialplan.TRANSFER_CONTEXT)
            try:
                exten = ("Exten", f"{target}#")
                await self._act("Atxfer", self._channel(phone.name), context, exten)
                await self._happens(
                    lambda: any(it.name not in known for it in self._exchange.phones(call)),
                    f"{to} cannot be reached",
                )
                await self._turned_away(call, phone.name, known)
            finally:
                if line is not None:  # whom the phone itself consults next, goes by its own line
                    await self._set(phone.name, dialplan.LINE_VARIABLE, "")

    async def complete_consult(self, call: str, extension: str) -> None:
        """`extension` is out; whom it asked has the client, or will when the phone is answered."""
        async with self._turn(call):
            phone = self._asking(call, extension)
            await self._act("Hangup", self._channel(phone.name), ("Cause", "16"))

    async def cancel_consult(self, call: str, extension: str) -> None:
        """The colleague is hung up, the employee has the client again."""
        async with self._turn(call):
            phone = self._asking(call, extension)
            await self._act("CancelAtxfer", self._channel(phone.name))
            await self._happens(lambda: not self._asks(call, phone.name), _UNCLEAR)

    async def swap_consult(self, call: str, extension: str) -> None:
        """To the client while the colleague waits, and back again."""
        async with self._turn(call):
            phone = self._speaking(call, extension)
            if not phone.consults:
                raise self._refused(f"{extension} consults nobody")
            with_client = phone.with_client
            await self._press(phone.name, dialplan.CONSULT_SWAP)
            await self._happens(
                lambda: any(
                    it.name == phone.name and it.talks and it.with_client != with_client
                    for it in self._exchange.phones(call)
                ),
                _UNCLEAR,
            )

    def is_back_meanwhile(self, call: str, extension: str) -> bool:
        """Whether who consults has swapped to the client."""
        mine = [it for it in self._exchange.phones(call) if it.extension == extension]
        return any(it.consults and it.with_client for it in mine)

    async def join_consult(self, call: str, extension: str) -> None:
        """The client, the employee and the colleague speak together."""
        async with self._turn(call):
            phone = self._speaking(call, extension)
            if not phone.consults:
                raise self._refused(f"{extension} consults nobody")
            await self._press(phone.name, dialplan.CONSULT_TOGETHER)
            await self._happens(lambda: not self._asks(call, phone.name), _UNCLEAR)

    async def _turned_away(self, call: str, name: str, known: Set[str]) -> None:
        """Wait until the phone has left the client for whom it asks, or that one is gone again: who
        wants to consult next finds it so, and presses nothing into the talk of these two.
        """

        def so() -> bool:
            phones = self._exchange.phones(call)
            mine = [it for it in phones if it.name == name]
            return not any(it.talks and not it.consults for it in mine) or all(
                it.name in known for it in phones
            )

        await self._exchange.until(so, TURN_SECONDS)

    async def _release(self, call: str, phone: Phone) -> None:
        """Nobody is handed on while the PBX holds them: they would not be heard afterwards."""
        if any(it.on_hold for it in self._phones(call)):
            await self._press(phone.name, dialplan.RESUME_KEY)
            await self._happens(
                lambda: not any(it.on_hold for it in self._exchange.phones(call)), _UNCLEAR
            )

    def _asking(self, call: str, extension: str) -> Phone:
        phone = self._speaking(call, extension)
        if not self._consulting(call, phone):
            raise self._refused(f"{extension} consults nobody")
        return phone

    def _asks(self, call: str, name: str) -> bool:
        phones = self._exchange.phones(call)
        return any(it.name == name and (it.consults or not it.with_client) for it in phones)

    def _dialled(self, number: str) -> str:
        """As it is pressed on a phone: there is no key for a plus."""
        if E164.fullmatch(number):
            return self.international + number.removeprefix("+")
        return number
