"""Lists that fit into memory, asked for as the long ones are: limit, cursor, q, order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from crm.errors import Invalid
from crm.paging import Page, decode_cursor, encode_cursor
from crm.text import fold

T = TypeVar("T")
Place = str | int


class Wanted(Protocol):
    """`q`: part of what names it. `order`: with - before it the other way round; None: the
    list's own."""

    @property
    def q(self) -> str: ...

    @property
    def order(self) -> str | None: ...

    @property
    def limit(self) -> int: ...

    @property
    def cursor(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class ShortList(Generic[T]):
    """`key`: what no two items share. `words`: where `q` is looked for. `orders` by name, the
    list's own first.
    """

    key: Callable[[T], Place]
    words: Callable[[T], str]
    orders: Mapping[str, Callable[[T], Place]]

    @property
    def own_order(self) -> str:
        return next(iter(self.orders))

    def page(self, items: Sequence[T], wanted: Wanted) -> Page[T]:
        """Raises Invalid for an order that there is not, and for another list's cursor."""
        order = wanted.order or self.own_order
        place = self._place(order.removeprefix("-"))
        found = self._found(items, wanted.q)
        found.sort(key=place, reverse=order.startswith("-"))
        rest = found
        if wanted.cursor is not None:
            # What no page of a list without items can have told, is no cursor of it either.
            types = [type(part) for part in place(items[0])] if items else []
            last = tuple(decode_cursor(wanted.cursor, *types))
            backwards = order.startswith("-")
            rest = [it for it in found if (place(it) < last if backwards else place(it) > last)]
        here = rest[: wanted.limit]
        after = encode_cursor(*place(here[-1])) if len(rest) > len(here) else None
        return Page(tuple(here), len(found), after)

    def _found(self, items: Sequence[T], q: str) -> list[T]:
        wanted = fold(q.strip())
        together = "".join(wanted.split())  # a number, as it is read
        if not together.removeprefix("+").isdigit():
            together = wanted
        texts = ((item, fold(self.words(item))) for item in items)
        return [item for item, text in texts if wanted in text or together in text]

    def _place(self, order: str) -> Callable[[T], tuple[Place, Place]]:
        value = self.orders.get(order)
        if value is None:
            choices = ", ".join(self.orders)
            raise Invalid({"order": f"must be one of {choices}, with - before it for descending"})

        def place(item: T) -> tuple[Place, Place]:
            found = value(item)
            return (fold(found) if isinstance(found, str) else found), self.key(item)

        return place
