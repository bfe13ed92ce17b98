"""The lower half of the model PBX: channels and bridges, told as AMI messages and as CEL rows.

Formats and orders are those of the recorded logs of Asterisk 22.10.
"""

import json
from dataclasses import dataclass
from typing import Any

from pbx_bridge.asterisk.dialplan import UNCONFIRMED_EVENT
from pbx_bridge.calls import from_ami
from pbx_bridge.calls.facts import ChannelSeen

GAP = 300  # microseconds between two things that follow from each other
LAG = 700  # by which AMI dates an occurrence later than CEL does


@dataclass(eq=False)
class Chan:
    name: str
    uniqueid: str
    linkedid: str
    number: str | None = None
    exten: str = "s"
    state: str = "Down"
    bridge: str | None = None
    source: "Chan | None" = None  # Asterisk's hangup source


class Switch:
    def __init__(self) -> None:
        self.now = 1_795_000_000_000_000
        self.ami: list[dict[str, str]] = []
        self.cel: list[dict[str, Any]] = []
        self._sequence = 0
        self._names = 0
        self._bridges = 0
        self.living: list[Chan] = []

    # ---- what happens to channels

    def start(
        self,
        endpoint: str,
        *,
        of: Chan | None = None,
        number: str | None = None,
        exten: str = "s",
        uniqueid: str | None = None,
    ) -> Chan:
        """A channel comes into being; `of`: for whose call."""
        own = f"{self.now // 1_000_000}.{self._sequence}"
        self._sequence += 1
        self._names += 1
        uid = uniqueid or own
        linkedid = of.linkedid if of else uid
        chan = Chan(f"PJSIP/{endpoint}-{self._names:08x}", uid, linkedid, number, exten)
        chan.state = "Down" if of or uniqueid else "Ring"
        return self._born(chan)

    def local(self, exten: str, of: Chan) -> tuple[Chan, Chan]:
        self._names += 1
        ends = []
        for end in (1, 2):
            uid = f"{self.now // 1_000_000}.{self._sequence}"
            self._sequence += 1
            name = f"Local/{exten}@transfer-{self._names:08x};{end}"
            ends.append(self._born(Chan(name, uid, of.linkedid, None, exten)))
        return ends[0], ends[1]

    def _born(self, chan: Chan) -> Chan:
        self.living.append(chan)
        self.say("Newchannel", self.snapshot(chan))
        self.row("CHAN_START", chan)
        return chan

    def dial(self, caller: Chan | None, dest: Chan, target: str) -> None:
        headers = self.snapshot(dest, "Dest") | {"DialString": target}
        if caller is not None:
            headers = self.snapshot(caller) | headers
        self.say("DialBegin", headers)

    def app(self, chan: Chan, name: str, data: str = "") -> None:
        self.row("APP_START", chan, appname=name, appdata=data)

    def ring(self, chan: Chan) -> None:
        chan.state = "Ringing"
        self.say("Newstate", self.snapshot(chan))

    def up(self, chan: Chan) -> None:
        chan.state = "Up"
        self.say("Newstate", self.snapshot(chan))
        self.row("ANSWER", chan)

    def record(self, chan: Chan) -> None:
        self.say("MixMonitorStart", self.snapshot(chan))
        self.app(chan, "MixMonitor", f"{chan.uniqueid}.wav")

    def withhold(self, chan: Chan) -> None:
        self.say("UserEvent", self.snapshot(chan) | {"UserEvent": "HovornaWithheld"})
        self.row("HovornaWithheld", chan)

    def told(self, event: str, chan: Chan, about: str) -> None:
        """By the dialplan, with a time of its own, in milliseconds."""
        told = f"{self.now // 1000}|{about}"
        self.say("UserEvent", self.snapshot(chan) | {"UserEvent": event, "Told": told})
        self.row(event, chan, extra={"extra": told})

    def nobody(self) -> Chan:
        """Whose call a channel is of that is of none."""
        return Chan("", "", f"{self.now // 1_000_000}.{self._sequence}")

    def unconfirmed(self, chan: Chan) -> None:
        self.say("UserEvent", self.snapshot(chan) | {"UserEvent": UNCONFIRMED_EVENT})
        self.row(UNCONFIRMED_EVENT, chan)

    def hold(self, chan: Chan, *, on: bool) -> None:
        self.say("Hold" if on else "Unhold", self.snapshot(chan))

    # ---- bridges

    def bridge(self) -> str:
        self._bridges += 1
        return f"bridge-{self._bridges:04}"

    def enter(self, chan: Chan, bridge: str, technology: str = "simple_bridge") -> None:
        chan.bridge = bridge
        inside = [other for other in self.living if other.bridge == bridge]
        oldest = min((other.linkedid for other in inside), key=_age)
        # The newcomer's own linkedid is replaced before its entering is told in CEL, not in AMI.
        told = {"BridgeUniqueid": bridge, "BridgeTechnology": technology}
        self.say("BridgeEnter", self.snapshot(chan) | told)
        for other in inside:
            other.linkedid = oldest
        extra = {"bridge_id": bridge, "bridge_technology": technology}
        self.row("BRIDGE_ENTER", chan, extra=extra)

    def leave(self, chan: Chan) -> None:
        assert chan.bridge is not None
        self.say("BridgeLeave", self.snapshot(chan) | {"BridgeUniqueid": chan.bridge})
        self.row("BRIDGE_EXIT", chan, extra={"bridge_id": chan.bridge})
        chan.bridge = None

    # ---- the end of channels

    def request(self, chan: Chan) -> None:
        """Its far end hangs up; those bridged with it have it for their hangup's source."""
        self.say("HangupRequest", self.snapshot(chan) | {"Cause": "16"})
        chan.source = chan
        for other in self.living:
            if other.bridge is not None and other.bridge == chan.bridge and other.source is None:
                other.source = chan

    def hang_up(self, *chans: Chan, cause: int = 16, swapped: bool = False) -> None:
        """Together; `swapped`: CEL tells of them in the reverse order, as threads may have it."""
        for chan in chans:
            self.living.remove(chan)
            self.say("Hangup", self.snapshot(chan) | {"Cause": str(cause)})
        for chan in reversed(chans) if swapped else chans:
            source = chan.source.name if chan.source else "dialplan/builtin"
            extra = {"hangupcause": cause, "hangupsource": source, "dialstatus": ""}
            self.row("HANGUP", chan, extra=extra)
            self.row("CHAN_END", chan)

    def restart(self) -> None:
        """Killed and started again: no goodbye to anybody, and counting from 0."""
        self.living.clear()
        self._sequence = self._names = 0
        self.now += 3_000_000
        self.say("FullyBooted", {"Uptime": "0"})

    # ---- transfers and pickup, as told

    def blind(self, by: Chan, transferee: Chan, exten: str) -> None:
        headers = {"Result": "Success", "Extension": exten}
        headers |= self.snapshot(by, "Transferer") | self.snapshot(transferee, "Transferee")
        self.say("BlindTransfer", headers)
        extra = {"extension": exten, "transferee_channel_uniqueid": transferee.uniqueid}
        self.row("BLINDTRANSFER", by, extra=extra)

    def attended(self, by: Chan, second: Chan, transferee: Chan, target: Chan | None) -> None:
        headers = {"Result": "Success"} | self.snapshot(by, "OrigTransferer")
        headers |= self.snapshot(second, "SecondTransferer")
        headers |= self.snapshot(transferee, "Transferee")
        if target is not None:
            headers |= self.snapshot(target, "TransferTarget")
        self.say("AttendedTransfer", headers)
        extra = {
            "channel2_uniqueid": second.uniqueid,
            "transferee_channel_uniqueid": transferee.uniqueid,
            "transfer_target_channel_uniqueid": target.uniqueid if target else "N/A",
        }
        self.row("ATTENDEDTRANSFER", by, extra=extra)

    def pickup(self, picker: Chan, target: Chan) -> None:
        self.say("Pickup", self.snapshot(picker) | self.snapshot(target, "Target"))
        self.row("PICKUP", target, extra={"pickup_channel_uniqueid": picker.uniqueid})

    # ---- telling

    def listing(self) -> list[ChannelSeen]:
        """What CoreShowChannels answers now."""
        rows = [self.snapshot(chan) | {"BridgeId": chan.bridge or ""} for chan in self.living]
        return [channel for row in rows if (channel := from_ami.seen(row, self.now)) is not None]

    def snapshot(self, chan: Chan, prefix: str = "") -> dict[str, str]:
        values = {
            "Channel": chan.name,
            "ChannelStateDesc": chan.state,
            "CallerIDNum": chan.number or "<unknown>",
            "CallerIDName": "<unknown>",
            "Exten": chan.exten,
            "Uniqueid": chan.uniqueid,
            "Linkedid": chan.linkedid,
        }
        return {prefix + name: value for name, value in values.items()}

    def say(self, event: str, headers: dict[str, str]) -> None:
        at = self.now + LAG
        time = f"{at // 1_000_000}.{at % 1_000_000:06}"
        self.ami.append({"Event": event, "Privilege": "call,all", "Timestamp": time, **headers})

    def row(
        self,
        eventtype: str,
        chan: Chan,
        *,
        appname: str = "",
        appdata: str = "",
        extra: dict[str, Any] | None = None,
    ) -> None:
        self.cel.append(
            {
                "eventtype": eventtype,
                "eventtime": f"{self.now // 1_000_000}.{self.now % 1_000_000:06}",
                "linkedid": chan.linkedid,
                "uniqueid": chan.uniqueid,
                "channame": chan.name,
                "name": "",
                "num": chan.number or "",
                "dnid": "",
                "exten": chan.exten,
                "context": "",
                "appname": appname,
                "appdata": appdata,
                "bridgepeer": "",
                "eventextra": json.dumps(extra) if extra else "",
            }
        )
        self.now += GAP


def _age(linkedid: str) -> tuple[int, str]:
    head = linkedid.partition(".")[0]
    return (int(head) if head.isdecimal() else 0), linkedid
