"""Recordings over HTTP: ranges (RFC 9110, section 14), so that a player can seek."""

import asyncio
import re
from pathlib import Path

from aiohttp import hdrs, web

from recordings.store import AudioFile

CHUNK = 128 * 1024

_ONE_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))\Z", re.ASCII)


class Unsatisfiable(Exception):
    """No byte of the file lies in the range that was asked for."""


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last; None for the whole file.

    None also for several ranges, other units and nonsense, which the RFC lets us ignore.
    Raises Unsatisfiable.
    """
    found = _ONE_RANGE.match(header or "")
    if found is None:
        return None
    first, last, tail = found.groups()
    if tail is not None:
        begin, end = max(0, size - int(tail)), size
    else:
        begin, end = int(first), min(size, int(last) + 1 if last else size)
        if last and int(last) < int(first):
            return None
    if begin >= size:
        raise Unsatisfiable
    return begin, end


async def send_audio(request: web.Request, file: AudioFile, name: str) -> web.StreamResponse:
    """200, 206, 304 or 416. `name`: the file's name when it is saved, without its ending."""
    headers = {
        hdrs.ETAG: f'"{file.etag}"',
        hdrs.CACHE_CONTROL: "private, no-cache",
        hdrs.ACCEPT_RANGES: "bytes",
    }
    if any(tag.value in (file.etag, "*") for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    condition = request.headers.get(hdrs.IF_RANGE)
    wanted = request.headers.get(hdrs.RANGE)
    if condition is not None and condition != f'"{file.etag}"':
        wanted = None
    try:
        part = byte_range(wanted, file.size)
    except Unsatisfiable:
        headers[hdrs.CONTENT_RANGE] = f"bytes */{file.size}"
        return web.Response(status=416, headers=headers)
    begin, end = part or (0, file.size)
    if part is not None:
        headers[hdrs.CONTENT_RANGE] = f"bytes {begin}-{end - 1}/{file.size}"
    headers[hdrs.CONTENT_TYPE] = file.mime
    headers[hdrs.CONTENT_DISPOSITION] = f'inline; filename="{name}{file.path.suffix}"'
    response = web.StreamResponse(status=200 if part is None else 206, headers=headers)
    response.content_length = end - begin
    return await _send(request, response, file, begin)


async def _send(
    request: web.Request, response: web.StreamResponse, file: AudioFile, begin: int
) -> web.StreamResponse:
    end = begin + (response.content_length or 0)
    await response.prepare(request)
    if request.method != hdrs.METH_HEAD:
        while begin < end and (data := await asyncio.to_thread(_read, file.path, begin, end)):
            await response.write(data)
            begin += len(data)
    await response.write_eof()
    return response


def _read(path: Path, begin: int, end: int) -> bytes:
    """Opened for each piece: a listener who goes at any moment leaves no open file behind."""
    with path.open("rb") as stream:
        stream.seek(begin)
        return stream.read(min(CHUNK, end - begin))
