"""Telephone numbers: whatever people type, one E.164 number, or none.

Pure. E.164 is `+` and 7 to 15 digits. `phonenumbers` knows the plans of the countries, among them
that Italy keeps its leading zero and that Czechia has no trunk prefix (people write one anyway).
"""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
)

SHORTEST_NUMBER = 7  # digits; what is shorter is an extension, a short code or an emergency call
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_EXTENSION = re.compile(
    r"(?:;?\s*(?:ext|extn|ext\.|klapka|linka|kl\.?|x|#)[.:=\s]*[0-9]{1,11})\s*$", re.I
)
_ALLOWED = re.compile(r"[0-9+()\[\]/.,\-–—\s\u00a0\u202f~:*#a-z=;]*", re.I)
_SIP = re.compile(r"^(?:tel|sips?|callto):", re.I)
LONGEST_INPUT = 80


def is_e164(number: str) -> bool:
    return _E164.fullmatch(number) is not None


@lru_cache(maxsize=16_384)
def normalize(text: str, country: str) -> str | None:
    """E.164, or None for what cannot be a client's number: extensions, short codes, `anonymous`.

    `country` (ISO 3166-1 alpha-2) is whose number it is when it has no prefix.
    """
    if len(text) > LONGEST_INPUT:
        return None
    text = _SIP.sub("", text.strip()).partition("@")[0]
    text = _EXTENSION.sub("", text)
    if not _ALLOWED.fullmatch(text) or re.search(r"[a-z*#]", text, re.I):
        return None
    digits = re.sub(r"[^0-9]", "", text)
    if len(digits) < SHORTEST_NUMBER:
        return None
    international = text.lstrip("([ \t").startswith("+")
    return _first_valid(_readings(digits, international, country), country)


def _readings(digits: str, international: bool, country: str) -> list[str]:
    """How the digits may be meant, the likeliest first."""
    if international:
        # "+420 (0)777 ...": the zero in brackets is not dialled from abroad.
        return [f"+{digits}", *_without_trunk_zero(digits)]
    if digits.startswith("00"):
        return [f"+{digits[2:]}", digits.lstrip("0"), *_without_trunk_zero(digits[2:])]
    readings = [digits]
    if digits.startswith("0"):
        readings.append(digits.lstrip("0"))
    code = phonenumbers.country_code_for_region(country)
    if code and digits.startswith(str(code)):
        readings.append(f"+{digits}")
    # Providers send the number without its plus.
    readings.append(f"+{digits}")
    return readings


def _without_trunk_zero(digits: str) -> list[str]:
    for length in (1, 2, 3):
        code = digits[:length]
        if (
            phonenumbers.region_code_for_country_code(int(code)) not in ("ZZ", "IT", "VA", "SM")
            and digits[length : length + 1] == "0"
        ):
            return [f"+{code}{digits[length:].lstrip('0')}"]
    return []


def _first_valid(readings: list[str], country: str) -> str | None:
    possible: PhoneNumber | None = None
    for reading in readings:
        try:
            number = phonenumbers.parse(reading, country)
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return _e164(number)
        if possible is None and phonenumbers.is_possible_number(number):
            possible = number
    # A plan may be newer than our library: a number of a possible length is better than none.
    return None if possible is None else _e164(possible)


def _e164(number: PhoneNumber) -> str | None:
    text = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return text if is_e164(text) else None


@lru_cache(maxsize=16_384)
def national(number: str, country: str) -> str:
    """For people of `country`: their own numbers in national form, others in international."""
    try:
        parsed = phonenumbers.parse(number, None)
    except NumberParseException:
        return number
    own = parsed.country_code == phonenumbers.country_code_for_region(country)
    form = PhoneNumberFormat.NATIONAL if own else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


@lru_cache(maxsize=16_384)
def international(number: str) -> str:
    """With spaces, for reading: +420 777 123 456."""
    try:
        return phonenumbers.format_number(
            phonenumbers.parse(number, None), PhoneNumberFormat.INTERNATIONAL
        )
    except NumberParseException:
        return number


def significant(number: str) -> str:
    """The digits after the country code, as dialled within the country; Italy keeps its zero."""
    for length in (1, 2, 3):
        code = number[1 : 1 + length]
        if code.isascii() and code.isdigit() and int(code) in COUNTRY_CODE_TO_REGION_CODE:
            return number[1 + length :]
    return number.lstrip("+")


def country_of(number: str) -> str | None:
    """ISO 3166-1 alpha-2; None for what has no country (satellites, free international)."""
    try:
        parsed = phonenumbers.parse(number, None)
    except NumberParseException:
        return None
    region = phonenumbers.region_code_for_number(parsed)
    if region is None and parsed.country_code is not None:
        region = phonenumbers.region_code_for_country_code(parsed.country_code)
    return None if region in (None, "ZZ", "001") else region


_DEAR = frozenset(
    (
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UAN,
        PhoneNumberType.PAGER,
    )
)


def is_dear(number: str) -> bool:
    """Whether calls to it are billed by who is called: premium rate, shared cost and their like."""
    try:
        return phonenumbers.number_type(phonenumbers.parse(number, None)) in _DEAR
    except NumberParseException:
        return False


def is_country(code: str) -> bool:
    return code in phonenumbers.SUPPORTED_REGIONS
