"""How people in the company's country dial, from phonenumbers' metadata (ITU-T E.164, E.129)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, shortnumberinfo

from pbx_bridge.asterisk.errors import PbxError

# International numbers have at most 15 digits; fewer than 7 are no subscriber's.
SHORTEST = 7
LONGEST = 15


@dataclass(frozen=True, slots=True)
class Numbering:
    """`country_code`: "420". `international`: prefixes, "00". `trunk`: "0", empty where none."""

    country_code: str
    international: tuple[str, ...]
    trunk: str
    emergency: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """Numbers of some countries, as POSIX regular expressions of what E.164 begins with: it is one
    of them if it matches `within` and not `without`. Empty `without`: nothing to take away."""

    within: str
    without: str


@lru_cache(maxsize=64)
def reach_of(countries: frozenset[str]) -> Reach:
    """`countries`: ISO 3166-1 alpha-2; unknown ones reach nobody.

    Countries that share a calling code are told apart by their leading digits, such as the islands
    of the Caribbean from the United States. Those without any of their own go with the others that
    have none: Canada with the United States, Jersey with Great Britain.
    """
    within: list[str] = []
    without: list[str] = []
    for code, regions in sorted(COUNTRY_CODE_TO_REGION_CODE.items()):
        leading = {region: _leading(region) if len(regions) > 1 else "" for region in regions}
        whole = any(region in countries for region in regions if not leading[region])
        if whole:
            within.append(str(code))
        for region in regions:
            if leading[region] and whole != (region in countries):
                (without if whole else within).append(f"{code}({leading[region]})")
    return Reach(_beginning(within) or "^$", _beginning(without))


def _leading(region: str) -> str:
    metadata = PhoneMetadata.metadata_for_region(region, None)
    digits = (metadata.leading_digits if metadata else None) or ""
    return re.sub(r"\(\?:", "(", digits)


def _beginning(prefixes: Iterable[str]) -> str:
    alternatives = "|".join(prefixes)
    return f"^[+]({alternatives})" if alternatives else ""


@lru_cache(maxsize=8)
def numbering_of(country: str) -> Numbering:
    """`country`: ISO 3166-1 alpha-2. Raises PbxError for one without telephone numbers."""
    metadata = PhoneMetadata.metadata_for_region(country, None)
    if metadata is None:
        raise PbxError(
            f"country (HOVORNA_COUNTRY): {country!r} is unknown; must be two letters, such as CZ"
        )
    code = str(phonenumbers.country_code_for_region(country))
    prefix = metadata.international_prefix or ""
    own = {prefix} if prefix.isdigit() else set()
    # Where 1 is the country code, 00 is no prefix; elsewhere phones' address books hold it.
    international = own if code == "1" and own else own | {"00"}
    trunk = metadata.national_prefix or ""
    return Numbering(
        country_code=code,
        international=tuple(sorted(international)),
        # In the numbering plan of +1 the trunk prefix is the country code itself.
        trunk=trunk if trunk.isdigit() else "",
        emergency=tuple(
            number
            for number in (f"{value:03d}" for value in range(1000))
            if shortnumberinfo.is_emergency_number(number, country)
        ),
    )
