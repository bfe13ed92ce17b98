"""Past calls of the sample company, told as the journal tells them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from crm.columns import to_micros
from pbx_bridge.calls import events as e
from pbx_bridge.calls.events import CallEvent, Direction, Joined, Outcome, Party, Side, TransferKind


@dataclass(frozen=True, slots=True)
class Desk:
    """A line, its number, and the phones that it rings."""

    line: str
    number: str
    ring: tuple[str, ...]


class PastCall:
    """One call's events. Seconds count from its start."""

    def __init__(self, key: str, start: datetime, desk: Desk, number: str | None) -> None:
        self.key = key
        self.start = start
        self.desk = desk
        self.number = number
        self.client = Party(number=number, line=desk.line)
        self.events: list[CallEvent] = []

    def tell(self, event: type[CallEvent], seconds: float, mark: str, **body: Any) -> None:
        at = to_micros(self.start + timedelta(seconds=seconds))
        self.events.append(event(call=self.key, at=at, key=mark, **body))

    def inbound(self) -> None:
        self.tell(
            e.CallStarted,
            0,
            "started",
            direction=Direction.INBOUND,
            number=self.number,
            name=None,
            line=self.desk.line,
            dialled=self.desk.number,
            extension=None,
            withheld=self.number is None,
        )
        for extension in self.desk.ring:
            party = Party(extension=extension)
            self.tell(e.CallRinging, 0.2, f"ringing:{extension}", party=party)

    def stop_ringing(self, seconds: float, answerer: str | None, reason: str) -> None:
        for extension in self.desk.ring:
            why = "answered" if extension == answerer else reason
            party = Party(extension=extension)
            self.tell(e.RingingStopped, seconds, f"stopped:{extension}", party=party, reason=why)

    def talk(self, seconds: float, extension: str, answers: bool = True) -> None:
        """Both are together. `answers`: the extension took the client's call."""
        colleague = Party(extension=extension)
        theirs, ours = Joined.CALLED, Joined.ANSWERED
        if not answers:
            theirs, ours = ours, theirs
        self.tell(e.PartyJoined, seconds, "joined:client", party=self.client, how=theirs)
        self.tell(e.PartyJoined, seconds, f"joined:{extension}", party=colleague, how=ours)
        by = colleague if answers else self.client
        self.tell(e.CallAnswered, seconds, "answered", party=by)

    def hand_over(self, seconds: float, giver: str, taker: str, kind: TransferKind) -> None:
        by, to = Party(extension=giver), Party(extension=taker)
        self.tell(e.CallTransferred, seconds, "transferred:1", kind=kind, by=by, to=to)
        self.tell(e.PartyLeft, seconds, f"left:{giver}", party=by)
        self.tell(e.PartyJoined, seconds + 3, f"joined:{taker}", party=to, how=Joined.TRANSFER)

    def end(self, seconds: float, outcome: Outcome, side: Side) -> None:
        self.tell(e.CallEnded, seconds, "ended", outcome=outcome, ended_by=side, cause=16)


def answered_inbound(chance: Random, call: PastCall, colleagues: tuple[str, ...]) -> None:
    """Answered after some rings; now and then put on hold, or handed to a colleague."""
    wait, talk = chance.uniform(2, 18), chance.lognormvariate(4.6, 0.8)
    answerer = chance.choice(call.desk.ring)
    call.inbound()
    call.stop_ringing(wait, answerer, "answered_elsewhere")
    call.talk(wait, answerer)
    fate = chance.random()
    if fate < 0.12:
        taker = chance.choice([c for c in colleagues if c != answerer])
        kind = TransferKind.ATTENDED if fate < 0.08 else TransferKind.BLIND
        call.hand_over(wait + talk * 0.4, answerer, taker, kind)
    elif fate < 0.2:
        party = Party(extension=answerer)
        call.tell(e.CallHeld, wait + talk * 0.3, "held:1", by=party)
        call.tell(e.CallResumed, wait + talk * 0.3 + 20, "resumed:1", by=party)
        talk += 20
    side = Side.CLIENT if chance.random() < 0.6 else Side.COMPANY
    call.end(wait + talk, Outcome.ANSWERED, side)


def missed_inbound(chance: Random, call: PastCall, longest: int) -> None:
    """Rings until the line gives up, or the client does."""
    wait = min(longest, chance.uniform(6, longest * 1.5))
    call.inbound()
    call.stop_ringing(wait, None, "no_answer" if wait == longest else "cancelled")
    call.end(wait, Outcome.MISSED, Side.PBX if wait == longest else Side.CLIENT)


def outbound(chance: Random, call: PastCall, extension: str, outcome: Outcome) -> None:
    call.tell(
        e.CallStarted,
        0,
        "started",
        direction=Direction.OUTBOUND,
        number=call.number,
        name=None,
        line=call.desk.line,
        dialled=call.number,
        extension=extension,
    )
    call.tell(e.CallRinging, 1.1, "ringing:client", party=call.client)
    wait = chance.uniform(4, 20)
    if outcome is Outcome.ANSWERED:
        call.tell(e.RingingStopped, wait, "stopped:client", party=call.client, reason="answered")
        call.talk(wait, extension, answers=False)
        talk = chance.lognormvariate(4.4, 0.8)
        call.end(wait + talk, outcome, Side.COMPANY if chance.random() < 0.5 else Side.CLIENT)
        return
    reason = "busy" if outcome is Outcome.BUSY else "no_answer"
    call.tell(e.RingingStopped, wait, "stopped:client", party=call.client, reason=reason)
    call.end(wait, outcome, Side.CLIENT if outcome is Outcome.BUSY else Side.COMPANY)
