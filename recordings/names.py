"""Names of files: made from ids only, and read with suspicion.

In the spool: `<Uniqueid>.client.wav` and `<Uniqueid>.company.wav`. In the store:
`YYYY/MM/DD/<Uniqueid>-<part>.ogg`, the day the call began in UTC.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

CLIENT, COMPANY = "client", "company"
SIDES = (CLIENT, COMPANY)

# A Uniqueid is `[systemname-]epoch.counter`, or the ChannelId that we chose when originating.
_CHANNEL = r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}"
_IN_SPOOL = re.compile(rf"({_CHANNEL})\.(client|company)\.wav")
_STORED = re.compile(rf"\d{{4}}/\d\d/\d\d/{_CHANNEL}-\d{{1,4}}\.ogg")


class BadNameError(ValueError):
    """Not a name that this program gives."""


def is_channel(text: str) -> bool:
    return re.fullmatch(_CHANNEL, text) is not None


def spool_name(channel: str, side: str) -> str:
    """Raises BadNameError if `channel` could be anything but a Uniqueid."""
    if not is_channel(channel) or side not in SIDES:
        raise BadNameError(f"not a channel's id: {channel!r}")
    return f"{channel}.{side}.wav"


def channels_in(names: Iterable[str]) -> set[str]:
    """The channels whose files are among these names of the spool."""
    return {match[1] for name in names if (match := _IN_SPOOL.fullmatch(name))}


def stored_path(channel: str, part: int, started_at: datetime) -> str:
    """Relative to the recordings directory. Raises BadNameError as `spool_name` does."""
    if not is_channel(channel) or not 1 <= part <= 9999:
        raise BadNameError(f"not a channel's id: {channel!r}")
    day = started_at.astimezone(UTC)
    return f"{day:%Y/%m/%d}/{channel}-{part}.ogg"


def resolve(root: Path, stored: str) -> Path:
    """The file of a path that `stored_path` made. Raises BadNameError for any other text."""
    if not _STORED.fullmatch(stored) or ".." in PurePosixPath(stored).parts:
        raise BadNameError(f"not a recording's path: {stored!r}")
    return root / stored
