"""The manager protocol, as bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx_bridge.ami.errors import InvalidAction, NotAsterisk
from pbx_bridge.ami.protocol import Message, Parser, encode_action

BANNER = b"Asterisk Call Manager/11.0.0\r\n"


def parse(data: bytes, **options: object) -> list[Message]:
    return Parser(**options).feed(BANNER + data)  # type: ignore[arg-type]


def test_an_event_and_a_response_are_told_apart() -> None:
    event, response = parse(
        b"Event: Hangup\r\nChannel: PJSIP/101-00000001\r\nCause: 16\r\n\r\n"
        b"Response: Error\r\nActionID: 7\r\nMessage: No such channel\r\n\r\n"
    )
    assert (event.name, event.get("Channel"), event.get("Cause")) == (
        "Hangup",
        "PJSIP/101-00000001",
        "16",
    )
    assert (response.name, response.get("ActionID"), response.succeeded) == ("", "7", False)


def test_values_keep_colons_and_may_be_empty() -> None:
    (event,) = parse(
        b"Event: NewCallerid\r\nCallerIDName: Novak: Uniqueid: 9\r\nAccountCode: \r\n\r\n"
    )
    assert event.headers == {
        "Event": "NewCallerid",
        "CallerIDName": "Novak: Uniqueid: 9",
        "AccountCode": "",
    }


def test_a_line_without_a_colon_spoils_only_itself() -> None:
    (event,) = parse(b"Event: Hold\r\nrubbish\r\nMusicClass:\r\nUniqueid: 1.2\r\n\r\n")
    assert event.headers == {"Event": "Hold", "MusicClass": "", "Uniqueid": "1.2"}


def test_a_repeated_header_has_its_first_value_and_all_of_them() -> None:
    (event,) = parse(
        b"Event: Newchannel\r\nChanVariable: A=1\r\nChanVariable: B=2\r\nUniqueid: 1.0\r\n\r\n"
    )
    assert event.get("ChanVariable") == "A=1"
    assert event.values("ChanVariable") == ["A=1", "B=2"]
    assert event.get("Uniqueid") == "1.0"


def test_what_is_not_utf8_is_replaced_not_refused() -> None:
    (event,) = parse(b"Event: Newchannel\r\nCallerIDName: Nov\xe1k\0\r\nUniqueid: 1.0\r\n\r\n")
    assert event.get("CallerIDName") == "Nov\ufffdk\ufffd"
    assert event.get("Uniqueid") == "1.0"


def test_only_wanted_events_are_delivered() -> None:
    parser = Parser(["Hangup"])
    messages = parser.feed(
        BANNER
        + b"Event: VarSet\r\nVariable: A\r\n\r\n"
        + b"Event: Hangup\r\nCause: 16\r\n\r\n"
        + b"Response: Success\r\nActionID: 1\r\n\r\n"
    )
    assert [message.name for message in messages] == ["Hangup", ""]
    assert parser.unwanted == 1


def test_list_items_are_delivered_while_a_list_is_awaited() -> None:
    parser = Parser(["Hangup"])
    item = b"Event: CoreShowChannel\r\nActionID: 5\r\nChannel: A\r\n\r\n"
    assert parser.feed(BANNER + item) == []
    parser.correlated = True
    assert [message.name for message in parser.feed(item)] == ["CoreShowChannel"]


def test_blank_lines_and_rubbish_between_messages_are_passed_over() -> None:
    parser = Parser()
    messages = parser.feed(
        BANNER
        + b"\r\n\r\n\r\nEvent: Hold\r\n\r\n\r\nnonsense\r\nmore: of it\r\n\r\nEvent: Unhold\r\n\r\n"
    )
    assert [message.name for message in messages] == ["Hold", "Unhold"]
    assert parser.malformed == 1


def test_an_event_whose_name_comes_late_is_found() -> None:
    (event,) = parse(b"Privilege: call,all\r\nEvent: Hangup\r\n\r\n", wanted=["Hangup"])
    assert event.name == "Hangup"


def test_a_truncated_message_is_pending_and_never_delivered() -> None:
    parser = Parser()
    assert parser.feed(BANNER + b"Event: Hangup\r\nChannel: PJ") == []
    assert parser.pending == len(b"Event: Hangup\r\nChannel: PJ")


def test_an_oversized_message_is_dropped_and_the_next_one_read() -> None:
    parser = Parser(limit=1000)
    huge = b"Event: VarSet\r\nValue: " + b"x" * 5000 + b"\r\n\r\n"
    messages = parser.feed(BANNER + huge + b"Event: Hangup\r\n\r\n")
    assert [message.name for message in messages] == ["Hangup"]
    assert parser.oversized == 1


def test_an_endless_message_takes_no_memory() -> None:
    parser = Parser(limit=1000)
    parser.feed(BANNER + b"Event: VarSet\r\nValue: ")
    for _ in range(1000):
        parser.feed(b"x" * 100)
        assert parser.pending <= 1003
    assert [m.name for m in parser.feed(b"\r\n\r\nEvent: Hangup\r\n\r\n")] == ["Hangup"]
    assert parser.oversized == 1


@pytest.mark.parametrize("first", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad Request\r\n"])
def test_something_else_on_the_port_is_named(first: bytes) -> None:
    with pytest.raises(NotAsterisk, match=r"SSH|HTTP"):
        Parser().feed(first)


_VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
_NAMES = st.sampled_from(["Hangup", "VarSet", "Newchannel"])
_EVENTS = st.builds(
    lambda name, values: (
        f"Event: {name}\r\n" + "".join(f"H{i}: {v}\r\n" for i, v in enumerate(values)) + "\r\n"
    ).encode(),
    _NAMES,
    st.lists(_VALUES, max_size=4),
)
_NOISE = st.sampled_from([b"\r\n", b"\r\n\r\n", b"junk\r\n\r\n", b"\xff\xfe: \r\n\r\n", b"\r"])


@given(
    st.lists(_EVENTS | _NOISE | st.just(b"Event: VarSet\r\nV: " + b"y" * 90 + b"\r\n\r\n")),
    st.lists(st.integers(1, 40), min_size=1),
)
def test_the_borders_of_chunks_change_nothing(parts: list[bytes], sizes: list[int]) -> None:
    stream = BANNER + b"".join(parts)
    whole, cut = Parser(["Hangup", "VarSet"], limit=80), Parser(["Hangup", "VarSet"], limit=80)
    expected = whole.feed(stream)
    got: list[Message] = []
    place = turn = 0
    while place < len(stream):
        size = sizes[turn % len(sizes)]
        got += cut.feed(stream[place : place + size])
        place, turn = place + size, turn + 1
    assert [m.headers for m in got] == [m.headers for m in expected]
    assert (cut.unwanted, cut.malformed, cut.oversized) == (
        whole.unwanted,
        whole.malformed,
        whole.oversized,
    )


def test_an_action_is_written_in_order_with_repeated_headers() -> None:
    data = encode_action(
        [("Action", "Originate"), ("Variable", "A=1"), ("Variable", "B=Žluťoučký")]
    )
    assert data.decode() == "Action: Originate\r\nVariable: A=1\r\nVariable: B=Žluťoučký\r\n\r\n"


@pytest.mark.parametrize(
    "value",
    [
        "a\r\nAction: Command",
        "a\nb",
        "a\rb",
        "a\0b",
        "\x1b[0m",
        "a\x85b",
        "a\u2028b",
        "\x7f",
        "\ud800",
    ],
)
def test_a_control_character_is_refused_in_a_value(value: str) -> None:
    with pytest.raises(InvalidAction, match="CallerID"):
        encode_action([("Action", "Originate"), ("CallerID", value)])


@pytest.mark.parametrize("name", ["", "A B", "A:", "A\r\nB", "Čau", "-A"])
def test_only_a_header_name_is_one(name: str) -> None:
    with pytest.raises(InvalidAction):
        encode_action([("Action", "Ping"), (name, "x")])


def test_what_asterisk_would_drop_unread_is_refused() -> None:
    with pytest.raises(InvalidAction, match="1023"):
        encode_action([("Action", "Originate"), ("Variable", "A=" + "ř" * 600)])
    with pytest.raises(InvalidAction, match="headers"):
        encode_action([("Action", "Originate"), *[("Variable", "A=1")] * 200])
    with pytest.raises(InvalidAction, match="Action"):
        encode_action([("Variable", "A=1")])
