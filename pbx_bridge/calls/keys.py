"""Names of calls: the key that a call has in the journal, and the ids that we give to channels."""

import re
from typing import Final

_SPYING: Final = re.compile(r"spy-[0-9a-z]+-(?P<extension>[0-9]+)-(?P<root>.+)")
_JOINING: Final = re.compile(r"join-[0-9a-z]+-(?P<number>[0-9]*)-(?P<root>.+)")


def call_key(pbx_id: str, root: str) -> str:
    """The journal's key of the call whose root Linkedid is `root`."""
    return f"{pbx_id}-{root}"


def placed_root(token: str) -> str:
    """ChannelId, and so root Linkedid, of a call placed for a user. `token`: letters and digits."""
    return f"hovorna-{token}"


def joining_root(token: str, root: str, number: str | None = None) -> str:
    """ChannelId of a phone that is called to join the talk of the call with this root.

    `number`: E.164 of one outside, None for an employee's. It says itself whose it is, by each
    road and before the two are joined.
    """
    return f"join-{token}-{(number or '').removeprefix('+')}-{root}"


def joined_root(uniqueid: str) -> tuple[str, str | None] | None:
    """Root of the call that a channel was called to join, and its number; the reverse of
    `joining_root`, and of `spying_root` for one that barges in. None for any other channel.
    """
    spies = spied_on(uniqueid)
    if spies is not None:
        return spies[1], None
    found = _JOINING.fullmatch(uniqueid)
    if found is None:
        return None
    return found["root"], f"+{found['number']}" if found["number"] else None


def spying_root(token: str, extension: str, root: str) -> str:
    """ChannelId of a supervisor's phone that listens to `extension` in the call with this root.

    Such a channel is no party and no call, until it enters a bridge: then it joins that call.
    """
    return f"spy-{token}-{extension}-{root}"


def spied_on(uniqueid: str) -> tuple[str, str] | None:
    """Extension and root of the call that a channel listens to; None for any other channel."""
    found = _SPYING.fullmatch(uniqueid)
    return None if found is None else (found["extension"], found["root"])


def is_placed(root: str) -> bool:
    """Whether somebody chose this id. An Originate that places a call for a user does, so that the
    call is known from its first channel on; any other Originate must leave the choice to Asterisk,
    whose own are `1795439910.12`, after its system name if it has one.
    """
    epoch, _, sequence = root.rpartition("-")[2].partition(".")
    return not (epoch.isdecimal() and sequence.isdecimal())
