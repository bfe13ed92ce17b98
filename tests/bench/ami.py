"""Events per second from a loopback socket: our client, panoramisk 1.4 and pyst2 0.5.1.

Each reads the same recorded stream from a server in a process of its own, logs in by itself, and
gives every event to a handler that looks at the name and, of the events that the call machine
wants, at the Uniqueid. `wanted` is how we do it: what nobody subscribed to is not parsed; `all` is
when we parse every event too, as the others always do. Then the whole bridge: the same socket with
call machine and a journal that only counts.

Best of three runs. Figures are per second of the reading process's own processor time, so that what
else the computer does changes little; the bridge's are given by the clock on the wall, too.
"""

import asyncio
import logging
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import structlog

from pbx_bridge.ami.options import AmiOptions
from pbx_bridge.ami.session import open_session
from pbx_bridge.bridge import Bridge, Timings
from pbx_bridge.calls.events import CallEnded, CallEvent
from pbx_bridge.calls.from_ami import EVENTS
from pbx_bridge.calls.layout import Layout
from pbx_bridge.checkpoint import Checkpoint
from tests.bench._ami_stream import CALLS, END, Stream, served
from tests.bench._machine import machine_figures

_RUNS = 3
_WANTED = EVENTS | {"UserEvent"}


def run() -> dict[str, object]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    ours, _ = _best(_ours, Stream(500), EVENTS)
    ours_all, _ = _best(_ours, Stream(500), None)
    panoramisk, _ = _best(_panoramisk, Stream(150))
    pyst2, _ = _best(_pyst2, Stream(6))
    bridge, bridge_wall = _best(_bridge, Stream(400, after=_LISTED_TWICE))
    wanted, wanted_wall = _best(_bridge, Stream(600, EVENTS, _LISTED_TWICE))
    return {
        "ours_wanted_events_per_second": ours,
        "ours_all_events_per_second": ours_all,
        "panoramisk_events_per_second": panoramisk,
        "pyst2_events_per_second": pyst2,
        "ours_wanted_to_panoramisk": round(ours / panoramisk, 1),
        "ours_all_to_panoramisk": round(ours_all / panoramisk, 1),
        "ours_wanted_to_pyst2": round(ours / pyst2, 1),
        "ours_all_to_pyst2": round(ours_all / pyst2, 1),
        "bridge_events_per_second": bridge,
        "bridge_events_per_second_by_the_wall": bridge_wall,
        "bridge_wanted_events_per_second": wanted,
        "bridge_wanted_events_per_second_by_the_wall": wanted_wall,
        **machine_figures(),
    }


# The bridge has caught up when it has listed the channels twice.
_LISTED_TWICE = ("CoreShowChannels", 2)


class _Watch:
    """Seconds since the start, of this process's processor time and on the wall."""

    def __init__(self) -> None:
        self._processor, self._wall = time.process_time(), time.perf_counter()

    def stop(self) -> tuple[float, float]:
        return time.process_time() - self._processor, time.perf_counter() - self._wall


def _best(
    measure: Callable[..., tuple[float, float]], stream: Stream, *rest: object
) -> tuple[int, int]:
    """Events per second of the processor's and the wall's time, each of the best run."""
    runs = [measure(stream, *rest) for _ in range(_RUNS)]
    processor, wall = (min(seconds) for seconds in zip(*runs, strict=True))
    return round(stream.events / processor), round(stream.events / wall)


def _ours(stream: Stream, wanted: frozenset[str] | None) -> tuple[float, float]:
    """Seconds from the login's end to the stream's."""

    async def read(port: int) -> tuple[float, float]:
        session = await open_session(
            AmiOptions(host="127.0.0.1", port=port, user="u", secret="s", wanted=wanted)
        )
        watch = _Watch()
        ended = False
        while not ended:
            for message in (await session.take()).messages:
                if message.name in _WANTED:
                    ended = message.get("Uniqueid") == END or ended
                elif wanted is None:
                    message.get("Uniqueid")
        seconds = watch.stop()
        await session.close()
        return seconds

    with served(stream) as port:
        return asyncio.run(read(port))


def _panoramisk(stream: Stream) -> tuple[float, float]:
    from panoramisk import Manager

    async def read(port: int) -> tuple[float, float]:
        ended = asyncio.Event()
        manager = Manager(
            loop=asyncio.get_running_loop(),
            host="127.0.0.1",
            port=port,
            username="u",
            secret="s",
            log=logging.getLogger("panoramisk-bench"),
        )
        watch = _Watch()

        def heard(manager: object, event: dict[str, str]) -> None:
            nonlocal watch
            name = event["event"]
            if name in _WANTED and event.get("uniqueid") == END:
                ended.set()
            elif name == "FullyBooted":
                watch = _Watch()

        manager.register_event("*", heard)
        await manager.connect()
        await ended.wait()
        seconds = watch.stop()
        manager.close()
        return seconds

    logging.getLogger("panoramisk-bench").setLevel(logging.CRITICAL)
    with served(stream) as port:
        return asyncio.run(read(port))


def _pyst2(stream: Stream) -> tuple[float, float]:
    with warnings.catch_warnings(), served(stream) as port:
        warnings.simplefilter("ignore", DeprecationWarning)  # its own: setDaemon, isSet
        from asterisk.manager import Manager

        manager = Manager()
        ended = threading.Event()

        def heard(event: object, manager: object) -> None:
            name = event.name  # type: ignore[attr-defined]
            if name in _WANTED and event.get_header("Uniqueid") == END:  # type: ignore[attr-defined]
                ended.set()

        manager.register_event("*", heard)
        manager.connect("127.0.0.1", port)
        manager.login("u", "s")
        watch = _Watch()
        ended.wait()
        return watch.stop()  # its close() waits for a thread that waits for the server: left out


class _Journal:
    """Counts the calls that ended."""

    def __init__(self, calls: int) -> None:
        self._left = calls
        self.all_ended = asyncio.Event()

    async def settle(self) -> None:
        """It keeps nothing on a disk."""

    async def append(self, events: Sequence[CallEvent]) -> None:
        self._left -= sum(isinstance(event, CallEnded) for event in events)
        if self._left <= 0:
            self.all_ended.set()


class _NoCheckpoints:
    async def load(self) -> Checkpoint | None:
        return None

    async def save(self, checkpoint: Checkpoint) -> None:
        pass


def _bridge(stream: Stream) -> tuple[float, float]:
    """Seconds from the first event to the journal's knowing that the last call has ended."""

    async def follow(port: int) -> tuple[float, float]:
        journal = _Journal(CALLS * stream.repetitions)
        bridge = Bridge(
            AmiOptions(host="127.0.0.1", port=port, user="u", secret="s"),
            journal,
            _NoCheckpoints(),
            None,
            pbx_id="bench",
            jitter=lambda: 0.0,
            clock=lambda: datetime.now(UTC),
            timings=Timings(settle=0.0, grace=0.01, reconcile=3600.0),
        )
        bridge.set_layout(Layout.of(["101"], ["line1"]))
        await bridge.start()
        await bridge.caught_up()
        watch = _Watch()
        await journal.all_ended.wait()
        seconds = watch.stop()
        await bridge.stop()
        return seconds

    with served(stream) as port:
        return asyncio.run(follow(port))
