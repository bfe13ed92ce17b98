"""Who watches the registered phones is not thrown off by there being none."""

import asyncio

from hovorna.simulated.contacts import ContactWatch
from tests.unit.pbx_bridge.ami.fake_manager import SECRET, USER, FakeManager, error, event


class Watched:
    def __init__(self) -> None:
        self.listed: asyncio.Queue[frozenset[str]] = asyncio.Queue()
        self.changed: asyncio.Queue[tuple[str, frozenset[str]]] = asyncio.Queue()

    async def on_listed(self, endpoints: frozenset[str]) -> None:
        await self.listed.put(endpoints)

    async def on_changed(self, endpoint: str, contacts: frozenset[str]) -> None:
        await self.changed.put((endpoint, contacts))


async def test_a_pbx_without_any_phone_is_watched_all_the_same() -> None:
    async with FakeManager() as manager:
        manager.answers["PJSIPShowContacts"] = lambda _: [error("No Contacts found")]
        seen = Watched()
        watch = ContactWatch(
            "127.0.0.1", manager.port, USER, SECRET, seen.on_changed, seen.on_listed
        )
        await watch.start()
        try:
            async with asyncio.timeout(5):
                assert await seen.listed.get() == frozenset()
                manager.send(
                    event(
                        "ContactStatus",
                        EndpointName="101",
                        URI="sip:101@127.0.0.1:5070",
                        ContactStatus="Reachable",
                    )
                )
                assert await seen.changed.get() == ("101", frozenset(["127.0.0.1:5070"]))
            assert manager.connections == 1
        finally:
            await watch.stop()
