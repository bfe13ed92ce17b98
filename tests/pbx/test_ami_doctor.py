"""The doctor at a real Asterisk."""

import asyncio
import json
from pathlib import Path

import pytest

from hovorna.cli import main
from tests.pbx.harness import RunningPbx

pytestmark = pytest.mark.pbx


async def test_the_bundled_pbx_is_ready(
    pbx: RunningPbx, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOVORNA_DATA", str(pbx.settings.data))
    monkeypatch.setenv("HOVORNA_AMI_PORT", str(pbx.ami.port))
    code = await asyncio.to_thread(main, ["doctor", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert [it["what"] for it in told["findings"] if it["grade"] == "bad"] == []
    assert code == 0
    good = " ".join(it["what"] for it in told["findings"] if it["grade"] == "good")
    for part in ("lets 'hovorna' in", "Asterisk ", "app_mixmonitor", "func_curl", "codec_alaw"):
        assert part in good


async def test_the_same_pbx_as_a_stranger_sees_it(
    pbx: RunningPbx,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HOVORNA_DATA", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("HOVORNA_AMI_SECRET", "guessed")
    where = ["--host", pbx.ami.host, "--port", str(pbx.ami.port)]
    assert await asyncio.to_thread(main, ["doctor", *where]) == 1
    said = capsys.readouterr().out
    assert "refuses the manager user 'hovorna'" in said
    assert "NOT ready" in said
