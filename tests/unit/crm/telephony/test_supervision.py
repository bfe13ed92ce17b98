"""Who may listen to whose call, and what is written down of it."""

import pytest

from crm.errors import Conflict, DatabaseUnavailable, Forbidden, Invalid, PhoneUnavailable
from crm.people.permissions import Actor, may_see_event
from crm.telephony.ports import Device, Mobile, TelephonyError
from pbx_bridge.calls.events import Joined, Party
from pbx_bridge.supervisions import Supervision
from tests.unit.crm.telephony.company import NOON, Story
from tests.unit.crm.world import World


async def talk(here: World) -> int:
    """Petr (102, of the sales) talks with a client."""
    return await here.happens(*Story("main-1", NOON).answered_inbound("777000001")[:-1])


async def boss(here: World, login: str = "sara") -> Actor:
    """The supervisor of the sales, with a phone."""
    user = here.actors[login].id
    await here.crm.lines.create_extension(here.ada, {"number": "109", "user_id": user})
    here.published.clear()
    return await here.renew(login)


async def audited(here: World, call_id: int) -> list[tuple[str, str]]:
    trail = await here.crm.people.audit_trail(here.ada, "call", call_id)
    return [(it.user, it.action) for it in reversed(trail)]


def listens(here: World, supervisor: str = "109") -> None:
    """The PBX says so."""
    one = Supervision("spy-a-102-1", "PJSIP/109-00000001", supervisor, "102", "1", "main-1", True)
    here.telephony.listening = [one]
    here.crm.supervision.changed()


async def test_a_supervisor_listens_and_each_act_is_written_down(here: World) -> None:
    call_id, sara = await talk(here), await boss(here)
    for mode in ("listen", "whisper", "barge"):
        await here.crm.supervision.supervise(sara, call_id, mode)
    assert here.telephony.asked == [
        ("supervise", "main-1", "102", "109", "listen"),
        ("supervise", "main-1", "102", "109", "whisper"),
        ("supervise", "main-1", "102", "109", "barge"),
    ]
    await here.crm.supervision.supervise(sara, call_id, "takeover")
    assert here.telephony.asked[3:] == [
        ("stop_supervising", "109"),
        ("take_over", "main-1", "102", "109"),
    ]
    await here.crm.supervision.supervise(sara, call_id, "end")
    assert here.telephony.asked[-1] == ("hang_up", "main-1")
    acts = ["listened_in", "whispered", "barged_in", "took_over", "ended_call"]
    assert await audited(here, call_id) == [("Sára Horká", act) for act in acts]


async def test_all_that_who_came_in_does_is_written_down(here: World) -> None:
    """Though the supervisor takes part in the talk."""
    story = Story("main-1", NOON)
    call_id = await here.happens(*story.answered_inbound("777000001")[:-1])
    sara = await boss(here)
    await here.happens(story.joins(Party(extension="109"), 6, Joined.CONFERENCE))
    listens(here)
    await here.crm.steering.hold(sara, call_id, extension="102")
    await here.crm.steering.hang_up(sara, call_id)
    assert await audited(here, call_id) == [("Sára Horká", "held"), ("Sára Horká", "hung up")]


async def test_a_supervisor_listens_by_the_mobile(here: World) -> None:
    call_id, sara = await talk(here), await boss(here)
    mobile = Device("mobile")
    with pytest.raises(Invalid):  # has none
        await here.crm.supervision.supervise(sara, call_id, "listen", device=mobile)
    await here.crm.people.update_user(
        here.ada,
        sara.id,
        {"mobile": "+420603111222", "lines": ["line1"], "default_line": "line1"},
    )
    await here.crm.supervision.supervise(sara, call_id, "listen", device=mobile)
    number = here.crm.directory.lines["line1"].number
    assert here.telephony.rang == [
        Device("mobile", mobile=Mobile("+420603111222", "line1", number))
    ]
    await here.crm.supervision.supervise(sara, call_id, "takeover", device=mobile)
    assert here.telephony.rang[0] == here.telephony.rang[1]
    acts = ["listened_in", "took_over"]
    assert await audited(here, call_id) == [("Sára Horká", act) for act in acts]
    with pytest.raises(Forbidden):
        await here.crm.supervision.supervise(here.eva, call_id, "listen", device=mobile)


async def test_nobody_listens_unwritten(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    call_id, sara = await talk(here), await boss(here)

    async def full(work: object) -> None:
        raise DatabaseUnavailable("the disk is full")

    monkeypatch.setattr(here.crm.supervision._db, "write", full)
    with pytest.raises(DatabaseUnavailable):
        await here.crm.supervision.supervise(sara, call_id, "listen")
    assert [it[0] for it in here.telephony.asked] == ["stop_supervising"]


async def test_what_is_meant_is_written_before_it_is_done(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a listening is known of, though the program dies in the middle of it."""
    call_id, sara = await talk(here), await boss(here)
    meanwhile: list[list[tuple[str, str]]] = []

    async def listens(*asked: object) -> None:
        meanwhile.append(await audited(here, call_id))

    monkeypatch.setattr(here.telephony, "supervise", listens)
    await here.crm.supervision.supervise(sara, call_id, "listen")
    assert meanwhile == [[("Sára Horká", "meant_listened_in")]]
    assert await audited(here, call_id) == [("Sára Horká", "listened_in")]


async def test_employees_listen_to_nobody(here: World) -> None:
    call_id = await talk(here)
    assert (await here.crm.calls.board(here.eva)).supervisable == {}
    for mode in ("listen", "whisper", "barge", "takeover", "end"):
        with pytest.raises(Forbidden):
            await here.crm.supervision.supervise(here.eva, call_id, mode)
    assert here.telephony.asked == []
    assert await audited(here, call_id) == []


async def test_a_supervisor_listens_within_the_department_and_an_administrator_anywhere(
    here: World,
) -> None:
    call_id, sara = await talk(here), await boss(here)
    assert (await here.crm.calls.board(sara)).supervisable == {call_id: ("102",)}
    service = next(
        it.id for it in await here.crm.people.list_departments(here.ada) if it.name == "Service"
    )
    await here.crm.people.update_user(here.ada, sara.id, {"department_id": service})
    moved = await here.renew("sara")
    assert (await here.crm.calls.board(moved)).supervisable == {}  # she sees the call, no more
    with pytest.raises(Forbidden):
        await here.crm.supervision.supervise(moved, call_id, "listen")
    assert (await here.crm.calls.board(here.ada)).supervisable == {call_id: ("102",)}


async def test_what_cannot_be_listened_to(here: World) -> None:
    sara = await boss(here)
    waits = await here.happens(Story("main-2", NOON).inbound("777000002"))
    with pytest.raises(Conflict, match="Nobody here speaks"):
        await here.crm.supervision.supervise(sara, waits, "listen")
    call_id = await talk(here)
    with pytest.raises(Invalid, match="is not in this call"):
        await here.crm.supervision.supervise(sara, call_id, "listen", extension="105")
    with pytest.raises(Invalid, match="you have no extension"):
        await here.crm.supervision.supervise(here.ada, call_id, "listen")
    here.telephony.refuses = "the phone 109 is not registered"
    for mode in ("listen", "takeover"):
        with pytest.raises(PhoneUnavailable, match="109 is not registered"):
            await here.crm.supervision.supervise(sara, call_id, mode)
    acts = ["not_listened_in", "not_took_over"]  # nobody did, and who tried is known
    assert await audited(here, call_id) == [("Sára Horká", act) for act in acts]
    (entry, _) = await here.crm.people.audit_trail(here.ada, "call", call_id)
    assert entry.details == {"extension": "102", "reason": "the phone 109 is not registered"}
    here.telephony.refuses = None
    await here.happens(Story("main-1", NOON).answered_inbound("777000001")[-1])
    with pytest.raises(Conflict):
        await here.crm.supervision.supervise(sara, call_id, "listen")


async def test_who_cannot_take_the_client_over_listens_on(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the same way; who did not listen before, does not then."""
    call_id, sara = await talk(here), await boss(here)

    async def consults(*asked: object) -> None:
        raise TelephonyError("102 speaks with a colleague; that comes first")

    monkeypatch.setattr(here.telephony, "take_over", consults)
    with pytest.raises(PhoneUnavailable):
        await here.crm.supervision.supervise(sara, call_id, "takeover")
    assert [it[0] for it in here.telephony.asked] == ["stop_supervising"]

    await here.crm.supervision.supervise(sara, call_id, "whisper")
    listens(here)
    here.telephony.asked.clear()
    with pytest.raises(PhoneUnavailable, match="speaks with a colleague"):
        await here.crm.supervision.supervise(sara, call_id, "takeover")
    assert here.telephony.asked == [
        ("stop_supervising", "109"),
        ("supervise", "main-1", "102", "109", "whisper"),
    ]
    now = await here.crm.supervision.mine(sara)
    assert now is not None
    assert now.mode == "whisper"


async def test_who_is_in_the_call_does_not_listen_to_it(here: World) -> None:
    call_id = await talk(here)
    data = {"role": "supervisor"}
    await here.crm.people.update_user(here.ada, here.petr.id, data)  # type: ignore[arg-type]
    petr = await here.renew("petr")
    with pytest.raises(Conflict, match="in this call yourself"):
        await here.crm.supervision.supervise(petr, call_id, "listen")


async def test_the_supervisor_alone_is_told_while_it_goes_on(here: World) -> None:
    call_id, sara = await talk(here), await boss(here)
    await here.crm.supervision.supervise(sara, call_id, "whisper")
    here.published.clear()
    listens(here)
    (told,) = [it for it in here.published if it.type == "supervision.changed"]
    assert may_see_event(sara, told)
    for other in (here.petr, here.eva, here.ada):
        assert not may_see_event(other, told)
    now = await here.crm.supervision.mine(sara)
    assert now is not None
    assert (now.call.id, now.name, now.mode, now.up) == (call_id, "Petr Novák", "whisper", True)
    assert await here.crm.supervision.mine(here.ada) is None
    await here.crm.supervision.stop(sara)
    assert here.telephony.asked[-1] == ("stop_supervising", "109")
    here.telephony.listening = []
    here.published.clear()
    here.crm.supervision.changed()
    assert [it.type for it in here.published] == ["presence.changed", "supervision.changed"]
    assert await here.crm.supervision.mine(sara) is None


async def test_how_one_listens_is_known_after_a_restart(here: World) -> None:
    await talk(here)
    sara = await boss(here)
    here.crm.supervision.recall_mode("109", "whisper")  # the PBX has kept it
    listens(here)
    now = await here.crm.supervision.mine(sara)
    assert now is not None
    assert now.mode == "whisper"


async def test_colleagues_see_that_who_listens_is_on_the_phone_and_not_to_whom(
    here: World,
) -> None:
    await talk(here)
    await boss(here)

    async def seen() -> tuple[str, int | None]:
        people = (await here.crm.calls.board(here.petr)).people
        return next((it.state, it.call_id) for it in people if it.name == "Sára Horká")

    assert await seen() == ("free", None)
    listens(here)
    (told,) = [it for it in here.published if it.type == "presence.changed"]
    assert may_see_event(here.petr, told)
    assert (told.data["user"]["name"], told.data["state"]) == ("Sára Horká", "talking")
    assert not {"main-1", "102"} & set(str(told.data).replace("'", " ").split())
    assert await seen() == ("talking", None)
    here.telephony.listening = []
    here.crm.supervision.changed()
    assert await seen() == ("free", None)
