"""What an administrator sets: one frozen object, validated at start, passed in.

Order of precedence: arguments, environment (`HOVORNA_*`), `hovorna.toml` in the data directory,
`default.toml` beside this file.
"""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from config import kinds
from config.kinds import PortRange

__all__ = ["PortRange", "Settings", "SettingsError", "load_settings"]

_SECRET = frozenset({"database_url", "cel_source", "ami_secret"})

Port = Annotated[int, Field(ge=0, le=65535)]


class SettingsError(Exception):
    """A setting has no usable value. The message names the setting and what it may be."""


class Settings(BaseSettings):
    """All settings of one installation. Times are in seconds unless the name says otherwise."""

    model_config = SettingsConfigDict(env_prefix="HOVORNA_", frozen=True, extra="forbid")

    data: Path = Path("var")
    host: str = "127.0.0.1"
    http_port: Port = 8080
    sip_port: Port = 5060
    ami_port: Port = 5038
    pbx_http_port: Port = 8088
    rtp_ports: Annotated[Any, BeforeValidator(kinds.port_range)] = PortRange((20000, 20999))
    routing_port: Port = 0  # 0: a free one, remembered in the data directory

    # Empty: SQLite in the data directory.
    database_url: Annotated[str, AfterValidator(kinds.database_url)] = ""

    # ISO 3166-1 alpha-2, for numbers typed without a prefix.
    country: Annotated[str, AfterValidator(kinds.country)] = "CZ"
    timezone: str = "Europe/Prague"  # of users who have not chosen their own
    language: Annotated[str, AfterValidator(kinds.language)] = "en"

    pbx: Literal["bundled", "external"] = "bundled"
    pbx_id: str = "main"  # prefix of every call's key; letters, digits and hyphens
    ami_host: str = "127.0.0.1"
    ami_user: str = "hovorna"
    ami_secret: SecretStr = SecretStr("")  # external PBX only; the bundled one gets a random one
    ami_tls: bool = False
    # Empty: the bundled PBX's JSON lines; else jsonl:PATH, csv:PATH or a database URL.
    cel_source: Annotated[str, AfterValidator(kinds.cel_source)] = ""
    recording_spool: Path | None = None  # external PBX only: where its recordings lie, as we see it
    recordings_keep_days: Annotated[int, Field(ge=0)] = 0  # 0: for ever
    recordings_reserve_mb: Annotated[int, Field(ge=0)] = 500  # left free on the recordings' disk
    asterisk_root: Path | None = None  # an extracted Asterisk; empty: the cache, or the system's

    # PEM files; without them the pages are served without TLS. The key may be in the certificate's.
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    # Whose X-Forwarded-* is believed: addresses or networks; in the environment with commas.
    trusted_proxies: Annotated[
        tuple[str, ...],
        NoDecode,
        BeforeValidator(kinds.with_commas),
        AfterValidator(kinds.networks),
    ] = ()
    max_body_bytes: Annotated[int, Field(ge=1024)] = 1_000_000
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], BeforeValidator(kinds.lower)
    ] = "info"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("must be an IANA time zone, for example Europe/Prague") from error
        return value

    @field_validator("pbx_id")
    @classmethod
    def _plain_id(cls, value: str) -> str:
        if not value or not all(c.isascii() and (c.isalnum() or c == "-") for c in value):
            raise ValueError("must be letters, digits and hyphens")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the database."""
        return self.database_url or f"sqlite+aiosqlite:///{(self.data / 'hovorna.db').absolute()}"

    @property
    def url(self) -> str:
        """Where the pages are, without a slash at the end."""
        scheme = "http" if self.tls_certificate is None else "https"
        return f"{scheme}://{self.host}:{self.http_port}"

    @property
    def pbx_dir(self) -> Path:
        """The bundled PBX's own directory: configuration, logs, CEL, recordings spool."""
        return (self.data / "pbx").absolute()

    @property
    def spool(self) -> Path:
        """Where the PBX leaves recordings, as this machine sees it."""
        return self.recording_spool or self.pbx_dir / "spool" / "monitor"

    @property
    def recordings_dir(self) -> Path:
        return (self.data / "recordings").absolute()

    @property
    def announcements_dir(self) -> Path:
        """Sounds that lines play to their callers, as they were uploaded."""
        return (self.data / "announcements").absolute()


def load_settings(**overrides: Any) -> Settings:
    """Read all sources and validate. Raises SettingsError naming each bad setting."""
    data = Path(str(overrides.get("data") or os.environ.get("HOVORNA_DATA") or "var"))
    values: dict[str, Any] = {}
    for source in (Path(__file__).with_name("default.toml"), data / "hovorna.toml"):
        if source.is_file():
            try:
                values |= tomllib.loads(source.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise SettingsError(f"{source}: {error}") from error
    for name in list(values):
        if f"HOVORNA_{name.upper()}" in os.environ:
            del values[name]
    try:
        return Settings(**(values | overrides))
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(item) for item in error.errors())) from error


def _explain(item: Any) -> str:
    name = ".".join(str(part) for part in item["loc"])
    message = item["msg"].removeprefix("Value error, ")
    told = f"{name} (HOVORNA_{name.upper()}): {message}"
    # These hold passwords.
    return told if name in _SECRET else f"{told}; got {item.get('input')!r}"
