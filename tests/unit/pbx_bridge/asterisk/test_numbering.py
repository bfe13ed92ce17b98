"""How a country dials."""

import pytest

from pbx_bridge.asterisk.errors import PbxError
from pbx_bridge.asterisk.numbering import numbering_of


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
