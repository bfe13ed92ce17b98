"""What the CRM asks of the telephone, as manager actions."""

import secrets
from collections.abc import Awaitable, Callable

from pbx_bridge.calls.keys import call_key, placed_root
from pbx_bridge.commands.asking import Exchange
from pbx_bridge.commands.conferencing import Conferencing
from pbx_bridge.commands.holding import Holding
from pbx_bridge.commands.placing import Placing, PlacingCalls
from pbx_bridge.commands.recording import RecordingControl
from pbx_bridge.commands.supervising import Supervising
from pbx_bridge.commands.taking_back import TakingBack
from pbx_bridge.commands.transferring import Transferring

__all__ = ["Commands", "Exchange", "Placing"]


class Commands(
    PlacingCalls, Transferring, Holding, Conferencing, RecordingControl, Supervising, TakingBack
):
    """Implements `crm.telephony.ports.Telephony`.

    Every method raises what `refused` makes of a sentence for the user. `reload` is the PBX's own;
    `international`: what is dialled before the digits of an international number.
    """

    def __init__(
        self,
        exchange: Exchange,
        *,
        refused: Callable[[str], Exception],
        reload: Callable[[], Awaitable[None]],
        international: str = "00",
    ) -> None:
        super().__init__(exchange, refused)
        self._reload = reload
        self.international = international

    def new_call_key(self) -> str:
        return call_key(self._exchange.pbx_id, placed_root(secrets.token_hex(8)))

    async def reload(self) -> None:
        await self._reload()
