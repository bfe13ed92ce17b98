"""What the headless phone can be told, one command a line: a JSON object, or plain words.

`{"do": "dial", "to": "777123456", "ref": 7}` or `dial 777123456`. A command may carry `ref`, which
comes back in its `done` or `error` event. `call` may be left out while there is only one call, and
`account` while there is only one account. `parsing.py` reads them.
"""

import re
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_RING_TONE, _RING_CYCLE = 1.0, 5.0  # seconds: the European cadence, 1 s tone and 4 s pause


class CommandError(ValueError):
    """No command, or one that cannot be done now. The message is for whoever typed it."""


def _one_line(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and _CONTROL.search(value):
        raise ValueError("has a control character")
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("is not valid Unicode") from None
    return value


Text = Annotated[str, BeforeValidator(_one_line), Field(max_length=1000)]
Name = Annotated[
    str, BeforeValidator(_one_line), Field(min_length=1, max_length=64, pattern=r"^[\w.+-]+$")
]
Seconds = Annotated[float, Field(ge=0, le=86400)]


class Command(BaseModel):
    """`words` are the fields that plain words fill, in order."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    words: ClassVar[tuple[str, ...]] = ()

    ref: int | None = None


class OnCall(Command):
    words: ClassVar[tuple[str, ...]] = ("call",)
    call: Name | None = None


class Behaviour(BaseModel):
    """What an account does by itself with a call that comes in.

    `answer_after` seconds, or `rings` (a ring is 5 s, its tone 1 s); neither: it waits for a
    command. `auto_answer`: obeys Call-Info/Alert-Info/Answer-Mode at once, as desk phones do for
    click-to-call. `refuse`: the SIP code that every call gets. `capacity`: further calls are busy.
    `play` is a wav (looped), `tone` a frequency in Hz, `record` a folder for `<call>.wav`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    answer_after: Seconds | None = None
    rings: Annotated[int, Field(ge=1, le=100)] | None = None
    auto_answer: bool = True
    refuse: Annotated[int, Field(ge=300, le=699)] | None = None
    capacity: Annotated[int, Field(ge=1, le=4)] = 4
    hang_up_after: Seconds | None = None
    play: Text | None = None
    tone: Annotated[int, Field(ge=50, le=3900)] | None = None
    record: Text | None = None

    @property
    def patience(self) -> float | None:
        """Seconds of ringing before it answers, None: never by itself."""
        if self.answer_after is not None:
            return self.answer_after
        if self.rings is not None:
            return (self.rings - 1) * _RING_CYCLE + _RING_TONE
        return None


class Register(Command):
    """Registers an account, from then on called `account` (the user, if not given)."""

    words = ("user", "password", "host", "port")
    do: Literal["register"] = "register"
    user: Name
    password: Text = ""
    host: Annotated[str, BeforeValidator(_one_line), Field(pattern=r"^[\w.:\[\]-]+$")]
    port: Annotated[int, Field(ge=1, le=65535)] = 5060
    account: Name | None = None
    expires: Annotated[int, Field(ge=10, le=86400)] = 300
    behaviour: Behaviour = Behaviour()

    @property
    def key(self) -> str:
        return self.account or self.user


class Behave(Command):
    """Replaces an account's behaviour from the next call on."""

    do: Literal["behave"] = "behave"
    account: Name | None = None
    behaviour: Behaviour


class Unregister(Command):
    """Ends the account's registration; `register` with the same name brings it back."""

    words = ("account",)
    do: Literal["unregister"] = "unregister"
    account: Name | None = None


class Dial(Command):
    """`to`: a number, or a sip: address. `caller` goes into P-Asserted-Identity, as providers do,
    with `caller_name`; `withheld` adds `Privacy: id`. The call is then known as `call`.
    """

    words = ("to", "account")
    do: Literal["dial"] = "dial"
    to: Annotated[str, BeforeValidator(_one_line), Field(min_length=1, max_length=200)]
    account: Name | None = None
    call: Name | None = None
    caller: Text | None = None
    caller_name: Text | None = None
    withheld: bool = False
    headers: dict[Name, Text] = Field(default_factory=dict)
    behaviour: Behaviour | None = None


class Answer(OnCall):
    do: Literal["answer"] = "answer"


class Ring(OnCall):
    """Sends 180 again; of use where `behaviour` did not."""

    do: Literal["ring"] = "ring"


class Reject(OnCall):
    """603 declines for all of the user's phones, 486 says busy."""

    words = ("code", "call")
    do: Literal["reject"] = "reject"
    code: Annotated[int, Field(ge=300, le=699)] = 603


class Hangup(OnCall):
    do: Literal["hangup"] = "hangup"


class HangupAll(Command):
    do: Literal["hangup-all"] = "hangup-all"


class Digits(OnCall):
    """`method`: rfc4733 (in the audio stream) or info (SIP INFO)."""

    words = ("digits", "call", "method")
    do: Literal["digits"] = "digits"
    digits: Annotated[str, BeforeValidator(_one_line), Field(pattern=r"^[0-9A-Da-d*#]{1,32}$")]
    method: Literal["rfc4733", "info"] = "rfc4733"


class Hold(OnCall):
    do: Literal["hold"] = "hold"


class Resume(OnCall):
    do: Literal["resume"] = "resume"


class Transfer(OnCall):
    """Blind, by REFER."""

    words = ("to", "call")
    do: Literal["transfer"] = "transfer"
    to: Annotated[str, BeforeValidator(_one_line), Field(min_length=1, max_length=200)]


class TransferTo(OnCall):
    """Attended, by REFER with Replaces: `call` is joined to the far side of `other`."""

    words = ("call", "other")
    do: Literal["transfer-to"] = "transfer-to"
    other: Name


class Merge(Command):
    """All calls (or those named) hear each other, mixed in this phone."""

    words = ("calls",)
    do: Literal["merge"] = "merge"
    calls: tuple[Name, ...] = ()


class Mute(OnCall):
    do: Literal["mute"] = "mute"


class Unmute(OnCall):
    do: Literal["unmute"] = "unmute"


class Play(OnCall):
    """Speaks a 16-bit PCM wav into the call, instead of what it spoke before."""

    words = ("file", "call")
    do: Literal["play"] = "play"
    file: Text
    loop: bool = False


class Tone(OnCall):
    words = ("hz", "call")
    do: Literal["tone"] = "tone"
    hz: Annotated[int, Field(ge=50, le=3900)] = 440


class Silence(OnCall):
    do: Literal["silence"] = "silence"


class Record(OnCall):
    """Writes what is heard to a wav; what was recorded before is finished."""

    words = ("file", "call")
    do: Literal["record"] = "record"
    file: Text


class StopRecord(OnCall):
    do: Literal["stop-record"] = "stop-record"


class Stats(OnCall):
    do: Literal["stats"] = "stats"


class Quit(Command):
    do: Literal["quit"] = "quit"


AnyCommand = Annotated[
    Register
    | Behave
    | Unregister
    | Dial
    | Answer
    | Ring
    | Reject
    | Hangup
    | HangupAll
    | Digits
    | Hold
    | Resume
    | Transfer
    | TransferTo
    | Merge
    | Mute
    | Unmute
    | Play
    | Tone
    | Silence
    | Record
    | StopRecord
    | Stats
    | Quit,
    Field(discriminator="do"),
]
