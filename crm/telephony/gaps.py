"""Where a recording is silent, paused or ended for a while, and what of the file it is not."""

from pbx_bridge.calls.record import CallRecord

Gaps = list[list[float]]
_SECOND = 1_000_000
_ALL = 1e9  # seconds


def gaps_of(record: CallRecord, channel: str) -> Gaps:
    """Seconds from and to, where the PBX writes silence. The recording begins with the answer, or
    when it was begun, and lasts until the client is gone.
    """
    began = max(record.answered_at or 0, record.recording_since.get(channel, 0))

    def place(at: int) -> float:
        return round(max(0, at - began) / _SECOND, 2)

    gaps: Gaps = []
    open_at: int | None = None
    for at, silent in record.silences(channel):
        if silent and open_at is None:
            open_at = at
        elif not silent and open_at is not None:
            gaps.append([place(open_at), place(at)])
            open_at = None
    if open_at is not None and record.end is not None:
        gaps.append([place(open_at), place(record.end.at)])
    return [gap for gap in gaps if gap[1] > gap[0]]


def before_the_talk(record: CallRecord, channel: str) -> tuple[float, float]:
    """Seconds that the PBX recorded of a client with whom nobody spoke yet, and that it did after.

    A caller whom nobody answered but an announcement was never recorded.
    """
    if not record.recording_early.get(channel, False):
        return 0.0, 0.0
    if record.answered_at is None:
        return _ALL, 0.0
    until = record.recording_until.get(channel, record.end.at if record.end else 0)
    before = record.answered_at - record.recording_since[channel]
    return max(0, before) / _SECOND, max(0, until - record.answered_at) / _SECOND
