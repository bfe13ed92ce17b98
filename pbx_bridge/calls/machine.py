"""The call machine: facts in, call events out.

Pure: no clock, no I/O; time comes with the facts. The same history makes the same events, by key,
whether it is told by AMI, by CEL, or first by one and then by the other with an overlap: a fact
that the state already reflects gives no event. Only ringing and hold are known to AMI alone.

After a cut: make a fresh machine, feed the CEL rows from `resume_from()` of the old one on, then
the AMI messages received since the new connection, then call `reconcile` with a listing.

Here it is put together, and each fact led to the module that knows what it means.
"""

from collections.abc import Callable, Iterable
from typing import Any

from pbx_bridge.calls import facts as f
from pbx_bridge.calls.bridging import Bridging
from pbx_bridge.calls.callbook import CallBook, Phone
from pbx_bridge.calls.consulting import Consulting
from pbx_bridge.calls.endings import Endings
from pbx_bridge.calls.events import CallEvent
from pbx_bridge.calls.finding import Finding
from pbx_bridge.calls.holds import Holds
from pbx_bridge.calls.identifying import Identifying
from pbx_bridge.calls.layout import Layout
from pbx_bridge.calls.legs import Legs
from pbx_bridge.calls.losses import Losses
from pbx_bridge.calls.merging import Merging
from pbx_bridge.calls.pickups import Pickups
from pbx_bridge.calls.recordings import Recordings
from pbx_bridge.calls.supervision import Supervision
from pbx_bridge.calls.talks import Talks
from pbx_bridge.calls.telling import Telling
from pbx_bridge.calls.transfers import Transfers


class CallMachine:
    """One PBX's calls. Not thread-safe."""

    def __init__(self, pbx_id: str, layout: Layout) -> None:
        self._out: list[CallEvent] = []
        self._book = book = CallBook(pbx_id, layout)
        board, tell = book.board, Telling(self._out)
        identify = Identifying(tell)
        self._consulting = consulting = Consulting(tell)
        talks = Talks(board, tell, identify, consulting)
        finding = Finding(book, talks)
        merging = Merging(book, tell, identify)
        self._finding = finding
        self._recordings = recordings = Recordings(board, finding, tell, identify)
        self._endings = Endings(book, finding, tell, identify, talks, consulting, recordings)
        self._losses = Losses(book, self._endings)
        self._legs = Legs(book, finding, tell, identify, self._losses)
        self._bridging = Bridging(book, finding, identify, merging, talks)
        self._holds = Holds(book, finding, tell)
        self._transfers = Transfers(book, finding, tell, merging, consulting)
        self._pickups = Pickups(board, tell, merging)
        self._only_listens = Supervision(book).only_listens
        self._handlers = self._who_knows()

    def _who_knows(self) -> dict[type[f.Fact], Callable[[Any], None]]:
        return {
            f.ChannelCreated: self._legs.created,
            f.ChannelRenamed: self._finding.renamed,
            f.CallerWithheld: self._legs.withheld,
            f.OutboundRefused: self._legs.refused,
            f.Unconfirmed: self._legs.unconfirmed,
            f.DialAnnounced: self._legs.announced,
            f.DialBegun: self._legs.dial_begun,
            f.Ringing: self._legs.ringing,
            f.Answered: self._legs.answered,
            f.VoicemailEntered: self._legs.voicemail,
            f.BridgeEntered: self._bridging.entered,
            f.BridgeLeft: self._bridging.left,
            f.Held: self._holds.held,
            f.Resumed: self._holds.resumed,
            f.PutOnHold: self._holds.put_on_hold,
            f.TakenOffHold: self._holds.taken_off_hold,
            f.BlindTransferred: self._transfers.blind,
            f.AttendedTransferred: self._transfers.attended,
            f.PickedUp: self._pickups.picked_up,
            f.MonitorStarted: self._recordings.monitor_started,
            f.MonitorStopped: self._recordings.monitor_stopped,
            f.RecordingPaused: self._recordings.paused,
            f.RecordingResumed: self._recordings.resumed,
            f.RecordingStopped: self._recordings.stopped,
            f.RecordingBegunAgain: self._recordings.begun_again,
            f.HangupRequested: self._endings.hangup_requested,
            f.HungUp: self._endings.hung_up,
            f.PbxStarted: self._losses.pbx_started,
        }

    @property
    def layout(self) -> Layout:
        """May be replaced when the directory changes."""
        return self._book.layout

    @layout.setter
    def layout(self, layout: Layout) -> None:
        self._book.layout = layout

    def feed(self, fact: f.Fact) -> list[CallEvent]:
        """What the fact means for the calls, in order; mostly nothing."""
        if isinstance(fact, f.ChannelFact) and self._only_listens(fact):
            return []
        self._handlers[type(fact)](fact)
        self._book.sweep(fact.at)
        return self._said()

    def reconcile(self, listing: Iterable[f.ChannelSeen], at: int) -> list[CallEvent]:
        """Make the state agree with all channels that existed at `at`.

        Channels that are gone unheard are ended, as assumed; such as nobody told of are adopted.
        """
        existing = {seen.channel: seen for seen in listing}
        self._losses.unheard(existing, at)
        for seen in existing.values():
            self._bridging.seen(seen)
        return self._said()

    def _said(self) -> list[CallEvent]:
        if not self._out:
            return []
        events = self._out[:]
        self._out.clear()
        return events

    # ---- what others ask

    def active(self) -> list[str]:
        """Keys of the calls that were told to have started, and not to have ended."""
        return self._book.active()

    def ringing(self, key: str) -> list[str]:
        """Names of the employees' channels that ring in the call: what can be picked up."""
        return self._book.ringing(key)

    def phones(self, key: str) -> list[Phone]:
        """The phones in the call.

        Employees' first: to hang them up in this order makes the company the side that ended it.
        """
        return self._book.phones(key)

    def key_of(self, channel: str) -> str | None:
        """The call in which the channel of this name is."""
        return self._book.key_of(channel)

    def turned(self) -> list[str]:
        """Keys of calls in which who consults went to the client, or back, since last asked."""
        turned = self._consulting.turned[:]
        self._consulting.turned.clear()
        return turned

    def forgotten_on_hold(self) -> list[str]:
        """Names of channels held by the PBX for somebody who is not with them any more."""
        return [channel.name for channel in self._holds.forgotten()]

    def resume_from(self) -> int | None:
        """From when on CEL must be read into a fresh machine to know what this one knows.

        The creation of the oldest channel of a call that goes on, less the roads' skew; None
        without calls.
        """
        return self._book.resume_from()
