"""How people in the company's country dial, from phonenumbers' metadata (ITU-T E.164, E.129)."""

from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata, shortnumberinfo

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
