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


def far_side(reason: str) -> Outcome:
    """Outcome of a call whose called side did not take it, for that reason."""
    return _FAR_SIDE.get(reason, Outcome.FAILED)


def unanswered(direction: Direction, reasons: Sequence[str], voicemail: bool) -> Outcome:
    """Outcome of a call in which both sides never spoke.

    `reasons`: one for each phone that was called, in order; for an outbound call those of the
    outside party's side alone.
    """
    if direction is not Direction.INBOUND:
        return far_side(reasons[-1]) if reasons else Outcome.FAILED
    if voicemail:
        return Outcome.VOICEMAIL
    # A group in which one phone was left ringing was missed, whatever the others said.
    if reasons and all(reason == BUSY for reason in reasons):
        return Outcome.BUSY
    if reasons and all(reason in (BUSY, REJECTED) for reason in reasons):
        return Outcome.REJECTED
    return Outcome.MISSED


def unanswered_by(
    direction: Direction, outcome: Outcome, reasons: Sequence[str], root_cause: int
) -> Side:
    """Which side ended a call in which both sides never spoke."""
    caller, called = Side.COMPANY, Side.CLIENT
    if direction is Direction.INBOUND:
        caller, called = Side.CLIENT, Side.COMPANY
    elif direction is Direction.INTERNAL:
        called = Side.COMPANY
    heard = reasons or (ring_reason(root_cause),)
    gave_up = CANCELLED in heard
    if gave_up:
        return caller
    return called if outcome in (Outcome.BUSY, Outcome.REJECTED) else Side.PBX
