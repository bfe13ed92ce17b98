"""The CRM's telephone: commands go to the bridge, changes of extensions and lines to the PBX."""

import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from crm.telephony.ports import Placing, TelephonyError


class Commands(Protocol):
    """What the bridge can do with calls. Raises an error whose text is for the user."""

    async def place(self, key: str, extension: str, to: str, line: str | None) -> None: ...

    async def hang_up(self, call: str) -> None: ...

    async def blind_transfer(self, call: str, extension: str, to: str) -> None: ...

    async def pick_up(self, call: str, extension: str) -> None: ...


class Telephone:
    """Implements `crm.telephony.ports.Telephony`. Until it is connected, it says so."""

    def __init__(self, pbx_id: str) -> None:
        self._pbx_id = pbx_id
        self._commands: Commands | None = None
        self._apply: Callable[[], Awaitable[object]] | None = None
        self._counter = 0

    def connect(
        self, commands: Commands | None, apply: Callable[[], Awaitable[object]] | None
    ) -> None:
        """`apply` renders the PBX's configuration anew; None for a PBX that is not ours."""
        self._commands = commands
        self._apply = apply

    def new_call_key(self) -> str:
        """Looks like a Uniqueid of Asterisk, with a part that none of its own ids has."""
        self._counter += 1
        return f"{self._pbx_id}-{int(time.time())}.{secrets.token_hex(4)}{self._counter}"

    async def place(self, placing: Placing) -> None:
        await self._connected().place(placing.key, placing.extension, placing.to, placing.line)

    async def hang_up(self, call: str) -> None:
        await self._connected().hang_up(call)

    async def blind_transfer(self, call: str, extension: str, to: str) -> None:
        await self._connected().blind_transfer(call, extension, to)

    async def pick_up(self, call: str, extension: str) -> None:
        await self._connected().pick_up(call, extension)

    async def reload(self) -> None:
        if self._apply is not None:
            await self._apply()

    def _connected(self) -> Commands:
        if self._commands is None:
            raise TelephonyError("The telephone exchange is not connected")
        return self._commands
