"""Tables of the clients. A lead, a contact and a company are cards: one table, one number index."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.columns import Base, Id, Json


class CardType(StrEnum):
    LEAD = "lead"
    CONTACT = "contact"
    COMPANY = "company"


class StatusKind(StrEnum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"


class LeadStatus(Base):
    __tablename__ = "lead_statuses"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(60))  # English default names are translated in `web`
    kind: Mapped[str] = mapped_column(String(10))
    color: Mapped[str] = mapped_column(String(20))
    position: Mapped[int] = mapped_column(Integer)


_LIVE = text("deleted_at IS NULL")
_OPEN_LEAD = text("type = 'lead' AND is_open AND deleted_at IS NULL AND call_number IS NOT NULL")


class Card(Base):
    __tablename__ = "cards"
    __table_args__ = (
        # One open lead per unknown number, however many calls begin at the same moment.
        Index(
            "uq_cards_open_lead_number",
            "call_number",
            unique=True,
            sqlite_where=_OPEN_LEAD,
            postgresql_where=_OPEN_LEAD,
        ),
        *(
            Index(f"ix_cards_{name}", *columns, sqlite_where=_LIVE, postgresql_where=_LIVE)
            for name, columns in {
                "by_name": ("type", "name_key", "id"),
                "by_activity": ("type", "active_at", "id"),
                "by_responsible": ("responsible_id", "type", "active_at", "id"),
                "by_status": ("status_id", "active_at", "id"),
            }.items()
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    type: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200))  # folded, for ordering
    title: Mapped[str | None] = mapped_column(String(200))  # of a lead: what it is about
    position: Mapped[str | None] = mapped_column(String(100))  # the person's, in the company
    company_id: Mapped[int | None] = mapped_column(
        ForeignKey("cards.id", ondelete="SET NULL"), index=True
    )
    status_id: Mapped[int | None] = mapped_column(ForeignKey("lead_statuses.id"))
    is_open: Mapped[bool] = mapped_column(Boolean, default=False)  # a lead with an open status
    call_number: Mapped[str | None] = mapped_column(String(20))  # whose call made this lead, E.164
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    source: Mapped[str] = mapped_column(String(30), default="manual")  # call, manual, import, ...
    source_line_id: Mapped[int | None] = mapped_column(ForeignKey("lines.id", ondelete="SET NULL"))
    comment: Mapped[str] = mapped_column(Text, default="")
    fields: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    active_at: Mapped[datetime]  # last change, call or note: what lists are ordered by
    deleted_at: Mapped[datetime | None]
    converted_to_id: Mapped[int | None] = mapped_column(
        ForeignKey("cards.id", ondelete="SET NULL"), index=True
    )
    version: Mapped[int] = mapped_column(Integer, default=1)


class Phone(Base):
    """Every number of every card, in E.164."""

    __tablename__ = "phones"
    __table_args__ = (Index("ix_phones_number", "number", "card_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("cards.id", ondelete="CASCADE"), index=True)
    number: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(10), default="main")
    position: Mapped[int] = mapped_column(Integer, default=0)


class Email(Base):
    __tablename__ = "emails"
    __table_args__ = (Index("ix_emails_address", "address", "card_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("cards.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    position: Mapped[int] = mapped_column(Integer, default=0)


class Activity(Base):
    """What happened on a card beside its calls: notes by people, milestones by the program."""

    __tablename__ = "activities"
    __table_args__ = (Index("ix_activities_card", "card_id", "at", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    # Null: a note taken in a call that has no card.
    card_id: Mapped[int | None] = mapped_column(ForeignKey("cards.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))  # note, created, status, converted, ...
    at: Mapped[datetime]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    call_id: Mapped[int | None] = mapped_column(
        ForeignKey("calls.id", ondelete="SET NULL"), index=True
    )
    text: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
