"""What the CRM asks of the telephone, as it reaches the manager."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from pbx_bridge.ami.errors import ActionRefused, NotConnected
from pbx_bridge.ami.options import Header
from pbx_bridge.ami.protocol import Message, encode_action
from pbx_bridge.calls.callbook import Phone
from pbx_bridge.calls.events import Loss
from pbx_bridge.calls.keys import is_placed, joined_root
from pbx_bridge.commands import Commands
from pbx_bridge.directory import ExtensionEntry, LineEntry, PbxDirectory, RecordMode
from pbx_bridge.lost_talks import Conference, Waiting
from pbx_bridge.supervisions import Supervision


class Refused(Exception):
    """As the CRM's TelephonyError."""


@dataclass(frozen=True)
class Mobile:
    number: str = "+420603111222"
    line: str = "line1"
    shown: str = "+420222333444"


@dataclass(frozen=True)
class Device:
    kind: str
    port: int | None = None
    mobile: Mobile | None = None


@dataclass(frozen=True)
class Placing:
    key: str
    extension: str = "101"
    to: str = "+420777123456"
    line: str | None = "line1"
    device: Device | None = None


def a_phone(name: str, extension: str | None = None, **more: Any) -> Phone:
    """One that talks with the others."""
    plain: dict[str, Any] = {
        "uniqueid": f"1.{name[-1]}",
        "number": None if extension else "+420777123456",
        "root": "1.0",
        "rings": False,
        "talks": True,
        "with_client": extension is not None,
        "recorded": extension is None,
        "paused": False,
        "stopped": False,
        "on_hold": False,
        "consults": False,
    }
    return Phone(name=name, extension=extension, **plain | more)


class Exchange:
    """A bridge with one call, whose manager answers as told."""

    pbx_id = "main"

    def __init__(self) -> None:
        self.sent: list[list[Header]] = []
        self.fails: dict[str, Exception] = {}
        self.parties = [a_phone("PJSIP/101-00000001", "101"), a_phone("PJSIP/line1-00000000")]
        self.then: Callable[[], None] = lambda: None  # what becomes of what was asked
        self.rings = ["PJSIP/102-00000002"]
        self.becomes: str | None = ""  # of an Originate
        self.expected: list[tuple[str, str | None]] = []
        self.listening: list[Supervision] = []
        self.values: dict[str, str] = {}  # of variables that are asked for

    async def action(self, name: str, *headers: Header, key: str = "") -> Message:
        encode_action([("Action", name), *headers])
        self.sent.append([("Action", name), *headers])
        value = dict(headers).get("Channel", "")
        for failing in (name, value):
            if failing in self.fails:
                raise self.fails[failing]
        told = self.values.get(dict(headers).get("Variable", ""), "")
        return Message("", f"Response: Success\r\nValue: {told}".encode())

    def active(self) -> Sequence[str]:
        return ["main-1.0"]

    def phones(self, call: str) -> Sequence[Phone]:
        return self.parties if call == "main-1.0" else []

    def supervisions(self) -> Sequence[Supervision]:
        return self.listening

    def key_of(self, channel: str) -> str | None:
        return "main-1.0" if any(it.name == channel for it in self.parties) else None

    async def until(self, so: Callable[[], bool], seconds: float) -> bool:
        self.then()
        return so()

    def ringing(self, call: str) -> Sequence[str]:
        return self.rings if call == "main-1.0" else []

    def expect(self, key: str, root: str | None = None) -> "asyncio.Future[str]":
        self.expected.append((key, root))
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        if self.becomes is not None:
            future.set_result(self.becomes)
        return future


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


@pytest.fixture
def commands(exchange: Exchange) -> Commands:
    async def reload() -> None:
        exchange.sent.append([("Action", "reload")])

    return Commands(exchange, refused=Refused, reload=reload)


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


async def test_hanging_up_ends_everybodys_part(commands: Commands, exchange: Exchange) -> None:
    exchange.fails["PJSIP/101-00000001"] = ActionRefused("Hangup", "No such channel")
    await commands.hang_up("main-1.0")  # the first went by itself
    assert [dict(sent)["Channel"] for sent in exchange.sent] == [
        "PJSIP/101-00000001",
        "PJSIP/line1-00000000",
    ]


async def test_hanging_up_what_cannot_be_is_refused(commands: Commands, exchange: Exchange) -> None:
    with pytest.raises(Refused, match="has ended"):
        await commands.hang_up("main-unknown")
    exchange.fails["Hangup"] = ActionRefused("Hangup", "Permission denied")
    with pytest.raises(Refused, match="Permission denied"):
        await commands.hang_up("main-1.0")


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


CALL, DESK, CLIENT = "main-1.0", "PJSIP/101-00000001", "PJSIP/line1-00000000"


def _names(exchange: Exchange) -> list[str]:
    return [dict(sent)["Action"] for sent in exchange.sent]


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
    assert _names(exchange) == ["PlayDTMF", "Atxfer"]
    # There is no key for a plus; # ends the number at once.
    assert dict(exchange.sent[-1])["Exten"] == "00420608111222#"


async def test_the_line_is_of_one_consultation_alone(
    commands: Commands, exchange: Exchange
) -> None:
    """What the phone itself consults afterwards goes by its own line."""
    exchange.then = lambda: exchange.parties.append(a_phone("PJSIP/line2-00000003", None))
    await commands.consult(CALL, "101", "+420608111222", "line2")
    assert _names(exchange) == ["Setvar", "Atxfer", "Setvar"]
    set_to = [dict(headers) for headers in (exchange.sent[0], exchange.sent[-1])]
    assert [(it["Variable"], it["Value"]) for it in set_to] == [
        ("__HOVORNA_LINE", "line2"),
        ("HOVORNA_LINE", ""),
    ]


async def test_who_does_not_ring_is_said(commands: Commands, exchange: Exchange) -> None:
    with pytest.raises(Refused, match="103 cannot be reached"):
        await commands.consult(CALL, "101", "103")


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
    assert _names(exchange) == ["MixMonitorMute", "Originate"]


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
