"""A supervisor listens to an employee's talk, whispers to the employee, or comes into the talk."""

import secrets
from typing import Final

from pbx_bridge.asterisk import dialplan
from pbx_bridge.calls.keys import spying_root
from pbx_bridge.commands.asking import EXTENSION
from pbx_bridge.commands.ringing import Device, Ringing
from pbx_bridge.directory import endpoint_of, is_mobile
from pbx_bridge.supervisions import Supervision

LISTEN, WHISPER, BARGE = "listen", "whisper", "barge"
_ACCEPT_SECONDS: Final = 5.0
_UNCLEAR: Final = "the PBX does not say whether that was done"


class Supervising(Ringing):
    async def supervise(
        self, call: str, extension: str, supervisor: str, mode: str, device: Device | None = None
    ) -> None:
        """`supervisor`'s phone is called and answers by itself, or, where it listens to this
        already, changes the mode: listen, whisper, barge. Returns when it is called or has changed.
        """
        async with self._turn(call):
            listener = self._valid(EXTENSION, supervisor, "extension")
            target = self._speaking(call, extension)
            known = self._listening(listener)
            if known is not None and (known.call, known.extension) != (call, extension):
                await self._release_spy(known)
                known = None
            if known is not None:
                await self._change(known, target.name, mode)
                return
            root = spying_root(secrets.token_hex(6), extension, target.root)
            context, variables = self._way(target.name, mode)
            headers = (
                *self._once_answered(context, variables, device, extension),
                self._channel_id(root),
            )
            endpoints = self._endpoints(listener, device)
            if not await self._ring(endpoints, call, _ACCEPT_SECONDS, root, *headers):
                raise self._refused(f"the PBX does not say whether {listener} rings")

    async def stop_supervising(self, supervisor: str) -> None:
        """Nothing if that phone listens to nobody."""
        known = self._listening(supervisor)
        if known is not None:
            await self._release_spy(known)

    def supervisions(self) -> tuple[Supervision, ...]:
        """Who listens to whom now."""
        return tuple(self._exchange.supervisions())

    async def mode_of(self, known: Supervision) -> str:
        """Listen, whisper or barge, as the PBX has kept it."""
        if self._is_in(known):
            return BARGE
        whispers = await self._value(known.name, dialplan.WHISPER_VARIABLE) == "1"
        return WHISPER if whispers else LISTEN

    def _listening(self, supervisor: str) -> Supervision | None:
        found = (it for it in self._exchange.supervisions() if it.supervisor == supervisor)
        return next(found, None)

    def _way(self, channel: str, mode: str) -> tuple[str, list[str]]:
        _, name = self._channel(channel)
        if mode == BARGE:
            return dialplan.JOIN_CONTEXT, [f"{dialplan.JOIN_VARIABLE}={name}"]
        whisper = "1" if mode == WHISPER else ""
        return dialplan.SUPERVISE_CONTEXT, [
            f"{dialplan.SUPERVISED_VARIABLE}={name}",
            f"{dialplan.WHISPER_VARIABLE}={whisper}",
        ]

    async def _change(self, known: Supervision, channel: str, mode: str) -> None:
        if not known.up:
            raise self._not_there(known)
        inside = self._is_in(known)
        if mode != BARGE and not inside:
            key = dialplan.WHISPER_KEY if mode == WHISPER else dialplan.LISTEN_KEY
            await self._press(known.name, key)
            kept = "1" if mode == WHISPER else ""
            await self._set(known.name, dialplan.WHISPER_VARIABLE, kept)
            return
        context, variables = self._way(channel, mode)
        for variable in variables:
            name, _, value = variable.partition("=")
            await self._set(known.name, name, value)
        where = (("Context", context), ("Exten", "s"), ("Priority", "1"))
        await self._act("Redirect", self._channel(known.name), *where)
        await self._happens(lambda: self._is_in(known) is (mode == BARGE), _UNCLEAR)

    def _not_there(self, known: Supervision) -> Exception:
        """A mailbox that answered for the supervisor's mobile does not come into the talk."""
        if is_mobile(endpoint_of(known.name)):
            key, who = dialplan.MOBILE_KEY, known.supervisor
            return self._refused(f"nobody has pressed {key} on the mobile of {who} yet")
        return self._refused(f"the phone {known.supervisor} has not answered yet")

    def _is_in(self, known: Supervision) -> bool:
        """Whether the supervisor takes part in the talk."""
        phones = self._exchange.phones(known.call)
        return any(it.uniqueid == known.uniqueid and it.talks for it in phones)

    async def _release_spy(self, known: Supervision) -> None:
        await self._act("Hangup", self._channel(known.name), ("Cause", "16"))
        await self._happens(lambda: self._listening(known.supervisor) is not known, _UNCLEAR)
