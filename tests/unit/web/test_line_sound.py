"""The page's way of uploading what callers of a line hear first."""

import asyncio
import re
from io import BytesIO
from typing import Any

from aiohttp import ClientResponse, FormData

from recordings.sounds import LARGEST
from tests.unit.recordings.sounds import tone, wav_bytes
from tests.unit.web.house import House
from tests.unit.web.test_auth import sign_in
from web.auth import CSRF_HEADER

PATH = "/settings/lines/line1/sound"


async def sends(house: House, content: bytes, field: str = "sound") -> tuple[int, str]:
    """Status and answer."""
    form = FormData(quote_fields=False)
    form.add_field(field, BytesIO(content), filename="hello <b>.wav")
    response = await posts(house, PATH, data=form)
    return response.status, await response.text()


async def posts(house: House, path: str, **more: Any) -> ClientResponse:
    page = await (await house.client.get("/board")).text()
    found = re.search(r'"X-CSRF-Token": "([0-9a-f]{64})"', page)
    assert found is not None
    headers = {CSRF_HEADER: found[1], "HX-Request": "true"}
    return await house.client.post(path, headers=headers, **more)


async def test_it_is_uploaded_heard_and_removed(house: House) -> None:
    await sign_in(house, "admin")
    status, page = await sends(house, wav_bytes(tone(600, 1.5)))
    assert status == 200
    assert f'src="{PATH}?' in page
    assert "hello &lt;b&gt;.wav" in page
    response = await house.client.get(PATH)
    assert (response.status, response.content_type) == (200, "audio/wav")
    page = await (await house.client.get("/settings/lines/line1")).text()
    assert "hello &lt;b&gt;.wav" in page
    page = await (await posts(house, f"{PATH}/delete")).text()
    assert "audio" not in page.replace("audio/", "")
    assert (await house.client.get(PATH)).status == 404


async def test_what_is_wrong_stands_beside_the_field(house: House) -> None:
    await sign_in(house, "admin")
    for content, fault in (
        (b"a letter", "Is no WAV, MP3 or Ogg sound."),
        (bytes(LARGEST + 5), "Is larger than 20 MB."),
    ):
        status, page = await sends(house, content)
        assert status == 422
        assert 'id="sound-error" role="alert"' in page
        assert fault in page
    status, page = await sends(house, b"x", field="other")
    assert (status, "Choose a file." in page) == (422, True)
    assert (await posts(house, PATH, data=b"no form")).status == 400


async def test_it_is_for_administrators(house: House) -> None:
    await sign_in(house, "eva")
    assert (await sends(house, wav_bytes(tone(600, 1.5))))[0] == 403
    assert (await posts(house, f"{PATH}/delete")).status == 403
    assert (await house.client.get(PATH)).status == 403
    assert not await asyncio.to_thread(house.settings.announcements_dir.exists)


async def test_without_the_pages_token_nothing_is_taken(house: House) -> None:
    await sign_in(house, "admin")
    form = FormData()
    form.add_field("sound", wav_bytes(tone(600, 1.5)), filename="hello.wav")
    assert (await house.client.post(PATH, data=form)).status == 403
