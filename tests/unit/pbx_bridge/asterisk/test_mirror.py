"""Which Debian archive the machine uses."""

from pathlib import Path

import pytest

from pbx_bridge.asterisk.mirror import DEFAULT, debian_mirror


@pytest.fixture
def apt(tmp_path: Path) -> Path:
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def test_without_sources_it_is_debians_own(apt: Path) -> None:
    assert debian_mirror(apt) == DEFAULT
    assert debian_mirror(apt / "nowhere") == DEFAULT


def test_one_line_sources(apt: Path) -> None:
    (apt / "sources.list").write_text(
        "# deb http://commented.example/debian sid main\n"
        "deb-src http://source.example/debian bookworm main\n"
        "deb [arch=amd64 signed-by=/x.gpg] https://mirror.example/debian/ bookworm main\n"
    )
    assert debian_mirror(apt) == "https://mirror.example/debian"


def test_deb822_sources(apt: Path) -> None:
    (apt / "sources.list.d" / "debian.sources").write_text(
        "Types: deb\n# a comment\nURIs:\n http://security.example/debian-security\n"
        " http://mirror.example/debian\nSuites: trixie\nComponents: main\n"
    )
    assert debian_mirror(apt) == "http://mirror.example/debian"


@pytest.mark.parametrize(
    "address",
    [
        "http://archive.ubuntu.com/ubuntu",
        "http://deb.example/debian-security",
        "http://snapshot.example/archive/debian",
        "file:/srv/debian",
        "http://mirror.example/$(id)/debian",
        "http://packages.example/tool",
    ],
)
def test_what_does_not_hold_all_of_debian_is_passed_over(apt: Path, address: str) -> None:
    (apt / "sources.list").write_text(f"deb {address} bookworm main\n")
    assert debian_mirror(apt) == DEFAULT
