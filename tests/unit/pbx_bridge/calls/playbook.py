"""A call told as a dialogue: `>>` is what the PBX says, `<<` what the machine makes of it.

    client, desk = line("line1", number="777"), phone("101")
    assert (
        Playbook()
        >> client.created(exten="222")
        >> desk.created(by=client)
        << "started inbound 777 line1 222 -"
        >> desk.rings()
        << "ringing 101"
    )

Every event must be expected: one that is not, before the next `>>` or at the end, fails the test.
"""

from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from pbx_bridge.calls import events as e
from pbx_bridge.calls import facts as f
from pbx_bridge.calls.layout import Layout
from pbx_bridge.calls.machine import CallMachine
from pbx_bridge.calls.record import identity
from pbx_bridge.calls.story import project

LAYOUT = Layout.of(("101", "102", "103", "104", "105"), ("line1", "line2"))
START = 1_795_000_000_000_000
STEP = 100_000

_serial = count()


@dataclass(eq=False)
class Wire:
    """A channel, and what the PBX may say of it."""

    name: str
    uniqueid: str
    linkedid: str = ""
    number: str | None = None
    caller_name: str | None = None
    live: bool = True

    def _says(self, cls: type[f.ChannelFact], **fields: Any) -> f.ChannelFact:
        return cls(
            at=0,
            channel=self.uniqueid,
            name=self.name,
            linkedid=self.linkedid or self.uniqueid,
            live=self.live,
            **fields,
        )

    def created(self, *, by: "Wire | None" = None, exten: str = "s") -> f.Fact:
        """`by`: whose call it is part of."""
        self.linkedid = (by.linkedid or by.uniqueid) if by is not None else self.uniqueid
        return self._says(
            f.ChannelCreated, number=self.number, caller_name=self.caller_name, exten=exten
        )

    def renamed(self, name: str) -> f.Fact:
        self.name = name
        return self._says(f.ChannelRenamed)

    def is_withheld(self) -> f.Fact:
        return self._says(f.CallerWithheld)

    def is_refused(self, number: str, reason: str = "country", by: str = "101") -> f.Fact:
        return self._says(
            f.OutboundRefused, reason=reason, extension=by, line="line1", number=number
        )

    def is_unconfirmed(self) -> f.Fact:
        return self._says(f.Unconfirmed)

    def announces(self, *targets: str) -> f.Fact:
        return self._says(f.DialAnnounced, targets=targets)

    def is_dialled(self, target: str) -> f.Fact:
        return self._says(f.DialBegun, target=target)

    def rings(self) -> f.Fact:
        return self._says(f.Ringing)

    def answers(self) -> f.Fact:
        return self._says(f.Answered)

    def enters(self, bridge: str, *, conference: bool = False, holding: bool = False) -> f.Fact:
        return self._says(f.BridgeEntered, bridge=bridge, conference=conference, holding=holding)

    def leaves(self, bridge: str) -> f.Fact:
        return self._says(f.BridgeLeft, bridge=bridge)

    def holds(self) -> f.Fact:
        return self._says(f.Held)

    def resumes(self) -> f.Fact:
        return self._says(f.Resumed)

    def sends(self, transferee: "Wire", exten: str) -> f.Fact:
        return self._says(f.BlindTransferred, exten=exten, transferee=transferee.uniqueid)

    def loses_its_browser(self, transferee: "Wire") -> f.Fact:
        exten = self.name.partition("/")[2].partition("-")[0]
        return self._says(
            f.BlindTransferred, exten=exten, transferee=transferee.uniqueid, loss=e.Loss.CLOSED
        )

    def joins(self, transferee: "Wire", target: "Wire | None", *, on: "Wire") -> f.Fact:
        """Attended transfer; `on`: its channel of the consultation."""
        return self._says(
            f.AttendedTransferred,
            second=on.uniqueid,
            transferee=transferee.uniqueid,
            target=None if target is None else target.uniqueid,
        )

    def picked_up_by(self, picker: "Wire") -> f.Fact:
        return self._says(f.PickedUp, picker=picker.uniqueid)

    def is_recorded(self) -> f.Fact:
        return self._says(f.MonitorStarted)

    def recording_stops(self) -> f.Fact:
        return self._says(f.MonitorStopped)

    def reaches_voicemail(self) -> f.Fact:
        return self._says(f.VoicemailEntered)

    def asks_to_hang_up(self) -> f.Fact:
        return self._says(f.HangupRequested)

    def hangs_up(self, cause: int = 16, *, source: "Wire | None" = None) -> f.Fact:
        return self._says(f.HungUp, cause=cause, source=None if source is None else source.name)

    def seen(self, *, up: bool = True, bridge: str | None = None) -> f.ChannelSeen:
        return f.ChannelSeen(
            at=START,
            channel=self.uniqueid,
            name=self.name,
            linkedid=self.linkedid or self.uniqueid,
            live=True,
            number=self.number,
            exten="",
            up=up,
            bridge=bridge,
        )


def phone(extension: str, **fields: Any) -> Wire:
    return _wire(f"PJSIP/{extension}", fields)


def line(name: str, **fields: Any) -> Wire:
    return _wire(f"PJSIP/{name}", fields)


def local(exten: str, **fields: Any) -> tuple[Wire, Wire]:
    """The two ends of a Local channel."""
    serial = next(_serial)
    one, two = (
        Wire(f"Local/{exten}@inside-{serial:08x};{end}", f"1795000000.{serial}{end}", **fields)
        for end in "12"
    )
    return one, two


def _wire(endpoint: str, fields: dict[str, Any]) -> Wire:
    serial = next(_serial)
    return Wire(f"{endpoint}-{serial:08x}", f"1795000000.{serial}", **fields)


class Playbook:
    def __init__(self, machine: CallMachine | None = None) -> None:
        self.machine = machine or CallMachine("main", LAYOUT)
        self.now = START
        self.events: list[e.CallEvent] = []  # all so far
        self._waiting: list[e.CallEvent] = []

    def __rshift__(self, fact: f.Fact) -> "Playbook":
        self._nothing_waits(f"before {fact}")
        self.now += STEP
        return self._hear(self.machine.feed(replace(fact, at=self.now)))

    def __lshift__(self, expected: str) -> "Playbook":
        assert self._waiting, f"nothing was said, expected: {expected}"
        said = brief(self._waiting.pop(0))
        assert said == expected
        return self

    def __bool__(self) -> bool:
        self._nothing_waits("at the end")
        return True

    def reconciles(self, *listing: f.ChannelSeen) -> "Playbook":
        """The PBX lists the channels that exist."""
        self._nothing_waits("before the listing")
        self.now += STEP
        return self._hear(self.machine.reconcile(listing, self.now))

    def waits(self, seconds: float) -> "Playbook":
        self.now += int(seconds * 1_000_000)
        return self

    def after(self, *facts: f.Fact) -> "Playbook":
        """Say these, and do not look at what comes of it: it is told in another test."""
        for fact in facts:
            self >> fact
            self._waiting.clear()
        return self

    def _hear(self, events: list[e.CallEvent]) -> "Playbook":
        self.events += events
        self._waiting += events
        return self

    def _nothing_waits(self, when: str) -> None:
        said = [brief(event) for event in self._waiting]
        assert not said, f"unexpected {when}: {said}"


def brief(event: e.CallEvent) -> str:
    """An event in a few words; `-` for nothing."""
    return " ".join([event.type.removeprefix("call."), *(str(w or "-") for w in _words(event))])


def _words(event: e.CallEvent) -> list[Any]:
    match event:
        case e.CallStarted():
            words = [event.direction, event.number, event.line, event.dialled, event.extension]
            return [*words, "withheld"] if event.withheld and event.number is None else words
        case e.CallIdentified():
            return [event.direction, event.number, event.line, event.dialled]
        case e.CallRinging() | e.CallAnswered() | e.PartyLeft():
            return [identity(event.party)]
        case e.RingingStopped():
            return [identity(event.party), event.reason]
        case e.PartyJoined():
            return [identity(event.party), event.how]
        case e.CallHeld() | e.CallResumed() | e.BrowserLost() | e.CallUnconfirmed():
            return [identity(event.by)]
        case e.ConsultStarted() | e.ConsultEnded():
            return [identity(event.by), identity(event.to)]
        case e.CallTransferred():
            by = None if event.by is None else identity(event.by)
            words = [event.kind, by, identity(event.to)]
            return [*words, "returned"] if event.returned else words
        case e.CallRefused():
            return [identity(event.by), identity(event.to), event.reason]
        case e.CallPickedUp():
            return [identity(event.by), None if event.of is None else identity(event.of)]
        case e.RecordingStarted():
            return ["early"] if event.early else []
        case e.CallEnded():
            words = [event.outcome, event.ended_by]
            return [*words, "assumed"] if event.assumed else words
        case _:
            return []


def talking(client: Wire, desk: Wire, bridge: str = "B1") -> list[f.Fact]:
    """The client called, the desk answered: all up to their talk."""
    return [
        client.created(exten="222"),
        desk.created(by=client),
        desk.rings(),
        desk.answers(),
        client.answers(),
        desk.enters(bridge),
        client.enters(bridge),
    ]


def in_talk() -> tuple[Playbook, Wire, Wire]:
    """777 speaks with 101, in the bridge B1."""
    client, desk = line("line1", number="777"), phone("101")
    return Playbook().after(*talking(client, desk)), client, desk


def present(play: Playbook, call: Wire) -> list[str | None]:
    """Who is in the call that began with this channel: extensions and numbers."""
    events = [event for event in play.events if event.call == f"main-{call.uniqueid}"]
    return [party.extension or party.number for party in project(events).present]
