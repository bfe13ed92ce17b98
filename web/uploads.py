"""Files that come in: larger than other bodies, and only where a handler says so."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import BodyPartReader, web

from web.errors import HttpError, Problem, too_large

_CHUNK = 64 * 1024
_ROOM = 3  # times the limit: who sends too much is read to the end, and told what is wrong

H = TypeVar("H", bound=Callable[..., Any])
_limits: dict[Any, int] = {}


@dataclass(frozen=True, slots=True)
class Upload:
    """`content` holds one byte more than the limit if there was more than that."""

    name: str
    content: bytes


def takes_file(limit: int) -> Callable[[H], H]:
    """Mark a handler whose requests may carry a file of up to `limit` bytes."""

    def decorate(handler: H) -> H:
        _limits[handler] = limit * _ROOM
        return handler

    return decorate


def body_limit(request: web.Request, usual: int) -> int:
    """Bytes that the body of this request may have."""
    return max(usual, _limits.get(request.match_info.handler, 0))


async def uploaded_field(request: web.Request, name: str, limit: int) -> Upload:
    """The file in this field of a form; without a name if none was chosen. Raises HttpError."""
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if isinstance(part, BodyPartReader) and part.name == name:
                return Upload(part.filename or "", await _read(part.read_chunk, limit))
    except (ValueError, AssertionError) as error:
        raise HttpError(Problem(400, "bad_form", "The form could not be read.")) from error
    return Upload("", b"")


async def uploaded_body(request: web.Request, limit: int) -> bytes:
    """The body itself is the file. Raises HttpError."""
    return await _read(request.content.read, limit)


async def _read(more: Callable[[int], Any], limit: int) -> bytes:
    """All of it, but for what is too much, which is let go by as long as there is room for it."""
    parts: list[bytes] = []
    kept = come = 0
    while chunk := await more(_CHUNK):
        come += len(chunk)
        if come > limit * _ROOM:
            raise too_large(limit)
        if kept <= limit:
            parts.append(bytes(chunk))
            kept += len(chunk)
    return b"".join(parts)[: limit + 1]
