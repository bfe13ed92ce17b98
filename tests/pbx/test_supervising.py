"""A supervisor listens, whispers, barges in: who hears whom, told by the tones of the phones."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pbx_bridge.bridge import Bridge
from pbx_bridge.commands import Commands
from pbx_bridge.sip.process import Phone, PhoneCall
from tests.pbx.bridged import AwaitedJournal, bridge_on
from tests.pbx.harness import RunningPbx
from tests.pbx.scenarios.stage import Stage
from tests.pbx.sound import tones_in

pytestmark = [pytest.mark.pbx, pytest.mark.timeout(90)]

CLIENT, EVA, BOSS = 1000, 600, 2000  # Hz
_files = itertools.count(1)


class Refused(Exception):
    pass


class Talk:
    """A client and 101 talk; the supervisor is at 110."""

    def __init__(self, folder: Path, bridge: Bridge, journal: AwaitedJournal) -> None:
        async def reload() -> None:
            raise AssertionError("nobody asked for it")

        self.folder, self.journal, self.bridge = folder, journal, bridge
        self.commands = Commands(bridge, refused=Refused, reload=reload)
        self.client: PhoneCall
        self.eva: PhoneCall
        self.boss: Phone
        self.key = ""

    async def begin(self, stage: Stage) -> None:
        desk, self.boss = await stage.phones("101", "110")
        self.client = await stage.call_in()
        self.eva = await desk.incoming()
        await self.eva.answer()
        await self.client.confirmed()
        await self.client.tell("tone", hz=CLIENT)
        await self.eva.tell("tone", hz=EVA)
        records = await self.journal.until(lambda them: [it.state for it in them] == ["talking"])
        self.key = records[0].call

    async def supervise(self, mode: str, extension: str = "101") -> None:
        await self.commands.supervise(self.key, extension, "110", mode)

    async def listens(self, mode: str = "listen") -> PhoneCall:
        """The supervisor's phone, which answered by itself."""
        await self.supervise(mode)
        call = await self.boss.incoming(auto_answer=True)
        await call.confirmed()
        await call.tell("tone", hz=BOSS)
        return call

    async def hears(self, call: PhoneCall, *tones: int) -> None:
        """Until a second of what is heard there has these tones of the three and no other."""
        heard: set[int] = set()
        for _ in range(12):
            heard = await self.second_of(call)
            if heard == set(tones):
                return
        raise AssertionError(f"heard {heard} instead of {tones}")

    async def second_of(self, call: PhoneCall) -> set[int]:
        first, then = (self.folder / f"heard-{next(_files)}.wav" for _ in range(2))
        await call.record(first)
        await asyncio.sleep(1)  # so much is listened to
        since = call.process.mark()
        await call.record(then)
        await call.wait("recorded", since=since, file=str(first))
        return tones_in(first, CLIENT, EVA, BOSS)

    async def none_listens(self) -> None:
        assert await self.bridge.until(lambda: not self.bridge.supervisions(), 10)


@pytest.fixture
def journal() -> AwaitedJournal:
    return AwaitedJournal()


@pytest.fixture
async def talk(
    pbx: RunningPbx, stage: Stage, journal: AwaitedJournal, tmp_path: Path
) -> AsyncIterator[Talk]:
    async with bridge_on(pbx, journal, tmp_path / "checkpoint") as bridge:
        made = Talk(tmp_path, bridge, journal)
        await made.begin(stage)
        yield made


async def test_who_hears_whom_in_listen_whisper_and_barge(talk: Talk) -> None:
    boss = await talk.listens()
    await talk.hears(boss, CLIENT, EVA)
    await talk.hears(talk.eva, CLIENT)
    await talk.hears(talk.client, EVA)
    assert [(it.supervisor, it.extension) for it in talk.bridge.supervisions()] == [("110", "101")]

    await talk.supervise("whisper")
    await talk.hears(talk.eva, CLIENT, BOSS)
    await talk.hears(talk.client, EVA)
    await talk.hears(boss, CLIENT, EVA)

    await talk.supervise("listen")
    await talk.hears(talk.eva, CLIENT)

    await talk.supervise("barge")
    await talk.hears(talk.eva, CLIENT, BOSS)
    await talk.hears(talk.client, EVA, BOSS)
    await talk.hears(boss, CLIENT, EVA)

    await talk.supervise("whisper")
    await talk.hears(talk.client, EVA)
    await talk.hears(talk.eva, CLIENT, BOSS)

    await talk.commands.stop_supervising("110")
    await boss.disconnected()
    await talk.hears(talk.eva, CLIENT)
    await talk.client.hang_up()
    (record,) = await talk.journal.all_ended(1)
    who = [(it.party.extension, it.how.value if it.how else "") for it in record.parties]
    assert who == [(None, "called"), ("101", "answered"), ("110", "conference")]


async def test_whoever_only_listens_is_in_no_call_and_makes_none(talk: Talk) -> None:
    boss = await talk.listens("whisper")
    await talk.hears(boss, CLIENT, EVA)
    await boss.hang_up()
    await talk.none_listens()
    await talk.client.hang_up()
    (record,) = await talk.journal.all_ended(1)
    assert [it.party.extension for it in record.parties] == [None, "101"]
    assert (record.outcome, record.end.ended_by if record.end else None) == ("answered", "client")


async def test_listening_ends_with_the_employees_part(talk: Talk, stage: Stage) -> None:
    jana = await stage.phone("103")
    boss = await talk.listens()
    await talk.hears(boss, CLIENT, EVA)
    await talk.commands.blind_transfer(talk.key, "101", "103")
    other = await jana.incoming()
    await boss.disconnected()
    await talk.none_listens()
    await other.answer()
    await talk.client.hang_up()
    (record,) = await talk.journal.all_ended(1)
    assert [it.party.extension for it in record.parties] == [None, "101", "103"]


async def test_a_supervisor_barges_in_at_once_and_takes_over(talk: Talk) -> None:
    boss = await talk.listens("barge")
    await talk.hears(talk.client, EVA, BOSS)
    await talk.commands.stop_supervising("110")
    await boss.disconnected()
    await talk.hears(talk.client, EVA)
    await talk.commands.take_over(talk.key, "101", "110")
    taken = await talk.boss.incoming(auto_answer=True)
    await talk.eva.disconnected()
    await taken.tell("tone", hz=BOSS)
    await talk.hears(talk.client, BOSS)
    await taken.hang_up()
    (record,) = await talk.journal.all_ended(1)
    assert record.end is not None
    assert record.end.ended_by == "company"


async def test_nobody_listens_to_who_is_not_there(talk: Talk) -> None:
    with pytest.raises(Refused, match="102 is not in this call"):
        await talk.supervise("listen", "102")
    await talk.boss.unregister()
    with pytest.raises(Refused, match="110 is not registered"):
        await talk.supervise("listen")
    await talk.client.hang_up()
    await talk.journal.all_ended(1)
    assert await talk.bridge.until(lambda: not talk.bridge.phones(talk.key), 10)  # 101's, too
    with pytest.raises(Refused, match="this call has ended"):
        await talk.supervise("listen")
