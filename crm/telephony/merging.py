"""A call that turned out to be part of another: what hung on it moves over."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from crm.clients.models import Activity
from crm.telephony.models import Call, CallCard, CallUser, MissedCall, Recording
from crm.upsert import insert_missing


def merge(session: Session, other: int, into: int) -> None:
    """Move recordings, notes, cards and people of the call `other` to the call `into`.

    The other call is not missed: somebody spoke. Doing it twice changes nothing.
    """
    session.execute(update(Recording).where(Recording.call_id == other).values(call_id=into))
    session.execute(update(Activity).where(Activity.call_id == other).values(call_id=into))
    session.execute(update(Call).where(Call.merged_into_id == other).values(merged_into_id=into))
    session.execute(delete(MissedCall).where(MissedCall.call_id == other))
    started_at = session.scalar(select(Call.started_at).where(Call.id == into))
    cards = list(session.scalars(select(CallCard.card_id).where(CallCard.call_id == other)))
    insert_missing(
        session,
        CallCard,
        [
            {"call_id": into, "card_id": card, "attached": False, "started_at": started_at}
            for card in cards
        ],
    )
    session.execute(delete(CallCard).where(CallCard.call_id == other))
    people = session.execute(
        select(CallUser.user_id, CallUser.spoke).where(CallUser.call_id == other)
    ).all()
    insert_missing(
        session,
        CallUser,
        [{"call_id": into, "user_id": user, "spoke": spoke} for user, spoke in people],
    )
    session.execute(delete(CallUser).where(CallUser.call_id == other))
