"""The outside world behind one line: clients who call in, and who answer what is dialled out; and
employees on their mobiles.
"""

import random

from hovorna.simulated.guests import Guests
from hovorna.simulated.household import Member, SipAccount
from hovorna.simulated.speech import Speech
from pbx_bridge.asterisk.dialplan import MOBILE_KEY
from pbx_bridge.sip.events import PhoneEvent

_ANSWER = (2.0, 5.0)  # seconds of ringing
_GOODBYE = 0.8  # seconds between the last word and hanging up
_ASKED = 3.0  # seconds after which an employee on the mobile presses the key that is asked for
_PATIENCE = 300.0  # seconds after which even a patient client has to go


class Outside(Member):
    def __init__(
        self,
        account: SipAccount,
        number: str,
        speech: Speech,
        rng: random.Random,
        patience: tuple[float, float] = _ANSWER,
        guests: Guests | None = None,
    ) -> None:
        """`number`: the line's own, E.164."""
        super().__init__(account)
        self._number = number
        self._speech = speech
        self._rng = rng
        self._patience = patience
        self._guests = guests or Guests()
        self._clients: dict[str, str | None] = {}  # call -> the client's number

    async def call_in(self, caller: str | None) -> str:
        """The call's name in this household. Raises PhoneError."""
        # A provider names the caller to the PBX even when it must not be shown.
        done = await self.tell(
            "dial",
            to=self._number,
            account=self.name,
            caller=caller,
            withheld=True if caller is None else None,
        )
        assert done.call is not None
        self._clients[done.call] = caller
        return done.call

    async def handle(self, call: str, event: PhoneEvent) -> None:
        if event.name == "incoming":
            self._clients[call] = event.get("dialled")
            patience = self._rng.uniform(*self._patience)
            self.later(patience, lambda: self.tell("answer", call=call))
        elif self._guests.is_mobile(self._clients.get(call)):
            await self._handle_mobile(call, event)
        elif event.name == "confirmed":
            if self._guests.stays(self._clients.get(call)):
                self.later(_PATIENCE, lambda: self.tell("hangup", call=call))
            await self._speak(call)
        elif event.name == "played" and self._guests.stays(self._clients.get(call)):
            await self._speak(call)
        elif event.name == "played":
            self.later(_GOODBYE, lambda: self.tell("hangup", call=call))
        elif event.name == "disconnected":
            self._clients.pop(call, None)

    async def _handle_mobile(self, call: str, event: PhoneEvent) -> None:
        if event.name == "confirmed":
            self.later(_ASKED, lambda: self._confirm(call))
        elif event.name == "disconnected":
            self._clients.pop(call, None)

    async def _confirm(self, call: str) -> None:
        await self.tell("digits", call=call, digits=MOBILE_KEY)
        tracks = self._speech.between(self._clients.get(call))
        await self.tell("play", call=call, file=str(tracks.employee))

    async def _speak(self, call: str) -> None:
        tracks = self._speech.between(self._clients.get(call))
        await self.tell("play", call=call, file=str(tracks.client))
