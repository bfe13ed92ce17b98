"""How calls and ringings end: Q.850 causes read as the field reads them."""

from collections.abc import Sequence

from pbx_bridge.calls.events import Direction, Outcome, Side

ANSWERED = "answered"
ANSWERED_ELSEWHERE = "answered_elsewhere"
NO_ANSWER = "no_answer"
BUSY = "busy"
REJECTED = "rejected"
CANCELLED = "cancelled"
UNAVAILABLE = "unavailable"

# ITU-T Q.850 and what Asterisk makes of SIP answers (486 -> 17, 603 -> 21, 480 -> 19). A dialled
# channel that Asterisk itself gives up has 0 when its time was over, 26 when another answered,
# and the caller's own cause (16, or 127 for a CANCEL) when the caller went.
_RING_REASONS = {
    0: NO_ANSWER,
    16: CANCELLED,
    17: BUSY,
    18: NO_ANSWER,
    19: NO_ANSWER,
    21: REJECTED,
    26: ANSWERED_ELSEWHERE,
    127: CANCELLED,
}

_FAR_SIDE = {
    BUSY: Outcome.BUSY,
    REJECTED: Outcome.REJECTED,
    NO_ANSWER: Outcome.NO_ANSWER,
    CANCELLED: Outcome.NO_ANSWER,
    ANSWERED_ELSEWHERE: Outcome.NO_ANSWER,
    # Answered, and gone before both sides could speak.
    ANSWERED: Outcome.NO_ANSWER,
}


def ring_reason(cause: int) -> str:
    """Why a channel that never answered stopped being called. `cause`: of its hangup."""
    return _RING_REASONS.get(cause, UNAVAILABLE)


def unanswered(direction: Direction, reasons: Sequence[str], voicemail: bool) -> Outcome:
    """Outcome of a call in which both sides never spoke.

    `reasons`: one for each phone that was called, in order; for an outbound call those of the
    outside party's side alone.
    """
    if direction is not Direction.INBOUND:
        return _FAR_SIDE.get(reasons[-1], Outcome.FAILED) if reasons else Outcome.FAILED
    if voicemail:
        return Outcome.VOICEMAIL
    # A group in which one phone was left ringing was missed, whatever the others said.
    if reasons and all(reason == BUSY for reason in reasons):
        return Outcome.BUSY
    if reasons and all(reason in (BUSY, REJECTED) for reason in reasons):
        return Outcome.REJECTED
    return Outcome.MISSED


def unanswered_by(direction: Direction, outcome: Outcome, *, gave_up: bool) -> Side:
    """Which side ended a call in which both sides never spoke. `gave_up`: who placed it, did."""
    inbound = direction is Direction.INBOUND
    if gave_up:
        return Side.CLIENT if inbound else Side.COMPANY
    if outcome not in (Outcome.BUSY, Outcome.REJECTED):
        return Side.PBX
    return Side.CLIENT if direction is Direction.OUTBOUND else Side.COMPANY
