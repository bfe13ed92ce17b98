"""CEL in a table, as FreePBX and the PostgreSQL and ODBC back ends keep it.

A position is the `id` of the last row read. The back end writes from one thread, so that a lower id
is never written after a higher one.
"""

from datetime import tzinfo
from typing import Any

from sqlalchemy import URL, ColumnElement, Select, column, func, literal_column, select, table
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from pbx_bridge.cel.lines import with_zone
from pbx_bridge.cel.source import CelBatch, CelUnavailable

_ROWS = 5000


class CelTable:
    """`zone`: the PBX's own, in which such back ends write times by default.

    Reads only. `close` lets the connections go.
    """

    def __init__(self, url: URL, zone: tzinfo, table_name: str = "cel") -> None:
        self._engine: AsyncEngine = create_async_engine(url, pool_pre_ping=True)
        self._zone = zone
        self._table_name = table_name
        self._table = table(table_name, column("id"))
        self._id: ColumnElement[Any] = self._table.c.id

    @property
    def name(self) -> str:
        return f"{self._engine.url.render_as_string(hide_password=True)}#{self._table_name}"

    async def read(self, since: str | None) -> CelBatch:
        last = int(since) if since and since.isdecimal() else 0
        query: Select[Any] = (
            select(literal_column("*"))
            .select_from(self._table)
            .where(self._id > last)
            .order_by(self._id)
            .limit(_ROWS)
        )
        try:
            async with self._engine.connect() as connection:
                found = await self._rows(connection, query)
        except (SQLAlchemyError, OSError) as error:
            raise CelUnavailable(f"{self.name}: {_reason(error)}") from error
        return CelBatch(found, str(found[-1]["id"]) if found else str(last))

    async def end(self) -> str:
        try:
            async with self._engine.connect() as connection:
                highest = await connection.scalar(select(func.max(self._id)))
        except (SQLAlchemyError, OSError) as error:
            raise CelUnavailable(f"{self.name}: {_reason(error)}") from error
        return str(highest or 0)

    async def forget(self, before: str) -> None:
        """Nothing: the table is not ours."""

    async def close(self) -> None:
        await self._engine.dispose()

    async def _rows(self, connection: AsyncConnection, query: Select[Any]) -> list[dict[str, Any]]:
        result = await connection.execute(query)
        rows = [dict(row) for row in result.mappings()]
        for row in rows:
            row["eventtime"] = with_zone(row.get("eventtime"), self._zone)
        return rows


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
