"""The setting `cel_source` as a source."""

from datetime import tzinfo
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from pbx_bridge.cel.lines import csv_reader, json_row
from pbx_bridge.cel.source import CelSource, CelUnavailable
from pbx_bridge.cel.sql import CelTable
from pbx_bridge.cel.tail import TailedFile

# What people write, and the driver that speaks it from asyncio.
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
    "mysql": "mysql+aiomysql",
    "mariadb": "mysql+aiomysql",
}


# The bundled PBX's file is renamed then: about 6,000 calls.
_ROTATE_BYTES = 64_000_000


def open_source(setting: str, zone: tzinfo, *, ours: bool = False) -> CelSource:
    """`jsonl:PATH`, `csv:PATH`, or a database URL; its `?table=` names the table, else `cel`.

    `zone`: the PBX's, for times that name none. `ours`: a file that we keep small.
    Raises CelUnavailable, naming the setting.
    """
    kind, _, rest = setting.partition(":")
    if kind == "jsonl":
        return TailedFile(Path(rest), json_row, _ROTATE_BYTES if ours else None)
    if kind == "csv":
        return TailedFile(Path(rest), csv_reader(zone), _ROTATE_BYTES if ours else None)
    try:
        url = make_url(setting)
    except ArgumentError as error:
        raise CelUnavailable(
            "cel_source (HOVORNA_CEL_SOURCE) must be jsonl:PATH, csv:PATH or a database URL"
        ) from error
    table = url.query.get("table", "cel")
    if not isinstance(table, str) or not table.replace("_", "").isalnum():
        raise CelUnavailable("cel_source (HOVORNA_CEL_SOURCE): table= must be a table's name")
    url = url.difference_update_query(["table"])
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    try:
        return CelTable(url, zone, table)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise CelUnavailable(
            f"cel_source (HOVORNA_CEL_SOURCE): no driver for {url.drivername}: {error}"
        ) from error
