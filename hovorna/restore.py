"""`hovorna restore FILE`: what `hovorna backup` wrote, into an empty data directory."""

import argparse
import asyncio
import json
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from config.settings import Settings, load_settings
from crm.errors import DatabaseUnavailable
from crm.migrations import is_in_use
from hovorna.backup import CHECKPOINT, FORMAT, postgres_program, sqlite_path
from hovorna.cli import CommandError
from hovorna.instance import alone
from pbx_bridge.asterisk.paths import PbxPaths
from pbx_bridge.asterisk.process import our_pid

OPTIONS = "hovorna.toml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="what `hovorna backup` wrote")
    parser.add_argument(
        "--replace", action="store_true", help="move an existing installation aside first"
    )


def run(args: argparse.Namespace) -> int:
    settings = load_settings()
    with (
        alone(settings.data),
        tempfile.TemporaryDirectory(dir=settings.data, prefix=".restore-") as name,
    ):
        scratch = Path(name)
        dump = scratch / _unpack(args.file, scratch)["database"]
        _check_kind(settings, dump.name)
        _check_pbx(settings)
        if not args.replace:
            _check_empty(settings)
        target = sqlite_path(settings)
        if target is None:
            options = ("--clean", "--if-exists", "--single-transaction", str(dump))
            postgres_program(settings.database, "pg_restore", *options)
        _move_aside(settings)
        _place(settings, scratch / "data")
        if target is not None:
            dump.replace(target)  # last, and atomic: before it nothing was restored
    print(f"Restored into {settings.data}. Start Hovorna; it migrates the database if needed.")
    return 0


def _unpack(file: Path, scratch: Path) -> dict[str, Any]:
    """All of it is read and checked before anything of the installation is touched."""
    try:
        with tarfile.open(file) as tar:
            tar.extractall(scratch, filter="data")  # refuses paths outside
        manifest: dict[str, Any] = json.loads((scratch / "manifest.json").read_bytes())
    except (OSError, tarfile.TarError, ValueError) as error:
        raise CommandError(f"{file} is not a whole backup of Hovorna: {error}") from error
    if manifest.get("format") != FORMAT:
        raise CommandError(
            f"{file} was written by another version (format {manifest.get('format')})"
        )
    database = manifest.get("database")
    if database not in ("database.sqlite", "database.pgdump"):
        raise CommandError(f"{file} names an unknown database file")
    if not (scratch / database).is_file():
        raise CommandError(f"{file} lacks {database}: it was cut short")
    return manifest


def _check_empty(settings: Settings) -> None:
    if _there(settings):
        raise CommandError(
            f"{settings.data} already holds an installation. "
            "Give --replace to move it aside, or set HOVORNA_DATA to an empty directory."
        )
    try:
        if sqlite_path(settings) is None and asyncio.run(is_in_use(settings.database)):
            raise CommandError(
                "the database of HOVORNA_DATABASE_URL already holds an installation. "
                "Give --replace to write over it, or set another one."
            )
    except DatabaseUnavailable as error:
        raise CommandError(str(error)) from error


def _there(settings: Settings) -> list[Path]:
    database = ("hovorna.db", "hovorna.db-wal", "hovorna.db-shm")
    names = (*database, "recordings", "announcements", "pbx", "secrets", "sample.json", CHECKPOINT)
    return [settings.data / name for name in names if (settings.data / name).exists()]


def _move_aside(settings: Settings) -> None:
    there = _there(settings)
    if not there:
        return
    aside = Path(tempfile.mkdtemp(dir=settings.data, prefix="replaced-"))
    for path in there:
        path.rename(aside / path.name)
    print(f"What was there is in {aside}", file=sys.stderr)


def _check_pbx(settings: Settings) -> None:
    """One that was left running, with its calls, would go on writing where it no longer is."""
    paths = PbxPaths(settings.pbx_dir)
    pid = our_pid(paths.pid, paths.config)
    if pid is not None:
        raise CommandError(
            f"the PBX of {settings.data} still runs (process {pid}): start Hovorna and end it"
        )


def _check_kind(settings: Settings, dump: str) -> None:
    wanted = "database.pgdump" if sqlite_path(settings) is None else "database.sqlite"
    if dump != wanted:
        raise CommandError(
            f"the backup holds {dump}, the settings need {wanted}: "
            "set HOVORNA_DATABASE_URL to a database of the same kind"
        )


def _place(settings: Settings, kept: Path) -> None:
    if (settings.data / OPTIONS).exists() and (kept / OPTIONS).exists():
        (kept / OPTIONS).rename(kept / f"{OPTIONS}.restored")
        print(f"{OPTIONS} stays; that of the backup is beside it, as .restored", file=sys.stderr)
    if kept.is_dir():
        shutil.copytree(kept, settings.data, dirs_exist_ok=True)
