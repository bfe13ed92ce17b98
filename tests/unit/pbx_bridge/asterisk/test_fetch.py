"""Finding an Asterisk, and fetching one: with a pretended mmdebstrap and a pretended Asterisk."""

import multiprocessing
import os
import signal
import stat
from pathlib import Path

import pytest

from config.settings import Settings
from pbx_bridge.asterisk import fetch as fetching
from pbx_bridge.asterisk.errors import FetchError
from pbx_bridge.asterisk.fetch import fetch, find
from pbx_bridge.asterisk.installation import MACHINES, Machine, in_root
from pbx_bridge.asterisk.modules import REQUIRED

MACHINE = MACHINES["x86_64"]
MIRROR = "http://mirror.example/debian"


def _program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def make_root(root: Path, version: str = "22.10.1", machine: Machine = MACHINE) -> Path:
    """A root whose loader, run as a program, says what `asterisk -V` would."""
    libraries = root / "usr/lib" / machine.triplet
    _program(libraries / machine.loader, f"echo Asterisk {version}")
    modules = libraries / "asterisk/modules"
    modules.mkdir(parents=True)
    for name in REQUIRED:
        (modules / f"{name}.so").touch()
    return root


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of our own, no system Asterisk, and tools that a test may put into `tools`."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}:{os.environ['PATH']}")
    monkeypatch.setattr(fetching, "of_system", lambda: None)
    monkeypatch.setattr(fetching, "KEYRING", tmp_path / "keyring.gpg")
    monkeypatch.setattr(fetching, "this_machine", lambda: MACHINE)
    (tmp_path / "keyring.gpg").touch()
    return fetching.cache_folder()


def _pretend(tmp_path: Path, extra: str = "") -> None:
    """An mmdebstrap that copies a prepared root to where it is told, and notes its arguments."""
    if not (tmp_path / "prepared").exists():
        make_root(tmp_path / "prepared")
    _program(
        tmp_path / "tools/mmdebstrap",
        f'printf "%s\\n" "$@" >>{tmp_path}/arguments\n'
        "for word; do case $word in /*/root) root=$word;; esac; done\n"
        f'echo "I: downloading packages with apt..." >&2\n{extra}\n'
        f'cp -r {tmp_path}/prepared "$root"',
    )


def test_it_is_fetched_into_the_cache_and_found_there(tmp_path: Path, cache: Path) -> None:
    _pretend(tmp_path)
    told: list[str] = []
    found = fetch(cache, MACHINE, MIRROR, told.append)
    assert found.version == "22.10.1"
    assert [path.name for path in cache.iterdir() if path.is_dir()] == ["22.10.1-amd64"]
    assert find(Settings()) == found
    assert any("downloading" in line for line in told)
    assert told[-1].startswith("Asterisk 22.10.1 is in ")


def test_debians_own_keys_check_the_archive(tmp_path: Path, cache: Path) -> None:
    _pretend(tmp_path)
    fetch(cache, MACHINE, MIRROR, lambda _: None)
    arguments = (tmp_path / "arguments").read_text()
    assert f"deb [signed-by={tmp_path}/keyring.gpg] {MIRROR} sid main" in arguments
    assert "--mode=chrootless" in arguments


def test_the_newest_in_the_cache_is_taken_and_a_broken_one_passed_over(cache: Path) -> None:
    for version in ("22.9.0", "22.10.1", "20.11.1"):
        make_root(cache / f"{version}-amd64", version)
    (cache / "23.0.0-amd64").mkdir()
    make_root(cache / ".new-x", "24.0.0")
    found = find(Settings())
    assert found is not None
    assert found.version == "22.10.1"


def test_the_settings_root_comes_first_and_must_be_good(tmp_path: Path, cache: Path) -> None:
    make_root(cache / "22.9.0-amd64", "22.9.0")
    chosen = make_root(tmp_path / "chosen", "20.1.0")
    found = find(Settings(asterisk_root=chosen))
    assert found is not None
    assert found.version == "20.1.0"
    with pytest.raises(FetchError, match="does not run"):
        find(Settings(asterisk_root=tmp_path / "nothing"))


def test_an_old_or_incomplete_asterisk_is_told(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"16\.28\.0; 18 or newer"):
        in_root(make_root(tmp_path / "old", "16.28.0"), MACHINE)
    root = make_root(tmp_path / "incomplete")
    (root / "usr/lib/x86_64-linux-gnu/asterisk/modules/chan_pjsip.so").unlink()
    with pytest.raises(FetchError, match="lacks the modules chan_pjsip"):
        in_root(root, MACHINE)


def test_arm64_has_its_own_loader_and_library_folder(tmp_path: Path) -> None:
    root = make_root(tmp_path / "arm", machine=MACHINES["aarch64"])
    found = in_root(root, MACHINES["aarch64"])
    assert found.command[0].endswith("usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1")


def test_a_failed_fetch_says_why_and_leaves_nothing(tmp_path: Path, cache: Path) -> None:
    _pretend(tmp_path, 'echo "E: no network" >&2; exit 25')
    with pytest.raises(FetchError, match="E: no network"):
        fetch(cache, MACHINE, MIRROR, lambda _: None)
    assert [path.name for path in cache.iterdir()] == [".lock"]


def test_missing_tools_are_named(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    (tmp_path / "keyring.gpg").unlink()
    with pytest.raises(FetchError, match="apt-get install mmdebstrap debian-archive-keyring"):
        fetch(cache, MACHINE, MIRROR, lambda _: None)


def _fetch_in_child(cache: Path) -> None:
    fetch(cache, MACHINE, MIRROR, lambda _: None)


def test_two_at_once_fetch_once(tmp_path: Path, cache: Path) -> None:
    _pretend(tmp_path)
    spawn = multiprocessing.get_context("fork")
    children = [spawn.Process(target=_fetch_in_child, args=(cache,)) for _ in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join(30)
    assert [child.exitcode for child in children] == [0, 0]
    assert (tmp_path / "arguments").read_text().count("--mode=chrootless") == 1


def test_what_a_killed_fetch_left_is_removed_by_the_next(tmp_path: Path, cache: Path) -> None:
    os.mkfifo(tmp_path / "reached")
    os.mkfifo(tmp_path / "never")
    # It outlives who started it, as the real one would, but does nothing more.
    _pretend(tmp_path, f"echo here >{tmp_path}/reached; read x <{tmp_path}/never; exit 1")
    spawn = multiprocessing.get_context("fork")
    child = spawn.Process(target=_fetch_in_child, args=(cache,))
    child.start()
    assert (tmp_path / "reached").read_text() == "here\n"  # waits until it is in the middle
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join(10)
    (tmp_path / "never").write_text("\n")  # lets the pretended mmdebstrap end
    assert list(cache.glob(".new-*"))
    assert find(Settings()) is None
    _pretend(tmp_path)
    assert fetch(cache, MACHINE, MIRROR, lambda _: None).version == "22.10.1"
    assert not list(cache.glob(".new-*"))
    assert stat.S_ISDIR((cache / "22.10.1-amd64").stat().st_mode)
