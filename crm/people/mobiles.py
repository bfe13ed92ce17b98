"""Employees' mobile telephones: a number may be one, and what is heard before it is connected. And
what else is spoken to employees on the telephone.
"""

from collections.abc import Mapping
from typing import Final

from crm.clients.numbers import country_of, is_dear, normalize
from crm.errors import Invalid
from crm.people.calling_out import Limits
from pbx_bridge.directory import Announcement, MobileEntry

# Spoken on the telephone, in the employee's language: not of the pages, so not in their catalogue.
_PROMPTS: Final[Mapping[str, str]] = {
    "en": "Your call from Hovorna. Press one to be connected.",
    "cs": "Váš hovor z Hovorny. Pro spojení stiskněte jedničku.",
}


_LINE_DOWN: Final[Mapping[str, str]] = {
    "en": "This line is out of order now. Please try later, or choose another line.",
    "cs": "Tato linka teď nefunguje. Zkuste to později, nebo zvolte jinou linku.",
}


def mobile_number(text: str, country: str, limits: Limits, own_numbers: frozenset[str]) -> str:
    """E.164 of what was typed in any usual way. Raises Invalid for what may not be called.

    `country`: of a number without a prefix; `limits`: of the employee; `own_numbers`: of the lines.
    """
    number = normalize(text, country)
    if number is None:
        raise Invalid({"mobile": "is not a telephone number"})
    if number in own_numbers:
        raise Invalid({"mobile": "is the company's own number"})
    if is_dear(number):
        raise Invalid({"mobile": "is a number at a higher rate"})
    if not limits.allow(country_of(number)):
        raise Invalid({"mobile": "is in a country that may not be called"})
    return number


def mobile_entry(number: str, language: str) -> MobileEntry:
    """As the PBX has it, asking for the key. `language`: ISO 639-1; English where there is no text
    in it.
    """
    return MobileEntry(number, _spoken(_PROMPTS, language))


def line_down(language: str) -> Announcement:
    """Of a line on which nobody can be called now. `language`: as above."""
    return _spoken(_LINE_DOWN, language)


def _spoken(texts: Mapping[str, str], language: str) -> Announcement:
    known = language if language in texts else "en"
    return Announcement(texts[known], known)
