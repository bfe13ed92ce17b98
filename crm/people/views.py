"""What services of the people answer with. Frozen, without secrets unless the name says so."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict

from crm.people.models import Presence, Role
from pbx_bridge.directory import RecordMode


@dataclass(frozen=True, slots=True)
class UserRef:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class DepartmentRef:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class DepartmentView:
    """`members`: active employees."""

    id: int
    name: str
    members: int


@dataclass(frozen=True, slots=True)
class UserView:
    """`timezone`, `outbound_per_hour`, `countries`: None means the company's; `language`: the
    browser's.
    """

    id: int
    login: str
    name: str
    email: str | None
    role: Role
    department: DepartmentRef | None
    language: str | None
    timezone: str | None
    active: bool
    presence: Presence
    extensions: tuple[str, ...]
    lines: tuple[str, ...]  # names of the lines the user may call out on
    default_line: str | None
    mobile: str | None  # E.164; None as well for who may not see it
    outbound_per_hour: int | None
    countries: tuple[str, ...] | None
    can_sign_in: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ExtensionView:
    id: int
    number: str
    name: str
    user: UserRef | None
    pickup_group: str | None
    record: RecordMode


@dataclass(frozen=True, slots=True)
class SoundView:
    """A sound that was uploaded as `file`. `id`: its name in the store."""

    id: str
    file: str
    seconds: float


@dataclass(frozen=True, slots=True)
class LineView:
    """`ring`: extensions that ring together for `ring_seconds` on an inbound call.
    `announcement`: what the caller hears before they ring, spoken in its language (ISO 639-1);
    `announcement_sound` is played instead, where there is one.

    `state`: unknown, up, rejected, unreachable, unregistered, since when; `last_error`: the last
    of the latter three.
    """

    id: int
    name: str
    number: str  # E.164
    label: str
    country: str
    mode: str  # accept, register, address
    host: str
    sip_user: str
    ring: tuple[str, ...]
    ring_seconds: int
    record: RecordMode
    announcement: str
    announcement_language: str
    announcement_sound: SoundView | None
    lead_for_withheld: bool
    state: str = "unknown"
    state_since: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SessionView:
    """A signed-in browser. `token` goes into the cookie and is known only at sign-in."""

    token: str
    user_id: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenView:
    """`secret` is told once, when the token is made."""

    id: int
    name: str
    user: UserRef
    created_at: datetime
    used_at: datetime | None
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class AuditView:
    id: int
    at: datetime
    user: str
    action: str
    subject: str
    subject_id: int | None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """All given conditions hold together. `user`: the id of who did it. `subject`: user, line..."""

    subject: str | None = None
    subject_id: int | None = None
    user: int | None = None
    since: datetime | None = None


class UserData(TypedDict, total=False):
    """Fields of a user to set; what is left out stays. `password`: plain, hashed at once."""

    login: str
    name: str
    email: str | None
    password: str | None
    role: str
    department_id: int | None
    language: str | None
    timezone: str | None
    active: bool
    lines: list[str]
    default_line: str | None
    mobile: str | None
    outbound_per_hour: int | None
    countries: list[str] | None


class ExtensionData(TypedDict, total=False):
    number: str
    name: str
    user_id: int | None
    pickup_group: str | None
    record: str


class LineData(TypedDict, total=False):
    """`sip_password` left out or None: unchanged; `number` may be typed in any usual way."""

    name: str
    number: str
    label: str
    country: str
    mode: str
    host: str
    sip_user: str
    sip_password: str | None
    ring: list[str]
    ring_seconds: int
    record: str
    announcement: str
    announcement_language: str
    lead_for_withheld: bool
