"""Files, secrets and directories of the PBX."""

import json
import stat
from pathlib import Path

import pytest

from pbx_bridge.asterisk.errors import PbxError
from pbx_bridge.asterisk.files import write_private
from pbx_bridge.asterisk.logs import excerpt, rotate_if_large
from pbx_bridge.asterisk.paths import PbxPaths
from pbx_bridge.asterisk.reload import changed, digests, loaded_digests, remember_loaded
from pbx_bridge.asterisk.secrets import load_secrets


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_written_for_us_alone_and_only_when_changed(tmp_path: Path) -> None:
    path = tmp_path / "pjsip.conf"
    assert write_private(path, "první")
    before = path.stat()
    assert not write_private(path, "první")
    assert path.stat().st_ino == before.st_ino
    assert write_private(path, "druhý")
    assert path.read_text(encoding="utf-8") == "druhý"
    assert _mode(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "pjsip.conf"
    write_private(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_private(path, "\ud800")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "pbx" / "secrets.json"
    first = load_secrets(path)
    assert load_secrets(path) == first
    assert first.ami != first.routing
    assert len(first.ami) >= 32
    assert _mode(path) == 0o600
    assert first.ami not in repr(first)


def test_a_secret_that_is_new_in_this_version_is_added(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text('{"ami": "abc", "routing": "def"}')
    found = load_secrets(path)
    assert (found.ami, found.routing) == ("abc", "def")
    assert found.watcher
    assert load_secrets(path) == found


@pytest.mark.parametrize("text", ["", "{", "[]", '{"ami": "a\\nb"}', '{"ami": 1}'])
def test_unreadable_secrets_are_told_and_not_replaced(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(text)
    with pytest.raises(PbxError, match=r"secrets\.json"):
        load_secrets(path)
    assert path.read_text() == text


def test_the_control_socket_fits_however_long_the_path(tmp_path: Path) -> None:
    short = PbxPaths(Path("/srv/hovorna"))
    assert short.run == Path("/srv/hovorna/run")
    long = PbxPaths(tmp_path / ("x" * 120))
    assert len(str(long.socket).encode()) <= 107
    assert long.run != PbxPaths(tmp_path / ("y" * 120)).run


def test_directories_are_closed_to_others(tmp_path: Path) -> None:
    paths = PbxPaths(tmp_path / "pbx")
    paths.make()
    paths.make()
    for folder in (paths.home, paths.etc, paths.cel, paths.monitor, paths.run):
        assert _mode(folder) == 0o700


def test_a_run_directory_that_somebody_laid_as_a_link_is_refused(tmp_path: Path) -> None:
    paths = PbxPaths(tmp_path / "pbx")
    (tmp_path / "elsewhere").mkdir()
    paths.home.mkdir()
    paths.run.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError, match="another user"):
        paths.make()


def test_only_what_changed_is_loaded_and_endpoints_come_first(tmp_path: Path) -> None:
    before = digests({"pjsip.conf": "1", "extensions.conf": "1", "manager.conf": "1"})
    now = digests({"pjsip.conf": "2", "extensions.conf": "2", "manager.conf": "1"})
    assert changed(before, now) == ["pjsip.conf", "extensions.conf"]
    assert changed({}, now) == ["pjsip.conf", "extensions.conf", "manager.conf"]
    path = tmp_path / "loaded.json"
    assert loaded_digests(path) == {}
    remember_loaded(path, now)
    assert loaded_digests(path) == now
    path.write_text(json.dumps([1]))
    assert loaded_digests(path) == {}


def test_the_last_errors_of_the_pbx_are_told(tmp_path: Path) -> None:
    assert "said nothing" in excerpt(tmp_path)
    (tmp_path / "console.log").write_text("loader: cannot open\n")
    assert excerpt(tmp_path) == "loader: cannot open"
    (tmp_path / "messages.log").write_text("NOTICE fine\nERROR[1] no port\nNOTICE bye\n")
    assert excerpt(tmp_path) == "ERROR[1] no port"


def test_large_logs_are_rotated_and_old_ones_removed(tmp_path: Path) -> None:
    (tmp_path / "messages.log").write_text("small")
    for number in range(8):
        (tmp_path / f"messages.log.{number}").write_text("old")
    assert not rotate_if_large(tmp_path)
    left = sorted(path.name for path in tmp_path.glob("messages.log.*"))
    assert left == [f"messages.log.{number}" for number in range(5)]
    (tmp_path / "messages.log").write_bytes(b"x" * 10_000_001)
    assert rotate_if_large(tmp_path)
