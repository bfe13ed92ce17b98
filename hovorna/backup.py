"""`hovorna backup FILE`: the database, recordings, settings and what waits in the PBX's spool.

The file is a tar: `manifest.json` first, then `database.*`, then files by their place in the data
directory. It may be made while Hovorna runs: the database is copied by its own means, consistently,
after the checkpoint, so that all calls before that are in it, and before the recordings, so that
every recording it names is in the file.
"""

import argparse
import contextlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from config.settings import Settings, load_settings
from hovorna.cli import CommandError

FORMAT = 1
# Within the data directory: what cannot be made anew. The PBX's configuration is rendered at start.
KEPT = (
    *("hovorna.toml", "sample.json", "recordings", "announcements", "secrets"),
    *("pbx/spool", "pbx/log/cel-custom"),
)
CHECKPOINT = "checkpoint.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="the file to write; - for stdout")


def run(args: argparse.Namespace) -> int:
    settings = load_settings()
    if args.file.exists() and not args.file.is_file():
        raise CommandError(f"{args.file} is no file; - stands for stdout")
    with tempfile.TemporaryDirectory(prefix="hovorna-backup-") as name:
        scratch = Path(name)
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(settings.data / CHECKPOINT, scratch / CHECKPOINT)
        dump = dump_database(settings, scratch)
        if str(args.file) == "-":
            with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as tar:
                count = _write(tar, settings, dump)
        else:
            count = _write_file(args.file, settings, dump)
    print(f"{count} files written to {args.file}", file=sys.stderr)
    return 0


def _write_file(target: Path, settings: Settings, dump: Path) -> int:
    """A name of its own until complete: a half-written backup never looks like a whole one."""
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as raw:
            partial.chmod(0o600)  # it holds SIP passwords
            with tarfile.open(fileobj=raw, mode="w") as tar:
                count = _write(tar, settings, dump)
            raw.flush()
            os.fsync(raw.fileno())
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise CommandError(f"cannot write {target}: {error.strerror}") from error
    return count


def _write(tar: tarfile.TarFile, settings: Settings, dump: Path) -> int:
    manifest = {"format": FORMAT, "made_at": int(time.time()), "database": dump.name}
    body = json.dumps(manifest).encode()
    info = tarfile.TarInfo("manifest.json")
    info.size = len(body)
    tar.addfile(info, io.BytesIO(body))
    tar.add(dump, arcname=dump.name)
    count = 2
    checkpoint = dump.with_name(CHECKPOINT)
    if checkpoint.exists():
        tar.add(checkpoint, arcname=f"data/{CHECKPOINT}")
        count += 1
    for path in _files(settings.data):
        try:
            tar.add(path, arcname=f"data/{path.relative_to(settings.data)}", recursive=False)
        except FileNotFoundError:
            continue  # ingested or past its retention meanwhile
        count += 1
    return count


def _files(data: Path) -> Iterator[Path]:
    for name in KEPT:
        root = data / name
        if root.is_file():
            yield root
        elif root.is_dir():
            yield from sorted(path for path in root.rglob("*") if path.is_file())


def dump_database(settings: Settings, scratch: Path) -> Path:
    """A consistent copy: `database.sqlite`, or PostgreSQL's custom format `database.pgdump`."""
    source = sqlite_path(settings)
    if source is not None:
        if not source.exists():
            raise CommandError(f"there is no database at {source}: nothing to back up")
        target = scratch / "database.sqlite"
        with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as old:
            new = sqlite3.connect(target)
            old.backup(new)
            new.close()
        return target
    target = scratch / "database.pgdump"
    postgres_program(settings.database, "pg_dump", "--format=custom", f"--file={target}")
    return target


def sqlite_path(settings: Settings) -> Path | None:
    """The SQLite file, or None where the database is a server's."""
    scheme, _, path = settings.database.partition(":///")
    return Path(path) if scheme.startswith("sqlite") else None


def postgres_program(url: str, name: str, *arguments: str) -> None:
    """Run a program of PostgreSQL on that database. Raises CommandError; it has said why.

    The password goes by the environment: arguments are seen by every user of a machine.
    """
    program = shutil.which(name)
    if program is None:
        raise CommandError(f"{name} was not found: install PostgreSQL's client programs")
    full = make_url(url)
    address = URL.create(
        "postgresql", full.username, None, full.host, full.port, full.database, full.query
    )
    secret = {"PGPASSWORD": full.password} if full.password else {}
    where = f"--dbname={address.render_as_string()}"
    done = subprocess.run(  # noqa: S603  # no shell; the address is the administrator's own
        [program, *arguments, where], env=os.environ | secret, check=False
    )
    if done.returncode:
        raise CommandError(f"{name} failed, see above; nothing was changed")
