"""A bridge with one call, as the commands know it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pbx_bridge.ami.options import Header
from pbx_bridge.ami.protocol import Message, encode_action
from pbx_bridge.calls.callbook import Phone
from pbx_bridge.supervisions import Supervision

CALL, DESK, CLIENT = "main-1.0", "PJSIP/101-00000001", "PJSIP/line1-00000000"


class Refused(Exception):
    """As the CRM's TelephonyError."""


@dataclass(frozen=True)
class Mobile:
    number: str = "+420603111222"
    line: str = "line1"
    shown: str = "+420222333444"


@dataclass(frozen=True)
class Device:
    kind: str
    port: int | None = None
    mobile: Mobile | None = None


@dataclass(frozen=True)
class Placing:
    key: str
    extension: str = "101"
    to: str = "+420777123456"
    line: str | None = "line1"
    device: Device | None = None


def a_phone(name: str, extension: str | None = None, **more: Any) -> Phone:
    """One that talks with the others."""
    plain: dict[str, Any] = {
        "uniqueid": f"1.{name[-1]}",
        "number": None if extension else "+420777123456",
        "root": "1.0",
        "rings": False,
        "talks": True,
        "with_client": extension is not None,
        "recorded": extension is None,
        "paused": False,
        "stopped": False,
        "on_hold": False,
        "consults": False,
    }
    return Phone(name=name, extension=extension, **plain | more)


class Exchange:
    """A bridge with one call, whose manager answers as told."""

    pbx_id = "main"

    def __init__(self) -> None:
        self.sent: list[list[Header]] = []
        self.fails: dict[str, Exception] = {}
        self.parties = [a_phone("PJSIP/101-00000001", "101"), a_phone("PJSIP/line1-00000000")]
        self.then: Callable[[], None] = lambda: None  # what becomes of what was asked
        self.rings = ["PJSIP/102-00000002"]
        self.becomes: str | None = ""  # of an Originate
        self.expected: list[tuple[str, str | None]] = []
        self.listening: list[Supervision] = []
        self.values: dict[str, str] = {}  # of variables that are asked for

    async def action(self, name: str, *headers: Header, key: str = "") -> Message:
        encode_action([("Action", name), *headers])
        self.sent.append([("Action", name), *headers])
        value = dict(headers).get("Channel", "")
        for failing in (name, value):
            if failing in self.fails:
                raise self.fails[failing]
        told = self.values.get(dict(headers).get("Variable", ""), "")
        return Message("", f"Response: Success\r\nValue: {told}".encode())

    def active(self) -> Sequence[str]:
        return ["main-1.0"]

    def phones(self, call: str) -> Sequence[Phone]:
        return self.parties if call == "main-1.0" else []

    def supervisions(self) -> Sequence[Supervision]:
        return self.listening

    def key_of(self, channel: str) -> str | None:
        return "main-1.0" if any(it.name == channel for it in self.parties) else None

    async def until(self, so: Callable[[], bool], seconds: float) -> bool:
        self.then()
        return so()

    def ringing(self, call: str) -> Sequence[str]:
        return self.rings if call == "main-1.0" else []

    def expect(self, key: str, root: str | None = None) -> "asyncio.Future[str]":
        self.expected.append((key, root))
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        if self.becomes is not None:
            future.set_result(self.becomes)
        return future


def names(exchange: Exchange) -> list[str]:
    return [dict(sent)["Action"] for sent in exchange.sent]
