"""`hovorna demo info`: what a SIP phone or a script needs of the sample company."""

import argparse
import asyncio
import json
from typing import Any

from config.settings import Settings, load_settings
from crm.errors import Conflict
from hovorna.cli import CommandError
from hovorna.offline import offline_crm
from hovorna.sample import SampleInfo, sample_info


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", required=True)
    info = commands.add_parser("info", help="addresses, accounts and passwords")
    info.add_argument("--json", action="store_true", help="one JSON object")


def run(args: argparse.Namespace) -> int:
    info = asyncio.run(_info(load_settings()))
    if args.json:
        print(json.dumps(info, ensure_ascii=False))
    else:
        print("\n".join(_lines(info)))
    return 0


def demo_info(settings: Settings, company: SampleInfo) -> dict[str, Any]:
    """What `hovorna demo info --json` prints."""
    return {
        "http_url": settings.url,
        "sip": {"host": settings.host, "port": settings.sip_port},
        **company.to_json(),
    }


async def _info(settings: Settings) -> dict[str, Any]:
    if not settings.data.is_dir():
        raise CommandError(f"there is nothing in {settings.data}: start ./run --sample first")
    async with offline_crm(settings) as crm:
        try:
            return demo_info(settings, await sample_info(crm))
        except Conflict as error:
            raise CommandError(str(error)) from error


def _lines(info: dict[str, Any]) -> list[str]:
    admin, sip = info["admin"], info["sip"]
    return [
        f"Address   {info['http_url']}",
        f"Sign in   {admin['login']} / {admin['password']}",
        f"SIP       {sip['host']}:{sip['port']}, UDP",
        *(f"Phone     {it['user']} / {it['password']}  {it['name']}" for it in info["phones"]),
        *(f"Line      {it['user']} / {it['password']}  {it['number']}" for it in info["lines"]),
        f"Pickup    {', '.join(info['pickup'])}",
    ]
