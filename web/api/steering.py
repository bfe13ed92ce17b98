"""Placing calls, and what is done with one that goes on."""

from typing import Literal

from pydantic import ConfigDict, Field

from crm.telephony.ports import Device, DeviceKind
from web.api.operation import Access, Asked, Body, NoQuery, Plain, Table
from web.api.shapes import CallId
from web.errors import invalid

table = Table("calls")
ALL = Access.SIGNED_IN


class PlaceBody(Body):
    """`from`: the extension that rings first, the caller's own if left out. `line`: by name.
    `device`: which of its phones; left out, the desk phone if one is registered, else the browser.
    mobile: the employee's mobile telephone is called first, and asks for the key 1.
    """

    model_config = ConfigDict(validate_by_alias=True, validate_by_name=False)

    from_: str | None = Field(None, alias="from")
    to: str
    line: str | None = None
    device: DeviceKind | None = None


class HolderBody(Body):
    """`extension`: who has the client now, if more than one could be meant."""

    extension: str | None = None


class TransferBody(HolderBody):
    """`announce`: the client waits while `to` is asked; then `step` says what becomes of it.

    `step`, without `to`: complete, cancel, swap (between both), join (all three speak). `line`: on
    which a number outside is called.
    """

    to: str | None = None
    announce: bool = False
    step: Literal["complete", "cancel", "swap", "join"] | None = None
    line: str | None = None


class ConferenceBody(HolderBody):
    """`action`: add calls `to` into the talk; drop, mute and unmute are about `who`, an extension
    or a number in the call; leave goes and leaves the others.
    """

    action: Literal["add", "drop", "mute", "unmute", "leave"] = "add"
    to: str | None = None
    who: str | None = None
    line: str | None = None


class RecordBody(Body):
    """After `pause`, `resume` goes on; after `stop`, `start` begins it again. Always one recording,
    silent meanwhile.
    """

    action: Literal["start", "stop", "pause", "resume"]


class PickupBody(Body):
    """`device`: as for placing a call; a mobile has what rings then only after the key 1."""

    extension: str | None = None
    device: DeviceKind | None = None


class SuperviseBody(Body):
    """`extension`: of the employee, if more than one speaks. `device`: the supervisor's own, as
    for placing a call.

    listen: nobody notices; whisper: the employee hears; barge: all hear; takeover: the client goes
    to the supervisor; end: the call is hung up; stop: listen no more.
    """

    mode: Literal["listen", "whisper", "barge", "takeover", "end", "stop"]
    extension: str | None = None
    device: DeviceKind | None = None


def _device(kind: DeviceKind | None) -> Device | None:
    return None if kind is None else Device(kind)


_STEERS = (409, 503)
_DIALS = (403, 409, 503)


@table.add("POST", "/calls", ALL, "Ring a phone, then dial", status=202, errors=_DIALS)
async def place_call(asked: Asked[NoQuery, PlaceBody]) -> CallId:
    body = asked.body
    call = await asked.crm.phone.place(
        asked.actor, body.to, extension=body.from_, line=body.line, device=_device(body.device)
    )
    return CallId(call.id)


@table.add("POST", "/calls/{id}/hangup", ALL, "End the call", errors=_STEERS)
async def hang_up_call(asked: Plain) -> None:
    await asked.crm.steering.hang_up(asked.actor, asked.id)


@table.add("POST", "/calls/{id}/transfer", ALL, "Hand the client over", errors=_DIALS)
async def transfer_call(asked: Asked[NoQuery, TransferBody]) -> None:
    body, steering = asked.body, asked.crm.steering
    if body.step is not None:
        await steering.go_on(asked.actor, asked.id, body.step, extension=body.extension)
        return
    hand_on = steering.consult if body.announce else steering.transfer
    to = _given(body.to, "to")
    await hand_on(asked.actor, asked.id, to, extension=body.extension, line=body.line)


@table.add("POST", "/calls/{id}/hold", ALL, "Let the client wait with music", errors=_STEERS)
async def hold_call(asked: Asked[NoQuery, HolderBody]) -> None:
    await asked.crm.steering.hold(asked.actor, asked.id, extension=asked.body.extension)


@table.add("POST", "/calls/{id}/resume", ALL, "Speak with the client again", errors=_STEERS)
async def resume_call(asked: Asked[NoQuery, HolderBody]) -> None:
    await asked.crm.steering.resume(asked.actor, asked.id, extension=asked.body.extension)


@table.add("POST", "/calls/{id}/conference", ALL, "More than two in the call", errors=_DIALS)
async def conference_call(asked: Asked[NoQuery, ConferenceBody]) -> None:
    body, steering, actor = asked.body, asked.crm.steering, asked.actor
    match body.action:
        case "add":
            to = _given(body.to, "to")
            await steering.invite(actor, asked.id, to, extension=body.extension, line=body.line)
        case "drop":
            await steering.drop(actor, asked.id, _given(body.who, "who"))
        case "leave":
            await steering.leave(actor, asked.id, extension=body.extension)
        case "mute" | "unmute":
            who = _given(body.who, "who")
            await steering.mute(actor, asked.id, who, muted=body.action == "mute")


@table.add("POST", "/calls/{id}/record", ALL, "Begin, pause, end the recording", errors=_STEERS)
async def record_call(asked: Asked[NoQuery, RecordBody]) -> None:
    await asked.crm.steering.record(asked.actor, asked.id, asked.body.action)


def _given(value: str | None, name: str) -> str:
    if not value:
        raise invalid({name: "is missing"})
    return value


@table.add("POST", "/calls/{id}/pickup", ALL, "Take what rings elsewhere", errors=_STEERS)
async def pick_up_call(asked: Asked[NoQuery, PickupBody]) -> None:
    body = asked.body
    await asked.crm.phone.pick_up(
        asked.actor, asked.id, extension=body.extension, device=_device(body.device)
    )


@table.add("POST", "/calls/{id}/supervise", ALL, "Listen to the call, or step in", errors=_STEERS)
async def supervise_call(asked: Asked[NoQuery, SuperviseBody]) -> None:
    body = asked.body
    await asked.crm.supervision.supervise(
        asked.actor,
        asked.id,
        body.mode,
        extension=body.extension,
        device=_device(body.device),
    )
