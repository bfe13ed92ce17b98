"""The watch on a manager that says what a PBX was heard to say."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from pbx_bridge.directory import LineEntry, PbxDirectory
from pbx_bridge.watching.lines import Health
from pbx_bridge.watching.watch import Watch
from tests.unit.pbx_bridge.ami.fake_manager import FakeManager, Headers, error, event, success

PROVIDER = "sip:provider.example:5060"


def line(name: str, mode: str) -> LineEntry:
    return LineEntry(name=name, number="+420222333444", user="us", password="p", mode=mode)


LINES = PbxDirectory(
    lines=(line("main", "register"), line("peer", "address"), line("trunk", "accept"))
)


class Pbx(FakeManager):
    """One that has no phones, and accounts that wait to be registered."""

    def __init__(self) -> None:
        super().__init__()
        self.contacts: list[dict[str, str]] = []
        self.registration = "Unregistered"
        self.fixed = "NonQualified"
        self.answers |= {
            "PJSIPShowContacts": lambda _: self._contacts(),
            "PJSIPShowRegistrationsOutbound": lambda _: self._accounts(),
            "PJSIPShowEndpoint": lambda asked: self._endpoint(asked["Endpoint"]),
        }

    def _contacts(self) -> list[Headers]:
        if not self.contacts:
            return [error("No Contacts found")]
        return _list("ContactList", *self.contacts)

    def _accounts(self) -> list[Headers]:
        account = {"Endpoint": "main", "ClientUri": "sip:us@provider", "ServerUri": PROVIDER}
        return _list("OutboundRegistrationDetail", account | {"Status": self.registration})

    def _endpoint(self, name: str) -> list[Headers]:
        found = {"EndpointName": name, "URI": PROVIDER, "Status": self.fixed}
        return _list("ContactStatusDetail", found)


def _list(item: str, *rows: dict[str, str]) -> list[Headers]:
    return [
        success(EventList="start"),
        *([("Event", item), *row.items()] for row in rows),
        [("Event", "ListComplete"), ("EventList", "Complete")],
    ]


def contact(endpoint: str, status: str, uri: str = PROVIDER) -> bytes:
    fields = {"EndpointName": endpoint, "URI": uri, "ContactStatus": status}
    return event("ContactStatus", **fields)


class Watching:
    """A watch, and a way to wait for what it tells."""

    def __init__(self, pbx: Pbx) -> None:
        self.watch = Watch(pbx.options(), jitter=lambda: 0.0)
        self.watch.set_directory(LINES)
        self.told: asyncio.Queue[frozenset[str]] = asyncio.Queue()
        self.watch.listen(self.told.put_nowait)

    async def next(self) -> frozenset[str]:
        async with asyncio.timeout(5):
            return await self.told.get()

    def health(self) -> dict[str, str]:
        return {it.name: self.watch.line(it.name).health.value for it in LINES.lines}


@pytest.fixture
async def pbx() -> AsyncIterator[Pbx]:
    async with Pbx() as manager:
        yield manager


@pytest.fixture
async def watching(pbx: Pbx) -> AsyncIterator[Watching]:
    made = Watching(pbx)
    await made.watch.start()
    assert await made.next() == frozenset()
    try:
        yield made
    finally:
        await made.watch.stop()


async def test_a_pbx_without_any_phone_is_watched_all_the_same(
    pbx: Pbx, watching: Watching
) -> None:
    assert watching.watch.surveyed
    assert watching.health() == {"main": "unknown", "peer": "unknown", "trunk": "unregistered"}
    pbx.send(contact("101", "Reachable", "sip:101@127.0.0.1:5070"))
    assert await watching.next() == {"101"}
    assert watching.watch.endpoint("101").contacts == {"127.0.0.1:5070"}


async def test_providers_are_asked_at_once_and_answer(pbx: Pbx, watching: Watching) -> None:
    asked = [dict(await pbx.received("PJSIPQualify", times))["Endpoint"] for times in (1, 2)]
    assert asked == ["main", "peer"]
    pbx.send(contact("peer", "Reachable"))
    await watching.next()
    account = {"Username": "sip:us@provider", "Domain": PROVIDER}
    pbx.send(event("Registry", ChannelType="PJSIP", Status="Rejected", **account))
    await watching.next()
    pbx.send(contact("trunk", "NonQualified", "sip:trunk@127.0.0.1:9"))
    await watching.next()
    assert watching.health() == {"main": "rejected", "peer": "up", "trunk": "up"}


async def test_after_a_reload_everything_is_looked_at_anew(pbx: Pbx, watching: Watching) -> None:
    pbx.registration, pbx.fixed = "Registered", "Reachable"
    pbx.send(event("Reload", Module="res_pjsip.so", Status="0"))
    await watching.next()
    assert watching.health()["main"] == "up"


async def test_an_account_that_nobody_knew_is_looked_up(pbx: Pbx, watching: Watching) -> None:
    pbx.registration = "Registered"
    pbx.send(event("Registry", Username="sip:new@x", Domain="sip:x", Status="Registered"))
    await watching.next()
    assert watching.health()["main"] == "up"


async def test_asking_now_knows_better(pbx: Pbx, watching: Watching) -> None:
    pbx.contacts = [{"Endpoint": "trunk", "Uri": PROVIDER, "Status": "NonQualified"}]
    await watching.watch.look()
    assert watching.health()["trunk"] == "up"


async def test_without_a_connection_nothing_is_known_and_it_comes_back(
    pbx: Pbx, watching: Watching
) -> None:
    pbx.cut()
    await watching.next()
    assert not watching.watch.surveyed
    assert watching.health() == dict.fromkeys(("main", "peer", "trunk"), "unknown")
    await watching.next()
    assert watching.watch.surveyed
    assert watching.watch.line("trunk").health is Health.UNREGISTERED


async def test_a_manager_user_without_the_right_leaves_everything_unknown() -> None:
    async with Pbx() as pbx:
        pbx.answers["PJSIPShowContacts"] = lambda _: [error("Permission denied")]
        made = Watching(pbx)
        await made.watch.start()
        try:
            await pbx.received("PJSIPShowContacts")
            pbx.send(contact("101", "Reachable"))
            pbx.send(event("Reload", Module="res_pjsip.so"))
            await pbx.received("PJSIPShowContacts", 2)
            assert made.told.empty()
            assert not made.watch.surveyed
            assert pbx.connections == 1
        finally:
            await made.watch.stop()


async def test_a_listener_that_fails_does_not_end_the_watch(pbx: Pbx, watching: Watching) -> None:
    def broken(_: frozenset[str]) -> None:
        raise ValueError("a fault of the listener")

    watching.watch.listen(broken)
    pbx.send(contact("101", "Reachable", "sip:101@127.0.0.1:5070"))
    assert await watching.next() == {"101"}
    pbx.send(contact("101", "Removed", "sip:101@127.0.0.1:5070"))
    assert await watching.next() == {"101"}
