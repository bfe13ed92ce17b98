"""An employee at a simulated desk phone: answers after some rings, talks, sometimes hands on."""

import random
from collections.abc import Callable

from hovorna.simulated.guests import Guests
from hovorna.simulated.household import Member, Phones, SipAccount
from hovorna.simulated.speech import Speech
from pbx_bridge.sip.events import PhoneEvent

_ANSWER = (3.0, 9.0)  # seconds of ringing
_LINGER = 6.0  # seconds until the employee hangs up, if the client did not
_CALL_WAITING = 1.5  # seconds between looks at a second call
_MID_TALK = (5.0, 12.0)
_SPARED = 14.0  # seconds that a call meant for somebody else rings longer
_ANNOUNCING = 14.0  # seconds for the colleague to answer and hear who it is


class Desk(Member):
    def __init__(
        self,
        account: SipAccount,
        speech: Speech,
        rng: random.Random,
        colleagues: Callable[[], list[str]],
        *,
        patience: tuple[float, float] = _ANSWER,
        hold_share: float = 0.15,
        transfer_share: float = 0.12,
        announced_share: float = 0.5,
        guests: Guests | None = None,
    ) -> None:
        """`colleagues`: whom a call may be handed to now. The shares are of answered calls, but
        `announced_share` of those handed on: the colleague is asked before.
        """
        super().__init__(account)
        self._speech = speech
        self._rng = rng
        self._colleagues = colleagues
        self._patience = patience
        self._hold_share = hold_share
        self._transfer_share = transfer_share
        self._announced_share = announced_share
        self._guests = guests or Guests()
        self._ringing: set[str] = set()
        self._talking: set[str] = set()
        self._clients: dict[str, str | None] = {}  # call -> the other's number

    async def moved_in(self, phones: Phones) -> None:
        self._ringing.clear()
        self._talking.clear()
        await super().moved_in(phones)

    async def register(self) -> None:
        await super().register()
        if not self.aside:
            await self.tell("behave", account=self.name, behaviour={"capacity": 2})

    async def handle(self, call: str, event: PhoneEvent) -> None:
        if event.name == "incoming":
            self._rings(call, event)
        elif event.name == "confirmed":
            await self._talks(call)
        elif event.name == "played" and self._guests.stays(self._clients.get(call)):
            await self._speak(call)
        elif event.name == "played":
            self.later(_LINGER, lambda: self.tell("hangup", call=call))
        elif event.name == "disconnected":
            self._ringing.discard(call)
            self._talking.discard(call)
            self._clients.pop(call, None)

    def _rings(self, call: str, event: PhoneEvent) -> None:
        self._clients[call] = event.get("number")
        if event.get("auto_answer"):
            return
        self._ringing.add(call)
        patience = self._rng.uniform(*self._patience)
        if self._guests.is_spared(self._clients[call]):
            patience += _SPARED
        self.later(patience, lambda: self._answer(call))

    async def _answer(self, call: str) -> None:
        if call not in self._ringing or self.aside:
            return
        if self._talking:
            self.later(_CALL_WAITING, lambda: self._answer(call))
        else:
            await self.tell("answer", call=call)

    async def _talks(self, call: str) -> None:
        self._ringing.discard(call)
        self._talking.add(call)
        await self._speak(call)
        if self._guests.stays(self._clients.get(call)):
            return  # somebody wants to watch this talk
        draw = self._rng.random()
        when = self._rng.uniform(*_MID_TALK)
        if draw < self._hold_share:
            self.later(when, lambda: self.tell("hold", call=call))
            self.later(when + self._rng.uniform(3, 6), lambda: self.tell("resume", call=call))
        elif draw < self._hold_share + self._transfer_share:
            self.later(when, lambda: self._hand_on(call))

    async def _speak(self, call: str) -> None:
        tracks = self._speech.between(self._clients.get(call))
        await self.tell("play", call=call, file=str(tracks.employee))

    async def _hand_on(self, call: str) -> None:
        others = [extension for extension in self._colleagues() if extension != self.name]
        # Only an outside call is handed on, or colleagues would pass each other around.
        number = self._clients.get(call) or ""
        if not others or len(number) <= len(self.name) + 1:
            return
        colleague = self._rng.choice(others)
        if self._rng.random() < self._announced_share:
            await self.tell("digits", call=call, digits=f"*{colleague}#")
            self.later(_ANNOUNCING, lambda: self.tell("hangup", call=call))
        else:
            await self.tell("transfer", call=call, to=colleague)

    async def call(self, colleague: str) -> None:
        """Ring a colleague. Raises PhoneError."""
        done = await self.tell("dial", account=self.name, to=colleague)
        assert done.call is not None
        self._clients[done.call] = colleague

    async def step_aside(self) -> None:
        """What rings is the real phone's. A talk that goes on is finished."""
        await super().step_aside()
        ringing, self._ringing = self._ringing, set()
        for call in ringing:
            await self.tell("reject", call=call, code=480)
