"""`hovorna serve` where it must not start: it says why, and touches nothing."""

import asyncio
import os
import sqlite3
import sys
from pathlib import Path

import pytest

from crm.migrations import migrate
from hovorna.instance import InstanceLock
from tests.bench._house import tcp_port


async def _serve(data: Path) -> tuple[int | None, str]:
    """Exit code, and what was said."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOVORNA_")}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hovorna", "serve"),
        env=kept | {"HOVORNA_DATA": str(data), "HOVORNA_HTTP_PORT": str(tcp_port())},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(child.communicate(), 50)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return child.returncode, said.decode()


async def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "hovorna.db"
    await migrate(f"sqlite+aiosqlite:///{file}")
    with sqlite3.connect(file) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    before = file.read_bytes()
    code, said = await _serve(tmp_path)
    assert code == 2
    assert "9999" in said
    assert "Nothing was changed" in said
    assert "Traceback" not in said
    assert file.read_bytes() == before


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "hovorna.db"
    file.write_bytes(b"this is no database, but somebody's letter " * 100)
    before = file.read_bytes()
    code, said = await _serve(tmp_path)
    assert code == 2
    assert "hovorna.db" in said
    assert "Traceback" not in said
    assert file.read_bytes() == before


@pytest.mark.parametrize("part", ["hovorna", "bridge", "worker"])
async def test_what_there_must_be_once_is_not_started_again(tmp_path: Path, part: str) -> None:
    with InstanceLock(tmp_path, part):
        code, said = await _serve(tmp_path)
    assert code == 2
    assert f"already runs on {tmp_path} (process {os.getpid()})" in said


async def test_the_database_is_nobody_elses_on_this_machine(tmp_path: Path) -> None:
    data = tmp_path / "data"
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hovorna", "user", "list"),
        env=os.environ | {"HOVORNA_DATA": str(data)},
        preexec_fn=lambda: os.umask(0o022),
    )
    assert await child.wait() == 0
    modes = {path.name: path.stat().st_mode & 0o777 for path in (data, *data.iterdir())}
    assert modes == {"data": 0o700, "hovorna.db": 0o600}
