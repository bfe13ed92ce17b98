"""`hovorna doctor` at an existing PBX."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hovorna.cli import main
from tests.unit.pbx_bridge.ami.fake_manager import SECRET, FakeManager, error, success

WRITES = {"Originate", "Command", "Reload", "Setvar", "UpdateConfig", "Hangup", "DBPut"}


@pytest.fixture
async def manager() -> AsyncIterator[FakeManager]:
    commands = dict.fromkeys(("Originate", "BlindTransfer", "CoreShowChannels"), "(Priv: ...)")
    async with FakeManager() as manager:
        manager.answers["ListCommands"] = lambda headers: [success(**commands)]
        manager.answers["Getvar"] = lambda headers: [success(Value="1")]
        yield manager


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOVORNA_DATA", str(tmp_path / "var"))
    monkeypatch.setenv("HOVORNA_AMI_SECRET", SECRET)
    (tmp_path / "monitor").mkdir()
    (tmp_path / "cel.jsonl").write_text(
        '{"eventtype":"CHAN_START","eventtime":"1795439141.914704","uniqueid":"1.0"}\n',
        encoding="utf-8",
    )
    return tmp_path


async def doctor(manager: FakeManager, folder: Path, *more: str) -> int:
    arguments = ["doctor", "--host", "127.0.0.1", "--port", str(manager.port)]
    arguments += ["--recordings", str(folder / "monitor")]
    arguments += ["--cel", f"jsonl:{folder / 'cel.jsonl'}", "--timeout", "1", *more]
    return await asyncio.to_thread(main, arguments)


async def test_a_pbx_that_is_ready(
    manager: FakeManager, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await doctor(manager, folder) == 0
    said = capsys.readouterr().out
    assert f"127.0.0.1:{manager.port} is ready to be connected." in said
    for part in ("rights", "Asterisk 22.10.1", "app_mixmonitor", "CEL", "clock", "recordings"):
        assert part in said


async def test_it_only_looks(manager: FakeManager, folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    await doctor(manager, folder)
    assert {dict(action)["Action"] for action in manager.actions} == {
        "Challenge", "Login", "ListCommands", "CoreSettings", "Getvar", "Ping", "Logoff",
    }  # fmt: skip
    assert not any(dict(action)["Action"] in WRITES for action in manager.actions)
    assert sorted(folder.rglob("*")) == before


async def test_a_pbx_that_is_not_ready_is_told_what_to_paste(
    manager: FakeManager, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manager.answers["ListCommands"] = lambda headers: [success(Command="(Priv: command)")]
    manager.answers["CoreSettings"] = lambda headers: [success(AsteriskVersion="16.28.0")]
    (folder / "monitor").rmdir()
    assert await doctor(manager, folder) == 1
    said = capsys.readouterr().out
    assert "NO write=originate is missing" in said
    assert "NO write=command is too much" in said
    assert "     | write = call,originate,reporting" in said
    assert "NO Asterisk 16.28.0 is too old" in said
    assert "monitor is not there" in said
    assert "is NOT ready" in said


async def test_a_wrong_secret_is_told_how_to_make_a_user(
    manager: FakeManager,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HOVORNA_AMI_SECRET", "not that one")
    assert await doctor(manager, folder) == 1
    said = capsys.readouterr().out
    assert "refuses the manager user 'hovorna'" in said
    assert "     | permit = 127.0.0.1/255.255.255.255" in said
    assert "not that one" not in said


async def test_findings_as_json(
    manager: FakeManager, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manager.answers["CoreSettings"] = lambda headers: [error("Permission denied")]
    assert await doctor(manager, folder, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ready"] is True
    assert {it["grade"] for it in told["findings"]} == {"good", "doubtful"}


async def test_cel_that_cannot_be_read(
    manager: FakeManager, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await doctor(manager, folder, "--cel", f"jsonl:{folder / 'gone' / 'cel.jsonl'}") == 1
    assert "CEL cannot be read" in capsys.readouterr().out
    assert await doctor(manager, folder, "--cel", "nonsense") == 1
    assert "HOVORNA_CEL_SOURCE" in capsys.readouterr().out


def test_without_a_pbx_to_look_at(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 2
    assert "give --host" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [
        *(["--timeout", it] for it in ("-3", "0", "nan", "inf", "soon", "1e9")),
        *(["--port", it] for it in ("0", "99999", "-1", "ami", "１２")),
    ],
)
def test_an_argument_that_cannot_be_is_told(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--host", "127.0.0.1", *wrong])
    assert ended.value.code == 2
    assert f"argument {wrong[0]}" in capsys.readouterr().err


def test_nothing_is_asked_without_a_secret(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOVORNA_AMI_SECRET", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["doctor", "--host", "127.0.0.1", "--port", "1"]) == 2
    assert "HOVORNA_AMI_SECRET" in capsys.readouterr().err
