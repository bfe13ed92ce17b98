"""Simulated people: how they answer, talk, hand on and step aside. Their phone is a fake."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hovorna.people import spread
from hovorna.simulated.caller import Outside
from hovorna.simulated.desk import Desk
from hovorna.simulated.guests import Guests
from hovorna.simulated.household import SipAccount
from hovorna.simulated.speech import Speech, Tracks
from pbx_bridge.sip.events import PhoneEvent

OURS, REAL = "127.0.0.1:40101", "192.0.2.7:5060"
SPEECH = Speech((Tracks(Path("e.wav"), Path("c.wav"), 20.0),))


class FakePhones:
    """Remembers what it was told, and wakes whoever waits for that."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self._changed = asyncio.Event()
        self._calls = 0

    async def tell(self, do: str, /, **fields: Any) -> PhoneEvent:
        self.told.append((do, {k: v for k, v in fields.items() if v is not None}))
        self._changed.set()
        self._calls += do == "dial"
        return PhoneEvent("done", 0.0, call=f"c{self._calls}" if do == "dial" else None)

    def all(self, do: str) -> list[dict[str, Any]]:
        return [fields for told, fields in self.told if told == do]

    async def until(self, do: str) -> dict[str, Any]:
        async with asyncio.timeout(5):
            while not self.all(do):
                self._changed.clear()
                await self._changed.wait()
        return self.all(do)[-1]


@pytest.fixture
def phones() -> FakePhones:
    return FakePhones()


def _account(user: str) -> SipAccount:
    return SipAccount(user, "secret", "127.0.0.1", 5060)


async def _desk(phones: FakePhones, **options: Any) -> Desk:
    shares: dict[str, Any] = {"hold_share": 0.0, "transfer_share": 0.0, "patience": (0.0, 0.01)}
    desk = Desk(
        _account("101"), SPEECH, random.Random(1), lambda: ["101", "103"], **(shares | options)
    )
    await desk.moved_in(phones)
    await desk.react(PhoneEvent("registered", 0.0, "101", None, {"contact": f"sip:101@{OURS}"}))
    return desk


def _event(name: str, call: str = "c1", **data: Any) -> PhoneEvent:
    return PhoneEvent(name, 0.0, "101", call, data)


async def test_an_employee_answers_speaks_and_leaves_when_the_client_stays(
    phones: FakePhones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hovorna.simulated.desk._LINGER", 0.01)
    desk = await _desk(phones)

    await desk.react(_event("incoming", number="+420777123456"))
    assert await phones.until("answer") == {"call": "c1"}
    await desk.react(_event("confirmed"))
    assert await phones.until("play") == {"call": "c1", "file": "e.wav"}
    await desk.react(_event("played"))
    assert await phones.until("hangup") == {"call": "c1"}


async def test_a_call_that_stopped_ringing_is_not_answered(phones: FakePhones) -> None:
    desk = await _desk(phones)

    await desk.react(_event("incoming", number="+420777123456"))
    await desk.react(_event("disconnected"))
    await desk.react(_event("incoming", "c2", number="+420777123456"))

    assert await phones.until("answer") == {"call": "c2"}


async def test_a_call_placed_for_the_employee_is_left_to_the_phones_auto_answer(
    phones: FakePhones,
) -> None:
    desk = await _desk(phones)

    await desk.react(_event("incoming", number=None, auto_answer=True))
    await desk.react(_event("incoming", "c2", number="+420777123456"))

    assert await phones.until("answer") == {"call": "c2"}
    assert len(phones.all("answer")) == 1


async def test_a_client_is_sometimes_handed_to_a_colleague(
    phones: FakePhones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hovorna.simulated.desk._MID_TALK", (0.0, 0.01))
    desk = await _desk(phones, transfer_share=1.0, announced_share=0.0)

    await desk.react(_event("incoming", number="+420777123456"))
    await desk.react(_event("confirmed"))

    assert await phones.until("transfer") == {"call": "c1", "to": "103"}


async def test_a_simulated_phone_steps_aside_for_a_real_one_and_comes_back(
    phones: FakePhones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hovorna.simulated.household._COME_BACK", 0.0)
    desk = await _desk(phones, patience=(60.0, 60.0))
    await desk.react(_event("incoming", number="+420777123456"))

    await desk.contacts_are(frozenset([OURS]))
    assert not desk.aside
    await desk.contacts_are(frozenset([OURS, REAL]))
    assert desk.aside
    assert phones.all("unregister") == [{"account": "101"}]
    assert phones.all("reject") == [{"call": "c1", "code": 480}]

    phones.told.clear()
    await desk.contacts_are(frozenset([REAL]))
    assert phones.told == []
    await desk.contacts_are(frozenset())
    assert (await phones.until("register"))["user"] == "101"
    assert not desk.aside


async def test_without_a_watch_the_registrar_tells_of_the_real_phone(phones: FakePhones) -> None:
    desk = await _desk(phones)

    await desk.react(
        PhoneEvent("registered", 0.0, "101", None, {"contact": f"sip:101@{OURS}", "contacts": 2})
    )

    assert desk.aside
    desk.forget_plans()


async def test_a_real_phone_that_returns_at_once_keeps_its_place(
    phones: FakePhones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hovorna.simulated.household._COME_BACK", 0.01)
    desk = await _desk(phones)
    await desk.contacts_are(frozenset([REAL]))
    phones.told.clear()

    await desk.contacts_are(frozenset())
    await desk.contacts_are(frozenset([REAL]))
    await asyncio.sleep(0.05)

    assert desk.aside
    assert phones.told == []


async def test_a_real_phone_that_came_while_we_registered_is_not_overlooked(
    phones: FakePhones,
) -> None:
    desk = await _desk(phones)
    await desk.moved_in(phones)  # its process was restarted
    await desk.contacts_are(frozenset([OURS, REAL]))
    assert not desk.aside

    await desk.react(PhoneEvent("registered", 0.0, "101", None, {"contact": f"sip:101@{OURS}"}))

    assert desk.aside


async def test_a_real_provider_takes_the_line_and_clients_can_still_call_in(
    phones: FakePhones,
) -> None:
    outside = await _outside(phones)
    await outside.react(
        PhoneEvent("registered", 0.0, "line1", None, {"contact": f"sip:line1@{OURS}"})
    )

    await outside.contacts_are(frozenset([REAL]))
    await outside.call_in("+420777123456")

    assert phones.all("unregister") == [{"account": "line1"}]
    assert len(phones.all("dial")) == 1


async def _outside(phones: FakePhones) -> Outside:
    outside = Outside(
        _account("line1"), "+420222333444", SPEECH, random.Random(1), patience=(0.0, 0.01)
    )
    await outside.moved_in(phones)
    return outside


@pytest.mark.parametrize(
    ("caller", "told"),
    [("+420777123456", {"caller": "+420777123456"}), (None, {"withheld": True})],
)
async def test_a_client_calls_the_lines_number(
    phones: FakePhones, caller: str | None, told: dict[str, Any]
) -> None:
    outside = await _outside(phones)

    assert await outside.call_in(caller) == "c1"

    assert phones.all("dial") == [{"to": "+420222333444", "account": "line1"} | told]


async def test_a_client_who_is_called_answers_speaks_and_says_goodbye(
    phones: FakePhones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hovorna.simulated.caller._GOODBYE", 0.0)
    outside = await _outside(phones)

    for event in ("incoming", "confirmed", "played"):
        await outside.react(PhoneEvent(event, 0.0, "line1", "c1", {"dialled": "777123456"}))

    assert await phones.until("answer") == {"call": "c1"}
    assert phones.all("play") == [{"call": "c1", "file": "c.wav"}]
    assert await phones.until("hangup") == {"call": "c1"}


def test_neighbours_are_in_different_processes(make_desk: Callable[[str], Desk]) -> None:
    desks = [make_desk(str(number)) for number in range(101, 111)]

    together = [[desk.name for desk in share] for share in spread(desks)]

    assert together == [
        ["101", "104", "107", "110"],
        ["102", "105", "108"],
        ["103", "106", "109"],
    ]


@pytest.fixture
def make_desk() -> Callable[[str], Desk]:
    return lambda user: Desk(_account(user), SPEECH, random.Random(1), list)


GUEST = "+420799000001"


async def test_a_guest_is_left_to_the_newcomer_and_has_time(phones: FakePhones) -> None:
    """Nobody answers at once; once somebody does, the talk goes on until he hangs up."""
    guests = Guests({GUEST}, {GUEST})
    desk = await _desk(phones, guests=guests, transfer_share=1.0)
    await desk.react(_event("incoming", number=GUEST))
    await desk.react(_event("incoming", "c2", number="+420799000002"))
    assert (await phones.until("answer"))["call"] == "c2"
    assert [it["call"] for it in phones.all("answer")] == ["c2"]
    await desk.react(_event("confirmed", number=GUEST))
    for _ in range(2):
        await desk.react(_event("played"))
    assert [it["call"] for it in phones.all("play")] == ["c1"] * 3
    assert phones.all("hangup") == phones.all("transfer") == []
    desk.forget_plans()


async def test_a_patient_client_goes_on_talking(phones: FakePhones) -> None:
    outside = Outside(
        _account("line1"), "+420226259101", SPEECH, random.Random(1), guests=Guests({GUEST})
    )
    await outside.moved_in(phones)
    call = await outside.call_in(GUEST)
    await outside.handle(call, _event("confirmed", call))
    await outside.handle(call, _event("played", call))
    assert [it["call"] for it in phones.all("play")] == [call, call]
    assert phones.all("hangup") == []
    outside.forget_plans()


async def test_an_employee_on_the_mobile_presses_the_key_and_goes_on(
    phones: FakePhones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hovorna.simulated.caller._ASKED", 0.0)
    mobile = "+420702000101"
    outside = Outside(
        _account("line1"), "+420226259101", SPEECH, random.Random(1), patience=(0.0, 0.01),
        guests=Guests(mobiles=frozenset({mobile})),
    )  # fmt: skip
    await outside.moved_in(phones)
    await outside.react(PhoneEvent("incoming", 0.0, "line1", "c1", {"dialled": mobile}))
    assert await phones.until("answer") == {"call": "c1"}
    await outside.handle("c1", _event("confirmed"))
    assert await phones.until("digits") == {"call": "c1", "digits": "1"}
    assert await phones.until("play") == {"call": "c1", "file": "e.wav"}
    await outside.handle("c1", _event("played"))
    assert phones.all("hangup") == []
    outside.forget_plans()


async def test_a_colleague_is_asked_before_a_client_is_handed_on(
    phones: FakePhones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hovorna.simulated.desk._MID_TALK", (0.0, 0.01))
    monkeypatch.setattr("hovorna.simulated.desk._ANNOUNCING", 0.01)
    desk = await _desk(phones, transfer_share=1.0, announced_share=1.0)
    await desk.react(_event("incoming", number=GUEST))
    await desk.react(_event("confirmed"))
    assert (await phones.until("digits"))["digits"] == "*103#"
    assert (await phones.until("hangup"))["call"] == "c1"
    assert phones.all("transfer") == []


async def test_a_colleague_rings_a_colleague(phones: FakePhones) -> None:
    desk = await _desk(phones)
    await desk.call("103")
    assert phones.all("dial") == [{"account": "101", "to": "103"}]
