"""Random secrets of one PBX: made once, kept in its directory, never logged."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pbx_bridge.asterisk.errors import PbxError
from pbx_bridge.asterisk.files import write_private


@dataclass(frozen=True, slots=True)
class PbxSecrets:
    """`ami`: of the manager user. `routing`: of the dialplan, when it asks who shall ring."""

    ami: str = field(repr=False)
    routing: str = field(repr=False)


def load_secrets(path: Path, make: Callable[[], str] = secrets.token_hex) -> PbxSecrets:
    """Read them, or make and keep them (mode 0600). Raises PbxError if the file is unreadable."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return PbxSecrets(ami=_word(kept["ami"]), routing=_word(kept["routing"]))
    except FileNotFoundError:
        fresh = PbxSecrets(ami=make(), routing=make())
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(path, json.dumps({"ami": fresh.ami, "routing": fresh.routing}))
        return fresh
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PbxError(
            f"{path} cannot be read ({type(error).__name__}); "
            "remove it while the PBX is stopped, and new secrets are made"
        ) from error


def _word(value: object) -> str:
    if not isinstance(value, str) or not value.isalnum():
        raise ValueError("not a secret")
    return value
