"""A spool, a store and a catalogue, empty; ingests that end with the test."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from numpy.typing import NDArray

from recordings.ingest import Ingest
from recordings.places import Pace, Places
from recordings.process import AudioWorker
from tests.unit.recordings.fakes import MemoryCatalogue
from tests.unit.recordings.sounds import tone, write_wav

HURRIED = Pace(
    settle=0.05, quiet=0.05, scan=3600.0, pause=0.1, shortest=0.01, longest=0.05, patience=4
)


@pytest.fixture(autouse=True)
def blockbuster() -> Iterator[BlockBuster]:
    with blockbuster_ctx("recordings") as blocker:
        yield blocker


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    return MemoryCatalogue()


@pytest.fixture
def places(tmp_path: Path) -> Places:
    (tmp_path / "spool").mkdir()
    (tmp_path / "store").mkdir()
    return Places(tmp_path / "spool", tmp_path / "store")


MakeIngest = Callable[..., Ingest]
Problems = asyncio.Queue[str]


@pytest.fixture
async def problems() -> Problems:
    """What the ingests of this test tell the administrator, in order."""
    return asyncio.Queue()


@pytest.fixture
async def make_ingest(
    places: Places, catalogue: MemoryCatalogue, problems: Problems
) -> AsyncIterator[MakeIngest]:
    made: list[Ingest] = []

    def make(
        worker: AudioWorker | None = None, pace: Pace = HURRIED, at: Places = places
    ) -> Ingest:
        tell = problems.put_nowait
        made.append(Ingest(at, catalogue, worker, pace=pace, jitter=lambda: 0.5, tell=tell))
        return made[-1]

    yield make
    for ingest in made:
        await ingest.stop()


Record = Callable[..., str]


@pytest.fixture
def record(places: Places, catalogue: MemoryCatalogue) -> Record:
    """The PBX records one second: 440 Hz from the client, 1000 Hz from the company."""

    def one(
        channel: str = "1700000000.1",
        client: NDArray | None = None,  # type: ignore[type-arg]
        company: NDArray | None = None,  # type: ignore[type-arg]
        seconds: float = 1.0,
    ) -> str:
        client = tone(440, seconds) if client is None else client
        company = tone(1000, seconds) if company is None else company
        write_wav(places.spool / f"{channel}.client.wav", client)
        write_wav(places.spool / f"{channel}.company.wav", company)
        return catalogue.know(channel)

    return one
