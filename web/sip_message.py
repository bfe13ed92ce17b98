"""Who sends a SIP message: the little of RFC 3261 that the websocket's guard must understand.

Strict on purpose. What the PBX could read in another way than we do, such as folded lines, two From
headers, or a second message behind the first, is refused.
"""

import re
from typing import Final

_START: Final = re.compile(
    r"(?:[A-Z]{2,20} sips?:[^\s]+ SIP/2\.0|SIP/2\.0 [1-6][0-9]{2}(?: .*)?)\Z"
)
_HEADER: Final = re.compile(r"(?P<name>[A-Za-z0-9-]{1,40})[ \t]*:(?P<value>.*)\Z")
_FROM: Final = re.compile(
    r'\s*(?:(?:"(?:[^"\\]|\\.)*"|[^"<>:@]*)\s*)<sip:(?P<user>[^@<>;:"\s]+)@[^<>"]*>[^<>]*\Z'
)
_LENGTH: Final = re.compile(r"\s*[0-9]{1,6}\s*\Z")


def sender_of(message: str) -> str | None:
    """The user in From of a request; None for a response. Raises ValueError with what is wrong."""
    head, blank, body = message.partition("\r\n\r\n")
    lines = head.split("\r\n")
    if not blank or not _START.match(lines[0]) or any("\r" in it or "\n" in it for it in lines):
        raise ValueError("not SIP")
    senders: list[str] = []
    lengths: list[str] = []
    for line in lines[1:]:
        header = _HEADER.match(line)
        if header is None:
            raise ValueError("not a SIP header")
        match header["name"].lower():
            case "from" | "f":
                senders.append(header["value"])
            case "content-length" | "l":
                lengths.append(header["value"])
    if len(lengths) != 1 or not _LENGTH.match(lengths[0]):
        raise ValueError("no length")
    if int(lengths[0]) != len(body.encode("utf-8", "surrogatepass")):
        raise ValueError("not the length told")
    if len(senders) != 1:
        raise ValueError("no sender")
    if lines[0].startswith("SIP/"):
        return None
    found = _FROM.match(senders[0])
    if found is None:
        raise ValueError("no sender")
    return found["user"]


_REGISTERED: Final = re.compile(
    r"SIP/2\.0 200 (?:.*\r\n)*?CSeq[ \t]*:[ \t]*[0-9]+[ \t]+REGISTER[ \t]*\r\n", re.IGNORECASE
)
_CONTACT: Final = re.compile(r"\r\n(?:Contact|m)[ \t]*:", re.IGNORECASE)


def is_registered(message: str) -> bool:
    """Whether the PBX says that a phone is registered with it, to whom it has said so."""
    return _REGISTERED.match(message) is not None and _CONTACT.search(message) is not None
