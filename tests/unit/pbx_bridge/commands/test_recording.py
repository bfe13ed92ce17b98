"""A recording in the hands of who speaks, by the page and by the code."""

from dataclasses import replace

import pytest

from pbx_bridge.commands import Commands
from pbx_bridge.directory import ExtensionEntry, LineEntry, PbxDirectory, RecordMode
from tests.unit.pbx_bridge.commands.exchange import (
    CALL,
    CLIENT,
    DESK,
    Exchange,
    Refused,
    a_phone,
    names,
)


async def test_the_code_pauses_and_goes_on(commands: Commands, exchange: Exchange) -> None:
    await commands.toggle_recording(DESK)
    mute, told = exchange.sent
    assert dict(mute) == {
        "Action": "MixMonitorMute",
        "Channel": CLIENT,
        "Direction": "both",
        "State": "1",
    }
    assert ("Variable", "HOVORNA_TELL=HovornaPaused") in told
    assert ("Variable", "HOVORNA_ABOUT=1.0") in told
    exchange.parties[1] = replace(exchange.parties[1], paused=True)
    await commands.toggle_recording(DESK)
    assert ("State", "0") in exchange.sent[2]
    await commands.toggle_recording("PJSIP/109-000000ff")  # in no call of ours
    assert len(exchange.sent) == 4


async def test_what_was_ended_is_begun_again_and_not_paused_meanwhile(
    commands: Commands, exchange: Exchange
) -> None:
    await commands.stop_recording(CALL)
    mute, told = exchange.sent
    assert (dict(mute)["Channel"], dict(mute)["State"]) == (CLIENT, "1")
    assert ("Variable", "HOVORNA_TELL=HovornaStopped") in told
    exchange.parties[1] = replace(exchange.parties[1], stopped=True)
    for asked in (
        commands.stop_recording(CALL),
        commands.pause_recording(CALL),
        commands.resume_recording(CALL),
    ):
        with pytest.raises(Refused, match="is not recorded"):
            await asked
    for begin in (commands.start_recording(CALL), commands.toggle_recording(DESK)):
        exchange.sent.clear()
        await begin
        mute, told = exchange.sent
        assert ("State", "0") in mute
        assert ("Variable", "HOVORNA_TELL=HovornaBegunAgain") in told


async def test_of_two_clients_both_recordings_are_paused(
    commands: Commands, exchange: Exchange
) -> None:
    other = a_phone("PJSIP/line1-00000007")
    exchange.parties.append(other)
    await commands.pause_recording(CALL)
    muted = [dict(sent)["Channel"] for sent in exchange.sent if ("State", "1") in sent]
    assert muted == [CLIENT, other.name]
    exchange.parties[1:] = [exchange.parties[1], replace(other, paused=True)]
    exchange.sent.clear()
    await commands.toggle_recording(DESK)  # one is still heard: paused is what is meant
    assert dict(exchange.sent[0])["Channel"] == CLIENT
    assert ("State", "1") in exchange.sent[0]


@pytest.mark.parametrize("never", ["101", "line1"])
async def test_the_code_begins_nothing_again_for_who_is_never_recorded(
    commands: Commands, exchange: Exchange, never: str
) -> None:
    """A colleague ended the recording and handed the client on to somebody whose calls are not."""
    exchange.parties[1] = replace(exchange.parties[1], stopped=True)
    on, off = RecordMode.ON, RecordMode.OFF
    commands.set_directory(
        PbxDirectory(
            extensions=(ExtensionEntry("101", "Eva", "x", record=off if never == "101" else on),),
            lines=(LineEntry("line1", "+420", "", "", record=off if never == "line1" else on),),
        )
    )
    with pytest.raises(Refused, match=f"{never} are never recorded"):
        await commands.toggle_recording(DESK)
    assert exchange.sent == []
    commands.set_directory(PbxDirectory())  # it was changed
    await commands.toggle_recording(DESK)
    assert names(exchange) == ["MixMonitorMute", "Originate"]


async def test_the_code_does_not_go_on_with_what_was_paused_for_who_is_never_recorded(
    commands: Commands, exchange: Exchange
) -> None:
    exchange.parties[1] = replace(exchange.parties[1], paused=True)
    eva = ExtensionEntry("101", "Eva", "x", record=RecordMode.OFF)
    commands.set_directory(PbxDirectory(extensions=(eva,)))
    with pytest.raises(Refused, match="101 are never recorded"):
        await commands.toggle_recording(DESK)
    assert exchange.sent == []


async def test_the_code_is_ended_only_for_who_speaks_with_the_client(
    commands: Commands, exchange: Exchange
) -> None:
    await commands.end_code(DESK)
    ping, pressed = exchange.sent
    assert ping == [("Action", "Ping")]
    assert dict(pressed) == {
        "Action": "PlayDTMF",
        "Channel": DESK,
        "Digit": "#",
        "Receive": "true",
    }
    exchange.sent.clear()
    for phone in (
        a_phone(DESK, "101", consults=True),
        a_phone(DESK, "101", with_client=False),
    ):
        exchange.parties[0] = phone
        await commands.end_code(DESK)
    await commands.end_code("PJSIP/109-000000ff")
    assert exchange.sent == [[("Action", "Ping")]] * 3
