"""What services of the clients answer with, and what they take. Frozen; numbers are E.164."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict

from crm.clients.models import CardType, StatusKind
from crm.people.views import UserRef


@dataclass(frozen=True, slots=True)
class CardRef:
    type: CardType
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class StatusView:
    id: int
    code: str
    name: str
    kind: StatusKind
    color: str
    position: int


@dataclass(frozen=True, slots=True)
class PhoneView:
    number: str  # E.164
    kind: str


@dataclass(frozen=True, slots=True)
class LineRef:
    id: int
    name: str
    label: str


@dataclass(frozen=True, slots=True)
class CardView:
    """A lead, contact or company. `status` and `title` are a lead's; `position` a person's.

    `deleted_at` is set only where a deleted card was asked for. `version` counts changes.
    """

    id: int
    type: CardType
    name: str
    title: str | None
    status: StatusView | None
    phones: tuple[PhoneView, ...]
    emails: tuple[str, ...]
    company: CardRef | None
    position: str | None
    responsible: UserRef | None
    source: str
    source_line: LineRef | None
    comment: str
    fields: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    active_at: datetime
    version: int
    deleted_at: datetime | None = None
    converted_to: CardRef | None = None

    @property
    def ref(self) -> CardRef:
        return CardRef(self.type, self.id, self.name)


@dataclass(frozen=True, slots=True)
class Related:
    """What stands beside a card: its company's people, open leads, cards with the same numbers."""

    people: tuple[CardRef, ...]
    leads: tuple[CardView, ...]
    same_number: tuple[CardRef, ...]


@dataclass(frozen=True, slots=True)
class ActivityView:
    """`kind`: note, created, status, responsible, converted, merged, restored. `data` by kind:
    status {from, to: code}, converted {to: card}, responsible {to: name}.
    """

    id: int
    kind: str
    at: datetime
    author: UserRef | None
    call_id: int | None
    text: str
    data: dict[str, Any]
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a lead became."""

    contact: CardView
    company: CardView | None


class PhoneData(TypedDict, total=False):
    """`number` in any usual way; `kind`: main, mobile, work, home, fax, other."""

    number: str
    kind: str


class CardData(TypedDict, total=False):
    """Fields of a card to set; what is left out stays. `status` is a status's code."""

    name: str
    title: str | None
    phones: list[PhoneData]
    emails: list[str]
    company_id: int | None
    position: str | None
    status: str
    responsible_id: int | None
    source: str
    comment: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CardFilter:
    """All given conditions hold together. `status` is a code; `responsible`: a user's id, 0: none.

    `order`: name, created, active; a leading `-` turns it round. None: newest activity first,
    and for a text search the newest card first.
    """

    q: str = ""
    status: str | None = None
    open: bool | None = None
    responsible: int | None = None
    company: int | None = None
    source: str | None = None
    line: str | None = None
    order: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class BulkResult:
    done: tuple[int, ...]
    skipped: tuple[Skipped, ...] = field(default=())
