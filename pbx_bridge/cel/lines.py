"""One line of a CEL file as a row: JSON of `cel_custom`, or its CSV."""

import csv
import json
import re
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any, Final

_VALUE = re.compile(r'[{,]"(\w+)":"(.*?)"(?=,"\w+":|}\Z)')
LineReader = Callable[[str], dict[str, Any] | None]

# The bundled PBX's own order, on versions that write no JSON (config/asterisk/cel_custom.conf.j2).
BUNDLED_COLUMNS: Final = (
    *("eventtype", "eventtime", "linkedid", "uniqueid", "channame", "name", "num", "dnid"),
    *("exten", "context", "appname", "appdata", "bridgepeer", "eventextra"),
)
# Asterisk's sample cel_custom.conf (Master.csv), to which most CSV files were made.
SAMPLE_COLUMNS: Final = (
    *("eventtype", "eventtime", "name", "num", "ani", "rdnis", "dnid", "exten", "context"),
    *("channame", "appname", "appdata", "amaflags", "accountcode", "uniqueid", "linkedid"),
    *("bridgepeer", "userfield", "userdeftype", "eventextra"),
)


def json_row(line: str) -> dict[str, Any] | None:
    """None for what is no JSON object."""
    try:
        row = json.loads(line)
    except ValueError:
        row = _as_meant(line)
    return row if isinstance(row, dict) else None


def _as_meant(line: str) -> dict[str, Any] | None:
    r"""Asterisk (22.10) escapes quotes but no backslash: a caller named `x\` spoils the JSON.

    Within a value every quote follows a backslash, so only a real end is followed by `,"name":`.
    """
    if not (line.startswith("{") and line.rstrip().endswith("}")):
        return None
    values = {name: value.replace('\\"', '"') for name, value in _VALUE.findall(line.rstrip())}
    return values if "eventtype" in values and "uniqueid" in values else None


def csv_reader(zone: tzinfo) -> LineReader:
    """Reads either of the column orders, told by their number. `zone`: of times that name none."""

    def read(line: str) -> dict[str, Any] | None:
        try:
            (values,) = csv.reader([line], strict=True)
        except (csv.Error, ValueError):
            return None
        columns = BUNDLED_COLUMNS if len(values) <= len(BUNDLED_COLUMNS) else SAMPLE_COLUMNS
        if len(values) < len(BUNDLED_COLUMNS) - 1:
            return None
        row: dict[str, Any] = dict(zip(columns, values, strict=False))
        row["eventtime"] = with_zone(row["eventtime"], zone)
        return row

    return read


def with_zone(value: object, zone: tzinfo) -> object:
    """A date and time that names no zone is the PBX's local time; all else is left as it is."""
    if isinstance(value, str) and "-" in value.lstrip("-"):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=zone)
    return value
