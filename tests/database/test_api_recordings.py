"""Hearing a recording: who may, in ranges, in three formats, and written down."""

import asyncio
import shutil
import wave
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest

from tests.unit.web.conftest import house as house
from tests.unit.web.house import House
from tests.unit.web.stories import Inbound
from web.context import CONTEXT
from web.middleware import SECURITY_HEADERS

AUDIO = bytes(range(256)) * 40


async def recorded(house: House, audio: bytes = AUDIO) -> str:
    """A finished, recorded call of Eva's; the path of its audio."""
    story = await (await (await Inbound(house).rings()).is_answered()).ends()
    return f"/recordings/{await story.is_recorded(audio)}/audio"


async def test_the_whole_recording(house: House) -> None:
    response = await house.call("GET", await recorded(house), "eva")
    assert (response.status, response.content_type) == (200, "audio/ogg")
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert response.headers["Content-Disposition"].startswith("inline")
    assert set(SECURITY_HEADERS) <= set(response.headers)
    assert await response.read() == AUDIO


@pytest.mark.parametrize(
    ("wanted", "begin", "end"),
    [("bytes=0-99", 0, 100), ("bytes=1000-", 1000, len(AUDIO)), ("bytes=-10", -10, len(AUDIO))],
)
async def test_a_part_of_it(house: House, wanted: str, begin: int, end: int) -> None:
    path = await recorded(house)
    response = await house.call("GET", path, "eva", headers={"Range": wanted})
    assert response.status == 206
    assert await response.read() == AUDIO[begin:end]
    first = begin % len(AUDIO)
    assert response.headers["Content-Range"] == f"bytes {first}-{end - 1}/{len(AUDIO)}"


async def test_a_part_beyond_its_end(house: House) -> None:
    path = await recorded(house)
    headers = {"Range": f"bytes={len(AUDIO)}-"}
    response = await house.call("GET", path, "eva", headers=headers)
    assert response.status == 416
    assert response.headers["Content-Range"] == f"bytes */{len(AUDIO)}"


async def test_if_range_and_if_none_match(house: House) -> None:
    path = await recorded(house)
    etag = (await house.call("GET", path, "eva")).headers["ETag"]
    part = {"Range": "bytes=0-9"}
    same = await house.call("GET", path, "eva", headers=part | {"If-Range": etag})
    assert same.status == 206
    other = await house.call("GET", path, "eva", headers=part | {"If-Range": '"other"'})
    assert (other.status, await other.read()) == (200, AUDIO)
    known = await house.call("GET", path, "eva", headers={"If-None-Match": etag})
    assert (known.status, await known.read()) == (304, b"")


async def test_head_tells_the_size_and_is_no_listening(house: House) -> None:
    path = await recorded(house)
    response = await house.call("HEAD", path, "eva")
    assert (response.status, response.headers["Content-Length"]) == (200, str(len(AUDIO)))
    assert await response.read() == b""
    assert await listenings(house, path) == []


async def listenings(house: House, path: str) -> list[str]:
    page = await house.ask("GET", path.replace("/audio", "/listenings"))
    return [item["user"] for item in page["items"]]


async def test_a_listening_is_written_down_once(house: House) -> None:
    path = await recorded(house)
    for place in ("bytes=0-", "bytes=5000-", "bytes=100-200"):
        await house.call("GET", path, "eva", headers={"Range": place})
        house.clock.pass_(seconds=30)
    assert await listenings(house, path) == ["Eva Malá"]
    await house.call("GET", path, "sup")
    assert await listenings(house, path) == ["Sam Supervisor", "Eva Malá"]
    house.clock.pass_(hours=1)
    await house.call("GET", path, "eva")
    assert (await listenings(house, path)).count("Eva Malá") == 2


async def test_seeking_in_a_long_recording_is_the_same_listening(house: House) -> None:
    story = await (await (await Inbound(house).rings()).is_answered()).ends()
    path = f"/recordings/{await story.is_recorded(seconds=3600)}/audio"
    for _ in range(4):
        await house.call("GET", path, "eva", headers={"Range": "bytes=0-99"})
        house.clock.pass_(minutes=20)
    assert await listenings(house, path) == ["Eva Malá"]
    house.clock.pass_(minutes=20)
    await house.call("GET", path, "eva")
    assert len(await listenings(house, path)) == 2


async def test_who_may_not_hear_it_gets_nothing_and_is_not_written_down(house: House) -> None:
    path = await recorded(house)
    problem = await house.ask("GET", path, "petr", 403)
    assert problem["code"] == "forbidden"
    await house.ask("GET", path, None, 401)
    assert await listenings(house, path) == []


async def test_a_recording_that_is_not_there(house: House) -> None:
    path = await recorded(house)
    await house.ask("GET", "/recordings/999/audio", "eva", 404)
    await asyncio.to_thread(shutil.rmtree, house.settings.recordings_dir)
    assert (await house.ask("GET", path, "eva", 404))["code"] == "not_found"
    assert await listenings(house, path) == []


async def test_a_format_that_does_not_exist(house: House) -> None:
    path = await recorded(house)
    problem = await house.ask("GET", path, "eva", 422, params={"format": "exe"})
    assert list(problem["errors"]) == ["format"]


async def test_a_recording_that_cannot_be_decoded_is_a_clear_answer(house: House) -> None:
    path = await recorded(house)
    problem = await house.ask("GET", path, "eva", 503, params={"format": "wav"})
    assert problem["code"] == "audio_unavailable"
    assert (await house.call("GET", path, "eva")).status == 200


@pytest.mark.parametrize(("format_", "mime"), [("wav", "audio/wav"), ("mp3", "audio/mpeg")])
async def test_other_formats_are_made_when_asked_for(
    house: House, format_: str, mime: str, tmp_path: Path
) -> None:
    path = await recorded(house, one_second_of_opus())
    response = await house.call("GET", path, "eva", params={"format": format_})
    assert (response.status, response.content_type) == (200, mime)
    data = await response.read()
    if format_ == "wav":
        with wave.open(BytesIO(data)) as sound:
            assert sound.getnchannels() == 2
            assert sound.getnframes() / sound.getframerate() == pytest.approx(1, abs=0.1)
    part = await house.call(
        "GET", path, "eva", params={"format": format_}, headers={"Range": "bytes=0-99"}
    )
    assert (part.status, await part.read()) == (206, data[:100])
    await house.client.app[CONTEXT].store.stop()


def one_second_of_opus() -> bytes:
    out = BytesIO()
    with av.open(out, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48000)
        stream.layout = "stereo"
        tone = (np.sin(np.arange(48000) * 440 * 2 * np.pi / 48000) * 8000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.repeat(tone, 2).reshape(1, -1), "s16", "stereo")
        frame.sample_rate = 48000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return out.getvalue()
