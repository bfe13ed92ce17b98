"""`hovorna doctor`: is this PBX ready to be connected? Writes nothing to it."""

import argparse
import asyncio
import json
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from config.settings import Settings, load_settings
from hovorna.argument_kinds import port, seconds
from hovorna.check_line import ask
from hovorna.cli import CommandError
from hovorna.sip_arguments import local_address
from pbx_bridge.ami.options import AmiOptions
from pbx_bridge.asterisk.errors import PbxError
from pbx_bridge.asterisk.paths import PbxPaths
from pbx_bridge.asterisk.secrets import load_secrets
from pbx_bridge.cel.opening import open_source
from pbx_bridge.cel.source import CelSource, CelUnavailable
from pbx_bridge.cel.sql import CelTable
from pbx_bridge.doctor.examination import examine, examine_cel
from pbx_bridge.doctor.findings import Finding, Grade, bad

_MARKS = {Grade.GOOD: "ok ", Grade.DOUBTFUL: "?  ", Grade.BAD: "NO "}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Without options the PBX of the settings is looked at. The secret comes from "
        "HOVORNA_AMI_SECRET, else from a line on stdin. Exit codes: 0 ready, 1 not ready."
    )
    parser.add_argument("--host", help="the PBX; default: HOVORNA_AMI_HOST")
    parser.add_argument("--port", type=port, help="of its manager; default: HOVORNA_AMI_PORT")
    parser.add_argument("--user", help="the manager user; default: HOVORNA_AMI_USER")
    parser.add_argument("--cel", metavar="SOURCE", help="default: HOVORNA_CEL_SOURCE")
    parser.add_argument(
        "--recordings", type=Path, metavar="FOLDER", help="default: HOVORNA_RECORDING_SPOOL"
    )
    parser.add_argument(
        "--timeout", type=seconds, default=5.0, help="seconds to wait for an answer"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(args: argparse.Namespace) -> int:
    settings = load_settings()
    options = _options(args, settings)
    findings = []
    for finding in _findings(args, settings, options):
        findings.append(finding)
        if not args.json:
            print("\n".join(_lines(finding)), flush=True)
    ready = not any(finding.grade is Grade.BAD for finding in findings)
    if args.json:
        print(json.dumps({"ready": ready, "findings": [asdict(it) for it in findings]}))
    else:
        print(f"\n{options.where} is {'ready' if ready else 'NOT ready'} to be connected.")
    return 0 if ready else 1


def _findings(
    args: argparse.Namespace, settings: Settings, options: AmiOptions
) -> Iterator[Finding]:
    bundled = _is_bundled(args, settings)
    cel = args.cel or settings.cel_source or (_bundled_cel(settings) if bundled else "")
    folder = args.recordings or settings.recording_spool or (settings.spool if bundled else None)
    address = local_address(options.host, options.port)
    yield from examine(options, folder, has_source=bool(cel), our_address=address)
    if cel:
        yield asyncio.run(_cel(cel))


async def _cel(setting: str) -> Finding:
    try:
        source: CelSource = open_source(setting, datetime.now(UTC).astimezone().tzinfo or UTC)
    except CelUnavailable as error:
        return bad(str(error))
    try:
        return await examine_cel(source)
    finally:
        if isinstance(source, CelTable):
            await source.close()


def _options(args: argparse.Namespace, settings: Settings) -> AmiOptions:
    bundled = _is_bundled(args, settings)
    return AmiOptions(
        host=args.host or ("127.0.0.1" if bundled else settings.ami_host),
        port=args.port or settings.ami_port,
        user=args.user or settings.ami_user,
        secret=_bundled_secret(settings) if bundled else _secret(settings),
        tls=ssl.create_default_context() if settings.ami_tls else None,
        connect_timeout=args.timeout,
        action_timeout=args.timeout,
    )


def _is_bundled(args: argparse.Namespace, settings: Settings) -> bool:
    return settings.pbx == "bundled" and args.host is None


def _secret(settings: Settings) -> str:
    secret = settings.ami_secret.get_secret_value() or ask("Secret of the manager user: ")
    if not secret:
        raise CommandError("no secret: set HOVORNA_AMI_SECRET, or write it on a line of stdin")
    return secret


def _bundled_secret(settings: Settings) -> str:
    path = PbxPaths(settings.pbx_dir).secrets
    if not path.exists():
        raise CommandError(
            f"the bundled PBX was never started in {settings.data}; for another one give --host"
        )
    try:
        return load_secrets(path).ami
    except PbxError as error:
        raise CommandError(str(error)) from error


def _bundled_cel(settings: Settings) -> str:
    folder = PbxPaths(settings.pbx_dir).cel
    found = [path for path in (folder / "cel.jsonl", folder / "cel.csv") if path.exists()]
    return f"{found[0].suffix.removeprefix('.')}:{found[0]}" if found else ""


def _lines(finding: Finding) -> Iterable[str]:
    yield _MARKS[finding.grade] + finding.what
    if finding.todo:
        yield f"     {finding.todo}"
    for line in finding.paste:
        yield f"     | {line}".rstrip()
