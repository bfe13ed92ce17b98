"""Calls, their story, missed calls; placing and steering calls."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field

from crm.clients.views import ActivityView
from crm.paging import Page
from crm.telephony.call_json import call_json
from crm.telephony.ports import Device, DeviceKind
from crm.telephony.views import CallFilter, MissedView, PersonState, StoryItem
from pbx_bridge.calls.events import Direction, Outcome
from web.api.card_bodies import NoteBody
from web.api.operation import (
    Access,
    Asked,
    Body,
    Id,
    Listed,
    NoBody,
    NoQuery,
    PageQuery,
    Plain,
    Table,
    listed,
)
from web.api.shapes import Call, CallId, CallPage, LiveBoard, MissedPage
from web.errors import invalid

table = Table("calls")
ALL = Access.SIGNED_IN


def _plus(value: object) -> object:
    """A `+` that was not encoded arrives as a space."""
    return value.replace(" ", "+") if isinstance(value, str) and "T" in value else value


Moment = Annotated[AwareDatetime, BeforeValidator(_plus)]


class CallQuery(PageQuery):
    """`employee`: a user's id, or an extension where no user has that id.

    `since`, `until`: ISO 8601 with a zone. `order`: started, or -started (newest first).
    """

    q: str = Field("", max_length=200)
    state: Literal["ringing", "talking", "held", "ended", "live"] | None = None
    direction: Direction | None = None
    outcome: Outcome | None = None
    number: str | None = Field(None, max_length=100)
    since: Moment | None = None
    until: Moment | None = None
    line: str | None = Field(None, max_length=100)
    employee: Id | None = None
    extension: str | None = Field(None, max_length=20)
    card: Id | None = None
    recorded: bool | None = None
    order: str | None = None


class MissedQuery(PageQuery):
    """`mine`: whose client I am responsible for. `cleared`: the history instead. `order`: missed,
    or -missed (newest first).
    """

    q: str = Field("", max_length=200)
    line: str | None = Field(None, max_length=100)
    order: str | None = Field(None, max_length=50)
    mine: bool = False
    cleared: bool = False


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
    """`stop` is for good; after `pause`, `resume` goes on."""

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


class MoveBody(Body):
    card_id: Id


def _device(kind: DeviceKind | None) -> Device | None:
    return None if kind is None else Device(kind)


_STEERS = (409, 503)
_DIALS = (403, 409, 503)


@table.add("GET", "/calls", ALL, "Calls, newest first", answer=CallPage)
async def list_calls(asked: Asked[CallQuery, NoBody]) -> Page[Any]:
    query = asked.query
    given = query.model_dump(exclude={"limit", "cursor"})
    people, phones = asked.crm.directory.people, asked.crm.directory.phones
    if query.employee not in people and str(query.employee) in phones and not query.extension:
        given |= {"employee": None, "extension": str(query.employee)}
    page = await asked.crm.calls.list_calls(
        asked.actor, CallFilter(**given), limit=query.limit, cursor=query.cursor
    )
    return Page(tuple(call_json(call) for call in page.items), page.total, page.next)


@table.add("GET", "/calls/{id}", ALL, "One call", answer=Call)
async def get_call(asked: Plain) -> dict[str, Any]:
    return call_json(await asked.crm.calls.get_call(asked.actor, asked.id))


@table.add("GET", "/calls/{id}/story", ALL, "The call's journal, in order")
async def get_call_story(asked: Plain) -> Listed[StoryItem]:
    return listed(await asked.crm.calls.story(asked.actor, asked.id))


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


@table.add("PUT", "/calls/{id}/card", ALL, "Attach the call to another card", answer=Call)
async def move_call(asked: Asked[NoQuery, MoveBody]) -> dict[str, Any]:
    call = await asked.crm.calls.move(asked.actor, asked.id, asked.body.card_id)
    return call_json(call)


@table.add("GET", "/calls/{id}/notes", ALL, "Notes taken in the call")
async def list_call_notes(asked: Plain) -> Listed[ActivityView]:
    await asked.crm.calls.get_call(asked.actor, asked.id)
    return listed(await asked.crm.timeline.notes_of_call(asked.actor, asked.id))


@table.add("POST", "/calls/{id}/notes", ALL, "Take a note in the call", status=201)
async def add_call_note(asked: Asked[NoQuery, NoteBody]) -> ActivityView:
    await asked.crm.calls.get_call(asked.actor, asked.id)
    return await asked.crm.notes.add(asked.actor, asked.body.text, call_id=asked.id)


@table.add("GET", "/board", ALL, "Live calls, and what everybody does", answer=LiveBoard)
async def get_board(asked: Plain) -> dict[str, Any]:
    board = await asked.crm.calls.board(asked.actor)
    return {
        "waiting": [call_json(call) for call in board.waiting],
        "talking": [call_json(call) for call in board.talking],
        "people": board.people,
    }


@table.add("GET", "/people", ALL, "Colleagues by department: what each does, at which phones")
async def list_people(asked: Plain) -> Listed[PersonState]:
    return listed(await asked.crm.calls.people(asked.actor))


@table.add("GET", "/missed", ALL, "Numbers that wait to be called back", answer=MissedPage)
async def list_missed(asked: Asked[MissedQuery, NoBody]) -> Page[Any]:
    query = asked.query
    page = await asked.crm.missed.list_missed(
        asked.actor,
        cleared=query.cleared,
        mine=query.mine,
        q=query.q,
        line=query.line,
        order=query.order,
        limit=query.limit,
        cursor=query.cursor,
    )
    return Page(tuple(_missed(item) for item in page.items), page.total, page.next)


@table.add("POST", "/missed/{id}/clear", ALL, "The client of this missed call was dealt with")
async def clear_missed(asked: Plain) -> None:
    await asked.crm.missed.clear(asked.actor, asked.id)


def _missed(item: MissedView) -> dict[str, Any]:
    return {
        "call": call_json(item.call),
        "responsible": item.responsible,
        "cleared_at": item.cleared_at,
        "cleared_by": item.cleared_by,
        "cleared_call_id": item.cleared_call_id,
        "tries": item.tries,
    }
