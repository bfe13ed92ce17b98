"""An audio worker that is killed at a chosen step of a chosen recording.

`python -m tests.unit.recordings.dying_worker STEP CHANNEL [MARKER]`: with a marker file it dies
once, with none every time. Steps: always, written, synced, verified, stored.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from recordings import audio, jobs, worker

STEPS = ("always", "written", "synced", "verified", "stored")


def main() -> None:
    step, channel = sys.argv[1:3]
    marker = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    current = {"target": ""}

    def die_at(name: str) -> None:
        if name != step or channel not in current["target"] or (marker and marker.exists()):
            return
        if marker:
            marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)

    def after(module: Any, function: str, name: str) -> None:
        original = getattr(module, function)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            die_at(name)
            return result

        setattr(module, function, wrapped)

    def encode(job: jobs.Json) -> jobs.Json:
        current["target"] = job["target"]
        die_at("always")
        return jobs.encode(job)

    after(audio, "combine", "written")
    after(os, "posix_fadvise", "synced")
    after(audio, "verify", "verified")
    after(jobs, "_sync_directory", "stored")
    worker._OPERATIONS["encode"] = encode
    worker.main()


if __name__ == "__main__":
    main()
