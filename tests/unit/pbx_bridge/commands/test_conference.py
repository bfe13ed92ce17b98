"""Who is called into a talk, put out of it, or muted in it."""

import pytest

from pbx_bridge.ami.errors import ActionRefused
from pbx_bridge.calls.keys import joined_root
from pbx_bridge.commands import Commands
from tests.unit.pbx_bridge.commands.exchange import CALL, DESK, Exchange, Refused, a_phone


async def test_an_invited_number_shows_the_lines_own(
    commands: Commands, exchange: Exchange
) -> None:
    await commands.invite(CALL, "101", "+420608111222", "line1", "+420222333444")
    (sent,) = exchange.sent
    values = dict(sent)
    assert values["Channel"] == "PJSIP/+420608111222@line1"
    assert values["CallerID"] == '"+420222333444" <+420222333444>'
    assert ("Variable", f"HOVORNA_JOIN={DESK}") in sent
    assert joined_root(values["ChannelId"]) == ("1.0", "+420608111222")


@pytest.mark.parametrize(
    ("to", "line", "shown"),
    [
        ("608111222", "line1", "+420222333444"),
        ("+420608111222", "line1,x", "+420222333444"),
        ("+420608111222", "line1", '+420"<evil>'),
        ("101&PJSIP/102", None, None),
        ("103\r\nApplication: System", None, None),
    ],
)
async def test_nobody_odd_is_invited(
    commands: Commands, exchange: Exchange, to: str, line: str | None, shown: str | None
) -> None:
    with pytest.raises(Refused):
        await commands.invite(CALL, "101", to, line, shown)
    assert exchange.sent == []


async def test_of_two_nobody_is_dropped(commands: Commands, exchange: Exchange) -> None:
    with pytest.raises(Refused, match="hang up instead"):
        await commands.drop(CALL, "101")
    exchange.parties.append(a_phone("PJSIP/103-00000003", "103"))
    await commands.drop(CALL, "103")
    assert dict(exchange.sent[-1])["Channel"] == "PJSIP/103-00000003"
    with pytest.raises(Refused, match="104 is not in this call"):
        await commands.drop(CALL, "104")


async def test_who_is_muted_is_kept_by_the_pbx(commands: Commands, exchange: Exchange) -> None:
    await commands.mute(CALL, "101", muted=True)
    set_to = [(dict(sent)["Variable"], dict(sent)["Value"]) for sent in exchange.sent]
    assert set_to == [("MUTEAUDIO(in)", "on"), ("HOVORNA_MUTED", "1")]
    assert await commands.muted(CALL) == []
    exchange.values["HOVORNA_MUTED"] = "1"
    assert await commands.muted(CALL) == ["101", "+420777123456"]
    exchange.fails[DESK] = ActionRefused("Getvar", "No such channel")  # went at this moment
    assert await commands.muted(CALL) == ["+420777123456"]
