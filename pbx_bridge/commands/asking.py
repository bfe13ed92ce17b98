"""How the PBX is asked: values checked before they cross into AMI and the dialplan, one who acts on
a call at a time, and answers waited for.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, Protocol
from weakref import WeakValueDictionary

import structlog

from pbx_bridge.ami.errors import ActionRefused, ActionTimeout, AmiError, NotConnected
from pbx_bridge.ami.options import Header
from pbx_bridge.ami.protocol import Message
from pbx_bridge.calls.callbook import Phone
from pbx_bridge.supervisions import Supervision

log = structlog.get_logger(__name__)

EXTENSION: Final = re.compile(r"[0-9]{1,8}")
NUMBER: Final = re.compile(r"\+?[0-9*#]{1,32}")
E164: Final = re.compile(r"\+[0-9]{3,15}")
ROOT: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
LINE: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
CHANNEL: Final = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9@+._-]+")
UNIQUEID: Final = re.compile(r"[A-Za-z0-9.+_-]{1,150}")
_HAPPENS_SECONDS: Final = 3.0  # within which the PBX has done what it agreed to do
# How the manager says that a channel is gone, as its actions word it.
_GONE: Final = re.compile(
    r"no such channel|channel\d?( specified)? does not exist|channel .*not found"
    r"|channel not up|not in a bridge",
    re.I,
)


class Exchange(Protocol):
    """The bridge, as the commands need it."""

    pbx_id: str

    async def action(self, name: str, *headers: Header, key: str = "") -> Message:
        """`key`: the ActionID. Raises AmiError."""
        ...

    def active(self) -> Sequence[str]:
        """Keys of the calls that go on."""
        ...

    def phones(self, call: str) -> Sequence[Phone]:
        """The phones in the call, employees' first."""
        ...

    def key_of(self, channel: str) -> str | None:
        """The call in which the channel of this name is."""
        ...

    def ringing(self, call: str) -> Sequence[str]:
        """Names of the employees' channels that ring in the call."""
        ...

    def supervisions(self) -> Sequence[Supervision]:
        """Who listens to whom now."""
        ...

    def expect(self, key: str, root: str | None = None) -> asyncio.Future[str]:
        """Of an Originate with the ActionID `key`: resolved when its channel, of Uniqueid `root`,
        exists or is answered (empty), or cannot be (the Reason).
        """
        ...

    async def until(self, so: Callable[[], bool], seconds: float) -> bool:
        """Whether it became so, judged after each thing that is heard of the PBX."""
        ...


class Asking:
    """What every kind of command is made of. `refused`: an error of a sentence for the user."""

    def __init__(self, exchange: Exchange, refused: Callable[[str], Exception]) -> None:
        self._exchange = exchange
        self._refused = refused
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def _turn(self, call: str) -> AsyncIterator[None]:
        """Who acts on one call at once, does it in turn: the second finds what the first did."""
        lock = self._turns.setdefault(call, asyncio.Lock())
        async with lock:
            yield

    # ---- phones

    def _phones(self, call: str) -> Sequence[Phone]:
        phones = self._exchange.phones(call)
        if not phones:
            raise self._refused("this call has ended")
        return phones

    def _speaking(self, call: str, extension: str) -> Phone:
        """The employee's phone in the talk; the one with the client if there are several."""
        mine = [it for it in self._phones(call) if it.extension == extension and not it.rings]
        if not mine:
            raise self._refused(f"{extension} is not in this call")
        return max(mine, key=lambda it: (it.with_client, it.talks))

    def _consulting(self, call: str, phone: Phone) -> bool:
        """Whether the client waits while this phone asks a colleague, or rings one."""
        if phone.consults or not phone.talks:
            return True
        return not phone.with_client and any(it.extension is None for it in self._phones(call))

    def _client(self, call: str) -> Phone:
        for phone in self._phones(call):
            if phone.extension is None and not phone.rings:
                return phone
        raise self._refused("nobody from outside is in this call")

    # ---- AMI

    async def _act(self, name: str, *headers: Header, key: str = "") -> Message:
        try:
            return await self._exchange.action(name, *headers, key=key)
        except AmiError as error:
            log.info("pbx_refuses", action=name, error=str(error))
            raise self._refused(_sentence(error)) from error

    async def _press(self, channel: str, keys: str) -> None:
        """As if the phone's user had pressed them."""
        for one in keys:
            await self._act("PlayDTMF", self._channel(channel), ("Digit", one), ("Receive", "true"))

    async def _set(self, channel: str, variable: str, value: str) -> None:
        await self._act("Setvar", self._channel(channel), ("Variable", variable), ("Value", value))

    async def _value(self, channel: str, variable: str) -> str:
        """Of a channel's variable; empty too where the channel has gone."""
        try:
            wanted = ("Variable", variable)
            answer = await self._exchange.action("Getvar", self._channel(channel), wanted)
        except AmiError:
            return ""
        return answer.get("Value")

    async def _silence(self, channel: str, *, muted: bool) -> None:
        """The action MuteAudio takes the right `system`, which this manager user must not have."""
        await self._set(channel, "MUTEAUDIO(in)", "on" if muted else "off")

    async def _happens(self, so: Callable[[], bool], otherwise: str) -> None:
        """Wait for what the PBX agreed to do. Raises with the sentence `otherwise`."""
        if not await self._exchange.until(so, _HAPPENS_SECONDS):
            raise self._refused(otherwise)

    # ---- values

    def _channel(self, name: str) -> Header:
        """A channel's name is the PBX's own; one that begins with "/" would be a pattern."""
        return ("Channel", self._valid(CHANNEL, name, "channel"))

    def _valid(self, pattern: re.Pattern[str], value: str, what: str) -> str:
        if not pattern.fullmatch(value):
            raise self._refused(f"not a {what}: {value!r}")
        return value


def _sentence(error: AmiError) -> str:
    """For the user; the PBX's own words are for the administrator."""
    match error:
        case ActionRefused() if _GONE.search(error.message):
            return "this call has ended"
        case NotConnected():
            return "The telephone exchange is not connected"
        case ActionTimeout():
            return "the PBX does not say whether that was done"
    return "the PBX refuses to do that"
