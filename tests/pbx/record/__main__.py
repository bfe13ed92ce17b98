"""`python -m tests.pbx.record [SCENARIO...]`: plays scenarios and keeps their logs.

Writes `tests/replay/logs/<scenario>.ami.jsonl` (every AMI event with all headers), `.cel.jsonl` and
`.expect.json` (what really happened). Secrets are random, new each time, and in none of the files.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.pbx.harness import running_pbx
from tests.pbx.record.pbx import TappedPbx
from tests.pbx.scenarios import SCENARIOS
from tests.pbx.scenarios.expect import ExpectedCall
from tests.pbx.scenarios.stage import Stage, company

LOGS = Path(__file__).parents[2] / "replay" / "logs"


async def record(name: str, logs: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="hovorna-record-") as folder:
        async with (
            running_pbx(company(), Path(folder)) as running,
            TappedPbx.listening_to(running) as pbx,
        ):
            async with Stage(pbx, Path(folder)) as stage:
                calls = await SCENARIOS[name](stage)
                await pbx.calls_over()
            _write(name, logs, pbx, calls)


def _write(name: str, logs: Path, pbx: TappedPbx, calls: list[ExpectedCall]) -> None:
    events = [json.dumps(event, ensure_ascii=False) for event in pbx.events]
    rows = pbx.cel_rows()
    expected = json.dumps(
        {
            "scenario": name,
            "story": (SCENARIOS[name].__doc__ or "").strip(),
            "asterisk": pbx.running.pbx.installation.version,
            "calls": [call.to_json() for call in calls],
        },
        indent=1,
        ensure_ascii=False,
    )
    _refuse_secrets(pbx, "\n".join([*events, *rows, expected]))
    for suffix, lines in (("ami.jsonl", events), ("cel.jsonl", rows), ("expect.json", [expected])):
        (logs / f"{name}.{suffix}").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _refuse_secrets(pbx: TappedPbx, text: str) -> None:
    secrets = [entry.password for entry in pbx.directory.extensions]
    secrets += [entry.password for entry in pbx.directory.lines] + [pbx.running.ami.secret]
    if any(secret in text for secret in secrets):
        raise SystemExit("a password would be kept: nothing written")


async def _record_all(names: list[str], logs: Path) -> int:
    failed = 0
    for name in names:
        started = time.monotonic()
        try:
            async with asyncio.timeout(120):
                await record(name, logs)
        except Exception as error:
            failed += 1
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
        else:
            print(f"{name}: {time.monotonic() - started:.1f} s", file=sys.stderr)
    return 1 if failed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="*", choices=[[], *SCENARIOS], help="default: all")
    parser.add_argument("--logs", type=Path, default=LOGS)
    args = parser.parse_args()
    args.logs.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_record_all(args.scenario or list(SCENARIOS), args.logs))


if __name__ == "__main__":
    sys.exit(main())
