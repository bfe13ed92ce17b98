"""Attended transfers on the model PBX, by the phone's own key and by *ext#; and the room."""

from tests.replay.model.house import Consult, House, Talk
from tests.replay.model.truth import Truth

ROOM = "800"


class Consulting(House):
    # ---- by REFER: a second call of the same phone

    def consult(self, talk: Talk, to: str) -> None:
        s = self.switch
        if not talk.held:
            self.hold(talk)
        second = s.start(talk.who, number=talk.who, exten=to)
        outside = len(to) > 4
        s.app(second, "Dial", f"PJSIP/+420{to}@line1" if outside else f"PJSIP/{to}")
        leg = s.start("line1" if outside else to, of=second, number=None if outside else to)
        s.dial(second, leg, f"+420{to}@line1" if outside else to)
        s.ring(leg)
        truth = Truth(second.uniqueid, "internal", dialled=to, extension=talk.who)
        if outside:
            truth.direction, truth.number, truth.line = "outbound", f"+420{to}", "line1"
        self.truths.append(truth)
        talk.consult = Consult(to, leg, second, truth)

    def consulted_answers(self, talk: Talk) -> None:
        c = talk.consult
        assert c is not None
        s = self.switch
        s.up(c.leg)
        c.answered = True
        if c.near is not None and c.far is not None:
            s.up(c.far)
            s.up(c.near)
            inner = s.bridge()
            s.enter(c.leg, inner)
            s.enter(c.far, inner)
            return
        assert c.truth is not None
        s.up(c.second)
        c.bridge = s.bridge()
        s.enter(c.leg, c.bridge)
        s.enter(c.second, c.bridge)
        target = c.truth.number or c.to
        c.truth.answered_by = target
        c.truth.parties = [(talk.who, "called"), (target, "answered")]

    def consult_ends(self, talk: Talk, *, by_desk: bool) -> None:
        """The second call ends; the client still waits."""
        s, c = self.switch, talk.consult
        assert c is not None
        assert c.truth is not None
        first, other = (c.second, c.leg) if by_desk else (c.leg, c.second)
        s.request(first)
        internal = c.truth.direction == "internal"
        if c.answered:
            s.leave(first)
            s.leave(other)
            s.hang_up(first, other)
            c.truth.outcome = "answered"
            c.truth.ended_by = "company" if by_desk or internal else "client"
        elif by_desk:
            s.hang_up(c.leg, c.second, cause=127)
            c.truth.outcome, c.truth.ended_by = "no_answer", "company"
        else:
            s.hang_up(c.leg, c.second, cause=17)
            c.truth.outcome = "busy"
            c.truth.ended_by = "company" if internal else "client"
        talk.consult = None

    def join(self, talk: Talk) -> None:
        """REFER with Replaces: the client and the consulted are put together."""
        s, c, desk = self.switch, talk.consult, talk.desk
        assert c is not None
        assert c.truth is not None
        assert desk is not None
        self.truths.remove(c.truth)
        talk.truth.merged.append(c.truth.root)
        target = c.truth.number or c.to
        talk.truth.transfers.append(("attended", talk.who, target, False))
        if c.answered:
            s.leave(talk.client)
            s.leave(c.second)
            s.enter(talk.client, c.bridge)
            s.attended(desk, c.second, talk.client, c.leg)
            s.leave(desk)
            s.hang_up(desk)
            s.hang_up(c.second)
            talk.truth.parties.append((target, "transfer"))
            talk.desk, talk.who, talk.bridge = c.leg, target, c.bridge
        else:
            s.attended(desk, c.second, talk.client, None)
            s.leave(desk)
            s.leave(talk.client)
            s.hang_up(desk)
            s.hang_up(c.second)
            talk.back, talk.desk, talk.stage = "", None, "passing"
            talk.legs = {target: c.leg}
        talk.consult, talk.held = None, False

    # ---- by *ext#: through a Local channel of the same call

    def press(self, talk: Talk, to: str) -> None:
        s, desk = self.switch, talk.desk
        assert desk is not None
        s.hold(desk, on=True)
        near, far = s.local(to, of=talk.client)
        inner = s.bridge()
        s.enter(near, inner)
        s.app(far, "Dial", f"PJSIP/{to},30,ti")
        leg = s.start(to, of=talk.client, number=to)
        s.dial(far, leg, to)
        s.leave(desk)
        s.enter(desk, inner)
        s.ring(leg)
        talk.held = True
        talk.consult = Consult(to, leg, desk, None, near, far, inner)

    def pressed_is_abandoned(self, talk: Talk) -> None:
        """The consulted one hangs up, or refuses: the desk has the client again."""
        s, c, desk = self.switch, talk.consult, talk.desk
        assert c is not None
        assert c.near is not None
        assert c.far is not None
        assert desk is not None
        s.request(c.leg)
        if c.answered:
            s.leave(c.leg)
            s.leave(c.far)
        s.hang_up(c.far)
        s.hang_up(c.leg, cause=16 if c.answered else 17)
        s.leave(c.near)
        s.leave(desk)
        s.enter(desk, talk.bridge)
        s.hold(desk, on=False)
        s.hang_up(c.near)
        talk.consult, talk.held = None, False

    def pressed_hangs_up(self, talk: Talk, *, optimized: bool) -> None:
        """The desk hangs up: the client and the consulted are put together."""
        s, c, desk = self.switch, talk.consult, talk.desk
        assert c is not None
        assert c.near is not None
        assert c.far is not None
        assert desk is not None
        s.request(desk)
        s.leave(desk)
        s.leave(c.near)
        s.enter(c.near, talk.bridge)
        s.attended(desk, desk, talk.client, c.near if c.answered else None)
        talk.truth.transfers.append(("attended", talk.who, c.to, False))
        talk.held = False
        if not c.answered:
            talk.back, talk.lingering, talk.stage, talk.desk = talk.who, desk, "leaving", None
            return
        s.hang_up(desk)
        talk.truth.parties.append((c.to, "transfer"))
        talk.desk, talk.who = c.leg, c.to
        self._straighten(talk, optimized=optimized)

    def _straighten(self, talk: Talk, *, optimized: bool) -> None:
        """The PBX takes the Local channel out, sooner or later: here at once, or at the end."""
        s, c = self.switch, talk.consult
        assert c is not None
        assert c.near is not None
        assert c.far is not None
        if optimized:
            s.leave(c.leg)
            s.leave(c.near)
            s.enter(c.leg, talk.bridge)
            s.hang_up(c.near)
            s.leave(c.far)
            s.hang_up(c.far)
            talk.consult = None

    def leaving_is_answered(self, talk: Talk, *, optimized: bool) -> None:
        """Who was consulted answers after the desk has hung up."""
        s, c = self.switch, talk.consult
        assert c is not None
        assert talk.lingering is not None
        self.consulted_answers(talk)
        s.hang_up(talk.lingering)
        talk.truth.parties.append((c.to, "transfer"))
        talk.desk, talk.who, talk.stage, talk.lingering = c.leg, c.to, "talking", None
        self._straighten(talk, optimized=optimized)

    def leaving_returns(self, talk: Talk) -> None:
        """Nobody answers: the PBX calls who made the transfer, and joins it with the client."""
        s, c = self.switch, talk.consult
        assert c is not None
        assert c.near is not None
        assert c.far is not None
        assert talk.lingering is not None
        s.leave(c.near)
        again = s.start(talk.back, number=talk.back)
        again.state = "Down"
        s.hang_up(c.near)
        s.hang_up(c.far)
        s.hang_up(c.leg)
        s.dial(None, again, talk.back)
        s.ring(again)
        s.up(again)
        s.enter(again, talk.bridge)
        s.hang_up(talk.lingering)
        kind, by, to, _ = talk.truth.transfers[-1]
        talk.truth.transfers[-1] = (kind, by, to, True)
        talk.truth.parties.append((talk.back, "transfer"))
        talk.desk, talk.who, talk.stage = again, talk.back, "talking"
        talk.lingering = talk.consult = None

    def talk_through_local_ends(self, talk: Talk, *, by_client: bool) -> None:
        """As hang_up, with the Local channel still between them."""
        s, c, leg = self.switch, talk.consult, talk.desk
        assert c is not None
        assert c.near is not None
        assert c.far is not None
        assert leg is not None
        if by_client:
            s.request(talk.client)
            for chan in (talk.client, c.near):
                s.leave(chan)
            s.hang_up(c.near)
            s.leave(c.far)
            s.hang_up(c.far)
            s.leave(leg)
            s.hang_up(leg, talk.client)
        else:
            s.request(leg)
            for chan in (leg, c.far):
                s.leave(chan)
            s.hang_up(leg)
            s.hang_up(c.far)
            for chan in (c.near, talk.client):
                s.leave(chan)
            s.hang_up(c.near, talk.client)
        self._over(talk, "answered", "client" if by_client else "company")

    # ---- the room

    def to_the_room(self, talk: Talk) -> None:
        s, desk = self.switch, talk.desk
        assert desk is not None
        s.blind(desk, talk.client, ROOM)
        s.leave(talk.client)
        s.leave(desk)
        s.hang_up(desk)
        talk.bridge = s.bridge()
        s.enter(talk.client, talk.bridge, "softmix")
        talk.truth.transfers.append(("blind", talk.who, ROOM, False))
        talk.stage, talk.desk, talk.held = "room", None, False

    def comes_in(self, talk: Talk, ext: str) -> None:
        s = self.switch
        chan = s.start(ext, number=ext, exten=ROOM)
        s.up(chan)
        s.enter(chan, talk.bridge, "softmix")
        talk.truth.parties.append((ext, "conference"))
        talk.room[ext] = chan

    def goes_out(self, talk: Talk, ext: str) -> None:
        chan = talk.room.pop(ext)
        self.switch.request(chan)
        chan.source = chan
        for other in [talk.client, *talk.room.values()]:
            other.source = None
        self.switch.leave(chan)
        self.switch.hang_up(chan)

    def room_is_left_by_client(self, talk: Talk) -> None:
        s = self.switch
        s.request(talk.client)
        s.leave(talk.client)
        s.hang_up(talk.client)
        self._over(talk, "answered", "client")
        for chan in talk.room.values():
            s.leave(chan)
            s.hang_up(chan)

    # ---- the worst

    def restart(self) -> None:
        self.switch.restart()
        for talk in list(self.talks):
            consult = talk.consult.truth if talk.consult else None
            for truth in (talk.truth, consult):
                if truth is not None:
                    truth.assumed, truth.ended_by = True, None
                    truth.outcome = "answered" if truth.answered_by else _lost(truth)
            talk.stage = "over"
        self.talks.clear()


def _lost(truth: Truth) -> str:
    """What is assumed of a call that was ringing when the PBX died: that nobody answered."""
    return "missed" if truth.direction == "inbound" else "no_answer"
