"""The sound that a line's callers hear first: uploaded, heard, replaced and removed."""

import asyncio
import wave
from io import BytesIO
from typing import Any

import pytest

from recordings.sounds import LARGEST
from tests.database.houses import house as house
from tests.unit.recordings.sounds import tone, wav_bytes
from tests.unit.web.house import House

HELLO = wav_bytes(tone(600, 1.5))
PATH = "/lines/line1/announcement"


async def kept(house: House) -> set[str]:
    def look() -> set[str]:
        return {it.stem for it in house.settings.announcements_dir.glob("*")}

    return await asyncio.to_thread(look)


async def entry(house: House) -> Any:
    """Of the line, as the PBX is rendered from it."""
    return (await house.crm.lines.pbx_directory()).lines[0].announcement


async def test_a_program_uploads_it_and_the_pbx_has_it(house: House) -> None:
    assert (await house.ask("GET", "/lines/line1"))["announcement_sound"] is None
    await house.ask("GET", PATH, status=404)
    line = await house.ask("PUT", f"{PATH}?file=..%5Chello.wav", data=HELLO)
    sound = line["announcement_sound"]
    assert (sound["file"], sound["seconds"]) == ("hello.wav", 1.5)
    assert await kept(house) == {sound["id"]}
    assert (await entry(house)).sound == sound["id"]
    assert house.telephony.done[-1] == ("reload",)
    response = await house.call("GET", PATH, headers={"Range": "bytes=0-43"})
    assert (response.status, response.content_type) == (206, "audio/wav")
    response = await house.call("GET", PATH)
    with wave.open(BytesIO(await response.read())) as heard:
        assert (heard.getframerate(), heard.getnframes()) == (8000, 12_000)
    newest = (await house.crm.people.audit_trail(house.actors["admin"], "line"))[0]
    assert (newest.action, newest.details["fields"]) == ("changed", ["announcement_sound"])


async def test_another_takes_its_place_and_without_it_the_text_is_heard(house: House) -> None:
    await house.ask("PATCH", "/lines/line1", json={"announcement": "Hello."})
    first = await house.ask("PUT", PATH, data=HELLO)
    assert first["announcement"] == "Hello."
    assert first["announcement_sound"]["file"] == "sound"
    second = await house.ask("PUT", PATH, data=wav_bytes(tone(800, 2.0)))
    assert await kept(house) == {second["announcement_sound"]["id"]}
    # The same for another line is one file, which stays while one of them has it.
    await house.ask(
        "POST",
        "/lines",
        status=201,
        json={"name": "two", "number": "+420222000002", "country": "CZ"},
    )
    await house.ask("PUT", "/lines/two/announcement", data=wav_bytes(tone(800, 2.0)))
    gone = await house.ask("DELETE", PATH)
    assert (gone["announcement_sound"], gone["announcement"]) == (None, "Hello.")
    assert ((await entry(house)).sound, (await entry(house)).text) == ("", "Hello.")
    assert await kept(house) == {second["announcement_sound"]["id"]}
    await house.ask("DELETE", "/lines/two/announcement")
    assert await kept(house) == set()
    await house.ask("DELETE", PATH)  # there is none


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "is no WAV"),
        (b"%PDF-1.4 " + bytes(1000), "is no WAV"),
        (wav_bytes(tone(440, 121.0)), "is longer than two minutes"),
        (wav_bytes(tone(440, 2.0, level=0)), "is silent"),
        (bytes(LARGEST + 1), "is larger than 20 MB"),
    ],
    ids=["nothing", "a document", "too long", "silent", "too large"],
)
async def test_what_is_no_such_sound_is_told_and_nothing_changes(
    house: House, content: bytes, fault: str
) -> None:
    line = await house.ask("PUT", PATH, data=HELLO)
    problem = await house.ask("PUT", PATH, status=422, data=BytesIO(content))
    assert fault in problem["errors"]["sound"]
    assert await house.ask("GET", "/lines/line1") == line
    assert await kept(house) == {line["announcement_sound"]["id"]}


async def test_only_administrators_have_it_and_nothing_is_read_of_others(house: House) -> None:
    await house.ask("PUT", PATH, data=HELLO)
    for who in ("eva", "sup"):
        await house.ask("PUT", PATH, who, 403, data=HELLO)
        await house.ask("GET", PATH, who, 403)
        await house.ask("DELETE", PATH, who, 403)
    await house.ask("PUT", "/lines/none/announcement", status=404, data=HELLO)
    assert len(await kept(house)) == 1


async def test_far_too_much_is_refused_unread(house: House) -> None:
    response = await house.call("PUT", PATH, data=BytesIO(bytes(3 * LARGEST + 1)))
    assert response.status == 413
    response = await house.call("PATCH", "/lines/line1", data=BytesIO(bytes(LARGEST)))
    assert response.status == 413  # others have no more room than before
