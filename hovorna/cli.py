"""The command line: `hovorna COMMAND`. Each command is a module with `add_arguments` and `run`."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import NamedTuple, Protocol, cast

from config.settings import SettingsError


class CommandError(Exception):
    """The command cannot go on. The message says what happened and what to do."""


class Command(Protocol):
    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> int:
        """Exit code."""
        ...


class Entry(NamedTuple):
    module: str
    summary: str


COMMANDS: dict[str, Entry] = {
    "serve": Entry("hovorna.serve", "the whole of Hovorna: PBX, bridge, web and workers"),
    "bridge": Entry("hovorna.serve", "only the PBX and the bridge to it"),
    "web": Entry("hovorna.serve", "only the web server"),
    "worker": Entry("hovorna.serve", "only the recordings' worker"),
    "migrate": Entry("hovorna.migrate", "bring the database to this version"),
    "demo": Entry("hovorna.demo", "what a SIP phone or a script needs of the sample company"),
    "doctor": Entry("hovorna.doctor", "is this PBX ready to be connected"),
    "phone": Entry("hovorna.phone", "a SIP phone without a screen, driven by lines on stdin"),
    "check-line": Entry("hovorna.check_line", "try a provider's SIP account"),
    "user": Entry("hovorna.user", "add, list and change users"),
    "token": Entry("hovorna.token", "make, list and revoke tokens of the API"),
    "backup": Entry("hovorna.backup", "write everything into one file"),
    "restore": Entry("hovorna.restore", "bring back what backup wrote"),
}


def main(argv: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help")):
        words.insert(0, "serve")  # `./run --sample` is `hovorna serve --sample`
    parser = argparse.ArgumentParser(prog="hovorna", description="Telephony-first CRM")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, entry in COMMANDS.items():
        child = commands.add_parser(name, help=entry.summary, description=entry.summary)
        if words[0] == name:  # the others' libraries are not loaded
            _load(entry).add_arguments(child)
    args = parser.parse_args(words)
    try:
        return _load(COMMANDS[args.command]).run(args)
    except (CommandError, SettingsError) as error:
        print(f"hovorna {args.command}: {error}", file=sys.stderr)
        return 2


def _load(entry: Entry) -> Command:
    return cast(Command, importlib.import_module(entry.module))
