"""The code for the recording as an employee types it during a call: `*2`, and then nothing. Pure.

`*` begins a consultation (builtin `atxfer`; bridge_channel.c runs a feature at its first match), so
that the 2 may also be the first digit of an extension or number: the PBX waits for more, as long
as for any of them (`transferdigittimeout`, in app.c's ast_app_dtget), unless `#` ends it. Who typed
`*2` and stops means the code, sooner than that. Who types slowly was slow between these two, too,
and is given time by that measure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pbx_bridge.asterisk.dialplan import CONSULT_CODE, RECORDING_DIGIT
from pbx_bridge.calls.layout import Layout, Place

# Seconds.
_SOON: Final = 0.8
_LATER: Final = 1.3  # where an extension begins with the same digit
_LATEST: Final = 2.6  # the PBX itself ends it then
_STALE: Final = 0.4  # what is heard so late may have been gone on with
_SLOWNESS: Final = 2.5  # times the time between `*` and the digit


@dataclass(frozen=True, slots=True)
class Typed:
    """Something was typed on the channel of this name. `wait`: if nothing follows for so many
    seconds, the code is complete; None: it is not the code, or not any more.
    """

    channel: str
    wait: float | None


class TypedCode:
    def __init__(self) -> None:
        self._begun: dict[str, float] = {}  # channel's name -> when `*` was typed

    def hear(self, event: Mapping[str, str], layout: Layout, now: float) -> Typed | None:
        """`event`: DTMFEnd or Hangup. `now`: seconds on the PBX's clock, as its Timestamp is."""
        channel = event.get("Channel", "")
        if event.get("Event") == "Hangup":
            return Typed(channel, None) if self._begun.pop(channel, None) else None
        if event.get("Direction") != "Received" or layout.seat(channel).place is not Place.INSIDE:
            return None
        begun, digit = self._begun.pop(channel, None), event.get("Digit")
        try:
            at = float(event["Timestamp"])
        except (KeyError, ValueError):
            return Typed(channel, None)
        if digit == CONSULT_CODE:
            self._begun[channel] = at
        if digit != RECORDING_DIGIT or begun is None or now - at > _STALE:
            return Typed(channel, None)
        taken = any(it.startswith(RECORDING_DIGIT) for it in layout.extensions)
        wait = max(_LATER if taken else _SOON, (at - begun) * _SLOWNESS)
        return Typed(channel, wait if wait < _LATEST else None)
