"""Who is called into a talk, put out of it, or muted in it."""

from typing import Any

import pytest

from pbx_bridge.ami.errors import ActionRefused
from pbx_bridge.calls.callbook import Phone
from pbx_bridge.calls.keys import joined_root, joining_root
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


_DESK = "103/sip:103@192.0.2.7:5060;line=x"
_BROWSER = "103-web/sip:103-web@127.0.0.1:40001;transport=ws"


async def test_a_colleague_is_called_at_every_device(
    commands: Commands, exchange: Exchange
) -> None:
    exchange.values["PJSIP_DIAL_CONTACTS(103)"] = f"PJSIP/{_DESK}&PJSIP/103/sip:103@192.0.2.8"
    exchange.values["PJSIP_DIAL_CONTACTS(103-web)"] = f"PJSIP/{_BROWSER}"
    await commands.invite(CALL, "101", "103")
    calls = [sent for sent in exchange.sent if dict(sent)["Action"] == "Originate"]
    called = [dict(sent)["Channel"] for sent in calls]
    assert called == [f"PJSIP/{_DESK}", "PJSIP/103/sip:103@192.0.2.8", f"PJSIP/{_BROWSER}"]
    invitations = {value for sent in calls for _, value in sent if "HOVORNA_INVITATION=" in value}
    assert len(invitations) == 1
    roots = [dict(sent)["ChannelId"] for sent in calls]
    assert len(set(roots)) == 3
    assert [joined_root(root) for root in roots] == [("1.0", None)] * 3
    assert [("X-Call" in str(sent)) for sent in calls] == [False, False, True]


async def test_one_device_that_rings_is_enough(commands: Commands, exchange: Exchange) -> None:
    exchange.values["PJSIP_DIAL_CONTACTS(103)"] = f"PJSIP/{_DESK}"
    exchange.values["PJSIP_DIAL_CONTACTS(103-web)"] = f"PJSIP/{_BROWSER}"
    exchange.fails[f"PJSIP/{_DESK}"] = ActionRefused("Originate", "Extension does not exist.")
    await commands.invite(CALL, "101", "103")
    exchange.fails[f"PJSIP/{_BROWSER}"] = exchange.fails[f"PJSIP/{_DESK}"]
    with pytest.raises(Refused, match="the PBX refuses"):
        await commands.invite(CALL, "101", "103")
    exchange.fails.clear()
    exchange.becomes = "5"
    with pytest.raises(Refused, match="the phone 103 is busy"):
        await commands.invite(CALL, "101", "103")


async def test_who_is_registered_nowhere_is_told_of(commands: Commands, exchange: Exchange) -> None:
    with pytest.raises(Refused, match="the phone 103 is not registered"):
        await commands.invite(CALL, "101", "103")
    assert {dict(sent)["Action"] for sent in exchange.sent} == {"Getvar"}


async def test_the_first_that_answers_stops_the_others(
    commands: Commands, exchange: Exchange
) -> None:
    def called(name: str, extension: str, **more: Any) -> Phone:
        root = joining_root(f"a{name[-1]}", "1.0")
        return a_phone(name, extension, uniqueid=root, talks=False, **more)

    exchange.parties += [
        called("PJSIP/103-00000003", "103"),
        called("PJSIP/103-web-00000004", "103", rings=True),
        called("PJSIP/104-00000005", "104", rings=True),
        a_phone("PJSIP/103-00000006", "103", rings=True, talks=False),  # of a group, for example
    ]
    await commands.came_in("PJSIP/103-00000003")
    assert [sent[1:] for sent in exchange.sent] == [
        [("Channel", "PJSIP/103-web-00000004"), ("Cause", "26")]
    ]
    exchange.sent.clear()
    await commands.came_in("PJSIP/103-00000099")  # has gone again
    assert exchange.sent == []


async def test_who_rings_at_two_devices_is_dropped_at_both(
    commands: Commands, exchange: Exchange
) -> None:
    exchange.parties += [
        a_phone("PJSIP/103-00000003", "103", rings=True, talks=False),
        a_phone("PJSIP/103-web-00000004", "103", rings=True, talks=False),
        a_phone("PJSIP/104-00000005", "104", rings=True, talks=False),
    ]
    await commands.drop(CALL, "103")
    hung_up = [dict(sent)["Channel"] for sent in exchange.sent]
    assert hung_up == ["PJSIP/103-00000003", "PJSIP/103-web-00000004"]


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
