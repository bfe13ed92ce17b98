"""Lists that fit into memory, asked for as the long ones are: limit, cursor, q, order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import Field

from crm.paging import MAX_LIMIT, Page, decode_cursor, encode_cursor
from crm.text import fold
from web.api.operation import Asked, NoBody, PageQuery
from web.errors import invalid

T = TypeVar("T")
Place = str | int


class ShortQuery(PageQuery):
    """`q`: part of what names it. `order`: with - before it the other way round."""

    limit: int = Field(MAX_LIMIT, ge=1, le=MAX_LIMIT)
    q: str = Field("", max_length=200)
    order: str | None = Field(None, max_length=50)


Short = Asked[ShortQuery, NoBody]


@dataclass(frozen=True, slots=True)
class ShortList(Generic[T]):
    """`key`: what no two items share. `words`: where `q` is looked for. `orders` by name, the
    list's own first.
    """

    key: Callable[[T], Place]
    words: Callable[[T], str]
    orders: Mapping[str, Callable[[T], Place]]

    def page(self, items: Sequence[T], query: ShortQuery) -> Page[T]:
        """Raises 422 for an order that there is not, and Invalid for another list's cursor."""
        order = query.order or next(iter(self.orders))
        place = self._place(order.removeprefix("-"))
        wanted = fold(query.q.strip())
        found = [item for item in items if wanted in fold(self.words(item))]
        found.sort(key=place, reverse=order.startswith("-"))
        rest = found
        if query.cursor is not None:
            # What no page of a list without items can have told, is no cursor of it either.
            types = [type(part) for part in place(items[0])] if items else []
            last = tuple(decode_cursor(query.cursor, *types))
            backwards = order.startswith("-")
            rest = [it for it in found if (place(it) < last if backwards else place(it) > last)]
        here = rest[: query.limit]
        after = encode_cursor(*place(here[-1])) if len(rest) > len(here) else None
        return Page(tuple(here), len(found), after)

    def _place(self, order: str) -> Callable[[T], tuple[Place, Place]]:
        value = self.orders.get(order)
        if value is None:
            choices = ", ".join(self.orders)
            raise invalid({"order": f"must be one of {choices}, with - before it for descending"})

        def place(item: T) -> tuple[Place, Place]:
            found = value(item)
            return (fold(found) if isinstance(found, str) else found), self.key(item)

        return place
