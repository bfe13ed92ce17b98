"""The demo's simulated people on the real PBX."""

import asyncio
import contextlib
import os
import random
import signal
import wave
from array import array
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hovorna.people import PeopleError, SimulatedPeople
from pbx_bridge.ami.options import AmiOptions
from pbx_bridge.asterisk import dialplan
from pbx_bridge.sip.process import PhoneProcess
from pbx_bridge.watching.watch import Watch
from tests.pbx.harness import RunningPbx
from tests.pbx.scenarios.stage import CLIENT
from tests.pbx.sound import seconds_of

pytestmark = pytest.mark.pbx
STAFF = ("101", "102")


class Watched:
    """Makes phone processes and remembers them, so that one can be killed."""

    def __init__(self) -> None:
        self.made: list[PhoneProcess] = []

    def __call__(self) -> PhoneProcess:
        self.made.append(PhoneProcess())
        return self.made[-1]


@pytest.fixture
def phones() -> Watched:
    return Watched()


@pytest.fixture
async def people(
    pbx: RunningPbx, tmp_path: Path, phones: Watched
) -> AsyncIterator[SimulatedPeople]:
    access = await pbx.pbx.watcher_ami()
    options = AmiOptions(host=access.host, port=access.port, user=access.user, secret=access.secret)
    watch = Watch(options, jitter=random.random)
    await watch.start()
    people = SimulatedPeople(
        tmp_path / "speech",
        watch=watch,
        rng=random.Random(7),
        make_process=phones,
        patience=(0.2, 0.6),
    )
    async with pbx.manager() as manager:
        await people.start(_info(pbx))
        for who in (*STAFF, "line1"):
            await manager.wait("ContactStatus", AOR=who)
    try:
        yield people
    finally:
        await people.stop()
        await watch.stop()


def _info(pbx: RunningPbx) -> dict[str, Any]:
    return {
        "sip": {"host": pbx.host, "port": pbx.sip_port},
        "phones": [
            {"extension": it.number, "user": it.number, "password": it.password, "name": it.name}
            for it in pbx.directory.extensions
            if it.number in STAFF
        ],
        "lines": [
            {"name": it.name, "number": it.number, "user": it.user, "password": it.password}
            for it in pbx.directory.lines
            if it.name == "line1"
        ],
    }


async def _everybody_registered(pbx: RunningPbx) -> None:
    async with asyncio.timeout(20):
        while True:
            contacts = await pbx.command("pjsip show contacts")
            if all(f"  {who}/sip:" in contacts for who in (*STAFF, "line1")):
                return


def loudness_of(file: Path) -> float:
    """Root mean square of the samples."""
    with wave.open(str(file)) as sound:
        samples = array("h", sound.readframes(sound.getnframes()))
    return float((sum(sample * sample for sample in samples) / len(samples)) ** 0.5)


async def _is_heard(file: Path) -> None:
    """Until more than a second has been written of it, and some of that is speech: the header of a
    file that is still written does not say how much it is.
    """
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(OSError):
                body = file.read_bytes()[44:]
                samples = array("h", body[: len(body) // 2 * 2])
                if len(samples) > 1.2 * 8000 and max(samples) > 3000:
                    return
            await asyncio.sleep(0.05)


async def test_a_client_calls_in_and_an_employee_answers(
    pbx: RunningPbx, people: SimulatedPeople
) -> None:
    async with pbx.manager() as manager:
        first = await people.call_in(CLIENT, "line1")
        second = await people.call_in(None, "line1")
        answered = await manager.wait("DialEnd", DialStatus="ANSWER", seconds=20)
        channel = answered["Uniqueid"]
        said = pbx.spool / f"{channel}{dialplan.COMPANY_SUFFIX}"
        await _is_heard(said)

        assert first != second
        with pytest.raises(PeopleError, match="no line 'line7'"):
            await people.call_in(CLIENT, "line7")
        await people.stop()
        await manager.wait("MixMonitorStop", Uniqueid=channel)
    assert seconds_of(said) > 1
    assert loudness_of(said) > 300


async def test_a_simulated_phone_steps_aside_for_a_real_one(
    pbx: RunningPbx, people: SimulatedPeople
) -> None:
    password = next(it.password for it in pbx.directory.extensions if it.number == "101")
    async with pbx.manager() as manager, PhoneProcess() as real:
        phone = await real.register("101", password, pbx.host, pbx.sip_port)
        await manager.wait("ContactStatus", AOR="101", ContactStatus="Removed")
        await people.call_in(CLIENT, "line1")
        ringing = await phone.incoming()

        assert people.at_their_desks() == ["102"]
        await ringing.reject(486)
        await phone.unregister()
        removed = manager.all("ContactStatus", AOR="101", ContactStatus="Removed")[0]["URI"]
        back = {"AOR": "101", "ContactStatus": "NonQualified", "URI": removed}
        await manager.wait("ContactStatus", 20, **back)


async def test_people_come_back_when_their_phones_die(
    pbx: RunningPbx, people: SimulatedPeople, phones: Watched
) -> None:
    lines = phones.made[-1]
    assert lines.pid is not None
    async with pbx.manager() as manager:
        os.kill(lines.pid, signal.SIGKILL)
        again = {"AOR": "line1", "ContactStatus": "NonQualified"}  # the old contact may go first
        await manager.wait("ContactStatus", 20, **again)
        await people.call_in(CLIENT, "line1")
        await manager.wait("DialEnd", DialStatus="ANSWER", seconds=20)


async def test_people_go_on_when_the_pbx_was_restarted(
    pbx: RunningPbx, people: SimulatedPeople
) -> None:
    await people.call_in(CLIENT, "line1")
    await pbx.kill()
    await pbx.start()

    async with pbx.manager() as manager:
        await _everybody_registered(pbx)
        await people.call_in(CLIENT, "line1")
        await manager.wait("DialEnd", DialStatus="ANSWER", seconds=20)
    assert people.at_their_desks() == list(STAFF)
