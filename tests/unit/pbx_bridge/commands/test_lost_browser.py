"""A browser that goes in the middle of a talk, and comes back to it."""

from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from pbx_bridge.ami.errors import ActionRefused, NotConnected
from pbx_bridge.calls.events import Loss
from pbx_bridge.calls.keys import joined_root
from pbx_bridge.commands import Commands
from pbx_bridge.lost_talks import Conference, Waiting
from tests.unit.pbx_bridge.commands.exchange import Exchange, a_phone


def _in_the_browser(exchange: Exchange, **more: Any) -> None:
    exchange.parties[0] = a_phone("PJSIP/101-web-00000001", "101", **more)
    uri = "sip:101-web@127.0.0.1:4711;transport=ws"
    exchange.values["CHANNEL(pjsip,target_uri)"] = uri


def _asked(exchange: Exchange) -> list[str]:
    return [sent[0][1] for sent in exchange.sent if sent[0][1] != "Getvar"]


async def test_who_spoke_with_a_browser_that_went_waits_for_it(
    commands: Commands, exchange: Exchange
) -> None:
    _in_the_browser(exchange)
    assert await commands.lose_browser("101", 4711) == [Waiting("PJSIP/line1-00000000")]
    assert exchange.sent[-1] == [
        ("Action", "BlindTransfer"),
        ("Channel", "PJSIP/101-web-00000001"),
        ("Context", "waiting"),
        ("Exten", "101"),
    ]
    await commands.lose_browser("101", 4711, Loss.NETWORK)
    assert exchange.sent[-1][2] == ("Context", "waiting-network")
    await commands.give_back([Waiting("PJSIP/line1-00000000")], 4712)
    assert exchange.sent[-1] == [
        ("Action", "Setvar"),
        ("Channel", "PJSIP/line1-00000000"),
        ("Variable", "HOVORNA_BACK"),
        ("Value", "4712"),
    ]


async def test_another_browser_and_the_desk_phone_go_on(
    commands: Commands, exchange: Exchange
) -> None:
    assert await commands.lose_browser("101", 4711) == []  # the desk phone talks
    _in_the_browser(exchange)
    assert await commands.lose_browser("101", 471) == []
    assert await commands.lose_browser("102", 4711) == []
    _in_the_browser(exchange, rings=True)
    assert await commands.lose_browser("101", 4711) == []
    assert _asked(exchange) == []


async def test_a_conference_goes_on_without_the_browser_that_went_and_calls_it_in_again(
    commands: Commands, exchange: Exchange
) -> None:
    _in_the_browser(exchange)
    exchange.parties.append(a_phone("PJSIP/102-00000002", "102"))
    talks = await commands.lose_browser("101", 4711)
    assert talks == [Conference("main-1.0", "101")]
    assert _asked(exchange) == ["Hangup"]
    browser = exchange.parties.pop(0)
    await commands.give_back(talks, 4712)
    asked = exchange.sent[-1]
    assert dict(asked)["Channel"] == "PJSIP/101-web/sip:101-web@127.0.0.1:4712;transport=ws"
    assert ("Variable", "HOVORNA_JOIN=PJSIP/line1-00000000") in asked
    assert any("answer-after=0" in value for _, value in asked)
    assert joined_root(dict(asked)["ChannelId"]) == ("1.0", None)
    exchange.sent.clear()
    exchange.parties.append(replace(browser, name="PJSIP/101-00000009"))  # took the desk phone
    await commands.give_back(talks, 4713)
    exchange.parties.clear()  # all have gone
    await commands.give_back(talks, 4713)
    assert exchange.sent == []


async def test_who_went_while_the_browser_was_away_is_not_missed(
    commands: Commands, exchange: Exchange
) -> None:
    _in_the_browser(exchange)
    exchange.fails["Setvar"] = ActionRefused("Setvar", "No such channel")
    await commands.give_back([Waiting("PJSIP/line1-00000000")], 4712)
    exchange.fails["Getvar"] = ActionRefused("Getvar", "No such channel")
    assert await commands.lose_browser("101", 4711) == []


async def test_a_call_that_ends_meanwhile_takes_no_other_with_it(
    commands: Commands, exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One ends while it is asked by which way its phone was called; the other goes on."""
    _in_the_browser(exchange)
    ends = iter([exchange.parties])
    phones = exchange.phones
    monkeypatch.setattr(exchange, "active", lambda: ["main-2.0", "main-1.0"])
    monkeypatch.setattr(
        exchange, "phones", lambda it: next(ends, []) if it == "main-2.0" else phones(it)
    )
    assert await commands.lose_browser("101", 4711) == [Waiting("PJSIP/line1-00000000")]


async def test_what_fails_with_one_talk_is_logged_and_hurts_no_other(
    commands: Commands, exchange: Exchange
) -> None:
    _in_the_browser(exchange)
    exchange.parties.append(a_phone("PJSIP/102-00000002", "102"))
    talks = await commands.lose_browser("101", 4711)
    exchange.parties.pop(0)
    exchange.becomes = "3"  # its browser does not answer
    with capture_logs() as logs:
        await commands.give_back([*talks, Waiting("PJSIP/line1-00000009")], 4712)
    assert exchange.sent[-1][1] == ("Channel", "PJSIP/line1-00000009")
    assert [it["event"] for it in logs] == ["talk_not_given_back"]
    exchange.fails["Setvar"] = NotConnected("of the test")
    with capture_logs() as logs:
        await commands.give_back([Waiting("PJSIP/line1-00000009")], 4712)
    assert [it["event"] for it in logs] == ["browser_action_failed"]
