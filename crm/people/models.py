"""Tables of the people: employees, their extensions and lines, sessions, audit."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, String, false
from sqlalchemy import true as sql_true
from sqlalchemy.orm import Mapped, mapped_column

from crm.columns import Base, Id, Json


class Role(StrEnum):
    EMPLOYEE = "employee"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


class Presence(StrEnum):
    """What an employee says of himself; calls are offered to those who are free."""

    FREE = "free"
    BREAK = "break"
    AWAY = "away"


class Department(Base):
    __tablename__ = "departments"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)  # lower case
    name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str | None] = mapped_column(String(254))
    password_hash: Mapped[str | None] = mapped_column(String(200))  # Argon2; null: cannot sign in
    # Somebody else made the password up: pages open once the user has chosen another.
    password_once: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    role: Mapped[str] = mapped_column(String(20), default=Role.EMPLOYEE)
    department_id: Mapped[int | None] = mapped_column(
        ForeignKey("departments.id", ondelete="SET NULL"), index=True
    )
    language: Mapped[str | None] = mapped_column(String(10))  # null: the company's
    timezone: Mapped[str | None] = mapped_column(String(64))
    active: Mapped[bool] = mapped_column(Boolean, default=True, server_default=sql_true())
    presence: Mapped[str] = mapped_column(String(10), default=Presence.FREE, server_default="free")
    # E.164 of the employee's own mobile telephone, called first where that is chosen.
    mobile: Mapped[str | None] = mapped_column(String(20))
    default_line_id: Mapped[int | None] = mapped_column(ForeignKey("lines.id", ondelete="SET NULL"))
    outbound_per_hour: Mapped[int | None] = mapped_column(Integer)  # null: the company's limit
    # ISO 3166-1 alpha-2 codes that may be called; null: the company's list.
    countries: Mapped[list[Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime]


class Extension(Base):
    """A phone inside the company. Its digits are its SIP user and its endpoint's name."""

    __tablename__ = "extensions"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(10), unique=True)
    name: Mapped[str] = mapped_column(String(100))  # what the display of the called shows
    sip_password: Mapped[str] = mapped_column(String(64))  # plain: SIP digest needs it
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    pickup_group: Mapped[str | None] = mapped_column(String(50))
    record: Mapped[str] = mapped_column("recording", String(3), default="on", server_default="on")
    # Of its browsers, fetched for a session and shown to nobody; empty: none may register.
    web_password: Mapped[str] = mapped_column(String(64), default="", server_default="")


class Line(Base):
    """A company number at a provider."""

    __tablename__ = "lines"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)  # its endpoint's name
    number: Mapped[str] = mapped_column(String(20), unique=True)  # E.164
    label: Mapped[str] = mapped_column(String(100))
    country: Mapped[str] = mapped_column(String(2))
    sip_user: Mapped[str] = mapped_column(String(100), default="")
    sip_password: Mapped[str] = mapped_column(String(100), default="")
    mode: Mapped[str] = mapped_column(String(10), default="register")
    host: Mapped[str] = mapped_column(String(255), default="")
    ring_seconds: Mapped[int] = mapped_column(Integer, default=25)
    record: Mapped[str] = mapped_column("recording", String(3), default="on", server_default="on")
    # What a caller hears before any phone rings; empty: nothing.
    announcement: Mapped[str] = mapped_column(String(500), default="", server_default="")
    announcement_language: Mapped[str] = mapped_column(String(2), default="", server_default="")
    # Played instead: its name in the store of sounds, the uploaded file's name, how long it is.
    announcement_sound: Mapped[str] = mapped_column(String(32), default="", server_default="")
    announcement_file: Mapped[str] = mapped_column(String(100), default="", server_default="")
    announcement_seconds: Mapped[float] = mapped_column(Float, default=0.0, server_default="0")
    lead_for_withheld: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


class LineRing(Base):
    """The line's ring group: these extensions ring together."""

    __tablename__ = "line_rings"

    line_id: Mapped[int] = mapped_column(
        ForeignKey("lines.id", ondelete="CASCADE"), primary_key=True
    )
    extension_id: Mapped[int] = mapped_column(
        ForeignKey("extensions.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(Integer, default=0)


class UserLine(Base):
    """The user may call out on the line."""

    __tablename__ = "user_lines"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    line_id: Mapped[int] = mapped_column(
        ForeignKey("lines.id", ondelete="CASCADE"), primary_key=True
    )


class SignIn(Base):
    """A session in a browser; the cookie holds what hashes to `token_hash`."""

    __tablename__ = "sign_ins"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256, hex
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")


class ApiToken(Base):
    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256, hex
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInFailure(Base):
    """Failures in a row for a login or from an address: what slows the next try down."""

    __tablename__ = "sign_in_failures"

    subject: Mapped[str] = mapped_column(String(120), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime]


class AuditEntry(Base):
    """Who saw or changed what. Written in the transaction of the change; never changed."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject", "subject_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    user_name: Mapped[str] = mapped_column(String(100))  # as it was then
    action: Mapped[str] = mapped_column(String(50))
    subject: Mapped[str] = mapped_column(String(30))
    subject_id: Mapped[int | None] = mapped_column(Id)
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class Option(Base):
    """What the administrator sets in the browser and not in a file."""

    __tablename__ = "options"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    value: Mapped[Any] = mapped_column(Json)
