"""What is done for the PBX while calls go on: the code for the recording, once it is complete."""

import asyncio

from pbx_bridge.attending import Errands
from pbx_bridge.typed import Typed

DESK = "PJSIP/101-0000001a"


class Attendant:
    def __init__(self) -> None:
        self.ended: list[str] = []
        self.done = asyncio.Event()

    async def toggle_recording(self, channel: str) -> None: ...

    async def free(self, channel: str) -> None: ...

    async def came_in(self, channel: str) -> None: ...

    async def end_code(self, channel: str) -> None:
        self.ended.append(channel)
        self.done.set()
        raise ConnectionError("the PBX is gone")  # is logged, and harms nothing


async def test_the_code_is_ended_when_nothing_follows() -> None:
    errands, attendant = Errands(), Attendant()
    errands.typed(Typed(DESK, 0.0))  # nobody is there yet who could
    errands.attendant = attendant
    errands.typed(Typed(DESK, 0.01))
    await attendant.done.wait()
    assert attendant.ended == [DESK]
    await errands.stop()


async def test_what_follows_in_time_makes_it_something_else() -> None:
    errands, attendant = Errands(), Attendant()
    errands.attendant = attendant
    errands.typed(Typed(DESK, 0.0))
    errands.typed(Typed(DESK, None))
    errands.typed(Typed("PJSIP/102-0000001b", 0.01))
    await attendant.done.wait()
    assert attendant.ended == ["PJSIP/102-0000001b"]
    errands.typed(Typed(DESK, 60.0))
    await errands.stop()
