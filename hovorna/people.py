"""Simulated people of the demo: `SimulatedPeople`, made and stopped by `hovorna serve --demo`."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hovorna.sample import ADMINS_MOBILE
from hovorna.simulated.caller import Outside
from hovorna.simulated.contacts import ContactWatch
from hovorna.simulated.desk import Desk
from hovorna.simulated.guests import Guests
from hovorna.simulated.household import Household, Member, SipAccount
from hovorna.simulated.speech import prepare_speech
from pbx_bridge.sip.process import PhoneError, PhoneProcess
from pbx_bridge.watching.watch import Watch

# pjsua2 as published carries four calls in a process: a phone has one, and one more to consult.
_DESKS_TOGETHER = 4


class PeopleError(Exception):
    """A simulated client cannot call now. The message is for the user."""


class SimulatedPeople:
    """`speech`: folder for the spoken dialogues, made at the first start.

    Without a `watch` a real phone is noticed only when the simulated one renews its registration.
    """

    def __init__(
        self,
        speech: Path,
        *,
        watch: Watch | None = None,
        rng: random.Random | None = None,
        make_process: Callable[[], PhoneProcess] = PhoneProcess,
        patience: tuple[float, float] = (3.0, 9.0),
    ) -> None:
        """`patience`: seconds that an employee's phone rings, from and to."""
        self._folder = speech
        self._watch = watch
        self._rng = rng or random.Random()
        self._make_process = make_process
        self._patience = patience
        self._guests = Guests(mobiles=frozenset({ADMINS_MOBILE}))
        self._desks: dict[str, Desk] = {}
        self._lines: dict[str, Outside] = {}
        self._households: list[Household] = []
        self._contacts: ContactWatch | None = None

    async def start(self, info: Mapping[str, Any]) -> None:
        """`info` as `hovorna demo info --json` prints it. Returns when the phones are on."""
        speech = await prepare_speech(self._folder)
        host, port = str(info["sip"]["host"]), int(info["sip"]["port"])

        def account(entry: Mapping[str, Any]) -> SipAccount:
            return SipAccount(entry["user"], entry["password"], host, port)

        for entry in info["phones"]:
            self._desks[entry["extension"]] = Desk(
                account(entry),
                speech,
                self._rng,
                self.at_their_desks,
                patience=self._patience,
                guests=self._guests,
            )
        for entry in info["lines"]:
            self._lines[entry["name"]] = Outside(
                account(entry), entry["number"], speech, self._rng, guests=self._guests
            )
        together: list[Sequence[Member]] = [*spread(list(self._desks.values()))]
        together += [[outside] for outside in self._lines.values()]
        self._households = [Household(members, self._make_process) for members in together]
        for member in self._members():
            member.watched = self._watch is not None
        await asyncio.gather(*(household.start() for household in self._households))
        if self._watch is not None:
            self._contacts = ContactWatch(
                self._watch, self._contacts_are, self._those_registered_are
            )
            await self._contacts.start()

    def at_their_desks(self) -> list[str]:
        """Extensions whose phone is simulated now."""
        return [extension for extension, desk in self._desks.items() if not desk.aside]

    async def call_in(
        self, number: str | None, line: str, *, patient: bool = False, spared: bool = False
    ) -> str:
        """A client with that number (E.164; None: withheld) calls the line. Returns the call's id,
        unique among the simulated calls. Raises PeopleError.

        `patient`: talks until the other side hangs up; `spared`: simulated colleagues leave the
        call for a while to whoever sits at a real phone.
        """
        outside = self._lines.get(line)
        if outside is None:
            raise PeopleError(f"there is no line {line!r}; there are {', '.join(self._lines)}")
        self._mark(number, patient=patient, spared=spared)
        try:
            return f"{line}:{await outside.call_in(number)}"
        except PhoneError as error:
            raise PeopleError(f"no simulated client can call on {line} now: {error}") from error

    async def ring_colleague(self, among: Sequence[str]) -> tuple[str, str]:
        """One of `among` (extensions) calls another of them, who lets it ring for a while.

        Returns who calls whom. Raises PeopleError when fewer than two of them are simulated now.
        """
        there = [extension for extension in self.at_their_desks() if extension in among]
        if len(there) < 2:
            raise PeopleError("there are no two simulated colleagues at their desks now")
        caller, callee = self._rng.sample(there, 2)
        self._mark(caller, patient=False, spared=True)
        try:
            await self._desks[caller].call(callee)
        except PhoneError as error:
            raise PeopleError(f"no simulated colleague can call now: {error}") from error
        return caller, callee

    def _mark(self, number: str | None, *, patient: bool, spared: bool) -> None:
        """What holds for the next call of this number."""
        for wanted, numbers in (
            (patient, self._guests.patient),
            (spared, self._guests.spared),
        ):
            if wanted and number is not None:
                numbers.add(number)
            elif number is not None:
                numbers.discard(number)

    async def stop(self) -> None:
        """Everybody hangs up and goes home, within about 5 s."""
        if self._contacts is not None:
            await self._contacts.stop()
        await asyncio.gather(*(household.stop() for household in self._households))
        self._households = []

    def _members(self) -> list[Member]:
        return [*self._desks.values(), *self._lines.values()]

    async def _contacts_are(self, endpoint: str, contacts: frozenset[str]) -> None:
        for member in self._members():
            if member.name == endpoint:
                # A process that has ended asks again when it starts.
                with contextlib.suppress(PhoneError):
                    await member.contacts_are(contacts)

    async def _those_registered_are(self, endpoints: frozenset[str]) -> None:
        """The PBX is there, perhaps after a crash in which it forgot some of us."""
        for member in self._members():
            if member.name not in endpoints:
                with contextlib.suppress(PhoneError):
                    await member.register()


def spread(desks: list[Desk]) -> list[list[Desk]]:
    """Into as few processes as carry them, neighbours apart: those of a group ring together."""
    count = -(-len(desks) // _DESKS_TOGETHER)
    return [desks[index::count] for index in range(count)]
