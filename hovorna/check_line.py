"""`hovorna check-line`: does a provider's SIP account work, and how does it sound?"""

import argparse
import asyncio
import getpass
import json
import sys
from pathlib import Path

from hovorna.argument_kinds import seconds
from hovorna.cli import CommandError
from hovorna.sip_arguments import VARIABLE, local_address, read_passwords, server_of
from pbx_bridge.sip.linecheck import LineAccount, LineFindings, check_line
from pbx_bridge.sip.process import PhoneError, PhoneProcess
from pbx_bridge.sip.verdict import Exit, Verdict, judge

_EXIT_CODES = "; ".join(f"{code.value}: {code.name.lower().replace('_', ' ')}" for code in Exit)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = f"Exit codes: {_EXIT_CODES}; 2: wrong arguments."
    parser.add_argument("server", metavar="HOST[:PORT]", help="the provider's SIP server")
    parser.add_argument("--user", required=True, help="the account's user name")
    parser.add_argument("--call", metavar="NUMBER", help="call an echo test, or anybody")
    parser.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help=f"default: ${VARIABLE}, else a line on stdin",
    )
    parser.add_argument("--seconds", type=seconds, default=12.0, help="length of the test call")
    parser.add_argument(
        "--timeout", type=seconds, default=10.0, help="seconds to wait for an answer"
    )
    parser.add_argument("--log", type=Path, metavar="FILE", help="SIP messages and more")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(args: argparse.Namespace) -> int:
    host, port = server_of(args.server)
    (password,) = read_passwords(args.password_file, [args.user], ask)
    account = LineAccount(host, port, args.user, password)
    bind = local_address(host, port)
    try:
        findings = asyncio.run(_check(args, account, bind))
    except PhoneError as error:
        raise CommandError(f"the phone failed: {error}") from error
    verdict = judge(findings, args.server, args.call)
    if args.json:
        print(json.dumps(as_json(findings, verdict), ensure_ascii=False))
    else:
        print("\n".join(report(findings, verdict, args.call)))
    if args.json and verdict.exit not in (Exit.WELL, Exit.DOUBTFUL):
        print("\n".join(verdict.remarks), file=sys.stderr)
    return verdict.exit


def ask(prompt: str) -> str:
    """The terminal's user, or the program that wrote a line to our stdin."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


async def _check(args: argparse.Namespace, account: LineAccount, bind: str) -> LineFindings:
    async with PhoneProcess(bind=bind, codecs="PCMA,PCMU,G722", log=args.log) as process:
        return await check_line(
            account,
            args.call,
            process=process,
            register_seconds=args.timeout,
            talk_seconds=args.seconds,
        )


def as_json(findings: LineFindings, verdict: Verdict) -> dict[str, object]:
    return findings.to_json() | {
        "ok": verdict.exit is Exit.WELL,
        "verdict": verdict.exit.name.lower(),
        "remarks": list(verdict.remarks),
        "summary": " ".join(report(findings, verdict, None)),
    }


def report(findings: LineFindings, verdict: Verdict, number: str | None) -> list[str]:
    """Lines for people."""
    lines = []
    if findings.registered:
        lines.append(f"Registered in {findings.register_ms:.0f} ms, seen as {findings.seen_as}.")
    call = findings.call
    if call is not None and call.answered:
        lines.append(f"{number} answered after {(call.setup_ms or 0) / 1000:.1f} s.")
        lines += _figures(call.stats or {})
        lines.append(
            "Our tone came back: audio flows both ways."
            if call.echo
            else "Our tone did not come back: not an echo test, or the far side does not hear us."
        )
    return (
        [*lines, *verdict.remarks, "All is well."]
        if verdict.exit is Exit.WELL
        else [
            *lines,
            *verdict.remarks,
        ]
    )


def _figures(stats: dict[str, object]) -> list[str]:
    if not stats:
        return []
    rtt = "not told" if stats["rtt_ms"] is None else f"{stats['rtt_ms']} ms"
    return [
        f"Codec {stats['codec']}, MOS {stats['mos']} (ITU-T G.107), round trip {rtt}, "
        f"jitter {stats['jitter_ms']} ms, loss {stats['loss_percent']} %.",
    ]
