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
        ("COUNTRY", "XX"),
        ("COUNTRY", "Czechia"),
        ("LANGUAGE", "tlh"),
        ("PBX", "freepbx"),
        ("LOG_LEVEL", "loud"),
        ("DATABASE_URL", "hovorna"),
        ("DATABASE_URL", "mysql://root:hush-hush@db/x"),
        ("CEL_SOURCE", "/var/log/asterisk/cel.csv"),
        ("TRUSTED_PROXIES", "the proxy"),
        ("TRUSTED_PROXIES", "10.0.0.1, 300.0.0.1"),
    ],
)
def test_a_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"HOVORNA_{name}", value)
    with pytest.raises(SettingsError, match=f"HOVORNA_{name}"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [("DATABASE_URL", "mysql://root:hush-hush@db/x"), ("CEL_SOURCE", "root:hush-hush@db")],
)
def test_a_bad_setting_tells_no_password(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"HOVORNA_{name}", value)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert "hush-hush" not in str(error.value)


@pytest.mark.parametrize("value", ["10.0.0.1", "10.0.0.1, fd00::/8", ""])
def test_proxies_are_addresses_with_commas(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HOVORNA_TRUSTED_PROXIES", value)
    expected = tuple(part.strip() for part in value.split(",") if part)
    assert load_settings().trusted_proxies == expected


def test_proxies_are_a_list_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "hovorna.toml").write_text('trusted_proxies = ["10.0.0.0/8", "::1"]')
    assert load_settings().trusted_proxies == ("10.0.0.0/8", "::1")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("country", "sk", "SK"),
        ("log_level", "WARNING", "warning"),
        ("language", "cs", "cs"),
        ("pbx", "external", "external"),
    ],
)
def test_a_word_is_known_however_it_is_written(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(f"HOVORNA_{name.upper()}", value)
    assert getattr(load_settings(), name) == expected


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "hovorna.toml").write_text("http_port = [")
    with pytest.raises(SettingsError, match=r"hovorna\.toml"):
        load_settings()


def test_a_secret_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOVORNA_AMI_SECRET", "hush-hush")
    assert "hush-hush" not in repr(load_settings())
