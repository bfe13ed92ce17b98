"""What the fields of extensions and lines may hold: nothing that could break the PBX's files."""

import re
from typing import Any

from crm.clients.numbers import is_country, normalize
from crm.people.views import ExtensionData, LineData, LineView
from crm.validation import Checker
from pbx_bridge.directory import RecordMode

_EXTENSION = re.compile(r"[1-9][0-9]{1,5}")
_LINE = re.compile(r"[a-z][a-z0-9-]{0,39}")
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:]{2,45}\](:[0-9]{1,5})?")
_SIP_TEXT = re.compile(r"[\x21-\x7e]*")  # no spaces, nothing that ends a line of a file
_SIP_UNSAFE = re.compile(r"[;\"\\\[\]]")  # comment and section marks of the PBX's files
_LANGUAGE = re.compile(r"[a-z]{2}")
RECORD_MODES = tuple(RecordMode)
MODES = ("accept", "register", "address")


def check_extension(data: ExtensionData, *, new: bool) -> dict[str, Any]:
    """Column values. Raises Invalid."""
    check = Checker(data)
    values: dict[str, Any] = {}
    if new or check.has("number"):
        values["number"] = check.text("number", 10, required=True)
        if not _EXTENSION.fullmatch(values["number"]):
            check.fault("number", "must be 2 to 6 digits, the first not 0")
        elif values["number"] == "40":
            check.fault("number", "40 is the code that picks up a ringing call")
    if check.has("name"):
        values["name"] = check.text("name", 100, required=True)
    if check.has("user_id"):
        values["user_id"] = check.reference("user_id")
    if check.has("pickup_group"):
        values["pickup_group"] = check.optional("pickup_group", 50)
    if check.has("record"):
        values["record"] = check.choice("record", RECORD_MODES)
    check.done()
    return values


def check_line(data: LineData, old: LineView | None) -> tuple[dict[str, Any], list[str] | None]:
    """Column values, and the extensions that ring (None: unchanged). Raises Invalid."""
    check = Checker(data)
    values: dict[str, Any] = {}
    if old is None or check.has("name"):
        values["name"] = check.text("name", 40, required=True).lower()
        if not _LINE.fullmatch(values["name"]):
            check.fault("name", "must be letters, digits and hyphens, a letter first")
    if old is None or check.has("country"):
        values["country"] = check.text("country", 2, required=True).upper()
        if not is_country(values["country"]):
            check.fault("country", "must be a two-letter country code")
    if old is None or check.has("number"):
        country = values.get("country") or (old.country if old else "")
        number = normalize(check.text("number", 40, required=True), country)
        if number is None:
            check.fault("number", "is not a telephone number")
        values["number"] = number
    if old is None or check.has("label"):
        values["label"] = check.text("label", 100) or values.get("name") or ""
    if check.has("lead_for_withheld"):
        values["lead_for_withheld"] = check.flag("lead_for_withheld")
    if check.has("record"):
        values["record"] = check.choice("record", RECORD_MODES)
    _announcement(check, values)
    if check.has("ring_seconds"):
        values["ring_seconds"] = check.integer("ring_seconds", 5, 300) or 25
    _account(check, values)
    ring = [str(number) for number in check.items("ring", 50)] if check.has("ring") else None
    check.done()
    return values, ring


def _announcement(check: Checker, values: dict[str, Any]) -> None:
    if check.has("announcement"):
        values["announcement"] = " ".join(check.text("announcement", 500).split())
    if check.has("announcement_language"):
        language = check.text("announcement_language", 2).lower()
        if language and not _LANGUAGE.fullmatch(language):
            check.fault("announcement_language", "is not a language code")
        values["announcement_language"] = language


def _account(check: Checker, values: dict[str, Any]) -> None:
    if check.has("mode"):
        values["mode"] = check.choice("mode", MODES)
    if check.has("host"):
        values["host"] = check.text("host", 255)
        if values["host"] and not _HOST.fullmatch(values["host"]):
            check.fault("host", "must be a host name or address, with :port if need be")
    for name in ("sip_user", "sip_password"):
        if check.has(name) and check.data.get(name) is not None:
            values[name] = check.text(name, 100)
            if not _SIP_TEXT.fullmatch(values[name]) or _SIP_UNSAFE.search(values[name]):
                check.fault(name, 'must be plain characters without spaces and ; " \\ [ ]')
