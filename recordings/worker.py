"""The audio worker: `python -m recordings.worker`. Jobs as JSON lines in, answers out.

A process of its own, so that audio libraries and their memory stay out of the program, its work
yields to everything else on the machine, and a file that crashes a decoder crashes only this.
In: `{"id", "op", ...}`; out: `{"id", "result"}` or `{"id", "error", "code"}`. It ends with its
input, so it never outlives the program.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import av.logging

from recordings import jobs
from recordings.errors import JobError

_OPERATIONS: dict[str, Callable[[jobs.Json], jobs.Json]] = {
    "encode": jobs.encode,
    "digest": jobs.digest,
    "convert": jobs.convert,
    "telephone": jobs.make_telephone,
    "ping": lambda job: {},
}


def answer(line: bytes) -> dict[str, Any]:
    """Do one job. Nothing that a job raises comes out."""
    job = json.loads(line)
    try:
        return {"id": job["id"], "result": _OPERATIONS[job["op"]](job)}
    except JobError as error:
        return {"id": job["id"], "error": str(error), "code": error.code}
    except OSError as error:
        code = "disk_full" if jobs.is_full(error) else "failed"
        return {"id": job["id"], "error": str(error), "code": code}
    except Exception as error:
        return {"id": job["id"], "error": f"{type(error).__name__}: {error}", "code": "failed"}


def main() -> None:
    """Answer jobs until the input ends."""
    os.nice(10)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us too; our input tells the end
    av.logging.set_level(None)
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(json.dumps(answer(line)).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
