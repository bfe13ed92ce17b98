"""Which console command makes the running PBX read which file again, dropping no call."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pbx_bridge.asterisk.files import write_private

COMMANDS: Final = {
    "pjsip.conf": "module reload res_pjsip.so",
    "extensions.conf": "dialplan reload",
    "manager.conf": "manager reload",
    "logger.conf": "logger reload",
    "features.conf": "module reload features",
    "musiconhold.conf": "moh reload",
    "confbridge.conf": "module reload app_confbridge.so",
    "indications.conf": "module reload indications",
    "rtp.conf": "module reload res_rtp_asterisk.so",
    "cel.conf": "module reload cel",
    "cel_custom.conf": "module reload cel_custom.so",
}
# A change in these shows only in a PBX started anew.
NEED_RESTART: Final = frozenset(
    {"asterisk.conf", "modules.conf", "pjsip_transports.conf", "http.conf"}
)


def digests(files: Mapping[str, str]) -> dict[str, str]:
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}


def loaded_digests(path: Path) -> dict[str, str]:
    """What the running PBX has read; nothing if that is not known."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def remember_loaded(path: Path, loaded: Mapping[str, str]) -> None:
    write_private(path, json.dumps(dict(loaded), sort_keys=True))


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Files to be read again, endpoints before the dialplan that dials them."""
    names = [name for name, digest in now.items() if before.get(name) != digest]
    return sorted(names, key=lambda name: (name != "pjsip.conf", name))
