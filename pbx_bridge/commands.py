"""What the CRM asks of the telephone, as manager actions.

Every value is checked here, before it crosses into AMI and the dialplan.
"""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from pbx_bridge.ami.errors import AmiError
from pbx_bridge.ami.options import Header
from pbx_bridge.ami.protocol import Message
from pbx_bridge.asterisk import dialplan
from pbx_bridge.calls.keys import call_key, placed_root
from pbx_bridge.directory import WEB_SUFFIX, extension_of, web_endpoint

_EXTENSION: Final = re.compile(r"[0-9]{1,8}")
_NUMBER: Final = re.compile(r"\+?[0-9*#]{1,32}")
_ROOT: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_LINE: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_KEY: Final = re.compile(r"[A-Za-z0-9.-]{1,128}")
_DEVICE: Final = re.compile(r"desk|browser")
_CHANNEL: Final = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9@+._-]+")
_RING_MILLISECONDS: Final = "30000"
_ACCEPT_SECONDS: Final = 5.0
_REFUSAL_SECONDS: Final = 1.0  # in which a phone that cannot be called is told of

# OriginateResponse's Reason: the control frame with which the attempt ended.
_NOT_REGISTERED: Final = "0"
_REASONS: Final = {
    _NOT_REGISTERED: "the phone {extension} is not registered",
    "1": "the phone {extension} was hung up",
    "3": "the phone {extension} did not answer",
    "5": "the phone {extension} is busy",
    "8": "the phone {extension} cannot be reached",
}


class Placing(Protocol):
    """As `crm.telephony.ports.Placing`."""

    @property
    def key(self) -> str: ...
    @property
    def extension(self) -> str: ...
    @property
    def to(self) -> str: ...
    @property
    def line(self) -> str | None: ...
    @property
    def device(self) -> str | None: ...


class Exchange(Protocol):
    """The bridge, as the commands need it."""

    pbx_id: str

    async def action(self, name: str, *headers: Header, key: str = "") -> Message:
        """`key`: the ActionID. Raises AmiError."""
        ...

    def channels(self, call: str) -> Sequence[tuple[str, str | None]]:
        """Channel's name and extension (None: outside) of each phone in the call."""
        ...

    def ringing(self, call: str) -> Sequence[str]:
        """Names of the employees' channels that ring in the call."""
        ...

    def expect(self, key: str, root: str | None = None) -> asyncio.Future[str]:
        """Of an Originate with the ActionID `key`: resolved when its channel, of Uniqueid `root`,
        exists or is answered (empty), or cannot be (the Reason).
        """
        ...


class Commands:
    """Implements `crm.telephony.ports.Telephony`.

    Every method raises what `refused` makes of a sentence for the user. `reload` is the PBX's own.
    """

    def __init__(
        self,
        exchange: Exchange,
        *,
        refused: Callable[[str], Exception],
        reload: Callable[[], Awaitable[None]],
    ) -> None:
        self._exchange = exchange
        self._refused = refused
        self._reload = reload

    def new_call_key(self) -> str:
        return call_key(self._exchange.pbx_id, placed_root(secrets.token_hex(8)))

    async def place(self, placing: Placing) -> None:
        """Ring the device, which answers by itself, then dial. Returns when it rings."""
        root = placing.key.removeprefix(f"{self._exchange.pbx_id}-")
        self._valid(_ROOT, root, "call's key")
        extension = self._valid(_EXTENSION, placing.extension, "extension")
        to = self._valid(_NUMBER, placing.to, "number")
        variables = [f"{dialplan.TO_VARIABLE}={to}", *dialplan.AUTO_ANSWER]
        if placing.line is not None:
            line = self._valid(_LINE, placing.line, "line")
            variables.append(f"{dialplan.LINE_VARIABLE}={line}")
        # What the desk phone shows; the dialplan sets the employee's own before it dials.
        shown = ("CallerID", f'"{to}" <{to}>')
        headers = (*_ringing(dialplan.CLICK_CONTEXT, variables), ("ChannelId", root), shown)
        endpoints = self._endpoints(extension, placing.device)
        told = await self._ring(endpoints, placing.key, _ACCEPT_SECONDS, root, *headers)
        if not told:
            raise self._refused(f"the PBX does not say whether {extension} rings")

    async def hang_up(self, call: str) -> None:
        """End every phone's part in the call."""
        names = [name for name, _ in self._exchange.channels(call)]
        if not names:
            raise self._refused("this call has ended")
        failed: AmiError | None = None
        ended = 0
        for name in names:
            try:
                await self._exchange.action("Hangup", self._channel(name), ("Cause", "16"))
                ended += 1
            except AmiError as error:  # it may have ended with another
                failed = error
        if not ended and failed is not None:
            raise self._refused(str(failed)) from failed

    async def blind_transfer(self, call: str, extension: str, to: str) -> None:
        target = self._valid(_NUMBER, to, "number")
        for name, owner in self._exchange.channels(call):
            if owner == extension:
                await self._act(
                    "BlindTransfer",
                    self._channel(name),
                    ("Context", dialplan.TRANSFER_CONTEXT),
                    ("Exten", target),
                )
                return
        raise self._refused(f"{extension} is not in this call")

    async def pick_up(self, call: str, extension: str, device: str | None = None) -> None:
        taker = self._valid(_EXTENSION, extension, "extension")
        names = self._exchange.ringing(call)
        if not names:
            raise self._refused("nothing rings in this call any more")
        _, ringing = self._channel(names[0])
        variables = [f"{dialplan.PICKUP_VARIABLE}={ringing}", *dialplan.AUTO_ANSWER]
        # Asterisk names this channel itself, so that its beginning is not told from others'.
        headers = _ringing(dialplan.PICKUP_CONTEXT, variables)
        await self._ring(self._endpoints(taker, device), call, _REFUSAL_SECONDS, None, *headers)

    async def reload(self) -> None:
        await self._reload()

    def _endpoints(self, extension: str, device: str | None) -> tuple[str, ...]:
        """Those to try, in this order. Without a choice the desk phone rings, and the browser only
        where there is none: both together would both answer by themselves.
        """
        desk, web = extension, web_endpoint(extension)
        if device is None:
            return desk, web
        return (web,) if self._valid(_DEVICE, device, "device") == "browser" else (desk,)

    async def _ring(
        self,
        endpoints: Sequence[str],
        call: str,
        seconds: float,
        root: str | None,
        *headers: Header,
    ) -> bool:
        """Originate to the first endpoint where a phone is registered, and wait for what becomes of
        it; False if that is not told in time.
        """
        key = self._valid(_KEY, call, "call's key")
        tells = f"PJSIP_HEADER(add,{dialplan.CALL_HEADER})={key}"
        reason: str | None = None
        for endpoint in endpoints:
            told = (("Variable", tells),) if endpoint.endswith(WEB_SUFFIX) else ()
            channel = ("Channel", f"PJSIP/{endpoint}")
            reason = await self._originate(seconds, root, channel, *headers, *told)
            if reason != _NOT_REGISTERED:
                break
        if reason:
            text = _REASONS.get(reason, "the phone {extension} cannot be called")
            raise self._refused(text.format(extension=extension_of(endpoints[0])))
        return reason is not None

    async def _originate(self, seconds: float, root: str | None, *headers: Header) -> str | None:
        """The Reason for which it failed, empty if it rings, None if that is not told in time."""
        key = f"hovorna-{secrets.token_hex(8)}"
        expected = self._exchange.expect(key, root)
        try:
            await self._act("Originate", *headers, key=key)
            await asyncio.wait([expected], timeout=seconds)
            return expected.result() if expected.done() else None
        finally:
            expected.cancel()

    async def _act(self, name: str, *headers: Header, key: str = "") -> None:
        try:
            await self._exchange.action(name, *headers, key=key)
        except AmiError as error:
            raise self._refused(str(error)) from error

    def _channel(self, name: str) -> Header:
        """A channel's name is the PBX's own; one that begins with "/" would be a pattern."""
        return ("Channel", self._valid(_CHANNEL, name, "channel"))

    def _valid(self, pattern: re.Pattern[str], value: str, what: str) -> str:
        if not pattern.fullmatch(value):
            raise self._refused(f"not a {what}: {value!r}")
        return value


def _ringing(context: str, variables: Sequence[str]) -> tuple[Header, ...]:
    return (
        ("Context", context),
        ("Exten", "s"),
        ("Priority", "1"),
        ("Async", "true"),
        ("Timeout", _RING_MILLISECONDS),
        *(("Variable", variable) for variable in variables),
    )
