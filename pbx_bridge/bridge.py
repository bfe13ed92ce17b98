"""AMI and CEL in, call events into the journal.

While the connection holds, AMI tells of every call. What happened while it did not is read from
CEL: at the start, and after every interruption, from the checkpoint on. Both roads feed the call
machine, which gives the same events for the same history, so that reading too much is harmless.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final, Literal

import structlog

from pbx_bridge.ami.client import AmiClient
from pbx_bridge.ami.errors import ActionRefused, ActionTimeout, AmiError
from pbx_bridge.ami.options import AmiOptions, Header
from pbx_bridge.ami.protocol import Message
from pbx_bridge.ami.queue import Batch
from pbx_bridge.ami.session import Session
from pbx_bridge.attending import Attendant, Errands
from pbx_bridge.calls import from_ami
from pbx_bridge.calls.callbook import Phone
from pbx_bridge.calls.events import CallEnded, CallEvent, PartyLeft
from pbx_bridge.calls.layout import Layout
from pbx_bridge.catching_up import CelFollower
from pbx_bridge.cel.source import CelSource
from pbx_bridge.checkpoint import Checkpoints
from pbx_bridge.directory import PbxDirectory
from pbx_bridge.hearing import Hearing
from pbx_bridge.ports import Journal, OpenCalls
from pbx_bridge.reconciling import Reconciler
from pbx_bridge.status import BridgeStatus
from pbx_bridge.supervisions import Supervision
from pbx_bridge.writer import JournalWriter

log = structlog.get_logger(__name__)

# Of the classes that a manager user may read, those in which calls are told, and codes.
_MASK: Final = "system,call,user,dialplan,dtmf"
_WANTED: Final = from_ami.EVENTS | {"OriginateResponse", "DTMFEnd"}
# The first tells of voicemail, and of much that nobody needs.
_DROPPABLE: Final = frozenset({"Newexten", "DTMFEnd"})
_ROWS_AT_ONCE: Final = 500  # then others have a turn
_FLUSH_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds."""

    settle: float = 0.2  # for rows of CEL that were being written when the events were switched on
    grace: float = 1.0  # for the hangup of a channel that a listing does not have any more
    reconcile: float = 30.0
    checkpoint: float = 2.0


class Bridge:
    """One PBX: `start`, later `stop`.

    `start_at`: from where CEL is read while there is no checkpoint; "end" for a PBX that has a
    history of its own. `jitter` gives 0.0 to 1.0.
    """

    def __init__(
        self,
        options: AmiOptions,
        journal: Journal,
        checkpoints: Checkpoints,
        cel: CelSource | None,
        *,
        pbx_id: str,
        jitter: Callable[[], float],
        open_calls: OpenCalls | None = None,
        start_at: Literal["beginning", "end"] = "beginning",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        timings: Timings | None = None,
    ) -> None:
        self.pbx_id = pbx_id
        self._clock = clock
        self._sleep = sleep
        self._timings = timings or Timings()
        self._cel = CelFollower(cel, checkpoints, start_at=start_at)
        self._hearing = Hearing(pbx_id, clock)
        self._reconciler = Reconciler(self._hearing, open_calls)
        self._client = AmiClient(
            replace(options, wanted=_WANTED, droppable=_DROPPABLE),
            self._serve,
            jitter=jitter,
            clock=clock,
        )
        self._writer = JournalWriter(journal, now=lambda: asyncio.get_running_loop().time())
        self._tasks: list[asyncio.Task[None]] = []
        self._waiting: set[asyncio.Event] = set()
        self._errands = Errands()
        self._turned: Callable[[str], None] = lambda call: None
        self._session: Session | None = None
        self._version = ""
        self._caught_up = asyncio.Event()
        self._agreed = asyncio.Event()  # what exists was compared with what we were told
        self._parted = asyncio.Event()
        self._parted.set()

    # ---- life

    async def start(self) -> None:
        """Returns at once; the connection is made, and made again, in the background."""
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._writer.run(), name="journal writer"),
            loop.create_task(self._client.run(), name="bridge"),
        ]

    async def stop(self) -> None:
        """Leave the PBX. What was heard is in the journal, if that answers within 3 s."""
        if not self._tasks:
            return
        writer, client = self._tasks
        self._tasks = []
        client.cancel()
        await self._errands.stop()
        await asyncio.gather(client, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FLUSH_SECONDS):
                await self._writer.flushed()
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)

    async def drained(self) -> None:
        """Wait until the connection has ended, and all that it told is in the journal."""
        await self._parted.wait()
        await self._writer.flushed()

    async def caught_up(self) -> None:
        """Wait until the calls of the PBX are known, and live events come."""
        await self._caught_up.wait()

    def set_directory(self, directory: PbxDirectory) -> None:
        """Who is inside and who outside, from now on."""
        self.set_layout(Layout.from_directory(directory))

    def set_layout(self, layout: Layout) -> None:
        self._hearing.set_layout(layout)

    def status(self) -> BridgeStatus:
        connection = self._client.status
        queue = self._session.events if self._session else None
        parser = self._session.parser if self._session else None
        return BridgeStatus(
            connected=connection.connected and self._caught_up.is_set(),
            since=connection.since,
            pbx_version=self._version,
            events=self._hearing.messages,
            last_event_at=self._hearing.last_event_at,
            live_calls=len(self._hearing.machine.active()),
            lag_p95_seconds=queue.lag.quantile(0.95) if queue else 0.0,
            journal_lag_p95_seconds=self._writer.lag.quantile(0.95),
            waiting=len(self._writer),
            dropped=queue.dropped if queue else 0,
            malformed=parser.malformed + parser.oversized if parser else 0,
            given_up=self._writer.given_up,
            cel_problem=self._cel.problem,
            last_error=self._writer.last_error or connection.last_error,
        )

    # ---- what commands need

    async def action(self, name: str, *headers: Header, key: str = "") -> Message:
        """`key`: the ActionID. Raises AmiError."""
        return await self._client.session.action(name, *headers, key=key)

    def active(self) -> list[str]:
        return self._hearing.machine.active()

    def phones(self, call: str) -> list[Phone]:
        return self._hearing.machine.phones(call)

    def key_of(self, channel: str) -> str | None:
        return self._hearing.machine.key_of(channel)

    def supervisions(self) -> tuple[Supervision, ...]:
        return self._hearing.supervisions.all()

    def on_supervision(self, listener: Callable[[], None]) -> None:
        """Call it when somebody began or stopped to listen. Must not block."""
        self._hearing.supervised = listener

    def on_turn(self, listener: Callable[[str], None]) -> None:
        """Call it with a call's key when who consults in it goes to the client, or back. Must not
        block.
        """
        self._turned = listener

    def ringing(self, call: str) -> list[str]:
        return self._hearing.machine.ringing(call)

    def expect(self, key: str, root: str | None = None) -> "asyncio.Future[str]":
        return self._hearing.expect(key, root)

    async def until(self, so: Callable[[], bool], seconds: float) -> bool:
        """Whether it became so, judged after each thing that is heard of the PBX."""
        heard = asyncio.Event()
        self._waiting.add(heard)
        try:
            async with asyncio.timeout(seconds):
                while not so():
                    heard.clear()
                    await heard.wait()
        except TimeoutError:
            return so()
        finally:
            self._waiting.discard(heard)
        return True

    def attend(self, attendant: Attendant) -> None:
        """Who does what the PBX asks of us."""
        self._errands.attendant = attendant

    # ---- one connection

    async def _serve(self, session: Session) -> None:
        self._session = session
        self._parted.clear()
        helpers: list[asyncio.Task[None]] = []
        try:
            await self._meet(session)
            await self._catch_up(session)
            helpers = [
                asyncio.create_task(
                    self._helper(self._reconcile(session)),
                ),
                asyncio.create_task(
                    self._helper(self._keep_checkpoint(session)),
                ),
            ]
            await self._listen(session)
        finally:
            self._caught_up.clear()
            self._agreed.clear()
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            self._parted.set()

    async def _meet(self, session: Session) -> None:
        sent = self._clock()
        pong = await session.action("Ping")
        self._hearing.set_skew(pong.get("Timestamp"), sent)
        self._version = (await session.action("CoreSettings")).get("AsteriskVersion")

    async def _catch_up(self, session: Session) -> None:
        """CEL is read while no events come; then the little that was written meanwhile."""
        if await self._cel.begin():
            self._hearing.forget()
            await self._read_cel()
        await session.action("Events", ("EventMask", _MASK))
        await self._sleep(self._timings.settle)
        await self._read_cel()

    async def _read_cel(self) -> None:
        while rows := await self._cel.more():
            for start in range(0, len(rows), _ROWS_AT_ONCE):
                some = rows[start : start + _ROWS_AT_ONCE]
                events = self._hearing.rows(some)
                self._writer.put([e for e in events if not self._cel.is_told(e.at)])
                await asyncio.sleep(0)
            await self._writer.room()

    async def _listen(self, session: Session) -> None:
        while True:
            self._hear(await session.take())
            await asyncio.sleep(0)
            await self._writer.room()

    def _hear(self, batch: Batch) -> None:
        age = asyncio.get_running_loop().time() - batch.arrived
        events = self._hearing.messages_of(batch.messages, age)
        self._put(events, batch.arrived)
        for waiting in self._waiting:
            waiting.set()
        for call in self._hearing.machine.turned():
            self._turned(call)
        for event, channel in self._hearing.asked():
            self._errands.asked(event, channel)
        for typed in self._hearing.typed():
            self._errands.typed(typed)
        if any(isinstance(event, PartyLeft) for event in events):
            self._errands.held_by_nobody(self._hearing.machine.forgotten_on_hold())

    def _put(self, events: list[CallEvent], arrived: float | None = None) -> None:
        if events:
            self._writer.put(events, arrived)
            for event in events:
                if isinstance(event, CallEnded) and not event.assumed:
                    self._cel.call_ended(event.at)

    async def _reconcile(self, session: Session) -> None:
        """What exists, beside what we were told: soon after the start, and now and then."""
        while True:
            try:
                await self._agree(session)
            except ActionTimeout as error:
                log.warning("bridge.no_listing", reason=str(error))
            except ActionRefused as error:
                log.warning(
                    "bridge.no_listing", reason=str(error), todo="manager.conf: write=reporting"
                )
                self._settled()  # as well as it can be
            if self._agreed.is_set():
                await self._sleep(self._timings.reconcile)

    async def _agree(self, session: Session) -> None:
        look = await self._reconciler.look(session)
        if not self._agreed.is_set():
            await self._writer.flushed()
            if await self._reconciler.quiet(look):
                self._caught_up.set()  # nobody waits for the second look at nothing
        await self._sleep(self._timings.grace)
        if not self._agreed.is_set():
            await self._read_cel()  # rows that were written late
        listing = await self._reconciler.look_again(session, look)
        while (batch := session.take_nowait()) is not None:
            self._hear(batch)
        self._put(self._reconciler.agree(listing))
        if not self._agreed.is_set():
            await self._writer.flushed()
            self._put(await self._reconciler.forgotten(listing))
            self._settled()

    def _settled(self) -> None:
        self._agreed.set()
        self._caught_up.set()

    async def _keep_checkpoint(self, session: Session) -> None:
        await self._agreed.wait()
        while True:
            if session.events.waiting < 1.0:
                machine = self._hearing.machine
                checkpoint = await self._cel.look(self._hearing.now(), machine.resume_from())
                if checkpoint is not None:
                    self._writer.when_stored(partial(self._cel.keep, checkpoint))
            await self._sleep(self._timings.checkpoint)

    async def _helper(self, work: Coroutine[object, object, None]) -> None:
        """The connection's end ends the helpers, and is told of by the listening itself."""
        try:
            await work
        except AmiError as error:
            log.debug("bridge.helper_ended", reason=str(error))
        except Exception:
            log.exception("bridge.helper_failed")
