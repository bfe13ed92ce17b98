"""Calls that are ended, and a PBX that is not there."""

import pytest

from pbx_bridge.ami.errors import ActionRefused, NotConnected
from pbx_bridge.commands import Commands
from tests.unit.pbx_bridge.commands.exchange import Exchange, Placing, Refused, a_phone


async def test_hanging_up_ends_everybodys_part(commands: Commands, exchange: Exchange) -> None:
    exchange.fails["PJSIP/101-00000001"] = ActionRefused("Hangup", "No such channel")
    await commands.hang_up("main-1.0")  # the first went by itself
    assert [dict(sent)["Channel"] for sent in exchange.sent] == [
        "PJSIP/101-00000001",
        "PJSIP/line1-00000000",
    ]


async def test_the_others_are_hung_up_when_who_spoke_is_gone(
    commands: Commands, exchange: Exchange
) -> None:
    """Else the client might be the one who ended it."""
    sent_before: list[int] = []

    def gone() -> None:
        sent_before.append(len(exchange.sent))
        exchange.parties = [it for it in exchange.parties if it.extension is None]

    exchange.then = gone
    await commands.hang_up("main-1.0")
    assert sent_before == [1]
    assert len(exchange.sent) == 2


async def test_hanging_up_what_cannot_be_is_refused(commands: Commands, exchange: Exchange) -> None:
    with pytest.raises(Refused, match="has ended"):
        await commands.hang_up("main-unknown")
    exchange.fails["Hangup"] = ActionRefused("Hangup", "Permission denied")
    with pytest.raises(Refused, match="Permission denied"):
        await commands.hang_up("main-1.0")


async def test_a_channel_name_that_would_be_a_pattern_is_not_sent(
    commands: Commands, exchange: Exchange
) -> None:
    exchange.parties = [a_phone("/.*/", "101")]
    with pytest.raises(Refused, match="not a channel"):
        await commands.hang_up("main-1.0")
    assert exchange.sent == []


async def test_without_a_connection_everything_is_refused(
    commands: Commands, exchange: Exchange
) -> None:
    exchange.fails = {
        name: NotConnected("not connected to the PBX yet")
        for name in ("Originate", "Hangup", "BlindTransfer")
    }
    for asked in (
        commands.place(Placing(commands.new_call_key())),
        commands.hang_up("main-1.0"),
        commands.blind_transfer("main-1.0", "101", "103"),
        commands.pick_up("main-1.0", "103"),
    ):
        with pytest.raises(Refused, match="not connected"):
            await asked


async def test_reloading_is_the_pbx_s_own(commands: Commands, exchange: Exchange) -> None:
    await commands.reload()
    assert exchange.sent == [[("Action", "reload")]]
