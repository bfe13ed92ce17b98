"""The company's own limits of calling out, for employees who have none of their own."""

from collections.abc import Iterable
from typing import Any, TypedDict

from sqlalchemy import delete
from sqlalchemy.orm import Session

from crm.clients.numbers import is_country
from crm.db import Clock, Database
from crm.people import audit
from crm.people.calling_out import (
    COUNTRIES,
    COUNTRIES_OPTION,
    PER_HOUR_OPTION,
    Limits,
    company_limits,
)
from crm.people.directory import Directories
from crm.people.models import Option
from crm.people.permissions import Action, Actor, require
from crm.upsert import insert_or_replace
from crm.validation import Checker


class LimitData(TypedDict, total=False):
    """None: what the program begins with."""

    countries: list[str] | None
    per_hour: int | None


class LimitService:
    """The PBX learns of a change by the audit's growing (`hovorna.changes`)."""

    def __init__(self, db: Database, clock: Clock, directories: Directories) -> None:
        self._db = db
        self._clock = clock
        self._directories = directories

    async def company(self, actor: Actor) -> Limits:
        """What holds for employees without limits of their own."""
        require(actor, Action.MANAGE)
        home = self._directories.now.home
        return await self._db.read(lambda s: company_limits(s, home))

    async def save_company(self, actor: Actor, data: LimitData) -> Limits:
        """Raises Invalid."""
        require(actor, Action.MANAGE)
        values = _checked(data)
        # The list as it was shown is no wish to keep it when a line of another country comes.
        if set(values.get(COUNTRIES_OPTION) or ()) == COUNTRIES | self._directories.now.home:
            values[COUNTRIES_OPTION] = None

        def work(session: Session) -> None:
            for name, value in values.items():
                if value is None:
                    session.execute(delete(Option).where(Option.name == name))
                else:
                    insert_or_replace(session, Option, [{"name": name, "value": value}])
            audit.note(session, actor, self._clock(), "changed", "limits", fields=sorted(data))

        await self._db.write(work)
        return await self.company(actor)


def _checked(data: LimitData) -> dict[str, Any]:
    """Options by name."""
    check = Checker(data)
    values: dict[str, Any] = {}
    if check.has("per_hour"):
        values[PER_HOUR_OPTION] = check.integer("per_hour", 0, 10_000)
    if check.has("countries"):
        countries = check.items("countries", 300)
        if unknown := unknown_countries(countries):
            check.fault("countries", f"there is no country {unknown[0]}")
        values[COUNTRIES_OPTION] = sorted(set(countries)) or None
    check.done()
    return values


def unknown_countries(codes: Iterable[object]) -> list[str]:
    return [str(code)[:10] for code in codes if not isinstance(code, str) or not is_country(code)]
