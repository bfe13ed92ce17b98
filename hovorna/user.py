"""`hovorna user`: for the administrator who has lost his password, and for scripts."""

import argparse
import asyncio
import secrets
import sys

from config.settings import load_settings
from crm.app import Crm
from crm.errors import CrmError
from crm.people.models import Role
from hovorna.cli import CommandError
from hovorna.offline import offline_crm


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", required=True)
    commands.add_parser("list", help="logins, names and roles")
    add = commands.add_parser("add", help="prints a one-time password")
    add.add_argument("login")
    add.add_argument("--name", help="default: the login")
    add.add_argument("--role", choices=[role.value for role in Role], default="employee")
    password = commands.add_parser("password", help="a new password, printed once")
    password.add_argument("login")
    password.add_argument("--stdin", action="store_true", help="read it from stdin instead")
    for name in ("disable", "enable"):
        commands.add_parser(name, help=f"{name} signing in").add_argument("login")


def run(args: argparse.Namespace) -> int:
    try:
        return asyncio.run(_run(args))
    except CrmError as error:
        raise CommandError(str(error)) from error


def one_time_password() -> str:
    """Four groups of letters and digits: about 80 bits, and can be read out."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


async def _run(args: argparse.Namespace) -> int:
    async with offline_crm(load_settings()) as crm:
        match args.action:
            case "list":
                _list(crm)
            case "add":
                await _add(crm, args)
            case "password":
                await _password(crm, args)
            case _:
                user = _id_of(crm, args.login)
                await crm.people.update_user(None, user, {"active": args.action == "enable"})
    return 0


def _list(crm: Crm) -> None:
    for person in sorted(crm.directory.people.values(), key=lambda p: p.login):
        state = "" if person.active else "  (disabled)"
        print(f"{person.login:20} {person.role:15} {person.name}{state}")


async def _add(crm: Crm, args: argparse.Namespace) -> None:
    password = one_time_password()
    await crm.people.create_user(
        None,
        {
            "login": args.login,
            "name": args.name or args.login,
            "role": args.role,
            "password": password,
        },
        once=True,
    )
    print(password)


async def _password(crm: Crm, args: argparse.Namespace) -> None:
    given = sys.stdin.readline().rstrip("\n") if args.stdin else one_time_password()
    user = _id_of(crm, args.login)
    await crm.people.update_user(None, user, {"password": given}, once=not args.stdin)
    if not args.stdin:
        print(given)


def _id_of(crm: Crm, login: str) -> int:
    for person in crm.directory.people.values():
        if person.login == login.lower():
            return person.id
    raise CommandError(f"there is no user {login}; see `hovorna user list`")
