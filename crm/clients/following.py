"""What moves with a client from one card to another: calls with their recordings, notes, missed."""

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from crm.clients.models import Activity, Card
from crm.telephony.models import CallCard, MissedCall


def follow(session: Session, old: int, new: int) -> None:
    """From the card `old` to the card `new`. Recordings hang on their calls."""
    _calls(session, old, new)
    session.execute(
        update(Activity).where(Activity.card_id == old, Activity.kind == "note").values(card_id=new)
    )
    responsible = session.scalar(select(Card.responsible_id).where(Card.id == new))
    session.execute(
        update(MissedCall)
        .where(
            MissedCall.cleared_at.is_(None),
            MissedCall.call_id.in_(select(CallCard.call_id).where(CallCard.card_id == new)),
        )
        .values(responsible_id=responsible)
    )


def _calls(session: Session, old: int, new: int) -> None:
    there = set(session.scalars(select(CallCard.call_id).where(CallCard.card_id == new)))
    moved = session.execute(
        select(CallCard.call_id, CallCard.attached, CallCard.started_at).where(
            CallCard.card_id == old
        )
    ).all()
    rows = [
        {"call_id": call, "card_id": new, "attached": attached, "started_at": at}
        for call, attached, at in moved
        if call not in there
    ]
    if rows:
        session.execute(insert(CallCard), rows)
    both = [call for call, attached, _ in moved if attached and call in there]
    session.execute(
        update(CallCard)
        .where(CallCard.card_id == new, CallCard.call_id.in_(both))
        .values(attached=True)
    )
    session.execute(delete(CallCard).where(CallCard.card_id == old))
