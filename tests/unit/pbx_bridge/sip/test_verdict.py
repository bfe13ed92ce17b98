"""What a line check says to the administrator."""

from dataclasses import replace
from typing import Any

import pytest

from pbx_bridge.sip.linecheck import CallFindings, LineFindings
from pbx_bridge.sip.verdict import Exit, judge

STATS: dict[str, Any] = {
    "codec": "PCMA",
    "rtt_ms": 20.0,
    "jitter_ms": 1.0,
    "loss_percent": 0.0,
    "received": 600,
    "sent": 600,
    "far_loss_percent": 0.0,
    "far_address": "203.0.113.9:12000",
    "mos": 4.41,
}
CALL = CallFindings(200, "OK", answered=True, seconds=12.0, stats=STATS, echo=True)
REGISTERED = LineFindings(
    True, 200, "OK", 25.0, local="203.0.113.5:5060", seen_as="203.0.113.5:5060"
)


def _of(**stats: object) -> LineFindings:
    return replace(REGISTERED, call=replace(CALL, stats=STATS | stats))


def test_a_good_line_needs_no_words() -> None:
    assert judge(REGISTERED, "sip.example.com", None).exit is Exit.WELL
    verdict = judge(replace(REGISTERED, call=CALL), "sip.example.com", "*43")
    assert (verdict.exit, verdict.remarks) == (Exit.WELL, ())


@pytest.mark.parametrize(
    ("code", "reason", "exit_code", "words"),
    [
        (401, "Unauthorized", Exit.REFUSED, "refused the user name or the password"),
        (403, "Forbidden", Exit.REFUSED, "refused the user name or the password"),
        (404, "Not Found", Exit.REFUSED, "does not know this user"),
        (500, "Oops", Exit.REFUSED, "answered 500 Oops"),
        (408, "Request Timeout", Exit.SILENT, "does not answer"),
        (503, "Service Unavailable", Exit.SILENT, "does not answer"),
        (None, "no answer within 10 s", Exit.SILENT, "sip.example.com does not answer"),
    ],
)
def test_why_it_is_not_registered(
    code: int | None, reason: str, exit_code: Exit, words: str
) -> None:
    verdict = judge(LineFindings(False, code, reason), "sip.example.com", None)

    assert verdict.exit is exit_code
    assert words in verdict.remarks[0]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (404, "The number 777 was not found"),
        (486, "777 is busy"),
        (487, "Nobody answered at 777"),
        (603, "777 declined"),
        (403, "does not let this account call 777"),
        (555, "The call to 777 failed (555 Odd)"),
    ],
)
def test_why_the_call_was_not_answered(code: int, words: str) -> None:
    findings = replace(REGISTERED, call=CallFindings(code, "Odd", answered=False))

    verdict = judge(findings, "h", "777")

    assert verdict.exit is Exit.CALL_FAILED
    assert words in verdict.remarks[0]


def test_audio_in_one_direction_is_told_apart() -> None:
    deaf = judge(_of(received=0), "h", "*43")
    mute = judge(_of(far_loss_percent=100.0), "h", "*43")
    none = judge(replace(REGISTERED, call=replace(CALL, stats=None)), "h", "*43")

    assert [it.exit for it in (deaf, mute, none)] == [Exit.BAD_AUDIO] * 3
    assert "nothing was heard" in deaf.remarks[0]
    assert "hears nothing of us" in mute.remarks[0]
    assert "no audio" in none.remarks[0]


def test_doubtful_quality_is_said_and_has_its_own_exit_code() -> None:
    verdict = judge(_of(mos=2.9, loss_percent=6.0, jitter_ms=45.0, rtt_ms=400.0), "h", "*43")

    assert verdict.exit is Exit.DOUBTFUL
    said = " ".join(verdict.remarks)
    for words in ("poor (MOS 2.9)", "6.0 %", "jitter 45.0 ms", "400.0 ms there and back"):
        assert words in said


def test_nat_is_noticed() -> None:
    behind = replace(_of(far_address="10.1.1.1:4000"), local="192.168.1.5:5070")

    verdict = judge(behind, "h", "*43")

    assert verdict.exit is Exit.WELL
    assert "behind NAT" in verdict.remarks[0]
    assert "private address" in verdict.remarks[1]
