"""`hovorna phone`: a SIP phone without a screen.

Commands are lines on stdin (`dial 777123456`, `answer`, `hold`, `transfer 103`, `digits *103#`, or
JSON objects with the same names), events are JSON lines on stdout. It ends when stdin closes.
"""

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hovorna.cli import CommandError
from hovorna.sip_arguments import VARIABLE, local_address, read_passwords, server_of
from pbx_bridge.sip.commands import Behaviour, Dial, Register


def add_arguments(parser: argparse.ArgumentParser) -> None:
    _add_accounts(parser)
    _add_behaviour(parser)
    sound = parser.add_argument_group("network and sound")
    sound.add_argument(
        "--bind", default="", metavar="ADDRESS", help="default: the one towards the server"
    )
    sound.add_argument("--codecs", default="PCMA,PCMU,G722", help="in order of preference")
    sound.add_argument("--log", type=Path, metavar="FILE", help="SIP messages and more")


def _add_accounts(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("accounts (up to eight; more by the register command)")
    group.add_argument("--user", action="append", default=[], help="may be repeated")
    group.add_argument("--server", metavar="HOST[:PORT]", help="default port: 5060")
    group.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help=f"one line for each --user; default: ${VARIABLE}, else it is asked for",
    )
    group.add_argument(
        "--info",
        type=Path,
        metavar="FILE",
        help="server and passwords from what `hovorna demo info --json` printed",
    )
    group.add_argument("--dial", metavar="NUMBER", help="call this number at once")


def _add_behaviour(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what it does with a call")
    group.add_argument("--answer-after", type=float, metavar="SECONDS")
    group.add_argument("--rings", type=int, metavar="N", help="answer after N rings of 5 s")
    group.add_argument("--no-auto-answer", action="store_true", help="ignore the caller's wish")
    group.add_argument("--refuse", type=int, metavar="CODE", help="486 busy, 603 decline")
    group.add_argument("--hang-up-after", type=float, metavar="SECONDS")
    group.add_argument("--play", metavar="WAV", help="speak this file, again and again")
    group.add_argument("--tone", type=int, metavar="HZ", help="speak a tone")
    group.add_argument("--record", metavar="FOLDER", help="write what is heard to CALL.wav there")


def run(args: argparse.Namespace) -> int:
    first = first_commands(args, _ask)
    try:
        # pjsua2 is loaded for this command alone.
        from pbx_bridge.sip.engine import EngineOptions
        from pbx_bridge.sip.program import serve
    except ImportError as error:
        raise CommandError(f"pjsua2 cannot be loaded here: {error}") from error
    codecs = tuple(name for name in args.codecs.split(",") if name)
    return serve(EngineOptions(bind=_bind(args, first), codecs=codecs, log=args.log), first)


def _bind(args: argparse.Namespace, first: Sequence[Register | Dial]) -> str:
    """Without a server nothing tells which of our addresses it shall be."""
    if args.bind:
        return str(args.bind)
    servers = [(it.host, it.port) for it in first if isinstance(it, Register)]
    return local_address(*servers[0]) if servers else ""


def _ask(prompt: str) -> str:
    if not sys.stdin.isatty():  # stdin is for commands
        raise CommandError(f"no password: use --password-file or ${VARIABLE}")
    return getpass.getpass(prompt)


def first_commands(
    args: argparse.Namespace, ask: Callable[[str], str]
) -> Sequence[Register | Dial]:
    """What the arguments stand for. `ask` prompts for a password. Raises CommandError."""
    try:
        behaviour = Behaviour(
            answer_after=args.answer_after,
            rings=args.rings,
            auto_answer=not args.no_auto_answer,
            refuse=args.refuse,
            hang_up_after=args.hang_up_after,
            play=args.play,
            tone=args.tone,
            record=args.record,
        )
        accounts = _accounts(args, ask)
        commands: list[Register | Dial] = [
            Register(**account, behaviour=behaviour) for account in accounts
        ]
        if args.dial:
            commands.append(Dial(to=args.dial, account=args.user[0] if args.user else None))
    except ValidationError as error:
        raise CommandError(_first_problem(error)) from None
    return commands


def _accounts(args: argparse.Namespace, ask: Callable[[str], str]) -> list[dict[str, Any]]:
    if args.info is not None:
        return [_from_info(_read_info(args.info), user) for user in args.user]
    if not args.user:
        return []
    if not args.server:
        raise CommandError("--server HOST[:PORT] says where to register")
    host, port = server_of(args.server)
    passwords = read_passwords(args.password_file, args.user, ask)
    return [
        {"user": user, "password": password, "host": host, "port": port}
        for user, password in zip(args.user, passwords, strict=True)
    ]


def _read_info(file: Path) -> dict[str, Any]:
    try:
        info = json.loads(file.read_text(encoding="utf-8"))
        return {"sip": info["sip"], "accounts": _accounts_in(info)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{file} is not the output of `demo info --json`: {error}") from error


def _accounts_in(info: dict[str, Any]) -> dict[str, str]:
    """Password by user."""
    return {it["user"]: it["password"] for it in (*info["phones"], *info["lines"])}


def _from_info(info: dict[str, Any], user: str) -> dict[str, Any]:
    if user not in info["accounts"]:
        raise CommandError(f"no account {user!r}; there are {', '.join(info['accounts'])}")
    sip = info["sip"]
    return {
        "user": user,
        "password": info["accounts"][user],
        "host": sip["host"],
        "port": sip["port"],
    }


def _first_problem(error: ValidationError) -> str:
    item = error.errors()[0]
    return f"{' '.join(str(part) for part in item['loc'])}: {item['msg']}"
