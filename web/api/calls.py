"""Calls, their story and notes, the board, missed calls."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field

from crm.clients.views import ActivityView
from crm.paging import Page
from crm.telephony.call_json import call_json
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
from web.api.shapes import Call, CallPage, LiveBoard, MissedPage

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


class MoveBody(Body):
    card_id: Id


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
