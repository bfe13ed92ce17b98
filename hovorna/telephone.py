"""The CRM's telephone: there from the first moment, connected when the PBX is."""

from crm.telephony.ports import Device, Placing, Telephony, TelephonyError


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

    async def blind_transfer(self, call: str, extension: str, to: str) -> None:
        await self._connected().blind_transfer(call, extension, to)

    async def pick_up(self, call: str, extension: str, device: Device | None = None) -> None:
        await self._connected().pick_up(call, extension, device)

    async def reload(self) -> None:
        """Without a PBX there is nothing to reload: it reads everything when it starts."""
        if self._real is not None:
            await self._real.reload()

    def _connected(self) -> Telephony:
        if self._real is None:
            raise TelephonyError("The telephone exchange is not connected")
        return self._real
