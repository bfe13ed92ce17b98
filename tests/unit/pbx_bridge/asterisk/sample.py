"""A small company and a pretended Asterisk for tests of the rendering."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from config.settings import Settings
from pbx_bridge.asterisk.installation import Installation
from pbx_bridge.asterisk.modules import REQUIRED, WANTED
from pbx_bridge.asterisk.paths import PbxPaths
from pbx_bridge.asterisk.render import render
from pbx_bridge.asterisk.secrets import PbxSecrets
from pbx_bridge.directory import ExtensionEntry, LineEntry, PbxDirectory

PATHS = PbxPaths(Path("/srv/hovorna/pbx"))
SECRETS = PbxSecrets(ami="amisecret", watcher="watchersecret", routing="routingsecret")
ASTERISK = Installation(
    command=("/opt/asterisk/usr/sbin/asterisk",),
    version="22.10.1",
    module_dir=Path("/opt/asterisk/modules"),
    data=Path("/opt/asterisk/share"),
    modules=frozenset((*REQUIRED, *WANTED)),
)
EVA = ExtensionEntry(
    number="101",
    name="Eva Malá",
    password="evas-password",
    pickup_group="sales",
    default_line="line1",
    lines=("line1", "line-2"),
    web_password="evas-browser",
)
PETR = replace(EVA, number="102", name="Petr Novák", default_line=None, lines=())
LINE = LineEntry(
    name="line1",
    number="+420222333444",
    user="line1",
    password="lines-password",
    mode="accept",
    ring=("101", "102"),
)
SECOND = replace(LINE, name="line-2", number="+420222333555", user="account2", ring=("102",))
COMPANY = PbxDirectory(extensions=(EVA, PETR), lines=(LINE, SECOND))


def rendered(
    directory: PbxDirectory = COMPANY,
    asterisk: Installation = ASTERISK,
    addresses: tuple[str, ...] = (),
    **settings: Any,
) -> dict[str, str]:
    return render(
        Settings(**settings), directory, asterisk, SECRETS, PATHS, 18080, host_addresses=addresses
    )


def sections(text: str, name: str) -> list[dict[str, str]]:
    """The sections of that name in an Asterisk file, as option to value; templates left aside."""
    found: list[dict[str, str]] = []
    current: dict[str, str] | None = None
    for line in text.splitlines():
        if line.startswith("["):
            current = {} if line[1:].partition("]")[0] == name else None
            if current is not None:
                found.append(current)
        elif current is not None and "=" in line and not line.startswith(";"):
            option, _, value = line.partition("=")
            current[option.strip()] = value.removeprefix(">").strip()
    return found


def context(text: str, name: str) -> list[str]:
    """The lines of one dialplan context."""
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("["):
            inside = line.startswith(f"[{name}]")
        elif inside and line.strip() and not line.startswith(";"):
            lines.append(line.strip())
    return lines
