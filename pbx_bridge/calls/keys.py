"""Names of calls: the key that a call has in the journal, and the ids that we give to channels."""


def call_key(pbx_id: str, root: str) -> str:
    """The journal's key of the call whose root Linkedid is `root`."""
    return f"{pbx_id}-{root}"


def placed_root(token: str) -> str:
    """ChannelId, and so root Linkedid, of a call placed for a user. `token`: letters and digits."""
    return f"hovorna-{token}"


def is_placed(root: str) -> bool:
    """Whether somebody chose this id. An Originate that places a call for a user does, so that the
    call is known from its first channel on; any other Originate must leave the choice to Asterisk,
    whose own are `1795439910.12`, after its system name if it has one.
    """
    epoch, _, sequence = root.rpartition("-")[2].partition(".")
    return not (epoch.isdecimal() and sequence.isdecimal())
