"""Where the PBX has written down what happened: rows since a position."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Row = Mapping[str, Any]


class CelUnavailable(Exception):
    """The rows cannot be read now. The message says why, for the administrator."""


@dataclass(frozen=True, slots=True)
class CelBatch:
    """Rows in the order they were written, and the position after them."""

    rows: Sequence[Row]
    position: str


class CelSource(Protocol):
    """Rows are mappings as `calls.from_cel` reads them. Positions are opaque, and kept as text.

    Methods raise CelUnavailable.
    """

    @property
    def name(self) -> str:
        """What the positions belong to; another source's are not understood."""
        ...

    async def read(self, since: str | None) -> CelBatch:
        """The next rows after `since`, None: from the first on. No rows: there are no more yet.

        Rows may come twice (after a rotation, for example), but none is left out.
        """
        ...

    async def end(self) -> str:
        """The position after the last row that is there now."""
        ...

    async def forget(self, before: str) -> None:
        """No row before that position will be asked for again; what is ours to tidy may go."""
        ...
