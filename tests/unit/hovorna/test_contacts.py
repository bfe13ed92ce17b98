"""Simulated people learn which phones are registered, also when there are none."""

import asyncio

from hovorna.simulated.contacts import ContactWatch
from pbx_bridge.watching.watch import Watch
from tests.unit.pbx_bridge.ami.fake_manager import FakeManager, error, event, listing


class Watched:
    def __init__(self) -> None:
        self.listed: asyncio.Queue[frozenset[str]] = asyncio.Queue()
        self.changed: asyncio.Queue[tuple[str, frozenset[str]]] = asyncio.Queue()

    async def on_listed(self, endpoints: frozenset[str]) -> None:
        await self.listed.put(endpoints)

    async def on_changed(self, endpoint: str, contacts: frozenset[str]) -> None:
        await self.changed.put((endpoint, contacts))


async def test_phones_that_come_are_told_and_all_of_them_after_an_interruption() -> None:
    async with FakeManager() as manager:
        manager.answers["PJSIPShowContacts"] = lambda _: [error("No Contacts found")]
        manager.answers["PJSIPShowRegistrationsOutbound"] = lambda _: listing("Registration", [])
        seen, watch = Watched(), Watch(manager.options(), jitter=lambda: 0.0)
        contacts = ContactWatch(watch, seen.on_changed, seen.on_listed)
        await contacts.start()
        await watch.start()
        try:
            async with asyncio.timeout(5):
                assert await seen.listed.get() == frozenset()
                row = {"Uri": "sip:101@127.0.0.1:5070", "Status": "Reachable"}
                status = {"EndpointName": "101", "URI": row["Uri"], "ContactStatus": "Reachable"}
                manager.send(event("ContactStatus", **status))
                assert await seen.changed.get() == ("101", frozenset(["127.0.0.1:5070"]))
                manager.answers["PJSIPShowContacts"] = lambda _: listing(
                    "ContactList", [row | {"Endpoint": "101"}]
                )
                manager.cut()
                assert await seen.listed.get() == frozenset(["101"])
                assert await seen.changed.get() == ("101", frozenset(["127.0.0.1:5070"]))
        finally:
            await contacts.stop()
            await watch.stop()
