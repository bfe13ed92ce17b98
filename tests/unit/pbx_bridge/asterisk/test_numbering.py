"""How a country dials, and which numbers are whose."""

import re

import phonenumbers
import pytest

from crm.clients.numbers import country_of
from pbx_bridge.asterisk.errors import PbxError
from pbx_bridge.asterisk.numbering import numbering_of, reach_of


def test_a_country_without_a_trunk_prefix() -> None:
    czech = numbering_of("CZ")
    assert (czech.country_code, czech.international, czech.trunk) == ("420", ("00",), "")
    assert {"112", "150", "155", "158"} <= set(czech.emergency)


def test_a_country_with_a_trunk_prefix() -> None:
    assert numbering_of("DE").trunk == "0"
    assert numbering_of("GB").emergency == ("112", "999")


def test_italy_keeps_its_zero() -> None:
    assert numbering_of("IT").trunk == ""


def test_where_00_is_no_prefix() -> None:
    assert numbering_of("US").international == ("011",)


def test_an_unknown_country_is_told() -> None:
    with pytest.raises(PbxError, match="HOVORNA_COUNTRY"):
        numbering_of("XX")


def _within(countries: set[str], number: str) -> bool:
    """As the dialplan looks at it."""
    reach = reach_of(frozenset(countries))
    inside = re.search(reach.within, number) is not None
    return inside and not (reach.without and re.search(reach.without, number))


@pytest.mark.parametrize(
    ("countries", "number", "may"),
    [
        ({"CZ"}, "+420777123456", True),
        ({"CZ"}, "+421905123456", False),
        ({"CZ"}, "+5351234567", False),
        ({"US"}, "+12125552368", True),
        ({"US"}, "+18765552368", False),  # Jamaica: the usual way to lose money
        ({"JM"}, "+18765552368", True),
        ({"JM"}, "+12125552368", False),
        ({"US", "JM"}, "+18765552368", True),
        ({"RU"}, "+77012345678", False),
        ({"CZ", "US"}, "+881612345678", False),  # a satellite is of no country
        (set(), "+420777123456", False),
        ({"XX", ""}, "+420777123456", False),
    ],
)
def test_which_numbers_may_be_called(countries: set[str], number: str, may: bool) -> None:
    assert _within(countries, number) is may


def test_the_crm_and_the_dialplan_agree_about_every_country() -> None:
    for country in phonenumbers.SUPPORTED_REGIONS:
        example = phonenumbers.example_number(country)
        if example is not None:
            form = phonenumbers.PhoneNumberFormat.E164
            number = phonenumbers.format_number(example, form)
            whose = country_of(number)
            assert whose is not None
            assert _within({whose}, number), (whose, number)
            siblings = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[example.country_code or 0]
            others = phonenumbers.SUPPORTED_REGIONS - set(siblings)
            assert not _within(others, number), (whose, number)


def test_asterisk_can_take_the_expressions() -> None:
    """POSIX has no (?:...), and what a configuration line takes for its own must not be there."""
    some = frozenset(sorted(phonenumbers.SUPPORTED_REGIONS)[::2])
    for countries in (frozenset(phonenumbers.SUPPORTED_REGIONS), some, frozenset({"US"})):
        reach = reach_of(countries)
        for expression in (reach.within, reach.without):
            assert re.fullmatch(r"[\^$\[\]+()|0-9-]*", expression)
            assert len(expression) < 2000
