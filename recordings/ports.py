"""What recordings need from those above them. `crm` implements it; tests pass a fake."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Condition(StrEnum):
    """What became of what the PBX wrote."""

    WHOLE = "whole"
    DAMAGED = "damaged"  # something is missing or broken; what could be saved can be heard
    EMPTY = "empty"  # the PBX wrote files without a single sample; there is no audio
    LOST = "lost"  # nothing could be read; the PBX's files are kept in quarantine


@dataclass(frozen=True, slots=True)
class Source:
    """SHA-256 (hex) of the PBX's files, so that leftovers of a crash are known again.

    None: there was no such file.
    """

    client: str | None
    company: str | None


@dataclass(frozen=True, slots=True)
class StoredRecording:
    """One recording of one channel, written, synced and verified.

    `part` counts from 1: recording stopped and started again on the same channel makes a second.
    `path` is relative to the recordings directory with `/`; None where there is no audio.
    `peaks`: the client's waveform, then the company's, one byte (0-255) per value, both halves of
    equal length; empty without audio. `problems` are codes for the reader's language, of
    `recordings.wav.Problem`: `client_truncated`, `company_missing`...
    """

    channel: str
    part: int
    call: str
    path: str | None
    seconds: float
    size: int
    sha256: str
    peaks: bytes
    source: Source
    condition: Condition = Condition.WHOLE
    problems: tuple[str, ...] = field(default=())
    channels: int = 2


@dataclass(frozen=True, slots=True)
class Owner:
    """The call that a recorded channel belongs to. `started_at` is in UTC.

    `before`: seconds that the PBX recorded before anybody spoke with the client, which are left
    out, but nothing of the last `talked` seconds ever is.
    """

    call: str
    started_at: datetime
    ended: bool
    before: float = 0.0
    talked: float = 0.0


@dataclass(frozen=True, slots=True)
class Expired:
    """A recording whose time is over. `path` as in StoredRecording."""

    recording: int
    path: str | None


class Catalogue(Protocol):
    """The database's side. Any exception means: not done, will be tried again later."""

    async def owner(self, channel: str) -> Owner | None:
        """The call of the channel with this Uniqueid; None while nobody has heard of it."""
        ...

    async def attached(self, channel: str) -> Sequence[StoredRecording]:
        """All parts already attached for this channel, in order.

        Those deleted since are among them, with `path` None: what is left of them in the spool
        must not bring them back.
        """
        ...

    async def attach(self, recording: StoredRecording) -> None:
        """Put the recording on its call and card. Returns after the commit.

        Doing it twice with the same channel and part changes nothing. A merged call's key counts
        as the call that it was merged into.
        """
        ...

    async def settle(self) -> None:
        """Wait until what was attached would survive a power cut."""
        ...

    async def expired(self, before: datetime, limit: int) -> Sequence[Expired]:
        """Recordings of calls that started before that moment and are not deleted, oldest first."""
        ...

    async def forget(self, recording: int, reason: str) -> None:
        """The file is gone: mark the recording deleted and write it into the audit."""
        ...
