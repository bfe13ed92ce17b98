"""Writing down who saw or changed what, in the transaction that does it."""

from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import insert
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
    session.execute(
        insert(AuditEntry).values(
            at=at,
            user_id=actor.id if actor else None,
            user_name=actor.name if actor else "",
            action=action,
            subject=subject,
            subject_id=subject_id,
            details=details,
        )
    )
