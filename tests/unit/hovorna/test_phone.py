"""What the arguments of `hovorna phone` and `hovorna check-line` stand for."""

import argparse
import json
from pathlib import Path

import pytest

from hovorna import check_line, phone
from hovorna.cli import CommandError
from hovorna.sip_arguments import VARIABLE, local_address, server_of
from pbx_bridge.sip.commands import Behaviour, Dial, Register
from pbx_bridge.sip.linecheck import CallFindings, LineFindings
from pbx_bridge.sip.verdict import Exit, Verdict


def _phone(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    phone.add_arguments(parser)
    return parser.parse_args(words)


def _never(prompt: str) -> str:
    raise AssertionError(f"asked: {prompt}")


def test_two_accounts_with_passwords_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    file.write_text("one\ntwo\n", encoding="utf-8")
    args = _phone(
        *("--server", "pbx:5070", "--user", "101", "--user", "102"),
        *("--password-file", str(file), "--rings", "2", "--no-auto-answer", "--dial", "777"),
    )

    commands = phone.first_commands(args, _never)

    behaviour = Behaviour(rings=2, auto_answer=False)
    assert commands == [
        Register(user="101", password="one", host="pbx", port=5070, behaviour=behaviour),
        Register(user="102", password="two", host="pbx", port=5070, behaviour=behaviour),
        Dial(to="777", account="101"),
    ]


def test_a_password_is_taken_from_the_environment_or_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    args = _phone("--server", "pbx", "--user", "101")
    monkeypatch.delenv(VARIABLE, raising=False)
    (asked,) = phone.first_commands(args, lambda prompt: prompt.upper())
    monkeypatch.setenv(VARIABLE, "given")
    (given,) = phone.first_commands(args, _never)

    assert isinstance(asked, Register)
    assert isinstance(given, Register)
    assert (asked.password, asked.port) == ("PASSWORD OF 101: ", 5060)
    assert given.password == "given"


def test_accounts_of_demo_info(tmp_path: Path) -> None:
    file = tmp_path / "info.json"
    info = {
        "sip": {"host": "127.0.0.1", "port": 5071},
        "phones": [{"extension": "101", "user": "101", "password": "a", "name": "Eva"}],
        "lines": [{"name": "line1", "number": "+420", "user": "line1", "password": "b"}],
    }
    file.write_text(json.dumps(info), encoding="utf-8")

    commands = phone.first_commands(
        _phone("--info", str(file), "--user", "101", "--user", "line1"), _never
    )

    assert [(it.user, it.password, it.port) for it in commands if isinstance(it, Register)] == [
        ("101", "a", 5071),
        ("line1", "b", 5071),
    ]
    with pytest.raises(CommandError, match="no account '109'; there are 101, line1"):
        phone.first_commands(_phone("--info", str(file), "--user", "109"), _never)


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    short = tmp_path / "short"
    short.write_text("one\n", encoding="utf-8")
    wrong = [
        (("--user", "101"), "--server"),
        (("--user", "101", "--server", "pbx:x"), "HOST or HOST:PORT"),
        (
            ("--user", "1", "--server", "p", "--password-file", str(tmp_path / "no")),
            "cannot be read",
        ),
        (
            ("--user", "1", "--user", "2", "--server", "p", "--password-file", str(short)),
            "has 1 lines",
        ),
        (("--info", str(short), "--user", "101"), "not the output of"),
        (
            (
                "--refuse",
                "200",
            ),
            "refuse",
        ),
    ]
    for words, message in wrong:
        with pytest.raises(CommandError, match=message):
            phone.first_commands(_phone(*words), _never)


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("sip.example.com", ("sip.example.com", 5060)),
        ("sip.example.com:5080", ("sip.example.com", 5080)),
        ("[::1]", ("[::1]", 5060)),
        ("[::1]:5061", ("[::1]", 5061)),
    ],
)
def test_a_server_with_and_without_port(text: str, server: tuple[str, int]) -> None:
    assert server_of(text) == server


STATS = {
    "codec": "PCMA",
    "mos": 4.41,
    "rtt_ms": None,
    "jitter_ms": 1.0,
    "loss_percent": 0.0,
}


def test_the_report_of_a_line_tells_registration_call_and_quality() -> None:
    call = CallFindings(200, "OK", True, 1500.0, 12.0, STATS, echo=True)
    findings = LineFindings(True, 200, "OK", 25.4, "10.0.0.1:5060", "203.0.113.1:5060", call)
    verdict = Verdict(Exit.WELL, ("We are behind NAT.",))

    lines = check_line.report(findings, verdict, "*43")

    assert lines == [
        "Registered in 25 ms, seen as 203.0.113.1:5060.",
        "*43 answered after 1.5 s.",
        "Codec PCMA, MOS 4.41 (ITU-T G.107), round trip not told, jitter 1.0 ms, loss 0.0 %.",
        "Our tone came back: audio flows both ways.",
        "We are behind NAT.",
        "All is well.",
    ]
    told = check_line.as_json(findings, verdict)
    assert told["behind_nat"] is True
    assert told["ok"] is True
    assert told["remarks"] == ["We are behind NAT."]


def test_a_server_that_cannot_be_found_is_said_so() -> None:
    with pytest.raises(CommandError, match=r"nowhere\.invalid cannot be found"):
        local_address("nowhere.invalid", 5060)
    assert local_address("127.0.0.1", 5060) == "127.0.0.1"
