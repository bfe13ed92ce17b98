"""The audio worker dies, hangs, talks nonsense; whoever asks is told and may ask again."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from recordings.errors import JobError, WorkerError
from recordings.places import Places
from recordings.process import AudioWorker
from recordings.worker import answer

NOWHERE = {"client": "/nonexistent/a", "company": "/nonexistent/b"}


def python(program: str) -> AudioWorker:
    return AudioWorker((sys.executable, "-c", program))


async def test_it_answers_one_job_after_another_with_one_process() -> None:
    worker = AudioWorker()
    try:
        assert await worker.run("ping", 20.0) == {}
        first = worker.pid
        assert await worker.run("digest", 20.0, **NOWHERE) == {"client": None, "company": None}
        assert worker.pid == first is not None
    finally:
        await worker.stop()
    assert worker.pid is None


async def test_it_yields_to_the_rest_of_the_machine() -> None:
    worker = AudioWorker()
    try:
        await worker.run("ping", 20.0)
        assert worker.pid is not None
        assert os.getpriority(os.PRIO_PROCESS, worker.pid) >= 10
    finally:
        await worker.stop()


async def test_killed_between_jobs_it_is_started_again() -> None:
    worker = AudioWorker()
    try:
        await worker.run("ping", 20.0)
        first = worker.pid
        assert first is not None
        os.kill(first, 9)
        # Whether anybody has noticed yet is a race; one failed job at most, then a new process.
        with suppress(WorkerError):
            await worker.run("ping", 20.0)
        await worker.run("ping", 20.0)
        assert worker.pid not in (None, first)
    finally:
        await worker.stop()


async def test_a_worker_that_hangs_is_killed() -> None:
    worker = python("import time; time.sleep(1000)")
    with pytest.raises(WorkerError, match="no answer"):
        await worker.run("ping", 0.2)
    assert worker.pid is None


@pytest.mark.parametrize(
    "program",
    ["", "print('nonsense', flush=True); input(); input()", "print('{}', flush=True); input()"],
    ids=["ends at once", "no JSON", "another job's answer"],
)
async def test_a_worker_that_does_not_answer_has_failed(program: str) -> None:
    worker = python(program)
    with pytest.raises(WorkerError):
        await worker.run("ping", 20.0)
    await worker.stop()


async def test_a_worker_that_is_not_there() -> None:
    with pytest.raises(WorkerError, match="does not start"):
        await AudioWorker(("/nonexistent/python",)).run("ping", 1.0)


def test_it_ends_with_its_input(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "recordings.worker"],
        input=b'{"id":1,"op":"ping"}\n',
        stdout=subprocess.PIPE,
        timeout=30,
        check=True,
    )
    assert json.loads(done.stdout) == {"id": 1, "result": {}}


@pytest.mark.parametrize("job", [{"op": "no such"}, {"op": "encode"}, {"op": "convert"}])
def test_a_job_it_does_not_understand_is_refused_and_it_lives_on(job: dict[str, str]) -> None:
    reply = answer(json.dumps({"id": 7, **job}).encode())
    assert (reply["id"], reply["code"]) == (7, "failed")


async def test_an_unreadable_side_is_told_apart_from_a_broken_one(places: Places) -> None:
    (places.spool / "1.client.wav").mkdir()  # reading it is an error, whoever we are
    worker = AudioWorker()
    try:
        with pytest.raises(JobError) as caught:
            await worker.run(
                "encode",
                20.0,
                client=str(places.spool / "1.client.wav"),
                company=str(places.spool / "1.company.wav"),
                target=str(places.root / "x.ogg"),
                temporary=str(places.root / "x.part"),
                root=str(places.root),
                reserve=0,
                give_up=False,
            )
        assert caught.value.code == "unreadable"
    finally:
        await worker.stop()


def test_the_program_itself_never_loads_the_audio_libraries() -> None:
    check = (
        "import sys, recordings.ingest, recordings.store, recordings.retention;"
        "sys.exit(bool({'av', 'numpy'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
