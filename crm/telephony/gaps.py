"""Where in a recording it was paused: the PBX writes silence there."""

from pbx_bridge.calls.events import TransferKind
from pbx_bridge.calls.record import CallRecord

Gaps = list[list[float]]
_SECOND = 1_000_000


def gaps_of(record: CallRecord, channel: str) -> Gaps:
    """Seconds from and to. The PBX records while the client's channel is with somebody: from the
    answer, or from when it was begun, and not while a blind transfer rings.
    """
    began = max(record.answered_at or 0, record.recording_since.get(channel, 0))
    away = _away(record)

    def place(at: int) -> float:
        gone = sum(max(0, min(at, until) - max(began, since)) for since, until in away)
        return round(max(0, at - began - gone) / _SECOND, 2)

    gaps: Gaps = []
    open_at: int | None = None
    for at, paused in record.silences(channel):
        if paused and open_at is None:
            open_at = at
        elif not paused and open_at is not None:
            gaps.append([place(open_at), place(at)])
            open_at = None
    if open_at is not None and record.end is not None:
        gaps.append([place(open_at), place(record.end.at)])
    return [gap for gap in gaps if gap[1] > gap[0]]


def _away(record: CallRecord) -> list[tuple[int, int]]:
    """When the client was with nobody: from a blind transfer until somebody takes the call."""
    joined = sorted(span.joined_at for span in record.parties if span.joined_at is not None)
    last = record.end.at if record.end else 2**62
    return [
        (move.at, next((at for at in joined if at > move.at), last))
        for move in record.transfers
        if move.kind is TransferKind.BLIND
    ]
