"""Lines that somebody types, or a program writes, become commands or a clear answer."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx_bridge.sip.commands import (
    Behaviour,
    CommandError,
    Dial,
    Digits,
    Hangup,
    Merge,
    Play,
    Register,
    Reject,
    TransferTo,
)
from pbx_bridge.sip.parsing import COMMANDS, parse_command, ref_of


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("dial 777123456", Dial(to="777123456")),
        ("dial 777123456 line1", Dial(to="777123456", account="line1")),
        ("hangup", Hangup()),
        ("hangup c2", Hangup(call="c2")),
        ("digits *103#", Digits(digits="*103#")),
        ("digits 5 c1 info", Digits(digits="5", call="c1", method="info")),
        ("reject", Reject(code=603)),
        ("reject 486 c1", Reject(code=486, call="c1")),
        ("transfer-to c1 c2", TransferTo(call="c1", other="c2")),
        ("merge", Merge()),
        ("merge c1 c2 c3", Merge(calls=("c1", "c2", "c3"))),
        ("play hello.wav", Play(file="hello.wav")),
        (
            "  register 101 pass 127.0.0.1 5070 ",
            Register(user="101", password="pass", host="127.0.0.1", port=5070),
        ),
    ],
)
def test_words(line: str, command: object) -> None:
    assert parse_command(line) == command


def test_an_object_says_what_words_cannot() -> None:
    line = json.dumps(
        {
            "do": "dial",
            "to": "+420222333444",
            "caller": "+420777123456",
            "caller_name": 'Jan "Honza" Čtvrtý',
            "withheld": True,
            "ref": 7,
        }
    )

    assert parse_command(line) == Dial(
        to="+420222333444",
        caller="+420777123456",
        caller_name='Jan "Honza" Čtvrtý',
        withheld=True,
        ref=7,
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("shout", "unknown command 'shout'"),
        ("dial", "to: Field required"),
        ("hangup c1 c2", "too many words; usage: hangup [call]"),
        ("digits 12x", "digits"),
        ("reject 200", "code"),
        ('{"do": "dial"', "not JSON"),
        ('["dial"]', "unknown command"),
        ('{"do": "dial", "to": "1", "colour": "red"}', "colour"),
        ('{"do": "dial", "to": "1\\r\\nX-Evil: 1"}', "control character"),
        ('{"do": "dial", "to": "1", "headers": {"X": "a\\nb"}}', "control character"),
        ('{"do": "dial", "to": "1", "caller_name": "a\\u0000"}', "control character"),
        ('{"do": "dial", "to": "\\ud800"}', "not valid Unicode"),
        ('{"do": "register", "user": "a b", "host": "h"}', "user"),
    ],
)
def test_what_is_wrong_is_named(line: str, message: str) -> None:
    with pytest.raises(CommandError, match=message.replace("[", r"\[").replace("]", r"\]")):
        parse_command(line)


def test_a_wrong_command_does_not_show_its_password() -> None:
    with pytest.raises(CommandError) as error:
        parse_command('{"do": "register", "user": "101", "password": "s3cret", "host": "a b"}')

    assert "s3cret" not in str(error.value)


def test_who_sent_a_wrong_command_still_gets_its_reference_back() -> None:
    assert ref_of('{"do": "nothing", "ref": 12}') == 12
    assert ref_of("hangup") is None
    assert ref_of('{"ref": "12"}') is None
    assert ref_of("[1]") is None


@given(st.text(max_size=200))
def test_no_line_at_all_does_more_than_refuse(line: str) -> None:
    with contextlib.suppress(CommandError):
        parse_command(line)


def test_every_command_can_be_named() -> None:
    assert {"register", "dial", "answer", "hold", "transfer", "merge", "quit"} <= set(COMMANDS)
    for name, command in COMMANDS.items():
        assert command.model_fields["do"].default == name


@pytest.mark.parametrize(
    ("behaviour", "seconds"),
    [
        (Behaviour(), None),
        (Behaviour(answer_after=2.5), 2.5),
        (Behaviour(rings=1), 1.0),
        (Behaviour(rings=3), 11.0),
        (Behaviour(rings=3, answer_after=0), 0),
    ],
)
def test_rings_are_five_seconds_apart(behaviour: Behaviour, seconds: float | None) -> None:
    assert behaviour.patience == seconds
