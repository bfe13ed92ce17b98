"""How far and how often an employee may call out: the limits against toll fraud.

They hold for every road to the outside: click-to-call, transfers, and what is dialled on a desk
phone, where the dialplan asks for them (`crm.telephony.router`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.people.models import Option

CALLS_PER_HOUR = 120  # where neither the employee nor the company has a limit of its own
# The European Economic Area and its neighbours: dear destinations have to be allowed on purpose.
_EUROPE = (
    "AD AT AX BE BG CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV "
    "MC MT NL NO PL PT RO SE SI SK SM VA"
)
COUNTRIES = frozenset(_EUROPE.split())
COUNTRIES_OPTION = "outbound_countries"
PER_HOUR_OPTION = "outbound_per_hour"


@dataclass(frozen=True, slots=True)
class Limits:
    """`countries`: ISO 3166-1 alpha-2, whose numbers may be called; `per_hour`: how many calls."""

    countries: frozenset[str]
    per_hour: int

    def allow(self, country: str | None) -> bool:
        """None, what has no country (satellites, shared-cost networks), is never allowed."""
        return country in self.countries


def company_limits(session: Session, home: Iterable[str]) -> Limits:
    """Of those who have none of their own. `home`: the company's countries, always among them
    unless the administrator has set the list himself."""
    options: dict[str, Any] = dict(
        session.execute(
            select(Option.name, Option.value).where(
                Option.name.in_((COUNTRIES_OPTION, PER_HOUR_OPTION))
            )
        ).all()
    )
    countries = options.get(COUNTRIES_OPTION) or COUNTRIES.union(home)
    per_hour = options.get(PER_HOUR_OPTION)
    return Limits(frozenset(countries), CALLS_PER_HOUR if per_hour is None else int(per_hour))


def own_limits(company: Limits, countries: Iterable[str] | None, per_hour: int | None) -> Limits:
    """What is set for one employee goes before what holds for the company; None: nothing is."""
    return Limits(
        company.countries if countries is None else frozenset(countries),
        company.per_hour if per_hour is None else per_hour,
    )
