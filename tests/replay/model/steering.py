"""Talks that are steered while they go on: held by the PBX, their recording paused, a third called
in.
"""

from pbx_bridge.calls.keys import joining_root
from tests.replay.model.consulting import Consulting
from tests.replay.model.house import Talk


class Steered(Consulting):
    def __init__(self) -> None:
        super().__init__()
        self._invited = 0
        self._kept: set[int] = set()
        self._paused: set[int] = set()

    def keep(self, talk: Talk) -> None:
        """The CRM holds the client for the desk, or takes it off hold."""
        assert talk.desk is not None
        held = id(talk) in self._kept
        self._kept ^= {id(talk)}
        name = "HovornaResumed" if held else "HovornaHeld"
        self.switch.told(name, talk.client, talk.desk.name)

    def pause(self, talk: Talk) -> None:
        """The recording is paused, or goes on: told on channels that are of no call."""
        paused = id(talk) in self._paused
        self._paused ^= {id(talk)}
        s = self.switch
        near, far = s.local("s", s.nobody())
        s.told("HovornaUnpaused" if paused else "HovornaPaused", far, talk.client.uniqueid)
        s.hang_up(near, far)
        talk.truth.pauses += not paused

    def invite(self, talk: Talk, to: str, what: str) -> None:
        """`to` is called into the talk: it refuses, goes again, or is left with the client."""
        s, desk = self.switch, talk.desk
        assert desk is not None
        self._invited += 1
        number = to if to.startswith("+") else None
        uid = joining_root(f"a{self._invited}", talk.truth.root, number)
        guest = s.start("line1" if number else to, number=None if number else to, uniqueid=uid)
        s.dial(None, guest, f"{to}@line1" if number else to)
        s.ring(guest)
        if what == "refuse":
            s.request(guest)
            s.hang_up(guest, cause=21)
            return
        s.up(guest)
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
