"""The CRM's telephone: there from the first moment, connected when the PBX is."""

from collections.abc import Sequence

from crm.telephony.ports import Device, Placing, Telephony, TelephonyError
from pbx_bridge.calls.events import Loss
from pbx_bridge.lost_talks import LostTalk
from pbx_bridge.supervisions import Supervision


class Telephone:
    """Implements `crm.telephony.ports.Telephony` by the one that is given to `connect`."""

    def __init__(self) -> None:
        self._real: Telephony | None = None

    def connect(self, real: Telephony) -> None:
        self._real = real

    def new_call_key(self) -> str:
        return self._connected().new_call_key()

    async def place(self, placing: Placing) -> None:
        await self._connected().place(placing)

    async def hang_up(self, call: str) -> None:
        await self._connected().hang_up(call)

    async def blind_transfer(
        self, call: str, extension: str, to: str, line: str | None = None
    ) -> None:
        await self._connected().blind_transfer(call, extension, to, line)

    async def consult(self, call: str, extension: str, to: str, line: str | None = None) -> None:
        await self._connected().consult(call, extension, to, line)

    async def complete_consult(self, call: str, extension: str) -> None:
        await self._connected().complete_consult(call, extension)

    async def cancel_consult(self, call: str, extension: str) -> None:
        await self._connected().cancel_consult(call, extension)

    async def swap_consult(self, call: str, extension: str) -> None:
        await self._connected().swap_consult(call, extension)

    def is_back_meanwhile(self, call: str, extension: str) -> bool:
        return self._real is not None and self._real.is_back_meanwhile(call, extension)

    async def join_consult(self, call: str, extension: str) -> None:
        await self._connected().join_consult(call, extension)

    async def hold(self, call: str, extension: str) -> None:
        await self._connected().hold(call, extension)

    async def resume(self, call: str, extension: str) -> None:
        await self._connected().resume(call, extension)

    async def invite(
        self, call: str, extension: str, to: str, line: str | None = None, shown: str | None = None
    ) -> None:
        await self._connected().invite(call, extension, to, line, shown)

    async def drop(self, call: str, who: str) -> None:
        await self._connected().drop(call, who)

    async def mute(self, call: str, who: str, *, muted: bool) -> None:
        await self._connected().mute(call, who, muted=muted)

    async def start_recording(self, call: str) -> None:
        await self._connected().start_recording(call)

    async def stop_recording(self, call: str) -> None:
        await self._connected().stop_recording(call)

    async def pause_recording(self, call: str) -> None:
        await self._connected().pause_recording(call)

    async def resume_recording(self, call: str) -> None:
        await self._connected().resume_recording(call)

    async def pick_up(
        self, call: str, extension: str, device: Device | None = None, at: str | None = None
    ) -> None:
        await self._connected().pick_up(call, extension, device, at)

    async def supervise(
        self, call: str, extension: str, supervisor: str, mode: str, device: Device | None = None
    ) -> None:
        await self._connected().supervise(call, extension, supervisor, mode, device)

    async def take_over(
        self, call: str, extension: str, taker: str, device: Device | None = None
    ) -> None:
        await self._connected().take_over(call, extension, taker, device)

    async def stop_supervising(self, supervisor: str) -> None:
        await self._connected().stop_supervising(supervisor)

    def supervisions(self) -> Sequence[Supervision]:
        """Without a PBX nobody listens to anybody."""
        return self._real.supervisions() if self._real is not None else ()

    async def lose_browser(self, extension: str, port: int, loss: Loss) -> Sequence[LostTalk]:
        return await self._connected().lose_browser(extension, port, loss)

    async def give_back(self, talks: Sequence[LostTalk], port: int) -> None:
        await self._connected().give_back(talks, port)

    async def reload(self) -> None:
        """Without a PBX there is nothing to reload: it reads everything when it starts."""
        if self._real is not None:
            await self._real.reload()

    def _connected(self) -> Telephony:
        if self._real is None:
            raise TelephonyError("The telephone exchange is not connected")
        return self._real
