"""Whom an employee may call, on which line: limits against toll fraud, and the choice of a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.clients.numbers import country_of, normalize
from crm.errors import Forbidden, Invalid, LimitReached
from crm.people.calling_out import Limits, company_limits
from crm.people.directory import Directory, Person, limits_of
from crm.people.views import LineView
from crm.telephony.models import Call, CallEvent, CallTransfer
from pbx_bridge.asterisk.dialplan import CONFERENCE
from pbx_bridge.calls.events import CallRefused
from pbx_bridge.ports import Refusal

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Target:
    """What is dialled: an extension of ours or the room (`line` None), or E.164 on a line."""

    to: str
    line: LineView | None

    @property
    def line_name(self) -> str | None:
        return self.line.name if self.line else None


def target_of(
    directory: Directory, person: Person | None, to: str, line: str | None, country: str
) -> Target:
    """A colleague, the conference room, or a number outside on a line. Raises Invalid for what is
    none of these, Forbidden for a line that is not the employee's.
    """
    to = to.strip()
    if to in directory.phones or to == CONFERENCE:
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
    chosen = person.calls_on if person else next(iter(allowed), None)
    if chosen is None:
        raise Forbidden("You have no line to call out on")
    return directory.lines[chosen]


def check_limits(
    session: Session, directory: Directory, extension: str, number: str, now: datetime
) -> None:
    """Raises LimitReached."""
    limits = _limits(session, directory, extension)
    match refusal(session, directory, extension, number, now):
        case Refusal.COUNTRY:
            country = country_of(number) or "this destination"
            raise LimitReached(f"Calls to {country} are not allowed")
        case Refusal.HOUR:
            raise LimitReached(f"The limit of {limits.per_hour} outbound calls an hour is reached")


def refusal(
    session: Session,
    directory: Directory,
    extension: str,
    number: str,
    now: datetime,
    call: str | None = None,
) -> Refusal | None:
    """Why `extension` may not call `number`, E.164, or send a client there; None: it may.

    `call`: key of the call that asks, which does not count against itself.
    """
    limits = _limits(session, directory, extension)
    if not limits.allow(country_of(number)):
        return Refusal.COUNTRY
    person = directory.user_of(extension)
    extensions = person.extensions if person else (extension,)
    if _made(session, extensions, now - HOUR, call) >= limits.per_hour:
        return Refusal.HOUR
    return None


def _limits(session: Session, directory: Directory, extension: str) -> Limits:
    return limits_of(company_limits(session, directory.home), directory.user_of(extension))


def _made(session: Session, extensions: Sequence[str], since: datetime, but: str | None) -> int:
    """Calls placed to the outside, and those sent there, since then; not those refused."""
    refused = select(CallEvent.id).where(
        CallEvent.call_id == Call.id, CallEvent.type == CallRefused.type
    )
    placed = select(func.count()).where(
        Call.extension.in_(extensions),
        Call.started_at > since,
        Call.direction == "outbound",
        Call.merged_into_id.is_(None),  # a consultation, counted as what was sent
        Call.key != (but or ""),
        ~refused.exists(),
    )
    sent = select(func.count()).where(
        CallTransfer.at > since,
        CallTransfer.by_party["extension"].as_string().in_(extensions),
        CallTransfer.to_party["number"].as_string().is_not(None),
        CallTransfer.call_id == Call.id,
        Call.key != (but or ""),
    )
    return (session.scalar(placed) or 0) + (session.scalar(sent) or 0)
