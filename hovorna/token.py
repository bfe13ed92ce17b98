"""`hovorna token`: tokens of the API. A token acts as its user."""

import argparse
import asyncio

from config.settings import load_settings
from crm.errors import CrmError
from crm.people.permissions import Actor
from hovorna.cli import CommandError
from hovorna.offline import offline_crm


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", required=True)
    make = commands.add_parser("create", help="prints the token, which nobody can be told again")
    make.add_argument("login", help="whom the token acts as")
    make.add_argument("--name", default="command line", help="what it is for")
    listing = commands.add_parser("list", help="the tokens of a user")
    listing.add_argument("login")
    revoke = commands.add_parser("revoke", help="the token works no more")
    revoke.add_argument("login")
    revoke.add_argument("id", type=int)


def run(args: argparse.Namespace) -> int:
    try:
        asyncio.run(_run(args))
    except CrmError as error:
        raise CommandError(str(error)) from error
    return 0


async def _run(args: argparse.Namespace) -> None:
    async with offline_crm(load_settings()) as crm:
        actor: Actor = await crm.sign_in.actor_by_login(args.login)
        if args.action == "create":
            token = await crm.sign_in.create_token(actor, args.name)
            print(token.secret)
        elif args.action == "revoke":
            await crm.sign_in.revoke_token(actor, args.id)
        else:
            for token in await crm.sign_in.list_tokens(actor):
                if token.user.id == actor.id:
                    used = token.used_at.isoformat() if token.used_at else "never used"
                    print(f"{token.id:6} {token.name:30} {used}")
