"""Tries a provider's SIP account: registers, and calls a number if one is given.

`check_line` does it with a phone process; what its figures mean is said in `verdict.py`.
"""

import asyncio
import tempfile
import time
import wave
from array import array
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pbx_bridge.sip.events import PhoneEvent
from pbx_bridge.sip.process import Phone, PhoneCall, PhoneError, PhoneProcess, RegistrationFailed
from pbx_bridge.sip.tone import tone_share

TONE_HZ = 1000
_ANSWER_SECONDS = 40.0
_NOT_AN_ECHO = 0.3  # share of what was heard that must be our tone


@dataclass(frozen=True, slots=True)
class LineAccount:
    host: str
    port: int
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CallFindings:
    """Of the test call. `code`: the SIP answer; `stats` as quality.StreamFigures, None without
    audio. `echo`: our own tone came back; None when the call was not answered.
    """

    code: int
    reason: str
    answered: bool
    setup_ms: float | None = None
    seconds: float = 0.0
    stats: dict[str, Any] | None = None
    echo: bool | None = None


@dataclass(frozen=True, slots=True)
class LineFindings:
    """`code`: the registrar's answer, None when none came. `local` and `seen_as`: our address as we
    know it and as the registrar saw it, host:port.
    """

    registered: bool
    code: int | None
    reason: str
    register_ms: float | None = None
    local: str | None = None
    seen_as: str | None = None
    call: CallFindings | None = None

    @property
    def behind_nat(self) -> bool:
        return None not in (self.local, self.seen_as) and self.local != self.seen_as

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"behind_nat": self.behind_nat}


async def check_line(
    account: LineAccount,
    number: str | None,
    *,
    process: PhoneProcess,
    register_seconds: float = 10.0,
    talk_seconds: float = 12.0,
) -> LineFindings:
    """`process` must be running. RTCP tells of itself every 5 s: a talk shorter than 11 s may end
    without a round trip. Raises PhoneError when the phone itself fails.
    """
    since, started = process.mark(), time.monotonic()
    try:
        phone = await process.register(
            account.user, account.password, account.host, account.port, seconds=register_seconds
        )
    except RegistrationFailed as error:
        return LineFindings(False, error.code, error.reason)
    except PhoneError:
        if not process.running:
            raise
        return LineFindings(False, None, f"no answer within {register_seconds:g} s")
    answer = await process.wait("registered", since=since, account=phone.account)
    took = round(1000 * (time.monotonic() - started), 1)
    call = None if number is None else await _call(phone, number, talk_seconds)
    await phone.unregister()
    return LineFindings(True, 200, "OK", took, answer.get("local"), answer.get("seen_as"), call)


async def _call(phone: Phone, number: str, talk_seconds: float) -> CallFindings:
    with tempfile.TemporaryDirectory(prefix="hovorna-line-") as folder:
        heard = Path(folder) / "heard.wav"
        call = await phone.dial(number, behaviour={"tone": TONE_HZ})
        answered = await _answered(call)
        if answered is None:
            ended = await call.disconnected(_ANSWER_SECONDS)
            return CallFindings(ended["code"], ended["reason"], answered=False)
        await call.record(heard)
        with_audio = asyncio.create_task(call.disconnected(talk_seconds))
        try:
            ended = await with_audio
        except PhoneError:  # it is still up, as it should be
            await call.hang_up()
            ended = await call.disconnected()
        await call.wait("recorded")
        calling = await call.wait("calling")
        return CallFindings(
            200,
            "OK",
            answered=True,
            setup_ms=round(1000 * (answered.at - calling.at), 1),
            seconds=ended["seconds"],
            stats=ended["stats"],
            echo=await asyncio.to_thread(_echoed, heard),
        )


async def _answered(call: PhoneCall) -> PhoneEvent | None:
    """None when it ended, or was ended by us, unanswered."""
    answer = asyncio.create_task(call.confirmed(_ANSWER_SECONDS))
    end = asyncio.create_task(call.disconnected(_ANSWER_SECONDS + 5))
    try:
        await asyncio.wait((answer, end), return_when=asyncio.FIRST_COMPLETED)
        if answer.done() and answer.exception() is None:
            return answer.result()
        if not end.done():
            await call.tell("hangup")
        return None
    finally:
        for task in (answer, end):
            task.cancel()
        await asyncio.gather(answer, end, return_exceptions=True)


def _echoed(file: Path) -> bool:
    with wave.open(str(file)) as recording:
        rate = recording.getframerate()
        samples = array("h", recording.readframes(recording.getnframes()))
    later = samples[rate:]  # the first second is for greetings and jitter buffers
    return tone_share(later, rate, TONE_HZ) > _NOT_AN_ECHO
