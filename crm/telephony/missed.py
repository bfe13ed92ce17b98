"""Missed calls (T15): raised when nobody answers inbound, cleared by reaching the client."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from crm.clients.models import Phone
from crm.telephony.models import Call, CallCard, MissedCall
from crm.upsert import insert_unless_there

COUNTED = ("missed", "voicemail")

# Made once: every answered call asks this, and most have nothing to clear.
_REACHED = select(MissedCall.call_id).where(
    MissedCall.cleared_at.is_(None),
    MissedCall.raised_at <= bindparam("before"),
    (MissedCall.number == bindparam("of_number"))
    | MissedCall.number.in_(
        select(Phone.number)
        .join(CallCard, CallCard.card_id == Phone.card_id)
        .where(CallCard.call_id == bindparam("of_call"), CallCard.attached)
    ),
)
_REACHED_SINCE = (
    select(Call.id, Call.answered_at, Call.answered_by_id)
    .where(Call.number == bindparam("of_number"), Call.answered_at > bindparam("after"))
    .order_by(Call.answered_at)
    .limit(1)
)


def raise_missed(
    session: Session, call_id: int, number: str | None, responsible: int | None, at: datetime
) -> bool:
    """Write the missed call down. False: it was known.

    A client who was reached since (the call was learnt late) is not to be called again.
    """
    row = {
        "call_id": call_id,
        "number": number,
        "responsible_id": responsible,
        "raised_at": at,
    }
    if number is not None:
        values = {"of_number": number, "after": at}
        later = session.connection().execute(_REACHED_SINCE, values).one_or_none()
        if later is not None:
            row |= {
                "cleared_call_id": later.id,
                "cleared_at": later.answered_at,
                "cleared_by_id": later.answered_by_id,
            }
    return bool(insert_unless_there(session, MissedCall, row, "call_id"))


def withdraw(session: Session, call_id: int) -> bool:
    """The call was answered after all (its end had been assumed). True: there was one."""
    found = session.execute(
        delete(MissedCall).where(MissedCall.call_id == call_id).returning(MissedCall.call_id)
    )
    return found.first() is not None


def clear_reached(
    session: Session, call_id: int, number: str, user: int | None, at: datetime
) -> list[int]:
    """The client was reached: their missed calls from before are done. Ids of those calls.

    A client is reached on any number of the card that the call belongs to.
    """
    values = {"of_call": call_id, "of_number": number, "before": at}
    found = list(session.connection().execute(_REACHED, values).scalars())
    if found:
        session.execute(
            update(MissedCall)
            .where(MissedCall.call_id.in_(found))
            .values(cleared_at=at, cleared_by_id=user, cleared_call_id=call_id)
            .execution_options(synchronize_session=False)
        )
    return found
