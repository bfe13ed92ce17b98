"""`hovorna serve`, and its parts alone: `bridge`, `web`, `worker`.

The parts share the database; each holds a lock of its own in the data directory, and `serve` also
those of the parts that there must be once: a second bridge would end the PBX of the first.
"""

import argparse
import asyncio
import sys
from typing import Final

from config.settings import load_settings
from hovorna.instance import alone
from hovorna.logs import configure_logs

# Seconds after which a thread that works must let another have the interpreter. The event loop
# waits for the database threads at each of its many small steps: with Python's own 5 ms, a screen
# pop at 20 calls/s came a quarter later.
_SWITCH_SECONDS: Final = 0.0005


def add_arguments(parser: argparse.ArgumentParser) -> None:
    if not parser.prog.endswith("serve"):
        return
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--sample", action="store_true", help="a sample company, for real SIP phones"
    )
    which.add_argument(
        "--demo", action="store_true", help="the sample company with simulated people"
    )


def run(args: argparse.Namespace) -> int:
    from hovorna.collector import share_the_arenas
    from hovorna.house import Roles, live  # the libraries of all parts

    share_the_arenas()
    sys.setswitchinterval(_SWITCH_SECONDS)
    settings = load_settings()
    configure_logs(settings.log_level)
    if args.command == "serve":
        roles = Roles(sample=args.sample or args.demo, demo=args.demo)
    else:
        roles = Roles(**{name: name == args.command for name in ("web", "bridge", "worker")})
    locks = ("hovorna", "bridge", "worker") if args.command == "serve" else (args.command,)
    with alone(settings.data, locks):
        asyncio.run(live(settings, roles))
    return 0
