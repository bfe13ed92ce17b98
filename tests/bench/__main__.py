"""`python -m tests.bench NAME [--json]`: one benchmark, its figures on stdout."""

import argparse
import importlib
import json
import sys
from pathlib import Path

NAMES = sorted(p.stem for p in Path(__file__).parent.glob("[!_]*.py"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    args = parser.parse_args()
    figures: dict[str, object] = importlib.import_module(f"tests.bench.{args.name}").run()
    if args.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:40} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
