"""The program's side of the audio worker: starts it, gives it jobs, starts it again."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

from recordings.errors import JobError, WorkerError

_log = structlog.get_logger(__name__)
_COMMAND = (sys.executable, "-m", "recordings.worker")
_LINE_LIMIT = 1_000_000  # bytes of one answer; peaks are the largest part
_END_SECONDS = 2.0


class AudioWorker:
    """One worker process, one job at a time, in the order asked. Starts with the first job.

    A job during which the process dies or exceeds its time fails with WorkerError, and the next
    one gets a new process: whoever asked decides whether to try again.
    """

    def __init__(self, command: tuple[str, ...] = _COMMAND) -> None:
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._last = 0

    @property
    def pid(self) -> int | None:
        """None while there is no process."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process and running else None

    async def run(self, op: str, seconds: float, **job: Any) -> dict[str, Any]:
        """Do one job. Raises JobError if it failed, WorkerError if the worker did."""
        async with self._turn:
            self._last += 1
            process = await self._started()
            try:
                async with asyncio.timeout(seconds):
                    reply = await self._ask(process, {"id": self._last, "op": op, **job})
            except TimeoutError as error:
                await self._kill(process)
                raise WorkerError(f"no answer within {seconds:.0f} s") from error
            except BaseException:
                # Cancelled, or its pipe broke: its next answer would be taken for another's.
                await self._kill(process)
                raise
        if "error" in reply:
            raise JobError(reply["error"], reply["code"])
        result: dict[str, Any] = reply["result"]
        return result

    async def _ask(
        self, process: asyncio.subprocess.Process, job: Mapping[str, Any]
    ) -> dict[str, Any]:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(job).encode() + b"\n")
            await process.stdin.drain()
            line = await process.stdout.readline()
            reply: dict[str, Any] = json.loads(line) if line else {}
        except (OSError, ValueError) as error:
            raise WorkerError(f"the audio worker broke off: {error}") from error
        if reply.get("id") != job["id"]:
            raise WorkerError("the audio worker died")
        return reply

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=_LINE_LIMIT,
                env=_environment(),
            )
        except OSError as error:
            raise WorkerError(f"the audio worker does not start: {error}") from error
        _log.info("audio worker started", pid=self._process.pid)
        return self._process

    async def _kill(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is None:
            process.kill()
        await process.wait()
        _log.warning("audio worker ended", pid=process.pid, status=process.returncode)

    async def stop(self) -> None:
        """End the process; a job under way fails. May be called twice, and jobs may follow."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(_END_SECONDS):
                await process.wait()
        except TimeoutError:
            await self._kill(process)


def _environment() -> dict[str, str]:
    source = str(Path(__file__).parent.parent)
    others = os.environ.get("PYTHONPATH")
    return os.environ | {
        "PYTHONPATH": os.pathsep.join((source, others)) if others else source,
        "OPENBLAS_NUM_THREADS": "1",  # its threads would each take memory and do nothing
    }
