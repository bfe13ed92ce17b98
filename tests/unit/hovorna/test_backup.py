import io
import os
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from config.settings import Settings
from hovorna import backup
from hovorna.cli import main
from hovorna.instance import InstanceLock
from pbx_bridge.asterisk.paths import PbxPaths


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    data = tmp_path / "data"
    (data / "recordings" / "2026").mkdir(parents=True)
    (data / "recordings" / "2026" / "1.ogg").write_bytes(b"OggS talk")
    (data / "checkpoint.json").write_text('{"position": "7:0"}')
    (data / "sample.json").write_text("{}")
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
    assert (target / "checkpoint.json").read_text() == '{"position": "7:0"}'
    assert (target / "sample.json").exists()


def test_the_checkpoint_is_older_than_the_database(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What happens between the two is read again from the PBX's history, not passed over."""
    dump = backup.dump_database

    def meanwhile(settings: Settings, scratch: Path) -> Path:
        (data / "checkpoint.json").write_text('{"position": "7:999"}')
        return dump(settings, scratch)

    monkeypatch.setattr(backup, "dump_database", meanwhile)
    assert main(["backup", str(tmp_path / "all.tar")]) == 0
    with tarfile.open(tmp_path / "all.tar") as tar:
        kept = tar.extractfile("data/checkpoint.json")
        assert kept is not None
        assert kept.read() == b'{"position": "7:0"}'


def test_a_device_is_not_replaced_by_a_file(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert main(["backup", str(tmp_path / "pipe")]) == 2
    assert "is no file" in capsys.readouterr().err
    assert (tmp_path / "pipe").is_fifo()
    assert main(["backup", str(tmp_path)]) == 2


def test_the_options_that_are_there_stay(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data / "hovorna.toml").write_text('language = "cs"')
    main(["backup", str(tmp_path / "all.tar")])
    target = tmp_path / "new"
    target.mkdir()
    (target / "hovorna.toml").write_text('language = "en"')
    monkeypatch.setenv("HOVORNA_DATA", str(target))
    assert main(["restore", str(tmp_path / "all.tar")]) == 0
    assert (target / "hovorna.toml").read_text() == 'language = "en"'
    assert (target / "hovorna.toml.restored").read_text() == 'language = "cs"'


@pytest.mark.parametrize("part", ["hovorna", "bridge", "web", "worker"])
def test_nothing_is_restored_under_a_part_that_runs(
    data: Path, tmp_path: Path, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["backup", str(tmp_path / "all.tar")])
    with InstanceLock(data, part):
        assert main(["restore", "--replace", str(tmp_path / "all.tar")]) == 2
    assert "already runs" in capsys.readouterr().err
    assert not list(data.glob("replaced-*"))


def test_nothing_is_restored_under_a_pbx_that_was_left_running(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["backup", str(tmp_path / "all.tar")])
    paths = PbxPaths(data / "pbx")
    paths.run.mkdir(parents=True)
    like_asterisk = "import sys; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", like_asterisk, str(paths.config)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as pbx:
        assert pbx.stdout is not None
        pbx.stdout.readline()
        paths.pid.write_text(f"{pbx.pid}\n")
        assert main(["restore", "--replace", str(tmp_path / "all.tar")]) == 2
        pbx.kill()
    assert "still runs" in capsys.readouterr().err
    assert not list(data.glob("replaced-*"))


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_servers_password_is_in_no_argument(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    command: str,
) -> None:
    """Every user of a machine sees the arguments of every program."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("pg_dump", "pg_restore"):
        (programs / name).write_text('#!/bin/sh\necho "$@ PW=$PGPASSWORD"; exit 1\n')
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("HOVORNA_DATABASE_URL", "postgresql+asyncpg://eva:s3%2Fcret@db:5433/hovorna")
    file = tmp_path / "all.tar"
    with tarfile.open(file, "w") as tar:
        for name, body in (
            ("manifest.json", b'{"format": 1, "database": "database.pgdump"}'),
            ("database.pgdump", b"PGDMP"),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    more = ["--replace"] if command == "restore" else []
    target = tmp_path / "new.tar" if command == "backup" else file
    assert main([command, *more, str(target)]) == 2
    told = capfd.readouterr()
    arguments, _, secret = told.out.partition(" PW=")
    assert secret.strip() == "s3/cret"
    assert "cret" not in arguments
    assert "--dbname=postgresql://eva@db:5433/hovorna" in arguments
    assert "failed" in told.err
    assert calls_in(data) == [7]
    assert not list(data.glob("replaced-*"))


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
