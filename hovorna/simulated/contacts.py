"""Watches which SIP phones are registered, so that simulated ones step aside for real ones."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable

from hovorna.simulated.household import host_port
from pbx_bridge.ami.client import AmiClient
from pbx_bridge.ami.errors import ActionRefused
from pbx_bridge.ami.options import AmiOptions
from pbx_bridge.ami.protocol import Message
from pbx_bridge.ami.session import Session
from pbx_bridge.directory import extension_of

_EVENT = "ContactStatus"
_GONE = frozenset(["Removed", "Unreachable", "Unavail"])

Changed = Callable[[str, frozenset[str]], Awaitable[None]]
Listed = Callable[[frozenset[str]], Awaitable[None]]


class ContactWatch:
    """Calls `changed(endpoint, contacts)`, each contact as host:port, whenever they change, and
    `listed(endpoints)`, those that have any, when the PBX is there (again). An extension's browsers
    count as its own.
    """

    def __init__(
        self, host: str, port: int, user: str, secret: str, changed: Changed, listed: Listed
    ) -> None:
        options = AmiOptions(
            host=host,
            port=port,
            user=user,
            secret=secret,
            wanted=frozenset([_EVENT, "FullyBooted"]),
        )
        self._changed = changed
        self._listed = listed
        self._client = AmiClient(options, self._serve, jitter=random.random)
        self._known: dict[str, set[str]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._client.run(), name="contact watch")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _serve(self, session: Session) -> None:
        self._known.clear()
        for item in await _listed_contacts(session):
            self._note(extension_of(item.get("Endpoint")), item.get("Uri"), item.get("Status"))
        await self._listed(frozenset(name for name, there in self._known.items() if there))
        for extension in list(self._known):
            await self._tell(extension)
        while True:
            for event in (await session.take()).messages:
                if event.name != _EVENT:
                    continue
                extension = extension_of(event.get("EndpointName") or event.get("AOR"))
                if self._note(extension, event.get("URI"), event.get("ContactStatus")):
                    await self._tell(extension)

    def _note(self, extension: str, uri: str, status: str) -> bool:
        """Whether that changed anything."""
        contacts, contact = self._known[extension], host_port(uri)
        if (status in _GONE) == (contact not in contacts):
            return False
        (contacts.discard if status in _GONE else contacts.add)(contact)
        return True

    async def _tell(self, extension: str) -> None:
        await self._changed(extension, frozenset(self._known[extension]))


async def _listed_contacts(session: Session) -> list[Message]:
    """Where no phone is registered, Asterisk answers with an error instead of an empty list."""
    try:
        return await session.action_list("PJSIPShowContacts")
    except ActionRefused as error:
        if "No Contacts found" in error.message:
            return []
        raise
