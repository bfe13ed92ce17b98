"""Talks that are steered while they go on: held by the PBX, their recording paused, a third called
in.
"""

from collections import Counter

from pbx_bridge.calls.keys import joining_root
from tests.replay.model.consulting import Consulting
from tests.replay.model.house import Talk
from tests.replay.model.switch import Chan


class Steered(Consulting):
    def __init__(self) -> None:
        super().__init__()
        self._invited = 0
        self._kept: set[int] = set()
        self._steered: Counter[int] = Counter()

    def keep(self, talk: Talk) -> None:
        """The CRM holds the client for the desk, or takes it off hold."""
        assert talk.desk is not None
        held = id(talk) in self._kept
        self._kept ^= {id(talk)}
        name = "HovornaResumed" if held else "HovornaHeld"
        self.switch.told(name, talk.client, talk.desk.name)

    def steer_recording(self, talk: Talk) -> None:
        """It is paused and goes on, is ended by hand and begins again."""
        done = self._steered[id(talk)]
        self._steered[id(talk)] += 1
        what = ("HovornaPaused", "HovornaUnpaused", "HovornaStopped", "HovornaBegunAgain")[done % 4]
        self._steers(talk, what)
        talk.truth.pauses += done % 4 == 0
        talk.truth.stops += done % 4 == 2

    def _steers(self, talk: Talk, what: str) -> None:
        """Told of the recording, on channels that are of no call."""
        s = self.switch
        near, far = s.local("s", s.nobody())
        s.told(what, far, talk.client.uniqueid)
        s.hang_up(near, far)

    def invite(self, talk: Talk, to: str, what: str) -> None:
        """`to` is called into the talk: it refuses, goes again, or is left with the client; or
        two of its telephones ring, and one goes again.
        """
        s, desk = self.switch, talk.desk
        assert desk is not None
        number = to if to.startswith("+") else None
        guest = self._called_in(talk, "line1" if number else to, number)
        second = self._called_in(talk, f"{to}-web") if what == "two" and number is None else None
        if what == "refuse":
            s.request(guest)
            s.hang_up(guest, cause=21)
            return
        s.up(guest)
        if second is not None:
            s.hang_up(second, cause=26)
        s.enter(guest, talk.bridge, "simple_bridge")
        talk.truth.parties.append((to, "conference"))
        leaving = desk if what == "leave" else guest
        s.request(leaving)
        s.leave(leaving)
        s.hang_up(leaving)
        if what == "leave":
            talk.desk, talk.who, talk.held = guest, to, False
        for other in (talk.client, talk.desk):
            assert other is not None
            other.source = None  # who left is no cause for what the others do later

    def _called_in(self, talk: Talk, endpoint: str, number: str | None = None) -> Chan:
        """It rings there."""
        s = self.switch
        self._invited += 1
        uid = joining_root(f"a{self._invited}", talk.truth.root, number)
        chan = s.start(endpoint, number=None if number else endpoint, uniqueid=uid)
        s.dial(None, chan, f"{number}@line1" if number else endpoint)
        s.ring(chan)
        return chan
