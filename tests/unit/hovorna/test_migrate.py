"""`hovorna migrate`: what cannot be done is told, and nothing is taken from under a running one."""

from pathlib import Path

import pytest

from crm.migrations import HEAD
from hovorna.cli import main
from hovorna.instance import InstanceLock


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOVORNA_DATA", str(tmp_path))
    monkeypatch.delenv("HOVORNA_DATABASE_URL", raising=False)
    return tmp_path


def test_there_and_back(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    assert f"from nothing to {HEAD}" in capsys.readouterr().out
    assert main(["migrate", "--to", "0001"]) == 0
    assert f"from {HEAD} to 0001" in capsys.readouterr().out
    assert main(["migrate", "--to", "base"]) == 0
    assert main(["migrate", "--to", "head"]) == 0


@pytest.mark.parametrize("target", ["9999", "v1", "", "-1", "head~1", "'; DROP TABLE"])
def test_a_revision_that_there_is_not(
    data: Path, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate", f"--to={target}"]) == 2
    assert "there are 0001, 0002" in capsys.readouterr().err


@pytest.mark.parametrize("part", ["hovorna", "web"])
def test_a_running_one_keeps_its_tables(
    data: Path, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["migrate"])
    with InstanceLock(data, part):
        assert main(["migrate"]) == 0
        assert main(["migrate", "--to", "base"]) == 2
    assert "already runs" in capsys.readouterr().err
