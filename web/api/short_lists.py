"""Lists that fit into memory, in the API."""

from pydantic import Field

from crm.paging import MAX_LIMIT
from web.api.operation import Asked, NoBody, PageQuery


class ShortQuery(PageQuery):
    """`q`: part of what names it. `order`: with - before it the other way round."""

    limit: int = Field(MAX_LIMIT, ge=1, le=MAX_LIMIT)
    q: str = Field("", max_length=200)
    order: str | None = Field(None, max_length=50)


Short = Asked[ShortQuery, NoBody]
