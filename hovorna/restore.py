"""`hovorna restore FILE`: what `hovorna backup` wrote, into an empty data directory."""

import argparse
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from config.settings import Settings, load_settings
from hovorna.backup import FORMAT, plain_postgres_url, sqlite_path
from hovorna.cli import CommandError
from hovorna.instance import InstanceLock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="what `hovorna backup` wrote")
    parser.add_argument(
        "--replace", action="store_true", help="move an existing installation aside first"
    )


def run(args: argparse.Namespace) -> int:
    settings = load_settings()
    with (
        InstanceLock(settings.data),
        tempfile.TemporaryDirectory(dir=settings.data, prefix=".restore-") as scratch,
    ):
        manifest = _unpack(args.file, Path(scratch))
        _check_kind(settings, manifest["database"])
        _make_room(settings, replace=args.replace)
        _place(settings, Path(scratch), manifest["database"])
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


def _make_room(settings: Settings, *, replace: bool) -> None:
    database = ("hovorna.db", "hovorna.db-wal", "hovorna.db-shm")
    names = (*database, "recordings", "announcements", "pbx", "secrets")
    there = [settings.data / name for name in names if (settings.data / name).exists()]
    if not there:
        return
    if not replace:
        raise CommandError(
            f"{settings.data} already holds an installation. "
            "Give --replace to move it aside, or set HOVORNA_DATA to an empty directory."
        )
    aside = Path(tempfile.mkdtemp(dir=settings.data, prefix="replaced-"))
    for path in there:
        path.rename(aside / path.name)
    print(f"What was there is in {aside}", file=sys.stderr)


def _check_kind(settings: Settings, dump: str) -> None:
    wanted = "database.pgdump" if sqlite_path(settings) is None else "database.sqlite"
    if dump != wanted:
        raise CommandError(
            f"the backup holds {dump}, the settings need {wanted}: "
            "set HOVORNA_DATABASE_URL to a database of the same kind"
        )


def _place(settings: Settings, scratch: Path, dump: str) -> None:
    kept = scratch / "data"
    if kept.is_dir():
        shutil.copytree(kept, settings.data, dirs_exist_ok=True)
    target = sqlite_path(settings)
    if target is not None:
        (scratch / dump).replace(target)  # last, and atomic: before it nothing was restored
        return
    program = shutil.which("pg_restore")
    if program is None:
        raise CommandError("pg_restore was not found: install PostgreSQL's client programs")
    address = f"--dbname={plain_postgres_url(settings.database)}"
    options = ["--clean", "--if-exists", "--single-transaction", address]
    subprocess.run([program, *options, str(scratch / dump)], check=True)  # noqa: S603  # no shell
