"""Calls that are placed: what rings, and what must not be sent."""

import pytest

from pbx_bridge.calls.keys import is_placed
from pbx_bridge.commands import Commands
from tests.unit.pbx_bridge.commands.exchange import Device, Exchange, Mobile, Placing, Refused


async def test_a_placed_call_has_the_key_that_was_given(
    commands: Commands, exchange: Exchange
) -> None:
    key = commands.new_call_key()
    assert key != commands.new_call_key()
    await commands.place(Placing(key))
    (sent,) = exchange.sent
    root = dict(sent)["ChannelId"]
    assert key == f"main-{root}"
    assert is_placed(root)
    assert exchange.expected[0][1] == root


async def test_the_desk_phone_rings_first_and_answers_by_itself(
    commands: Commands, exchange: Exchange
) -> None:
    await commands.place(Placing(commands.new_call_key()))
    (sent,) = exchange.sent
    values = dict(sent)
    assert (values["Action"], values["Channel"]) == ("Originate", "PJSIP/101")
    assert (values["Context"], values["Exten"]) == ("click-to-call", "s")
    assert "Application" not in values
    variables = [value for name, value in sent if name == "Variable"]
    assert "HOVORNA_TO=+420777123456" in variables
    assert "HOVORNA_LINE=line1" in variables
    assert any("answer-after=0" in value for value in variables)


async def test_the_line_may_be_left_to_the_pbx(commands: Commands, exchange: Exchange) -> None:
    await commands.place(Placing(commands.new_call_key(), line=None))
    assert not any("HOVORNA_LINE" in value for _, value in exchange.sent[0])


@pytest.mark.parametrize(
    ("reason", "said"),
    [("0", "not registered"), ("5", "busy"), ("3", "did not answer"), ("99", "cannot be called")],
)
async def test_a_phone_that_cannot_be_called_is_said_to(
    commands: Commands, exchange: Exchange, reason: str, said: str
) -> None:
    exchange.becomes = reason
    with pytest.raises(Refused, match=f"101 .*{said}"):
        await commands.place(Placing(commands.new_call_key()))
    with pytest.raises(Refused, match=f"103 .*{said}"):
        await commands.pick_up("main-1.0", "103")


@pytest.mark.parametrize(
    ("device", "rings"),
    [
        (Device("desk"), "PJSIP/101"),
        (Device("browser"), "PJSIP/101-web"),
        (Device("browser", 4711), "PJSIP/101-web/sip:101-web@127.0.0.1:4711;transport=ws"),
    ],
)
async def test_the_chosen_device_rings(
    commands: Commands, exchange: Exchange, device: Device, rings: str
) -> None:
    key = commands.new_call_key()
    await commands.place(Placing(key, device=device))
    assert dict(exchange.sent[0])["Channel"] == rings
    told = ("Variable", f"PJSIP_HEADER(add,X-Call)={key}") in exchange.sent[0]
    assert told == (device.kind == "browser")


async def test_a_mobile_is_called_by_its_line_and_must_confirm(
    commands: Commands, exchange: Exchange
) -> None:
    await commands.place(Placing(commands.new_call_key(), device=Device("mobile", mobile=Mobile())))
    (sent,) = exchange.sent
    values = dict(sent)
    assert values["Channel"] == "PJSIP/+420603111222@101-mobile-line1"
    assert values["Context"] == "mobile"
    assert values["CallerID"] == '"+420222333444" <+420222333444>'
    variables = [value for name, value in sent if name == "Variable"]
    assert variables == ["HOVORNA_TO=+420777123456", "HOVORNA_LINE=line1"]


@pytest.mark.parametrize(
    ("reason", "said"), [("5", "busy"), ("3", "did not answer"), ("0", "cannot be called")]
)
async def test_a_mobile_that_cannot_be_called_is_said_to(
    commands: Commands, exchange: Exchange, reason: str, said: str
) -> None:
    exchange.becomes = reason
    with pytest.raises(Refused, match=f"the mobile of 101 .*{said}"):
        await commands.place(
            Placing(commands.new_call_key(), device=Device("mobile", mobile=Mobile()))
        )


async def test_without_a_desk_phone_the_browser_rings(
    commands: Commands, exchange: Exchange
) -> None:
    exchange.becomes = "0"
    with pytest.raises(Refused, match="101 is not registered"):
        await commands.pick_up("main-1.0", "101")
    assert [dict(sent)["Channel"] for sent in exchange.sent] == ["PJSIP/101", "PJSIP/101-web"]
    exchange.becomes = "5"
    exchange.sent.clear()
    with pytest.raises(Refused, match="busy"):
        await commands.pick_up("main-1.0", "101")
    assert len(exchange.sent) == 1


async def test_a_pbx_that_says_nothing_is_not_believed(
    commands: Commands, exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pbx_bridge.commands.placing._ACCEPT_SECONDS", 0.01)
    exchange.becomes = None
    with pytest.raises(Refused, match="does not say"):
        await commands.place(Placing(commands.new_call_key()))


@pytest.mark.parametrize(
    "placing",
    [
        Placing("main-x", extension="101&PJSIP/line1"),
        Placing("main-x", extension=""),
        Placing("main-x", extension="١٠١"),
        Placing("main-x", to="777)System(rm"),
        Placing("main-x", to="777,HOVORNA_LINE=other"),
        Placing("main-x", to=""),
        Placing("main-x", to="7" * 40),
        Placing("main-x", line="line1,X=1"),
        Placing("main-x", line="line1\r\nApplication: System"),
        Placing("main-x,y"),
        Placing("main-x", device=Device("toaster")),
        Placing("main-x", device=Device("browser", 70000)),
        Placing("main-x", device=Device("desk", 1)),
        Placing("main-x", device=Device("mobile")),
        Placing("main-x", device=Device("mobile", mobile=Mobile(number="603111222"))),
        Placing("main-x", device=Device("mobile", mobile=Mobile(number="+420603111222@line2/"))),
        Placing("main-x", device=Device("mobile", mobile=Mobile(line="line1/sip:1@evil"))),
        Placing("main-x", device=Device("mobile", mobile=Mobile(shown='"\r\nExten: 1'))),
        Placing("main-x\r\nApplication: System"),
    ],
)
async def test_nothing_is_sent_of_what_could_mean_something_else(
    commands: Commands, exchange: Exchange, placing: Placing
) -> None:
    with pytest.raises(Refused):
        await commands.place(placing)
    assert exchange.sent == []


async def test_a_pickup_names_the_channel_that_rings(
    commands: Commands, exchange: Exchange
) -> None:
    await commands.pick_up("main-1.0", "103")
    (sent,) = exchange.sent
    assert ("Channel", "PJSIP/103") in sent
    assert ("Context", "pickup") in sent
    assert ("Variable", "HOVORNA_PICKUP=PJSIP/102-00000002") in sent
    assert "ChannelId" not in dict(sent)
    exchange.rings = []
    with pytest.raises(Refused, match="nothing rings"):
        await commands.pick_up("main-1.0", "103")
