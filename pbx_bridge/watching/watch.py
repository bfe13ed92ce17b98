"""Watches which phones and lines of the PBX can be reached, by a manager session of its own.

Its user may list what is registered, and place no call: the right for the one would, with the
other, let modules be loaded.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import structlog

from pbx_bridge.ami.client import AmiClient
from pbx_bridge.ami.errors import ActionRefused, ActionTimeout
from pbx_bridge.ami.options import AmiOptions, Header
from pbx_bridge.ami.protocol import Message
from pbx_bridge.ami.session import Session
from pbx_bridge.directory import PbxDirectory
from pbx_bridge.watching.endpoints import Endpoints, EndpointState
from pbx_bridge.watching.lines import Health, LineState, health_of

log = structlog.get_logger(__name__)

_WANTED: Final = frozenset({"ContactStatus", "Registry", "Reload", "FullyBooted"})
_QUALIFIED_SECONDS: Final = 3.5  # the PBX waits 3 s for an answer
_NOBODY: Final = ("No Contacts found", "not found")

Changed = Callable[[frozenset[str]], None]


class Watch:
    """`start`, later `stop`. `jitter` gives 0.0 to 1.0.

    `surveyed`: whether what is known is the PBX's present state; False while not connected, and
    for ever where the manager user may not ask.
    """

    def __init__(
        self,
        options: AmiOptions,
        *,
        jitter: Callable[[], float],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._sleep = sleep
        self._client = AmiClient(
            replace(options, wanted=_WANTED), self._serve, jitter=jitter, clock=clock
        )
        self._clock = clock
        self._endpoints = Endpoints()
        self._modes: dict[str, str] = {}  # of lines
        self._lines: dict[str, LineState] = {}
        self._listeners: list[Changed] = []
        self._surveying = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self.surveyed = False

    async def start(self) -> None:
        """Returns at once; the connection is made, and made again, in the background."""
        self._task = asyncio.create_task(self._client.run(), name="watch")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def listen(self, listener: Changed) -> None:
        """Called with the names of endpoints that changed; with none after a survey, and when the
        connection ended: then all may be different. Must not block.
        """
        self._listeners.append(listener)

    def set_directory(self, directory: PbxDirectory) -> None:
        """Which endpoints are lines. The PBX's reload makes us look at them anew."""
        self._modes = {line.name: line.mode for line in directory.lines}
        self._lines = {name: it for name, it in self._lines.items() if name in self._modes}

    def endpoint(self, name: str) -> EndpointState:
        return self._endpoints.state(name)

    def endpoints(self) -> frozenset[str]:
        """Names of those that have, or had, a contact."""
        return self._endpoints.names()

    def line(self, name: str) -> LineState:
        return self._lines.get(name) or LineState(name)

    async def look(self) -> None:
        """Ask the PBX now, as it may know better than we were told. Raises AmiError."""
        await self._survey(self._client.session, qualify=False)

    async def ask(self, name: str) -> None:
        """Have the PBX ask a line's provider whether it is there, and wait until it would have
        answered. Raises AmiError.
        """
        await self._client.session.action("PJSIPQualify", ("Endpoint", name))
        await self._sleep(_QUALIFIED_SECONDS)

    # ---- one connection

    async def _serve(self, session: Session) -> None:
        try:
            await self._survey(session, qualify=True)
            while True:
                for event in (await session.take()).messages:
                    await self._hear(session, event)
        finally:
            self.surveyed = False
            self._judge(frozenset(self._modes))
            self._tell(frozenset())

    async def _hear(self, session: Session, event: Message) -> None:
        if event.name == "Reload" or not self._endpoints.knows(event.headers):
            await self._survey(session, qualify=event.name == "Reload")
            return
        changed = self._endpoints.feed(event.headers)
        if changed and self.surveyed:
            self._judge(changed)
            self._tell(changed)

    async def _survey(self, session: Session, *, qualify: bool) -> None:
        """`qualify`: have the PBX ask the lines' providers whether they are there, which it would
        do some time within a minute.
        """
        async with self._surveying:
            fixed = [name for name, mode in self._modes.items() if mode != "accept"]
            try:
                contacts = await _listed(session, "PJSIPShowContacts")
                accounts = await _listed(session, "PJSIPShowRegistrationsOutbound")
                details = [
                    item
                    for name in fixed
                    for item in await _listed(session, "PJSIPShowEndpoint", ("Endpoint", name))
                    if item.name == "ContactStatusDetail"
                ]
            except (ActionRefused, ActionTimeout) as error:
                log.warning("watch.not_told", reason=str(error))
                return
            self._endpoints.survey(
                (item.headers for item in contacts),
                (item.headers for item in details),
                (it.headers for it in accounts if it.name == "OutboundRegistrationDetail"),
            )
            self.surveyed = True
        self._judge(frozenset(self._modes))
        self._tell(frozenset())
        if qualify:
            for name in fixed:
                await _ask_for(session, name)

    def _judge(self, names: frozenset[str]) -> None:
        at = self._clock()
        for name in names & self._modes.keys():
            health = Health.UNKNOWN
            if self.surveyed:
                health = health_of(self._modes[name], self._endpoints.state(name))
            self._lines[name] = self.line(name).becomes(health, at)

    def _tell(self, names: frozenset[str]) -> None:
        for listener in self._listeners:
            try:
                listener(names)
            except Exception:
                log.exception("watch.listener_failed")


async def _listed(session: Session, action: str, *headers: Header) -> list[Message]:
    """Where there is nothing, Asterisk answers with an error instead of an empty list."""
    try:
        return await session.action_list(action, *headers)
    except ActionRefused as error:
        if any(words in error.message for words in _NOBODY):
            return []
        raise


async def _ask_for(session: Session, name: str) -> None:
    try:
        await session.action("PJSIPQualify", ("Endpoint", name))
    except (ActionRefused, ActionTimeout) as error:
        log.debug("watch.not_asked", line=name, reason=str(error))
