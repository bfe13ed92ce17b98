"""What exists at the PBX, beside what we were told of.

A listing is not atomic with the stream of events: a channel may be missing from it whose hangup is
still on its way to us. So a channel is believed to be gone when a second later still nobody has
told of its end.
"""

from dataclasses import dataclass

from pbx_bridge.ami.session import Session
from pbx_bridge.calls import from_ami
from pbx_bridge.calls.events import CallEnded, CallEvent, Direction, Outcome
from pbx_bridge.calls.facts import ChannelSeen
from pbx_bridge.hearing import Hearing
from pbx_bridge.ports import OpenCalls

# Microseconds: a call that the journal heard of so lately is not taken for forgotten.
_FRESH = 10_000_000


@dataclass(frozen=True, slots=True)
class Listing:
    """All channels that existed at `at`, by Uniqueid; microseconds on the PBX's clock."""

    at: int
    channels: dict[str, ChannelSeen]


class Reconciler:
    """`look`, wait for what is on its way, `look_again`, hear what came meanwhile, `agree`."""

    def __init__(self, hearing: Hearing, open_calls: OpenCalls | None) -> None:
        self._hearing = hearing
        self._open_calls = open_calls

    async def look(self, session: Session) -> Listing:
        """Raises AmiError."""
        listing = await self._list(session)
        self._hearing.hung = set()
        return listing

    async def quiet(self, listing: Listing) -> bool:
        """Whether there is no call: at the PBX, for us, or for the journal (what was heard so far
        must be in it)."""
        if listing.channels or self._hearing.machine.active():
            return False
        return self._open_calls is None or not await self._open_calls.open_calls()

    async def look_again(self, session: Session, first: Listing) -> Listing:
        """What existed at either time, dated as the first. Raises AmiError."""
        second = await self._list(session)
        return Listing(first.at, first.channels | second.channels)

    async def _list(self, session: Session) -> Listing:
        at = self._hearing.now()
        items = await session.action_list("CoreShowChannels")
        hearing = self._hearing
        if hearing.supervisions.survey((it.headers for it in items), hearing.machine.layout):
            hearing.supervised()
        seen = (from_ami.seen(item.headers, at) for item in items)
        return Listing(at, {one.channel: one for one in seen if one is not None})

    def agree(self, listing: Listing) -> list[CallEvent]:
        """Ends what is gone and adopts what nobody told of."""
        hung = self._hearing.hung or set()
        self._hearing.hung = None
        existing = [seen for name, seen in listing.channels.items() if name not in hung]
        return self._hearing.machine.reconcile(existing, listing.at)

    async def forgotten(self, listing: Listing) -> list[CallEvent]:
        """Ends of calls that the journal believes to go on, and that nobody knows any more: CEL
        has lost them, or there is none. Such an end is dated with the last that was heard of it.
        """
        if self._open_calls is None:
            return []
        active = set(self._hearing.machine.active())
        return [
            CallEnded(
                call=call.key,
                at=call.last_at,
                key="assumed_end",
                # Of an answered call the story says answered, whatever is assumed here.
                outcome=Outcome.MISSED
                if call.direction is Direction.INBOUND
                else Outcome.NO_ANSWER,
                ended_by=None,
                assumed=True,
            )
            for call in await self._open_calls.open_calls()
            if call.key not in active and call.last_at < listing.at - _FRESH
        ]
