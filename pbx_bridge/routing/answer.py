"""The routing answer on the wire: letters, digits, `%`, `-` and `|`, nothing else.

`101-102|25|Jan%20Nov%C3%A1k`: extensions (none: the line's own), seconds, display (may be empty).
The dialplan takes it apart with CUT and believes nothing that is not of this form.
"""

from pbx_bridge.asterisk.text import display_name
from pbx_bridge.ports import OutboundQuery, Refusal, RouteAnswer, RouteQuery

_SHORTEST_RING, _LONGEST_RING = 1, 600
_LONGEST_VALUE = 300


def encode(answer: RouteAnswer) -> str:
    ring = "-".join(number for number in answer.ring if number.isascii() and number.isdigit())
    seconds = max(_SHORTEST_RING, min(_LONGEST_RING, answer.seconds))
    return f"{ring}|{seconds}|{_escaped(display_name(answer.display))}"


def encode_permission(refusal: Refusal | None, *, down: bool) -> str:
    """One word: `yes`, `down` for a line that is so, or why not."""
    if refusal is not None:
        return str(refusal)
    return "down" if down else "yes"


def _escaped(text: str) -> str:
    return "".join(
        letter if letter.isascii() and letter.isalnum() else _percent(letter) for letter in text
    )


def _percent(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode())


def parse(pbx_id: str, fields: dict[str, str]) -> RouteQuery | None:
    """The dialplan's question. None if it names no call or line. `call` becomes the call's key."""
    values = {name: value[:_LONGEST_VALUE] for name, value in fields.items()}
    linkedid, line = values.get("call", ""), values.get("line", "")
    if not linkedid or not line:
        return None
    return RouteQuery(
        call=f"{pbx_id}-{linkedid}",
        line=line,
        dialled=values.get("dialled", ""),
        number=values.get("number") or None,
        name=values.get("name") or None,
    )


def parse_outbound(pbx_id: str, fields: dict[str, str]) -> OutboundQuery | None:
    """The same of a call to the outside. None if it does not say who calls whom."""
    values = {name: value[:_LONGEST_VALUE] for name, value in fields.items()}
    linkedid, line = values.get("call", ""), values.get("line", "")
    extension, number = values.get("extension", ""), values.get("number", "")
    if not (linkedid and line and extension and number):
        return None
    return OutboundQuery(f"{pbx_id}-{linkedid}", extension, line, number)
