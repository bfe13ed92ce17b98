"""The model PBX plays random histories; the calls that come out are the calls that it played.

By AMI alone, by CEL alone, and by a bridge that loses its connection or dies at any moment, reads
rows twice, and finds the PBX restarted.
"""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from pbx_bridge.calls import from_ami, from_cel
from tests.replay.comparing import assert_same
from tests.replay.model.house import Talk
from tests.replay.model.steering import Steered
from tests.replay.model.truth import essence
from tests.replay.replaying import Log, by, cut

EXTENSIONS = ("101", "102", "103", "104")
NUMBERS = ("777111222", "777111222", "608333444")
SECOND = 1_000_000

extension = st.sampled_from(EXTENSIONS)
number = st.sampled_from(NUMBERS)
choice = st.integers(0, 100)


def _rings(talk: Talk) -> bool:
    return talk.stage == "ringing" and bool(talk.legs)


def _calls_the_client(talk: Talk) -> bool:
    return talk.stage == "ringing" and not talk.legs


def _talks(talk: Talk) -> bool:
    return talk.stage == "talking" and talk.consult is None


def _consults(talk: Talk) -> bool:
    return talk.consult is not None and talk.consult.truth is not None


def _consults_by_code(talk: Talk) -> bool:
    consult = talk.consult
    asked = consult is not None and consult.near is not None and consult.leg is not talk.desk
    return asked and talk.stage == "talking"


def _talks_through_local_ends(talk: Talk) -> bool:
    return talk.consult is not None and talk.consult.leg is talk.desk


def _is_left(talk: Talk) -> bool:
    return talk.stage == "leaving"


def _is_passed_on(talk: Talk) -> bool:
    return talk.stage == "passing"


def _is_in_the_room(talk: Talk) -> bool:
    return talk.stage == "room"


def when(situation: Callable[[Talk], bool]) -> Callable[[Any], Any]:
    """The rule applies while some call is in that situation."""
    return precondition(lambda self: any(map(situation, self.house.talks)))


class ModelPbx(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.house = Steered()
        self.cuts: list[tuple[int, int]] = []

    # ---- choosing

    def _one(self, pick: int, situation: Callable[[Talk], bool]) -> Talk:
        """Some call in that situation. Time passes between the things that people do."""
        self.house.switch.now += SECOND
        talks = [talk for talk in self.house.talks if situation(talk)]
        return talks[pick % len(talks)]

    def _other(self, talk: Talk, pick: int) -> str:
        """An extension that does not speak in the call."""
        others = [ext for ext in EXTENSIONS if ext not in (talk.who, talk.truth.extension)]
        return others[pick % len(others)]

    # ---- calls begin

    @rule(
        line=st.sampled_from(["line1", "line2"]),
        number=st.one_of(st.none(), number),
        phones=st.lists(extension, min_size=1, max_size=4, unique=True),
        queue=st.booleans(),
    )
    def call_in(self, line: str, number: str | None, phones: list[str], queue: bool) -> None:
        self.house.switch.now += SECOND
        self.house.call_in(line, number, phones, queue=queue)

    @rule(ext=extension, number=number)
    def call_out(self, ext: str, number: str) -> None:
        self.house.switch.now += SECOND
        self.house.call_out(ext, number)

    @rule(pair=st.permutations(EXTENSIONS))
    def call_colleague(self, pair: list[str]) -> None:
        self.house.switch.now += SECOND
        self.house.call_colleague(pair[0], pair[1])

    @rule(ext=extension, number=number, cause=st.sampled_from([None, None, 0, 17, 21]))
    def click(self, ext: str, number: str, cause: int | None) -> None:
        self.house.switch.now += SECOND
        self.house.click(ext, number, cause)

    @rule(ext=extension, code=st.sampled_from(["*11", "40", "*43"]))
    def dial_code(self, ext: str, code: str) -> None:
        self.house.switch.now += SECOND
        self.house.dial_code(ext, code)

    # ---- while it rings

    @when(_rings)
    @rule(pick=choice, what=st.sampled_from(["answer", "answer", "refuse", "pick_up", "up", "out"]))
    def somebody_rings(self, pick: int, what: str) -> None:
        talk = self._one(pick, _rings)
        ext = list(talk.legs)[pick % len(talk.legs)]
        match what:
            case "answer":
                self.house.answer(talk, ext)
            case "refuse":
                self.house.refuse(talk, ext, (17, 21)[pick % 2])
            case "pick_up":
                self.house.pick_up(talk, self._other(talk, pick), ext)
            case "up":
                self.house.give_up(talk)
            case _:
                self.house.ring_out(talk)

    @when(_calls_the_client)
    @rule(pick=choice, what=st.sampled_from([0, 0, 1, 17, 21, 19, 34]))
    def client_is_called(self, pick: int, what: int) -> None:
        talk = self._one(pick, _calls_the_client)
        if what == 0:
            self.house.client_answers(talk)
        elif what == 1:
            self.house.desk_gives_up(talk)
        else:
            self.house.client_refuses(talk, what)

    # ---- while they talk

    @when(_talks)
    @rule(pick=choice, what=st.sampled_from(["hold", "send", "consult", "press", "room", "end"]))
    def somebody_talks(self, pick: int, what: str) -> None:
        talk = self._one(pick, _talks)
        inside = len(talk.who) <= 4 and talk.truth.direction != "internal"
        among_us = talk.truth.direction == "internal"
        match what:
            case "send" if among_us:
                self.house.send(talk, self._other(talk, pick))
            case "hold" if inside:
                self.house.hold(talk)
            case "send" if inside:
                self.house.send(talk, (*EXTENSIONS, "608999888")[pick % 5])
            case "consult" if inside:
                to = "608999777" if pick % 4 == 0 else self._other(talk, pick)
                self.house.consult(talk, to)
            case "press" if inside:
                self.house.press(talk, self._other(talk, pick))
            case "room" if inside:
                self.house.to_the_room(talk)
            case "end":
                self.house.hang_up(talk, by_client=pick % 2 == 0, swapped=pick % 3 == 0)

    @when(_talks)
    @rule(pick=choice, what=st.sampled_from(["keep", "record", "refuse", "go", "two", "leave"]))
    def somebody_is_steered(self, pick: int, what: str) -> None:
        talk = self._one(pick, _talks)
        if talk.truth.direction == "internal" or len(talk.who) > 4:
            return
        to = "+420608999666" if pick % 4 == 0 else self._other(talk, pick)
        match what:
            case "keep":
                self.house.keep(talk)
            case "record":
                self.house.steer_recording(talk)
            case _:
                self.house.invite(talk, to, what)

    @when(_consults)
    @rule(pick=choice, what=st.sampled_from(["answer", "desk", "other", "join", "join"]))
    def somebody_consults(self, pick: int, what: str) -> None:
        talk = self._one(pick, _consults)
        match what:
            case "answer" if talk.consult is not None and not talk.consult.answered:
                self.house.consulted_answers(talk)
            case "desk" | "other":
                self.house.consult_ends(talk, by_desk=what == "desk")
            case "join":
                self.house.join(talk)

    @when(_consults_by_code)
    @rule(pick=choice, what=st.sampled_from(["answer", "abandon", "hang_up", "hang_up"]))
    def somebody_consults_by_code(self, pick: int, what: str) -> None:
        talk = self._one(pick, _consults_by_code)
        match what:
            case "answer" if talk.consult is not None and not talk.consult.answered:
                self.house.consulted_answers(talk)
            case "abandon":
                self.house.pressed_is_abandoned(talk)
            case "hang_up":
                self.house.pressed_hangs_up(talk, optimized=pick % 2 == 0)

    @when(_talks_through_local_ends)
    @rule(pick=choice)
    def talk_through_local_ends(self, pick: int) -> None:
        talk = self._one(pick, _talks_through_local_ends)
        self.house.talk_through_local_ends(talk, by_client=pick % 2 == 0)

    @when(_is_left)
    @rule(pick=choice, answered=st.booleans())
    def somebody_is_left(self, pick: int, answered: bool) -> None:
        talk = self._one(pick, _is_left)
        if answered:
            self.house.leaving_is_answered(talk, optimized=pick % 2 == 0)
        else:
            self.house.leaving_returns(talk)

    @when(_is_passed_on)
    @rule(pick=choice, what=st.sampled_from(["answer", "answer", "refuse", "gone"]))
    def somebody_is_passed_on(self, pick: int, what: str) -> None:
        talk = self._one(pick, _is_passed_on)
        if what == "answer":
            self.house.target_answers(talk)
        elif what == "refuse" and talk.back:
            self.house.target_refuses(talk, (17, 21)[pick % 2])
        else:
            self.house.waiting_hangs_up(talk)

    @when(_is_in_the_room)
    @rule(pick=choice, what=st.sampled_from(["in", "in", "out", "end"]))
    def in_the_room(self, pick: int, what: str) -> None:
        talk = self._one(pick, _is_in_the_room)
        free = [ext for ext in EXTENSIONS if ext not in talk.room]
        if what == "in" and free:
            self.house.comes_in(talk, free[pick % len(free)])
        elif what == "out" and talk.room:
            self.house.goes_out(talk, list(talk.room)[pick % len(talk.room)])
        elif what == "end":
            self.house.room_is_left_by_client(talk)

    # ---- accidents

    @precondition(lambda self: self.house.talks)
    @rule(lasting=st.sampled_from([0, 0, SECOND // 2, 3 * SECOND, 60 * SECOND]))
    def connection_is_lost(self, lasting: int) -> None:
        self.cuts.append((len(self._log().ami), lasting))

    @precondition(lambda self: self.house.talks)
    @rule(really=st.integers(0, 9))
    def pbx_is_restarted(self, really: int) -> None:
        if really == 0:
            self.house.switch.now += SECOND
            self.house.restart()

    # ---- what came of it

    def teardown(self) -> None:
        log = self._log()
        living = self.house.switch.listing()
        truths = {f"main-{t.root}": t.essence() for t in self.house.truths if t.outcome}
        whole = by(log.ami, listing=living)
        for told in (whole, by(log.cel, listing=living)):
            ended = {key: essence(r) for key, r in told.items() if r.end is not None}
            assert ended == truths
        size = len(log.ami)
        spread = [(size * step // 5, SECOND) for step in range(6)]
        for position, away in [*self.cuts[:6], *spread]:
            for doubled in (False, True):
                told = cut(log, position, away, doubled=doubled, listing=living)
                assert_same(told, whole, f"cut at {position} of {size} for {away}")

    def _log(self) -> Log:
        """What AMI says is counted in facts: messages that tell nothing are none."""
        ami = [fact for message in self.house.switch.ami for fact in from_ami.facts(message)]
        cel = [fact for row in self.house.switch.cel for fact in from_cel.facts(row)]
        return Log("model", tuple(ami), tuple(cel), ())


ModelPbx.TestCase.settings = settings(
    stateful_step_count=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
pytestmark = pytest.mark.timeout(3 * settings().max_examples)  # each takes a quarter of a second
TestModelPbx = ModelPbx.TestCase
