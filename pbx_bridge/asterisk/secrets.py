"""Random secrets of one PBX: made once, kept in its directory, never logged."""

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from pbx_bridge.asterisk.errors import PbxError
from pbx_bridge.asterisk.files import write_private


@dataclass(frozen=True, slots=True)
class PbxSecrets:
    """`ami` and `watcher`: of the two manager users. `routing`: of the dialplan, when it asks."""

    ami: str = field(repr=False)
    watcher: str = field(repr=False)
    routing: str = field(repr=False)


def load_secrets(path: Path, make: Callable[[], str] = secrets.token_hex) -> PbxSecrets:
    """Read them; make and keep (mode 0600) what is missing. Raises PbxError if unreadable."""
    try:
        kept = _read(path)
        found = PbxSecrets(**{it.name: kept.get(it.name) or make() for it in fields(PbxSecrets)})
        if asdict(found) != kept:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_private(path, json.dumps(asdict(found)))
    except (OSError, ValueError) as error:
        raise PbxError(
            f"{path} cannot be read or written ({type(error).__name__}); "
            "remove it while the PBX is stopped, and new secrets are made"
        ) from error
    return found


def _read(path: Path) -> dict[str, str]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    if not isinstance(kept, dict) or not all(map(_is_secret, kept.values())):
        raise ValueError("not secrets")
    return kept


def _is_secret(value: object) -> bool:
    return isinstance(value, str) and value.isalnum()
