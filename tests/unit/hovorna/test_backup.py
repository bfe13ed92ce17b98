import io
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from hovorna.cli import main


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    data = tmp_path / "data"
    (data / "recordings" / "2026").mkdir(parents=True)
    (data / "recordings" / "2026" / "1.ogg").write_bytes(b"OggS talk")
    (data / "announcements").mkdir()
    (data / "announcements" / "00ff.wav").write_bytes(b"RIFF hello")
    (data / "pbx" / "log" / "cel-custom").mkdir(parents=True)
    (data / "pbx" / "log" / "cel-custom" / "cel.jsonl").write_text("{}\n")
    with closing(sqlite3.connect(data / "hovorna.db")) as database, database:
        database.execute("create table calls (id integer)")
        database.execute("insert into calls values (7)")
    monkeypatch.setenv("HOVORNA_DATA", str(data))
    monkeypatch.delenv("HOVORNA_DATABASE_URL", raising=False)
    return data


def calls_in(data: Path) -> list[int]:
    with closing(sqlite3.connect(data / "hovorna.db")) as database:
        return [row[0] for row in database.execute("select id from calls")]


def test_what_was_saved_comes_back(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "all.tar"
    assert main(["backup", str(file)]) == 0
    assert file.stat().st_mode & 0o077 == 0
    target = tmp_path / "new"
    monkeypatch.setenv("HOVORNA_DATA", str(target))
    assert main(["restore", str(file)]) == 0
    assert calls_in(target) == [7]
    assert (target / "recordings" / "2026" / "1.ogg").read_bytes() == b"OggS talk"
    assert (target / "announcements" / "00ff.wav").read_bytes() == b"RIFF hello"
    assert (target / "pbx" / "log" / "cel-custom" / "cel.jsonl").read_text() == "{}\n"


def test_an_installation_is_not_overwritten_unasked(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "all.tar"
    main(["backup", str(file)])
    with closing(sqlite3.connect(data / "hovorna.db")) as database, database:
        database.execute("insert into calls values (8)")
    assert main(["restore", str(file)]) == 2
    assert "--replace" in capsys.readouterr().err
    assert calls_in(data) == [7, 8]


def test_replaced_is_moved_aside(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.tar"
    main(["backup", str(file)])
    with closing(sqlite3.connect(data / "hovorna.db")) as database, database:
        database.execute("insert into calls values (8)")
    assert main(["restore", "--replace", str(file)]) == 0
    assert calls_in(data) == [7]
    (aside,) = data.glob("replaced-*")
    assert calls_in(aside) == [7, 8]


@pytest.mark.parametrize("damage", ["cut", "not a tar", "foreign"])
def test_a_bad_file_changes_nothing(
    data: Path, tmp_path: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "all.tar"
    main(["backup", str(file)])
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:2048])
    elif damage == "not a tar":
        file.write_bytes(b"\x00hello" * 500)
    else:
        with tarfile.open(file, "w") as tar:
            info = tarfile.TarInfo("manifest.json")
            body = b'{"format": 99}'
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    assert main(["restore", "--replace", str(file)]) == 2
    assert str(file) in capsys.readouterr().err
    assert calls_in(data) == [7]
    assert not list(data.glob("replaced-*"))


def test_a_path_that_leaves_the_directory_is_refused(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "evil.tar"
    with tarfile.open(file, "w") as tar:
        info = tarfile.TarInfo("../escaped")
        info.size = 1
        tar.addfile(info, io.BytesIO(b"x"))
    assert main(["restore", "--replace", str(file)]) == 2
    assert not (data / "escaped").exists()


def test_nothing_to_save_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOVORNA_DATA", str(tmp_path))
    assert main(["backup", str(tmp_path / "all.tar")]) == 2
    assert "nothing to back up" in capsys.readouterr().err
    assert not (tmp_path / "all.tar").exists()
