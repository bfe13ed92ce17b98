"""Talks an employee's browser was in when it went, and comes back to when it is there again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who spoke with it hears music meanwhile: on the channel of this name."""

    channel: str


@dataclass(frozen=True, slots=True)
class Conference:
    """The others of `call` talk on, and `extension` is called in again."""

    call: str
    extension: str


LostTalk = Waiting | Conference
