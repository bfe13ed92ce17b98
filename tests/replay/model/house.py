"""The upper half of the model PBX: people who call, answer, hold, hand on and hang up.

Each method is one thing that somebody does in a situation in which it can be done; it plays what
the PBX then says, and writes down the truth.
"""

from dataclasses import dataclass, field

from pbx_bridge.directory import mobile_endpoint
from tests.replay.model.switch import Chan, Switch
from tests.replay.model.truth import Truth

DID = "+420222333444"
_DECLINED = 21  # Q.850


@dataclass(eq=False)
class Consult:
    """An employee asks a colleague while the client waits. `second`: own channel for it, or
    the desk's own when it was done by *ext#, with the Local channel `near` and `far`."""

    to: str
    leg: Chan
    second: Chan
    truth: Truth | None = None
    near: Chan | None = None
    far: Chan | None = None
    bridge: str = ""
    answered: bool = False


@dataclass(eq=False)
class Talk:
    """A call in play. `stage`: ringing, talking, passing (blind transfer rings), leaving (attended
    transfer rings), room, over."""

    truth: Truth
    client: Chan  # the outside party; of an internal call, who placed it
    stage: str = "ringing"
    legs: dict[str, Chan] = field(default_factory=dict)  # who rings
    desk: Chan | None = None  # who speaks with the client
    who: str = ""  # the desk's extension
    bridge: str = ""
    held: bool = False
    consult: Consult | None = None
    back: str = ""  # who made the transfer that now rings
    lingering: Chan | None = None  # its channel, kept by the PBX for the time being
    refusals: list[int] = field(default_factory=list)
    room: dict[str, Chan] = field(default_factory=dict)


class House:
    def __init__(self) -> None:
        self.switch = Switch()
        self.talks: list[Talk] = []
        self.truths: list[Truth] = []
        self._placed = 0

    def _open(self, truth: Truth, client: Chan) -> Talk:
        talk = Talk(truth, client)
        self.talks.append(talk)
        self.truths.append(truth)
        return talk

    def _over(self, talk: Talk, outcome: str, by: str | None) -> None:
        talk.stage = "over"
        talk.truth.outcome, talk.truth.ended_by = outcome, by
        self.talks.remove(talk)

    # ---- calls begin

    def call_in(self, line: str, number: str | None, phones: list[str], *, queue: bool) -> None:
        s = self.switch
        client = s.start(line, number=number or "777000000", exten=DID)
        truth = Truth(client.uniqueid, "inbound", number, line, DID, withheld=number is None)
        talk = self._open(truth, client)
        if number is None:
            client.number = None
            s.withhold(client)
        s.record(client)
        s.app(client, "Dial", "&".join(f"PJSIP/{ext}" for ext in phones))
        if queue:
            s.up(client)
        for ext in phones:
            talk.legs[ext] = s.start(ext, of=client, number=ext)
            s.dial(client, talk.legs[ext], ext)
            s.ring(talk.legs[ext])

    def call_out(self, ext: str, number: str) -> None:
        s = self.switch
        desk = s.start(ext, number=ext, exten=number)
        truth = Truth(desk.uniqueid, "outbound", f"+420{number}", "line1", number, ext)
        self._dial_out(truth, desk, ext, number)

    def _dial_out(self, truth: Truth, desk: Chan, ext: str, number: str) -> Talk:
        s = self.switch
        s.app(desk, "Dial", f"PJSIP/+420{number}@line1,120,i")
        client = s.start("line1", of=desk)
        s.record(client)
        s.dial(desk, client, f"+420{number}@line1")
        s.ring(client)
        talk = self._open(truth, client)
        talk.desk, talk.who = desk, ext
        return talk

    def call_colleague(self, ext: str, other: str) -> None:
        s = self.switch
        desk = s.start(ext, number=ext, exten=other)
        s.app(desk, "Dial", f"PJSIP/{other},30,ti")
        leg = s.start(other, of=desk, number=other)
        s.dial(desk, leg, other)
        s.ring(leg)
        talk = self._open(Truth(desk.uniqueid, "internal", dialled=other, extension=ext), desk)
        talk.legs[other] = leg

    def click(self, ext: str, number: str, cause: int | None) -> None:
        """`cause`: with which the employee's own phone refuses; None: it answers.

        Every second one is the employee's mobile; instead of one that declines, a mailbox answers.
        """
        s = self.switch
        self._placed += 1
        mobile = self._placed % 2 == 0
        endpoint = mobile_endpoint(ext, "line1") if mobile else ext
        desk = s.start(endpoint, number=ext, uniqueid=f"hovorna-{self._placed}")
        truth = Truth(desk.uniqueid, "outbound", extension=ext)
        s.dial(None, desk, endpoint)
        s.ring(desk)
        if cause is not None:
            self.truths.append(truth)
            truth.outcome, truth.ended_by = "failed", "company"
            if mobile and cause == _DECLINED:
                s.up(desk)
                s.unconfirmed(desk)
            s.hang_up(desk, cause=16 if desk.state == "Up" else cause)
            return
        s.up(desk)
        truth.number = truth.dialled = f"+420{number}"
        truth.line = "line1"
        self._dial_out(truth, desk, ext, number)

    def dial_code(self, ext: str, code: str) -> None:
        """What is no call."""
        desk = self.switch.start(ext, number=ext, exten=code)
        self.switch.up(desk)
        self.switch.hang_up(desk, cause=19)

    # ---- they are answered, or not

    def answer(self, talk: Talk, ext: str) -> None:
        s, leg = self.switch, talk.legs.pop(ext)
        s.up(leg)
        if talk.client.state != "Up":
            s.up(talk.client)
        for other in talk.legs.values():
            s.hang_up(other, cause=26)
        talk.legs.clear()
        self._meet(talk, leg, ext)
        talk.truth.answered_by = ext
        caller = talk.truth.extension or talk.truth.number or talk.truth.line or ""
        talk.truth.parties = [(caller, "called"), (ext, "answered")]

    def _meet(self, talk: Talk, leg: Chan, ext: str) -> None:
        talk.bridge = self.switch.bridge()
        self.switch.enter(leg, talk.bridge)
        self.switch.enter(talk.client, talk.bridge)
        talk.desk, talk.who, talk.stage = leg, ext, "talking"

    def client_answers(self, talk: Talk) -> None:
        s, truth = self.switch, talk.truth
        assert talk.desk is not None
        assert truth.number is not None
        s.up(talk.client)
        if talk.desk.state != "Up":
            s.up(talk.desk)
        talk.bridge, talk.stage = s.bridge(), "talking"
        s.enter(talk.client, talk.bridge)
        s.enter(talk.desk, talk.bridge)
        truth.answered_by = truth.number
        truth.parties = [(talk.who, "called"), (truth.number, "answered")]

    def client_refuses(self, talk: Talk, cause: int) -> None:
        assert talk.desk is not None
        self.switch.request(talk.client)
        self.switch.hang_up(talk.client, cause=cause)
        self.switch.hang_up(talk.desk, cause=cause)
        outcome = {17: "busy", 21: "rejected", 19: "no_answer"}.get(cause, "failed")
        self._over(talk, outcome, "client" if cause in (17, 21) else "pbx")

    def desk_gives_up(self, talk: Talk) -> None:
        assert talk.desk is not None
        self.switch.request(talk.desk)
        self.switch.hang_up(talk.client, talk.desk, cause=127)
        self._over(talk, "no_answer", "company")

    def refuse(self, talk: Talk, ext: str, cause: int) -> None:
        leg = talk.legs.pop(ext)
        self.switch.request(leg)
        self.switch.hang_up(leg, cause=cause)
        talk.refusals.append(cause)
        if talk.legs:
            return
        self.switch.hang_up(talk.client, cause=cause)
        outcome = "busy" if set(talk.refusals) == {17} else "rejected"
        self._over(talk, outcome, "company")

    def give_up(self, talk: Talk) -> None:
        """Who placed the call hangs up before anybody answered."""
        self.switch.request(talk.client)
        self.switch.hang_up(*talk.legs.values(), talk.client, cause=127)
        inbound = talk.truth.direction == "inbound"
        self._over(talk, "missed" if inbound else "no_answer", "client" if inbound else "company")

    def ring_out(self, talk: Talk) -> None:
        self.switch.hang_up(*talk.legs.values(), cause=0)
        self.switch.hang_up(talk.client, cause=19)
        inbound = talk.truth.direction == "inbound"
        self._over(talk, "missed" if inbound else "no_answer", "pbx")

    def pick_up(self, talk: Talk, ext: str, of: str) -> None:
        s = self.switch
        helper = s.start(ext, number=ext, exten="*11")
        s.up(helper)
        if talk.client.state != "Up":
            s.up(talk.client)
        s.pickup(helper, talk.legs[of])
        for leg in talk.legs.values():
            s.hang_up(leg, cause=26)
        talk.legs.clear()
        self._meet(talk, helper, ext)
        talk.truth.answered_by = ext
        caller = talk.truth.extension or talk.truth.number or talk.truth.line or ""
        talk.truth.parties = [(caller, "called"), (ext, "pickup")]
        talk.truth.pickups.append((ext, of))

    # ---- the talk

    def hold(self, talk: Talk) -> None:
        assert talk.desk is not None
        talk.held = not talk.held
        self.switch.hold(talk.desk, on=talk.held)

    def hang_up(self, talk: Talk, *, by_client: bool, swapped: bool) -> None:
        """The talk of two ends."""
        s, desk, client = self.switch, talk.desk, talk.client
        assert desk is not None
        first, other = (client, desk) if by_client else (desk, client)
        s.request(first)
        s.leave(first)
        s.leave(other)
        s.hang_up(first, other, swapped=swapped)
        outside = talk.truth.direction != "internal" and (by_client or len(talk.who) > 4)
        self._over(talk, "answered", "client" if outside else "company")

    # ---- blind transfer

    def send(self, talk: Talk, to: str) -> None:
        """The desk sends the other party to `to`, an extension or an outside number."""
        s, desk = self.switch, talk.desk
        assert desk is not None
        s.blind(desk, talk.client, to)
        s.leave(talk.client)
        s.leave(desk)
        s.hang_up(desk)
        talk.back, talk.desk, talk.stage, talk.held = talk.who, None, "passing", False
        talk.truth.transfers.append(("blind", talk.who, to, False))
        self._ring_target(talk, to)

    def _ring_target(self, talk: Talk, to: str) -> None:
        """Asterisk does not announce this Dial in CEL: the channel was in Dial already."""
        s = self.switch
        outside = len(to) > 4
        leg = s.start("line1" if outside else to, of=talk.client, number=None if outside else to)
        if outside:
            s.record(leg)
        s.dial(talk.client, leg, f"{to}@line1" if outside else to)
        s.ring(leg)
        talk.legs = {to: leg}

    def target_answers(self, talk: Talk) -> None:
        (to, leg), *_ = talk.legs.items()
        talk.legs.clear()
        self.switch.up(leg)
        self._meet(talk, leg, to)
        talk.truth.parties.append((to, "transfer"))
        if to == talk.back:
            kind, by, target, _ = talk.truth.transfers[-1]
            talk.truth.transfers[-1] = (kind, by, target, target != to)

    def target_refuses(self, talk: Talk, cause: int) -> None:
        """The dialplan hands the client back to who sent it, once."""
        (to, leg), *_ = talk.legs.items()
        self.switch.hang_up(leg, cause=cause)
        talk.legs.clear()
        if to != talk.back and len(to) <= 4:
            self._ring_target(talk, talk.back)
            return
        self.switch.hang_up(talk.client, cause=19)
        self._over(talk, "answered", "pbx")

    def waiting_hangs_up(self, talk: Talk) -> None:
        """Who is being passed on has had enough."""
        self.switch.request(talk.client)
        self.switch.hang_up(*talk.legs.values(), talk.client, cause=127)
        internal = talk.truth.direction == "internal"
        self._over(talk, "answered", "company" if internal else "client")
