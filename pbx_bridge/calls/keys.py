"""Names of calls: the key that a call has in the journal, and the ids that we give to channels."""

from typing import Final

# An Originate for a user's click gives its channel an id that begins so. The machine then knows
# the call from its first channel on, before anything is dialled. No other channel may be named so
# (a channel originated to pick a call up, for example, must not).
PLACED: Final = "hovorna-"


def call_key(pbx_id: str, root: str) -> str:
    """The journal's key of the call whose root Linkedid is `root`."""
    return f"{pbx_id}-{root}"


def placed_root(token: str) -> str:
    """ChannelId, and so root Linkedid, of a call placed for a user. `token`: letters and digits."""
    return f"{PLACED}{token}"
