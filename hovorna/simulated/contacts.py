"""Tells simulated people which SIP phones are registered, so that they step aside for real ones."""

import asyncio
from collections.abc import Awaitable, Callable

from pbx_bridge.directory import extension_of, is_mobile
from pbx_bridge.watching.watch import Watch

Changed = Callable[[str, frozenset[str]], Awaitable[None]]
Listed = Callable[[frozenset[str]], Awaitable[None]]


class ContactWatch:
    """Calls `changed(endpoint, contacts)`, each contact as host:port, whenever they change, and
    `listed(endpoints)`, those that have any, when the PBX is there (again). An extension's browsers
    count as its own; its mobile does not, for that is reached by the line's provider.
    """

    def __init__(self, watch: Watch, changed: Changed, listed: Listed) -> None:
        self._watch = watch
        self._changed = changed
        self._listed = listed
        self._news: asyncio.Queue[frozenset[str]] = asyncio.Queue()
        self._known: dict[str, frozenset[str]] = {}
        self._there = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._watch.listen(self._news.put_nowait)
        self._news.put_nowait(frozenset())
        self._task = asyncio.create_task(self._follow(), name="contact watch")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _follow(self) -> None:
        while True:
            await self._news.get()
            if not self._watch.surveyed:
                self._there = False
                continue
            await self._tell()

    async def _tell(self) -> None:
        now: dict[str, frozenset[str]] = dict.fromkeys(self._known, frozenset())
        for name in self._watch.endpoints():
            if is_mobile(name):
                continue
            extension = extension_of(name)
            there = now.get(extension, frozenset()) | self._watch.endpoint(name).contacts
            now[extension] = there
        before, self._known = self._known, now
        if not self._there:
            self._there = True
            before = {}  # all are told anew: the PBX may have forgotten some
            await self._listed(frozenset(name for name, there in now.items() if there))
        for name, contacts in now.items():
            if before.get(name) != contacts:
                await self._changed(name, contacts)
