from pathlib import Path

import pytest

from config.settings import PortRange, Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"HOVORNA_{name.upper()}", raising=False)
    monkeypatch.setenv("HOVORNA_DATA", str(tmp_path))


def test_defaults_bind_to_loopback(tmp_path: Path) -> None:
    settings = load_settings()
    assert settings.host == "127.0.0.1"
    assert settings.rtp_ports == (20000, 20999)
    assert settings.database == f"sqlite+aiosqlite:///{tmp_path}/hovorna.db"


def test_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "hovorna.toml").write_text('http_port = 8001\ncountry = "SK"\n')
    monkeypatch.setenv("HOVORNA_HTTP_PORT", "8002")
    settings = load_settings()
    assert settings.http_port == 8002
    assert settings.country == "SK"


def test_rtp_ports_are_a_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOVORNA_RTP_PORTS", "30000-30039")
    settings = load_settings()
    assert settings.rtp_ports == PortRange((30000, 30039))
    assert str(settings.rtp_ports) == "30000-30039"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_PORT", "70000"),
        ("HTTP_PORT", "http"),
        ("RTP_PORTS", "20000"),
        ("RTP_PORTS", "20999-20000"),
        ("RTP_PORTS", "80-90"),
        ("TIMEZONE", "Middle/Earth"),
        ("PBX_ID", "a b"),
        ("PBX_ID", ""),
    ],
)
def test_a_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"HOVORNA_{name}", value)
    with pytest.raises(SettingsError, match=f"HOVORNA_{name}"):
        load_settings()


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "hovorna.toml").write_text("http_port = [")
    with pytest.raises(SettingsError, match=r"hovorna\.toml"):
        load_settings()


def test_a_secret_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOVORNA_AMI_SECRET", "hush-hush")
    assert "hush-hush" not in repr(load_settings())
