"""Numbers, names and parties as the dialplan and the network write them."""

import re

from pbx_bridge.asterisk.dialplan import PICKUP_ALIAS
from pbx_bridge.calls.events import Party
from pbx_bridge.calls.layout import Layout

_NUMBER = re.compile(r"\+?[0-9*#]+")
_WITHHELD = frozenset({"anonymous", "restricted", "unavailable", "unknown", "private", "asterisk"})
_LONGEST_EXTENSION = 6
_SEPARATORS = re.compile(r"[-.() ]")
_LINE_KEY = re.compile(r"\*[1-9]\*(?=[0-9+])")
_QUOTED_PAIR = re.compile(r'\\(["\\])')


def caller_number(number: str | None) -> str | None:
    """What the network sent as the caller's number; None where that is no number to call back.

    A number may be written with separators (RFC 3966 5.1.1).
    """
    if number is None or number.lower() in _WITHHELD:
        return None
    bare = _SEPARATORS.sub("", number)
    return bare if _NUMBER.fullmatch(bare) else number


def caller_name(name: str | None) -> str | None:
    """What the network sent as the caller's name: Asterisk leaves SIP's quoted pairs in it.

    Source: RFC 3261 25.1. A backslash before anything else is taken as meant.
    """
    return None if name is None else _QUOTED_PAIR.sub(r"\1", name)


def dialled(exten: str) -> str | None:
    """What somebody dialled; None for the dialplan's own places (s, i, t, h)."""
    return exten if any(c.isdigit() for c in exten) else None


def without_line_key(exten: str) -> str:
    """The number that `*2*777123456` calls, on the employee's second line."""
    return _LINE_KEY.sub("", exten, count=1)


def is_service(exten: str) -> bool:
    """A code by which an employee asks something of the PBX, rather than to speak to somebody."""
    return without_line_key(exten).startswith("*") or exten == PICKUP_ALIAS


def target_endpoint(target: str) -> str:
    """The endpoint that `PJSIP/777@line1`, `PJSIP/line1/sip:777@host` or `PJSIP/101` reaches."""
    rest = target.partition("/")[2]
    first = rest.partition("/")[0]
    return first.partition("@")[2] or first


def target_number(target: str) -> str | None:
    """The number called by a target, with or without its technology; None where there is none."""
    rest = target.removeprefix("PJSIP/").removeprefix("SIP/")
    head, slash, uri = rest.partition("/")
    user = uri.removeprefix("sip:").partition("@")[0] if slash else head.partition("@")[0]
    if not slash and "@" not in head:
        return None
    return user if _NUMBER.fullmatch(user) else None


def party_at(exten: str, layout: Layout) -> Party:
    """Who is reached by dialling `exten`: a colleague if it is short, else an outside number."""
    if exten in layout.extensions or len(exten) <= _LONGEST_EXTENSION:
        return Party(extension=exten)
    return Party(number=without_line_key(exten))
