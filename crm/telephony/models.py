"""Tables of the telephone: calls and their journal, who took part, cards, recordings, missed."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm.columns import Base, Id, Json

_LIVE = text("state <> 'ended'")
_OPEN = text("cleared_at IS NULL")


class Call(Base):
    """One conversation with the outside, projected from its journal."""

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_live", "state", sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("ix_calls_started", "started_at", "id"),
        Index("ix_calls_number", "number", "started_at"),
        Index("ix_calls_line", "line", "started_at"),
        Index("ix_calls_extension", "extension", "started_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    direction: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    outcome: Mapped[str | None] = mapped_column(String(12))
    number: Mapped[str | None] = mapped_column(String(40))  # E.164, or as dialled if it is none
    withheld: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    network_name: Mapped[str | None] = mapped_column(String(100))
    line: Mapped[str | None] = mapped_column(String(40))  # a name, kept when the line is deleted
    dialled: Mapped[str | None] = mapped_column(String(40))
    extension: Mapped[str | None] = mapped_column(String(10))  # who placed it
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    answered_extension: Mapped[str | None] = mapped_column(String(10))
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    # The employee who spoke with the client last.
    last_extension: Mapped[str | None] = mapped_column(String(10))
    last_user_id: Mapped[int | None] = mapped_column(Id)
    ended_by_side: Mapped[str | None] = mapped_column(String(10))
    cause: Mapped[int] = mapped_column(Integer, default=0)  # ITU-T Q.850
    assumed: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    quality: Mapped[dict[str, Any] | None] = mapped_column(Json)
    merged_into_id: Mapped[int | None] = mapped_column(
        ForeignKey("calls.id", ondelete="CASCADE"), index=True
    )
    placed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))


class CallEvent(Base):
    """The journal: appending an event twice changes nothing."""

    __tablename__ = "call_events"
    __table_args__ = (UniqueConstraint("call_id", "key"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(40))
    at: Mapped[int] = mapped_column(BigInteger)  # microseconds, as the event carries it
    body: Mapped[dict[str, Any]] = mapped_column(Json)


class CallParty(Base):
    """Who took part, from when to when, how they came in."""

    __tablename__ = "call_parties"

    call_id: Mapped[int] = mapped_column(
        ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    extension: Mapped[str | None] = mapped_column(String(10))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    number: Mapped[str | None] = mapped_column(String(40))
    line: Mapped[str | None] = mapped_column(String(40))
    name: Mapped[str | None] = mapped_column(String(100))
    how: Mapped[str] = mapped_column(String(12))
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class CallTransfer(Base):
    __tablename__ = "call_transfers"
    __table_args__ = (Index("ix_call_transfers_at", "at"),)

    call_id: Mapped[int] = mapped_column(
        ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(10))
    by_party: Mapped[dict[str, Any] | None] = mapped_column(Json)
    to_party: Mapped[dict[str, Any]] = mapped_column(Json)
    returned: Mapped[bool] = mapped_column(Boolean, default=False)
    at: Mapped[datetime]


class CallUser(Base):
    """Whom the call concerned: rang at, spoke, placed it. Who may see it hangs on this."""

    __tablename__ = "call_users"
    __table_args__ = (Index("ix_call_users_user", "user_id", "call_id"),)

    call_id: Mapped[int] = mapped_column(
        ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    spoke: Mapped[bool] = mapped_column(Boolean, default=False)


class CallCard(Base):
    """The cards of a call: all that share the number; it is attached to one of them."""

    __tablename__ = "call_cards"
    __table_args__ = (Index("ix_call_cards_card", "card_id", "started_at", "call_id"),)

    call_id: Mapped[int] = mapped_column(
        ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True
    )
    card_id: Mapped[int] = mapped_column(
        ForeignKey("cards.id", ondelete="CASCADE"), primary_key=True
    )
    attached: Mapped[bool] = mapped_column(Boolean, default=False)
    started_at: Mapped[datetime]  # the call's, so that a card's timeline is one index range


class MissedCall(Base):
    """An inbound call that nobody answered, until somebody reaches the client."""

    __tablename__ = "missed_calls"
    __table_args__ = (
        Index("ix_missed_open", "number", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_missed_raised", "raised_at", "call_id"),
    )

    call_id: Mapped[int] = mapped_column(
        ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[str | None] = mapped_column(String(40))
    responsible_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    raised_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
    cleared_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    cleared_call_id: Mapped[int | None] = mapped_column(ForeignKey("calls.id", ondelete="SET NULL"))


class Recording(Base):
    """`state`: recording, pending (complete in the spool), stored, deleted."""

    __tablename__ = "recordings"
    __table_args__ = (UniqueConstraint("channel", "part"), Index("ix_recordings_call", "call_id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(120))  # Uniqueid: the file's name
    part: Mapped[int] = mapped_column(Integer, default=1)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(10))
    started_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]
    seconds: Mapped[float | None] = mapped_column(Float)
    channels: Mapped[int | None] = mapped_column(Integer)
    path: Mapped[str | None] = mapped_column(String(255))  # within the store
    size: Mapped[int | None] = mapped_column(BigInteger)  # bytes
    sha256: Mapped[str | None] = mapped_column(String(64))
    client_sha256: Mapped[str | None] = mapped_column(String(64))  # of the PBX's files
    company_sha256: Mapped[str | None] = mapped_column(String(64))
    peaks: Mapped[bytes | None] = mapped_column(LargeBinary)
    condition: Mapped[str | None] = mapped_column(String(10))
    problems: Mapped[list[Any]] = mapped_column(Json, default=list)
    gaps: Mapped[list[Any] | None] = mapped_column(Json)  # seconds from and to: it was paused
    deleted_at: Mapped[datetime | None]
    deleted_reason: Mapped[str | None] = mapped_column(Text)


class Listening(Base):
    """Who heard which recording, and when."""

    __tablename__ = "listenings"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    recording_id: Mapped[int] = mapped_column(
        ForeignKey("recordings.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    user_name: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]
