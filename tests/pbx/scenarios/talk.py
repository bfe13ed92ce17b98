"""A client who talks with 101: how it begins, how it ends, and what is known of it then."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pbx_bridge.sip.process import Phone, PhoneCall
from tests.pbx.scenarios.expect import ExpectedCall, ExpectedParty, inbound, party
from tests.pbx.scenarios.stage import CLIENT, Stage


@dataclass(frozen=True, slots=True)
class Talk:
    """`eva`: the phone 101, and `desk` the call on it."""

    client: PhoneCall
    eva: Phone
    desk: PhoneCall

    async def client_hangs_up(self, *left: PhoneCall, **known: Any) -> list[ExpectedCall]:
        """And so those who are left with the client end. `known`: as of `told`."""
        await self.client.hang_up()
        for call in left:
            await call.disconnected()
        return [self.told("client", **known)]

    async def company_hangs_up(self, last: PhoneCall, **known: Any) -> list[ExpectedCall]:
        """The last one who is left with the client."""
        await last.hang_up()
        await self.client.disconnected()
        return [self.told("company", **known)]

    def told(
        self,
        ended_by: str | None,
        *,
        rang: Sequence[str] = ("101",),
        joined: Sequence[ExpectedParty] = (),
        **known: Any,
    ) -> ExpectedCall:
        """`joined`: who came in after the client and 101."""
        return inbound(
            self.client,
            "answered",
            rang=list(rang),
            answered_by="101",
            ended_by=ended_by,
            parties=[party(CLIENT, "called"), party("101", "answered"), *joined],
            **known,
        )


async def client_with_101(stage: Stage) -> tuple[Talk, PhoneCall, PhoneCall]:
    """The talk; the client's call, and 101's."""
    eva = await stage.phone("101")
    client = await stage.call_in()
    desk = await eva.incoming()
    await desk.answer()
    await stage.talk(client, desk, seconds=1)
    return Talk(client, eva, desk), client, desk
