"""Pages by https: with files that belong together, and a clear answer to any others."""

import asyncio
import ssl
import subprocess
from pathlib import Path

import pytest

from config.settings import Settings
from hovorna.cli import CommandError
from hovorna.tls import tls_context


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return make_pair(tmp_path, "mine")


def make_pair(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate of localhost and its key, made by openssl."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    words = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 "
        "-subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run(
        [*words.split(), "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    return certificate, key


def test_without_a_certificate_there_is_no_tls() -> None:
    settings = Settings()
    assert tls_context(settings) is None
    assert settings.url == "http://127.0.0.1:8080"


async def test_a_browser_that_trusts_the_certificate_is_served(pair: tuple[Path, Path]) -> None:
    settings = Settings(tls_certificate=pair[0], tls_key=pair[1])
    assert settings.url == "https://127.0.0.1:8080"

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=tls_context(settings))
    port = server.sockets[0].getsockname()[1]
    trusting = ssl.create_default_context(cafile=pair[0])
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=trusting, server_hostname="localhost"
    )
    assert await reader.read() == b"hello"
    writer.close()
    server.close()
    await server.wait_closed()


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    certificate, _ = make_pair(tmp_path, "mine")
    _, key = make_pair(tmp_path, "another")
    with pytest.raises(CommandError, match="HOVORNA_TLS_KEY"):
        tls_context(Settings(tls_certificate=certificate, tls_key=key))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.pem cannot be used: No such file"):
        tls_context(Settings(tls_certificate=tmp_path / "nowhere.pem"))


def test_a_key_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="HOVORNA_TLS_CERTIFICATE is not"):
        tls_context(Settings(tls_key=tmp_path / "any.key"))
