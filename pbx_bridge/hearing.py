"""What the PBX says, through the adapters into the call machine.

One bad message or row must not stop the others: what the machine chokes on is logged and counted.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

import structlog

from pbx_bridge.ami.protocol import Message
from pbx_bridge.asterisk.dialplan import CAME_IN_EVENT, RECORDING_ASKED_EVENT
from pbx_bridge.calls import from_ami, from_cel
from pbx_bridge.calls.events import CallEvent
from pbx_bridge.calls.facts import Fact
from pbx_bridge.calls.layout import Layout
from pbx_bridge.calls.machine import CallMachine
from pbx_bridge.cel.source import Row
from pbx_bridge.supervisions import Supervisions
from pbx_bridge.typed import Typed, TypedCode

log = structlog.get_logger(__name__)

# UserEvents by which the dialplan asks something of us, and the header that says on which channel.
_CHANNEL_OF_ASKED: Final = {RECORDING_ASKED_EVENT: "By", CAME_IN_EVENT: "Channel"}
_OF_CHANNELS: Final = frozenset({"Newchannel", "Newstate", "UserEvent", "Hangup"})
_OF_DIGITS: Final = frozenset({"DTMFEnd", "Hangup"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_REFUSED_WITHOUT_REASON: Final = "?"


class Hearing:
    """The call machine and the PBX's clock."""

    def __init__(self, pbx_id: str, clock: Callable[[], datetime]) -> None:
        self._pbx_id = pbx_id
        self._clock = clock
        self._skew = 0  # the PBX's clock less ours, microseconds
        self._expected: dict[str, asyncio.Future[str]] = {}
        self.machine = CallMachine(pbx_id, Layout())
        self.supervisions = Supervisions(pbx_id)
        self.supervised: Callable[[], None] = lambda: None  # called when they changed
        #: Uniqueids of channels that hung up since somebody put a set here.
        self.hung: set[str] | None = None
        self._asked: list[tuple[str, str]] = []
        self._code = TypedCode()
        self._typed: list[Typed] = []
        self.messages = 0
        self.faults = 0
        self.last_event_at: datetime | None = None

    def forget(self) -> None:
        """All calls: they are told anew."""
        self.machine = CallMachine(self._pbx_id, self.machine.layout)

    def set_layout(self, layout: Layout) -> None:
        self.machine.layout = layout

    def set_skew(self, pong: str, asked_at: datetime) -> None:
        """`pong`: the PBX's time, as Ping's answer has it, seconds since the epoch."""
        try:
            self._skew = int(float(pong) * 1_000_000) - _microseconds(asked_at)
        except (ValueError, OverflowError):
            self._skew = 0

    def now(self) -> int:
        """Microseconds since the epoch on the PBX's clock."""
        return _microseconds(self._clock()) + self._skew

    def expect(self, key: str, root: str | None) -> "asyncio.Future[str]":
        """Of an Originate with the ActionID `key`: resolved with "" when its channel, of Uniqueid
        `root`, is created, or is answered; with a Reason when it cannot be. Cancel it when nobody
        waits any more.
        """
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        keys = [key] if root is None else [key, root]
        for one in keys:
            self._expected[one] = future
        future.add_done_callback(lambda _: [self._expected.pop(one, None) for one in keys])
        return future

    def messages_of(self, messages: Iterable[Message], age: float = 0.0) -> list[CallEvent]:
        """The call events that follow from AMI messages, which arrived `age` seconds ago."""
        out: list[CallEvent] = []
        read, feed = from_ami.facts, self._feed
        for message in messages:
            headers = message.headers
            if "Timestamp" not in headers:
                headers["Timestamp"] = f"{self.now() / 1_000_000 - age:.6f}"
            self.messages += 1
            if message.name in _OF_CHANNELS and self.supervisions.hear(
                headers, self.machine.layout
            ):
                self.supervised()
            for fact in read(headers):
                out += feed(fact)
            if message.name == "UserEvent":
                self._ask(message)
            elif message.name in _OF_DIGITS:
                typed = self._code.hear(headers, self.machine.layout, self.now() / 1_000_000)
                if typed is not None:
                    self._typed.append(typed)
            if self._expected:
                self._meet(message)
            if self.hung is not None and message.name == "Hangup":
                self.hung.add(message.get("Uniqueid"))
        self.last_event_at = self._clock()
        return out

    def asked(self) -> list[tuple[str, str]]:
        """What the dialplan asks of us since last asked: the UserEvent, and the channel's name."""
        if not self._asked:
            return []
        asked, self._asked = self._asked, []
        return asked

    def typed(self) -> list[Typed]:
        """What employees typed during calls since last asked."""
        if not self._typed:
            return []
        typed, self._typed = self._typed, []
        return typed

    def rows(self, rows: Sequence[Row]) -> list[CallEvent]:
        """The call events that follow from CEL rows."""
        out: list[CallEvent] = []
        for row in rows:
            for fact in from_cel.facts(row):
                out += self._feed(fact)
        return out

    def _feed(self, fact: Fact) -> list[CallEvent]:
        try:
            return self.machine.feed(fact)
        except Exception:
            self.faults += 1
            log.exception("bridge.fact_not_understood", fact=repr(fact))
            return []

    def _ask(self, message: Message) -> None:
        event = message.get("UserEvent")
        channel = message.get(_CHANNEL_OF_ASKED.get(event, ""))
        if channel:
            self._asked.append((event, channel))

    def _meet(self, message: Message) -> None:
        if message.name == "Newchannel":
            future, answer = self._expected.get(message.get("Uniqueid")), ""
        elif message.name == "OriginateResponse":
            future = self._expected.get(message.get("ActionID"))
            failed = message.get("Response") == "Failure"
            answer = message.get("Reason", _REFUSED_WITHOUT_REASON) if failed else ""
        else:
            return
        if future is not None and not future.done():
            future.set_result(answer)


def _microseconds(moment: datetime) -> int:
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
