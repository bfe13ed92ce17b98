"""Reading SIP messages (RFC 3261) as the phone needs them, and writing values into them. Pure."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

_COMPACT = {
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "v": "via",
    "l": "content-length",
}
_NAME_ADDR = re.compile(r'^\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*?))\s*<([^>]*)>')
_USER = re.compile(r"^(?:sips?|tel):([^@;?>]*)", re.IGNORECASE)
_ANSWER_AFTER = re.compile(r"answer-after\s*=\s*(\d+)", re.IGNORECASE)
_ALERT = re.compile(r"info=(?:alert-autoanswer|ring-answer|auto-?answer|intercom)", re.IGNORECASE)
_Q850 = re.compile(r"Q\.850\s*;\s*cause\s*=\s*(\d+)", re.IGNORECASE)
_URI_PORT = re.compile(r"^sips?:(?:[^@]*@)?(?:\[[^\]]*\]|[^:;?>]*)(?::(\d+))?", re.IGNORECASE)

Headers = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Identity:
    number: str | None
    name: str | None


def headers_of(message: str) -> Headers:
    """All headers of a raw message by lower-case long name, in order; folded lines are joined."""
    head = message.replace("\r\n", "\n").split("\n\n", 1)[0]
    headers: Headers = {}
    last: list[str] | None = None
    for line in head.split("\n")[1:]:
        if line[:1] in (" ", "\t") and last:
            last[-1] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        if colon:
            key = name.strip().lower()
            last = headers.setdefault(_COMPACT.get(key, key), [])
            last.append(value.strip())
    return headers


def request_uri(message: str) -> str:
    """The URI of a request's first line, empty for a response."""
    parts = message.split("\n", 1)[0].split()
    return parts[1] if len(parts) == 3 and not parts[0].startswith("SIP/") else ""


def identity(value: str) -> Identity:
    """Who a From, To or P-Asserted-Identity names. A withheld caller has no number."""
    found = _NAME_ADDR.match(value)
    uri = found[3] if found else value.split(";")[0].strip()
    name = re.sub(r"\\(.)", r"\1", found[1] or found[2] or "").strip() if found else ""
    user = _USER.match(uri)
    number = unquote(user[1]) if user and user[1] else None
    if number is not None and number.lower() in ("anonymous", "unknown", "restricted"):
        number = None
    return Identity(number, name or None)


def user_of(uri: str) -> str:
    found = _USER.match(uri.strip("<>"))
    return unquote(found[1]) if found else ""


def port_of(uri: str) -> int | None:
    found = _URI_PORT.match(uri.strip("<>"))
    return int(found[1]) if found and found[1] else None


def answers_itself(headers: Headers) -> bool:
    """The caller asks the phone to answer at once (click-to-call, intercom)."""
    asked = [*headers.get("call-info", []), *headers.get("alert-info", [])]
    if any(_ANSWER_AFTER.search(value) or _ALERT.search(value) for value in asked):
        return True
    return any(v.strip().lower().startswith("auto") for v in headers.get("answer-mode", []))


def cause_of(headers: Headers) -> int | None:
    """Q.850 cause of a Reason header (RFC 3326)."""
    for value in headers.get("reason", []):
        found = _Q850.search(value)
        if found:
            return int(found[1])
    return None


def seen_as(headers: Headers) -> str | None:
    """`host:port` that the far side saw us at, of our Via's received and rport (RFC 3581)."""
    via = headers.get("via", [""])[0]
    sent_by, _, rest = via.partition(";")
    host, _, port = sent_by.split()[-1].partition(":") if sent_by.split() else ("", "", "")
    parameters = dict(
        item.strip().lower().partition("=")[::2] for item in rest.split(",")[0].split(";")
    )
    if not host:
        return None
    return f"{parameters.get('received') or host}:{parameters.get('rport') or port or 5060}"


def sent_by(headers: Headers) -> str | None:
    """`host:port` that we gave as our own in our Via."""
    via = headers.get("via", [""])[0].partition(";")[0].split()
    if not via:
        return None
    return via[-1] if ":" in via[-1] else f"{via[-1]}:5060"


def address(to: str, host: str, port: int) -> str:
    """A dialled number or SIP address as a URI; what a URI may not hold is escaped."""
    if to.lower().startswith(("sip:", "sips:")):
        return quote(to, safe="%:;@=?&+$,/!~*'()[]-_.")
    return f"sip:{quote(to, safe='+*!$&(),-_.~')}@{host}:{port}"


def name_addr(name: str | None, uri: str) -> str:
    """`"name" <uri>` with the name quoted as RFC 3261 25.1 wants it."""
    if not name:
        return f"<{uri}>"
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" <{uri}>'


def asserted(number: str | None, name: str | None, host: str, withheld: bool) -> dict[str, str]:
    """Headers by which a provider tells who calls (RFC 3325), and that it must not be shown."""
    headers: dict[str, str] = {}
    if number is not None:
        uri = f"sip:{quote(number, safe='+*-_.')}@{host}"
        headers["P-Asserted-Identity"] = name_addr(name, uri)
    if withheld:
        headers["Privacy"] = "id"
    return headers
