"""Leads, contacts and companies: find, make, change, delete and bring back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from crm.bus import Bus
from crm.clients import listing, related, store
from crm.clients.events import card_event
from crm.clients.models import CardType
from crm.clients.numbers import normalize
from crm.clients.rules import check_card
from crm.clients.views import (
    BulkResult,
    CardData,
    CardFilter,
    CardRef,
    CardView,
    Related,
    Skipped,
    StatusView,
)
from crm.clients.writing import CardWriter
from crm.db import Clock, Database
from crm.errors import Conflict, Forbidden, Invalid, NotFound
from crm.paging import Page
from crm.people.directory import Directories
from crm.people.permissions import Action, Actor, require

MOST_AT_ONCE = 500


class ClientService:
    """`country`: of numbers typed without a prefix, ISO 3166-1 alpha-2."""

    def __init__(
        self, db: Database, clock: Clock, bus: Bus, directories: Directories, country: str
    ) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus
        self._directories = directories
        self._country = country
        self._totals = listing.Totals(clock)
        self._writer = CardWriter(clock, directories)

    async def list_cards(
        self,
        actor: Actor,
        type_: CardType,
        wanted: CardFilter | None = None,
        *,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[CardView]:
        """Raises Invalid for an unknown order, status, line or cursor."""
        require(actor, Action.VIEW_CLIENTS)
        wanted = wanted or CardFilter()
        directory = self._directories.now
        return await self._db.read(
            lambda s: listing.page_of_cards(
                s, directory, self._totals, type_, wanted, limit, cursor
            )
        )

    async def quick_search(self, actor: Actor, q: str, limit: int = 10) -> tuple[CardRef, ...]:
        """Cards of any type by words, e-mail or number, for the search box."""
        require(actor, Action.VIEW_CLIENTS)
        return await self._db.read(lambda s: listing.quick_search(s, q, limit))

    async def get_card(
        self, actor: Actor, type_: CardType | None, card_id: int, *, deleted: bool = False
    ) -> CardView:
        """Raises NotFound, also for a card of another type; `deleted`: deleted ones too."""
        require(actor, Action.VIEW_CLIENTS)
        return await self._db.read(lambda s: self._writer.card(s, type_, card_id, deleted=deleted))

    async def names_of(self, actor: Actor, ids: Sequence[int]) -> dict[int, CardRef]:
        """By id, also of deleted cards; those that never were are missing."""
        require(actor, Action.VIEW_CLIENTS)
        return await self._db.read(lambda s: related.named(s, ids))

    async def related(self, actor: Actor, card_id: int) -> Related:
        """At most 20 of each kind."""
        require(actor, Action.VIEW_CLIENTS)
        return await self._db.read(lambda s: related.related(s, self._directories.now, card_id))

    async def duplicates(
        self, actor: Actor, phones: Sequence[str], *, except_id: int | None = None
    ) -> tuple[CardRef, ...]:
        """Cards that have one of these numbers, typed in any usual way: a hint while typing."""
        require(actor, Action.VIEW_CLIENTS)
        numbers = [n for n in (normalize(p, self._country) for p in phones) if n]
        return await self._db.read(lambda s: related.with_numbers(s, numbers, except_id))

    async def create_card(self, actor: Actor, type_: CardType, data: CardData) -> CardView:
        """The actor is responsible unless `responsible_id` is given. Raises Invalid."""
        require(actor, Action.EDIT_CLIENTS)
        change = check_card(type_, data, self._directories.now, self._country, new=True)

        def work(session: Session) -> CardView:
            card_id = self._writer.insert(session, actor, type_, change)
            return self._writer.card(session, type_, card_id)

        card = await self._db.write(work)
        self._bus.publish([card_event(card, "created", self._clock())])
        return card

    async def update_card(
        self,
        actor: Actor,
        type_: CardType,
        card_id: int,
        data: CardData,
        *,
        version: int | None = None,
    ) -> CardView:
        """Raises Invalid, NotFound, and Conflict if `version` is given and no longer the card's."""
        require(actor, Action.EDIT_CLIENTS)
        change = check_card(type_, data, self._directories.now, self._country, new=False)

        def work(session: Session) -> CardView:
            self._writer.change(session, actor, type_, card_id, change, version)
            return self._writer.card(session, type_, card_id)

        card = await self._db.write(work)
        self._bus.publish([card_event(card, "changed", self._clock())])
        return card

    async def delete_card(self, actor: Actor, type_: CardType, card_id: int) -> None:
        """Can be undone by `restore_card`. Its calls and recordings stay."""

        def work(session: Session) -> CardView:
            card = self._writer.card(session, type_, card_id)
            users = [card.responsible.id if card.responsible else None]
            require(actor, Action.DELETE_CLIENTS, users=users)
            self._writer.set_deleted(session, actor, card, True)
            return card

        card = await self._db.write(work)
        self._bus.publish([card_event(card, "deleted", self._clock())])

    async def restore_card(self, actor: Actor, type_: CardType, card_id: int) -> CardView:
        """Raises NotFound if it is not deleted, Conflict if another open lead has its number."""

        def work(session: Session) -> CardView:
            card = self._writer.card(session, type_, card_id, deleted=True)
            if card.deleted_at is None:
                raise NotFound("deleted card", card_id)
            users = [card.responsible.id if card.responsible else None]
            require(actor, Action.DELETE_CLIENTS, users=users)
            self._writer.set_deleted(session, actor, card, False)
            return self._writer.card(session, type_, card_id)

        card = await self._db.write(work)
        self._bus.publish([card_event(card, "restored", self._clock())])
        return card

    async def bulk(
        self, actor: Actor, type_: CardType, ids: Sequence[int], action: str, value: Any = None
    ) -> BulkResult:
        """`assign` (value: user id or None), `status` (code), `delete`, `restore`, card by card.

        What one card refuses does not stop the others. Raises Invalid for an unknown action.
        """
        if not 1 <= len(ids) <= MOST_AT_ONCE:
            raise Invalid({"ids": f"must be 1 to {MOST_AT_ONCE}"})
        changes: dict[str, CardData] = {
            "assign": {"responsible_id": value},
            "status": {"status": value},
        }
        if action not in (*changes, "delete", "restore"):
            raise Invalid({"action": "must be assign, status, delete or restore"})
        done: list[int] = []
        skipped: list[Skipped] = []
        for card_id in dict.fromkeys(ids):
            try:
                if action == "delete":
                    await self.delete_card(actor, type_, card_id)
                elif action == "restore":
                    await self.restore_card(actor, type_, card_id)
                else:
                    await self.update_card(actor, type_, card_id, changes[action])
                done.append(card_id)
            except (NotFound, Forbidden, Conflict) as error:
                skipped.append(Skipped(card_id, str(error)))
        return BulkResult(tuple(done), tuple(skipped))

    async def list_statuses(self, actor: Actor) -> tuple[StatusView, ...]:
        """Statuses of leads, in their order."""
        require(actor, Action.VIEW_CLIENTS)
        found = await self._db.read(store.statuses)
        return tuple(found.values())
