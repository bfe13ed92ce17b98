"""The connection that comes back by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from pbx_bridge.ami.errors import AmiError, AuthenticationFailed, NotConnected
from pbx_bridge.ami.options import AmiOptions
from pbx_bridge.ami.session import Session, open_session

log = structlog.get_logger(__name__)

Serve = Callable[[Session], Awaitable[None]]

_FIRST_DELAY = 0.25
_LONGEST_DELAY = 15.0
_STEADY_AFTER = 30.0  # a connection that held this long starts the delays anew


class Backoff:
    """Delays before the next attempt, in seconds: doubling, jittered, never above 15."""

    def __init__(self, jitter: Callable[[], float]) -> None:
        self._jitter = jitter
        self._delay = _FIRST_DELAY

    def next(self) -> float:
        delay = self._delay
        self._delay = min(_LONGEST_DELAY, delay * 2)
        return delay * (0.5 + 0.5 * self._jitter())

    def longest(self) -> float:
        """For what waiting does not mend, such as a wrong secret."""
        self._delay = _LONGEST_DELAY
        return self.next()

    def reset(self) -> None:
        self._delay = _FIRST_DELAY


@dataclass(slots=True)
class ConnectionStatus:
    """For /readyz and metrics. `since`: when the present state began."""

    connected: bool = False
    since: datetime | None = None
    last_error: str = ""
    attempts: int = 0


class AmiClient:
    """Keeps one session with the PBX: opens it, gives it to `serve`, and opens the next when
    `serve` returns or raises.

    `jitter` gives 0.0 to 1.0; `sleep` waits; `clock` tells UTC.
    """

    def __init__(
        self,
        options: AmiOptions,
        serve: Serve,
        *,
        jitter: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._options = options
        self._serve = serve
        self._sleep = sleep
        self._clock = clock
        self._backoff = Backoff(jitter)
        self._told: set[str] = set()  # what the log has heard since we were last connected
        self._session: Session | None = None
        self.status = ConnectionStatus(since=clock())

    @property
    def session(self) -> Session:
        """The live session. Raises NotConnected."""
        if self._session is None or self._session.lost.done():
            raise NotConnected(self.status.last_error or "not connected to the PBX yet")
        return self._session

    async def run(self) -> None:
        """For ever, until cancelled."""
        while True:
            delay = await self._once()
            await self._sleep(delay)

    async def _once(self) -> float:
        """One connection, from its opening to its end. The seconds to wait before the next."""
        loop = asyncio.get_running_loop()
        self.status.attempts += 1
        opened = loop.time()
        try:
            session = await open_session(self._options)
            try:
                await self._hold(session)
            finally:
                self._session = None
                await session.close()
        except AuthenticationFailed as error:
            self._lost(f"{error}. Compare HOVORNA_AMI_USER and its secret with manager.conf")
            return self._backoff.longest()
        except AmiError as error:
            self._lost(str(error))
        except Exception as error:
            # Whatever failed above us, a new connection catches up from what the PBX wrote down.
            log.exception("the bridge failed and starts anew")
            self._lost(f"{type(error).__name__}: {error}")
        if loop.time() - opened > _STEADY_AFTER:
            self._backoff.reset()
        return self._backoff.next()

    async def _hold(self, session: Session) -> None:
        if not await session.wait_booted():
            log.warning("the PBX did not say FullyBooted; give the manager user read=system")
        self._session = session
        self._told.clear()
        self.status.connected = True
        self.status.since = self._clock()
        self.status.last_error = ""
        log.info("connected to the PBX", pbx=self._options.where)
        await self._serve(session)

    def _lost(self, reason: str) -> None:
        if self.status.connected:
            self.status.since = self._clock()
        self.status.connected = False
        self.status.last_error = reason
        if reason not in self._told:
            self._told.add(reason)
            log.warning("no connection to the PBX; trying again", reason=reason)
