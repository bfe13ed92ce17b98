"""Phones are called: where an extension is registered, and what becomes of an Originate."""

import asyncio
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from pbx_bridge.ami.options import Header
from pbx_bridge.asterisk import dialplan
from pbx_bridge.commands.asking import E164, LINE, UNIQUEID, Asking
from pbx_bridge.directory import WEB_SUFFIX, extension_of, mobile_endpoint, web_endpoint

_KEY: Final = re.compile(r"[A-Za-z0-9.-]{1,128}")
_CONTACT: Final = re.compile(r"PJSIP/(?P<device>[A-Za-z0-9-]+/sips?:[^\s&]+)")
_RING_MILLISECONDS: Final = "30000"

# OriginateResponse's Reason: the control frame with which the attempt ended.
_NOT_REGISTERED: Final = "0"
_REASONS: Final = {
    _NOT_REGISTERED: "the phone {extension} is not registered",
    "1": "the phone {extension} was hung up",
    "3": "the phone {extension} did not answer",
    "5": "the phone {extension} is busy",
    "8": "the phone {extension} cannot be reached",
}
_NO_MOBILE: Final = "the mobile of {extension} cannot be called"
_MOBILE_REASONS: Final = {
    "3": "the mobile of {extension} did not answer",
    "5": "the mobile of {extension} is busy",
}


class Mobile(Protocol):
    """As `crm.telephony.ports.Mobile`."""

    @property
    def number(self) -> str: ...
    @property
    def line(self) -> str: ...
    @property
    def shown(self) -> str: ...


class Device(Protocol):
    """As `crm.telephony.ports.Device`."""

    @property
    def kind(self) -> str: ...
    @property
    def port(self) -> int | None: ...
    @property
    def mobile(self) -> Mobile | None: ...


class Ringing(Asking):
    def _endpoints(self, extension: str, device: Device | None) -> tuple[str, ...]:
        """Those to try, in this order. Without a choice the desk phone rings, and the browser only
        where there is none: both together would both answer by themselves.
        """
        desk, web = extension, web_endpoint(extension)
        if device is None:
            return desk, web
        match device.kind, device.port:
            case "desk", None:
                return (desk,)
            case "browser", None:
                return (web,)
            case "mobile", None if device.mobile is not None:
                number = self._valid(E164, device.mobile.number, "number")
                line = self._valid(LINE, device.mobile.line, "line")
                return (f"{number}@{mobile_endpoint(extension, line)}",)
            case "browser", int(port) if 0 < port < 65536:
                return (self._browser_at(extension, port),)
        raise self._refused(f"not a device: {device!r}")

    async def _devices(self, extension: str) -> tuple[str, ...]:
        """Wherever it is registered, desk phones and browsers: each as Originate calls it.

        Source: Asterisk's function PJSIP_DIAL_CONTACTS.
        """
        devices: list[str] = []
        for endpoint in (extension, web_endpoint(extension)):
            wanted = ("Variable", f"PJSIP_DIAL_CONTACTS({endpoint})")
            contacts = (await self._act("Getvar", wanted)).get("Value")
            found = (_CONTACT.fullmatch(it) for it in contacts.split("&"))
            devices += [it["device"] for it in found if it is not None]
        return tuple(devices)

    def _place(self, device: Device | None) -> str:
        """As `_endpoints`, for the dialplan's AT_VARIABLE."""
        if device is None:
            return "desk"
        match device.kind, device.port:
            case "desk", None:
                return "desk"
            case "browser", None:
                return "web"
            case "mobile", None if device.mobile is not None:
                return f"mobile-{self._valid(LINE, device.mobile.line, 'line')}"
            case "browser", int(port) if 0 < port < 65536:
                return f"web-{port}"
        raise self._refused(f"not a device: {device!r}")

    def _channel_id(self, root: str) -> Header:
        return ("ChannelId", self._valid(UNIQUEID, root, "channel's id"))

    def _browser_at(self, extension: str, port: int) -> str:
        """That one's contact: the PBX puts where it came from in the place of its own."""
        web = web_endpoint(extension)
        return f"{web}/sip:{web}@127.0.0.1:{port};transport=ws"

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
        reason: str | None = None
        for endpoint in endpoints:
            reason = await self._ring_at(endpoint, call, seconds, root, *headers)
            if reason != _NOT_REGISTERED:
                break
        if reason:
            raise self._refused(_not_called(endpoints[0], reason))
        return reason is not None

    async def _ring_all(
        self, to: str, roots: Mapping[str, str], call: str, seconds: float, *headers: Header
    ) -> bool:
        """As `_ring`, at all of the devices of `to` at once. `roots`: what each channel's Uniqueid
        shall be. One that rings is enough.
        """
        if not roots:
            raise self._refused(_not_called(to, _NOT_REGISTERED))
        outcomes = await asyncio.gather(
            *(
                self._ring_at(device, call, seconds, root, *headers, self._channel_id(root))
                for device, root in roots.items()
            ),
            return_exceptions=True,
        )
        if "" in outcomes or None in outcomes:
            return "" in outcomes
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        raise self._refused(_not_called(next(iter(roots)), str(outcomes[0])))

    async def _ring_at(
        self, endpoint: str, call: str, seconds: float, root: str | None, *headers: Header
    ) -> str | None:
        """As `_originate`. A browser is told in which call it rings."""
        key = self._valid(_KEY, call, "call's key")
        tells = f"PJSIP_HEADER(add,{dialplan.CALL_HEADER})={key}"
        told = (("Variable", tells),) if WEB_SUFFIX in endpoint else ()
        return await self._originate(
            seconds, root, ("Channel", f"PJSIP/{endpoint}"), *headers, *told
        )

    def _once_answered(
        self, context: str, variables: Sequence[str], device: Device | None, shown: str | None
    ) -> tuple[Header, ...]:
        """Of Originate: where the phone goes, which answers by itself and shows `shown`. A mobile
        is asked for its key before, and shows the line's number.
        """
        mobile = device.mobile if device is not None else None
        if mobile is None:
            variables = [*variables, *dialplan.AUTO_ANSWER]
        else:
            if context != dialplan.CLICK_CONTEXT:
                variables = [*variables, f"{dialplan.THEN_VARIABLE}={context}"]
            context = dialplan.MOBILE_CONTEXT
            shown = self._valid(E164, mobile.shown, "number")
        caller = () if shown is None else (("CallerID", f'"{shown}" <{shown}>'),)
        return (*ringing(context, variables), *caller)

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


def _not_called(endpoint: str, reason: str) -> str:
    """A sentence for the user."""
    _, at, name = endpoint.partition("/")[0].rpartition("@")
    if at:
        text = _MOBILE_REASONS.get(reason, _NO_MOBILE)
    else:
        text = _REASONS.get(reason, "the phone {extension} cannot be called")
    return text.format(extension=extension_of(name))


def ringing(context: str, variables: Sequence[str]) -> tuple[Header, ...]:
    return (
        ("Context", context),
        ("Exten", "s"),
        ("Priority", "1"),
        ("Async", "true"),
        ("Timeout", _RING_MILLISECONDS),
        *(("Variable", variable) for variable in variables),
    )
