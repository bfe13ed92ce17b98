"""Writing down who saw or changed what, in the transaction that does it."""

from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from crm.people.models import AuditEntry


class Someone(Protocol):
    """An actor, or an employee who did something on the telephone."""

    @property
    def id(self) -> int: ...

    @property
    def name(self) -> str: ...


def note(
    session: Session,
    actor: Someone | None,
    at: datetime,
    action: str,
    subject: str,
    subject_id: int | None = None,
    **details: Any,
) -> None:
    """`details` must hold no secret. Without an actor it was the program itself."""
    begin(session, actor, at, action, subject, subject_id, **details)


def begin(
    session: Session,
    actor: Someone | None,
    at: datetime,
    action: str,
    subject: str,
    subject_id: int | None = None,
    **details: Any,
) -> int:
    """The same, of what is about to be done: the entry's id, for `settle`."""
    entry = session.scalars(
        insert(AuditEntry)
        .returning(AuditEntry.id)
        .values(
            at=at,
            user_id=actor.id if actor else None,
            user_name=actor.name if actor else "",
            action=action,
            subject=subject,
            subject_id=subject_id,
            details=details,
        )
    )
    return entry.one()


def settle(session: Session, entry: int, action: str, **details: Any) -> None:
    """What became of it, in the place of what was meant."""
    session.execute(
        update(AuditEntry).where(AuditEntry.id == entry).values(action=action, details=details)
    )
