"""Leads, contacts and companies; search; which cards a number belongs to."""

from dataclasses import dataclass
from typing import Any

from crm.clients.models import CardType
from crm.clients.views import (
    ActivityView,
    CardData,
    CardFilter,
    CardRef,
    CardView,
    Conversion,
    Related,
    StatusView,
)
from crm.paging import Page
from crm.short_lists import ShortList
from crm.telephony.call_json import call_json
from crm.telephony.views import TimelineItem
from web.api.card_bodies import (
    CardBody,
    CardQuery,
    Changes,
    CompanyChanges,
    ContactChanges,
    ContactQuery,
    ConvertBody,
    LeadBody,
    LeadChanges,
    LeadQuery,
    LookupQuery,
    MoveQuery,
    NewCompanyBody,
    NewContactBody,
    NoteBody,
    SearchQuery,
    StatusBody,
)
from web.api.operation import (
    Access,
    Answer,
    Asked,
    Listed,
    NoBody,
    NoQuery,
    PageQuery,
    Plain,
    Table,
    listed,
)
from web.api.shapes import TimelinePage
from web.api.short_lists import Short

table = Table("clients")
ALL, ADMIN = Access.SIGNED_IN, Access.ADMINISTRATOR

_STATUSES: ShortList[StatusView] = ShortList(
    key=lambda it: it.id,
    words=lambda it: f"{it.code} {it.name}",
    orders={"position": lambda it: it.position, "name": lambda it: it.name},
)


@dataclass(frozen=True, slots=True)
class LookupAnswer:
    """`number`: E.164 of what was asked, null if it is none. `cards`: open work first.

    `items`, `total` and `next` say the same as every list does.
    """

    number: str | None
    cards: tuple[CardRef, ...]
    items: tuple[CardRef, ...]
    total: int
    next: None = None


@table.add("GET", "/lookup", ALL, "The cards that a number belongs to")
async def lookup(asked: Asked[LookupQuery, NoBody]) -> LookupAnswer:
    query = asked.query
    found = await asked.crm.lookup.find(asked.actor, query.number, query.country)
    return LookupAnswer(found.number, found.cards, found.cards, len(found.cards))


@table.add("GET", "/search", ALL, "Cards by words, e-mail or number")
async def search(asked: Asked[SearchQuery, NoBody]) -> Listed[CardRef]:
    query = asked.query
    return listed(await asked.crm.clients.quick_search(asked.actor, query.q, query.limit))


@table.add("GET", "/lead-statuses", ALL, "Statuses of leads, in their order")
async def list_lead_statuses(asked: Short) -> Page[StatusView]:
    return _STATUSES.page(await asked.crm.clients.list_statuses(asked.actor), asked.query)


@table.add("POST", "/lead-statuses", ADMIN, "Add a status", status=201, errors=(409,))
async def create_lead_status(asked: Asked[NoQuery, StatusBody]) -> StatusView:
    return await asked.crm.leads.save_status(asked.actor, **asked.given())


@table.add("PUT", "/lead-statuses/{id}", ADMIN, "Change a status", errors=(409,))
async def change_lead_status(asked: Asked[NoQuery, StatusBody]) -> StatusView:
    return await asked.crm.leads.save_status(asked.actor, status_id=asked.id, **asked.given())


@table.add("DELETE", "/lead-statuses/{id}", ADMIN, "Delete a status", errors=(409,))
async def delete_lead_status(asked: Asked[MoveQuery, NoBody]) -> None:
    await asked.crm.leads.delete_status(asked.actor, asked.id, move_to=asked.query.move_to)


class Cards:
    """The operations that leads, contacts and companies have in common."""

    def __init__(self, type_: CardType) -> None:
        self._type = type_

    async def list_cards(self, asked: Asked[CardQuery, NoBody]) -> Page[CardView]:
        query = asked.query
        wanted = CardFilter(**query.model_dump(exclude={"limit", "cursor"}))
        return await asked.crm.clients.list_cards(
            asked.actor, self._type, wanted, limit=query.limit, cursor=query.cursor
        )

    async def create_card(self, asked: Asked[NoQuery, CardBody]) -> CardView:
        data: CardData = asked.given()
        data.setdefault("source", "api")
        return await asked.crm.clients.create_card(asked.actor, self._type, data)

    async def get_card(self, asked: Plain) -> CardView:
        return await asked.crm.clients.get_card(asked.actor, self._type, asked.id)

    async def change_card(self, asked: Asked[NoQuery, Changes]) -> CardView:
        data: CardData = asked.given(without="version")
        return await asked.crm.clients.update_card(
            asked.actor, self._type, asked.id, data, version=asked.body.version
        )

    async def delete_card(self, asked: Plain) -> None:
        await asked.crm.clients.delete_card(asked.actor, self._type, asked.id)

    async def restore_card(self, asked: Plain) -> CardView:
        return await asked.crm.clients.restore_card(asked.actor, self._type, asked.id)

    async def get_related(self, asked: Plain) -> Related:
        await asked.crm.clients.get_card(asked.actor, self._type, asked.id)
        return await asked.crm.clients.related(asked.actor, asked.id)

    async def get_timeline(self, asked: Asked[PageQuery, NoBody]) -> Page[Any]:
        await asked.crm.clients.get_card(asked.actor, self._type, asked.id)
        query = asked.query
        page = await asked.crm.timeline.timeline(
            asked.actor, asked.id, limit=query.limit, cursor=query.cursor
        )
        return Page(tuple(_entry(item) for item in page.items), page.total, page.next)

    async def add_note(self, asked: Asked[NoQuery, NoteBody]) -> ActivityView:
        await asked.crm.clients.get_card(asked.actor, self._type, asked.id)
        return await asked.crm.notes.add(asked.actor, asked.body.text, card_id=asked.id)


@table.add("POST", "/leads/{id}/convert", ALL, "Make a contact of the lead", errors=(409,))
async def convert_lead(asked: Asked[NoQuery, ConvertBody]) -> Conversion:
    return await asked.crm.leads.convert(asked.actor, asked.id, **asked.given())


@table.add("PATCH", "/notes/{id}", ALL, "Change a note of one's own")
async def change_note(asked: Asked[NoQuery, NoteBody]) -> ActivityView:
    return await asked.crm.notes.edit(asked.actor, asked.id, asked.body.text)


@table.add("DELETE", "/notes/{id}", ALL, "Delete a note of one's own; it can be restored")
async def delete_note(asked: Plain) -> None:
    await asked.crm.notes.delete(asked.actor, asked.id)


@table.add("POST", "/notes/{id}/restore", ALL, "Bring a deleted note back")
async def restore_note(asked: Plain) -> ActivityView:
    return await asked.crm.notes.restore(asked.actor, asked.id)


def _entry(item: TimelineItem) -> dict[str, Any]:
    return {
        "at": item.at,
        "call": call_json(item.call) if item.call else None,
        "activity": item.activity,
        "notes": item.notes,
    }


@dataclass(frozen=True, slots=True)
class _Kind:
    card: CardType
    plural: str
    query: type[CardQuery]
    new: type[CardBody]
    changes: type[Changes]


_KINDS = (
    _Kind(CardType.LEAD, "leads", LeadQuery, LeadBody, LeadChanges),
    _Kind(CardType.CONTACT, "contacts", ContactQuery, NewContactBody, ContactChanges),
    _Kind(CardType.COMPANY, "companies", CardQuery, NewCompanyBody, CompanyChanges),
)


def _add(kind: _Kind) -> None:
    cards, one, all_ = Cards(kind.card), kind.card.value, kind.plural

    def add(method: str, suffix: str, name: str, handler: Answer, text: str, **more: Any) -> None:
        path = f"/{all_}{suffix}"
        table.add(method, path, ALL, text, operation_id=name, **more)(handler)

    newest = f"{all_.capitalize()}, newest activity first"
    change = {"body": kind.changes, "errors": (409,)}
    add("GET", "", f"list_{all_}", cards.list_cards, newest, query=kind.query)
    add("POST", "", f"create_{one}", cards.create_card, f"Make a {one}", body=kind.new, status=201)
    add("GET", "/{id}", f"get_{one}", cards.get_card, f"A {one}")
    add("PATCH", "/{id}", f"change_{one}", cards.change_card, f"Change a {one}", **change)
    add("DELETE", "/{id}", f"delete_{one}", cards.delete_card, f"Delete a {one}")
    add("POST", "/{id}/restore", f"restore_{one}", cards.restore_card, "Undelete", errors=(409,))
    add("GET", "/{id}/related", f"get_{one}_related", cards.get_related, "What stands beside it")
    add("POST", "/{id}/notes", f"add_{one}_note", cards.add_note, "Write a note", status=201)
    timeline = {"answer": TimelinePage}
    add("GET", "/{id}/timeline", f"get_{one}_timeline", cards.get_timeline, "Timeline", **timeline)


for _kind in _KINDS:
    _add(_kind)
