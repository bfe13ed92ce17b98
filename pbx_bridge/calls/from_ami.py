"""AMI events to facts. Pure: one message, as a mapping of header to value, in; facts out.

Source: Asterisk 18-22 manager event documentation. The messages must carry `Timestamp`
(manager.conf `timestampevents = yes`), or the reader adds one when it reads them.
"""

# All that the machine can use. The reader may drop any other event unparsed (VarSet, Newexten and
# RTCP are most of what a busy PBX says).
EVENTS = frozenset(
    [
        "AttendedTransfer",
        "BlindTransfer",
        "BridgeEnter",
        "BridgeLeave",
        "BridgeMerge",
        "DialBegin",
        "DialEnd",
        "DialState",
        "FullyBooted",
        "Hangup",
        "Hold",
        "LocalBridge",
        "LocalOptimizationBegin",
        "LocalOptimizationEnd",
        "MixMonitorStart",
        "MixMonitorStop",
        "NewCallerid",
        "Newchannel",
        "Newstate",
        "ParkedCall",
        "ParkedCallGiveUp",
        "ParkedCallTimeOut",
        "Pickup",
        "Rename",
        "Shutdown",
        "Unhold",
        "UnParkedCall",
    ]
)
