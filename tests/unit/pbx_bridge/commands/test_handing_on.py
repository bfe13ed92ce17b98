"""The client waits, is asked about, and is handed on."""

import asyncio
from dataclasses import replace

import pytest

from pbx_bridge.ami.errors import ActionRefused, ActionTimeout, AmiError, NotConnected
from pbx_bridge.commands import Commands
from tests.unit.pbx_bridge.commands.exchange import (
    CALL,
    DESK,
    Exchange,
    Refused,
    a_phone,
    names,
)
from web.faults import FAULTS


async def test_a_blind_transfer_moves_the_other_side(
    commands: Commands, exchange: Exchange
) -> None:
    await commands.blind_transfer("main-1.0", "101", "103")
    assert exchange.sent == [
        [
            ("Action", "BlindTransfer"),
            ("Channel", "PJSIP/101-00000001"),
            ("Context", "transfer"),
            ("Exten", "103"),
        ]
    ]
    with pytest.raises(Refused, match="105 is not in this call"):
        await commands.blind_transfer("main-1.0", "105", "103")
    with pytest.raises(Refused, match="not a number"):
        await commands.blind_transfer("main-1.0", "101", "103,1\nx")


async def test_several_are_sent_out_on_the_default_line_alone(
    commands: Commands, exchange: Exchange
) -> None:
    """They go on a channel that nobody can tell the line: it would be another one, and unsaid."""
    exchange.parties.append(a_phone("PJSIP/103-00000003", "103"))
    with pytest.raises(Refused, match="only on the default line"):
        await commands.blind_transfer(CALL, "101", "+420608111222", "line2")
    assert exchange.sent == []
    await commands.blind_transfer(CALL, "101", "+420608111222")
    assert names(exchange) == ["BlindTransfer"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ActionRefused("BlindTransfer", "No such channel"), "this call has ended"),
        (ActionRefused("BlindTransfer", "Channel specified does not exist"), "this call has ended"),
        (ActionRefused("Redirect", "Redirect failed, channel not up."), "this call has ended"),
        (ActionRefused("BlindTransfer", "Transfer not permitted"), "the PBX refuses to do that"),
        (NotConnected("no connection"), "The telephone exchange is not connected"),
        (ActionTimeout("5 s"), "the PBX does not say whether that was done"),
    ],
)
async def test_the_manager_s_own_words_are_not_for_users(
    commands: Commands, exchange: Exchange, error: AmiError, said: str
) -> None:
    exchange.fails[DESK] = error
    with pytest.raises(Refused) as refused:
        await commands.blind_transfer(CALL, "101", "103")
    assert str(refused.value) == said
    assert said in FAULTS


async def test_two_who_hold_at_once_press_once(commands: Commands, exchange: Exchange) -> None:
    def held() -> None:
        exchange.parties[1] = replace(exchange.parties[1], on_hold=True)

    exchange.then = held
    await asyncio.gather(commands.hold(CALL, "101"), commands.hold(CALL, "101"))
    assert exchange.sent == [
        [("Action", "PlayDTMF"), ("Channel", DESK), ("Digit", "A"), ("Receive", "true")]
    ]


async def test_a_pbx_that_cannot_hold_is_said_to(commands: Commands, exchange: Exchange) -> None:
    with pytest.raises(Refused, match="cannot be held"):
        await commands.hold(CALL, "101")


async def test_a_held_client_is_heard_before_being_consulted_about(
    commands: Commands, exchange: Exchange
) -> None:
    exchange.parties[1] = replace(exchange.parties[1], on_hold=True)

    def goes_on() -> None:
        if len(exchange.sent) == 1:
            exchange.parties[1] = replace(exchange.parties[1], on_hold=False)
        elif len(exchange.sent) == 2:
            exchange.parties.append(a_phone("PJSIP/103-00000003", "103", rings=True))

    exchange.then = goes_on
    await commands.consult(CALL, "101", "+420608111222")
    assert names(exchange) == ["PlayDTMF", "Atxfer"]
    # There is no key for a plus; # ends the number at once.
    assert dict(exchange.sent[-1])["Exten"] == "00420608111222#"


async def test_the_line_is_of_one_consultation_alone(
    commands: Commands, exchange: Exchange
) -> None:
    """What the phone itself consults afterwards goes by its own line."""
    exchange.then = lambda: exchange.parties.append(a_phone("PJSIP/line2-00000003", None))
    await commands.consult(CALL, "101", "+420608111222", "line2")
    assert names(exchange) == ["Setvar", "Atxfer", "Setvar"]
    set_to = [dict(headers) for headers in (exchange.sent[0], exchange.sent[-1])]
    assert [(it["Variable"], it["Value"]) for it in set_to] == [
        ("__HOVORNA_LINE", "line2"),
        ("HOVORNA_LINE", ""),
    ]


async def test_who_does_not_ring_is_said(commands: Commands, exchange: Exchange) -> None:
    with pytest.raises(Refused, match="103 cannot be reached"):
        await commands.consult(CALL, "101", "103")


async def test_of_two_who_consult_at_once_the_second_is_told_so(
    commands: Commands, exchange: Exchange
) -> None:
    """The colleague rings a moment before the phone has left the client."""

    def goes_on() -> None:
        if len(exchange.parties) == 2:
            exchange.parties.append(a_phone("PJSIP/103-00000003", "103", rings=True))
        else:
            exchange.parties[0] = a_phone(DESK, "101", talks=False, with_client=False)

    exchange.then = goes_on
    first, second = await asyncio.gather(
        commands.consult(CALL, "101", "103"),
        commands.consult(CALL, "101", "104"),
        return_exceptions=True,
    )
    assert first is None
    assert str(second) == "101 speaks with a colleague already"
    assert names(exchange) == ["Atxfer"]


async def test_nobody_is_consulted_twice_and_nothing_is_completed_before(
    commands: Commands, exchange: Exchange
) -> None:
    for asked in (
        commands.complete_consult(CALL, "101"),
        commands.cancel_consult(CALL, "101"),
        commands.swap_consult(CALL, "101"),
        commands.join_consult(CALL, "101"),
    ):
        with pytest.raises(Refused, match="consults nobody"):
            await asked
    exchange.parties[0] = a_phone(DESK, "101", with_client=False, consults=True)
    for asked in (
        commands.consult(CALL, "101", "104"),
        commands.blind_transfer(CALL, "101", "104"),
        commands.invite(CALL, "101", "104"),
        commands.hold(CALL, "101"),
    ):
        with pytest.raises(Refused):
            await asked
    assert exchange.sent == []
