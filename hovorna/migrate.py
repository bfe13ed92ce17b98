"""`hovorna migrate`: the database to this version's schema; `--to` goes back."""

import argparse
import asyncio

from config.settings import load_settings
from crm.errors import DatabaseTooNew, DatabaseUnavailable
from crm.migrations import HEAD, migrate, revisions
from hovorna.cli import CommandError
from hovorna.instance import PARTS, alone


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--to", default="head", metavar="REVISION", help="an older revision, or base; default: head"
    )


def run(args: argparse.Namespace) -> int:
    settings = load_settings()
    if args.to not in ("head", "base", *revisions()):
        raise CommandError(f"there is no revision {args.to}; there are {', '.join(revisions())}")
    # Going back takes away what a running Hovorna works with.
    parts = () if args.to in ("head", HEAD) else PARTS
    try:
        with alone(settings.data, parts):
            before = asyncio.run(migrate(settings.database, args.to))
    except (DatabaseTooNew, DatabaseUnavailable) as error:
        raise CommandError(str(error)) from error
    after = HEAD if args.to == "head" else args.to
    if before == after:
        print(f"The database is at {after} already.")
    else:
        print(f"The database went from {before or 'nothing'} to {after}.")
    return 0
