"""The client waits with music, whatever phone the employee has."""

from pbx_bridge.asterisk import dialplan
from pbx_bridge.commands.asking import Asking


class Holding(Asking):
    async def hold(self, call: str, extension: str) -> None:
        async with self._turn(call):
            phone = self._speaking(call, extension)
            if self._consulting(call, phone):
                raise self._refused(f"{extension} does not speak with the client now")
            if any(it.on_hold for it in self._phones(call)):
                return
            await self._press(phone.name, dialplan.HOLD_KEY)
            await self._happens(
                lambda: any(it.on_hold for it in self._exchange.phones(call)),
                "this phone's calls cannot be held from here",
            )

    async def resume(self, call: str, extension: str) -> None:
        async with self._turn(call):
            phone = self._speaking(call, extension)
            if not any(it.on_hold for it in self._phones(call)):
                raise self._refused("this call is held by the phone itself, or not at all")
            await self._press(phone.name, dialplan.RESUME_KEY)
            await self._happens(
                lambda: not any(it.on_hold for it in self._exchange.phones(call)),
                "this call cannot be taken off hold from here",
            )

    async def free(self, channel: str) -> None:
        """Whom the PBX holds for somebody who is gone is heard again."""
        await self._silence(channel, muted=False)
