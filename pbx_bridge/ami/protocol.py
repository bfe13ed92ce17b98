"""The manager protocol as bytes <-> messages. Pure: no socket, no clock.

A message is lines `Name: value` ended by CR LF, and an empty line. A server's first line is a
banner. https://docs.asterisk.org/Configuration/Interfaces/Asterisk-Manager-Interface-AMI/

At 60 calls a second Asterisk writes 5,000 events a second of which we want one in three. So the
stream is cut at the empty lines, the event's name is peeked at, and a dictionary is made only of
what somebody asked for.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from pbx_bridge.ami.errors import InvalidAction, NotAsterisk

_END: Final = b"\r\n\r\n"
_BANNER: Final = b"Asterisk Call Manager"
_BANNER_LIMIT: Final = 256
# Asterisk drops a longer line with "Dumping long line with no return" (main/manager.c, inbuf).
_LINE_LIMIT: Final = 1023
_HEADER_LIMIT: Final = 127  # AST_MAX_MANHEADERS less the ActionID's neighbour
_HEADER_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_REPLACEMENT: Final = b"\xef\xbf\xbd"  # U+FFFD in UTF-8


class Message:
    """A response or an event. `name` is the event's, empty for a response.

    `headers` are decoded on first use: UTF-8, what is not becomes U+FFFD, and so does NUL. Of a
    header that is repeated (`Variable`, `ChanVariable`, `Output`) `headers` has the first value,
    `values` all of them. A line without a colon is left out.
    """

    __slots__ = ("_headers", "_raw", "name")

    def __init__(self, name: str, raw: bytes) -> None:
        self.name = name
        self._raw = raw
        self._headers: dict[str, str] | None = None

    @property
    def headers(self) -> dict[str, str]:
        if self._headers is None:
            self._headers = self._parse()
        return self._headers

    def get(self, header: str, default: str = "") -> str:
        return self.headers.get(header, default)

    def values(self, header: str) -> list[str]:
        """Every value of a header, in order."""
        lines = (line.partition(":") for line in self._text().split("\r\n"))
        return [value.removeprefix(" ") for name, _, value in lines if name == header]

    @property
    def succeeded(self) -> bool:
        """A response that is not an error."""
        return self.headers.get("Response") in ("Success", "Follows", "Goodbye")

    def __repr__(self) -> str:
        return f"<Message {self.name or self.get('Response')} {len(self._raw)} bytes>"

    def _text(self) -> str:
        raw = self._raw
        if b"\0" in raw:
            raw = raw.replace(b"\0", _REPLACEMENT)
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw.decode("utf-8", "replace")

    def _parse(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        lines = self._text().split("\r\n")
        for line in lines:
            name, colon, value = line.partition(": ")
            if not colon:
                return _parse_carefully(lines)
            headers[name] = value
        if len(headers) != len(lines):
            return _parse_carefully(lines)
        return headers


def _parse_carefully(lines: Sequence[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and name:
            headers.setdefault(name, value.removeprefix(" "))
    return headers


class Parser:
    """Bytes of one connection in, messages out, whatever the chunks' borders.

    `wanted`: names of events to deliver, None for all. `limit`: a longer message, in bytes, is
    dropped and the stream taken up again after the next empty line.
    """

    def __init__(self, wanted: Iterable[str] | None = None, limit: int = 262_144) -> None:
        self._wanted = None if wanted is None else {name.encode(): name for name in wanted}
        self._limit = limit
        self._buffer = bytearray()  # of the message that is not complete yet
        self._skipping = False  # inside an oversized message
        self.banner: str | None = None
        #: Deliver unwanted events too when they carry an ActionID: a list's items are awaited.
        self.correlated = False
        self.unwanted = 0
        self.malformed = 0
        self.oversized = 0

    @property
    def pending(self) -> int:
        """Bytes of an incomplete message: what a cut connection would lose."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Message]:
        """Raises NotAsterisk when the first line is not the manager's banner."""
        if self._buffer:
            seen = max(0, len(self._buffer) - 3)
            self._buffer += data
            if self.banner is not None and self._buffer.find(_END, seen) < 0:
                self._bound()
                return []
            data = bytes(self._buffer)
            self._buffer.clear()
        if self.banner is None:
            rest = self._read_banner(data)
            if rest is None:
                self._buffer += data
                return []
            data = rest
        blocks = data.split(_END)
        tail = blocks.pop()
        if self._skipping and blocks:
            del blocks[0]
            self._skipping = False
        messages = self._messages(blocks)
        self._buffer += tail
        self._bound()
        return messages

    def _bound(self) -> None:
        """Hold no more than a message may have, and three bytes of the empty line after it."""
        if len(self._buffer) > self._limit + 3 and not self._skipping:
            self.oversized += 1
            self._skipping = True
        if self._skipping:
            del self._buffer[:-3]

    def _read_banner(self, data: bytes) -> bytes | None:
        line, end, rest = data.partition(b"\r\n")
        if not line.startswith(_BANNER[: len(line)]) or len(line) > _BANNER_LIMIT:
            raise NotAsterisk(f"expected the Asterisk manager's banner, got {bytes(line[:60])!r}")
        if not end:
            return None
        self.banner = line.decode("utf-8", "replace")
        return rest

    def _messages(self, blocks: Sequence[bytes]) -> list[Message]:
        wanted, limit, messages = self._wanted, self._limit, []
        for block in blocks:
            if block[:7] != b"Event: " or len(block) > limit:
                message = self._unusual(block)
                if message is not None:
                    messages.append(message)
                continue
            end = block.find(b"\r\n")
            raw = block[7:end] if end > 0 else block[7:]
            if wanted is None:
                messages.append(Message(raw.decode("utf-8", "replace"), block))
                continue
            name = wanted.get(raw)
            if name is not None:
                messages.append(Message(name, block))
            elif self.correlated and b"\r\nActionID: " in block:
                messages.append(Message(raw.decode("utf-8", "replace"), block))
            else:
                self.unwanted += 1
        return messages

    def _unusual(self, block: bytes) -> Message | None:
        """A response; or something that is not quite a message."""
        if len(block) > self._limit:
            self.oversized += 1
            return None
        block = block.lstrip(b"\r\n")
        if not block:
            return None
        message = Message("", block)
        if "Response" not in message.headers:
            message.name = message.headers.get("Event", "")
            if not message.name:
                self.malformed += 1
                return None
            if self._wanted is not None and message.name.encode() not in self._wanted:
                self.unwanted += 1
                return None
        return message


def encode_action(headers: Iterable[tuple[str, str]]) -> bytes:
    """An action as bytes, headers in their order, `Action` first.

    Raises InvalidAction for a control character or a line break of any kind in a name or value, for
    a name that is no header's, and for what Asterisk would silently drop for its length.
    """
    lines: list[bytes] = []
    for name, value in headers:
        if not _HEADER_NAME.fullmatch(name):
            raise InvalidAction(f"not a header's name: {name!r}")
        if _CONTROL.search(value):
            raise InvalidAction(f"{name}: a control character in {value!r}")
        try:
            line = f"{name}: {value}".encode()
        except UnicodeEncodeError as error:
            raise InvalidAction(f"{name}: cannot be written as UTF-8: {value!r}") from error
        if len(line) > _LINE_LIMIT:
            raise InvalidAction(f"{name}: {len(line)} bytes, Asterisk reads {_LINE_LIMIT}")
        lines.append(line)
    if not lines or not lines[0].startswith(b"Action: "):
        raise InvalidAction("an action begins with its Action header")
    if len(lines) > _HEADER_LIMIT:
        raise InvalidAction(f"{len(lines)} headers, Asterisk reads {_HEADER_LIMIT}")
    return b"\r\n".join(lines) + _END
