"""A browser that is gone in the middle of a talk: who spoke with it waits, and is given back
to it when it is there again. Of more than two, the others go on talking, and it is called in again.
"""

import re
import secrets
from collections.abc import Sequence
from typing import Final

import structlog

from pbx_bridge.ami.errors import ActionRefused, AmiError
from pbx_bridge.asterisk import dialplan
from pbx_bridge.calls.callbook import Phone
from pbx_bridge.calls.events import Loss
from pbx_bridge.calls.keys import joining_root
from pbx_bridge.calls.waits import CONTEXTS
from pbx_bridge.commands.asking import E164, EXTENSION
from pbx_bridge.commands.ringing import Ringing, ringing
from pbx_bridge.directory import web_endpoint
from pbx_bridge.lost_talks import Conference, LostTalk, Waiting

log = structlog.get_logger(__name__)

_ADDRESS: Final = re.compile(r"127\.0\.0\.1:(?P<port>[0-9]{1,5})(?![0-9])")
_ACCEPT_SECONDS: Final = 5.0


class TakingBack(Ringing):
    async def lose_browser(
        self, extension: str, port: int, loss: Loss = Loss.UNKNOWN
    ) -> list[LostTalk]:
        """The connection to the PBX from `port` has ended. What `give_back` is told."""
        web = web_endpoint(self._valid(EXTENSION, extension, "extension"))
        lost: list[LostTalk] = []
        for call in self._exchange.active():
            try:
                lost += await self._lose(call, extension, web, port, loss)
            except Exception:  # the others' calls are not lost with this one
                log.warning("browser_not_missed", call=call, exc_info=True)
        return lost

    async def give_back(self, talks: Sequence[LostTalk], port: int) -> None:
        """The browser is registered again, from another `port`. Who has gone meanwhile is gone."""
        for talk in talks:
            try:
                match talk:
                    case Waiting(channel):
                        value = ("Variable", dialplan.BACK_VARIABLE), ("Value", str(int(port)))
                        await self._try("Setvar", self._channel(channel), *value)
                    case Conference(call, extension):
                        await self._return(call, extension, int(port))
            except Exception:  # as above
                log.warning("talk_not_given_back", talk=talk, exc_info=True)

    async def _lose(
        self, call: str, extension: str, web: str, port: int, loss: Loss
    ) -> list[LostTalk]:
        lost: list[LostTalk] = []
        for phone in self._exchange.phones(call):
            its = phone.name.startswith(f"PJSIP/{web}-") and not phone.rings
            if its and await self._port_of(phone) == port:
                lost += await self._let_wait(call, phone, extension, loss)
        return lost

    async def _return(self, call: str, extension: str, port: int) -> None:
        """Nothing if the talk is over, or another phone of the employee's is in it."""
        async with self._turn(call):
            others = [it for it in self._exchange.phones(call) if it.talks]
            if not others or any(it.extension == extension for it in others):
                return
            root = joining_root(secrets.token_hex(6), others[0].root)
            variables = [f"{dialplan.JOIN_VARIABLE}={self._channel(others[0].name)[1]}"]
            numbers = (it.number for it in others if E164.fullmatch(it.number or ""))
            shown = next(numbers, others[0].extension or extension)
            headers = (
                *ringing(dialplan.JOIN_CONTEXT, [*variables, *dialplan.AUTO_ANSWER]),
                self._channel_id(root),
                ("CallerID", f'"{shown}" <{shown}>'),
            )
            browser = self._browser_at(extension, port)
            await self._ring((browser,), call, _ACCEPT_SECONDS, root, *headers)

    async def _let_wait(
        self, call: str, phone: Phone, extension: str, loss: Loss
    ) -> list[LostTalk]:
        async with self._turn(call):
            present = self._exchange.phones(call)  # nobody, once the call has ended
            others = [it for it in present if it.name != phone.name and not it.rings]
            if phone.talks and len(others) == 1 and not self._consulting(call, phone):
                place = ("Context", CONTEXTS[loss]), ("Exten", extension)
                if await self._try("BlindTransfer", self._channel(phone.name), *place):
                    return [Waiting(others[0].name)]
            # Those in a conference go on without it; nobody has answered yet; it asked a colleague.
            returns = phone.talks and len(others) > 1 and not self._consulting(call, phone)
            await self._try("Hangup", self._channel(phone.name), ("Cause", "16"))
            return [Conference(call, extension)] if returns else []

    async def _port_of(self, phone: Phone) -> int | None:
        """Of the way to the PBX on which the phone was called, or called itself."""
        for what in ("target_uri", "remote_addr"):
            found = _ADDRESS.search(await self._value(phone.name, f"CHANNEL(pjsip,{what})"))
            if found:
                return int(found["port"])
        return None

    async def _try(self, name: str, *headers: tuple[str, str]) -> bool:
        try:
            await self._exchange.action(name, *headers)
        except ActionRefused:
            return False  # who is meant has gone
        except AmiError as error:
            log.warning("browser_action_failed", action=name, error=str(error))
            return False
        return True
