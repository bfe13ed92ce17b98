"""When calls are recorded, and what callers hear before anybody's phone rings."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from pbx_bridge.asterisk.announcing import sound_name
from pbx_bridge.directory import Announcement, PbxDirectory, RecordMode
from pbx_bridge.sip.handles import PhoneError
from tests.pbx.harness import RunningPbx
from tests.pbx.scenarios.stage import Stage
from tests.pbx.sound import loudness

pytestmark = [pytest.mark.pbx, pytest.mark.timeout(60)]

CONSENT = Announcement("Tento hovor může být nahráván. Děkujeme, že voláte.", "cs")


async def line_with(pbx: RunningPbx, **fields: object) -> None:
    first, *others = pbx.directory.lines
    changed = replace(first, **fields)  # type: ignore[arg-type]
    await pbx.apply(PbxDirectory(pbx.directory.extensions, (changed, *others)))


async def test_the_caller_hears_the_announcement_before_any_phone_rings(
    pbx: RunningPbx, stage: Stage
) -> None:
    await line_with(pbx, announcement=CONSENT)
    eva = await stage.phone("101")
    client = await stage.call_in()
    heard, after = stage.folder / "heard.wav", stage.folder / "after.wav"
    await client.confirmed()
    await client.record(heard)
    with pytest.raises(PhoneError):
        await eva.incoming(seconds=1)  # so long at least it speaks
    desk = await eva.incoming(seconds=15)
    since = client.process.mark()
    await client.record(after)
    await client.wait("recorded", since=since, file=str(heard))
    assert loudness(heard) > 300
    await desk.answer()
    await stage.talk(client, desk, seconds=0.5)
    await client.hang_up()
    await desk.disconnected()
    assert len(list(pbx.spool.glob("*.client.wav"))) == 1


async def test_a_missing_sound_stops_nobody(pbx: RunningPbx, stage: Stage) -> None:
    await line_with(pbx, announcement=CONSENT)
    sound = pbx.pbx.paths.sounds / f"{sound_name(CONSENT)}.wav"
    await asyncio.to_thread(sound.unlink)
    eva = await stage.phone("101")
    client = await stage.call_in()
    desk = await eva.incoming()
    await desk.answer()
    await client.confirmed()
    await stage.talk(client, desk, seconds=0.5)


async def test_a_line_without_an_announcement_is_answered_by_people_alone(
    pbx: RunningPbx, stage: Stage
) -> None:
    eva = await stage.phone("101")
    client = await stage.call_in()
    await eva.incoming()
    await client.ringing()
    with pytest.raises(PhoneError):
        await client.confirmed(seconds=0.5)


@pytest.mark.parametrize("mode", [RecordMode.ASK, RecordMode.OFF])
async def test_what_is_asked_for_or_off_is_not_recorded_by_itself(
    pbx: RunningPbx, stage: Stage, mode: RecordMode
) -> None:
    await line_with(pbx, record=mode)
    assert await recorded(pbx, stage) == []


async def test_an_employee_who_never_records_is_not_recorded(pbx: RunningPbx, stage: Stage) -> None:
    extensions = tuple(replace(it, record=RecordMode.OFF) for it in pbx.directory.extensions)
    await pbx.apply(PbxDirectory(extensions, pbx.directory.lines))
    assert await recorded(pbx, stage) == []


async def recorded(pbx: RunningPbx, stage: Stage) -> list[Path]:
    """Files of a call that 101 takes."""
    eva = await stage.phone("101")
    client = await stage.call_in()
    desk = await eva.incoming()
    await desk.answer()
    await stage.talk(client, desk, seconds=0.5)
    await client.hang_up()
    await desk.disconnected()
    return list(pbx.spool.glob("*.wav"))
