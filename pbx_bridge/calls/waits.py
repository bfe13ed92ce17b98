"""Why a browser is gone, told by the name of the context in which its client waits: so the PBX
itself remembers it, and tells it by AMI as by CEL.
"""

from typing import Final

from pbx_bridge.asterisk import dialplan
from pbx_bridge.calls.events import Loss

CONTEXTS: Final = {
    Loss.UNKNOWN: dialplan.WAITING_CONTEXT,
    Loss.CLOSED: dialplan.WAITING_CLOSED_CONTEXT,
    Loss.NETWORK: dialplan.WAITING_NETWORK_CONTEXT,
}
_LOSSES: Final[dict[object, Loss]] = {context: loss for loss, context in CONTEXTS.items()}


def loss_in(context: object) -> Loss | None:
    """None where nobody waits for a browser."""
    return _LOSSES.get(context)
