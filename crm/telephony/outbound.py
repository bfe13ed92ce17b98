"""Whom an employee may call, on which line: limits against toll fraud, and the choice of a line."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.clients.numbers import country_of, normalize
from crm.errors import Forbidden, Invalid, LimitReached
from crm.people.directory import Directory, Person
from crm.people.models import Option
from crm.people.views import LineView
from crm.telephony.models import Call

HOUR = timedelta(hours=1)
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
class Target:
    """What is dialled: an extension of ours (`line` None), or E.164 on a line."""

    to: str
    line: LineView | None


def target_of(
    directory: Directory, person: Person | None, to: str, line: str | None, country: str
) -> Target:
    """Raises Invalid for what is no number, Forbidden for a line that is not the employee's."""
    to = to.strip()
    if to in directory.phones:
        return Target(to, None)
    chosen = _line(directory, person, line)
    number = normalize(to, chosen.country or country)
    if number is None:
        raise Invalid({"to": "is neither a telephone number nor an extension"})
    if number in directory.own_numbers:
        raise Invalid({"to": "is the company's own number"})
    return Target(number, chosen)


def _line(directory: Directory, person: Person | None, name: str | None) -> LineView:
    allowed = person.lines if person else tuple(directory.lines)
    if name is not None:
        if name not in directory.lines:
            raise Invalid({"line": "there is no such line"})
        if name not in allowed:
            raise Forbidden("You may not call out on this line")
        return directory.lines[name]
    if person and person.default_line in allowed and person.default_line is not None:
        return directory.lines[person.default_line]
    if not allowed:
        raise Forbidden("You have no line to call out on")
    return directory.lines[allowed[0]]


def check_limits(
    session: Session, person: Person | None, extension: str, number: str, now: datetime
) -> None:
    """Raises LimitReached. Counted are all outbound calls of the last hour, also from the desk."""
    options: dict[str, Any] = dict(
        session.execute(
            select(Option.name, Option.value).where(
                Option.name.in_((COUNTRIES_OPTION, PER_HOUR_OPTION))
            )
        ).all()
    )
    countries = options.get(COUNTRIES_OPTION) or COUNTRIES
    if person is not None and person.countries is not None:
        countries = person.countries
    country = country_of(number)
    if country not in countries:
        raise LimitReached(f"Calls to {country or 'this destination'} are not allowed")
    most = options.get(PER_HOUR_OPTION)
    if person is not None and person.outbound_per_hour is not None:
        most = person.outbound_per_hour
    most = CALLS_PER_HOUR if most is None else int(most)
    extensions = person.extensions if person else (extension,)
    made = session.scalar(
        select(func.count())
        .select_from(Call)
        .where(
            Call.started_at > now - HOUR,
            Call.extension.in_(extensions),
            Call.direction == "outbound",
        )
    )
    if (made or 0) >= most:
        raise LimitReached(f"The limit of {most} outbound calls an hour is reached")
