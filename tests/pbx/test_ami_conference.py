"""Others are called into a talk by the CRM, muted in it and dropped from it, on a real Asterisk."""

from collections import Counter

import pytest

from pbx_bridge.bridge import Bridge
from pbx_bridge.commands import Commands
from pbx_bridge.sip.process import PhoneCall
from tests.pbx.bridged import AwaitedJournal
from tests.pbx.commanded import Refused, bridge, commands, journal, talk
from tests.pbx.scenarios.stage import MAIN_NUMBER, OTHER_CLIENT, Stage
from tests.pbx.sound import loudness

__all__ = ["bridge", "commands", "journal"]

pytestmark = pytest.mark.pbx


async def _heard_of(stage: Stage, speaker: PhoneCall, listener: PhoneCall, name: str) -> float:
    """How loud a sentence of the one is at the other."""
    heard = stage.folder / f"{name}.wav"
    await listener.tell("record", file=str(heard))
    await stage.talk(speaker, seconds=1)
    since = listener.process.mark()
    await listener.tell("stop-record")
    await listener.wait("recorded", since=since)
    return loudness(heard)


async def test_a_conference_is_called_in_muted_and_left(
    stage: Stage, commands: Commands, bridge: Bridge, journal: AwaitedJournal
) -> None:
    jana = await stage.phone("103")
    client, desk, key = await talk(stage, journal)
    with pytest.raises(Refused, match="hang up instead"):
        await commands.drop(key, "101")
    await commands.invite(key, "101", "103")
    other = await jana.incoming()
    await journal.until(lambda records: bool(records[0].ringing))
    with pytest.raises(Refused, match="103 is in this call already"):
        await commands.invite(key, "101", "103")
    await other.answer()
    await journal.until(lambda records: len(records[0].present) == 3)

    await desk.tell("silence")
    await commands.mute(key, "103", muted=True)
    await _heard_of(stage, other, client, "before")  # and what the desk's voice left on the way
    assert await _heard_of(stage, other, client, "muted") < 50
    await commands.mute(key, "103", muted=False)
    assert await _heard_of(stage, other, client, "unmuted") > 300

    outside = await stage.outside()
    await commands.invite(key, "101", OTHER_CLIENT, "line1", MAIN_NUMBER)
    mobile = await outside.incoming(number=MAIN_NUMBER, dialled=OTHER_CLIENT)
    await mobile.answer()
    await journal.until(lambda records: len(records[0].present) == 4)
    await stage.talk(client, desk, other, mobile, seconds=1)
    await commands.drop(key, OTHER_CLIENT)
    await mobile.disconnected()
    await commands.drop(key, "101")  # leaves it to the others
    await desk.disconnected()
    await stage.talk(client, other, seconds=1)
    assert len(bridge.phones(key)) == 2
    await client.hang_up()
    (record,) = await journal.all_ended(1)
    assert [it.party.extension for it in record.parties] == [None, "101", "103", None]


async def test_a_colleague_is_called_in_at_every_telephone(
    stage: Stage, commands: Commands, bridge: Bridge, journal: AwaitedJournal
) -> None:
    jana = await stage.phone("103")
    upstairs = await stage.second_phone("103")
    client, desk, key = await talk(stage, journal)

    await commands.invite(key, "101", "103")
    calls = [await jana.incoming(), await upstairs.incoming()]
    await commands.drop(key, "103")  # called by mistake: neither goes on ringing
    for call in calls:
        await call.disconnected()
    await journal.until(lambda records: not records[0].ringing)

    await commands.invite(key, "101", "103")
    at_desk, other = await jana.incoming(), await upstairs.incoming()
    await at_desk.reject(486)
    await other.answer()
    await stage.talk(client, desk, other, seconds=1)
    await other.hang_up()
    await journal.until(lambda records: len(records[0].present) == 2)

    await commands.invite(key, "101", "103")
    at_desk, other = await jana.incoming(), await upstairs.incoming()
    await at_desk.answer()
    await other.disconnected()
    await stage.talk(client, desk, at_desk, seconds=1)
    await client.hang_up()
    (record,) = await journal.all_ended(1)
    rang = [it.reason for it in record.rings.values() if it.party.extension == "103"]
    assert Counter(rang) == Counter(
        ["cancelled", "cancelled", "busy", "answered", "answered", "answered_elsewhere"]
    )
    assert [it.party.extension for it in record.parties] == [None, "101", "103", "103"]
