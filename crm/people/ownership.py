"""Whose a call is of several who spoke with the client: a rule that the company chooses."""

from typing import Literal

from sqlalchemy import delete
from sqlalchemy.orm import Session

from crm.db import Clock, Database
from crm.people import audit
from crm.people.directory import OWNER_OPTION, Directories
from crm.people.models import Option
from crm.people.permissions import Action, Actor, require
from crm.upsert import insert_or_replace

Owner = Literal["last", "first"]


class OwnershipService:
    """`last`: who had the client last, as long as nothing else is chosen; `first`: who answered."""

    def __init__(self, db: Database, clock: Clock, directories: Directories) -> None:
        self._db = db
        self._clock = clock
        self._directories = directories

    @property
    def owner(self) -> Owner:
        return "first" if self._directories.now.owner_is_first else "last"

    async def choose(self, actor: Actor, owner: Owner) -> None:
        """Of all calls, also of those that are over. Raises Forbidden."""
        require(actor, Action.MANAGE)

        def work(session: Session) -> None:
            if owner == "first":
                insert_or_replace(session, Option, [{"name": OWNER_OPTION, "value": owner}])
            else:
                session.execute(delete(Option).where(Option.name == OWNER_OPTION))
            audit.note(session, actor, self._clock(), "changed", "call_owner", owner=owner)

        await self._db.write(work)
        await self._db.read(self._directories.renew)
