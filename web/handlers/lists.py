"""Lists whose search, filters, order and place live in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import urlencode

from aiohttp import web

from crm.paging import Page

T = TypeVar("T")

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Address:
    """A list's path and what is asked of it; a cursor is never carried along."""

    path: str
    query: Mapping[str, str]

    @classmethod
    def of(cls, request: web.Request, path: str) -> "Address":
        query = {k: v for k, v in request.query.items() if k != "cursor" and v != ""}
        return cls(path, query)

    def get(self, name: str) -> str | None:
        return self.query.get(name)

    def number(self, name: str) -> int | None:
        """The value if it is a whole number that a database knows."""
        value = self.query.get(name, "")
        return int(value) if value.isascii() and value.isdigit() and len(value) < 18 else None

    def href(self, **changes: str | None) -> str:
        """With these values set, or taken off where None."""
        query = {k: v for k, v in ({**self.query, **changes}).items() if v is not None}
        return f"{self.path}?{urlencode(query)}" if query else self.path

    def rows_href(self, cursor: str) -> str:
        return f"{self.path}/rows?{urlencode({**self.query, 'cursor': cursor})}"

    def is_filtered(self, *names: str) -> bool:
        return any(name in self.query for name in names)


@dataclass(frozen=True, slots=True)
class ChipOption:
    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter. `value` is what it is set to, in words; None while it is off."""

    label: str
    value: str | None
    clear: str
    options: tuple[ChipOption, ...]


def chip(address: Address, name: str, label: str, values: Sequence[tuple[str, str]]) -> Chip:
    """`values`: what the address says, and its words."""
    current = address.get(name)
    options = tuple(
        ChipOption(text, address.href(**{name: value}), value == current) for value, text in values
    )
    shown = next((text for value, text in values if value == current), current)
    return Chip(label, shown, address.href(**{name: None}), options)


@dataclass(frozen=True, slots=True)
class Sort:
    """Which column orders the list. `order` is a column, with a leading `-` from high to low."""

    address: Address
    default: str
    descending_first: frozenset[str] = field(default=frozenset({"active", "started", "created"}))

    @property
    def order(self) -> str:
        return self.address.get("order") or self.default

    def of(self, column: str) -> str | None:
        """For aria-sort: ascending, descending, or None if another column orders."""
        if self.order.lstrip("-") != column:
            return None
        return "descending" if self.order.startswith("-") else "ascending"

    def href(self, column: str) -> str:
        """Chooses the column, or turns its order round."""
        state = self.of(column)
        first = f"-{column}" if column in self.descending_first else column
        turned = column if state == "descending" else f"-{column}"
        return self.address.href(order=turned if state else first)


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    """A page of a list; `next` is the address of the rows after it."""

    items: tuple[T, ...]
    total: int
    next: str | None


def rows_of(address: Address, page: Page[T]) -> Rows[T]:
    following = address.rows_href(page.next) if page.next is not None else None
    return Rows(page.items, page.total, following)
