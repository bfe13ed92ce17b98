"""What the phone reads in SIP messages, and what it writes into them."""

import pytest

from pbx_bridge.sip.message import (
    Identity,
    address,
    answers_itself,
    asserted,
    cause_of,
    headers_of,
    identity,
    name_addr,
    port_of,
    request_uri,
    seen_as,
    sent_by,
    user_of,
)

INVITE = (
    "INVITE sip:777123456@127.0.0.1:40123;ob SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bK1\r\n"
    'f: "Eva Malá" <sip:101@127.0.0.1>;tag=1\r\n'
    "To: <sip:777123456@127.0.0.1;ob>\r\n"
    "Call-Info: <sip:hovorna.invalid>\r\n"
    " ;answer-after=0\r\n"
    "\r\n"
    "v=0\r\nFrom: not a header\r\n"
)


def test_headers_by_long_name_with_folded_lines_joined() -> None:
    headers = headers_of(INVITE)

    assert headers["from"] == ['"Eva Malá" <sip:101@127.0.0.1>;tag=1']
    assert headers["call-info"] == ["<sip:hovorna.invalid> ;answer-after=0"]


def test_a_request_names_what_was_dialled_and_on_which_of_our_ports() -> None:
    uri = request_uri(INVITE)

    assert user_of(uri) == "777123456"
    assert port_of(uri) == 40123
    assert request_uri("SIP/2.0 200 OK\r\n\r\n") == ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"Jan \\"X\\" Ý" <sip:+420777@h>;tag=1', Identity("+420777", 'Jan "X" Ý')),
        ("<sip:101@h>", Identity("101", None)),
        ("Jan Novák <sip:101@h>", Identity("101", "Jan Novák")),
        ("sip:101@h;tag=3", Identity("101", None)),
        ('"Anonymous" <sip:anonymous@anonymous.invalid>', Identity(None, "Anonymous")),
        ("<sip:h>", Identity("h", None)),
        ("<sip:%2A43@h>", Identity("*43", None)),
        ("<tel:+420777123456>", Identity("+420777123456", None)),
        ("", Identity(None, None)),
    ],
)
def test_who_a_header_names(value: str, expected: Identity) -> None:
    assert identity(value) == expected


@pytest.mark.parametrize(
    ("header", "value", "answers"),
    [
        ("call-info", "<sip:h>;answer-after=0", True),
        ("alert-info", "<http://h>;info=alert-autoanswer;delay=0", True),
        ("alert-info", "info=ring-answer", True),
        ("answer-mode", "Auto", True),
        ("answer-mode", "Manual", False),
        ("alert-info", "<http://h/ring.wav>", False),
        ("call-info", "<http://h/photo.png>;purpose=icon", False),
    ],
)
def test_whether_the_caller_asks_for_an_answer_at_once(
    header: str, value: str, answers: bool
) -> None:
    assert answers_itself({header: [value]}) is answers


def test_the_cause_in_a_reason_header() -> None:
    assert cause_of({"reason": ['SIP;cause=200;text="Call completed elsewhere"']}) is None
    assert cause_of({"reason": ["SIP;cause=200", 'Q.850;cause=16;text="Normal"']}) == 16


def test_the_registrar_tells_how_it_sees_us() -> None:
    behind = {"via": ["SIP/2.0/UDP 10.0.0.5:5070;rport=61000;received=203.0.113.7;branch=z"]}
    plain = {"via": ["SIP/2.0/UDP 203.0.113.7;branch=z"]}

    assert (sent_by(behind), seen_as(behind)) == ("10.0.0.5:5070", "203.0.113.7:61000")
    assert (sent_by(plain), seen_as(plain)) == ("203.0.113.7:5060", "203.0.113.7:5060")
    assert seen_as({}) is None


@pytest.mark.parametrize(
    ("to", "uri"),
    [
        ("777123456", "sip:777123456@pbx:5060"),
        ("+420777123456", "sip:+420777123456@pbx:5060"),
        ("*103#", "sip:*103%23@pbx:5060"),
        ("a b@evil>", "sip:a%20b%40evil%3E@pbx:5060"),
        ("sip:echo@example.com;x=1", "sip:echo@example.com;x=1"),
        ("sip:a@b> \r\nX: y", "sip:a@b%3E%20%0D%0AX:%20y"),
    ],
)
def test_what_is_dialled_cannot_leave_its_place_in_the_address(to: str, uri: str) -> None:
    assert address(to, "pbx", 5060) == uri


def test_a_provider_says_who_calls_and_whether_to_show_it() -> None:
    told = asserted("+420777123456", 'Jan "X"', "h", withheld=True)

    assert told == {
        "P-Asserted-Identity": '"Jan \\"X\\"" <sip:+420777123456@h>',
        "Privacy": "id",
    }
    assert asserted(None, None, "h", withheld=False) == {}
    assert name_addr(None, "sip:1@h") == "<sip:1@h>"
