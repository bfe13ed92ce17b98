"""Pages of lists that fit into memory: their search, order and place live in the address, too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import web

from crm.short_lists import ShortList
from web.handlers.lists import PAGE_ROWS, Address, Rows, Sort
from web.handlers.pages import fragment, page

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Wanted:
    q: str
    order: str | None
    cursor: str | None
    limit: int = PAGE_ROWS


async def short_list(
    request: web.Request,
    kind: ShortList[T],
    items: Sequence[T],
    template: str,
    context: dict[str, Any] | None = None,
    *,
    order: str | None = None,
) -> web.Response:
    """The page `{template}s.html`; with a cursor its next rows, `{template}_rows.html`.

    `order`: what it is ordered by where the address says nothing.
    """
    address = Address.of(request, request.path)
    default, cursor = order or kind.own_order, request.query.get("cursor")
    wanted = _Wanted(address.get("q") or "", address.get("order") or default, cursor)
    found = kind.page(items, wanted)
    following = None if found.next is None else address.href(cursor=found.next)
    rows: Rows[T] = Rows(found.items, found.total, following)
    values = {**(context or {}), "rows": rows, "base": address.path}
    if cursor is not None:
        return await fragment(request, f"{template}_rows.html", values)
    values |= {"sort": Sort(address, default), "filtered": address.is_filtered("q")}
    return await page(request, f"{template}s.html", values)
